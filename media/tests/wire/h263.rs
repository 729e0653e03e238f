use media::codec::{EncoderConfig, ForceKeyframe, VideoCodec, VideoEncoder};
use media::payload::h263::{Depacketizer, MbInfo, Packetizer, PictureHeader, macroblocks};
use media::payload::{self, Format, PacketizeError, Payload, PayloadError};
use media::picture::{Picture, Plane};
use media::rtp::RtpPacket;
use proptest::prelude::*;

use crate::network::{packets, receive, timestamps_with_hole};

/// A QCIF picture header: TR 1, then what PTYPE says, then some bits.
const INTRA: [u8; 6] = [0x00, 0x00, 0x80, 0x06, 0x08, 0x12];
const INTER: [u8; 6] = [0x00, 0x00, 0x80, 0x06, 0x0a, 0x12];
/// Where a group of blocks begins, byte by byte.
const GROUP: [u8; 3] = [0x00, 0x00, 0x84];

/// A picture of groups of the given sizes, filled with octets that hold no start code.
pub fn picture(header: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut picture = Vec::new();
    for (index, &size) in sizes.iter().enumerate() {
        let start = if index == 0 { header } else { &GROUP };
        picture.extend_from_slice(start);
        picture.resize(picture.len() + size - start.len(), 0x55);
    }
    picture
}

/// The picture's payloads as "header octets:size of the data".
fn check(frame: &[u8], macroblocks: &[MbInfo], max: usize, expected: &[&str]) {
    let mut out = Vec::new();
    Packetizer::new()
        .packetize_with(frame, macroblocks, max, &mut out)
        .unwrap();
    let shown: Vec<String> = out.iter().map(show).collect();
    assert_eq!(shown, expected);
    assert!(out.iter().all(|payload| payload.bytes.len() <= max));
    let mut depacketizer = payload::Depacketizer::new(&Format::H263);
    let (frames, loss) = receive(&mut depacketizer, &packets(&out, 65_535, 1));
    assert_eq!(frames[0].data, frame);
    assert!(frames.len() == 1 && !loss);
}

fn show(payload: &Payload) -> String {
    let header = if payload.bytes[0] & 0x80 == 0 { 4 } else { 8 };
    let hex: String = payload.bytes[..header]
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let marker = if payload.marker { " end" } else { "" };
    format!("{hex}:{}{marker}", payload.bytes.len() - header)
}

#[test]
fn the_picture_header_is_read() {
    let header = PictureHeader::parse(&INTRA).unwrap();
    assert_eq!((header.temporal_reference, header.source_format), (1, 2));
    assert!(header.intra && !header.pb_frames && !header.unrestricted_vectors);
    assert!(!PictureHeader::parse(&INTER).unwrap().intra);
    assert_eq!(PictureHeader::parse(&GROUP), None);
    assert_eq!(PictureHeader::parse(&INTRA[..4]), None);
}

/// R6.7.
#[test]
fn a_picture_that_fits_is_one_packet_in_mode_a() {
    check(
        &picture(&INTRA, &[100, 50]),
        &[],
        1200,
        &["00400000:150 end"],
    );
    check(&picture(&INTER, &[20]), &[], 1200, &["00500000:20 end"]);
}

#[test]
fn a_larger_picture_is_cut_at_the_last_group_that_fits() {
    check(
        &picture(&INTRA, &[90, 50, 60, 150]),
        &[],
        204,
        &["00400000:200", "00400000:150 end"],
    );
}

#[test]
fn a_group_that_does_not_fit_and_has_no_macroblocks_is_refused() {
    let mut out = vec![];
    let frame = picture(&INTRA, &[90, 500]);
    let refused = Packetizer::new().packetize(&frame, 204, &mut out);
    assert_eq!(
        refused,
        Err(PacketizeError::GroupTooLarge {
            bytes: 500,
            max: 200
        })
    );
    assert!(out.is_empty());
}

#[test]
fn a_group_that_does_not_fit_is_cut_inside_an_octet_at_a_macroblock() {
    let info = |offset_bits, macroblock| MbInfo {
        offset_bits,
        quantizer: 9,
        group: 1,
        macroblock,
        horizontal_1: -1,
        vertical_1: 2,
        horizontal_2: 0,
        vertical_2: 0,
    };
    let frame = picture(&INTER, &[90, 250, 40]);
    check(
        &frame,
        &[info(1003, 3), info(2003, 7)],
        212,
        &[
            "00500000:90",
            // The group up to bit 2003: five bits of the last octet are not ours.
            "05500000:161",
            // From bit 2003: three bits of the first octet are not ours.
            // QUANT 9, GOBN 1, MBA 7; inter; vectors -1, 2.
            "9849081c8fe08000:130 end",
        ],
    );
}

#[test]
fn what_rfc_2190_cannot_carry_is_refused() {
    let refuse = |frame: &[u8], max| Packetizer::new().packetize(frame, max, &mut Vec::new());
    assert_eq!(refuse(&[1, 2, 3], 1200), Err(PacketizeError::NoStartCode));
    assert_eq!(
        refuse(&INTRA, 8),
        Err(PacketizeError::PacketTooSmall { max: 8 })
    );
    let extended = [0x00, 0x00, 0x80, 0x06, 0x1c, 0x12, 0, 0, 0];
    assert!(matches!(
        refuse(&extended, 1200),
        Err(PacketizeError::Unsupported(_))
    ));
}

/// R6.7.
#[test]
fn mode_c_is_received() {
    let mut depacketizer = Depacketizer::new();
    let mut payload = vec![0xc0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    payload.extend_from_slice(&INTRA);
    let packet = RtpPacket {
        marker: true,
        payload,
        ..RtpPacket::default()
    };
    assert_eq!(depacketizer.push(&packet).unwrap().unwrap().data, INTRA);
}

#[test]
fn a_payload_shorter_than_its_header_is_an_error_and_a_loss() {
    let mut depacketizer = Depacketizer::new();
    let first = RtpPacket {
        payload: [&[0, 0x40, 0, 0][..], &INTRA].concat(),
        ..RtpPacket::default()
    };
    assert_eq!(depacketizer.push(&first), Ok(None));
    let short = RtpPacket {
        sequence: 1,
        marker: true,
        payload: vec![0x80, 1],
        ..first
    };
    assert_eq!(
        depacketizer.push(&short),
        Err(PayloadError::Truncated { bytes: 2 })
    );
    assert!(depacketizer.take_loss() && !depacketizer.take_loss());
}

#[test]
fn a_picture_without_marker_ends_with_the_next_ones_timestamp() {
    let mut depacketizer = Depacketizer::new();
    let payload = [&[0, 0x40, 0, 0][..], &INTRA].concat();
    let first = RtpPacket {
        payload,
        ..RtpPacket::default()
    };
    let second = RtpPacket {
        sequence: 1,
        timestamp: 6000,
        marker: true,
        ..first.clone()
    };
    let third = RtpPacket {
        sequence: 2,
        timestamp: 12_000,
        ..first.clone()
    };
    assert_eq!(depacketizer.push(&first), Ok(None));
    assert_eq!(depacketizer.push(&second).unwrap().unwrap().timestamp, 0);
    assert_eq!(depacketizer.push(&third).unwrap().unwrap().timestamp, 6000);
    assert!(!depacketizer.take_loss());
}

#[test]
fn an_endless_picture_is_given_up() {
    let mut depacketizer = Depacketizer::new();
    let payload = [&[0, 0x40, 0, 0][..], &INTRA, &[0x55; 60_000]].concat();
    let results: Vec<_> = (0..20)
        .map(|sequence| RtpPacket {
            sequence,
            payload: payload.clone(),
            ..RtpPacket::default()
        })
        .map(|packet| depacketizer.push(&packet))
        .collect();
    assert_eq!(results[17], Err(PayloadError::FrameTooLarge));
    assert!(results[18..].iter().all(|result| *result == Ok(None)));
    assert!(depacketizer.take_loss());
}

#[test]
fn an_empty_packets_number_is_no_hole() {
    let mut depacketizer = Depacketizer::new();
    let payload = [&[0, 0x40, 0, 0][..], &INTRA].concat();
    let first = RtpPacket {
        payload,
        ..RtpPacket::default()
    };
    let last = RtpPacket {
        sequence: 2,
        marker: true,
        payload: vec![0, 0x40, 0, 0, 0x55],
        ..first.clone()
    };
    assert_eq!(depacketizer.push(&first), Ok(None));
    depacketizer.skip(1);
    assert!(depacketizer.push(&last).unwrap().is_some());
    assert!(!depacketizer.take_loss());
}

#[test]
fn rows_of_our_encoder_that_do_not_fit_are_cut_at_macroblocks_and_come_back() {
    let config = EncoderConfig {
        codec: VideoCodec::H263,
        width: 176,
        height: 144,
        frames_per_second: 15,
        bits_per_second: 600_000,
        max_slice_bytes: 300,
    };
    let mut encoder = VideoEncoder::new(config).unwrap();
    let mut packetizer = payload::Packetizer::new(&Format::H263);
    let mut depacketizer = payload::Depacketizer::new(&Format::H263);
    let (mut sequence, mut inside_rows) = (0u16, 0);
    for count in 0..10u32 {
        let picture = noise(count);
        let frame = encoder
            .encode(&picture, count * 6000, ForceKeyframe::No)
            .unwrap()
            .unwrap();
        let mut out = Vec::new();
        packetizer.packetize(&frame, 300, &mut out).unwrap();
        let mode_b = out.iter().filter(|payload| payload.bytes[0] & 0xc0 == 0x80);
        inside_rows += mode_b.count();
        let packets = packets(&out, sequence, frame.timestamp);
        sequence += packets.len() as u16;
        let (frames, loss) = receive(&mut depacketizer, &packets);
        assert!(frames.len() == 1 && frames[0].data == frame.data && !loss);
    }
    assert!(inside_rows > 10, "{inside_rows}");
}

/// FFmpeg says of some macroblocks where they begin; we find all of them, and those alike.
#[test]
fn the_macroblocks_of_a_picture_are_found_where_its_encoder_says_that_they_are() {
    for (bits_per_second, size) in [
        (60_000, (176, 144)),
        (600_000, (176, 144)),
        (900_000, (352, 288)),
    ] {
        let mut encoder = VideoEncoder::new(EncoderConfig {
            codec: VideoCodec::H263,
            width: size.0,
            height: size.1,
            frames_per_second: 15,
            bits_per_second,
            max_slice_bytes: 1100,
        })
        .unwrap();
        let (mut told, mut vectors) = (0, 0);
        for count in 0..12u32 {
            let picture = noise_of(size, count * 2);
            let frame = encoder.encode(&picture, count * 6000, ForceKeyframe::No);
            let frame = frame.unwrap().unwrap();
            let found = macroblocks(&frame.data);
            let (rows, columns) = (size.1 as usize / 16, size.0 as usize / 16);
            assert_eq!(found.len(), rows * columns - rows, "picture {count}");
            for info in &frame.macroblocks {
                if info.macroblock == 0 {
                    continue; // behind a group's header, where mode A begins
                }
                assert!(found.contains(info), "picture {count}: {info:?}");
                told += 1;
                vectors += usize::from((info.horizontal_1, info.vertical_1) != (0, 0));
            }
        }
        assert!(told > 50, "{told} told");
        assert!(vectors > 5, "{vectors} with vectors");
    }
}

#[test]
fn rows_of_other_encoders_that_do_not_fit_are_cut_at_macroblocks_and_come_back() {
    let config = EncoderConfig {
        codec: VideoCodec::H263,
        width: 352,
        height: 288,
        frames_per_second: 15,
        bits_per_second: 2_000_000,
        max_slice_bytes: 1100,
    };
    let mut encoder = VideoEncoder::new(config).unwrap();
    let mut inside_rows = 0;
    for count in 0..6u32 {
        let picture = noise_of((352, 288), count);
        let frame = encoder.encode(&picture, count * 6000, ForceKeyframe::No);
        let frame = frame.unwrap().unwrap();
        let mut out = Vec::new();
        // As it comes from a peer: nobody says where its macroblocks are.
        Packetizer::new()
            .packetize(&frame.data, 400, &mut out)
            .unwrap();
        assert!(out.iter().all(|payload| payload.bytes.len() <= 400));
        let mode_b = out.iter().filter(|payload| payload.bytes[0] & 0xc0 == 0x80);
        inside_rows += mode_b.count();
        let mut depacketizer = payload::Depacketizer::new(&Format::H263);
        let (frames, loss) = receive(&mut depacketizer, &packets(&out, 9, 1));
        assert!(frames.len() == 1 && frames[0].data == frame.data && !loss);
    }
    assert!(inside_rows > 20, "{inside_rows}");
}

#[test]
fn a_picture_that_is_not_understood_to_its_end_has_no_macroblocks() {
    assert_eq!(macroblocks(&picture(&INTRA, &[90, 500])), []);
    assert_eq!(macroblocks(&[]), []);
    assert_eq!(macroblocks(&vec![0; 1 << 16]), []);
    let mut zeros = INTRA.to_vec();
    zeros.resize(1 << 16, 0);
    assert_eq!(macroblocks(&zeros), []);
}

fn noise(count: u32) -> Picture {
    noise_of((176, 144), count)
}

/// Squares of chance brightness that drift to the lower right.
fn noise_of((width, height): (u32, u32), count: u32) -> Picture {
    let mut picture = Picture::black(width, height).unwrap();
    let luma = picture.plane_mut(Plane::Y);
    for (at, sample) in luma.iter_mut().enumerate() {
        let at = at as u32;
        let (x, y) = (at % width + width - count, at / width + height - count);
        let mixed = (x / 4 * 7919 + y / 4 * 104_729).wrapping_mul(2_654_435_761);
        *sample = 16 + (mixed >> 24) as u8 % 200;
    }
    picture
}

proptest! {
    #[test]
    fn any_picture_comes_back(
        sizes in proptest::collection::vec(8usize..180, 1..18),
        max in 200usize..1400,
    ) {
        let frame = picture(&INTRA, &sizes);
        let mut out = Vec::new();
        Packetizer::new().packetize(&frame, max, &mut out).unwrap();
        prop_assert!(out.iter().all(|payload| payload.bytes.len() <= max));
        let mut depacketizer = payload::Depacketizer::new(&Format::H263);
        let (frames, loss) = receive(&mut depacketizer, &packets(&out, 9, 1));
        prop_assert!(frames.len() == 1 && frames[0].data == frame && frames[0].keyframe && !loss);
    }

    #[test]
    fn any_cut_inside_octets_comes_back(
        size in 100usize..1500,
        mut offsets in proptest::collection::vec(60usize..12_000, 60..200),
        max in 150usize..300,
    ) {
        let frame = picture(&INTER, &[size]);
        offsets.sort_unstable();
        offsets.dedup();
        let infos: Vec<MbInfo> = offsets
            .into_iter()
            .map(|offset_bits| MbInfo { offset_bits, ..MbInfo::default() })
            .collect();
        let mut out = Vec::new();
        if Packetizer::new().packetize_with(&frame, &infos, max, &mut out).is_ok() {
            prop_assert!(out.iter().all(|payload| payload.bytes.len() <= max));
            let mut depacketizer = payload::Depacketizer::new(&Format::H263);
            let (frames, loss) = receive(&mut depacketizer, &packets(&out, 9, 1));
            prop_assert!(frames.len() == 1 && frames[0].data == frame && !loss);
        }
    }

    #[test]
    fn no_octets_make_the_search_for_macroblocks_panic(
        octets in proptest::collection::vec(any::<u8>(), 0..400),
        source_format in 1u8..6,
        inter in any::<bool>(),
    ) {
        let mut frame = vec![0, 0, 0x80, 0x06, source_format << 2 | u8::from(inter) << 1];
        frame.extend(octets);
        let found = macroblocks(&frame);
        prop_assert!(found.iter().all(|info| info.offset_bits < frame.len() * 8));
        prop_assert!(found.is_sorted_by_key(|info| info.offset_bits));
    }

    #[test]
    fn a_hole_costs_one_picture(lost in (0usize..3, 0usize..3)) {
        prop_assume!(lost != (0, 0));
        let mut out = Vec::new();
        Packetizer::new().packetize(&picture(&INTRA, &[150, 150, 150]), 200, &mut out).unwrap();
        let depacketizer = payload::Depacketizer::new(&Format::H263);
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
