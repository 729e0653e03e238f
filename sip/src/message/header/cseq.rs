//! RFC 3261 §20.16: CSeq.

use crate::message::host::number;
use crate::message::lex::{self, SyntaxError};
use crate::message::method::Method;
use std::fmt;
use std::str::FromStr;

/// The number of a request in its dialog, and its method.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CSeq {
    /// Below 2^31 (§8.1.1.5).
    pub number: u32,
    pub method: Method,
}

impl CSeq {
    pub fn new(number: u32, method: Method) -> CSeq {
        CSeq { number, method }
    }
}

impl FromStr for CSeq {
    type Err = SyntaxError;

    /// # Errors
    /// The number is none or too large, or the method isn't a token.
    fn from_str(text: &str) -> Result<CSeq, SyntaxError> {
        let text = lex::trim(text);
        let (digits, method) = text.split_at(lex::find_space(text).ok_or(SyntaxError::Empty)?);
        let number: u32 = number(digits)?;
        if number > MAX_NUMBER {
            return Err(SyntaxError::Number);
        }
        let method = lex::trim(method).parse().map_err(|_| SyntaxError::Token)?;
        Ok(CSeq { number, method })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

const MAX_NUMBER: u32 = (1 << 31) - 1;
