//! `[media]`: where the media of plain peers may come from.

use std::net::IpAddr;

use super::Media;
use super::setting::{FromSetting, Setting};
use crate::bridge::latch::{Latching, Loopback, Network, PlainRules};

/// `latching`: which source of RTP is the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatchingPolicy {
    /// The address in its SDP.
    Signalled,
    /// The first that sends what fits the session, from that address or from `latch_networks`.
    FirstSource,
}

impl FromSetting for LatchingPolicy {
    const EXPECTED: &'static str = "\"signalled\" or \"first-source\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        match String::from_setting(setting)?.as_str() {
            "signalled" => Some(LatchingPolicy::Signalled),
            "first-source" => Some(LatchingPolicy::FirstSource),
            _ => None,
        }
    }
}

impl FromSetting for Network {
    const EXPECTED: &'static str =
        "an address and the length of its network, such as \"10.0.0.0/8\" or \"2001:db8::/32\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        let text = String::from_setting(setting)?;
        let (address, prefix_bits) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let prefix_bits: u8 = prefix_bits.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        (prefix_bits <= longest).then_some(Network {
            address,
            prefix_bits,
        })
    }
}

impl Media {
    /// What plain peers may do.
    pub fn plain_rules(&self) -> PlainRules {
        PlainRules {
            latching: match self.latching {
                LatchingPolicy::Signalled => Latching::Signalled,
                LatchingPolicy::FirstSource => Latching::FirstSource {
                    networks: self.latch_networks.clone(),
                },
            },
            own: Some((self.address, self.rtp_ports.first..=self.rtp_ports.last)),
            loopback: if self.address.is_loopback() {
                Loopback::Allowed
            } else {
                Loopback::Refused
            },
        }
    }
}
