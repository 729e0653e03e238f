//! RFC 3261 §20.8: Call-ID. Compared byte for byte.

use crate::message::lex::{self, SyntaxError};
use crate::message::text::Text;
use std::fmt;
use std::str::FromStr;

/// What all messages of one dialog, or all registrations of one agent, have in common.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(Text);

impl CallId {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From text known to have neither white space nor a line break.
    pub(crate) fn generated(text: &str) -> CallId {
        CallId(Text::cleaned(text))
    }
}

impl FromStr for CallId {
    type Err = SyntaxError;

    /// # Errors
    /// Empty, or with white space inside.
    fn from_str(text: &str) -> Result<CallId, SyntaxError> {
        let text = lex::trim(text);
        if text.is_empty() {
            return Err(SyntaxError::Empty);
        }
        // More than the grammar's `word`: what a peer calls its call we only have to give back.
        let is_graphic = |all: bool, byte: u8| all & byte.is_ascii_graphic();
        if !text.bytes().fold(true, is_graphic) {
            return Err(SyntaxError::Character);
        }
        Ok(CallId(Text::unbroken(text)))
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
