use media::codec::{EncoderConfig, ForceKeyframe, VideoCodec, VideoEncoder};
use media::pattern;
use media::payload::mp4v::{Configuration, Depacketizer, Packetizer, VopKind, vop_kind};
use media::payload::{self, Format, PacketizeError, Payload};
use media::rtp::RtpPacket;
use proptest::prelude::*;

use crate::network::{packets, receive, timestamps_with_hole};

const FORMAT: Format = Format::Mp4v {
    configuration: Vec::new(),
};

/// Simple profile at level 0, QCIF.
const CONFIGURATION: &str = "000001B008000001B58913000001000000012000C48D88007D0584121443";

fn configuration() -> Vec<u8> {
    CONFIGURATION.parse::<Configuration>().unwrap().bytes
}

fn vop(kind: u8, length: usize) -> Vec<u8> {
    let mut vop = vec![0, 0, 1, 0xb6, kind << 6 | 0x10];
    vop.resize(length, 0x55);
    vop
}

/// The picture's payloads by their size.
fn check(frame: &[u8], max: usize, expected: &[&str]) {
    let mut out = Vec::new();
    Packetizer::new().packetize(frame, max, &mut out).unwrap();
    let shown = out.iter().map(|Payload { bytes, marker }| {
        let end = if *marker { " end" } else { "" };
        format!("{:02x?}:{}{end}", &bytes[..3], bytes.len())
    });
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    assert!(out.iter().flat_map(|payload| &payload.bytes).eq(frame));
}

fn packet(sequence: u16, timestamp: u32, payload: &[u8]) -> RtpPacket {
    RtpPacket {
        marker: true,
        sequence,
        timestamp,
        payload: payload.to_vec(),
        ..RtpPacket::default()
    }
}

#[test]
fn a_small_picture_is_one_packet_with_its_headers() {
    let frame = [configuration(), vop(0, 300)].concat();
    check(&frame, 1200, &["[00, 00, 01]:330 end"]);
}

#[test]
fn packets_begin_at_headers_and_video_packets_where_they_can() {
    let video_packet = [&[0, 0, 0x81][..], &[0x33; 97]].concat();
    let frame = [vop(0, 150), video_packet.clone(), video_packet].concat();
    check(&frame, 260, &["[00, 00, 01]:250", "[00, 00, 81]:100 end"]);
    check(
        &[configuration(), vop(0, 500)].concat(),
        400,
        &[
            "[00, 00, 01]:30",
            "[00, 00, 01]:400",
            "[55, 55, 55]:100 end",
        ],
    );
}

#[test]
fn what_is_no_picture_is_not_sent() {
    let mut out = Vec::new();
    let mut packetizer = Packetizer::new();
    for frame in [&[][..], &[0, 0, 1], &[0x55; 40]] {
        let refused = packetizer.packetize(frame, 1200, &mut out);
        assert_eq!(refused, Err(PacketizeError::NoStartCode));
    }
    let refused = packetizer.packetize(&vop(0, 99), 31, &mut out);
    assert_eq!(refused, Err(PacketizeError::PacketTooSmall { max: 31 }));
    assert!(out.is_empty());
}

#[test]
fn a_configuration_says_profile_level_and_size() {
    let read: Configuration = CONFIGURATION.parse().unwrap();
    assert_eq!(read.profile_level, Some(8));
    assert_eq!(read.size, Some((176, 144)));
    assert_eq!(read.to_string(), CONFIGURATION);
    let lower: Configuration = CONFIGURATION.to_lowercase().parse().unwrap();
    assert_eq!(lower, read);
    for text in ["", "00", "000001B008", "000001B00", "zz", "000001B6", "+1"] {
        assert!(text.parse::<Configuration>().is_err(), "{text:?}");
    }
    assert!("00".repeat(1025).parse::<Configuration>().is_err());
}

#[test]
fn the_configuration_of_the_description_stands_before_pictures_that_lack_it() {
    let mut depacketizer = Depacketizer::new(&configuration());
    let intra = depacketizer
        .push(&packet(0, 0, &vop(0, 50)))
        .unwrap()
        .unwrap();
    assert_eq!(intra.data, [configuration(), vop(0, 50)].concat());
    assert!(intra.keyframe);
    let inter = depacketizer
        .push(&packet(1, 1, &vop(1, 50)))
        .unwrap()
        .unwrap();
    assert_eq!((inter.data, inter.keyframe), (vop(1, 50), false));
}

#[test]
fn a_configuration_in_band_replaces_that_of_the_description() {
    let mut newer = configuration();
    newer[4] = 9;
    let mut depacketizer = Depacketizer::new(&configuration());
    assert_eq!(depacketizer.push(&packet(0, 0, &newer)), Ok(None), "alone");
    let group = [&[0, 0, 1, 0xb3, 0, 0x10, 0x40][..], &vop(0, 50)].concat();
    let intra = depacketizer.push(&packet(1, 1, &group)).unwrap().unwrap();
    assert_eq!(intra.data, [newer, group].concat());
    assert!(!depacketizer.take_loss());
}

#[test]
fn nobody_can_begin_at_a_picture_without_any_configuration() {
    let mut depacketizer = Depacketizer::new(&[]);
    let intra = depacketizer
        .push(&packet(0, 0, &vop(0, 50)))
        .unwrap()
        .unwrap();
    assert!(!intra.keyframe);
}

#[test]
fn a_fragment_begins_no_picture() {
    let mut depacketizer = Depacketizer::new(&configuration());
    assert_eq!(
        depacketizer.push(&packet(0, 0, &[0, 0, 0x81, 1, 2])),
        Ok(None)
    );
    assert!(depacketizer.take_loss());
}

#[test]
fn our_encoder_says_its_configuration_before_each_picture_that_stands_alone() {
    let config = EncoderConfig {
        codec: VideoCodec::Mpeg4,
        width: 176,
        height: 144,
        frames_per_second: 15,
        bits_per_second: 64_000,
        max_slice_bytes: 1100,
    };
    let said = media::codec::mpeg4_configuration(&config).unwrap();
    assert_eq!(said.size, Some((176, 144)));
    assert_eq!(said.profile_level, Some(8), "64 kbit/s are level 0's");
    let mut encoder = VideoEncoder::new(config).unwrap();
    let mut depacketizer = Depacketizer::new(&[]);
    let mut sequence = 0;
    for number in 0..40_u16 {
        let picture = pattern::draw(number, "", 176, 144).unwrap();
        let force = if number == 21 {
            ForceKeyframe::Yes
        } else {
            ForceKeyframe::No
        };
        let frame = encoder
            .encode(&picture, u32::from(number) * 6000, force)
            .unwrap()
            .unwrap();
        let intra = number == 0 || number == 21;
        assert_eq!(frame.keyframe, intra);
        assert_eq!(
            vop_kind(&frame.data),
            Some(if intra {
                VopKind::Intra
            } else {
                VopKind::Predicted
            })
        );
        assert_eq!(
            frame.data.starts_with(&said.bytes),
            intra,
            "picture {number}"
        );
        let mut payloads = Vec::new();
        Packetizer::new()
            .packetize(&frame.data, 1200, &mut payloads)
            .unwrap();
        let mut received = None;
        for Payload { bytes, marker } in payloads {
            let packet = RtpPacket {
                marker,
                ..packet(sequence, frame.timestamp, &bytes)
            };
            sequence += 1;
            received = depacketizer.push(&packet).unwrap();
        }
        assert_eq!(received, Some(frame));
    }
}

fn any_picture() -> impl Strategy<Value = (Vec<u8>, bool)> {
    let parts = prop::collection::vec((any::<u8>(), 0..400usize), 1..12);
    (any::<bool>(), parts).prop_map(|(intra, parts)| {
        let mut data = if intra { configuration() } else { Vec::new() };
        data.extend(vop(u8::from(!intra), 20));
        for (octet, length) in parts {
            data.extend([0, 0, 0x80 | octet]);
            data.extend(std::iter::repeat_n(octet | 1, length));
        }
        (data, intra)
    })
}

proptest! {
    #[test]
    fn any_picture_comes_back((frame, intra) in any_picture(), max in 40..1400usize) {
        let mut out = Vec::new();
        Packetizer::new().packetize(&frame, max, &mut out).unwrap();
        prop_assert!(out.iter().all(|payload| payload.bytes.len() <= max));
        let mut depacketizer = payload::Depacketizer::new(&FORMAT);
        let (frames, loss) = receive(&mut depacketizer, &packets(&out, 65_000, 1));
        prop_assert!(frames.len() == 1 && frames[0].data == frame && !loss);
        prop_assert_eq!(frames[0].keyframe, intra);
    }

    #[test]
    fn a_hole_costs_one_picture(lost in (0usize..3, 0usize..4)) {
        prop_assume!(lost != (0, 0));
        let video_packet = [&[0, 0, 0x81][..], &[0x33; 97]].concat();
        let frame = [vop(0, 100), video_packet.repeat(3)].concat();
        let mut out = Vec::new();
        Packetizer::new().packetize(&frame, 100, &mut out).unwrap();
        prop_assert_eq!(out.len(), 4);
        let depacketizer = payload::Depacketizer::new(&FORMAT);
        let pictures = [out.clone(), out.clone(), out];
        let (timestamps, loss) = timestamps_with_hole(depacketizer, &pictures, lost);
        let whole: Vec<u32> =
            (0..3).filter(|index| *index != lost.0).map(|index| index as u32 * 6000).collect();
        prop_assert_eq!(timestamps, whole);
        prop_assert!(loss || lost == (2, 3));
    }

    #[test]
    fn no_payloads_make_the_depacketizer_panic(
        payloads in prop::collection::vec(
            (prop::collection::vec(prop_oneof![Just(0u8), Just(1), any::<u8>()], 0..40),
             any::<bool>(), 0u32..3), 0..20),
    ) {
        let mut depacketizer = Depacketizer::new(&configuration());
        for (sequence, (payload, marker, timestamp)) in payloads.into_iter().enumerate() {
            let sequence = sequence as u16;
            let packet = RtpPacket { sequence, payload, marker, timestamp, ..RtpPacket::default() };
            let _ = depacketizer.push(&packet);
        }
    }
}
