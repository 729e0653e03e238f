//! Who is meant by what stands in the field above the list (R7.1, R7.3).

use sip::number::Home;

use super::fold::folded;
use crate::phone::order::sort_by_key;
use crate::phone::state::{
    Address, Number, Past, Peer, People, Person, TypedProblem, Way, has_sip_scheme, read_way,
};

/// The list as it is shown. Nobody stands in it twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub favourites: Vec<Person>,
    /// Those of the history, newest first.
    pub recent: Vec<Person>,
    /// Everybody else by name; while something is sought, all who fit.
    pub rest: Vec<Person>,
    /// What could be called besides.
    pub typed: Typed,
}

impl Found {
    pub fn is_empty(&self) -> bool {
        self.favourites.is_empty() && self.recent.is_empty() && self.rest.is_empty()
    }

    /// Who is meant if the person presses Enter.
    pub fn first(&self) -> Option<&Person> {
        let mut all = self.favourites.iter().chain(&self.recent).chain(&self.rest);
        all.next()
    }
}

/// What was typed, as far as it is nobody's in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Typed {
    /// Nothing that could be called.
    #[default]
    Nothing,
    Number(Number),
    Address(Address),
    /// Meant to be called, but it cannot be.
    Wrong(TypedProblem),
}

/// What the list shows for `sought`; `history` newest first.
pub fn find(people: &People, history: &[Past], sought: &str) -> Found {
    let sought = sought.trim();
    match sought.is_empty() {
        true => everybody(people, history),
        false => those_who_fit(people, sought),
    }
}

fn everybody(people: &People, history: &[Past]) -> Found {
    let mut found = Found::default();
    let mut recent: Vec<&Peer> = Vec::new();
    for peer in history.iter().map(|past| &past.peer) {
        let there = recent.iter().any(|other| other.is_reached_like(peer));
        if !there && (peer.number.is_some() || peer.address.is_some()) {
            recent.push(peer);
        }
        if recent.len() == RECENT {
            break;
        }
    }
    let mut of_history: Vec<Option<Person>> = vec![None; recent.len()];
    for person in people.list.iter() {
        let at = recent.iter().position(|peer| person.is_reached_at(peer));
        match at {
            _ if person.is_favourite() => found.favourites.push(person.clone()),
            Some(at) if of_history[at].is_none() => of_history[at] = Some(person.clone()),
            Some(_) | None => found.rest.push(person.clone()),
        }
    }
    for (peer, person) in recent.into_iter().zip(of_history) {
        let among = |list: &[Person]| list.iter().any(|other| other.is_reached_at(peer));
        match person {
            Some(mut person) => {
                // The number that was used last, of those they have.
                person.peer.number = peer.number.clone();
                found.recent.push(person);
            }
            None if among(&found.favourites) || among(&found.recent) => {}
            // Nobody's in the list: a number that was typed, or called from.
            None => found.recent.push(Person::stranger(peer.clone())),
        }
    }
    found
}

fn those_who_fit(people: &People, sought: &str) -> Found {
    let words: Vec<String> = folded(sought)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let digits = digits(sought, &people.home);
    let mut fitting: Vec<(u8, &Person)> = Vec::new();
    for person in people.list.iter() {
        if let Some(rank) = rank(person, &words, &digits) {
            fitting.push((rank, person));
        }
    }
    // Of equal rank in the order of the list.
    sort_by_key(&mut fitting, |(rank, _)| *rank);
    let rest: Vec<Person> = fitting
        .into_iter()
        .map(|(_, person)| person.clone())
        .collect();
    let typed = typed(sought, people, &rest);
    Found {
        rest,
        typed,
        ..Found::default()
    }
}

/// How well somebody fits, 0 best; none if not at all.
fn rank(person: &Person, words: &[String], digits: &[String]) -> Option<u8> {
    let name = folded(person.peer.name.as_deref().unwrap_or_default());
    if words.iter().all(|word| name.contains(word.as_str())) {
        let starts = |word: &String| name.split_whitespace().any(|part| part.starts_with(word));
        return Some(match (person.is_favourite(), words.iter().all(starts)) {
            (true, true) => 0,
            (false, true) => 1,
            (_, false) => 2,
        });
    }
    let in_number = |number: &Number| {
        let mut sought = digits.iter();
        sought.any(|digits| number.as_str().contains(digits.as_str()))
    };
    let in_address = |address: &Address| {
        let address = folded(address.as_str());
        words.iter().all(|word| address.contains(word.as_str()))
    };
    let fits = person.numbers().any(in_number) || person.addresses().any(in_address);
    fits.then_some(3)
}

/// The digits that are sought, in the forms in which a full number may contain them; none if
/// something else is sought. Separators count for nothing, and 020 is found in +44 20.
fn digits(sought: &str, home: &Home) -> Vec<String> {
    let plain: String = sought
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect();
    let other = |c: char| c.is_alphabetic() || c == '@';
    if sought.contains(other) || !plain.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let code = home.country_code();
    let national = home
        .trunk_prefix()
        .and_then(|trunk| plain.strip_prefix(trunk))
        .zip(code)
        .map(|(rest, code)| format!("+{code}{rest}"));
    let abroad = home
        .international_prefix()
        .and_then(|prefix| plain.strip_prefix(prefix))
        .filter(|rest| !rest.is_empty())
        .map(|rest| format!("+{rest}"));
    [Some(plain), national, abroad]
        .into_iter()
        .flatten()
        .collect()
}

/// What could be called besides those who fit. Somebody's number is not offered beside them, nor
/// half of it, which is no mistake either while it still leads to somebody.
fn typed(sought: &str, people: &People, fitting: &[Person]) -> Typed {
    let is_address = sought.contains('@') || has_sip_scheme(sought);
    let is_number = !sought.contains(char::is_alphabetic)
        && sought.contains(|c: char| c.is_numeric() || c == '+');
    if !is_address && !is_number {
        return Typed::Nothing;
    }
    let known = |number: &Number| people.list.iter().any(|person| person.has(number));
    let way = match read_way(sought, &people.home, known) {
        Ok(way) => way,
        Err(_) if !fitting.is_empty() => return Typed::Nothing,
        Err(problem) => return Typed::Wrong(problem),
    };
    match way {
        Way::Number {
            number: Some(number),
            ..
        } if !known(&number) && !begins(&number, fitting) => Typed::Number(number),
        Way::Address(address) => {
            let mut addresses = people.list.iter().flat_map(Person::addresses);
            match addresses.any(|there| *there == address) {
                true => Typed::Nothing,
                false => Typed::Address(address),
            }
        }
        Way::Number { .. } => Typed::Nothing,
    }
}

/// Whether somebody's number goes on like that: it is still being typed.
fn begins(number: &Number, fitting: &[Person]) -> bool {
    let mut numbers = fitting.iter().flat_map(Person::numbers);
    numbers.any(|other| other.as_str().starts_with(number.as_str()))
}

/// So many fit above the fold of a small page, beside the favourites.
const RECENT: usize = 5;
