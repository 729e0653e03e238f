//! RFC 5393 §5.3: Max-Breadth, on how many branches at a time a request may go on.

use super::typed::TypedHeader;
use crate::message::host::number;
use crate::message::lex::{self, SyntaxError};
use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaxBreadth(pub u32);

impl TypedHeader for MaxBreadth {
    const NAME: &'static str = "Max-Breadth";
}

impl FromStr for MaxBreadth {
    type Err = SyntaxError;

    /// # Errors
    /// Not a number below 2^32.
    fn from_str(text: &str) -> Result<MaxBreadth, SyntaxError> {
        number(lex::trim(text)).map(MaxBreadth)
    }
}

impl fmt::Display for MaxBreadth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
