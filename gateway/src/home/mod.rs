//! This gateway's own users: who they are, where their devices are.

mod binding;
mod gruu;
pub mod registrar;
pub mod subscribers;

use sip::message::{NameAddr, SipUri, Uri};
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

/// A GRUU whose device is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown;

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

    /// Writes the GRUUs of a binding into its Contact; one without an instance has none (RFC 5627
    /// §5.2).
    pub fn add_gruus(&self, contact: &mut NameAddr, name: &str, binding: &Binding, nonce: [u8; 8]) {
        let Some(instance) = binding.instance() else {
            return;
        };
        let domain = self.territory.domain();
        let public = gruu::public(name, domain, instance);
        let temporary = self.registrar.new_temporary_gruu(binding, nonce);
        let temporary = SipUri::new(domain.clone())
            .with_user(&temporary)
            .with_flag("gr");
        gruu::add(contact, public, temporary);
    }

    /// The user and the device that a GRUU of ours names; `Err` where it names nobody, `None` for
    /// any other address (RFC 5627 §5.1).
    pub fn gruu(&self, uri: &Uri, now: Instant) -> Option<Result<(&str, &Binding), Unknown>> {
        let sip = uri.as_sip().filter(|_| self.territory.serves(uri))?;
        let instance = sip.params.get("gr")?;
        let user = uri.user()?;
        let temporary = self.registrar.temporary_gruu(&user);
        let name = match &temporary {
            Some((name, _)) => name,
            None => match self.subscribers.find(uri) {
                Some(subscriber) => subscriber.name.as_str(),
                None => return Some(Err(Unknown)),
            },
        };
        let is_meant = |binding: &&Binding| match temporary {
            Some((_, id)) => binding.gruu == id,
            None => binding.instance() == Some(&*instance),
        };
        let mut all = self.registrar.reachable(name, now).into_iter();
        Some(
            all.find(is_meant)
                .map(|binding| (name, binding))
                .ok_or(Unknown),
        )
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
