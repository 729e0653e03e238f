//! A telephone number: RFC 3966 §5.1.

use std::fmt;

/// A telephone number as it is written: `+` and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

impl Number {
    /// Longest number accepted: fifteen digits (E.164) and a plus, doubled for private plans.
    const MAX_CHARACTERS: usize = 32;

    /// Takes `+` and digits, ignoring the visual separators of RFC 3966 §5.1.1.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text
            .chars()
            .filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' '))
            .collect();
        let rest = digits.strip_prefix('+').unwrap_or(&digits);
        let valid = !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_digit())
            && digits.len() <= Self::MAX_CHARACTERS;
        valid.then_some(Self(digits))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Grouped for the eye: `+99 000 001`.
    pub fn grouped(&self) -> String {
        let (plus, digits) = match self.0.strip_prefix('+') {
            Some(digits) => ("+", digits),
            None => ("", self.0.as_str()),
        };
        let mut out = String::from(plus);
        let head = digits.len() % 3;
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && at % 3 == head {
                out.push(' ');
            }
            out.push(digit);
        }
        out
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn a_number_is_a_plus_and_digits() {
        let cases = [
            ("+358401234567", Some("+358401234567")),
            ("+358-40-123 4567", Some("+358401234567")),
            ("110", Some("110")),
            ("+", None),
            ("", None),
            ("+49abc", None),
            ("+123456789012345678901234567890123", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Number::parse(text).as_ref().map(Number::as_str),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_number_is_grouped_from_its_end() {
        for (text, expected) in [("+99000001", "+99 000 001"), ("+1", "+1"), ("110", "110")] {
            assert_eq!(
                Number::parse(text).map(|n| n.grouped()).as_deref(),
                Some(expected)
            );
        }
    }
}
