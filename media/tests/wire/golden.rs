//! Packets that FFmpeg sent, against the stream that it wrote in the same run (`tests/data`).

use media::payload::h264::{NalKind, PacketizationMode, annex_b};
use media::payload::{Depacketizer, EncodedFrame, Format};
use media::rtp::RtpPacket;

const H264: Format = Format::H264 {
    mode: PacketizationMode::NonInterleaved,
    parameter_sets: Vec::new(),
};

/// Which pictures are intra pictures.
const EVERY_FOURTH: [bool; 6] = [true, false, false, false, true, false];

fn data(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn recorded(name: &str) -> Vec<RtpPacket> {
    let bytes = data(name);
    let mut rest = &bytes[..];
    let mut packets = Vec::new();
    while let Some((length, left)) = rest.split_first_chunk::<2>() {
        let (packet, left) = left.split_at(usize::from(u16::from_be_bytes(*length)));
        packets.push(RtpPacket::parse(packet).unwrap());
        rest = left;
    }
    packets
}

fn pictures(format: &Format, name: &str) -> Vec<EncodedFrame> {
    let mut depacketizer = Depacketizer::new(format);
    let taken = recorded(name)
        .into_iter()
        .map(|packet| depacketizer.push(&packet).unwrap());
    let pictures: Vec<EncodedFrame> = taken.flatten().collect();
    assert!(!depacketizer.take_loss());
    pictures
}

/// Without additional information: in mode 0 the encoder's long text did not fit a packet.
fn coded(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    annex_b::split(stream).filter(|nal| NalKind::of(nal) != Some(NalKind::Other(6)))
}

fn slices(picture: &EncodedFrame) -> impl Iterator<Item = &[u8]> {
    let nals = annex_b::split(&picture.data);
    nals.filter(|nal| NalKind::of(nal).is_some_and(NalKind::is_slice))
}

fn check(format: &Format, packets: &str, stream: &str, expected_keyframes: &[bool]) {
    let pictures = pictures(format, packets);
    let keyframes: Vec<bool> = pictures.iter().map(|picture| picture.keyframe).collect();
    assert_eq!(keyframes, expected_keyframes);
    let mut steps = pictures
        .windows(2)
        .map(|pair| pair[1].timestamp.wrapping_sub(pair[0].timestamp));
    assert!(steps.all(|step| step == 6000));
    let joined: Vec<u8> = pictures
        .into_iter()
        .flat_map(|picture| picture.data)
        .collect();
    assert!(joined == data(stream), "{packets} differs from {stream}");
}

#[test]
fn h263_cut_at_groups_of_blocks_comes_back_bit_for_bit() {
    check(
        &Format::H263,
        "h263-rfc2190-groups.rtp",
        "h263-rfc2190-groups.h263",
        &EVERY_FOURTH,
    );
}

#[test]
fn h263_cut_inside_bytes_at_macroblocks_comes_back_bit_for_bit() {
    let inside_bytes =
        |packet: &RtpPacket| packet.payload[0] >> 7 == 1 && packet.payload[0] & 0x38 != 0;
    assert!(
        recorded("h263-rfc2190-macroblocks.rtp")
            .iter()
            .any(inside_bytes)
    );
    check(
        &Format::H263,
        "h263-rfc2190-macroblocks.rtp",
        "h263-rfc2190-macroblocks.h263",
        &[true; 3],
    );
}

#[test]
fn h263_1998_comes_back_bit_for_bit() {
    check(
        &Format::H263Plus,
        "h263-1998.rtp",
        "h263-1998.h263",
        &EVERY_FOURTH,
    );
}

#[test]
fn h263_1998_under_payload_type_34_is_recognised() {
    check(
        &Format::H263,
        "h263-1998.rtp",
        "h263-1998.h263",
        &EVERY_FOURTH,
    );
}

#[test]
fn h264_in_both_packetization_modes_comes_back_nal_unit_for_nal_unit() {
    for name in ["h264-mode0", "h264-mode1"] {
        let pictures = pictures(&H264, &format!("{name}.rtp"));
        assert_eq!(pictures.len(), 6, "{name}");
        assert!(pictures[0].keyframe && pictures[4].keyframe, "{name}");
        let joined: Vec<u8> = pictures
            .into_iter()
            .flat_map(|picture| picture.data)
            .collect();
        let stream = data(&format!("{name}.h264"));
        assert!(coded(&joined).eq(coded(&stream)), "{name}");
    }
}

#[test]
fn vp8_comes_back_picture_for_picture() {
    let pictures = pictures(&Format::Vp8, "vp8.rtp");
    let stream = data("vp8.ivf");
    let mut rest = &stream[32..];
    for picture in &pictures {
        let length = u32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]) as usize;
        assert!(picture.data == rest[12..12 + length]);
        rest = &rest[12 + length..];
    }
    assert!(rest.is_empty() && pictures[0].keyframe);
}

#[test]
fn a_missing_packet_costs_its_picture_and_no_other() {
    let formats = [
        (Format::H263, "h263-rfc2190-groups.rtp"),
        (Format::H263, "h263-rfc2190-macroblocks.rtp"),
        (Format::H263Plus, "h263-1998.rtp"),
        (H264, "h264-mode1.rtp"),
        (H264, "h264-mode0.rtp"),
        (Format::Vp8, "vp8.rtp"),
    ];
    for (format, name) in formats {
        let whole = pictures(&format, name);
        let packets = recorded(name);
        // The very first packet's loss cannot be seen: nothing came before it.
        for lost in 1..packets.len() - 1 {
            let mut depacketizer = Depacketizer::new(&format);
            let arriving = packets
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != lost);
            let taken = arriving.filter_map(|(_, packet)| depacketizer.push(packet).unwrap());
            let got: Vec<EncodedFrame> = taken.collect();
            let spoilt = packets[lost].timestamp;
            let expected: Vec<_> = whole
                .iter()
                .filter(|picture| picture.timestamp != spoilt)
                .collect();
            assert!(depacketizer.take_loss(), "{name} without packet {lost}");
            let others = got.iter().filter(|picture| picture.timestamp != spoilt);
            assert!(others.eq(expected), "{name} without packet {lost}");
            // What is left of the picture is shown only if it lost no more than parameter sets.
            let left = got.iter().find(|picture| picture.timestamp == spoilt);
            let before = whole
                .iter()
                .find(|picture| picture.timestamp == spoilt)
                .unwrap();
            let same = |left: &EncodedFrame| slices(left).eq(slices(before));
            assert!(left.is_none_or(same), "{name} without packet {lost}");
        }
    }
}
