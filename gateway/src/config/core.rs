//! `[core]`: the network that has the users of all other domains.

use std::net::IpAddr;

use super::reader::Reader;
use super::setting::{FromSetting, Setting};

/// `[core]`: where requests for other domains go, and what is believed of there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Core {
    /// Without one there is no core: other domains get 404.
    pub next_hop: Option<SipAddress>,
    /// Addresses whose requests are believed. By UDP they can be forged: only from a network that
    /// lets none be.
    pub trusted: Vec<IpAddr>,
    /// P-Access-Network-Info of users that say none themselves, such as `IEEE-802.11`.
    pub access_network: Option<String>,
    /// P-Visited-Network-ID of REGISTERs.
    pub visited_network: Option<String>,
    /// Whether each registration's state is subscribed to (RFC 3680), so that one that the core
    /// ends is ended here too.
    pub watch_registrations: bool,
    /// Our own users that the core knows too: name, blank, address.
    pub users: Vec<KnownAs>,
}

/// A `sip:` or `sips:` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipAddress(String);

impl SipAddress {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromSetting for SipAddress {
    const EXPECTED: &'static str =
        "a SIP address, such as \"sip:core.example.net;transport=tcp\" or \"sip:192.0.2.10:5060\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        let text = String::from_setting(setting)?;
        let uri: sip::message::Uri = text.parse().ok()?;
        uri.as_sip().is_some().then_some(SipAddress(text))
    }
}

/// A user of ours and who that is to the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAs {
    pub name: String,
    pub address: String,
}

impl FromSetting for KnownAs {
    const EXPECTED: &'static str = "a user and an address, such as \"nina sip:+4930@ims.example\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        let text = String::from_setting(setting)?;
        let (name, address) = text.split_once(' ')?;
        let uri: sip::message::Uri = address.trim().parse().ok()?;
        let known = uri.as_sip().is_some() || uri.as_tel().is_some();
        known.then(|| KnownAs {
            name: name.to_owned(),
            address: address.trim().to_owned(),
        })
    }
}

impl Core {
    pub(super) fn take(r: &mut Reader) -> Core {
        Core {
            next_hop: r.take("core", "next_hop", None),
            trusted: r.take("core", "trusted", Vec::new()),
            access_network: r.take("core", "access_network", None),
            visited_network: r.take("core", "visited_network", None),
            watch_registrations: r.take("core", "watch_registrations", false),
            users: r.take("core", "users", Vec::new()),
        }
    }
}

/// Whether a peer that registered over UDP proves itself again with each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authenticate {
    EveryRequest,
    RegisteredAddress,
}

impl FromSetting for Authenticate {
    const EXPECTED: &'static str = "\"every-request\" or \"registered-address\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        match String::from_setting(setting)?.as_str() {
            "every-request" => Some(Authenticate::EveryRequest),
            "registered-address" => Some(Authenticate::RegisteredAddress),
            _ => None,
        }
    }
}

pub(super) fn refuse_what_is_unsafe(core: &Core, reader: &mut Reader) {
    if core.next_hop.is_none() && !core.trusted.is_empty() {
        let what = "there is no core that they could belong to";
        reader.refuse("core", "trusted", what, "write core.next_hop, or remove it");
    }
    if core.trusted.iter().any(IpAddr::is_unspecified) {
        let what = "would believe everybody";
        reader.refuse("core", "trusted", what, "write each address of the core's");
    }
}
