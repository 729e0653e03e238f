//! What is looked at inside an H.264 stream.

use media::payload::h264::profile_level_id::{Level, Profile};
use media::payload::h264::sequence_parameters::{SequenceParameters, is_recovery_point};
use media::payload::h264::{Depacketizer, annex_b, is_idr};
use media::rtp::RtpPacket;

/// By x264.
const QCIF: &str = "6742c00ad902c4ec0440000003004000000783c48992";
const RECOVERY_POINT: [u8; 6] = [0x06, 0x06, 0x02, 0x15, 0x10, 0x80];
const PPS: &str = "68cb83cb20";

fn octets(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u32> = hexadecimal
        .chars()
        .map(|digit| digit.to_digit(16).unwrap())
        .collect();
    let pairs = digits.chunks(2);
    pairs.map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn packet(sequence: u16, marker: bool, payload: &[u8]) -> RtpPacket {
    RtpPacket {
        sequence,
        marker,
        payload: payload.to_vec(),
        ..RtpPacket::default()
    }
}

#[test]
fn a_sequence_parameter_set_tells_its_pictures_size() {
    for (set, profile, level, columns, rows) in [
        (QCIF, Profile::ConstrainedBaseline, Level::L1, 11, 9),
        (
            "67640016acd940a03db0110000030001000003001e0f162d96",
            Profile::High,
            "640016"
                .parse::<media::payload::h264::profile_level_id::ProfileLevelId>()
                .unwrap()
                .level(),
            40,
            30,
        ),
        (
            "674d401feca02802dd8088000003000800000300f078c18cb0",
            Profile::Main,
            Level::L3_1,
            80,
            45,
        ),
        (
            "67f40016919b281407b60220000003002000000303c1e2c5b2c0",
            Profile::Other(244),
            "640016"
                .parse::<media::payload::h264::profile_level_id::ProfileLevelId>()
                .unwrap()
                .level(),
            40,
            30,
        ),
    ] {
        let stream = annex_b::join(&[&octets(set), &octets(PPS), &[0x65, 0x88]]);
        let read = SequenceParameters::of_stream(&stream).unwrap();
        assert_eq!((read.columns, read.rows), (columns, rows), "{set}");
        assert_eq!(read.macroblocks(), u64::from(columns * rows));
        assert_eq!(read.profile_level_id.profile(), profile);
        assert_eq!(read.profile_level_id.level(), level);
    }
    for length in 0..8 {
        assert_eq!(SequenceParameters::parse(&octets(QCIF)[..length]), None);
    }
}

#[test]
fn a_recovery_point_is_found_behind_other_information() {
    assert!(is_recovery_point(&RECOVERY_POINT));
    let second = [&[0x06, 0x05, 0x03, 1, 2, 3][..], &RECOVERY_POINT[1..]].concat();
    assert!(is_recovery_point(&second));
    let long = [
        &[0x06, 0x05, 0xff, 0x00][..],
        &[7; 255],
        &RECOVERY_POINT[1..],
    ]
    .concat();
    assert!(is_recovery_point(&long));
    for other in [
        &[][..],
        &[0x06],
        &[0x06, 0x05, 0x03, 6, 2, 2, 0x80],
        &[0x65, 6, 2, 0, 0x80],
    ] {
        assert!(!is_recovery_point(other), "{other:02x?}");
    }
}

#[test]
fn a_recovery_point_gets_the_parameter_sets_that_a_decoder_begins_with() {
    let sets = [octets(QCIF), octets(PPS)];
    let mut depacketizer = Depacketizer::new(&sets);
    let slice = [0x41, 0x9a, 0x55];
    assert_eq!(
        depacketizer.push(&packet(0, false, &RECOVERY_POINT)),
        Ok(None)
    );
    let frame = depacketizer
        .push(&packet(1, true, &slice))
        .unwrap()
        .unwrap();
    assert!(frame.keyframe && !is_idr(&frame.data));
    let nals: Vec<&[u8]> = annex_b::split(&frame.data).collect();
    assert_eq!(nals, [&RECOVERY_POINT[..], &sets[0], &sets[1], &slice]);
}

#[test]
fn slices_in_any_order_are_put_in_theirs_where_the_profile_has_it() {
    // Macroblocks 0, 1 and 3 in Exp-Golomb numbers.
    let slices = [
        [0x41, 0b1000_0000, 1],
        [0x41, 0b0100_0000, 2],
        [0x41, 0b0010_0000, 3],
    ];
    let mut baseline = octets(QCIF);
    baseline[2] = 0;
    let main = [&[0x67, 77][..], &baseline[2..]].concat();
    for (set, ordered) in [(baseline, true), (main, false)] {
        let mut depacketizer = Depacketizer::new(&[set, octets(PPS)]);
        depacketizer.push(&packet(0, false, &slices[2])).unwrap();
        depacketizer.push(&packet(1, false, &slices[0])).unwrap();
        let frame = depacketizer.push(&packet(2, true, &slices[1])).unwrap();
        let expected = annex_b::join(&[&slices[0], &slices[1], &slices[2]]);
        assert_eq!(frame.map(|frame| frame.data), ordered.then_some(expected));
    }
}
