//! The core: the network that has the users of all other domains (RFC 3261 §16, RFC 3327, RFC
//! 3608; the part of a P-CSCF in 3GPP TS 24.229 §5.2). Their REGISTERs pass through, and what the
//! core granted is remembered and obeyed.

mod register;
mod token;

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::Duration;

use sip::message::{CallId, Header, NameAddr, Request, SipUri, Text, Uri, Value};
use sip::time::Instant;
use sip::transport::{FlowId, Hop};

use super::identity::Caller;
use super::route::Whose;
pub use register::Registering;
pub use token::Tokens;

/// Bindings remembered, about 2 kB each. More than one gateway serves; beyond it a REGISTER gets
/// 503.
const BINDINGS: usize = 50_000;

/// Addresses of record whose registration the core ended, kept until they are told. Beyond it
/// those learn it from the core.
const REJECTED: usize = 4096;

/// `[core]`: where it is and what it is told.
#[derive(Debug, Clone)]
pub struct CoreConfig {
    /// Where requests for its domains go, unless a Service-Route says otherwise.
    pub next_hop: SipUri,
    /// Where its requests come from. Whoever sends from there is believed to be who it says:
    /// a network that lets these be forged by UDP must not be listened to.
    pub trusted: Vec<IpAddr>,
    /// P-Access-Network-Info of users that say none themselves (RFC 7315 §4.4).
    pub access_network: Option<Text>,
    /// P-Visited-Network-ID of REGISTERs (RFC 7315 §4.3).
    pub visited_network: Option<Text>,
    /// Whether the state of each registration is subscribed to (RFC 3680).
    pub watch_registrations: bool,
    /// Who our own subscribers are to the core, by their name.
    pub users: HashMap<String, Uri>,
}

/// What is known of the core and of its users here.
#[derive(Debug)]
pub struct Core {
    config: Option<CoreConfig>,
    pub(super) tokens: Tokens,
    /// How long a binding outlives its connection.
    flow_grace: Duration,
    /// By address of record.
    bindings: HashMap<String, Vec<CoreBinding>>,
    /// The addresses of record that registered from each hop.
    at: HashMap<Hop, BTreeSet<String>>,
    /// How many bindings there are.
    count: usize,
    /// The earliest moment at which anything may be forgotten, not later than the true one.
    next_death: Option<Instant>,
    /// Whose registration the core ended, and until when that would have stood.
    rejected: HashMap<String, Instant>,
}

/// One device of a user of the core.
#[derive(Debug, Clone)]
pub struct CoreBinding {
    pub hop: Hop,
    pub contact: NameAddr,
    /// RFC 3608: the way its requests go.
    pub service_route: Vec<NameAddr>,
    /// Who the user is, the default first (RFC 7315 §4.1).
    pub associated: Vec<NameAddr>,
    pub expires_at: Instant,
    /// Since the connection is gone: when the binding goes too.
    lost_until: Option<Instant>,
    call_id: CallId,
}

impl CoreBinding {
    fn dies_at(&self) -> Instant {
        self.lost_until
            .map_or(self.expires_at, |lost| lost.min(self.expires_at))
    }
}

impl Core {
    /// `None` is a gateway without one: it knows its own users and nobody else.
    pub fn new(config: Option<CoreConfig>, key: [u8; 32], flow_grace: Duration) -> Core {
        Core {
            config,
            tokens: Tokens::new(key),
            flow_grace,
            bindings: HashMap::new(),
            at: HashMap::new(),
            count: 0,
            next_death: None,
            rejected: HashMap::new(),
        }
    }

    pub fn config(&self) -> Option<&CoreConfig> {
        self.config.as_ref()
    }

    /// Whether a message from there is the core's.
    pub fn trusts(&self, hop: &Hop) -> bool {
        let from = hop.remote.ip().to_canonical();
        self.config
            .as_ref()
            .is_some_and(|config| config.trusted.contains(&from))
    }

    /// The user of the core whose device registered from there. Several may share one address;
    /// then From says which of them it is.
    pub fn user_at(
        &self,
        hop: &Hop,
        request: &Request,
        now: Instant,
    ) -> Option<(&str, &CoreBinding)> {
        let from = &request.headers.from.uri;
        let find = |name: &'_ String| {
            let (name, all) = self.bindings.get_key_value(name)?;
            let here = |binding: &&CoreBinding| binding.hop == *hop && now < binding.dies_at();
            Some((name.as_str(), all.iter().find(here)?))
        };
        let here: Vec<(&str, &CoreBinding)> = self.at.get(hop)?.iter().filter_map(find).collect();
        if let [only] = here.as_slice() {
            return Some(*only);
        }
        let claimed = address_of_record(from);
        let named = |(name, binding): &(&str, &CoreBinding)| {
            let is = |address: &NameAddr| address.uri.same_as(from);
            claimed.as_deref() == Some(*name) || binding.associated.iter().any(is)
        };
        here.into_iter().find(named)
    }

    /// Whose device is at a flow that a token names.
    pub fn owner_of(&self, hop: &Hop) -> Option<&str> {
        self.at.get(hop)?.first().map(String::as_str)
    }

    /// RFC 3608 §6.1: the way of a user's requests.
    pub fn service_route(&self, name: &str) -> &[NameAddr] {
        let latest = self.bindings.get(name).and_then(|all| all.last());
        latest.map_or(&[], |binding| &binding.service_route)
    }

    /// Whether a user has no device here.
    pub fn is_gone(&self, name: &str) -> bool {
        !self.bindings.contains_key(name)
    }

    /// Which of our own subscribers the core knows by that address.
    pub fn subscriber_known_as(&self, uri: &Uri) -> Option<&str> {
        let users = &self.config.as_ref()?.users;
        let (name, _) = users.iter().find(|(_, known)| known.same_as(uri))?;
        Some(name)
    }

    /// What a request carries to the core beside its own headers.
    pub fn headers_to_core(&self, caller: &Caller, request: &Request) -> Vec<Header> {
        let Some(config) = &self.config else {
            return Vec::new();
        };
        let mut headers = Vec::new();
        if let Some(access) = &config.access_network
            && !request.headers.has("P-Access-Network-Info")
        {
            headers.push(Header::fixed("P-Access-Network-Info", access.as_str()));
        }
        if let Whose::Subscriber(name) = &caller.whose
            && let Some(known) = config.users.get(name)
        {
            let shown = NameAddr {
                display: caller.shown.display.clone(),
                ..NameAddr::new(known.clone())
            };
            let value = Value::from(shown.to_string());
            headers.push(Header::fixed("P-Asserted-Identity", value));
        }
        headers
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// A connection ended: who comes back by another within the grace keeps what is theirs.
    pub fn flow_closed(&mut self, hop: &Hop, now: Instant) {
        let until = now + self.flow_grace;
        for name in self.at.get(hop).into_iter().flatten() {
            for binding in self.bindings.get_mut(name).into_iter().flatten() {
                if binding.hop == *hop && binding.lost_until.is_none() {
                    binding.lost_until = Some(until);
                    self.next_death = Some(self.next_death.map_or(until, |known| known.min(until)));
                }
            }
        }
    }

    /// Forgets what ran out.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.next_death.is_none_or(|death| now < death) {
            return;
        }
        let dead = |all: &Vec<CoreBinding>| all.iter().any(|binding| binding.dies_at() <= now);
        let names: Vec<String> = self
            .bindings
            .iter()
            .filter(|(_, all)| dead(all))
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            self.change(&name, |all| all.retain(|binding| now < binding.dies_at()));
        }
        self.rejected.retain(|_, until| now < *until);
        let bindings = self.bindings.values().flatten().map(CoreBinding::dies_at);
        self.next_death = bindings.chain(self.rejected.values().copied()).min();
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_death
    }

    /// The core ended a registration (RFC 3680 §5.1): of one contact, or of all. Whether it is
    /// `refused` is told to the device when it registers again.
    pub fn ended(&mut self, name: &str, contact: Option<&Uri>, refused: Refused) {
        let Some(all) = self.bindings.get(name) else {
            return;
        };
        let until = all.iter().map(|binding| binding.expires_at).max();
        self.change(name, |all| match contact {
            None => all.clear(),
            Some(contact) => all.retain(|binding| !binding.contact.uri.same_as(contact)),
        });
        if let (Refused::Yes, Some(until)) = (refused, until)
            && self.rejected.len() < REJECTED
        {
            self.rejected.insert(name.to_owned(), until);
        }
    }

    /// Changes a user's bindings and what is known of all.
    fn change<T>(&mut self, name: &str, change: impl FnOnce(&mut Vec<CoreBinding>) -> T) -> T {
        let all = self.bindings.entry(name.to_owned()).or_default();
        self.count -= all.len();
        for binding in all.iter() {
            if let Some(names) = self.at.get_mut(&binding.hop) {
                names.remove(name);
                if names.is_empty() {
                    self.at.remove(&binding.hop);
                }
            }
        }
        let outcome = change(all);
        self.count += all.len();
        for binding in all.iter() {
            self.at
                .entry(binding.hop)
                .or_default()
                .insert(name.to_owned());
            let death = binding.dies_at();
            self.next_death = Some(self.next_death.map_or(death, |known| known.min(death)));
        }
        if all.is_empty() {
            self.bindings.remove(name);
        }
        outcome
    }
}

/// Whether a device may register again (RFC 3680 §5.1: `rejected` and `unregistered` differ).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Yes,
    No,
}

/// The address of record of a URI as a key: scheme, user and host, without parameters (RFC 3261
/// §10.3 step 5).
pub fn address_of_record(uri: &Uri) -> Option<String> {
    match uri {
        Uri::Sip(sip) => {
            let user = sip.user.as_ref()?.decode();
            let host = sip.host.to_string().to_ascii_lowercase();
            Some(format!("sip:{user}@{host}"))
        }
        Uri::Tel(tel) => Some(format!("tel:{}", tel.number())),
        Uri::Other(_) => None,
    }
}

/// The flows that devices left for others.
pub type Moved = Vec<(FlowId, Hop)>;
