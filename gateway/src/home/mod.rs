//! This gateway's own users: who they are, where their devices are.

mod binding;
pub mod registrar;
pub mod subscribers;

use sip::time::Instant;

use crate::store::Subscriber;

pub use binding::Binding;
pub use registrar::Registrar;
pub use subscribers::{Subscribers, Territory};

/// The users, their devices, and the addresses that mean them.
#[derive(Debug)]
pub struct Home {
    pub territory: Territory,
    pub subscribers: Subscribers,
    pub registrar: Registrar,
}

/// One line of the directory.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    pub name: String,
    pub number: String,
    pub online: bool,
}

impl Home {
    /// Takes over the store's subscribers; those who are gone ring no more.
    pub fn replace_subscribers(&mut self, all: Vec<Subscriber>) {
        self.subscribers = Subscribers::new(all);
        let gone = |name: &&str| self.subscribers.by_name(name).is_none();
        let gone: Vec<String> = self
            .registrar
            .names()
            .filter(gone)
            .map(str::to_owned)
            .collect();
        for name in gone {
            self.registrar.forget(&name);
        }
    }

    /// Everybody who can be called, for the holder of a token; `None` for anyone else.
    pub fn directory(&self, token: &str, now: Instant) -> Option<Vec<Entry>> {
        self.registrar.who_has_token(token, now)?;
        let entry = |subscriber: &Subscriber| Entry {
            name: subscriber.display.clone(),
            number: subscriber.number.clone(),
            online: !self.registrar.reachable(&subscriber.name, now).is_empty(),
        };
        Some(self.subscribers.all().into_iter().map(entry).collect())
    }
}
