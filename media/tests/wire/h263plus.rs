use media::payload::h263plus::{Depacketizer, Packetizer};
use media::payload::{self, Format, PacketizeError, PayloadError};
use media::rtp::RtpPacket;
use proptest::prelude::*;

use crate::h263::picture;
use crate::network::{packets, receive, timestamps_with_hole};

const INTRA: [u8; 6] = [0x00, 0x00, 0x80, 0x06, 0x08, 0x12];

/// The picture's payloads as "header octets:size of the data".
fn check(frame: &[u8], max: usize, expected: &[&str]) {
    let mut out = Vec::new();
    Packetizer::new().packetize(frame, max, &mut out).unwrap();
    let shown = out.iter().map(|payload| {
        let end = if payload.marker { " end" } else { "" };
        format!(
            "{:02x}{:02x}:{}{end}",
            payload.bytes[0],
            payload.bytes[1],
            payload.bytes.len() - 2
        )
    });
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

fn packet(payload: &[u8]) -> RtpPacket {
    RtpPacket {
        marker: true,
        payload: payload.to_vec(),
        ..RtpPacket::default()
    }
}

#[test]
fn the_two_zero_octets_of_a_start_code_stay_behind() {
    check(&picture(&INTRA, &[100]), 1200, &["0400:98 end"]);
}

#[test]
fn packets_begin_at_groups_where_they_can() {
    check(
        &picture(&INTRA, &[100, 80, 90]),
        182,
        &["0400:178", "0400:88 end"],
    );
}

#[test]
fn a_group_that_does_not_fit_goes_on_in_packets_without_p() {
    check(
        &picture(&INTRA, &[300, 80]),
        102,
        &["0400:100", "0000:100", "0000:98", "0400:78 end"],
    );
}

#[test]
fn redundancy_octet_and_extra_picture_header_are_read_over() {
    let mut depacketizer = Depacketizer::new();
    // P and V, PLEN 3, PEBIT 2; redundancy; three octets of a picture header; the picture.
    let payload = [&[0x06, 0x1a, 0xff, 1, 2, 3][..], &INTRA[2..]].concat();
    assert_eq!(
        depacketizer.push(&packet(&payload)).unwrap().unwrap().data,
        INTRA
    );
    let lies = [0x07, 0xf8, 0xff, 1, 2, 3];
    let mut second = packet(&lies);
    second.sequence = 1;
    assert_eq!(depacketizer.push(&second), Ok(None));
    assert!(depacketizer.take_loss());
}

#[test]
fn a_header_that_lies_inside_a_picture_is_an_error() {
    let mut depacketizer = Depacketizer::new();
    let first = RtpPacket {
        marker: false,
        ..packet(&[0x04, 0, 0x80, 0x06, 0x08, 0x12])
    };
    assert_eq!(depacketizer.push(&first), Ok(None));
    let lies = RtpPacket {
        sequence: 1,
        ..packet(&[0x01, 0xf8, 0])
    };
    assert_eq!(
        depacketizer.push(&lies),
        Err(PayloadError::Truncated { bytes: 3 })
    );
    assert!(depacketizer.take_loss());
}

#[test]
fn what_is_no_picture_is_refused() {
    let refuse = |frame: &[u8], max| Packetizer::new().packetize(frame, max, &mut Vec::new());
    assert_eq!(
        refuse(&[0, 0, 0x84, 1], 1200),
        Err(PacketizeError::NoStartCode)
    );
    assert_eq!(
        refuse(&INTRA, 3),
        Err(PacketizeError::PacketTooSmall { max: 3 })
    );
}

proptest! {
    /// R6.6.
    #[test]
    fn any_picture_comes_back(
        sizes in proptest::collection::vec(8usize..900, 1..18),
        max in 20usize..1400,
    ) {
        let frame = picture(&INTRA, &sizes);
        let mut out = Vec::new();
        Packetizer::new().packetize(&frame, max, &mut out).unwrap();
        prop_assert!(out.iter().all(|payload| payload.bytes.len() <= max));
        let mut depacketizer = payload::Depacketizer::new(&Format::H263Plus);
        let (frames, loss) = receive(&mut depacketizer, &packets(&out, 65_000, 1));
        prop_assert!(frames.len() == 1 && frames[0].data == frame && frames[0].keyframe && !loss);
    }

    #[test]
    fn octets_full_of_zeros_come_back(
        tail in proptest::collection::vec(prop_oneof![Just(0u8), Just(0x80), any::<u8>()], 0..400),
        max in 5usize..60,
    ) {
        let frame = [&INTRA[..], &tail].concat();
        let mut out = Vec::new();
        Packetizer::new().packetize(&frame, max, &mut out).unwrap();
        let mut depacketizer = payload::Depacketizer::new(&Format::H263Plus);
        let (frames, _) = receive(&mut depacketizer, &packets(&out, 1, 1));
        prop_assert!(frames.len() == 1 && frames[0].data == frame);
    }

    #[test]
    fn a_hole_costs_one_picture(lost in (0usize..3, 0usize..4)) {
        prop_assume!(lost != (0, 0));
        let mut out = Vec::new();
        Packetizer::new().packetize(&picture(&INTRA, &[300, 80]), 102, &mut out).unwrap();
        let depacketizer = payload::Depacketizer::new(&Format::H263Plus);
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
        let mut depacketizer = Depacketizer::new();
        for (sequence, (payload, marker, timestamp)) in payloads.into_iter().enumerate() {
            let sequence = sequence as u16;
            let packet = RtpPacket { sequence, payload, marker, timestamp, ..RtpPacket::default() };
            let _ = depacketizer.push(&packet);
        }
    }
}
