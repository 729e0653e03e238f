//! What the gateway kept of a call's packets, as it tells it to the person whose call it is: a line for each,
//! with its age (docs/diagnosis.md). Lines that are not known are passed over.

use sip::time::Duration;

use super::Way;
use super::facts::Far;
use super::record::{What, milliseconds};
use crate::phone::state::{FarShown, Row};

/// As many as the gateway keeps, and some.
pub const PACKETS: usize = 1024;
/// The longest head that the gateway keeps.
pub const HEAD_BYTES: usize = 64;

/// On which side of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// Between this page and the gateway.
    Near,
    /// Between the gateway and the other phone.
    Far,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Rtp,
    Rtcp,
    Stun,
    Dtls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    Video,
    Audio,
    /// On a port that has both.
    Any,
}

/// The beginning of one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarPacket {
    /// Since the journal began.
    pub at: Duration,
    pub leg: Leg,
    /// Received or sent by the gateway.
    pub way: Way,
    pub kind: Kind,
    pub medium: Medium,
    /// Of all of it.
    pub length: u16,
    pub head: Vec<u8>,
}

/// What is known of a call's packets at the gateway.
#[derive(Debug, Default)]
pub struct FarPackets {
    pub shown: FarShown,
    pub packets: Vec<FarPacket>,
    pub left_out: u64,
    firsts: [Option<Duration>; 2],
}

impl FarPackets {
    pub(super) fn shown(&self) -> FarShown {
        self.shown
    }

    /// Takes the gateway's answer, which came at `now` since the journal began. Gives what it counted;
    /// `None` for an answer that is none.
    pub fn read(&mut self, text: &str, now: Duration) -> Option<Far> {
        let mut lines = text.lines();
        if lines.next() != Some("sidecam-packets 1") {
            self.shown = FarShown::Unreachable;
            return None;
        }
        let mut far = Far::default();
        (self.packets, self.left_out) = (Vec::new(), 0);
        for line in lines {
            let words: Vec<&str> = line.split(' ').take(8).collect();
            match words[..] {
                ["total", leg, way, kind, count] => {
                    let count = count.parse().unwrap_or(0);
                    if let (Some(leg), Some(way), Some(kind)) =
                        (leg_of(leg), way_of(way), kind_of(kind))
                    {
                        count_in(&mut far, (leg, way, kind), count);
                    }
                }
                ["left-out", count] => self.left_out = count.parse().unwrap_or(0),
                [age, leg, way, kind, medium, length, head] if self.packets.len() < PACKETS => {
                    let packet = packet(now, (age, length, head), (leg, way, kind, medium));
                    self.packets.extend(packet);
                }
                _ => {}
            }
        }
        let is_first = |way: Way| {
            move |packet: &&FarPacket| {
                (packet.leg, packet.kind, packet.way) == (Leg::Far, Kind::Rtp, way)
            }
        };
        let first = |way| {
            self.packets
                .iter()
                .find(is_first(way))
                .map(|packet| packet.at)
        };
        self.firsts = [first(Way::Out), first(Way::In)];
        self.shown = FarShown::Here(self.packets.len());
        Some(far)
    }

    /// What the ladder shows of it.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let ways = [Way::Out, Way::In].into_iter().zip(self.firsts);
        ways.filter_map(|(way, at)| {
            Some(Row {
                at_milliseconds: milliseconds(at?),
                what: What::FarFirst(way),
            })
        })
    }
}

fn packet(
    now: Duration,
    (age, length, head): (&str, &str, &str),
    (leg, way, kind, medium): (&str, &str, &str, &str),
) -> Option<FarPacket> {
    let age = Duration::from_millis(age.parse().ok()?);
    let medium = match medium {
        "video" => Medium::Video,
        "audio" => Medium::Audio,
        "any" => Medium::Any,
        _ => return None,
    };
    Some(FarPacket {
        at: now.saturating_sub(age),
        leg: leg_of(leg)?,
        way: way_of(way)?,
        kind: kind_of(kind)?,
        medium,
        length: length.parse().ok()?,
        head: bytes_of(head)?,
    })
}

fn leg_of(word: &str) -> Option<Leg> {
    match word {
        "near" => Some(Leg::Near),
        "far" => Some(Leg::Far),
        _ => None,
    }
}

fn way_of(word: &str) -> Option<Way> {
    match word {
        "in" => Some(Way::In),
        "out" => Some(Way::Out),
        _ => None,
    }
}

fn kind_of(word: &str) -> Option<Kind> {
    match word {
        "rtp" => Some(Kind::Rtp),
        "rtcp" => Some(Kind::Rtcp),
        "stun" => Some(Kind::Stun),
        "dtls" => Some(Kind::Dtls),
        _ => None,
    }
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let is_hex = hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || !hex.len().is_multiple_of(2) || hex.len() > 2 * HEAD_BYTES {
        return None;
    }
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok())
        .collect()
}

fn count_in(far: &mut Far, of: (Leg, Way, Kind), count: u64) {
    match of {
        (Leg::Far, Way::Out, Kind::Rtp) => far.to_them = count,
        (Leg::Far, Way::In, Kind::Rtp) => far.from_them = count,
        (Leg::Far, Way::In, Kind::Rtcp) => far.reports_from_them = count,
        (Leg::Near, Way::Out, Kind::Rtp) => far.to_us = count,
        (Leg::Near, Way::In, Kind::Rtp) => far.from_us = count,
        (Leg::Near | Leg::Far, Way::In | Way::Out, Kind::Rtcp | Kind::Stun | Kind::Dtls) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOLD: &str = "sidecam-packets 1\ntotal near in rtp 800\ntotal far out rtp 90\n\
        total far in rtcp 3\nleft-out 7\n5000 near in stun any 100 0001\n4000 far out rtp video 500 8060\n\
        what is this\n";

    #[test]
    fn the_gateways_packets_are_read_on_our_own_clock() {
        let mut far = FarPackets::default();
        let counted = far.read(TOLD, Duration::from_secs(60)).unwrap();
        let expected = Far {
            to_them: 90,
            from_us: 800,
            reports_from_them: 3,
            ..Far::default()
        };
        assert_eq!(counted, expected);
        assert_eq!((far.left_out, far.shown), (7, FarShown::Here(2)));
        assert_eq!(far.packets[1].head, [0x80, 0x60]);
        assert_eq!(far.packets[1].at, Duration::from_secs(56));
        let rows: Vec<Row> = far.rows().collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].what, What::FarFirst(Way::Out));
        assert_eq!(far.read("<html>", Duration::ZERO), None);
    }

    /// What a test of `gateway/src/bridge/packets.rs` has the gateway write.
    #[test]
    fn what_the_gateway_writes_is_read_whole() {
        let text = include_str!("../../../../fuzz/corpus/packets/of-the-gateway");
        let mut far = FarPackets::default();
        let counted = far.read(text, Duration::from_secs(1)).unwrap();
        let expected = Far {
            to_them: 1,
            from_them: 1,
            reports_from_them: 1,
            from_us: 1,
            ..Far::default()
        };
        assert_eq!(counted, expected);
        let kinds: Vec<Kind> = far.packets.iter().map(|packet| packet.kind).collect();
        let (rtp, rtcp) = (Kind::Rtp, Kind::Rtcp);
        assert_eq!(kinds, [Kind::Stun, Kind::Dtls, rtp, rtcp, rtp, rtcp, rtp]);
        assert_eq!(far.packets[5].length, 5);
        let without_head = &far.packets[6];
        assert_eq!((without_head.length, without_head.head.len()), (3, 0));
    }

    #[test]
    fn a_head_that_is_no_hexadecimal_is_passed_over() {
        for head in ["806", "8g", "+1-1", "\u{e9}\u{e9}"] {
            let mut far = FarPackets::default();
            let text = format!("sidecam-packets 1\n1 far in rtp video 2 {head}\n");
            far.read(&text, Duration::from_secs(1));
            assert_eq!(far.packets, [], "{head}");
        }
    }

    fn packet() -> impl Strategy<Value = FarPacket> {
        use proptest::sample::select;
        let leg = select(&[Leg::Near, Leg::Far][..]);
        let way = select(&[Way::In, Way::Out][..]);
        let kind = select(&[Kind::Rtp, Kind::Rtcp, Kind::Stun, Kind::Dtls][..]);
        let medium = select(&[Medium::Video, Medium::Audio, Medium::Any][..]);
        let head = proptest::collection::vec(any::<u8>(), 0..=HEAD_BYTES);
        (0..NOW, leg, way, kind, medium, any::<u16>(), head).prop_map(
            |(at, leg, way, kind, medium, length, head)| FarPacket {
                at: Duration::from_millis(at),
                leg,
                way,
                kind,
                medium,
                length,
                head,
            },
        )
    }

    /// When the answer comes, in milliseconds.
    const NOW: u64 = 900_000;

    /// As docs/diagnosis.md has it: the words are the names in small letters.
    fn line(packet: &FarPacket) -> String {
        let age = NOW - milliseconds(packet.at);
        let (leg, way) = (packet.leg, packet.way);
        let words = format!("{leg:?} {way:?} {:?} {:?}", packet.kind, packet.medium);
        let head: String = packet
            .head
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{age} {} {} {head}\n", words.to_lowercase(), packet.length)
    }

    proptest! {
        #[test]
        fn every_packet_that_is_written_is_read_as_it_was(
            packets in proptest::collection::vec(packet(), 0..40),
            left_out in any::<u64>(),
        ) {
            let lines: String = packets.iter().map(line).collect();
            let text = format!("sidecam-packets 1\nleft-out {left_out}\n{lines}");
            let mut far = FarPackets::default();
            prop_assert!(far.read(&text, Duration::from_millis(NOW)).is_some());
            prop_assert_eq!(far.shown, FarShown::Here(packets.len()));
            prop_assert_eq!((far.packets, far.left_out), (packets, left_out));
        }

        #[test]
        fn nothing_that_a_gateway_says_breaks_it(text in "(sidecam-packets 1\n)?([a-z0-9é -]{0,40}\n){0,30}") {
            let mut far = FarPackets::default();
            far.read(&text, Duration::from_secs(1));
            prop_assert!(far.packets.len() <= PACKETS);
        }
    }
}
