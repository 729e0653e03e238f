//! RFC 7315 §5.3: P-Visited-Network-ID, the network that somebody registers from.

use super::typed::list_header;
use crate::message::lex::{self, SyntaxError};
use crate::message::params::Params;
use crate::message::text::{Text, is_token};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

list_header! {
    /// The networks on the way, the nearest to the one who registers first.
    PVisitedNetworkId(VisitedNetwork), "P-Visited-Network-ID"
}

/// `"Visited network number 1"` or `other.net`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VisitedNetwork {
    /// Without quotes and escapes; written with them where it isn't a token.
    pub name: Text,
    pub params: Params,
}

impl FromStr for VisitedNetwork {
    type Err = SyntaxError;

    /// # Errors
    /// Neither a token nor a quoted string, or bad parameters.
    fn from_str(text: &str) -> Result<VisitedNetwork, SyntaxError> {
        let text = lex::trim(text);
        let (name, rest) = if text.starts_with('"') {
            lex::quoted(text)?
        } else {
            let end = text.find(';').unwrap_or(text.len());
            let name = lex::trim(&text[..end]);
            if !is_token(name) {
                return Err(SyntaxError::Token);
            }
            (Cow::Borrowed(name), &text[end..])
        };
        Ok(VisitedNetwork {
            name: Text::new(name).map_err(|_| SyntaxError::Character)?,
            params: Params::parse(rest)?,
        })
    }
}

impl fmt::Display for VisitedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match is_token(&self.name) {
            true => self.name.fmt(f)?,
            false => lex::write_quoted(f, &self.name)?,
        }
        self.params.fmt(f)
    }
}
