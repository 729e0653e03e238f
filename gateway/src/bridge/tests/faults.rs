//! A plain peer that misbehaves in the middle of a call: the viewer's pictures go on, and nothing
//! grows.

use super::*;
use crate::operate::media::MediaCounts;

const SIDE: Side = Side::Callee;
/// The time between two pictures.
const PICTURE: Duration = Duration::from_millis(65);

/// A handset with H.263 that a browser watches, in VP8.
struct Share {
    scene: Scene,
    camera: Camera,
}

impl Share {
    fn new() -> Share {
        Share::with_rules(PlainRules {
            loopback: Loopback::Allowed,
            ..PlainRules::default()
        })
    }

    fn with_rules(rules: PlainRules) -> Share {
        let mut scene = Scene::new();
        scene.bridge = Bridge::new(42, rules);
        scene.calling_browser_both_ways(WebCodec::Vp8);
        scene.plain(SIDE, Format::H263Plus);
        scene.apply(Step::Start {
            flows: Flows::From(SIDE),
        });
        scene.browser(Side::Caller).screen = Some(Screen::new(VideoCodec::Vp8, &Format::Vp8));
        let mut share = Share {
            scene,
            camera: Camera::new(VideoCodec::H263, &Format::H263Plus, (176, 144), 64_000),
        };
        share.go_on(40);
        let shown = share.shown();
        assert!(shown > 10, "{shown}");
        share
    }

    /// Sends pictures as they should be.
    fn go_on(&mut self, pictures: usize) {
        self.send(pictures, |packets| {
            packets.iter().map(RtpPacket::to_bytes).collect()
        });
    }

    /// Sends pictures whose packets are changed; the peer answers wishes for keyframes.
    fn send(&mut self, pictures: usize, mut change: impl FnMut(Vec<RtpPacket>) -> Vec<Vec<u8>>) {
        for _ in 0..pictures {
            for bytes in change(self.camera.shoot()) {
                self.scene.plain_rtp(SIDE, handset(), bytes);
            }
            self.scene.run(PICTURE);
            if self
                .scene
                .events
                .iter()
                .any(|event| event.starts_with("FastUpdateWanted"))
            {
                self.scene.events.clear();
                self.camera.force = ForceKeyframe::Yes;
            }
        }
    }

    fn shown(&mut self) -> usize {
        let screen = self.scene.browser(Side::Caller).screen.as_ref().unwrap();
        assert_eq!(screen.garbage, 0);
        screen.counters.len()
    }

    /// Pictures are shown as fast as they are sent, after what went on before.
    fn assert_live(&mut self, what: &str) {
        self.go_on(16); // a second to recover in
        let before = self.shown();
        self.go_on(16);
        let live = self.shown() - before;
        assert!(live >= 15, "{what}: {live} of 16 pictures");
    }

    fn counts(&mut self) -> MediaCounts {
        self.scene.bridge.take_counts()
    }
}

fn bytes_of(packets: &[RtpPacket]) -> Vec<Vec<u8>> {
    packets.iter().map(RtpPacket::to_bytes).collect()
}

/// A small generator of repeatable chance.
fn chance(state: &mut u64) -> u8 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 40) as u8
}

#[test]
fn garbage_between_the_pictures_is_counted_and_does_no_harm() {
    let mut share = Share::new();
    share.counts();
    let mut state = 5;
    share.send(30, |packets| {
        let mut sent = bytes_of(&packets);
        for length in [0, 1, 11, 13, 200, 1400] {
            sent.push((0..length).map(|_| chance(&mut state)).collect());
        }
        sent.push(vec![0x80, 200, 0xff, 0xff, 0, 0]);
        sent.push(vec![0xa0; 64]); // padding beyond its end
        sent
    });
    share.assert_live("garbage");
    let counts = share.counts();
    let refused = counts.rtp_malformed + counts.rtp_wrong_payload_type + counts.rtp_unknown_ssrc;
    assert!(refused > 150, "{counts:?}");
}

#[test]
fn broken_payloads_cost_their_pictures_only() {
    let mut share = Share::new();
    let mut state = 9;
    share.send(30, |mut packets| {
        for packet in &mut packets {
            match chance(&mut state) % 4 {
                0 => packet.payload.truncate(1),
                1 => packet
                    .payload
                    .iter_mut()
                    .for_each(|byte| *byte = chance(&mut state)),
                2 => packet.payload.extend([0xff; 3]),
                _ => {}
            }
        }
        bytes_of(&packets)
    });
    // What was shown meanwhile may be wrong: nothing tells a changed bit from a true one.
    share
        .scene
        .browser(Side::Caller)
        .screen
        .as_mut()
        .unwrap()
        .garbage = 0;
    share.camera.force = ForceKeyframe::Yes;
    share.go_on(16);
    share
        .scene
        .browser(Side::Caller)
        .screen
        .as_mut()
        .unwrap()
        .garbage = 0;
    share.assert_live("broken payloads");
}

#[test]
fn another_ssrc_another_port_and_a_leap_of_numbers_are_followed() {
    let mut share = Share::new();
    for ssrc in [5, 6, 0x1234_5678] {
        share.send(8, |mut packets| {
            packets.iter_mut().for_each(|packet| packet.ssrc = ssrc);
            bytes_of(&packets)
        });
    }
    share.assert_live("another SSRC");
    share.send(8, |mut packets| {
        for packet in &mut packets {
            packet.sequence = packet.sequence.wrapping_add(20_000);
            packet.timestamp = packet.timestamp.wrapping_add(1 << 31);
        }
        bytes_of(&packets)
    });
    share.assert_live("a leap and back");
    for _ in 0..32 {
        let mut elsewhere = handset();
        elsewhere.set_port(elsewhere.port() + 500);
        for packet in share.camera.shoot() {
            share.scene.plain_rtp(SIDE, elsewhere, packet.to_bytes());
        }
        share.scene.run(PICTURE);
    }
    share.assert_live("another port");
}

#[test]
fn a_payload_type_that_was_not_agreed_is_dropped_and_counted() {
    let mut share = Share::new();
    share.counts();
    share.send(8, |mut packets| {
        packets
            .iter_mut()
            .for_each(|packet| packet.payload_type = 34);
        bytes_of(&packets)
    });
    assert!(share.counts().rtp_wrong_payload_type >= 8);
    share.assert_live("another payload type and back");
}

#[test]
fn another_picture_size_is_shown_at_its_size() {
    let mut share = Share::new();
    let (sequence, counter) = share.camera.place();
    share.camera = Camera::new(VideoCodec::H263, &Format::H263Plus, (352, 288), 128_000);
    share.camera.go_on_at(sequence, counter);
    share.assert_live("CIF");
    let screen = share.scene.browser(Side::Caller).screen.as_ref().unwrap();
    assert_eq!(screen.sizes.last(), Some(&(352, 288)));
}

#[test]
fn empty_packets_and_packets_that_come_twice_or_in_disorder_change_nothing() {
    let mut share = Share::new();
    let mut shift = 0;
    share.send(30, |packets| {
        let mut sent: Vec<RtpPacket> = Vec::new();
        for mut packet in packets {
            packet.sequence = packet.sequence.wrapping_add(shift);
            let empty = RtpPacket {
                sequence: packet.sequence.wrapping_add(1),
                payload: Vec::new(),
                marker: false,
                ..packet.clone()
            };
            shift += 1;
            sent.extend([empty, packet.clone(), packet]);
        }
        sent.reverse();
        bytes_of(&sent)
    });
    let shown = share.shown();
    assert!(shown >= 45, "{shown}");
    share.send(32, |mut packets| {
        for packet in &mut packets {
            packet.sequence = packet.sequence.wrapping_add(shift);
        }
        bytes_of(&packets)
    });
    assert!(share.shown() - shown >= 30);
}

#[test]
fn a_flood_is_cut_down_whoever_sends_it() {
    let mut share = Share::new();
    share.counts();
    let stranger: SocketAddr = "127.0.0.9:4000".parse().unwrap();
    let packet = |number: u32| RtpPacket {
        payload_type: 96,
        sequence: number as u16,
        ssrc: 99,
        payload: vec![0; 1000],
        ..RtpPacket::default()
    };
    let mut peak = 0;
    for number in 0..10_000 {
        share
            .scene
            .plain_rtp(SIDE, stranger, packet(number).to_bytes());
        peak = peak.max(share.scene.bridge.waiting_outputs());
    }
    assert_eq!(share.counts().rtp_foreign_datagrams, 10_000);
    share.assert_live("a stranger's flood");
    for number in 0..10_000 {
        share
            .scene
            .plain_rtp(SIDE, handset(), packet(number).to_bytes());
        peak = peak.max(share.scene.bridge.waiting_outputs());
    }
    let counts = share.counts();
    assert!(counts.rtp_too_fast > 7_500, "{counts:?}");
    assert!(peak < 200, "{peak}");
    share.scene.run(Duration::from_secs(2));
    share.assert_live("the peer's own flood");
}

#[test]
fn a_packet_larger_than_any_path_is_dropped_and_counted() {
    let mut share = Share::new();
    share.counts();
    share.send(4, |packets| {
        let mut sent = bytes_of(&packets);
        let mut large = packets[0].clone();
        large.payload = vec![0; 1800];
        sent.push(large.to_bytes());
        sent
    });
    assert_eq!(share.counts().rtp_oversized, 4);
    share.assert_live("oversized");
}

#[test]
fn behind_a_nat_the_pictures_come_from_where_they_come_from_and_ours_go_there() {
    let networks = vec![super::super::latch::Network {
        address: "127.0.0.0".parse().unwrap(),
        prefix_bits: 8,
    }];
    let mut share = Share::with_rules(PlainRules {
        loopback: Loopback::Allowed,
        latching: super::super::latch::Latching::FirstSource { networks },
        ..PlainRules::default()
    });
    let counts = share.counts();
    assert_eq!((counts.rtp_latched, counts.rtp_foreign_datagrams), (1, 0));
    let stranger: SocketAddr = "127.0.0.9:4000".parse().unwrap();
    for number in 0..50 {
        let packet = RtpPacket {
            payload_type: 96,
            sequence: number,
            ssrc: 99,
            payload: vec![0; 100],
            ..RtpPacket::default()
        };
        share.scene.plain_rtp(SIDE, stranger, packet.to_bytes());
    }
    let counts = share.counts();
    assert_eq!((counts.rtp_latched, counts.rtp_foreign_datagrams), (0, 50));
    share.assert_live("a stranger behind the same NAT");
}

/// R6.3.
#[test]
fn every_wish_for_a_keyframe_is_counted_by_where_it_came_from() {
    let mut share = Share::new();
    share.scene.apply(Step::FastUpdate { side: SIDE });
    share.send(4, |mut packets| {
        packets
            .iter_mut()
            .for_each(|packet| packet.sequence = packet.sequence.wrapping_add(9));
        bytes_of(&packets)
    });
    let counts = share.counts();
    assert!(counts.keyframes_wanted_at_answer > 0, "{counts:?}");
    assert!(counts.keyframes_wanted_after_loss > 0, "{counts:?}");
    assert!(counts.keyframes_asked_by_info > 0, "{counts:?}");
    assert!(
        counts.rtp_received >= 20 && counts.rtp_lost > 0,
        "{counts:?}"
    );
}
