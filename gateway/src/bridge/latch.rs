//! Which datagrams of a plain leg are the peer's, and where ours go: symmetric RTP (RFC 4961) and
//! latching (RFC 7362 §4), as far as the operator allows it.
//!
//! By default only the address in the SDP counts. Behind a NAT that address is of no use, and the
//! first source that sends plausible RTP takes its place: once, until the peer describes itself
//! anew. Nothing is sent to a source before it has sent several packets that fit the session.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use media::rtp::RtpPacket;
use media::rtp::packet::is_rtcp;
use sip::sdp::offer_answer::Destination;

/// How many packets of one source in a row, of one SSRC and an accepted payload type, show that it
/// is the peer: a stranger who guesses a port knows neither.
pub const PLAUSIBLE_PACKETS: usize = 3;
/// How far apart the numbers of two such packets are at most.
const MAX_STEP: u16 = 16;

/// Addresses with the same first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    pub address: IpAddr,
    /// At most 32 for IPv4, 128 for IPv6.
    pub prefix_bits: u8,
}

/// Where a peer's media may come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Latching {
    /// The address in the SDP.
    #[default]
    Signalled,
    /// The first plausible source at that address, whatever its port, or in one of these networks.
    FirstSource { networks: Vec<Network> },
}

/// What the operator allows plain legs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainRules {
    pub latching: Latching,
    /// Our own ports for plain RTP: media sent there would come back.
    pub own: Option<(IpAddr, RangeInclusive<u16>)>,
    /// Whether media may go to this machine itself.
    pub loopback: Loopback,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    Allowed,
    Refused,
}

/// What a datagram is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Peer,
    Foreign,
    /// It may be the peer's; more must come.
    Waiting,
    /// The source is the peer from here on; these packets came before this one.
    Latched {
        before: Vec<Vec<u8>>,
    },
}

/// Where the peer of one leg is.
#[derive(Debug)]
pub(super) struct Latch {
    rules: PlainRules,
    /// The newest address that the peer gave.
    signalled: Option<Destination>,
    /// Whether it wants anything sent there.
    is_held: bool,
    latched: Option<Latched>,
    candidate: Option<Candidate>,
    /// The peer described itself anew: another source may follow the one that is latched.
    may_follow: bool,
}

#[derive(Debug, Clone, Copy)]
struct Latched {
    rtp: SocketAddr,
    rtcp: Option<SocketAddr>,
}

#[derive(Debug)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    sequence: u16,
    packets: Vec<Vec<u8>>,
}

impl Network {
    pub fn contains(self, address: IpAddr) -> bool {
        let same_bits = |ours: u128, theirs: u128, length: u32| {
            let kept = u32::from(self.prefix_bits).min(length);
            kept == 0 || (ours ^ theirs) >> (length - kept) == 0
        };
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                same_bits(u32::from(ours).into(), u32::from(theirs).into(), u32::BITS)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                same_bits(ours.into(), theirs.into(), u128::BITS)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl PlainRules {
    /// Whether media may be sent there: to a single host that is not ourselves.
    pub fn permit(&self, address: IpAddr, port: u16) -> bool {
        let address = address.to_canonical();
        let is_own = self
            .own
            .as_ref()
            .is_some_and(|(own, ports)| own.to_canonical() == address && ports.contains(&port));
        let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
        let is_refused_loopback = self.loopback == Loopback::Refused && address.is_loopback();
        port != 0
            && !address.is_unspecified()
            && !address.is_multicast()
            && !is_broadcast
            && !is_refused_loopback
            && !is_own
    }

    fn permit_both(&self, remote: &Destination) -> bool {
        self.permit(remote.address, remote.rtp_port)
            && self.permit(remote.address, remote.rtcp_port)
    }
}

impl Latch {
    pub(super) fn new(rules: PlainRules, remote: Option<Destination>) -> Latch {
        let mut latch = Latch {
            rules,
            signalled: None,
            is_held: true,
            latched: None,
            candidate: None,
            may_follow: false,
        };
        latch.described(remote);
        latch
    }

    /// The peer described itself, or did again. Without an address it is on hold, and stays where
    /// it was.
    pub(super) fn described(&mut self, remote: Option<Destination>) {
        let remote = remote.filter(|remote| {
            let is_permitted = self.rules.permit_both(remote);
            if !is_permitted {
                tracing::warn!(address = %remote.address, "no media is sent to such an address");
            }
            is_permitted
        });
        self.is_held = remote.is_none();
        self.candidate = None;
        let Some(remote) = remote else { return };
        if self.signalled.is_some_and(|before| before != remote) {
            self.latched = None;
        }
        self.may_follow = self.latched.is_some();
        self.signalled = Some(remote);
    }

    /// Where RTP goes; `None` while the peer is on hold.
    pub(super) fn rtp(&self) -> Option<SocketAddr> {
        let signalled = self.signalled.filter(|_| !self.is_held)?;
        let said = SocketAddr::new(signalled.address, signalled.rtp_port);
        Some(self.latched.map_or(said, |latched| latched.rtp))
    }

    /// Where RTCP goes: where it came from, or where the SDP says when that is the same host.
    pub(super) fn rtcp(&self) -> Option<SocketAddr> {
        let signalled = self.signalled.filter(|_| !self.is_held)?;
        let said = SocketAddr::new(signalled.address, signalled.rtcp_port);
        match self.latched {
            None => Some(said),
            Some(Latched {
                rtcp: Some(rtcp), ..
            }) => Some(rtcp),
            Some(Latched { rtp, rtcp: None }) => (rtp.ip() == said.ip()).then_some(said),
        }
    }

    /// Judges what came to the RTP port.
    pub(super) fn judge_rtp(
        &mut self,
        source: SocketAddr,
        bytes: &[u8],
        accepted_payload_types: &[u8],
    ) -> Judged {
        let Latching::FirstSource { .. } = self.rules.latching else {
            return self.by_address(source);
        };
        if self.latched.is_some_and(|latched| latched.rtp == source) {
            return Judged::Peer;
        }
        if !self.may_be(source) || self.latched.is_some() && !self.may_follow {
            return Judged::Foreign;
        }
        if is_rtcp(bytes) {
            return self.by_address(source);
        }
        let plausible = RtpPacket::parse(bytes).ok().filter(|packet| {
            packet.payload.is_empty() || accepted_payload_types.contains(&packet.payload_type)
        });
        match plausible {
            Some(packet) => self.consider(source, &packet, bytes),
            None => Judged::Foreign,
        }
    }

    /// Judges what came to the RTCP port.
    pub(super) fn judge_rtcp(&mut self, source: SocketAddr, bytes: &[u8]) -> Judged {
        let Latching::FirstSource { .. } = self.rules.latching else {
            return self.by_address(source);
        };
        let Some(latched) = &mut self.latched else {
            return self.by_address(source);
        };
        match latched.rtcp {
            Some(rtcp) if rtcp == source => Judged::Peer,
            None if latched.rtp.ip() == source.ip() && is_rtcp(bytes) => {
                latched.rtcp = Some(source);
                Judged::Peer
            }
            Some(_) | None => Judged::Foreign,
        }
    }

    fn by_address(&self, source: SocketAddr) -> Judged {
        let is_said =
            |remote: Destination| remote.address.to_canonical() == source.ip().to_canonical();
        match self.signalled.is_some_and(is_said) {
            true => Judged::Peer,
            false => Judged::Foreign,
        }
    }

    fn may_be(&self, source: SocketAddr) -> bool {
        let Latching::FirstSource { networks } = &self.rules.latching else {
            return false;
        };
        let is_said = self.by_address(source) == Judged::Peer;
        let is_near = networks.iter().any(|network| network.contains(source.ip()));
        self.rules.permit(source.ip(), source.port()) && (is_said || is_near)
    }

    fn consider(&mut self, source: SocketAddr, packet: &RtpPacket, bytes: &[u8]) -> Judged {
        let continued = self.candidate.take().filter(|candidate| {
            let step = packet.sequence.wrapping_sub(candidate.sequence);
            candidate.source == source
                && candidate.ssrc == packet.ssrc
                && (1..=MAX_STEP).contains(&step)
        });
        let mut packets = continued
            .map(|candidate| candidate.packets)
            .unwrap_or_default();
        if packets.len() + 1 == PLAUSIBLE_PACKETS {
            self.latched = Some(Latched {
                rtp: source,
                rtcp: None,
            });
            self.may_follow = false;
            return Judged::Latched { before: packets };
        }
        packets.push(bytes.to_vec());
        self.candidate = Some(Candidate {
            source,
            ssrc: packet.ssrc,
            sequence: packet.sequence,
            packets,
        });
        Judged::Waiting
    }
}

impl Default for PlainRules {
    /// Only the address in the SDP, and never this machine.
    fn default() -> PlainRules {
        PlainRules {
            latching: Latching::Signalled,
            own: None,
            loopback: Loopback::Refused,
        }
    }
}

#[cfg(test)]
mod tests;
