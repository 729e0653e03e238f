//! What the operator's server asks for: `{"subscriber": "anna", "expires_in": 600}`.

use std::time::Duration;

use serde::Deserialize;

/// A wish for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// A name, or a number in international form with its plus.
    pub subscriber: String,
    pub expires_in: Option<Duration>,
}

/// Why a body is no such wish.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("not a JSON object with the text \"subscriber\": {0}")]
    Json(String),
    #[error("\"subscriber\" has 1 to 64 characters")]
    Subscriber,
    #[error("\"expires_in\" is in seconds, and at least 10")]
    TooShort,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    subscriber: String,
    expires_in: Option<u32>,
}

impl Request {
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: &[u8]) -> Result<Request, Fault> {
        let written: Written =
            serde_json::from_slice(body).map_err(|error| Fault::Json(error.to_string()))?;
        if !(1..=64).contains(&written.subscriber.len()) {
            return Err(Fault::Subscriber);
        }
        let expires_in = written.expires_in.map(u64::from).map(Duration::from_secs);
        if expires_in.is_some_and(|wished| wished < super::SHORTEST) {
            return Err(Fault::TooShort);
        }
        Ok(Request {
            subscriber: written.subscriber,
            expires_in,
        })
    }
}
