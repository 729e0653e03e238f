use media::payload::vp8::{Depacketizer, Descriptor, FrameHeader, Layer, Packetizer, PictureId};
use media::payload::{self, Format, PacketizeError, PayloadError};
use media::rtp::RtpPacket;
use proptest::prelude::*;

use crate::network::{packets, receive, timestamps_with_hole};

/// Both ways: the descriptor is these octets, and the octets are this descriptor.
fn check(descriptor: Descriptor, wire: &[u8]) {
    let mut written = Vec::new();
    descriptor.write(&mut written);
    assert_eq!(written, wire);
    let payload = [wire, &[0xaa]].concat();
    assert_eq!(Descriptor::parse(&payload), Ok((descriptor, &[0xaa][..])));
}

fn picture(key: bool, size: usize) -> Vec<u8> {
    let mut picture = vec![0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x41];
    picture.resize(size.max(10), 0x55);
    picture[0] |= u8::from(!key);
    picture
}

#[test]
fn every_field_of_the_descriptor_is_read_and_written() {
    let plain = Descriptor::default();
    check(plain, &[0x00]);
    check(
        Descriptor {
            non_reference: true,
            partition_start: true,
            partition: 5,
            ..plain
        },
        &[0x35],
    );
    check(
        Descriptor {
            picture_id: Some(PictureId::Short(0x11)),
            ..plain
        },
        &[0x80, 0x80, 0x11],
    );
    check(
        Descriptor {
            picture_id: Some(PictureId::Long(0x1234)),
            ..plain
        },
        &[0x80, 0x80, 0x92, 0x34],
    );
    check(
        Descriptor {
            base_layer_index: Some(9),
            ..plain
        },
        &[0x80, 0x40, 9],
    );
    let layer = Some(Layer {
        id: 2,
        base_only: true,
    });
    check(Descriptor { layer, ..plain }, &[0x80, 0x20, 0xa0]);
    check(
        Descriptor {
            key_index: Some(31),
            ..plain
        },
        &[0x80, 0x10, 0x1f],
    );
    let all = Descriptor {
        partition_start: true,
        picture_id: Some(PictureId::Long(0x7fff)),
        base_layer_index: Some(1),
        layer,
        key_index: Some(3),
        ..plain
    };
    check(all, &[0x90, 0xf0, 0xff, 0xff, 1, 0xa3]);
}

#[test]
fn a_payload_that_ends_inside_its_descriptor_is_an_error() {
    for wire in [
        &[][..],
        &[0x80],
        &[0x80, 0x80],
        &[0x80, 0x80, 0x92],
        &[0x80, 0xf0, 0x11, 1],
    ] {
        let truncated = PayloadError::Truncated { bytes: wire.len() };
        assert_eq!(Descriptor::parse(wire), Err(truncated), "{wire:02x?}");
    }
}

#[test]
fn keyframes_tell_their_size() {
    let key = FrameHeader::parse(&picture(true, 50));
    assert_eq!(
        key,
        Some(FrameHeader::Key {
            width: 640,
            height: 480
        })
    );
    assert_eq!(
        FrameHeader::parse(&picture(false, 50)),
        Some(FrameHeader::Inter)
    );
    assert_eq!(FrameHeader::parse(&[0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    assert_eq!(FrameHeader::parse(&[0x11, 0]), None);
}

#[test]
fn a_picture_is_cut_into_even_packets_with_a_picture_number() {
    let mut packetizer = Packetizer::new();
    let mut out = Vec::new();
    packetizer
        .packetize(&picture(true, 250), 104, &mut out)
        .unwrap();
    packetizer
        .packetize(&picture(false, 10), 104, &mut out)
        .unwrap();
    let heads: Vec<(&[u8], usize, bool)> = out
        .iter()
        .map(|payload| (&payload.bytes[..4], payload.bytes.len() - 4, payload.marker))
        .collect();
    let expected = [
        (&[0x90, 0x80, 0x80, 0][..], 84, false),
        (&[0x80, 0x80, 0x80, 0], 84, false),
        (&[0x80, 0x80, 0x80, 0], 82, true),
        (&[0x90, 0x80, 0x80, 1], 10, true),
    ];
    assert_eq!(heads, expected);
    assert_eq!(
        packetizer.packetize(&[], 100, &mut out),
        Err(PacketizeError::NoStartCode)
    );
    let small = packetizer.packetize(&[1], 4, &mut out);
    assert_eq!(small, Err(PacketizeError::PacketTooSmall { max: 4 }));
}

proptest! {
    #[test]
    fn any_picture_comes_back(size in 10usize..5000, max in 5usize..1400, key: bool) {
        let frame = picture(key, size);
        let mut out = Vec::new();
        Packetizer::new().packetize(&frame, max, &mut out).unwrap();
        prop_assert!(out.iter().all(|payload| payload.bytes.len() <= max));
        let mut depacketizer = payload::Depacketizer::new(&Format::Vp8);
        let (frames, loss) = receive(&mut depacketizer, &packets(&out, 65_000, 1));
        prop_assert!(frames.len() == 1 && frames[0].data == frame && !loss);
        prop_assert_eq!(frames[0].keyframe, key);
    }

    #[test]
    fn a_hole_costs_one_picture(lost in (0usize..3, 0usize..3)) {
        prop_assume!(lost != (0, 0));
        let mut out = Vec::new();
        Packetizer::new().packetize(&picture(false, 250), 104, &mut out).unwrap();
        let depacketizer = payload::Depacketizer::new(&Format::Vp8);
        let pictures = [out.clone(), out.clone(), out];
        let (timestamps, loss) = timestamps_with_hole(depacketizer, &pictures, lost);
        let whole: Vec<u32> =
            (0..3).filter(|index| *index != lost.0).map(|index| index as u32 * 6000).collect();
        prop_assert_eq!(timestamps, whole);
        prop_assert!(loss || lost == (2, 2));
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
