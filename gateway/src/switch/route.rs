//! RFC 3261 §16.5: where a request goes: to the devices of one of our users, or to the core.

use sip::message::{Header, NameAddr, Request, SipUri, Status, Uri};
use sip::time::Instant;
use sip::transport::{Hop, Transport};
use thiserror::Error;

use super::Desk;
use super::identity::Caller;
use crate::home::Binding;

/// One place where a request may be answered: a device, or another network.
#[derive(Debug, Clone)]
pub struct Target {
    pub whose: Whose,
    /// The Request-URI to send.
    pub uri: Uri,
    pub way: Way,
    /// The Route to send, topmost first.
    pub route: Vec<NameAddr>,
    /// Headers that the way asks for beside those of the request.
    pub headers: Vec<Header>,
    /// In thousandths, 1000 being the highest (RFC 3261 §20.10).
    pub preference: u16,
    pub access: Access,
    /// `+sip.instance` of the device, where it has one (RFC 5626 §4.1).
    pub instance: Option<String>,
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// A subscriber of this gateway, by name.
    Subscriber(String),
    /// A user of the core's domain who registered through us, by address of record.
    CoreUser(String),
    /// The core, or somebody behind it.
    Core,
}

/// How to reach a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    Hop(Hop),
    /// The hops of this address, one after the other (RFC 3263).
    Find(SipUri),
}

/// Why a request goes nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoRoute {
    #[error("nobody has that number or address here")]
    NotFound,
    #[error("no device of theirs is connected")]
    NotRegistered,
}

impl NoRoute {
    pub fn status(self) -> Status {
        match self {
            NoRoute::NotFound => Status::NOT_FOUND,
            NoRoute::NotRegistered => Status::TEMPORARILY_UNAVAILABLE,
        }
    }
}

/// Finds all places for a Request-URI, the most preferred first. Of one device that registered by
/// several flows only the latest is named: it must not ring twice (RFC 5626 §6).
///
/// # Errors
/// There is none.
pub fn find(
    desk: &Desk<'_>,
    _caller: &Caller,
    request: &Request,
    now: Instant,
) -> Result<Vec<Target>, NoRoute> {
    let (home, uri) = (&*desk.home, &request.uri);
    let subscriber = home
        .territory
        .serves(uri)
        .then(|| home.subscribers.find(uri))
        .flatten()
        .ok_or(NoRoute::NotFound)?;
    let mut targets: Vec<Target> = Vec::new();
    for binding in home.registrar.reachable(&subscriber.name, now) {
        let target = device(&subscriber.name, binding);
        let same = |other: &Target| target.instance.is_some() && other.instance == target.instance;
        if !targets.iter().any(same) {
            targets.push(target);
        }
    }
    match targets.is_empty() {
        true => Err(NoRoute::NotRegistered),
        false => Ok(targets),
    }
}

fn device(name: &str, binding: &Binding) -> Target {
    let instance = binding.contact.param("+sip.instance");
    Target {
        whose: Whose::Subscriber(name.to_owned()),
        uri: binding.contact.uri.clone(),
        way: Way::Hop(binding.hop),
        route: Vec::new(),
        headers: Vec::new(),
        preference: binding.preference(),
        access: access(binding.hop.transport),
        instance: instance.filter(|one| !one.is_empty()).map(str::to_owned),
    }
}

/// What is at the far end of a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A browser: WebRTC.
    Browser,
    /// A handset or another SIP network: plain RTP.
    Plain,
}

pub fn access(transport: Transport) -> Access {
    match transport {
        Transport::Ws | Transport::Wss => Access::Browser,
        Transport::Udp | Transport::Tcp | Transport::Tls => Access::Plain,
    }
}
