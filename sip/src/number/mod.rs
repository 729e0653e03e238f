//! RFC 3966 §5.1, ITU-T E.164 §6: telephone numbers, as they are typed and as they are valid everywhere.

mod home;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

pub use home::{Home, HomeError};

/// A number that is valid everywhere: `+`, country code and national number, without separators.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(String);

/// No country has complete numbers of fewer digits, its code among them.
const DIGITS_AT_LEAST: usize = 5;

/// ITU-T E.164 §6.1.
const DIGITS_AT_MOST: usize = 15;

impl E164 {
    /// With its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without its `+`.
    pub fn digits(&self) -> &str {
        self.0.get(1..).unwrap_or_default()
    }

    /// # Errors
    /// Too few or too many digits, or no country's: only digits are to come in here.
    fn of_digits(digits: &str) -> Result<E164, NumberError> {
        if digits.starts_with('0') {
            return Err(NumberError::NoCountry);
        }
        if digits.len() < DIGITS_AT_LEAST {
            return Err(NumberError::TooShort);
        }
        if digits.len() > DIGITS_AT_MOST {
            return Err(NumberError::TooLong);
        }
        Ok(E164(format!("+{digits}")))
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<E164> for String {
    fn from(number: E164) -> String {
        number.0
    }
}

impl FromStr for E164 {
    type Err = NumberError;

    /// A number that is written in full, with or without visual separators.
    ///
    /// # Errors
    /// It is none, or means something in one country alone.
    fn from_str(text: &str) -> Result<E164, NumberError> {
        Home::default().normalise(text)
    }
}

/// Why something typed is no number that can be called; for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NumberError {
    #[error("there is no number")]
    Empty,
    #[error("a number has digits and no {0:?}")]
    Character(char),
    #[error("that is too short for a telephone number")]
    TooShort,
    #[error("that is too long for a telephone number: 15 digits at most")]
    TooLong,
    #[error("no country's numbers begin with +0: leave the 0 out")]
    NoCountry,
    #[error("write the number in full, with + and the country")]
    NotGlobal,
    #[error("write the area code too, or the number in full, with + and the country")]
    NoAreaCode,
    #[error("that number is valid in another network alone")]
    ForeignContext,
}
