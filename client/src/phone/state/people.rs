//! Those one can show something to.

use super::{Can, Number};

/// The people one can show something to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// False until the directory was read once.
    pub loaded: bool,
    pub list: Vec<Person>,
    pub selected: Option<Number>,
}

impl People {
    pub fn is_online(&self, number: &Number) -> bool {
        self.list
            .iter()
            .any(|person| person.online && person.peer.number.as_ref() == Some(number))
    }

    pub fn selected_person(&self) -> Option<&Person> {
        let number = self.selected.as_ref()?;
        self.list
            .iter()
            .find(|person| person.peer.number.as_ref() == Some(number))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub peer: Peer,
    pub online: bool,
    pub can: Can,
}

/// Someone at the other end, as far as we know them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    pub name: Option<String>,
    pub number: Option<Number>,
}

impl Peer {
    /// The name, else the number, else nothing.
    pub fn called(&self) -> Option<String> {
        self.name
            .clone()
            .or_else(|| self.number.as_ref().map(Number::grouped))
    }
}
