//! RFC 3261 §20.10: Contact.

use super::name_addr::NameAddr;
use crate::message::read_list::Addresses;

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
