//! RFC 3261 §10.3: which addresses a user's devices have told us, and until when.
//!
//! Over UDP a binding is the contact's address and where the REGISTER came from. Over a connection
//! it is the connection (RFC 5626 §5.3, RFC 7118 §8.1): it dies with it after a grace, and a device
//! that comes back with the same instance takes its binding along.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use sip::message::{CallId, Contact, NameAddr};
use sip::time::Instant;
use sip::transport::{FlowId, Hop};

use super::binding::Binding;
use super::gruu::{self, GruuId, Gruus};
use crate::store::{Order, StoredBinding};
use crate::tokens::{Grant, TokenId};

/// What the registrar may grant.
#[derive(Debug, Clone)]
pub struct Policy {
    pub min_expires: Duration,
    pub max_expires: Duration,
    pub default_expires: Duration,
    /// How long a binding outlives its connection.
    pub flow_grace: Duration,
    /// Devices of one user: each rings.
    pub bindings_per_user: usize,
}

/// What a REGISTER wants, once its sender is known.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    pub hop: Hop,
    pub contact: &'a Contact,
    /// The Expires header, in seconds.
    pub expires: Option<u32>,
    pub call_id: &'a CallId,
    pub cseq: u32,
    /// For a new binding over a WebSocket.
    pub token: Option<String>,
    /// The token it was shown with, if any: no binding outlives it.
    pub pass: Option<Pass>,
    /// RFC 3327
    pub path: &'a [NameAddr],
    /// For a new binding: what nobody can guess.
    pub gruu: GruuId,
}

/// What a device signs in with that has no password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    pub id: TokenId,
    pub ends: Instant,
}

impl Wish<'_> {
    /// Whether it is of the agent that made the binding, and not later than what made it (RFC 3261
    /// §10.3 step 7).
    fn comes_late_for(&self, binding: &Binding) -> bool {
        binding.call_id == *self.call_id && self.cseq <= binding.cseq
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Granted {
    /// Connections that a device left for another: calls on the first go on over the second.
    pub moved: Vec<(FlowId, Hop)>,
    /// The directory token of the binding that was made or renewed.
    pub token: Option<String>,
    /// What the store has to do.
    pub orders: Vec<Order>,
}

/// Why nothing was changed. Nothing ever is in part (RFC 3261 §10.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `*` beside other contacts, or without `Expires: 0`.
    #[error("Contact * needs Expires: 0 and stands alone")]
    Star,
    #[error("the time is shorter than is granted")]
    TooBrief,
    /// An older request than one already seen, or the same again.
    #[error("CSeq is not higher than the last")]
    OutOfOrder,
    /// More at once than a user may have devices.
    #[error("too many contacts")]
    TooMany,
}

/// All bindings, by the user's name.
#[derive(Debug)]
pub struct Registrar {
    policy: Policy,
    /// An entry only for users with a binding; the number of subscribers bounds it.
    bindings: HashMap<String, Vec<Binding>>,
    /// The names that registered from each hop: one on a connection, perhaps several at a UDP address.
    at: HashMap<Hop, BTreeSet<String>>,
    /// Whose binding a temporary GRUU stands for.
    by_gruu: HashMap<GruuId, String>,
    gruus: Gruus,
    /// Users whose bindings changed since they were last taken.
    changed: BTreeSet<String>,
    /// The earliest moment at which a binding may die, not later than the true one.
    next_death: Option<Instant>,
}

impl Registrar {
    pub fn new(policy: Policy, gruu_key: [u8; 32]) -> Registrar {
        Registrar {
            policy,
            bindings: HashMap::new(),
            at: HashMap::new(),
            by_gruu: HashMap::new(),
            gruus: Gruus::new(gruu_key),
            changed: BTreeSet::new(),
            next_death: None,
        }
    }

    /// What may be asked for at least, for `Min-Expires`.
    pub fn min_expires(&self) -> Duration {
        self.policy.min_expires
    }

    /// Takes back a binding that was kept over a restart.
    pub fn restore(&mut self, stored: &StoredBinding, hop: Hop, gruu: GruuId, now: Instant) {
        let Some(binding) = Binding::restored(stored, hop, gruu, now) else {
            return;
        };
        self.expect_death(binding.dies_at());
        let name = &stored.name;
        let before = self.keys_of(name);
        self.bindings.entry(name.clone()).or_default().push(binding);
        self.index(name, &before);
    }

    /// Adds, renews and removes bindings as the REGISTER says: all of it or, with an error, nothing.
    pub fn register(
        &mut self,
        name: &str,
        wish: Wish<'_>,
        now: Instant,
    ) -> Result<Granted, Refusal> {
        let mut granted = Granted::default();
        let before = self.keys_of(name);
        match wish.contact {
            Contact::Star => self.remove_all(name, &wish, &mut granted)?,
            Contact::List(contacts) => self.update(name, contacts, &wish, &mut granted, now)?,
        }
        self.index(name, &before);
        Ok(granted)
    }

    /// A user's devices that can be reached, most preferred first and of those the latest.
    pub fn reachable(&self, name: &str, now: Instant) -> Vec<&Binding> {
        let all = self
            .bindings
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut reachable: Vec<&Binding> = all
            .iter()
            .filter(|binding| binding.is_reachable(now))
            .collect();
        reachable.sort_by(|one, other| {
            other
                .preference()
                .cmp(&one.preference())
                .then(other.expires_at.cmp(&one.expires_at))
        });
        reachable
    }

    /// All of a user's bindings that stand, lost connections within their grace among them.
    pub fn standing(&self, name: &str, now: Instant) -> impl Iterator<Item = &Binding> {
        self.bindings
            .get(name)
            .into_iter()
            .flatten()
            .filter(move |binding| now < binding.dies_at())
    }

    /// Who registered from there, by the same connection or over UDP from the same address: one
    /// on a connection, perhaps several where programs share an address.
    pub fn who_is_at<'a>(
        &'a self,
        hop: &'a Hop,
        now: Instant,
    ) -> impl Iterator<Item = (&'a str, &'a Binding)> {
        self.at
            .get(hop)
            .into_iter()
            .flatten()
            .filter_map(move |name| {
                let here = |binding: &&Binding| binding.hop == *hop && binding.is_reachable(now);
                Some((name.as_str(), self.bindings.get(name)?.iter().find(here)?))
            })
    }

    /// Whose directory token this is.
    pub fn who_has_token(&self, token: &str, now: Instant) -> Option<&str> {
        let has = |binding: &Binding| {
            binding.is_reachable(now) && binding.token.as_deref() == Some(token)
        };
        self.bindings
            .iter()
            .find(|(_, all)| all.iter().any(has))
            .map(|(name, _)| name.as_str())
    }

    /// Users whose bindings changed since this was asked last.
    pub fn take_changed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.changed)
    }

    /// Whose device a temporary GRUU of ours names, and which (RFC 5627 §5.1). `None` for what is
    /// none, or no longer good.
    pub fn temporary_gruu(&self, user: &str) -> Option<(&str, GruuId)> {
        let id = self.gruus.read(user)?;
        Some((self.by_gruu.get(&id)?, id))
    }

    /// The user part of a new temporary GRUU for a binding.
    pub(super) fn new_temporary_gruu(&self, binding: &Binding, nonce: [u8; 8]) -> String {
        self.gruus.temporary(binding.gruu, nonce)
    }

    /// How many bindings there are, reachable or not.
    pub fn count(&self) -> usize {
        self.bindings.values().map(Vec::len).sum()
    }

    /// A connection ended: its bindings wait for the device to come back.
    pub fn flow_closed(&mut self, hop: &Hop, now: Instant) {
        let until = now + self.policy.flow_grace;
        for name in self.at.get(hop).into_iter().flatten() {
            for binding in self.bindings.get_mut(name).into_iter().flatten() {
                if binding.hop == *hop && binding.lost_until.is_none() {
                    binding.lost_until = Some(until);
                    self.next_death = Some(self.next_death.map_or(until, |known| known.min(until)));
                }
            }
        }
    }

    /// A subscriber is gone, or another took the place: nobody rings any more.
    pub fn forget(&mut self, name: &str) {
        let before = self.keys_of(name);
        self.bindings.remove(name);
        self.index(name, &before);
    }

    /// Removes the bindings that a token made, and gives the connections they came by. Nobody comes in
    /// by them any more.
    pub fn revoke(&mut self, grant: &Grant) -> Vec<Hop> {
        let before = self.keys_of(&grant.name);
        let Some(all) = self.bindings.get_mut(&grant.name) else {
            return Vec::new();
        };
        let made_by_it = |binding: &Binding| binding.pass.as_ref() == Some(&grant.id);
        let gone = all.extract_if(.., |binding| made_by_it(binding));
        let hops: Vec<Hop> = gone.map(|binding| binding.hop).collect();
        if !hops.is_empty() {
            self.index(&grant.name, &before);
        }
        hops
    }

    /// Users with a binding.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bindings.keys().map(String::as_str)
    }

    /// Removes what ran out.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.next_death.is_none_or(|death| now < death) {
            return;
        }
        let dead = |all: &Vec<Binding>| all.iter().any(|binding| binding.dies_at() <= now);
        let names: Vec<String> = self
            .bindings
            .iter()
            .filter(|(_, all)| dead(all))
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            let before = self.keys_of(&name);
            if let Some(all) = self.bindings.get_mut(&name) {
                all.retain(|binding| now < binding.dies_at());
            }
            self.index(&name, &before);
        }
        self.next_death = self.bindings.values().flatten().map(Binding::dies_at).min();
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_death
    }

    fn remove_all(
        &mut self,
        name: &str,
        wish: &Wish<'_>,
        granted: &mut Granted,
    ) -> Result<(), Refusal> {
        if wish.expires != Some(0) {
            return Err(Refusal::Star);
        }
        let Some(all) = self.bindings.get_mut(name) else {
            return Ok(());
        };
        if all.iter().any(|binding| wish.comes_late_for(binding)) {
            return Err(Refusal::OutOfOrder);
        }
        for binding in all.drain(..) {
            granted.orders.extend(binding.forget_order(name));
        }
        Ok(())
    }

    fn update(
        &mut self,
        name: &str,
        contacts: &[NameAddr],
        wish: &Wish<'_>,
        granted: &mut Granted,
        now: Instant,
    ) -> Result<(), Refusal> {
        if contacts.len() > self.policy.bindings_per_user {
            return Err(Refusal::TooMany);
        }
        let current = self
            .bindings
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut lifetimes = Vec::with_capacity(contacts.len());
        for contact in contacts {
            let known = current.iter().find(|binding| binding.is_of(contact));
            if known.is_some_and(|binding| wish.comes_late_for(binding)) {
                return Err(Refusal::OutOfOrder);
            }
            lifetimes.push(self.lifetime(contact, wish.expires)?);
        }
        for (contact, lifetime) in contacts.iter().zip(lifetimes) {
            match lifetime {
                Some(lifetime) => self.bind(name, contact, wish, (now, lifetime), granted),
                None => self.unbind(name, contact, granted),
            }
        }
        Ok(())
    }

    /// How long a contact stands; `None` to remove it.
    fn lifetime(
        &self,
        contact: &NameAddr,
        header: Option<u32>,
    ) -> Result<Option<Duration>, Refusal> {
        let wished = contact
            .expires()
            .or(header)
            .map(|seconds| Duration::from_secs(seconds.into()));
        let wished = wished.unwrap_or(self.policy.default_expires);
        if wished.is_zero() {
            return Ok(None);
        }
        if wished < self.policy.min_expires {
            return Err(Refusal::TooBrief);
        }
        Ok(Some(wished.min(self.policy.max_expires)))
    }

    fn bind(
        &mut self,
        name: &str,
        contact: &NameAddr,
        wish: &Wish<'_>,
        (now, lifetime): (Instant, Duration),
        granted: &mut Granted,
    ) {
        let lifetime = match &wish.pass {
            Some(pass) => lifetime.min(pass.ends.saturating_duration_since(now)),
            None => lifetime,
        };
        let expires_at = now + lifetime;
        let all = self.bindings.entry(name.to_owned()).or_default();
        let known = all.iter().position(|binding| binding.is_of(contact));
        let old = known.map(|at| all.remove(at));
        if old.is_none() && all.len() >= self.policy.bindings_per_user {
            // A page that crashed comes back as another device each time. The one that is lost, or
            // else nearest to its end, makes room.
            let weakest =
                (0..all.len()).min_by_key(|at| (all[*at].lost_until.is_none(), all[*at].dies_at()));
            if let Some(at) = weakest {
                granted.orders.extend(all.remove(at).forget_order(name));
            }
        }
        let token = old
            .as_ref()
            .and_then(|old| old.token.clone())
            .or_else(|| wish.token.clone());
        // Temporary GRUUs stay good while the same agent refreshes (RFC 5627 §3.1.2).
        let gruu = old
            .as_ref()
            .filter(|old| old.call_id == *wish.call_id)
            .map_or_else(|| gruu::nth(wish.gruu, all.len()), |old| old.gruu);
        let mut contact = contact.clone();
        contact.params.remove("expires");
        let binding = Binding {
            contact,
            hop: wish.hop,
            expires_at,
            lost_until: None,
            token: token.clone(),
            pass: wish.pass.as_ref().map(|pass| pass.id.clone()),
            path: wish.path.to_vec(),
            gruu,
            call_id: wish.call_id.clone(),
            cseq: wish.cseq,
        };
        if let Some(old) = old {
            if old.hop.flow != binding.hop.flow {
                granted.moved.push((old.hop.flow, binding.hop));
            }
            if old.written() != binding.written() {
                granted.orders.extend(old.forget_order(name));
            }
        }
        granted.token = token;
        granted.orders.extend(binding.keep_order(name, lifetime));
        all.push(binding);
        self.expect_death(expires_at);
    }

    fn unbind(&mut self, name: &str, contact: &NameAddr, granted: &mut Granted) {
        let Some(all) = self.bindings.get_mut(name) else {
            return;
        };
        if let Some(at) = all.iter().position(|binding| binding.is_of(contact)) {
            granted.orders.extend(all.remove(at).forget_order(name));
        }
    }

    fn expect_death(&mut self, at: Instant) {
        self.next_death = Some(self.next_death.map_or(at, |known| known.min(at)));
    }

    /// What a user's bindings are found by. Behind other elements a hop is not the user's own.
    fn keys_of(&self, name: &str) -> Vec<(Option<Hop>, GruuId)> {
        self.bindings
            .get(name)
            .into_iter()
            .flatten()
            .map(|binding| (binding.path.is_empty().then_some(binding.hop), binding.gruu))
            .collect()
    }

    /// Brings the indexes in line with a user's bindings, which had these keys before.
    fn index(&mut self, name: &str, before: &[(Option<Hop>, GruuId)]) {
        for (hop, gruu) in before {
            self.by_gruu.remove(gruu);
            let Some(hop) = hop else { continue };
            if let Some(names) = self.at.get_mut(hop) {
                names.remove(name);
                if names.is_empty() {
                    self.at.remove(hop);
                }
            }
        }
        for (hop, gruu) in self.keys_of(name) {
            self.by_gruu.insert(gruu, name.to_owned());
            if let Some(hop) = hop {
                self.at.entry(hop).or_default().insert(name.to_owned());
            }
        }
        self.changed.insert(name.to_owned());
        if self.bindings.get(name).is_some_and(Vec::is_empty) {
            self.bindings.remove(name);
        }
    }
}

#[cfg(test)]
#[path = "registrar_tests.rs"]
mod tests;
