use std::time::Duration;

use media::rtp::rtcp::{
    self, Chunk, FirEntry, Missing, NtpTime, RateEntry, ReportBlock, Rtcp, RtcpError, SenderInfo,
    to_bytes,
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

/// R6.16.
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
fn missing_packets_and_rates_read_as_written() {
    check(
        &[Rtcp::Nack {
            sender: 1,
            media: 2,
            missing: vec![Missing {
                first: 0xfffe,
                following: 0x8001,
            }],
        }],
        &[
            0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 0x80, 0x01,
        ],
    );
    let entries = vec![RateEntry {
        ssrc: 2,
        bits_per_second: 64_000,
        overhead_bytes: 40,
    }];
    #[rustfmt::skip]
    check(
        &[
            Rtcp::RateRequest { sender: 1, entries: entries.clone() },
            Rtcp::RateNotification { sender: 1, entries },
        ],
        &[
            // 64,000 takes 16 bits: exponent 0, the mantissa in bits 6 to 22, 40 in the last nine.
            0x83, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0x01, 0xf4, 0x00, 0x28,
            0x84, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0x01, 0xf4, 0x00, 0x28,
        ],
    );
}

#[test]
fn a_rate_beyond_all_numbers_is_no_limit_and_large_ones_lose_their_last_bits() {
    let read = |word: u32| {
        let mut wire = vec![0x83, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2];
        wire.extend_from_slice(&word.to_be_bytes());
        match &rtcp::parse(&wire).unwrap()[0] {
            Rtcp::RateRequest { entries, .. } => entries[0].bits_per_second,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(u32::MAX), u64::MAX);
    assert_eq!(read(63 << 26), 0);
    let entry = RateEntry {
        ssrc: 2,
        bits_per_second: 1_000_001,
        overhead_bytes: 0,
    };
    let wire = to_bytes(&[Rtcp::RateRequest {
        sender: 1,
        entries: vec![entry],
    }]);
    let word = u32::from_be_bytes([wire[16], wire[17], wire[18], wire[19]]);
    assert_eq!(read(word), 1_000_000);
}

#[test]
fn numbers_that_are_missing_take_as_few_entries_as_they_can() {
    let numbers = [0xfff0, 0xfff1, 0, 1, 2, 40];
    let missing = Missing::of(numbers);
    assert_eq!(missing.len(), 3);
    let back: Vec<u16> = missing.iter().flat_map(|entry| entry.numbers()).collect();
    assert_eq!(back, numbers);
    let many = Missing::of((0..5000).map(|index| index * 3));
    assert_eq!(many.len(), rtcp::MAX_MISSING);
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

fn any_feedback() -> impl Strategy<Value = Rtcp> {
    let ids = (any::<u32>(), any::<u32>());
    let missing =
        (any::<u16>(), any::<u16>()).prop_map(|(first, following)| Missing { first, following });
    let rate = (any::<u32>(), 0u64..1 << 17, 0u32..47, 0u16..512).prop_map(
        |(ssrc, mantissa, exponent, overhead_bytes)| RateEntry {
            ssrc,
            bits_per_second: mantissa << exponent,
            overhead_bytes,
        },
    );
    let fir = (any::<u32>(), any::<u8>()).prop_map(|(ssrc, sequence)| FirEntry { ssrc, sequence });
    let missing = proptest::collection::vec(missing, 0..=rtcp::MAX_MISSING);
    let rates = proptest::collection::vec(rate, 0..31);
    let firs = proptest::collection::vec(fir, 0..31);
    prop_oneof![
        ids.prop_map(|(sender, media)| Rtcp::PictureLoss { sender, media }),
        (any::<u32>(), firs)
            .prop_map(|(sender, entries)| Rtcp::FullIntraRequest { sender, entries }),
        (ids, missing).prop_map(|((sender, media), missing)| Rtcp::Nack {
            sender,
            media,
            missing
        }),
        (any::<u32>(), rates.clone())
            .prop_map(|(sender, entries)| Rtcp::RateRequest { sender, entries }),
        (any::<u32>(), rates)
            .prop_map(|(sender, entries)| Rtcp::RateNotification { sender, entries }),
    ]
}

proptest! {
    #[test]
    fn feedback_reads_as_written(packets in proptest::collection::vec(any_feedback(), 1..5)) {
        prop_assert_eq!(rtcp::parse(&to_bytes(&packets)).unwrap(), packets);
    }

    #[test]
    fn named_numbers_are_the_missing_ones(
        start in any::<u16>(),
        steps in proptest::collection::vec(1u16..40, 0..30),
    ) {
        let numbers: Vec<u16> = steps
            .iter()
            .scan(start, |number, step| {
                *number = number.wrapping_add(*step);
                Some(*number)
            })
            .collect();
        let missing = Missing::of(numbers.iter().copied());
        let back: Vec<u16> = missing.iter().flat_map(|entry| entry.numbers()).collect();
        prop_assert_eq!(back, numbers);
    }

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
