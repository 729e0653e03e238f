//! RFC 3261 §7, §18.3: bytes become a message once, here.

use crate::limits::Limits;
use crate::message::{Field, Message, Response, Status, SyntaxError};

/// Reads one message: a datagram, or the payload of one WebSocket frame (RFC 7118 §5), where
/// Content-Length may be absent and bytes after it are ignored (§18.3).
///
/// # Errors
/// What the peer got wrong.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Message, ParseError> {
    let _ = (bytes, limits);
    Err(ParseError::NotSip)
}

/// Why bytes are not a message we take. The peer erred; [`ParseError::status`] says how we answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("not a SIP message")]
    NotSip,
    #[error("the headers do not end")]
    NoEndOfHeaders,
    #[error("SIP version other than 2.0")]
    Version,
    #[error("a status code outside of 100 to 699")]
    StatusCode,
    #[error("the Request-URI: {0}")]
    RequestUri(SyntaxError),
    #[error("a header line without a name, or with a stray line break")]
    HeaderLine,
    #[error("{}: {error}", field.name())]
    Header {
        field: FieldName,
        error: SyntaxError,
    },
}

/// Which header was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldName(Field);

impl FieldName {
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl ParseError {
    /// What to answer a request with.
    pub fn status(&self) -> Option<Status> {
        None
    }

    /// The answer.
    pub fn reply(&self, bytes: &[u8]) -> Option<Response> {
        let _ = bytes;
        None
    }
}
