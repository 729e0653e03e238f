//! The people here, as the gateway's directory has them, and who is calling.

use std::collections::VecDeque;

use serde::Deserialize;
use sip::message::{NameAddr, Request};
use sip::time::{Duration, Instant};

use super::Effect;
use super::state::{Can, Number, Peer, People, Person};

/// What came of asking for the directory.
#[derive(Clone, Debug)]
pub enum DirectoryAnswer {
    /// Its text.
    Read(String),
    /// Our token is no longer good; the next sign-in refresh brings another.
    NotAllowed,
    Unreachable,
}

#[derive(Debug, Default)]
pub(super) struct Contacts {
    people: People,
    next_read: Option<Instant>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    number: String,
    online: bool,
}

impl Contacts {
    pub(super) fn read_now(&mut self, token: &str, effects: &mut VecDeque<Effect>, now: Instant) {
        self.next_read = Some(now + READ_EVERY);
        effects.push_back(Effect::ReadDirectory {
            token: token.to_owned(),
        });
    }

    pub(super) fn handle_timeout(
        &mut self,
        token: &str,
        effects: &mut VecDeque<Effect>,
        now: Instant,
    ) {
        if self.next_read.is_some_and(|next| next <= now) {
            self.read_now(token, effects, now);
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.next_read
    }

    pub(super) fn answered(&mut self, answer: DirectoryAnswer, own: Option<&Number>, now: Instant) {
        match answer {
            DirectoryAnswer::Read(text) => {
                let Ok(entries) = serde_json::from_str::<Vec<Entry>>(&text) else {
                    return;
                };
                self.people.loaded = true;
                self.people.list = entries
                    .into_iter()
                    .filter_map(|entry| person(entry, own))
                    .take(LIMIT)
                    .collect();
                self.people.list.sort_by_key(|person| {
                    (
                        person.peer.name.as_ref().map(|name| name.to_lowercase()),
                        person.peer.number.clone(),
                    )
                });
            }
            DirectoryAnswer::NotAllowed | DirectoryAnswer::Unreachable => {
                self.next_read = Some(now + READ_EVERY);
            }
        }
    }

    /// True if that is another person than before.
    pub(super) fn select(&mut self, number: Number) -> bool {
        let changed = self.people.selected.as_ref() != Some(&number);
        self.people.selected = Some(number);
        changed
    }

    pub(super) fn selected(&self) -> Option<Peer> {
        self.people
            .selected_person()
            .map(|person| person.peer.clone())
    }

    /// Whoever has that number, by the name that we have for them.
    pub(super) fn peer(&self, number: &Number) -> Peer {
        let list = &self.people.list;
        let known = list
            .iter()
            .find(|person| person.peer.number.as_ref() == Some(number));
        known.map_or_else(
            || Peer {
                name: None,
                number: Some(number.clone()),
            },
            |person| person.peer.clone(),
        )
    }

    /// Who an INVITE is from: what the network asserts (RFC 3325 §9.1) before what the caller
    /// says, and our own name for the number before theirs.
    pub(super) fn who_calls(&self, request: &Request) -> Peer {
        let asserted = request
            .headers
            .addresses("P-Asserted-Identity")
            .unwrap_or_default();
        let said = [request.headers.from.clone()];
        let all = || asserted.iter().chain(&said);
        let number = all().find_map(number_of);
        let known = number.as_ref().and_then(|number| {
            self.people
                .list
                .iter()
                .find(|person| person.peer.number.as_ref() == Some(number))
        });
        let display = || {
            all()
                .find_map(|address| address.display.as_ref())
                .map(|name| name.as_str().to_owned())
        };
        let user = || {
            all()
                .find_map(|address| address.uri.user())
                .map(|user| user.into_owned())
        };
        let name = known
            .and_then(|person| person.peer.name.clone())
            .or_else(display)
            .or_else(|| if number.is_none() { user() } else { None })
            .map(|name| shortened(&name))
            .filter(|name| !name.is_empty());
        Peer { name, number }
    }

    pub(super) fn show(&self) -> People {
        self.people.clone()
    }
}

/// The telephone number in an address.
pub(super) fn number_of(address: &NameAddr) -> Option<Number> {
    Number::parse(&address.uri.number()?)
}

fn person(entry: Entry, own: Option<&Number>) -> Option<Person> {
    let number = Number::parse(&entry.number).filter(|number| Some(number) != own)?;
    let name = Some(shortened(&entry.name)).filter(|name| !name.is_empty());
    Some(Person {
        peer: Peer {
            name,
            number: Some(number),
        },
        online: entry.online,
        can: Can::Unknown,
    })
}

/// A name that fits a page, without what could turn its direction or break its line.
fn shortened(name: &str) -> String {
    let kept = name.chars().filter(|c| {
        !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    kept.take(NAME_CHARACTERS)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Who is online is news for about this long.
const READ_EVERY: Duration = Duration::from_secs(5);
/// More people than a list on a page serves; finding one beyond needs a search at the gateway.
const LIMIT: usize = 2000;
/// A longer name is not a name.
const NAME_CHARACTERS: usize = 80;
