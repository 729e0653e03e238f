//! RFC 6665 §8.2.1: Event, what a subscription or a notification is about.

use super::typed::{TypedHeader, value_and_params};
use crate::message::lex::SyntaxError;
use crate::message::params::Params;
use crate::message::text::{Text, Token};
use std::fmt;
use std::str::FromStr;

/// `Event: reg`, `Event: refer;id=93809824`, or `o:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Event {
    /// The package, with its templates: `presence.winfo`. Compares with case (RFC 6665 §8.2.1).
    pub package: Token,
    /// With the id.
    pub params: Params,
}

impl Event {
    /// The event of a package that the program knows.
    pub fn new(package: &'static str) -> Event {
        Event {
            package: Token::fixed(package),
            params: Params::default(),
        }
    }

    pub fn with_id(mut self, id: impl Into<Text>) -> Event {
        self.params.set("id", id);
        self
    }

    pub fn is(&self, package: &str) -> bool {
        self.package.as_str() == package
    }

    pub fn id(&self) -> Option<&str> {
        self.params.get("id")
    }

    /// Whether both mean the same subscription: package and id, and nothing else (RFC 6665
    /// §8.2.1).
    pub fn same_as(&self, other: &Event) -> bool {
        self.package == other.package && self.id() == other.id()
    }
}

impl TypedHeader for Event {
    const NAME: &'static str = "Event";
}

impl FromStr for Event {
    type Err = SyntaxError;

    /// # Errors
    /// The package isn't a token or the parameters are bad.
    fn from_str(text: &str) -> Result<Event, SyntaxError> {
        let (package, params) = value_and_params(text)?;
        Ok(Event {
            package: Token::new(package).map_err(|_| SyntaxError::Token)?,
            params,
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.package, self.params)
    }
}
