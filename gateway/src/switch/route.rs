//! Where a call goes: to a device of one of our subscribers (RFC 3261 §16.5).

use sip::message::{NameAddr, Status, Uri};
use sip::time::Instant;
use sip::transport::{Hop, Transport};
use thiserror::Error;

use crate::home::Home;
use crate::store::Subscriber;

/// The device to ring.
#[derive(Debug, Clone)]
pub struct Target {
    pub subscriber: Subscriber,
    pub contact: NameAddr,
    pub hop: Hop,
}

/// Why a call goes nowhere.
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

/// Finds the device for a Request-URI: the most preferred of the subscriber's.
pub fn find(home: &Home, uri: &Uri, now: Instant) -> Result<Target, NoRoute> {
    let served = home.territory.serves(uri);
    let subscriber = served
        .then(|| home.subscribers.find(uri))
        .flatten()
        .ok_or(NoRoute::NotFound)?;
    let bindings = home.registrar.reachable(&subscriber.name, now);
    let binding = bindings.first().ok_or(NoRoute::NotRegistered)?;
    Ok(Target {
        subscriber: subscriber.clone(),
        contact: binding.contact.clone(),
        hop: binding.hop,
    })
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
