//! RFC 3550 §5.1, RFC 7983 §7: the heads of a call's packets, kept so that a person can be told where they
//! were lost. How it began and how it ended is kept, and all is counted; of what is in a packet nothing is.

use std::collections::VecDeque;
use std::fmt::Write;
use std::time::Instant;

use super::{Medium, Side};

/// The first of a call: its connection and its first pictures.
const FIRST: usize = 160;
/// The latest: some five seconds of pictures in both directions.
const LATEST: usize = 480;

/// RTP without what may follow its fixed header (RFC 3550 §5.1).
const RTP_HEAD: usize = 12;
/// A sender report without its blocks (§6.4.1). What follows in the packet may name somebody.
const REPORT_HEAD: usize = 28;
/// What of RTCP is there in the clear when the rest is encrypted (RFC 3711 §3.4).
const RTCP_HEAD: usize = 8;
/// RFC 8489 §5
const STUN_HEAD: usize = 20;
/// A record's header and the kind of its handshake message (RFC 6347 §4.1, §4.2.2).
const DTLS_HEAD: usize = 14;

/// Received or sent by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    In,
    Out,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rtp,
    Rtcp,
    Stun,
    Dtls,
}

#[derive(Debug, Clone, Copy)]
struct Packet {
    at: Instant,
    side: Side,
    way: Way,
    kind: Kind,
    /// `None` on a browser's port, which has both.
    medium: Option<Medium>,
    /// Of all of it.
    length: u16,
    head: [u8; REPORT_HEAD],
    head_bytes: u8,
}

/// What is kept of one call: at most 36 kB.
#[derive(Debug, Default)]
pub struct Packets {
    first: Vec<Packet>,
    latest: VecDeque<Packet>,
    left_out: u64,
    /// By side, way and kind.
    totals: [[[u64; 4]; 2]; 2],
}

impl Packets {
    /// A packet on a browser's port, told apart by its first bytes (RFC 7983 §7, RFC 5761 §4).
    pub fn web(&mut self, (side, way): (Side, Way), bytes: &[u8], now: Instant) {
        let kind = match bytes {
            [0..=3, ..] => Kind::Stun,
            [20..=63, ..] => Kind::Dtls,
            [128..=191, 192..=223, ..] => Kind::Rtcp,
            [128..=191, ..] => Kind::Rtp,
            _ => return,
        };
        let head = match kind {
            Kind::Rtp => RTP_HEAD,
            Kind::Rtcp => RTCP_HEAD,
            Kind::Stun => STUN_HEAD,
            Kind::Dtls => DTLS_HEAD,
        };
        self.keep((side, way, kind, None), (bytes, head), now);
    }

    pub fn rtp(&mut self, of: (Side, Way), medium: Medium, bytes: &[u8], now: Instant) {
        // What is no RTP is not looked at closer.
        let head = if is_version_2(bytes) { RTP_HEAD } else { 0 };
        self.keep((of.0, of.1, Kind::Rtp, Some(medium)), (bytes, head), now);
    }

    pub fn rtcp(&mut self, of: (Side, Way), medium: Medium, bytes: &[u8], now: Instant) {
        let head = match bytes {
            [128..=191, 200 | 201, high, low, ..] => {
                let words = usize::from(u16::from_be_bytes([*high, *low])) + 1;
                REPORT_HEAD.min(4 * words)
            }
            _ if is_version_2(bytes) => RTCP_HEAD,
            _ => 0,
        };
        self.keep((of.0, of.1, Kind::Rtcp, Some(medium)), (bytes, head), now);
    }

    /// As a person is told whose leg is `near`: a line for each count, and one for each packet with its
    /// age in milliseconds (docs/diagnosis.md).
    pub fn tell(&self, near: Side, now: Instant) -> String {
        let mut told = String::from("sidecam-packets 1\n");
        for side in [near, near.other()] {
            for way in [Way::In, Way::Out] {
                for kind in [Kind::Rtp, Kind::Rtcp, Kind::Stun, Kind::Dtls] {
                    let count = self.totals[side.index()][way as usize][kind as usize];
                    if count > 0 {
                        let (leg, way, kind) = (leg(side, near), way.word(), kind.word());
                        line(&mut told, format_args!("total {leg} {way} {kind} {count}"));
                    }
                }
            }
        }
        if self.left_out > 0 {
            line(&mut told, format_args!("left-out {}", self.left_out));
        }
        for packet in self.first.iter().chain(&self.latest) {
            let age = now.saturating_duration_since(packet.at).as_millis();
            let (leg, way) = (leg(packet.side, near), packet.way.word());
            let (kind, medium) = (packet.kind.word(), medium(packet.medium));
            let head = &packet.head[..usize::from(packet.head_bytes)];
            let (length, head) = (packet.length, sip::id::hex(head));
            line(
                &mut told,
                format_args!("{age} {leg} {way} {kind} {medium} {length} {head}"),
            );
        }
        told
    }

    fn keep(
        &mut self,
        (side, way, kind, medium): (Side, Way, Kind, Option<Medium>),
        (bytes, at_most): (&[u8], usize),
        now: Instant,
    ) {
        self.totals[side.index()][way as usize][kind as usize] += 1;
        let taken = &bytes[..bytes.len().min(at_most)];
        let mut head = [0; REPORT_HEAD];
        head[..taken.len()].copy_from_slice(taken);
        let packet = Packet {
            at: now,
            side,
            way,
            kind,
            medium,
            length: u16::try_from(bytes.len()).unwrap_or(u16::MAX),
            head,
            head_bytes: u8::try_from(taken.len()).unwrap_or(0),
        };
        if self.first.len() < FIRST {
            // All at once: nothing is asked for while packets flow.
            if self.first.is_empty() {
                self.first.reserve_exact(FIRST);
                self.latest.reserve_exact(LATEST);
            }
            return self.first.push(packet);
        }
        if self.latest.len() == LATEST {
            self.latest.pop_front();
            self.left_out += 1;
        }
        self.latest.push_back(packet);
    }
}

fn is_version_2(bytes: &[u8]) -> bool {
    matches!(bytes, [128..=191, ..])
}

fn line(told: &mut String, what: std::fmt::Arguments<'_>) {
    // A text takes what is written to it.
    let _ = writeln!(told, "{what}");
}

fn leg(side: Side, near: Side) -> &'static str {
    if side == near { "near" } else { "far" }
}

fn medium(medium: Option<Medium>) -> &'static str {
    match medium {
        Some(Medium::Video) => "video",
        Some(Medium::Audio) => "audio",
        None => "any",
    }
}

impl Way {
    fn word(self) -> &'static str {
        match self {
            Way::In => "in",
            Way::Out => "out",
        }
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Rtp => "rtp",
            Kind::Rtcp => "rtcp",
            Kind::Stun => "stun",
            Kind::Dtls => "dtls",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECRET: &[u8] = b"what the picture shows";

    fn with_secret(head: &[u8]) -> Vec<u8> {
        [head, SECRET].concat()
    }

    #[test]
    fn a_call_is_told_from_the_side_of_who_asks() {
        let start = Instant::now();
        let later = |ms| start + Duration::from_millis(ms);
        let mut packets = Packets::default();
        let (page, phone) = (Side::Caller, Side::Callee);
        packets.web((page, Way::In), &[0, 1], start);
        packets.web((page, Way::In), &[22, 254], later(1));
        packets.web((page, Way::In), &[0x80, 0x60, 0, 1], later(2));
        packets.web((page, Way::Out), &[0x80, 201, 0, 1], later(3));
        packets.rtp((phone, Way::Out), Medium::Video, &[0x80, 34], later(4));
        packets.rtcp(
            (phone, Way::In),
            Medium::Video,
            &[0x80, 200, 0, 0, 9],
            later(5),
        );
        packets.web((page, Way::In), &[77, 77], later(6));
        packets.rtp((phone, Way::In), Medium::Audio, &[0, 1, 2], later(6));
        // The page's own test reads the same.
        let expected = include_str!("../../../fuzz/corpus/packets/of-the-gateway");
        assert_eq!(packets.tell(page, later(10)), expected);
        let told = packets.tell(phone, later(10));
        assert!(told.contains("\ntotal far in rtp 1\n"), "{told}");
    }

    #[test]
    fn nothing_of_what_a_packet_carries_is_kept() {
        let now = Instant::now();
        let mut packets = Packets::default();
        let of = (Side::Caller, Way::In);
        for first in 0..=255 {
            for second in [0, 34, 96, 200, 201, 202, 206] {
                let head = [first, second, 0, 200, 0, 0, 0, 0, 0, 0, 0, 0];
                let bytes = with_secret(&head);
                packets.rtp(of, Medium::Video, &bytes, now);
                if (128..192).contains(&first) {
                    packets.web(of, &bytes, now);
                }
            }
        }
        // A report is as long as it says, and its blocks are numbers.
        packets.rtcp(
            of,
            Medium::Audio,
            &with_secret(&[0x81, 202, 0, 6, 0, 0, 0, 1]),
            now,
        );
        let told = packets.tell(Side::Caller, now);
        let secret = sip::id::hex(&SECRET[..4]);
        assert!(!told.contains(&secret), "{told}");
    }

    #[test]
    fn hours_of_packets_take_the_same_memory_and_are_all_counted() {
        let start = Instant::now();
        let mut packets = Packets::default();
        for number in 0..10_000_u64 {
            let now = start + Duration::from_millis(number);
            packets.rtp((Side::Callee, Way::Out), Medium::Video, &[0x80; 900], now);
        }
        assert_eq!((packets.first.len(), packets.latest.len()), (FIRST, LATEST));
        let told = packets.tell(Side::Caller, start + Duration::from_secs(10));
        assert!(told.contains("total far out rtp 10000\nleft-out 9360\n"));
        assert!(told.ends_with("1 far out rtp video 900 808080808080808080808080\n"));
        assert!(size_of::<Packet>() * (FIRST + LATEST) < 41_000);
    }
}
