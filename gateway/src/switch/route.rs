//! RFC 3261 §16.5: where a request goes: to the devices of one of our users, to where the DNS has a
//! number (RFC 6116), or to the core.

mod preferences;

use std::cmp::Reverse;

use sip::message::{Header, NameAddr, Request, SipUri, Status, Uri};
use sip::number::E164;
use sip::time::Instant;
use sip::transport::{Hop, Transport};
use thiserror::Error;

use super::Desk;
use super::enum_lookup::Enumerated;
use super::identity::Caller;
use crate::home::{Binding, Home, Unknown};
use preferences::Preferences;
pub use preferences::WANTED;

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
    /// How much the caller wants this device, in thousandths (RFC 3841 §7.2.4).
    pub wanted: u16,
    pub access: Access,
    /// `+sip.instance` of the device, where it has one (RFC 5626 §4.1).
    pub instance: Option<String>,
    /// The same device by its other flows, the latest first, for when this one fails (RFC 5626 §7).
    pub flows: Vec<Target>,
}

impl Target {
    /// Whether that is one of the device's flows.
    pub fn leads_to(&self, hop: Hop) -> bool {
        self.way == Way::Hop(hop) || self.flows.iter().any(|flow| flow.leads_to(hop))
    }
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A subscriber of this gateway, by name.
    Subscriber(String),
    /// A user of the core's domain who registered through us, by address of record.
    CoreUser(String),
    /// The core, or somebody behind it.
    Core,
    /// Somebody of another domain that is called directly, by an address the DNS has for a number.
    Elsewhere,
}

/// How to reach a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    Hop(Hop),
    /// The hops of this address, one after the other (RFC 3263).
    Find(SipUri),
    /// What the DNS has for this number (RFC 6116): that place stands for those of [`after_enum`].
    Number(E164),
}

/// Why a request goes nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoRoute {
    #[error("nobody has that number or address here")]
    NotFound,
    #[error("no device of theirs is connected")]
    NotRegistered,
    #[error("the device's connection is gone")]
    FlowGone,
}

impl NoRoute {
    pub fn status(self) -> Status {
        match self {
            NoRoute::NotFound => Status::NOT_FOUND,
            NoRoute::NotRegistered => Status::TEMPORARILY_UNAVAILABLE,
            NoRoute::FlowGone => Status::FLOW_FAILED,
        }
    }
}

/// Finds all places for a request, the most preferred first. A device that registered by several
/// flows is one place, by the latest of them: it must not ring twice (RFC 5626 §6).
///
/// # Errors
/// There is none.
pub fn find(
    desk: &Desk<'_>,
    caller: &Caller,
    request: &Request,
    now: Instant,
) -> Result<Vec<Target>, NoRoute> {
    if caller.whose == Whose::Core
        && let Some(token) = first_token(desk, request)
    {
        return match token.filter(|flow| desk.flows.is_open(flow)) {
            Some(flow) => core_device(desk, flow, request).map(|target| vec![target]),
            None => Err(NoRoute::FlowGone),
        };
    }
    let (home, uri) = (&*desk.home, &request.uri);
    match home.gruu(uri, now) {
        Some(Ok((name, binding))) => return Ok(vec![with_flows(home, name, binding, now)]),
        Some(Err(Unknown)) => return Err(NoRoute::NotRegistered),
        None => {}
    }
    if let Some(hop) = desk.trials.called(uri, &caller.whose, &home.territory, now) {
        let way = Way::Hop(hop);
        return Ok(vec![outside(Whose::Elsewhere, uri.clone(), way)]);
    }
    let subscriber = own_subscriber(desk, uri).or_else(|| desk.core.subscriber_known_as(uri));
    if let Some(subscriber) = subscriber {
        return devices(home, subscriber, &Preferences::of(&request.headers), now);
    }
    // The core has asked for what it sends.
    if caller.whose != Whose::Core
        && desk.policy.numbers.asks_for(uri)
        && let Some(number) = number(desk, uri)
    {
        let way = Way::Number(number);
        return Ok(vec![outside(Whose::Core, uri.clone(), way)]);
    }
    beyond(desk, caller, request)
}

/// Finds all places for a number when the DNS has been asked for it. An address of ours that it names
/// is looked for among our users and nowhere else, so that no number leads to itself for ever; another
/// network's goes there, where the operator allows that, or to the core. Without either the number goes
/// on as if nobody had been asked.
///
/// # Errors
/// There is none.
pub fn after_enum(
    desk: &Desk<'_>,
    caller: &Caller,
    request: &Request,
    found: &Enumerated,
    now: Instant,
) -> Result<Vec<Target>, NoRoute> {
    let addresses = match found {
        Enumerated::Found(addresses) => addresses.as_slice(),
        Enumerated::Nothing | Enumerated::Failed => &[],
    };
    for address in addresses {
        let uri = Uri::Sip(address.clone());
        if desk.home.territory.serves(&uri) {
            if let Some(subscriber) = own_subscriber(desk, &uri) {
                let wishes = Preferences::of(&request.headers);
                return devices(desk.home, subscriber, &wishes, now);
            }
        } else if desk.policy.numbers.may_call(&address.host) {
            let way = Way::Find(address.clone());
            return Ok(vec![outside(Whose::Elsewhere, uri, way)]);
        } else if let Some(target) = core(desk, caller, request, uri) {
            return Ok(vec![target]);
        }
    }
    beyond(desk, caller, request)
}

/// The subscriber that an address of ours means, by name or number (R7.3).
fn own_subscriber<'a>(desk: &'a Desk<'_>, uri: &Uri) -> Option<&'a str> {
    let home = &*desk.home;
    if !home.territory.serves(uri) {
        return None;
    }
    let by_number = || home.subscribers.by_number(number(desk, uri)?.as_str());
    let found = home.subscribers.find(uri).or_else(by_number);
    found.map(|subscriber| subscriber.name.as_str())
}

/// The number that an address of ours means.
fn number(desk: &Desk<'_>, uri: &Uri) -> Option<E164> {
    let territory = &desk.home.territory;
    let serves = territory.serves(uri);
    let meant = || desk.policy.numbers.meant_by(uri, territory.domain());
    serves.then(meant).flatten()
}

/// Nobody's here: the core may know. It is told a number as `tel:`, whatever domain of ours stood
/// behind it.
fn beyond(desk: &Desk<'_>, caller: &Caller, request: &Request) -> Result<Vec<Target>, NoRoute> {
    let uri = &request.uri;
    let is_local = uri.as_tel().is_none_or(|tel| !tel.is_global());
    let uri = match number(desk, uri) {
        Some(number) if is_local => Uri::tel(number.as_str()),
        Some(_) => uri.clone(),
        None if uri.as_sip().is_some() && desk.home.territory.serves(uri) => {
            return Err(NoRoute::NotFound);
        }
        None => uri.clone(),
    };
    let target = core(desk, caller, request, uri);
    target.map(|target| vec![target]).ok_or(NoRoute::NotFound)
}

/// The devices of a subscriber that the caller wants, by their preference and, among equals, the
/// caller's (RFC 3841 §7.2.4).
fn devices(
    home: &Home,
    name: &str,
    wishes: &Preferences,
    now: Instant,
) -> Result<Vec<Target>, NoRoute> {
    let mut targets: Vec<Target> = Vec::new();
    for binding in home.registrar.reachable(name, now) {
        let Some(wanted) = wishes.of_device(&binding.contact) else {
            continue;
        };
        let target = Target {
            wanted,
            ..device(name, binding)
        };
        let same =
            |other: &&mut Target| target.instance.is_some() && other.instance == target.instance;
        match targets.iter_mut().find(same) {
            Some(known) => known.flows.push(target),
            None => targets.push(target),
        }
    }
    targets.sort_by_key(|target| Reverse((target.preference, target.wanted)));
    match targets.is_empty() {
        true => Err(NoRoute::NotRegistered),
        false => Ok(targets),
    }
}

/// The device of that binding, and its other flows.
fn with_flows(home: &Home, name: &str, binding: &Binding, now: Instant) -> Target {
    let mut target = device(name, binding);
    let all = home.registrar.reachable(name, now).into_iter();
    let others = all.filter(|other| {
        let is_same = target.instance.is_some() && other.instance() == target.instance.as_deref();
        is_same && !std::ptr::eq(*other, binding)
    });
    target.flows = others.map(|other| device(name, other)).collect();
    target
}

fn device(name: &str, binding: &Binding) -> Target {
    // The elements that a device registered through are the way to it (RFC 3327 §5.4).
    let first = binding.path.first().and_then(|first| first.uri.as_sip());
    Target {
        whose: Whose::Subscriber(name.to_owned()),
        uri: binding.contact.uri.clone(),
        way: match first {
            Some(first) => Way::Find(first.clone()),
            None => Way::Hop(binding.hop),
        },
        route: binding.path.clone(),
        headers: Vec::new(),
        preference: binding.preference(),
        wanted: WANTED,
        access: access(binding.hop.transport),
        instance: binding.instance().map(str::to_owned),
        flows: Vec::new(),
    }
}

/// The device of a user of the core, by the token in the Path it was given (RFC 5626 §5.3).
fn core_device(desk: &Desk<'_>, flow: Hop, request: &Request) -> Result<Target, NoRoute> {
    let owner = desk.core.owner_of(&flow).ok_or(NoRoute::FlowGone)?;
    Ok(Target {
        whose: Whose::CoreUser(owner.to_owned()),
        uri: request.uri.clone(),
        way: Way::Hop(flow),
        route: Vec::new(),
        headers: Vec::new(),
        preference: 1000,
        wanted: WANTED,
        access: access(flow.transport),
        instance: None,
        flows: Vec::new(),
    })
}

/// The core, by the way it gave its user (RFC 3608 §6.1), else by the next hop of all. What comes
/// from the core does not go back there.
fn core(desk: &Desk<'_>, caller: &Caller, request: &Request, uri: Uri) -> Option<Target> {
    let config = desk.core.config()?;
    let route = match &caller.whose {
        Whose::Core => return None,
        Whose::CoreUser(name) => desk.core.service_route(name).to_vec(),
        Whose::Subscriber(_) | Whose::Elsewhere => Vec::new(),
    };
    let first = route.first().and_then(|first| first.uri.as_sip());
    let way = Way::Find(first.unwrap_or(&config.next_hop).clone());
    Some(Target {
        route,
        headers: desk.core.headers_to_core(caller, request),
        ..outside(Whose::Core, uri, way)
    })
}

/// A place in another network.
fn outside(whose: Whose, uri: Uri, way: Way) -> Target {
    Target {
        whose,
        uri,
        way,
        route: Vec::new(),
        headers: Vec::new(),
        preference: 1000,
        wanted: WANTED,
        access: Access::Plain,
        instance: None,
        flows: Vec::new(),
    }
}

/// What the token in the topmost Route says, if that Route is ours and has one: `Some(None)` for
/// one that is not signed by us.
fn first_token(desk: &Desk<'_>, request: &Request) -> Option<Option<Hop>> {
    let uri = &request.headers.route.first()?.uri;
    let user = uri.user().filter(|_| desk.home.territory.serves(uri))?;
    Some(desk.core.tokens.read(&user))
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
