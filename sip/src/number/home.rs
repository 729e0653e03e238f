//! RFC 3966 §5.1.1, §5.1.4, §5.1.5: what is typed means another number in each country. How a country
//! dials is said by three short strings of digits (ITU-T E.164 §6, E.123 §2, E.164.C).

use thiserror::Error;

use super::{E164, NumberError};

/// The country whose way of dialling is meant. The default is none: only numbers in full are understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Home(Option<Country>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Country {
    code: String,
    /// What stands before an area code within the country, such as 0. Italy and Portugal have none.
    trunk: Option<String>,
    /// What stands before another country's code: 00, or 011 in North America.
    international: String,
}

/// What of a country's way of dialling is nonsense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HomeError {
    #[error("is no country code")]
    CountryCode,
    #[error("is no trunk prefix: one to three digits, and not those of calls abroad")]
    TrunkPrefix,
    #[error("is no international prefix: two to five digits")]
    InternationalPrefix,
}

/// Longer than what anybody types for a number, separators and all.
const TYPED_AT_MOST: usize = 80;

/// Shorter ones are emergency and service numbers, which mean nothing to others.
const NATIONAL_AT_LEAST: usize = 5;

/// In North America every number has three digits of area and seven more.
const NORTH_AMERICA: (&str, usize) = ("1", 10);

/// Italy, San Marino, the Vatican: the 0 is part of the number.
const KEEP_THEIR_ZERO: [&str; 3] = ["39", "378", "379"];

impl Home {
    /// # Errors
    /// One of them cannot be what it is said to be.
    pub fn new(
        country_code: &str,
        trunk_prefix: Option<&str>,
        international_prefix: &str,
    ) -> Result<Home, HomeError> {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(country_code) || code_length(country_code) != Some(country_code.len()) {
            return Err(HomeError::CountryCode);
        }
        if !is_digits(international_prefix) || !(2..=5).contains(&international_prefix.len()) {
            return Err(HomeError::InternationalPrefix);
        }
        let wrong = |trunk: &str| {
            !is_digits(trunk) || trunk.len() > 3 || trunk.starts_with(international_prefix)
        };
        if trunk_prefix.is_some_and(wrong) {
            return Err(HomeError::TrunkPrefix);
        }
        Ok(Home(Some(Country {
            code: country_code.to_owned(),
            trunk: trunk_prefix.map(str::to_owned),
            international: international_prefix.to_owned(),
        })))
    }

    /// `44`, where there is a country.
    pub fn country_code(&self) -> Option<&str> {
        self.0.as_ref().map(|country| country.code.as_str())
    }

    /// `0`, where there is one.
    pub fn trunk_prefix(&self) -> Option<&str> {
        self.0.as_ref()?.trunk.as_deref()
    }

    /// `00`, where there is a country.
    pub fn international_prefix(&self) -> Option<&str> {
        self.0
            .as_ref()
            .map(|country| country.international.as_str())
    }

    /// The number that is meant by what somebody typed, or by a `tel:` URI.
    ///
    /// # Errors
    /// It is no number, or not enough of one.
    pub fn normalise(&self, typed: &str) -> Result<E164, NumberError> {
        if typed.chars().count() > TYPED_AT_MOST {
            return Err(NumberError::TooLong);
        }
        let typed = without_scheme(typed.trim());
        let mut parts = typed.split(';');
        let number = parts.next().unwrap_or_default();
        let plain = read(number)?;
        if let Some(at) = self.country_code_at(&plain) {
            return international(&plain, at, number);
        }
        // RFC 3966 §5.1.5: a number within another context has no full form that could be known.
        let context = parts.find_map(|part| value_of(part, "phone-context"));
        if let Some(context) = context
            && context.strip_prefix('+') != self.country_code()
        {
            return Err(NumberError::ForeignContext);
        }
        match &self.0 {
            Some(country) => country.national(&plain),
            None => Err(NumberError::NotGlobal),
        }
    }

    /// How much stands before the country code of a number that has one.
    fn country_code_at(&self, plain: &str) -> Option<usize> {
        if plain.starts_with('+') {
            return Some(1);
        }
        let prefix = self.international_prefix()?;
        plain.starts_with(prefix).then_some(prefix.len())
    }
}

impl Country {
    fn national(&self, plain: &str) -> Result<E164, NumberError> {
        if plain.len() < NATIONAL_AT_LEAST {
            return Err(NumberError::TooShort);
        }
        let national = match &self.trunk {
            None => plain,
            Some(trunk) => match plain.strip_prefix(trunk.as_str()) {
                Some(rest) => rest,
                // Where it is the country code as well, it is often left out.
                None if *trunk == self.code => plain,
                None => return Err(NumberError::NoAreaCode),
            },
        };
        let (code, digits) = NORTH_AMERICA;
        if self.code == code && national.len() < digits {
            return Err(NumberError::NoAreaCode);
        }
        if self.code == code && national.len() > digits {
            return Err(NumberError::TooLong);
        }
        E164::of_digits(&format!("{}{national}", self.code))
    }
}

/// A number whose country code is `at` that place of what is left of the `written`. In `+44 (0)20` the 0
/// is for calls within the country: no digit of the number.
fn international(plain: &str, at: usize, written: &str) -> Result<E164, NumberError> {
    let rest = plain.get(at..).unwrap_or_default();
    let code = code_length(rest).and_then(|length| rest.get(..length));
    let before = written.split_once("(0)");
    let before = before.and_then(|(before, _)| read(before).ok());
    if let (Some(code), Some(before)) = (code, before)
        && before.len() == at + code.len()
        && !KEEP_THEIR_ZERO.contains(&code)
    {
        let national = rest.get(code.len() + 1..).unwrap_or_default();
        return E164::of_digits(&format!("{code}{national}"));
    }
    E164::of_digits(rest)
}

/// How many of the first digits are the country code (ITU-T E.164, annex to the Operational Bulletin):
/// no code begins another one.
fn code_length(digits: &str) -> Option<usize> {
    let mut bytes = digits.bytes();
    let length = match (bytes.next()?, bytes.next()) {
        (b'0', _) => return None,
        (b'1' | b'7', _) => 1,
        (b'2', Some(b'0' | b'7'))
        | (b'3', Some(b'0'..=b'4' | b'6' | b'9'))
        | (b'4', Some(b'0' | b'1' | b'3'..=b'9'))
        | (b'5', Some(b'1'..=b'8'))
        | (b'6', Some(b'0'..=b'6'))
        | (b'8', Some(b'1' | b'2' | b'4' | b'6'))
        | (b'9', Some(b'0'..=b'5' | b'8')) => 2,
        (b'2'..=b'6' | b'8' | b'9', Some(_)) => 3,
        (_, _) => return None,
    };
    (digits.len() >= length).then_some(length)
}

/// `+` and digits alone. Numbers are copied from pages and written in other scripts: spaces that do
/// not break, dashes of all lengths, marks of direction that nobody sees.
fn read(typed: &str) -> Result<String, NumberError> {
    let mut plain = String::with_capacity(typed.len());
    for character in typed.chars() {
        match character {
            '+' | '\u{ff0b}' if plain.is_empty() => plain.push('+'),
            '0'..='9' => plain.push(character),
            '\u{0660}'..='\u{0669}' => plain.push(digit(character, '\u{0660}')),
            '\u{06f0}'..='\u{06f9}' => plain.push(digit(character, '\u{06f0}')),
            '\u{ff10}'..='\u{ff19}' => plain.push(digit(character, '\u{ff10}')),
            // §5.1.1, and what people write for these.
            '-' | '.' | '(' | ')' | '/' => {}
            '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            blank if blank.is_whitespace() => {}
            other => return Err(NumberError::Character(other)),
        }
    }
    match plain.as_str() {
        "" | "+" => Err(NumberError::Empty),
        _ => Ok(plain),
    }
}

/// The digit that stands as far from 0 as this one from the zero of its script.
fn digit(character: char, zero: char) -> char {
    let value = u32::from(character) - u32::from(zero);
    char::from_digit(value, 10).unwrap_or('0')
}

fn without_scheme(typed: &str) -> &str {
    match typed.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &typed[4..],
        Some(_) | None => typed,
    }
}

fn value_of<'a>(part: &'a str, name: &str) -> Option<&'a str> {
    let (written, value) = part.split_once('=')?;
    written.eq_ignore_ascii_case(name).then_some(value)
}
