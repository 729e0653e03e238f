//! Somebody whom the person at this page wrote down, and how that is done.

use sip::number::{Home, NumberError};

use super::{Address, Number};

/// Of an own contact; random, so that two tabs never mean two people by one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactId(pub String);

/// Somebody whom the person wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    pub name: String,
    /// At least one, at most [`WAYS`].
    pub ways: Vec<Way>,
    pub favourite: bool,
}

/// More than anybody has telephones.
pub const WAYS: usize = 8;

/// One way to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    Number {
        /// As it was typed or came in a file.
        typed: String,
        /// None if it means nothing here: it may where the file came from.
        number: Option<Number>,
    },
    Address(Address),
}

impl Way {
    pub fn number(&self) -> Option<&Number> {
        match self {
            Self::Number { number, .. } => number.as_ref(),
            Self::Address(_) => None,
        }
    }

    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Address(address) => Some(address),
            Self::Number { .. } => None,
        }
    }

    /// Whether one can be asked there.
    pub fn is_usable(&self) -> bool {
        self.number().is_some() || self.address().is_some()
    }

    /// Whether both lead to the same telephone.
    pub fn is_same(&self, other: &Way) -> bool {
        match (self, other) {
            (
                Self::Number { typed, number },
                Self::Number {
                    typed: other_typed,
                    number: other_number,
                },
            ) => match (number, other_number) {
                (Some(one), Some(two)) => one == two,
                (None, None) => typed == other_typed,
                (Some(_), None) | (None, Some(_)) => false,
            },
            (Self::Address(one), Self::Address(two)) => one == two,
            (Self::Number { .. }, Self::Address(_)) | (Self::Address(_), Self::Number { .. }) => {
                false
            }
        }
    }

    /// As a field to edit it in has it.
    pub fn typed(&self) -> String {
        match self {
            Self::Number { typed, .. } => typed.clone(),
            Self::Address(address) => address.shown(),
        }
    }
}

/// What a person fills in to write somebody down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Of the contact that is changed; none for a new one.
    pub id: Option<ContactId>,
    pub name: String,
    /// Numbers and SIP addresses as typed; empty ones count for nothing.
    pub ways: Vec<String>,
}

/// What is wrong with a draft, or with something typed to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedProblem {
    Number(NumberError),
    Address,
}

/// What is wrong with a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftProblems {
    pub no_name: bool,
    /// There is neither a number nor an address.
    pub no_way: bool,
    /// By the place in [`Draft::ways`].
    pub ways: Vec<(usize, TypedProblem)>,
}

impl Draft {
    /// The name and the ways that are meant. `known` tells the numbers of the gateway's own plan,
    /// which need not be anybody's elsewhere.
    ///
    /// # Errors
    /// What the person has to look at again.
    pub fn read(
        &self,
        home: &Home,
        known: impl Fn(&Number) -> bool,
    ) -> Result<(String, Vec<Way>), DraftProblems> {
        let mut problems = DraftProblems::default();
        let mut ways: Vec<Way> = Vec::new();
        let filled = self.ways.iter().enumerate();
        for (at, typed) in filled.filter(|(_, typed)| !typed.trim().is_empty()) {
            match read_way(typed, home, &known) {
                Ok(way) if ways.iter().any(|there| there.is_same(&way)) => {}
                Ok(way) => ways.push(way),
                Err(problem) => problems.ways.push((at, problem)),
            }
        }
        ways.truncate(WAYS);
        let name = shortened(&self.name);
        problems.no_name = name.is_empty();
        problems.no_way = ways.is_empty() && problems.ways.is_empty();
        match problems == DraftProblems::default() {
            true => Ok((name, ways)),
            false => Err(problems),
        }
    }
}

/// The number or address that is meant by what was typed (R7.1).
///
/// # Errors
/// It is neither.
pub fn read_way(
    typed: &str,
    home: &Home,
    known: impl Fn(&Number) -> bool,
) -> Result<Way, TypedProblem> {
    let typed = typed.trim();
    if typed.contains('@') || has_sip_scheme(typed) {
        let address = Address::parse(typed).ok_or(TypedProblem::Address)?;
        return Ok(Way::Address(address));
    }
    let number = match home.normalise(typed) {
        Ok(number) => Number::parse(number.as_str()),
        Err(problem) => {
            let own = Number::parse(typed).filter(known);
            Some(own.ok_or(TypedProblem::Number(problem))?)
        }
    };
    Ok(Way::Number {
        typed: typed.to_owned(),
        number,
    })
}

pub(crate) fn has_sip_scheme(typed: &str) -> bool {
    ["sip:", "sips:"].iter().any(|scheme| {
        let start = typed.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// A name that fits a page, without what could turn its direction or break its line.
pub(crate) fn shortened(name: &str) -> String {
    let kept = name.chars().filter(|c| {
        !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    kept.take(NAME_CHARACTERS)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A longer name is not a name.
const NAME_CHARACTERS: usize = 80;

/// What a person does with the people of this page.
#[derive(Clone, Debug, PartialEq)]
pub enum PeopleCommand {
    /// Writes somebody down, or changes what is written.
    Keep(Draft),
    Delete(ContactId),
    /// Brings back who was deleted last.
    Undo,
    /// Somebody of the gateway's directory is written down by it.
    Favourite {
        who: super::PersonKey,
        on: bool,
    },
    /// The bytes of a file of cards.
    Import(Vec<u8>),
    /// All own contacts, as a file.
    Export,
    /// From the address book of the device.
    Pick,
    /// The person has read what came of an import, or that nothing is kept.
    Read,
}

/// Where own contacts and the history are between two visits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// Not read yet.
    #[default]
    Unknown,
    InBrowser,
    /// The browser keeps nothing for this page: what is written lasts as long as the tab.
    NotAtAll,
    /// The same, and the person knows.
    NotAtAllAsSaid,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: usize,
    /// People who were there, with a number or address more than before.
    pub merged: usize,
    /// People who were there just so.
    pub same: usize,
    /// The first [`SKIPPED_SHOWN`] that were not.
    pub skipped: Vec<Skipped>,
    pub skipped_in_all: usize,
    /// Why nothing of the file could be used.
    pub refused: Option<Refused>,
}

/// As many as a person reads.
pub const SKIPPED_SHOWN: usize = 10;

/// A card that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its place in the file, from 1.
    pub card: usize,
    pub name: Option<String>,
    pub why: SkippedWhy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkippedWhy {
    /// It ends in the middle, or is no card.
    Broken,
    /// There is nothing to call.
    NoNumber,
    /// There is something, but it cannot be called from here.
    Number(TypedProblem),
    /// There are as many people as this page keeps.
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no card in it.
    NoCards,
    /// It is larger than any address book.
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn british() -> Home {
        Home::new("44", Some("0"), "00").unwrap()
    }

    fn draft(name: &str, ways: &[&str]) -> Draft {
        Draft {
            id: None,
            name: name.to_owned(),
            ways: ways.iter().map(|way| (*way).to_owned()).collect(),
        }
    }

    /// R7.1: what a person types becomes a full number by the home country.
    #[test]
    fn a_national_number_is_kept_as_typed_and_understood_in_full() {
        let (name, ways) = draft(" Anna ", &["020 7946 0148", "", "anna@example.com"])
            .read(&british(), |_| false)
            .unwrap();
        assert_eq!(name, "Anna");
        assert_eq!(ways[0].typed(), "020 7946 0148");
        assert_eq!(ways[0].number(), Number::parse("+442079460148").as_ref());
        assert_eq!(
            ways[1].address(),
            Address::parse("anna@example.com").as_ref()
        );
    }

    #[test]
    fn the_same_number_in_two_spellings_is_one_way() {
        let (_, ways) = draft("Anna", &["020 7946 0148", "+44 20 79460148"])
            .read(&british(), |_| false)
            .unwrap();
        assert_eq!(ways.len(), 1);
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let problems = draft("", &["+44 20 7946 0148", "12x", "anna@"])
            .read(&british(), |_| false)
            .unwrap_err();
        let expected = DraftProblems {
            no_name: true,
            no_way: false,
            ways: vec![
                (1, TypedProblem::Number(NumberError::Character('x'))),
                (2, TypedProblem::Address),
            ],
        };
        assert_eq!(problems, expected);
        let empty = draft("Anna", &[""]).read(&british(), |_| false);
        assert!(empty.is_err_and(|problems| problems.no_way));
    }

    #[test]
    fn a_number_of_the_gateways_own_plan_may_be_short() {
        let own = |number: &Number| number.as_str() == "110";
        assert!(read_way("110", &british(), own).is_ok());
        assert_eq!(
            read_way("111", &british(), own),
            Err(TypedProblem::Number(NumberError::TooShort))
        );
    }

    #[test]
    fn a_name_is_one_line_of_bounded_length() {
        assert_eq!(shortened(" A\u{202e}n\nna "), "Anna");
        assert_eq!(shortened(&"x".repeat(500)).len(), NAME_CHARACTERS);
    }
}
