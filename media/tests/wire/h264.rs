use media::payload::h264::profile_level_id::{Level, Profile, ProfileLevelId};
use media::payload::h264::{Depacketizer, PacketizationMode, Packetizer, annex_b};
use media::payload::{self, Format, PacketizeError, Payload, PayloadError};
use media::rtp::RtpPacket;
use proptest::prelude::*;

use crate::network::{packets, receive, timestamps_with_hole};
use PacketizationMode::{NonInterleaved, SingleNal};

const SPS: [u8; 6] = [0x67, 0x42, 0x90, 0x0b, 0xda, 0x0b];
const PPS: [u8; 4] = [0x68, 0xce, 0x3c, 0x80];

/// A slice of `size` octets; the first of a picture begins at macroblock 0.
fn slice(header: u8, first: bool, size: usize) -> Vec<u8> {
    let mut nal = vec![0x55; size];
    nal[0] = header;
    nal[1] = if first { 0x88 } else { 0x42 };
    nal
}

fn annex(nals: &[&[u8]]) -> Vec<u8> {
    annex_b::join(nals)
}

/// The payloads as "first two octets:size".
fn check(packetizer: &mut Packetizer, frame: &[u8], max: usize, expected: &[&str]) -> Vec<Payload> {
    let mut out = Vec::new();
    packetizer.packetize(frame, max, &mut out).unwrap();
    let shown = out.iter().map(|payload| {
        let end = if payload.marker { " end" } else { "" };
        format!(
            "{:02x}{:02x}:{}{end}",
            payload.bytes[0],
            payload.bytes[1],
            payload.bytes.len()
        )
    });
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    out
}

fn format(mode: PacketizationMode) -> Format {
    Format::H264 {
        mode,
        parameter_sets: vec![],
    }
}

#[test]
fn a_byte_stream_splits_at_its_start_codes() {
    let stream = [
        9, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 0, 1, 0, 0, 1, 0x65,
    ];
    let nals: Vec<&[u8]> = annex_b::split(&stream).collect();
    assert_eq!(nals, [&[0x67, 1][..], &[0x68, 2], &[0x65]]);
    assert_eq!(annex_b::split(&[1, 2, 3]).count(), 0);
}

#[test]
fn mode_1_aggregates_small_units_and_fragments_large_ones() {
    let frame = annex(&[&SPS, &PPS, &slice(0x65, true, 250), &slice(0x65, false, 60)]);
    check(
        &mut Packetizer::new(NonInterleaved),
        &frame,
        100,
        &["7800:15", "7c85:85", "7c05:85", "7c45:85", "6542:60 end"],
    );
}

#[test]
fn mode_0_sends_one_unit_a_packet_and_refuses_what_does_not_fit() {
    let mut packetizer = Packetizer::new(SingleNal);
    let frame = annex(&[&SPS, &PPS, &slice(0x65, true, 90), &slice(0x65, false, 60)]);
    check(
        &mut packetizer,
        &frame,
        100,
        &["6742:6", "68ce:4", "6588:90", "6542:60 end"],
    );
    let mut out = vec![];
    let refused = packetizer.packetize(&annex(&[&slice(0x41, true, 101)]), 100, &mut out);
    assert_eq!(
        refused,
        Err(PacketizeError::NalTooLarge {
            bytes: 101,
            max: 100
        })
    );
    assert!(out.is_empty());
}

/// R6.8.
#[test]
fn known_parameter_sets_go_before_every_idr_picture() {
    let mut packetizer = Packetizer::new(SingleNal);
    let whole = annex(&[&SPS, &PPS, &slice(0x65, true, 50)]);
    check(
        &mut packetizer,
        &whole,
        100,
        &["6742:6", "68ce:4", "6588:50 end"],
    );
    let bare = annex(&[&[0x09, 0x10], &slice(0x65, true, 50)]);
    check(
        &mut packetizer,
        &bare,
        100,
        &["6742:6", "68ce:4", "6588:50 end"],
    );
    let inter = annex(&[&slice(0x41, true, 50)]);
    check(&mut packetizer, &inter, 100, &["4188:50 end"]);
}

#[test]
fn parameter_sets_of_the_description_are_put_before_a_bare_idr_picture() {
    let mut depacketizer = Depacketizer::new(&[SPS.to_vec(), PPS.to_vec()]);
    let idr = slice(0x65, true, 50);
    let packet = RtpPacket {
        marker: true,
        payload: idr.clone(),
        ..RtpPacket::default()
    };
    let frame = depacketizer.push(&packet).unwrap().unwrap();
    assert!(frame.keyframe);
    assert_eq!(frame.data, annex(&[&SPS, &PPS, &idr]));
}

#[test]
fn parameter_sets_sent_alone_are_kept_and_are_no_picture() {
    let mut depacketizer = Depacketizer::new(&[]);
    let alone = [&[0x18, 0, 6][..], &SPS, &[0, 4], &PPS].concat();
    let packet = RtpPacket {
        marker: true,
        payload: alone,
        ..RtpPacket::default()
    };
    assert_eq!(depacketizer.push(&packet), Ok(None));
    let idr = slice(0x65, true, 50);
    let next = RtpPacket {
        sequence: 1,
        timestamp: 9,
        payload: idr.clone(),
        ..packet
    };
    assert_eq!(
        depacketizer.push(&next).unwrap().unwrap().data,
        annex(&[&SPS, &PPS, &idr])
    );
    assert!(!depacketizer.take_loss());
    assert_eq!(depacketizer.parameter_sets().sequence(), Some(&SPS[..]));
}

#[test]
fn a_picture_that_begins_behind_its_first_slice_is_damaged() {
    let mut depacketizer = Depacketizer::new(&[]);
    let packet = RtpPacket {
        marker: true,
        payload: slice(0x41, false, 30),
        ..RtpPacket::default()
    };
    assert_eq!(depacketizer.push(&packet), Ok(None));
    assert!(depacketizer.take_loss());
}

#[test]
fn fragments_out_of_place_are_errors() {
    let push = |payloads: &[&[u8]]| {
        let mut depacketizer = Depacketizer::new(&[]);
        let packets = payloads
            .iter()
            .enumerate()
            .map(|(index, payload)| RtpPacket {
                sequence: index as u16,
                payload: payload.to_vec(),
                ..RtpPacket::default()
            });
        let results: Vec<_> = packets.map(|packet| depacketizer.push(&packet)).collect();
        (results.last().cloned().unwrap(), depacketizer.take_loss())
    };
    let malformed = |text| (Err(PayloadError::Malformed(text)), true);
    let start = &[0x7c, 0x85, 0x88][..];
    assert_eq!(push(&[start, start]), malformed("a fragment begins twice"));
    assert_eq!(
        push(&[start, &[0x41, 0x88]]),
        malformed("a fragmented NAL unit lacks its end")
    );
    assert_eq!(
        push(&[&[0x41, 0x88], &[0x7c, 0x05, 1]]),
        malformed("a fragment has no beginning")
    );
    assert_eq!(push(&[&[0x7c, 0x05, 1]]), (Ok(None), true));
    assert_eq!(
        push(&[&[0x7c]]),
        (Err(PayloadError::Truncated { bytes: 1 }), true)
    );
    assert_eq!(
        push(&[&[0x18, 0, 9, 1]]),
        (Err(PayloadError::Truncated { bytes: 4 }), true)
    );
    assert_eq!(
        push(&[&[0x19, 0, 9, 1]]),
        malformed("an interleaved packet was not agreed on")
    );
}

/// R6.8.
#[test]
fn profile_level_ids_are_read_by_their_meaning() {
    let read = |text: &str| text.parse::<ProfileLevelId>().unwrap();
    let meaning = |text| (read(text).profile(), read(text).level());
    assert_eq!(meaning("42900B"), (Profile::Baseline, Level::L1B));
    assert_eq!(meaning("42B00B"), (Profile::Baseline, Level::L1B));
    assert_eq!(meaning("42A00B"), (Profile::Baseline, Level::L1_1));
    assert_eq!(
        meaning("42d00b"),
        (Profile::ConstrainedBaseline, Level::L1B)
    );
    assert_eq!(
        meaning("42e01f"),
        (Profile::ConstrainedBaseline, Level::L3_1)
    );
    assert_eq!(
        meaning("4d801f"),
        (Profile::ConstrainedBaseline, Level::L3_1)
    );
    assert_eq!(meaning("4d001f").0, Profile::Main);
    assert_eq!(meaning("640c1f").0, Profile::ConstrainedHigh);
    assert_eq!(meaning("640009"), (Profile::High, Level::L1B));
    assert!(Level::L1 < Level::L1B && Level::L1B < Level::L1_1);
    assert_eq!(read("42E01f").to_string(), "42e01f");
    assert_eq!(ProfileLevelId::DEFAULT.to_string(), "42000a");
    for text in ["", "42e01", "42e01f0", "+2e01f", "42e01g", "é2e01"] {
        assert!(text.parse::<ProfileLevelId>().is_err(), "{text}");
    }
}

#[test]
fn a_level_says_how_large_how_fast_and_at_what_rate() {
    for (id, name, macroblocks, a_second, bits) in [
        ("42000a", "1", 99, 1_485, 64_000),
        ("42900b", "1b", 99, 1_485, 128_000),
        ("42a00b", "1.1", 396, 3_000, 192_000),
        ("42e00c", "1.2", 396, 6_000, 384_000),
        ("42e00d", "1.3", 396, 11_880, 768_000),
        ("42e01f", "3.1", 3_600, 108_000, 14_000_000),
        // Levels that nobody defined count as the one below.
        ("42e005", "0.5", 99, 1_485, 64_000),
        ("42e0ff", "25.5", 36_864, 2_073_600, 240_000_000),
    ] {
        let level = id.parse::<ProfileLevelId>().unwrap().level();
        let limits = level.limits();
        assert_eq!(level.to_string(), name, "{id}");
        assert_eq!(
            (
                limits.macroblocks,
                limits.macroblocks_per_second,
                limits.bits_per_second
            ),
            (macroblocks, a_second, bits),
            "{id}"
        );
    }
}

#[test]
fn a_level_may_be_lowered_and_the_profile_stays() {
    let read = |text: &str| text.parse::<ProfileLevelId>().unwrap();
    assert_eq!(read("42e01f").at_level(Level::L1B).to_string(), "42f00b");
    assert_eq!(read("42900b").at_level(Level::L1_1).to_string(), "42800b");
    assert_eq!(read("640c1f").at_level(Level::L1B).to_string(), "640c09");
    assert!(read("42e01f").same_profile(read("42d00b")));
    assert!(!read("42e01f").same_profile(read("42900b")));
}

#[test]
fn a_receiver_takes_streams_contained_in_what_it_declared() {
    let takes = |receiver: &str, stream: &str| {
        receiver
            .parse::<ProfileLevelId>()
            .unwrap()
            .takes(stream.parse().unwrap())
    };
    assert!(takes("42900b", "42d00b"));
    assert!(takes("42900b", "42c00a"));
    assert!(!takes("42900b", "42e01f"));
    assert!(!takes("42e01f", "42900b"));
    assert!(takes("640c1f", "42e01f"));
    assert!(!takes("42e01f", "640c1f"));
}

proptest! {
    #[test]
    fn any_access_unit_comes_back(
        sizes in proptest::collection::vec(2usize..1500, 1..12),
        max in 40usize..1400,
    ) {
        let slices = sizes.iter().enumerate().map(|(index, &size)| slice(0x65, index == 0, size));
        let mut nals = vec![SPS.to_vec(), PPS.to_vec()];
        nals.extend(slices);
        let nals: Vec<&[u8]> = nals.iter().map(Vec::as_slice).collect();
        let frame = annex(&nals);
        for mode in [SingleNal, NonInterleaved] {
            let mut out = Vec::new();
            let fits = sizes.iter().all(|&size| size <= max);
            let result = Packetizer::new(mode).packetize(&frame, max, &mut out);
            prop_assert_eq!(result.is_ok(), fits || mode == NonInterleaved);
            prop_assert!(out.iter().all(|payload| payload.bytes.len() <= max));
            if result.is_ok() {
                let mut depacketizer = payload::Depacketizer::new(&format(mode));
                let (frames, loss) = receive(&mut depacketizer, &packets(&out, 65_533, 1));
                prop_assert!(frames.len() == 1 && frames[0].data == frame);
                prop_assert!(frames[0].keyframe && !loss);
            }
        }
    }

    #[test]
    fn a_hole_costs_one_picture(lost in (0usize..3, 0usize..4)) {
        prop_assume!(lost != (0, 0));
        let frame = annex(&[&slice(0x41, true, 250), &slice(0x41, false, 60)]);
        let mut out = Vec::new();
        Packetizer::new(NonInterleaved).packetize(&frame, 100, &mut out).unwrap();
        let depacketizer = payload::Depacketizer::new(&format(NonInterleaved));
        let pictures = [out.clone(), out.clone(), out];
        let (timestamps, loss) = timestamps_with_hole(depacketizer, &pictures, lost);
        let whole: Vec<u32> =
            (0..3).filter(|index| *index != lost.0).map(|index| index as u32 * 6000).collect();
        prop_assert_eq!(timestamps, whole);
        prop_assert!(loss || lost == (2, 3));
    }

    #[test]
    fn no_payloads_make_the_depacketizer_panic(
        payloads in proptest::collection::vec(
            (proptest::collection::vec(any::<u8>(), 0..40), any::<bool>(), 0u32..3), 0..20),
    ) {
        let mut depacketizer = Depacketizer::new(&[]);
        for (sequence, (payload, marker, timestamp)) in payloads.into_iter().enumerate() {
            let sequence = sequence as u16;
            let packet = RtpPacket { sequence, payload, marker, timestamp, ..RtpPacket::default() };
            let _ = depacketizer.push(&packet);
        }
    }

    #[test]
    fn no_byte_stream_makes_the_packetizer_panic(
        frame in proptest::collection::vec(prop_oneof![Just(0u8), Just(1), any::<u8>()], 0..200),
        max in 0usize..60,
    ) {
        let mut out = Vec::new();
        let _ = Packetizer::new(NonInterleaved).packetize(&frame, max, &mut out);
        prop_assert!(out.iter().all(|payload| payload.bytes.len() <= max));
    }
}
