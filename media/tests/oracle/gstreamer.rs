//! GStreamer, by files: a row of packets, each behind its length in two octets (RFC 4571 §2).

use std::fs;

use media::rtp::RtpPacket;

use crate::Wire;
use crate::tools::{
    Folder, assert_pattern, decode, encoding, our_packets, program, run, unpack, write_pattern,
};

/// Its depacketizer takes our packets, and writes each picture into a file.
pub fn reads(wire: &Wire) {
    let folder = Folder::new(&format!("gstreamer-reads-{}", wire.name));
    let mut row = Vec::new();
    for packet in our_packets(wire) {
        let bytes = packet.to_bytes();
        row.extend((bytes.len() as u16).to_be_bytes());
        row.extend(bytes);
    }
    fs::write(folder.file("packets"), row).unwrap();
    let source = folder.file("packets");
    let pictures = folder.file("picture-%05d");
    launch(&format!(
        "filesrc location={} ! application/x-rtp-stream,media=video,clock-rate=90000,\
         payload={},encoding-name={} ! rtpstreamdepay ! {} ! multifilesink async=false sync=false location={}",
        source.display(),
        wire.payload_type,
        wire.encoding,
        wire.depay,
        pictures.display(),
    ));
    let frames: Vec<Vec<u8>> = folder
        .files("picture-")
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect();
    let pictures = decode(wire, frames.iter().map(Vec::as_slice));
    assert_pattern(wire.name, &pictures);
}

/// Its packetizer cuts pictures that FFmpeg encoded, and we put them together.
pub fn is_read(wire: &Wire) {
    let folder = Folder::new(&format!("gstreamer-sends-{}", wire.name));
    let (pattern, coded) = (folder.file("pattern"), folder.file("coded"));
    write_pattern(&pattern);
    let coded = coded.with_extension(wire.container);
    run(program("ffmpeg").args(encoding(&pattern, wire)).arg(&coded));
    let packets = folder.file("packets");
    launch(&format!(
        "filesrc location={} ! {} mtu=700 pt={} ! rtpstreampay ! filesink location={}",
        coded.display(),
        wire.pay,
        wire.payload_type,
        packets.display(),
    ));
    let packets = row_of(&fs::read(packets).unwrap());
    let frames = unpack(&wire.format, &packets);
    let pictures = decode(wire, frames.iter().map(|frame| frame.data.as_slice()));
    assert_pattern(wire.name, &pictures);
}

pub fn launch(pipeline: &str) {
    let mut command = program("gst-launch-1.0");
    run(command.arg("--quiet").args(pipeline.split_whitespace()));
}

pub fn row_of(mut rest: &[u8]) -> Vec<RtpPacket> {
    let mut packets = Vec::new();
    while let Some((length, left)) = rest.split_first_chunk::<2>() {
        let (packet, left) = left.split_at(usize::from(u16::from_be_bytes(*length)));
        packets.push(RtpPacket::parse(packet).unwrap());
        rest = left;
    }
    packets
}
