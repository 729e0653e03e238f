//! RFC 3261 §20.15: Content-Type.

use crate::message::lex::{self, SyntaxError};
use crate::message::params::Params;
use crate::message::text::Token;
use std::fmt;
use std::str::FromStr;

/// `application/sdp`, `multipart/mixed;boundary="x"`. Names compare without case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContentType {
    pub kind: Token,
    pub subtype: Token,
    pub params: Params,
}

impl ContentType {
    /// `application/sdp` (RFC 8866).
    pub fn sdp() -> ContentType {
        ContentType {
            kind: Token::fixed_seen("application"),
            subtype: Token::fixed_seen("sdp"),
            params: Params::default(),
        }
    }

    /// `text/plain`
    pub(crate) fn plain_text() -> ContentType {
        ContentType {
            kind: Token::fixed_seen("text"),
            subtype: Token::fixed_seen("plain"),
            params: Params::default(),
        }
    }

    /// Whether it is the type written as `kind/subtype`, whatever its parameters.
    pub fn is(&self, essence: &str) -> bool {
        essence.split_once('/').is_some_and(|(kind, subtype)| {
            self.kind.as_str().eq_ignore_ascii_case(kind)
                && self.subtype.as_str().eq_ignore_ascii_case(subtype)
        })
    }

    pub fn is_sdp(&self) -> bool {
        self.is("application/sdp")
    }
}

impl FromStr for ContentType {
    type Err = SyntaxError;

    /// # Errors
    /// Not two tokens with a slash between them, or bad parameters.
    fn from_str(text: &str) -> Result<ContentType, SyntaxError> {
        // As nearly all are.
        if text == "application/sdp" {
            return Ok(ContentType::sdp());
        }
        let end = lex::find(text, b';').unwrap_or(text.len());
        let (kind, subtype) = lex::cut(&text[..end], b'/').ok_or(SyntaxError::Token)?;
        let token = |text| Token::new(lex::trim(text)).map_err(|_| SyntaxError::Token);
        Ok(ContentType {
            kind: token(kind)?,
            subtype: token(subtype)?,
            params: Params::parse(&text[end..])?,
        })
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.kind, self.subtype, self.params)
    }
}
