//! Those one can show something to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sip::message::Uri;

use super::{Address, Number};

/// The people one can show something to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// False until the directory was read once.
    pub loaded: bool,
    /// Shared, because a page compares and copies its state at every turn, and there may be
    /// thousands.
    pub list: Arc<Vec<Person>>,
    /// Who is about to see something; need not be in the list.
    pub chosen: Option<Peer>,
}

impl People {
    pub fn is_online(&self, number: &Number) -> bool {
        self.list
            .iter()
            .any(|person| person.online && person.peer.number.as_ref() == Some(number))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub peer: Peer,
    pub online: bool,
}

/// Someone at the other end, as far as we know them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Peer {
    pub name: Option<String>,
    pub number: Option<Number>,
    /// Where they are reached if they have no number.
    #[serde(default)]
    pub address: Option<Address>,
}

impl Peer {
    /// The name, else the number, else the address, else nothing.
    pub fn called(&self) -> Option<String> {
        self.name
            .clone()
            .or_else(|| self.number.as_ref().map(Number::grouped))
            .or_else(|| self.address.as_ref().map(Address::shown))
    }

    /// The number, else the address, in one word; nothing for who hides both.
    pub fn reached_at(&self) -> Option<&str> {
        match (&self.number, &self.address) {
            (Some(number), _) => Some(number.as_str()),
            (None, Some(address)) => Some(address.as_str()),
            (None, None) => None,
        }
    }

    /// Where a request to them goes.
    pub fn uri(&self) -> Option<Uri> {
        match &self.number {
            Some(number) => Some(Uri::tel(number.as_str())),
            None => self.address.as_ref()?.uri(),
        }
    }

    /// Whether both are reached in the same way.
    pub fn is_reached_like(&self, other: &Peer) -> bool {
        match (&self.number, &other.number) {
            (Some(one), Some(two)) => one == two,
            (None, None) => self.address.is_some() && self.address == other.address,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}
