//! Reason: RFC 3326. Why a request was sent, above all a BYE or CANCEL.

use std::fmt;
use std::str::FromStr;

use crate::message::{Headers, Params, Status, Text, Token, Value};

/// One value of a Reason header: `SIP;cause=200;text="Call completed elsewhere"`.
#[derive(Clone, Debug, PartialEq, Eq)]
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
            protocol: Token::new("SIP").expect("SIP is a token"),
            cause: Some(status.code()),
            text: Some(Text::from(text)).filter(|text| !text.is_empty()),
        }
    }

    /// The first value of a message's Reason header that can be read.
    pub fn of(headers: &Headers) -> Option<Reason> {
        headers.list("Reason").find_map(|value| value.parse().ok())
    }

    pub(super) fn value(&self) -> Value {
        Value::from(self.to_string())
    }
}

/// What was wrong is of no interest: a Reason that can't be read is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Reason")]
pub struct NotAReason;

impl FromStr for Reason {
    type Err = NotAReason;

    /// # Errors
    /// The protocol isn't a token or the parameters cannot be read.
    fn from_str(text: &str) -> Result<Reason, NotAReason> {
        let end = text.find(';').unwrap_or(text.len());
        let protocol = Token::new(text[..end].trim()).map_err(|_| NotAReason)?;
        let params = Params::parse(&text[end..]).map_err(|_| NotAReason)?;
        Ok(Reason {
            protocol,
            cause: params.get("cause").and_then(|cause| cause.parse().ok()),
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

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_reason_reads_as_it_was_written() {
        let written = "Q.850;cause=16;text=\"Terminated, normally\"";
        let reason: Reason = written.parse().unwrap();
        assert_eq!(reason.cause, Some(16));
        assert_eq!(reason.text.as_deref(), Some("Terminated, normally"));
        assert_eq!(reason.to_string(), written);
        assert_eq!(
            Reason::sip(Status::BUSY_HERE, "").to_string(),
            "SIP;cause=486"
        );
        assert_eq!(";cause=1".parse::<Reason>(), Err(NotAReason));
    }
}
