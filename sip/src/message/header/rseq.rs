//! RFC 3262 §7.1, §7.2: RSeq numbers a reliable provisional response, RAck says which one came.

use super::cseq::CSeq;
use super::typed::TypedHeader;
use crate::message::host::number;
use crate::message::lex::{self, SyntaxError};
use std::fmt;
use std::str::FromStr;

/// The number of a reliable provisional response; the next one of the same transaction has the
/// next number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RSeq(pub u32);

/// What a PRACK acknowledges.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RAck {
    /// The RSeq of the response.
    pub response: u32,
    /// The CSeq of the request that was answered.
    pub cseq: CSeq,
}

impl TypedHeader for RSeq {
    const NAME: &'static str = "RSeq";
}

impl TypedHeader for RAck {
    const NAME: &'static str = "RAck";
}

impl FromStr for RSeq {
    type Err = SyntaxError;

    /// # Errors
    /// Not a number below 2^32.
    fn from_str(text: &str) -> Result<RSeq, SyntaxError> {
        number(lex::trim(text)).map(RSeq)
    }
}

impl FromStr for RAck {
    type Err = SyntaxError;

    /// # Errors
    /// Not a number, a CSeq number and a method.
    fn from_str(text: &str) -> Result<RAck, SyntaxError> {
        let Some((response, cseq)) = lex::trim(text).split_once([' ', '\t']) else {
            return Err(SyntaxError::Empty);
        };
        Ok(RAck {
            response: number(response)?,
            cseq: cseq.parse()?,
        })
    }
}

impl fmt::Display for RSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.response, self.cseq)
    }
}
