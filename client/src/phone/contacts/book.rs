//! Who was written down on this page, and how that comes together with the gateway's directory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::fold::folded;
use super::vcard::{self, Card};
use crate::phone::order::sort_by;
use crate::phone::state::{
    Contact, ContactId, Imported, Number, Peer, Person, Skipped, SkippedWhy, Way,
};

/// More than anybody knows; a page that lists them stays quick, and a file that somebody was sent
/// cannot fill the browser.
pub(super) const LIMIT: usize = 2000;

/// Own contacts.
#[derive(Debug, Default)]
pub(super) struct Book {
    contacts: BTreeMap<ContactId, Arc<Contact>>,
}

/// What came of an import: the report, and who is to be kept.
pub(super) struct Taken {
    pub(super) report: Imported,
    pub(super) kept: Vec<Arc<Contact>>,
}

impl Book {
    pub(super) fn of(contacts: impl IntoIterator<Item = Contact>) -> Self {
        let pairs = contacts.into_iter().take(LIMIT);
        let mut contacts = BTreeMap::new();
        // Put in one by one: to collect would bring a sorter of its own.
        contacts.extend(pairs.map(|one| (one.id.clone(), Arc::new(one))));
        Self { contacts }
    }

    pub(super) fn get(&self, id: &ContactId) -> Option<&Arc<Contact>> {
        self.contacts.get(id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Contact>> {
        self.contacts.values()
    }

    /// False if there is no room for one more.
    pub(super) fn put(&mut self, contact: Arc<Contact>) -> bool {
        let room = self.contacts.len() < LIMIT || self.contacts.contains_key(&contact.id);
        if room {
            self.contacts.insert(contact.id.clone(), contact);
        }
        room
    }

    pub(super) fn remove(&mut self, id: &ContactId) -> Option<Arc<Contact>> {
        self.contacts.remove(id)
    }

    /// Takes cards in: who shares a number or an address with somebody is that somebody, and our
    /// own name for them stays.
    pub(super) fn take(
        &mut self,
        cards: Vec<(usize, Card)>,
        mut fresh: impl FnMut() -> ContactId,
    ) -> Taken {
        let mut by_way: HashMap<String, ContactId> = HashMap::new();
        for contact in self.all() {
            by_way.extend(keys(&contact.ways).map(|key| (key, contact.id.clone())));
        }
        let mut report = Imported::default();
        let mut touched: BTreeMap<ContactId, Arc<Contact>> = BTreeMap::new();
        for (at, card) in cards {
            let there = keys(&card.ways).find_map(|key| by_way.get(&key).cloned());
            let existing = there.and_then(|id| self.contacts.get(&id).cloned());
            let kept = match &existing {
                Some(contact) => merged_with(contact, card),
                None => {
                    let contact = Arc::new(Contact {
                        id: fresh(),
                        name: card.name,
                        ways: card.ways,
                        favourite: card.favourite,
                    });
                    if self.contacts.len() >= LIMIT {
                        report.skip(at, Some(contact.name.clone()), SkippedWhy::Full);
                        continue;
                    }
                    Some(contact)
                }
            };
            let Some(contact) = kept else {
                report.same += 1;
                continue;
            };
            match existing {
                Some(_) => report.merged += 1,
                None => report.added += 1,
            }
            by_way.extend(keys(&contact.ways).map(|key| (key, contact.id.clone())));
            self.put(Arc::clone(&contact));
            touched.insert(contact.id.clone(), contact);
        }
        Taken {
            report,
            kept: touched.into_values().collect(),
        }
    }

    /// As a file that others read, by name.
    pub(super) fn export(&self) -> String {
        let contacts = self.all();
        let mut contacts: Vec<(String, &Arc<Contact>)> = contacts
            .map(|contact| (folded(&contact.name), contact))
            .collect();
        sort_by(&mut contacts, |(one, _), (two, _)| one.cmp(two));
        contacts
            .into_iter()
            .map(|(_, one)| vcard::write(one))
            .collect()
    }
}

impl Imported {
    pub(super) fn skip(&mut self, card: usize, name: Option<String>, why: SkippedWhy) {
        self.skipped_in_all += 1;
        if self.skipped.len() < crate::phone::state::SKIPPED_SHOWN {
            self.skipped.push(Skipped { card, name, why });
        }
    }
}

/// None if the card says nothing new.
fn merged_with(contact: &Arc<Contact>, card: Card) -> Option<Arc<Contact>> {
    let mut ways = contact.ways.clone();
    for way in card.ways {
        if !ways.iter().any(|there| there.is_same(&way)) {
            ways.push(way);
        }
    }
    ways.truncate(crate::phone::state::WAYS);
    let favourite = contact.favourite || card.favourite;
    let new = ways.len() > contact.ways.len() || favourite != contact.favourite;
    new.then(|| {
        Arc::new(Contact {
            ways,
            favourite,
            ..(**contact).clone()
        })
    })
}

/// What two cards of one person have in common.
fn keys(ways: &[Way]) -> impl Iterator<Item = String> {
    ways.iter().filter_map(|way| {
        let number = way.number().map(|number| number.as_str().to_owned());
        number.or_else(|| way.address().map(|address| address.as_str().to_owned()))
    })
}

/// Somebody of the gateway's directory.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) name: Option<String>,
    pub(super) number: Number,
    pub(super) online: bool,
}

/// Everybody, by name: who is written down with a number of the directory is one person, by our
/// own name.
pub(super) fn everybody(book: &Book, directory: &[Listed]) -> Vec<Person> {
    let online: HashMap<&Number, bool> = directory
        .iter()
        .map(|listed| (&listed.number, listed.online))
        .collect();
    let mut written: HashSet<&Number> = HashSet::new();
    let mut all: Vec<(String, Person)> = Vec::new();
    for contact in book.all() {
        let numbers = || contact.ways.iter().filter_map(Way::number);
        written.extend(numbers());
        let number = numbers().next().cloned();
        let first_address = contact.ways.iter().find_map(Way::address);
        let address = first_address.filter(|_| number.is_none()).cloned();
        let person = Person {
            peer: Peer {
                name: Some(contact.name.clone()),
                number,
                address,
            },
            online: numbers().any(|number| online.get(number).copied().unwrap_or_default()),
            own: Some(Arc::clone(contact)),
        };
        all.push((folded(&contact.name), person));
    }
    for listed in directory {
        if written.contains(&listed.number) {
            continue;
        }
        let person = Person {
            peer: Peer {
                name: listed.name.clone(),
                number: Some(listed.number.clone()),
                address: None,
            },
            online: listed.online,
            own: None,
        };
        all.push((folded(listed.name.as_deref().unwrap_or_default()), person));
    }
    sort_by(&mut all, |(one, a), (two, b)| {
        (one, &a.peer.number).cmp(&(two, &b.peer.number))
    });
    all.into_iter().map(|(_, person)| person).collect()
}
