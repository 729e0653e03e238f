//! The people here: those of the gateway's directory, and those whom the person wrote down. And who
//! is calling.

mod book;
pub mod find;
mod fold;
mod stored;
#[cfg(test)]
mod tests;
pub mod vcard;

use std::collections::VecDeque;
use std::sync::Arc;

use sip::id::IdSource;
use sip::message::{Host, NameAddr, Request};
use sip::number::Home;
use sip::time::{Duration, Instant};

use super::Effect;
use super::json::Json;
use super::order::sort_by_key;
use super::state::{
    Address, Contact, ContactId, Draft, Imported, Kept, Number, Peer, People, PeopleCommand,
    PersonKey, Refused, SkippedWhy, Way, read_way, shortened,
};
use super::wire::{PeopleEffect, Picked};
use book::{Book, Listed};
use vcard::Card;

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

pub(super) struct Contacts {
    ids: IdSource,
    book: Book,
    /// At most [`LIMIT`].
    directory: Vec<Listed>,
    people: People,
    next_read: Option<Instant>,
    /// Whose contacts these are, in the browser's store.
    owner: Option<String>,
    /// Who was deleted last, and until when that can be taken back.
    deleted: Option<(Arc<Contact>, Instant)>,
}

struct Entry {
    name: String,
    number: String,
    online: bool,
}

impl Entry {
    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            name: json.get("name")?.text()?.to_owned(),
            number: json.get("number")?.text()?.to_owned(),
            online: json.get("online")?.is_true(),
        })
    }
}

impl Contacts {
    pub(super) fn new(ids: IdSource) -> Self {
        Self {
            ids,
            book: Book::default(),
            directory: Vec::new(),
            people: People::default(),
            next_read: None,
            owner: None,
            deleted: None,
        }
    }

    /// Nobody is signed in: nothing of them stays in the page.
    pub(super) fn clear(&mut self) {
        let home = self.people.home.clone();
        self.book = Book::default();
        self.directory = Vec::new();
        self.people = People {
            home,
            ..People::default()
        };
        (self.next_read, self.owner, self.deleted) = (None, None, None);
    }

    /// How the gateway's country dials.
    pub(super) fn set_home(&mut self, home: Home) {
        self.people.home = home;
    }

    /// That account is signed in: its own contacts and history are read once, and again whenever
    /// the page is looked at, because another tab may have changed them.
    pub(super) fn open(&mut self, owner: String, effects: &mut VecDeque<Effect>) {
        if self.owner.as_ref() != Some(&owner) {
            self.owner = Some(owner);
            self.reread(effects);
        }
    }

    pub(super) fn reread(&self, effects: &mut VecDeque<Effect>) {
        if let Some(owner) = self.owner.clone().filter(|_| !self.is_forgetful()) {
            effects.push_back(Effect::People(PeopleEffect::Load { owner }));
        }
    }

    /// What the browser had kept. False if that is not for whoever is signed in.
    pub(super) fn stored(&mut self, owner: &str, lines: &[String]) -> bool {
        if self.owner.as_deref() != Some(owner) {
            return false;
        }
        let home = &self.people.home;
        let contacts = lines.iter().filter_map(|line| stored::read(line, home));
        self.book = Book::of(contacts);
        self.people.kept = Kept::InBrowser;
        self.rebuild();
        true
    }

    /// The browser keeps nothing; said once.
    pub(super) fn not_stored(&mut self) {
        if !self.is_forgetful() {
            self.people.kept = Kept::NotAtAll;
        }
    }

    fn owner(&self) -> Option<&str> {
        self.owner.as_deref().filter(|_| !self.is_forgetful())
    }

    /// Whose history the browser may replace: it has been read, so that nothing of it is lost.
    pub(super) fn owner_of_history(&self) -> Option<&str> {
        self.owner().filter(|_| self.people.kept == Kept::InBrowser)
    }

    fn is_forgetful(&self) -> bool {
        match self.people.kept {
            Kept::NotAtAll | Kept::NotAtAllAsSaid => true,
            Kept::Unknown | Kept::InBrowser => false,
        }
    }

    pub(super) fn command(
        &mut self,
        command: PeopleCommand,
        effects: &mut VecDeque<Effect>,
        now: Instant,
    ) {
        match command {
            PeopleCommand::Keep(draft) => self.write(&draft, effects),
            PeopleCommand::Delete(id) => {
                if let Some(contact) = self.book.remove(&id) {
                    self.people.deleted = Some(contact.name.clone());
                    self.deleted = Some((contact, now + UNDO_WITHIN));
                    if let Some(owner) = self.owner().map(str::to_owned) {
                        effects.push_back(Effect::People(PeopleEffect::Forget { owner, id }));
                    }
                }
            }
            PeopleCommand::Undo => {
                if let Some((contact, _)) = self.deleted.take() {
                    self.people.deleted = None;
                    self.keep(vec![contact], effects);
                }
            }
            PeopleCommand::Favourite { who, on } => self.favourite(&who, on, effects),
            PeopleCommand::Import(bytes) => self.import(&bytes, effects),
            PeopleCommand::Export => {
                let text = self.book.export();
                effects.push_back(Effect::People(PeopleEffect::SaveFile { text }));
            }
            PeopleCommand::Pick => effects.push_back(Effect::People(PeopleEffect::Pick)),
            PeopleCommand::Read => {
                self.people.imported = None;
                if self.people.kept == Kept::NotAtAll {
                    self.people.kept = Kept::NotAtAllAsSaid;
                }
            }
        }
        self.rebuild();
    }

    /// What the page checks before it sends a draft is checked here too.
    fn write(&mut self, draft: &Draft, effects: &mut VecDeque<Effect>) {
        let known = |number: &Number| self.directory.iter().any(|one| one.number == *number);
        let Ok((name, ways)) = draft.read(&self.people.home, known) else {
            return;
        };
        let before = draft.id.as_ref().and_then(|id| self.book.get(id));
        let favourite = before.is_some_and(|before| before.favourite);
        let id = before.map(|before| before.id.clone());
        let id = id.unwrap_or_else(|| self.fresh_id());
        let contact = Contact {
            id,
            name,
            ways,
            favourite,
        };
        self.keep(vec![Arc::new(contact)], effects);
    }

    fn favourite(&mut self, who: &PersonKey, on: bool, effects: &mut VecDeque<Effect>) {
        let Some(person) = self.people.person(who).cloned() else {
            return;
        };
        let contact = match (&person.own, &person.peer.number, on) {
            (Some(own), _, _) => Contact {
                favourite: on,
                ..(**own).clone()
            },
            (None, Some(number), true) => Contact {
                id: self.fresh_id(),
                name: person.peer.called().unwrap_or_default(),
                ways: vec![Way::Number {
                    typed: number.grouped(),
                    number: Some(number.clone()),
                }],
                favourite: true,
            },
            (None, _, _) => return,
        };
        self.keep(vec![Arc::new(contact)], effects);
    }

    fn import(&mut self, bytes: &[u8], effects: &mut VecDeque<Effect>) {
        let mut skipped = Vec::new();
        let mut cards = Vec::new();
        let refused = match vcard::read(bytes) {
            Err(refused) => Some(refused),
            Ok(read) => {
                for (at, card) in read.into_iter().enumerate() {
                    match card.and_then(|raw| self.usable(raw)) {
                        Ok(card) => cards.push((at + 1, card)),
                        Err(unread) => skipped.push((at + 1, unread)),
                    }
                }
                None
            }
        };
        self.take_in(cards, skipped, refused, effects);
    }

    /// From the address book of the device.
    pub(super) fn picked(&mut self, picked: Vec<Picked>, effects: &mut VecDeque<Effect>) {
        let mut skipped = Vec::new();
        let mut cards = Vec::new();
        for (at, one) in picked.into_iter().take(book::LIMIT).enumerate() {
            let raw = vcard::Raw {
                name: shortened(&one.name),
                ways: one.numbers,
                favourite: false,
            };
            match self.usable(raw) {
                Ok(card) => cards.push((at + 1, card)),
                Err(unread) => skipped.push((at + 1, unread)),
            }
        }
        self.take_in(cards, skipped, None, effects);
        self.rebuild();
    }

    fn take_in(
        &mut self,
        cards: Vec<(usize, Card)>,
        skipped: Vec<(usize, vcard::Unread)>,
        refused: Option<Refused>,
        effects: &mut VecDeque<Effect>,
    ) {
        let Self { book, ids, .. } = self;
        let taken = book.take(cards, || ContactId(ids.tag().to_string()));
        let mut report = Imported {
            refused,
            ..Imported::default()
        };
        for (at, unread) in skipped {
            report.skip(at, unread.name, unread.why);
        }
        report.added = taken.report.added;
        report.merged = taken.report.merged;
        report.same = taken.report.same;
        report.skipped_in_all += taken.report.skipped_in_all - taken.report.skipped.len();
        for full in taken.report.skipped {
            report.skip(full.card, full.name, full.why);
        }
        self.people.imported = Some(report);
        self.store(&taken.kept, effects);
    }

    /// A card with at least one number or address that can be called from here.
    fn usable(&self, raw: vcard::Raw) -> Result<Card, vcard::Unread> {
        let known = |number: &Number| self.directory.iter().any(|one| one.number == *number);
        let unread = |why| vcard::Unread {
            name: Some(raw.name.clone()).filter(|name| !name.is_empty()),
            why,
        };
        let mut ways: Vec<Way> = Vec::new();
        let mut problem = None;
        for typed in &raw.ways {
            let way = read_way(typed, &self.people.home, known).unwrap_or_else(|why| {
                problem.get_or_insert(why);
                Way::Number {
                    typed: typed.trim().to_owned(),
                    number: None,
                }
            });
            if !ways.iter().any(|there| there.is_same(&way)) {
                ways.push(way);
            }
        }
        // What can be called comes first, and is not cut off.
        sort_by_key(&mut ways, |way| !way.is_usable());
        ways.truncate(super::state::WAYS);
        if !ways.first().is_some_and(Way::is_usable) {
            return Err(unread(
                problem.map_or(SkippedWhy::NoNumber, SkippedWhy::Number),
            ));
        }
        let name = match raw.name.is_empty() {
            true => ways[0].typed(),
            false => raw.name.clone(),
        };
        Ok(Card {
            name,
            ways,
            favourite: raw.favourite,
        })
    }

    fn keep(&mut self, contacts: Vec<Arc<Contact>>, effects: &mut VecDeque<Effect>) {
        let mut kept = contacts;
        kept.retain(|contact| self.book.put(Arc::clone(contact)));
        self.store(&kept, effects);
    }

    fn store(&self, contacts: &[Arc<Contact>], effects: &mut VecDeque<Effect>) {
        if let Some(owner) = self.owner().filter(|_| !contacts.is_empty()) {
            let line = |contact: &Arc<Contact>| (contact.id.clone(), stored::write(contact));
            effects.push_back(Effect::People(PeopleEffect::Keep {
                owner: owner.to_owned(),
                contacts: contacts.iter().map(line).collect(),
            }));
        }
    }

    fn fresh_id(&mut self) -> ContactId {
        ContactId(self.ids.tag().to_string())
    }

    /// Brings the list up to date; the same list stays the same value, which costs nothing to
    /// compare.
    fn rebuild(&mut self) {
        let list = book::everybody(&self.book, &self.directory);
        if *self.people.list != list {
            self.people.list = Arc::new(list);
        }
        let chosen = self.people.chosen.take();
        self.people.chosen = chosen.map(|peer| self.by_our_name(peer));
    }

    pub(super) fn read_now(&mut self, token: &str, effects: &mut VecDeque<Effect>, now: Instant) {
        self.next_read = Some(now + READ_EVERY);
        effects.push_back(Effect::ReadDirectory {
            token: token.to_owned(),
        });
    }

    pub(super) fn handle_timeout(
        &mut self,
        token: Option<&str>,
        effects: &mut VecDeque<Effect>,
        now: Instant,
    ) {
        if self.deleted.take_if(|(_, until)| *until <= now).is_some() {
            self.people.deleted = None;
        }
        if let Some(token) = token
            && self.next_read.is_some_and(|next| next <= now)
        {
            self.read_now(token, effects, now);
        }
    }

    pub(super) fn poll_timeout(&self, signed_in: bool) -> Option<Instant> {
        let deleted = self.deleted.as_ref().map(|(_, until)| *until);
        let read = self.next_read.filter(|_| signed_in);
        [deleted, read].into_iter().flatten().min()
    }

    pub(super) fn answered(&mut self, answer: DirectoryAnswer, own: Option<&Number>, now: Instant) {
        match answer {
            DirectoryAnswer::Read(text) => {
                let Some(Json::List(entries)) = Json::parse(&text) else {
                    return;
                };
                self.people.loaded = true;
                self.directory = entries
                    .iter()
                    .filter_map(Entry::read)
                    .filter_map(|entry| listed(entry, own))
                    .take(LIMIT)
                    .collect();
                self.rebuild();
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
        self.by_our_name(match whom {
            Reach::Number(number) => Peer {
                number: Some(number),
                ..Peer::default()
            },
            Reach::Address(address) => Peer {
                address: Some(address),
                ..Peer::default()
            },
        })
    }

    fn by_our_name(&self, peer: Peer) -> Peer {
        let mut list = self.people.list.iter();
        match list.find(|person| person.is_reached_at(&peer)) {
            Some(person) => Peer {
                name: person.peer.name.clone(),
                ..peer
            },
            None => peer,
        }
    }

    /// Whoever has that number, by the name that we have for them.
    pub(super) fn peer(&self, number: &Number) -> Peer {
        self.known(Reach::Number(number.clone()))
    }

    /// Who an INVITE is from: what the network asserts (RFC 3325 §9.1) before what the caller
    /// says, and our own name for the number before theirs. Only the whole number counts: that
    /// its last digits agree makes nobody somebody else (R7.6).
    pub(super) fn who_calls(&self, request: &Request) -> Peer {
        let asserted = request
            .headers
            .addresses("P-Asserted-Identity")
            .unwrap_or_default();
        let said = [request.headers.from.clone()];
        let all = || asserted.iter().chain(&said);
        let number = all().find_map(number_of);
        let ours = number.as_ref().and_then(|number| self.peer(number).name);
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
        let name = ours
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

/// The telephone number in an address. One that hides who it is has none (RFC 3323 §4.1.1.3).
pub(super) fn number_of(address: &NameAddr) -> Option<Number> {
    let host = address.uri.host().map(Host::to_string);
    if host.is_some_and(|host| host.eq_ignore_ascii_case("anonymous.invalid")) {
        return None;
    }
    Number::parse(&address.uri.number()?)
}

fn listed(entry: Entry, own: Option<&Number>) -> Option<Listed> {
    Some(Listed {
        name: Some(shortened(&entry.name)).filter(|name| !name.is_empty()),
        number: Number::parse(&entry.number).filter(|number| Some(number) != own)?,
        online: entry.online,
    })
}

/// Who is online is news for about this long.
const READ_EVERY: Duration = Duration::from_secs(5);
/// More people than a list on a page serves; finding one beyond needs a search at the gateway.
const LIMIT: usize = 2000;
/// How long a deletion can be taken back: long enough to be heard, read and reached with a keyboard.
const UNDO_WITHIN: Duration = Duration::from_secs(30);
