//! Those one can show something to.

use std::sync::Arc;

use sip::message::Uri;
use sip::number::Home;

use super::{Address, Contact, ContactId, Imported, Kept, Number, Way};

/// The people one can show something to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// False until the directory was read once.
    pub loaded: bool,
    /// Own contacts and the gateway's directory in one, by name. Shared, because a page compares
    /// and copies its state at every turn, and there may be thousands.
    pub list: Arc<Vec<Person>>,
    /// Who is about to see something; need not be in the list.
    pub chosen: Option<Peer>,
    /// How the country dials whose numbers are typed.
    pub home: Home,
    pub kept: Kept,
    /// The name of who was deleted last and can be brought back.
    pub deleted: Option<String>,
    /// What came of the last import, until it was read.
    pub imported: Option<Imported>,
}

impl People {
    pub fn is_online(&self, number: &Number) -> bool {
        self.list
            .iter()
            .any(|person| person.online && person.has(number))
    }

    pub fn person(&self, key: &PersonKey) -> Option<&Person> {
        self.list.iter().find(|person| person.key() == *key)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub peer: Peer,
    pub online: bool,
    /// What the person at this page wrote down of them.
    pub own: Option<Arc<Contact>>,
}

/// Which row of the list is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PersonKey {
    Own(ContactId),
    Number(Number),
    Address(Address),
    /// Neither written down nor reachable: there is no such row.
    Nobody,
}

impl Person {
    /// Somebody who is in no list.
    pub fn stranger(peer: Peer) -> Self {
        Self {
            peer,
            online: false,
            own: None,
        }
    }

    pub fn key(&self) -> PersonKey {
        match (&self.own, &self.peer.number, &self.peer.address) {
            (Some(own), _, _) => PersonKey::Own(own.id.clone()),
            (None, Some(number), _) => PersonKey::Number(number.clone()),
            (None, None, Some(address)) => PersonKey::Address(address.clone()),
            (None, None, None) => PersonKey::Nobody,
        }
    }

    pub fn is_favourite(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.favourite)
    }

    /// All of theirs; one may come twice.
    pub fn numbers(&self) -> impl Iterator<Item = &Number> {
        let own = self.own.iter().flat_map(|own| &own.ways);
        self.peer.number.iter().chain(own.filter_map(Way::number))
    }

    /// All of theirs; one may come twice.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        let own = self.own.iter().flat_map(|own| &own.ways);
        self.peer.address.iter().chain(own.filter_map(Way::address))
    }

    pub fn has(&self, number: &Number) -> bool {
        self.numbers().any(|there| there == number)
    }

    /// Whether one of their numbers, or else addresses, is that peer's.
    pub fn is_reached_at(&self, peer: &Peer) -> bool {
        match (&peer.number, &peer.address) {
            (Some(number), _) => self.has(number),
            (None, Some(address)) => self.addresses().any(|there| there == address),
            (None, None) => false,
        }
    }
}

/// Someone at the other end, as far as we know them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Peer {
    pub name: Option<String>,
    pub number: Option<Number>,
    /// Where they are reached if they have no number.
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
