//! RFC 3261 §20.10: Contact.

use super::name_addr::NameAddr;
use crate::message::addresses::Addresses;
use crate::message::lex::{self, SyntaxError};

/// Addresses, or the `*` of a REGISTER that removes them all (§10.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Contact {
    Star,
    /// In the order written; empty where there is no Contact.
    List(Addresses),
}

impl Contact {
    pub fn one(contact: NameAddr) -> Contact {
        Contact::List(vec![contact].into())
    }

    pub fn first(&self) -> Option<&NameAddr> {
        self.list().first()
    }

    /// The addresses; none for `*`.
    pub fn list(&self) -> &[NameAddr] {
        match self {
            Contact::Star => &[],
            Contact::List(list) => list,
        }
    }

    /// How many addresses there are, which are not read for that.
    pub(crate) fn len(&self) -> usize {
        match self {
            Contact::Star => 0,
            Contact::List(list) => list.len(),
        }
    }

    /// Where addresses go; nowhere beside a `*`.
    pub(crate) fn addresses_mut(&mut self) -> Option<&mut Addresses> {
        match self {
            Contact::Star => None,
            Contact::List(list) => Some(list),
        }
    }

    pub fn is_star(&self) -> bool {
        match self {
            Contact::Star => true,
            Contact::List(_) => false,
        }
    }

    /// Neither an address nor `*`.
    pub fn is_empty(&self) -> bool {
        match self {
            Contact::Star => false,
            Contact::List(list) => list.is_empty(),
        }
    }

    /// Adds what another header line says. `*` stands alone.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), SyntaxError> {
        if lex::trim(text) == "*" {
            if !self.is_empty() {
                return Err(SyntaxError::Trailing);
            }
            *self = Contact::Star;
            return Ok(());
        }
        match self {
            Contact::Star => Err(SyntaxError::Trailing),
            Contact::List(list) => lex::parse_list(text, list),
        }
    }
}

impl Default for Contact {
    fn default() -> Contact {
        Contact::List(Addresses::default())
    }
}

impl From<NameAddr> for Contact {
    fn from(contact: NameAddr) -> Contact {
        Contact::one(contact)
    }
}

impl From<Vec<NameAddr>> for Contact {
    fn from(list: Vec<NameAddr>) -> Contact {
        Contact::List(list.into())
    }
}
