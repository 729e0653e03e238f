use super::*;

const NONE: Option<(&str, Option<&str>, &str)> = None;
const GB: Option<(&str, Option<&str>, &str)> = Some(("44", Some("0"), "00"));
const IT: Option<(&str, Option<&str>, &str)> = Some(("39", None, "00"));
const PT: Option<(&str, Option<&str>, &str)> = Some(("351", None, "00"));
const FI: Option<(&str, Option<&str>, &str)> = Some(("358", Some("0"), "00"));
const US: Option<(&str, Option<&str>, &str)> = Some(("1", Some("1"), "011"));
const HU: Option<(&str, Option<&str>, &str)> = Some(("36", Some("06"), "00"));

fn home(country: Option<(&str, Option<&str>, &str)>) -> Home {
    country.map_or(Home::default(), |(code, trunk, international)| {
        Home::new(code, trunk, international).unwrap()
    })
}

/// R7.1: what a person types becomes E.164 by the home country; separators are ignored.
#[test]
fn what_is_typed_becomes_a_full_number_as_the_home_country_dials() {
    let cases = [
        (NONE, "+44 20 7946 0148", "+442079460148"),
        (NONE, "tel:+44-20-7946-0148", "+442079460148"),
        (NONE, "TEL:+1-201-555-0123;ext=7", "+12015550123"),
        (NONE, "+44 (0)20 7946 0148", "+442079460148"),
        (NONE, "+39 (0)6 1234 5678", "+390612345678"),
        (NONE, "+1 (010) 555", "+1010555"),
        (GB, "020 7946 0148", "+442079460148"),
        (GB, "(020) 7946-0148", "+442079460148"),
        (GB, "020.7946.0148", "+442079460148"),
        (GB, "020/79460148", "+442079460148"),
        (GB, "+442079460148", "+442079460148"),
        (GB, "00 351 21 1234567", "+351211234567"),
        (GB, "0044 (0) 20 7946 0148", "+442079460148"),
        (GB, "0044 (0)20 7946 0148", "+442079460148"),
        (
            GB,
            "\u{202a}+44\u{a0}20\u{a0}7946\u{2011}0148\u{202c}",
            "+442079460148",
        ),
        (GB, "tel:02079460148;phone-context=+44", "+442079460148"),
        (IT, "06 1234 5678", "+390612345678"),
        (IT, "347 123 4567", "+393471234567"),
        (IT, "0044 20 7946 0148", "+442079460148"),
        (PT, "21 123 4567", "+351211234567"),
        (PT, "912 345 678", "+351912345678"),
        (FI, "040 123 4567", "+358401234567"),
        (FI, "00358 40 123 4567", "+358401234567"),
        (US, "(201) 555-0123", "+12015550123"),
        (US, "1 201 555 0123", "+12015550123"),
        (US, "011 44 20 7946 0148", "+442079460148"),
        (HU, "06 1 234 5678", "+3612345678"),
        (GB, "\u{ff0b}\u{ff14}\u{ff14} 20 7946 0148", "+442079460148"),
        (FI, "\u{0660}\u{0664}\u{0660} 1234567", "+358401234567"),
    ];
    for (country, typed, expected) in cases {
        let found = home(country).normalise(typed);
        assert_eq!(found.as_ref().map(E164::as_str), Ok(expected), "{typed}");
    }
}

/// R7.1
#[test]
fn what_is_no_number_is_refused_with_words_for_a_person() {
    let long = "1".repeat(200);
    let cases = [
        (NONE, "", NumberError::Empty),
        (NONE, " - ", NumberError::Empty),
        (NONE, "+", NumberError::Empty),
        (NONE, "02079460148", NumberError::NotGlobal),
        (NONE, "+0442079460148", NumberError::NoCountry),
        (NONE, "+1234", NumberError::TooShort),
        (NONE, "+1234567890123456", NumberError::TooLong),
        (NONE, &long, NumberError::TooLong),
        (GB, "0800 FLOWERS", NumberError::Character('F')),
        (GB, "*21#", NumberError::Character('*')),
        (GB, "44+20", NumberError::Character('+')),
        (GB, "7946 0148", NumberError::NoAreaCode),
        (GB, "999", NumberError::TooShort),
        (GB, "0123456789012345", NumberError::TooLong),
        (IT, "112", NumberError::TooShort),
        (US, "555-0123", NumberError::NoAreaCode),
        (US, "1 201 555 01234", NumberError::TooLong),
        (
            GB,
            "tel:070421;phone-context=example.net",
            NumberError::ForeignContext,
        ),
        (
            GB,
            "tel:070421;phone-context=+1-914-555",
            NumberError::ForeignContext,
        ),
    ];
    for (country, typed, expected) in cases {
        assert_eq!(home(country).normalise(typed), Err(expected), "{typed}");
        assert!(!expected.to_string().is_empty());
    }
}

#[test]
fn a_country_that_cannot_be_is_refused_by_what_is_wrong_with_it() {
    let cases = [
        ("", None, "00", HomeError::CountryCode),
        ("+44", None, "00", HomeError::CountryCode),
        ("044", None, "00", HomeError::CountryCode),
        ("4", None, "00", HomeError::CountryCode),
        ("442", None, "00", HomeError::CountryCode),
        ("21", None, "00", HomeError::CountryCode),
        ("44", Some(""), "00", HomeError::TrunkPrefix),
        ("44", Some("x"), "00", HomeError::TrunkPrefix),
        ("44", Some("0000"), "00", HomeError::TrunkPrefix),
        ("44", Some("00"), "00", HomeError::TrunkPrefix),
        ("44", Some("0"), "", HomeError::InternationalPrefix),
        ("44", Some("0"), "+", HomeError::InternationalPrefix),
        ("44", Some("0"), "0", HomeError::InternationalPrefix),
    ];
    for (code, trunk, international, expected) in cases {
        let found = Home::new(code, trunk, international);
        assert_eq!(found, Err(expected), "{code} {trunk:?} {international}");
    }
    for code in ["1", "7", "20", "39", "44", "351", "358", "998"] {
        assert!(Home::new(code, None, "00").is_ok(), "{code}");
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use proptest::prelude::*;

    use super::*;

    fn any_home() -> impl Strategy<Value = Home> {
        prop::sample::select(vec![NONE, GB, IT, PT, FI, US, HU]).prop_map(home)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// R7.1
        #[test]
        fn a_number_that_was_found_is_found_again_everywhere(
            home in any_home(),
            other in any_home(),
            typed in "\\PC{0,24}|[-+0-9(). ]{0,24}",
        ) {
            if let Ok(number) = home.normalise(&typed) {
                prop_assert!((DIGITS_AT_LEAST..=DIGITS_AT_MOST).contains(&number.digits().len()));
                prop_assert!(number.digits().bytes().all(|byte| byte.is_ascii_digit()));
                prop_assert_eq!(other.normalise(number.as_str()), Ok(number));
            }
        }

        /// R7.1
        #[test]
        fn separators_change_nothing(
            home in any_home(),
            digits in "[0-9]{1,18}",
            places in prop::collection::vec((0_usize..18, prop::sample::select(vec!['-', '.', ' '])), 0..6),
        ) {
            let mut typed = digits.clone();
            for (place, separator) in places {
                typed.insert(place.min(typed.len()), separator);
            }
            prop_assert_eq!(home.normalise(&typed), home.normalise(&digits));
        }
    }
}
