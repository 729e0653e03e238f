use media::picture::Rotation;
use media::rtp::RtpPacket;
use media::rtp::orientation::{extension, orientation};
use media::rtp::packet::Extension;
use proptest::prelude::*;

fn packet(profile: u16, data: &[u8]) -> RtpPacket {
    RtpPacket {
        extension: Some(Extension {
            profile,
            data: data.to_vec(),
        }),
        payload: vec![1],
        ..RtpPacket::default()
    }
}

/// R6.13.
#[test]
fn the_lowest_two_bits_are_quarters_clockwise() {
    for (octet, expected) in [
        (0x00, Rotation::None),
        (0x01, Rotation::Quarter),
        (0x0a, Rotation::Half),
        (0x07, Rotation::ThreeQuarters),
    ] {
        let packet = packet(0xbede, &[0x40, octet, 0, 0]);
        assert_eq!(orientation(&packet, 4), Some(expected), "{octet:02x}");
    }
}

#[test]
fn it_is_found_among_other_elements() {
    let data = [0x12, 1, 2, 3, 0x00, 0x40, 0x01, 0x00];
    assert_eq!(
        orientation(&packet(0xbede, &data), 4),
        Some(Rotation::Quarter)
    );
    assert_eq!(orientation(&packet(0xbede, &data), 2), None);
}

#[test]
fn nothing_is_said_by_other_forms_ends_and_lies() {
    for (profile, data) in [
        (0x1000, &[0x40, 1, 0, 0][..]),
        (0xbede, &[0xf0, 0, 0x40, 1]),
        (0xbede, &[0x4f, 1, 0, 0]),
        (0xbede, &[0x40]),
        (0xbede, &[]),
    ] {
        assert_eq!(orientation(&packet(profile, data), 4), None, "{data:02x?}");
    }
    assert_eq!(orientation(&RtpPacket::default(), 4), None);
}

proptest! {
    #[test]
    fn what_is_written_is_read(quarters in 0..4usize, id in 1..15u8) {
        let turns = [Rotation::None, Rotation::Quarter, Rotation::Half, Rotation::ThreeQuarters];
        let written = RtpPacket {
            extension: Some(extension(turns[quarters], id)),
            ..RtpPacket::default()
        };
        let read = RtpPacket::parse(&written.to_bytes()).unwrap();
        prop_assert_eq!(orientation(&read, id), Some(turns[quarters]));
    }

    #[test]
    fn no_data_makes_it_panic(data in prop::collection::vec(any::<u8>(), 0..40), id in any::<u8>()) {
        let _ = orientation(&packet(0xbede, &data), id);
    }
}
