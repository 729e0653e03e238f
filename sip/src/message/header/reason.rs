//! RFC 3326 §2: Reason, why a request was sent, above all a BYE or CANCEL.

use super::typed::{list_header, value_and_params};
use crate::message::headers::Headers;
use crate::message::host::number;
use crate::message::lex::SyntaxError;
use crate::message::params::Params;
use crate::message::status::Status;
use crate::message::text::{Text, Token};
use std::fmt;
use std::str::FromStr;

list_header! {
    /// All of a message, one a protocol.
    Reasons(Reason), "Reason"
}

/// One value of a Reason header: `SIP;cause=200;text="Call completed elsewhere"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// `SIP`, `Q.850`, ...
    pub protocol: Token,
    pub cause: Option<u16>,
    pub text: Option<Text>,
}

impl Reason {
    /// A SIP status with a text.
    pub fn sip(status: Status, text: &str) -> Reason {
        Reason {
            protocol: Token::fixed("SIP"),
            cause: Some(status.code()),
            text: Some(Text::from(text)).filter(|text| !text.is_empty()),
        }
    }

    /// The first value of a message's Reason header that can be read.
    pub fn of(headers: &Headers) -> Option<Reason> {
        headers.list("Reason").find_map(|value| value.parse().ok())
    }
}

impl FromStr for Reason {
    type Err = SyntaxError;

    /// # Errors
    /// The protocol isn't a token or the parameters cannot be read. A cause that isn't a number
    /// is none.
    fn from_str(text: &str) -> Result<Reason, SyntaxError> {
        let (protocol, params) = value_and_params(text)?;
        Ok(Reason {
            protocol: Token::new(protocol).map_err(|_| SyntaxError::Token)?,
            cause: params.get("cause").and_then(|cause| number(cause).ok()),
            text: params.get("text").map(Text::from),
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut params = Params::default();
        if let Some(cause) = self.cause {
            params.set("cause", u32::from(cause));
        }
        if let Some(text) = &self.text {
            params.set_quoted("text", text);
        }
        write!(f, "{}{params}", self.protocol)
    }
}
