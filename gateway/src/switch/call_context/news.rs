//! Rule R4.1: what the network says of a voice call, as JSON (RFC 8259): the call by a name of the
//! network's own, what happened to it, and the numbers of both who talk.

use serde::Deserialize;
use sip::number::{E164, NumberError};

/// The longest name of a call. A SIP Call-ID with its tags fits.
const ID_BYTES: usize = 256;

/// What happened to a voice call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It was answered. One that rings is no call yet.
    Started,
    Held,
    Resumed,
    /// Others joined.
    Conference,
    Ended,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub id: String,
    pub event: Event,
    pub between: [E164; 2],
}

/// What is wrong with an event.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("not the JSON of an event: {0}")]
    NotRead(#[from] serde_json::Error),
    #[error("\"call\" must have 1 to {ID_BYTES} bytes")]
    Id,
    #[error("{0:?} must be a number with its country, such as +447700900123: {1}")]
    Number(&'static str, NumberError),
    #[error("both numbers are the same")]
    SameNumber,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    call: String,
    event: Event,
    from: String,
    to: String,
}

impl News {
    /// Reads one event.
    ///
    /// # Errors
    /// What is wrong with it, in words for whoever sent it.
    pub fn read(json: &[u8]) -> Result<News, Fault> {
        let written: Written = serde_json::from_slice(json)?;
        if !(1..=ID_BYTES).contains(&written.call.len()) {
            return Err(Fault::Id);
        }
        let from = number("from", &written.from)?;
        let to = number("to", &written.to)?;
        if from == to {
            return Err(Fault::SameNumber);
        }
        Ok(News {
            id: written.call,
            event: written.event,
            between: [from, to],
        })
    }
}

fn number(key: &'static str, text: &str) -> Result<E164, Fault> {
    text.parse().map_err(|error| Fault::Number(key, error))
}
