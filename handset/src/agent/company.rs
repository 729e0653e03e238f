//! The voice call that a share stands beside: with whom the phone is on one.

use std::{convert::Infallible, str::FromStr};

/// As many last digits make a number the same (the S60 client compares seven).
const SAME_DIGITS: usize = 7;

/// With whom the phone is on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Company {
    Nobody,
    /// Whoever asks.
    Anybody,
    Number(String),
}

impl Company {
    /// Whether the phone is on a call with that peer: a number or a name.
    pub fn is_with(&self, peer: &str) -> bool {
        match self {
            Self::Nobody => false,
            Self::Anybody => true,
            Self::Number(number) => same(number, peer),
        }
    }
}

impl FromStr for Company {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.trim() {
            "" | "nobody" => Self::Nobody,
            "anybody" => Self::Anybody,
            number => Self::Number(number.to_owned()),
        })
    }
}

/// Whether two texts name the same phone.
pub(super) fn same(one: &str, other: &str) -> bool {
    let (one_digits, other_digits) = (last_digits(one), last_digits(other));
    one.eq_ignore_ascii_case(other)
        || (one_digits.len() == SAME_DIGITS && one_digits == other_digits)
}

fn last_digits(text: &str) -> String {
    // The user of an address, not the digits of its host.
    let user = text.split('@').next().unwrap_or_default();
    let digits: Vec<char> = user.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(SAME_DIGITS)..]
        .iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_with_the_number_it_is_with_however_it_is_written() {
        let company: Company = "+44 7700 900123".parse().unwrap();
        let cases = [
            ("+447700900123", true),
            ("07700900123", true),
            ("sip:+447700900123@home.example", true),
            ("+447700900124", false),
            ("anna", false),
            ("", false),
        ];
        for (peer, expected) in cases {
            assert_eq!(company.is_with(peer), expected, "{peer}");
        }
        assert!(Company::Anybody.is_with("anna"));
        assert!(!"nobody".parse::<Company>().unwrap().is_with("anna"));
    }
}
