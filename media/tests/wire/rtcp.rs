use std::time::Duration;

use media::rtp::rtcp::{
    self, Chunk, FirEntry, NtpTime, ReportBlock, Rtcp, RtcpError, SenderInfo, to_bytes,
};
use proptest::prelude::*;

/// Both ways: the packets are these bytes, and the bytes are these packets.
fn check(packets: &[Rtcp], wire: &[u8]) {
    assert_eq!(to_bytes(packets), wire);
    assert_eq!(rtcp::parse(wire).unwrap(), packets);
}

const BLOCK: ReportBlock = ReportBlock {
    ssrc: 2,
    fraction_lost: 64,
    cumulative_lost: -2,
    highest_sequence: 0x0001_0005,
    jitter: 90,
    last_sender_report: 0x1111_2222,
    delay_since_last: 0x0001_0000,
};

#[test]
fn a_sender_report_with_its_description_is_the_first_compound() {
    let info = SenderInfo {
        ntp: NtpTime(0x0102_0304_0506_0708),
        rtp_timestamp: 90_000,
        packets: 3,
        octets: 700,
    };
    let report = Rtcp::SenderReport {
        ssrc: 1,
        info,
        reports: vec![BLOCK],
    };
    let chunk = Chunk {
        ssrc: 1,
        cname: Some("abc".into()),
    };
    #[rustfmt::skip]
    check(&[report, Rtcp::SourceDescription(vec![chunk])], &[
        0x81, 200, 0, 12,  0, 0, 0, 1,  1, 2, 3, 4, 5, 6, 7, 8,  0, 1, 0x5f, 0x90,  0, 0, 0, 3,  0, 0, 2, 188,
        0, 0, 0, 2,  64, 0xff, 0xff, 0xfe,  0, 1, 0, 5,  0, 0, 0, 90,  0x11, 0x11, 0x22, 0x22,  0, 1, 0, 0,
        0x81, 202, 0, 3,  0, 0, 0, 1,  1, 3, b'a', b'b', b'c', 0, 0, 0,
    ]);
}

#[test]
fn reports_byes_and_keyframe_requests_read_as_written() {
    check(
        &[Rtcp::ReceiverReport {
            ssrc: 1,
            reports: vec![],
        }],
        &[0x80, 201, 0, 1, 0, 0, 0, 1],
    );
    check(
        &[Rtcp::Bye {
            sources: vec![9],
            reason: Some("end".into()),
        }],
        &[0x81, 203, 0, 2, 0, 0, 0, 9, 3, b'e', b'n', b'd'],
    );
    check(
        &[Rtcp::Bye {
            sources: vec![9],
            reason: None,
        }],
        &[0x81, 203, 0, 1, 0, 0, 0, 9],
    );
    check(
        &[Rtcp::PictureLoss {
            sender: 1,
            media: 2,
        }],
        &[0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2],
    );
    check(
        &[Rtcp::FullIntraRequest {
            sender: 1,
            entries: vec![FirEntry {
                ssrc: 2,
                sequence: 7,
            }],
        }],
        &[
            0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 7, 0, 0, 0,
        ],
    );
}

#[test]
fn unknown_packets_are_passed_over() {
    let wire = [
        0x80, 207, 0, 1, 0, 0, 0, 1, // extended report
        0x8f, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, // another payload feedback (REMB's number)
        0x80, 201, 0, 1, 0, 0, 0, 3,
    ];
    assert_eq!(
        rtcp::parse(&wire).unwrap(),
        [
            Rtcp::Other { packet_type: 207 },
            Rtcp::Other { packet_type: 206 },
            Rtcp::ReceiverReport {
                ssrc: 3,
                reports: vec![]
            },
        ]
    );
}

#[test]
fn a_length_that_does_not_fit_costs_only_what_follows() {
    let mut wire = vec![0x80, 201, 0, 1, 0, 0, 0, 3];
    wire.extend_from_slice(&[0x81, 203, 0xff, 0xff, 0, 0, 0, 9]);
    assert_eq!(
        rtcp::parse(&wire).unwrap(),
        [Rtcp::ReceiverReport {
            ssrc: 3,
            reports: vec![]
        }]
    );
    assert_eq!(
        rtcp::parse(&wire[8..]),
        Err(RtcpError::Truncated { bytes: 8 })
    );
    assert_eq!(rtcp::parse(&[]), Err(RtcpError::Truncated { bytes: 0 }));
    assert_eq!(rtcp::parse(&[0x40, 201, 0, 0]), Err(RtcpError::Version(1)));
    // Thirty-one report blocks announced, none there.
    let liar = [0x9f, 201, 0, 1, 0, 0, 0, 3];
    assert_eq!(
        rtcp::parse(&liar),
        Err(RtcpError::Malformed { packet_type: 201 })
    );
    // Padding beyond the packet.
    let padded = [0xa0, 201, 0, 1, 0, 0, 0, 9];
    assert_eq!(
        rtcp::parse(&padded),
        Err(RtcpError::Malformed { packet_type: 201 })
    );
}

#[test]
fn a_description_with_other_items_gives_its_canonical_name() {
    #[rustfmt::skip]
    let wire = [
        0x82, 202, 0, 6,  0, 0, 0, 1,  2, 1, b'n', 1, 2, b'm', b'e', 0,  0, 0, 0, 2,  0, 0, 0, 0,
        0, 0, 0, 0,
    ];
    let chunks = vec![
        Chunk {
            ssrc: 1,
            cname: Some("me".into()),
        },
        Chunk {
            ssrc: 2,
            cname: None,
        },
    ];
    assert_eq!(
        rtcp::parse(&wire).unwrap(),
        [Rtcp::SourceDescription(chunks)]
    );
}

#[test]
fn the_round_trip_is_what_was_not_spent_at_the_peer() {
    // The example of RFC 3550 §6.4.1, figure 2: 6.125 s.
    let block = ReportBlock {
        last_sender_report: 0xb705_2000,
        delay_since_last: 0x0005_4000,
        ..ReportBlock::default()
    };
    let arrived = NtpTime(0x0000_b710_8000_0000);
    assert_eq!(block.round_trip(arrived), Some(Duration::from_millis(6125)));
    let never_sent = ReportBlock::default();
    assert_eq!(never_sent.round_trip(arrived), None);
    let nonsense = ReportBlock {
        delay_since_last: 0x0100_0000,
        ..block
    };
    assert_eq!(nonsense.round_trip(arrived), None);
}

#[test]
fn time_of_day_counts_from_1900() {
    let moment = NtpTime::from_unix(Duration::new(1, 500_000_000));
    assert_eq!(moment, NtpTime(2_208_988_801 << 32 | 1 << 31));
    assert_eq!(
        moment.plus(Duration::from_millis(500)),
        NtpTime(2_208_988_802 << 32)
    );
    // The era ends in 2036.
    let later = NtpTime::from_unix(Duration::from_secs(4_000_000_000));
    assert_eq!(
        later.0 >> 32,
        (2_208_988_800 + 4_000_000_000u64) % (1 << 32)
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = rtcp::parse(&bytes);
    }

    #[test]
    fn no_packet_after_a_good_header_makes_the_parser_panic(
        count in 0u8..32,
        kind in 200u8..208,
        body in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let words = body.len() / 4;
        let mut wire = vec![0x80 | count, kind, 0, words as u8];
        wire.extend_from_slice(&body[..words * 4]);
        let _ = rtcp::parse(&wire);
    }
}
