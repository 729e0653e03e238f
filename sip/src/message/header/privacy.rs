//! RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1: Privacy, what is to be kept from the other side.

use super::typed::{TypedHeader, write_list};
use crate::message::lex::{self, SyntaxError};
use crate::message::text::Token;
use std::fmt;
use std::str::FromStr;

/// `Privacy: id;critical`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Privacy(pub Vec<Token>);

impl Privacy {
    /// Whether it is asked for: `asks("id")` keeps P-Asserted-Identity inside the network.
    /// `none` forbids all of it (§4.2).
    pub fn asks(&self, value: &str) -> bool {
        self.has(value) && !self.has("none")
    }

    fn has(&self, value: &str) -> bool {
        self.0
            .iter()
            .any(|token| token.as_str().eq_ignore_ascii_case(value))
    }
}

impl TypedHeader for Privacy {
    const NAME: &'static str = "Privacy";

    fn join(&mut self, more: Privacy) -> Result<(), SyntaxError> {
        self.0.extend(more.0);
        Ok(())
    }
}

impl FromStr for Privacy {
    type Err = SyntaxError;

    /// # Errors
    /// One of them isn't a token. Commas separate too, since some write them.
    fn from_str(text: &str) -> Result<Privacy, SyntaxError> {
        text.split([';', ','])
            .map(|value| Token::new(lex::trim(value)).map_err(|_| SyntaxError::Token))
            .collect::<Result<_, _>>()
            .map(Privacy)
    }
}

impl fmt::Display for Privacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, &self.0, ";")
    }
}
