use proptest::prelude::*;

use super::*;
use crate::phone::state::{Address, Contact, ContactId, Number, Refused};

fn one(text: &str) -> Raw {
    let mut cards = read(text.replace('\n', "\r\n").as_bytes()).unwrap();
    assert_eq!(cards.len(), 1, "{cards:?}");
    cards.remove(0).unwrap()
}

fn raw(name: &str, ways: &[&str]) -> Raw {
    Raw {
        name: name.to_owned(),
        ways: ways.iter().map(|way| (*way).to_owned()).collect(),
        favourite: false,
    }
}

/// RFC 6350 §8 has most of these lines.
#[test]
fn a_card_of_version_4_has_uris_preferences_and_a_sip_address() {
    let text = "BEGIN:VCARD
VERSION:4.0
FN:Simon Perreault
N:Perreault;Simon;;;ing. jr,M.Sc.
TEL;VALUE=uri;TYPE=\"voice,home\";PREF=2:tel:+1-418-656-9254;ext=102
TEL;VALUE=uri;PREF=1;TYPE=\"text,voice,cell,video\":tel:+1-418-262-6501
IMPP:sip:simon@example.com
EMAIL;TYPE=work:simon.perreault@viagenie.ca
END:VCARD
";
    let ways = [
        "+1-418-262-6501",
        "+1-418-656-9254",
        "sip:simon@example.com",
    ];
    assert_eq!(one(text), raw("Simon Perreault", &ways));
}

#[test]
fn a_card_of_version_3_has_groups_folded_lines_and_a_picture() {
    let text = "BEGIN:VCARD
VERSION:3.0
N:Lindqvist;Anna;;Dr.;
item1.TEL;type=CELL;type=VOICE;type=pref:020 7946
  0148
item1.X-ABLabel:_$!<Mobile>!$_
TEL;type=HOME:(020) 7946-0149
NOTE:Line one\\nTEL:+1 is not a number here
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD
 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
END:VCARD
";
    let expected = raw("Dr. Anna Lindqvist", &["020 7946 0148", "(020) 7946-0149"]);
    assert_eq!(one(text), expected);
}

#[test]
fn a_card_of_version_2_has_quoted_printable_that_goes_on_over_lines() {
    let text = "BEGIN:VCARD
VERSION:2.1
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg =
M=C3=BCller
TEL;CELL;PREF:+4915112345678
END:VCARD
";
    assert_eq!(one(text), raw("Jörg Müller", &["+4915112345678"]));
}

#[test]
fn a_fold_may_stand_within_a_letter() {
    let mut file = b"BEGIN:VCARD\r\nFN:J\xc3\r\n \xb6rg\r\nTEL:1\r\nEND:VCARD\r\n".to_vec();
    assert_eq!(read(&file).unwrap(), [Ok(raw("Jörg", &["1"]))]);
    // Latin-1 is read too.
    file = b"BEGIN:VCARD\nFN:J\xf6rg\nTEL:1\nEND:VCARD\n".to_vec();
    assert_eq!(read(&file).unwrap(), [Ok(raw("Jörg", &["1"]))]);
}

#[test]
fn the_name_is_what_there_is() {
    let cases = [
        ("ORG:Sch\\;metterling;Sales", "Sch;metterling"),
        ("NICKNAME:Bo", "Bo"),
        ("N:;Ben", "Ben"),
        ("FN:\nN:Okafor;Ben", "Ben Okafor"),
        ("FN:Ben\\, the other", "Ben, the other"),
        ("NOTE:nobody", ""),
    ];
    for (lines, expected) in cases {
        let text = format!("BEGIN:VCARD\n{lines}\nTEL:1\nEND:VCARD\n");
        assert_eq!(one(&text).name, expected, "{lines}");
    }
}

#[test]
fn several_cards_in_a_file_and_the_one_that_is_broken_is_named() {
    let text = "BEGIN:VCARD
FN:Anna
TEL:+1
END:VCARD
begin:vcard
FN:Ben
TEL:+2
BEGIN:VCARD
FN:Chiara
TEL:+3
END:VCARD
BEGIN:VCARD
TEL:+4
";
    let broken = |name: Option<&str>| {
        Err(Unread {
            name: name.map(str::to_owned),
            why: SkippedWhy::Broken,
        })
    };
    let expected = [
        Ok(raw("Anna", &["+1"])),
        broken(Some("Ben")),
        Ok(raw("Chiara", &["+3"])),
        broken(None),
    ];
    assert_eq!(read(text.as_bytes()).unwrap(), expected);
}

#[test]
fn a_file_without_cards_is_refused() {
    for file in [
        "",
        "hello",
        "BEGIN:VCALENDAR\nEND:VCALENDAR\n",
        "END:VCARD\n",
    ] {
        assert_eq!(read(file.as_bytes()), Err(Refused::NoCards), "{file}");
    }
}

#[test]
fn a_card_cannot_grow_without_bound() {
    let mut file = String::from("BEGIN:VCARD\nFN:");
    for _ in 0..100_000 {
        file.push_str("long\n ");
    }
    file.push('\n');
    for at in 0..1000 {
        file.push_str(&format!("TEL:{at}\n"));
    }
    file.push_str("END:VCARD\n");
    let card = one(&file);
    assert_eq!(card.ways.len(), WAYS_READ);
    assert!(card.name.len() <= 80);
    let many = "BEGIN:VCARD\nEND:VCARD\n".repeat(CARDS + 5);
    assert_eq!(read(many.as_bytes()).unwrap().len(), CARDS);
}

#[test]
fn a_card_is_written_in_lines_of_75_octets() {
    let contact = Contact {
        id: ContactId("1".to_owned()),
        name: "Ångström; ".repeat(7),
        ways: vec![
            Way::Number {
                typed: "020 7946 0148".to_owned(),
                number: Number::parse("+442079460148"),
            },
            Way::Address(Address::parse("anna@example.com").unwrap()),
        ],
        favourite: true,
    };
    let text = write(&contact);
    assert!(text.lines().all(|line| line.len() <= 75), "{text}");
    assert!(
        text.contains("TEL;VALUE=uri;PREF=1:tel:+442079460148\r\n"),
        "{text}"
    );
    assert!(
        text.contains("IMPP;PREF=2:sip:anna@example.com\r\n"),
        "{text}"
    );
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        "\\+[1-9][0-9]{5,13}".prop_map(|number| Way::Number {
            typed: number.clone(),
            number: Number::parse(&number),
        }),
        "[0-9][0-9 ]{2,9}[0-9]".prop_map(|typed| Way::Number {
            typed,
            number: None
        }),
        "[a-z][a-z0-9.]{0,8}@[a-z]{1,8}\\.example"
            .prop_map(|text| Way::Address(Address::parse(&text).unwrap())),
    ]
}

proptest! {
    /// What we write, we read: names of any letters, all kinds of ways, in their order.
    #[test]
    fn cards_come_back_as_they_were_written(
        cards in proptest::collection::vec(
            ("[^\\p{C}\\p{Z}]([^\\p{C}]{0,60}[^\\p{C}\\p{Z}])?", proptest::collection::vec(way(), 1..8), any::<bool>()),
            1..4,
        )
    ) {
        let contacts: Vec<Contact> = cards.into_iter().map(|(name, ways, favourite)| Contact {
            id: ContactId(String::new()), name, ways, favourite,
        }).collect();
        let file: String = contacts.iter().map(write).collect();
        let expected: Vec<Result<Raw, Unread>> = contacts.iter().map(|contact| Ok(Raw {
            name: contact.name.clone(),
            ways: contact.ways.iter().map(|way| match way {
                Way::Number { typed, number } => {
                    number.as_ref().map_or_else(|| typed.clone(), |n| n.to_string())
                }
                Way::Address(address) => address.to_string(),
            }).collect(),
            favourite: contact.favourite,
        })).collect();
        prop_assert_eq!(read(file.as_bytes()), Ok(expected));
    }

    /// A file from anywhere is read or refused, and never more than that.
    #[test]
    fn no_file_is_too_strange(lines in proptest::collection::vec(
        prop_oneof![
            Just("BEGIN:VCARD".to_owned()), Just("END:VCARD".to_owned()),
            Just("FN;QUOTED-PRINTABLE:=".to_owned()), Just("TEL;=\":;".to_owned()),
            "\\PC{0,30}", "[ \t]?(N|FN|TEL|IMPP)[;:=\"A-Z]{0,12}",
        ], 0..40), junk in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut file = lines.join("\n").into_bytes();
        file.extend(junk);
        let _ = read(&file);
    }
}
