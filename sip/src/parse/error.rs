//! RFC 3261 §8.2, §21.4, §21.5: what a message can have wrong and what we answer.

use crate::message::{Field, Status, SyntaxError};
use std::fmt;

/// Why bytes are not a message we take. The peer erred, always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    fault: Fault,
    kind: Kind,
}

/// What exactly is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("not a SIP message")]
    NotSip,
    #[error("the message is larger than we accept")]
    MessageTooLarge,
    #[error("the headers are larger than we accept")]
    HeadTooLarge,
    #[error("the body is larger than we accept")]
    BodyTooLarge,
    #[error("the headers do not end")]
    NoEndOfHeaders,
    #[error("no method, address and version in the first line")]
    RequestLine,
    #[error("no version and code in the first line")]
    StatusLine,
    #[error("a version that is not SIP/2.0")]
    Version,
    #[error("the Request-URI: {0}")]
    RequestUri(SyntaxError),
    #[error("the Request-URI is longer than we accept")]
    UriTooLong,
    #[error("a line that is no header")]
    HeaderLine,
    #[error("{field}: {error}")]
    Header { field: Field, error: SyntaxError },
    #[error("{0} is missing")]
    Missing(Field),
    #[error("CSeq has another method than the first line")]
    MethodMismatch,
    #[error("the body is shorter than Content-Length")]
    BodyTooShort,
    #[error("Content-Length is missing on a stream")]
    NoContentLength,
    #[error("more headers than we accept")]
    TooManyHeaders,
    #[error("more Via headers than there can be hops")]
    TooManyVias,
}

/// What the first line makes of the message, as far as answering goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    /// Never answered (§17.1.1.3).
    Ack,
    /// Never answered (§18.1.2).
    Response,
}

impl ParseError {
    pub(crate) fn new(fault: Fault, kind: Kind) -> ParseError {
        ParseError { fault, kind }
    }

    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// What to answer. `None` for what is never answered: ACK, responses, and what isn't SIP.
    pub fn status(&self) -> Option<Status> {
        match self.kind {
            Kind::Request => self.fault.status(),
            Kind::Ack | Kind::Response => None,
        }
    }
}

impl Fault {
    fn status(&self) -> Option<Status> {
        match self {
            Fault::NotSip => None,
            Fault::MessageTooLarge | Fault::HeadTooLarge => Some(Status::MESSAGE_TOO_LARGE),
            Fault::BodyTooLarge => Some(Status::REQUEST_ENTITY_TOO_LARGE),
            Fault::Version => Some(Status::VERSION_NOT_SUPPORTED),
            Fault::RequestUri(SyntaxError::NoScheme) => Some(Status::UNSUPPORTED_URI_SCHEME),
            Fault::UriTooLong => Some(Status::REQUEST_URI_TOO_LONG),
            Fault::TooManyVias => Some(Status::TOO_MANY_HOPS),
            Fault::NoEndOfHeaders
            | Fault::RequestLine
            | Fault::StatusLine
            | Fault::RequestUri(_)
            | Fault::HeaderLine
            | Fault::Header { .. }
            | Fault::Missing(_)
            | Fault::MethodMismatch
            | Fault::BodyTooShort
            | Fault::NoContentLength
            | Fault::TooManyHeaders => Some(Status::BAD_REQUEST),
        }
    }
}

impl Kind {
    pub(crate) fn of(bytes: &[u8]) -> Kind {
        let starts = |word: &[u8]| {
            bytes
                .get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        if starts(b"SIP/") {
            Kind::Response
        } else if starts(b"ACK ") {
            Kind::Ack
        } else {
            Kind::Request
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl std::error::Error for ParseError {}
