//! The people here, as the gateway's directory has them, and who is calling.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use sip::message::{NameAddr, Request};
use sip::time::{Duration, Instant};

use super::Effect;
use super::state::{Address, Number, Peer, People, Person};

/// What came of asking for the directory.
#[derive(Clone, Debug)]
pub enum DirectoryAnswer {
    /// Its text.
    Read(String),
    /// Our token is no longer good; the next sign-in refresh brings another.
    NotAllowed,
    Unreachable,
}

/// How somebody is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Number(Number),
    Address(Address),
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
                let mut list: Vec<Person> = entries
                    .into_iter()
                    .filter_map(|entry| person(entry, own))
                    .take(LIMIT)
                    .collect();
                list.sort_by_key(|person| {
                    (
                        person.peer.name.as_ref().map(|name| name.to_lowercase()),
                        person.peer.number.clone(),
                    )
                });
                self.people.list = Arc::new(list);
            }
            DirectoryAnswer::NotAllowed | DirectoryAnswer::Unreachable => {
                self.next_read = Some(now + READ_EVERY);
            }
        }
    }

    /// Turns to somebody, in the list or not. True if that is another person than before.
    pub(super) fn choose(&mut self, whom: Reach) -> bool {
        let peer = self.known(whom);
        let same = |chosen: &Peer| chosen.is_reached_like(&peer);
        let changed = !self.people.chosen.as_ref().is_some_and(same);
        self.people.chosen = Some(peer);
        changed
    }

    pub(super) fn chosen(&self) -> Option<Peer> {
        self.people.chosen.clone()
    }

    /// With our name for them, if we have one.
    fn known(&self, whom: Reach) -> Peer {
        let unknown = match whom {
            Reach::Number(number) => Peer {
                number: Some(number),
                ..Peer::default()
            },
            Reach::Address(address) => Peer {
                address: Some(address),
                ..Peer::default()
            },
        };
        let mut peers = self.people.list.iter().map(|person| &person.peer);
        peers
            .find(|peer| peer.is_reached_like(&unknown))
            .cloned()
            .unwrap_or(unknown)
    }

    /// Whoever has that number, by the name that we have for them.
    pub(super) fn peer(&self, number: &Number) -> Peer {
        self.known(Reach::Number(number.clone()))
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
        Peer {
            name,
            number,
            address: None,
        }
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
            address: None,
        },
        online: entry.online,
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
