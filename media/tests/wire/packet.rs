use media::rtp::packet::{Extension, is_rtcp};
use media::rtp::{RtpError, RtpPacket};
use proptest::prelude::*;

fn check(wire: &[u8], expected: Result<RtpPacket, RtpError>) {
    assert_eq!(RtpPacket::parse(wire), expected, "{wire:02x?}");
}

fn plain(payload: &[u8]) -> RtpPacket {
    RtpPacket {
        payload_type: 34,
        marker: true,
        sequence: 0x0102,
        timestamp: 0x0304_0506,
        ssrc: 0x0708_090a,
        payload: payload.to_vec(),
        ..RtpPacket::default()
    }
}

const HEADER: [u8; 12] = [0x80, 0xa2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

fn wire(first: u8, rest: &[u8]) -> Vec<u8> {
    let mut wire = HEADER.to_vec();
    wire[0] = first;
    wire.extend_from_slice(rest);
    wire
}

#[test]
fn every_part_of_the_header_is_read() {
    check(&wire(0x80, &[0xaa]), Ok(plain(&[0xaa])));
    check(&HEADER, Ok(plain(&[])));
    let sources = RtpPacket {
        contributing: vec![11, 12],
        ..plain(&[1])
    };
    check(&wire(0x82, &[0, 0, 0, 11, 0, 0, 0, 12, 1]), Ok(sources));
    let extension = Extension {
        profile: 0xbede,
        data: vec![0x10, 0x01, 0, 0],
    };
    let extended = RtpPacket {
        extension: Some(extension),
        ..plain(&[9])
    };
    check(
        &wire(0x90, &[0xbe, 0xde, 0, 1, 0x10, 0x01, 0, 0, 9]),
        Ok(extended),
    );
    check(&wire(0xa0, &[5, 0, 0, 3]), Ok(plain(&[5])));
    check(&wire(0xa0, &[0, 2]), Ok(plain(&[])));
}

#[test]
fn counts_that_do_not_fit_are_refused() {
    check(&[], Err(RtpError::Truncated { bytes: 0 }));
    check(&HEADER[..11], Err(RtpError::Truncated { bytes: 11 }));
    check(&wire(0x40, &[]), Err(RtpError::Version(1)));
    check(
        &wire(0x8f, &[0; 59]),
        Err(RtpError::Truncated { bytes: 71 }),
    );
    check(
        &wire(0x90, &[0xbe, 0xde, 0xff, 0xff, 1]),
        Err(RtpError::Truncated { bytes: 17 }),
    );
    check(&wire(0xa0, &[]), Err(RtpError::Padding { padding: 0 }));
    check(&wire(0xa0, &[1, 0]), Err(RtpError::Padding { padding: 0 }));
    check(&wire(0xa0, &[1, 3]), Err(RtpError::Padding { padding: 3 }));
}

#[test]
fn rtcp_is_told_from_rtp_by_its_second_octet() {
    assert!(is_rtcp(&[0x80, 200]) && is_rtcp(&[0x81, 206]));
    assert!(!is_rtcp(&[0x80, 34]) && !is_rtcp(&[0x80, 0x80 | 96]) && !is_rtcp(&[0x80]));
}

fn packet() -> impl Strategy<Value = RtpPacket> {
    let extension = (
        any::<u16>(),
        proptest::collection::vec(any::<[u8; 4]>(), 0..6),
    )
        .prop_map(|(profile, words)| Extension {
            profile,
            data: words.concat(),
        });
    let numbers = (
        0u8..128,
        any::<bool>(),
        any::<u16>(),
        any::<u32>(),
        any::<u32>(),
    );
    let sources = proptest::collection::vec(any::<u32>(), 0..=15);
    let payload = proptest::collection::vec(any::<u8>(), 0..50);
    (numbers, sources, proptest::option::of(extension), payload).prop_map(
        |((payload_type, marker, sequence, timestamp, ssrc), contributing, extension, payload)| {
            RtpPacket {
                payload_type,
                marker,
                sequence,
                timestamp,
                ssrc,
                contributing,
                extension,
                payload,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(packet in packet()) {
        prop_assert_eq!(RtpPacket::parse(&packet.to_bytes()), Ok(packet));
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = RtpPacket::parse(&bytes);
    }
}
