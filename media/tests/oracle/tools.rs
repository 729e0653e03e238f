//! The pattern as streams and files, and the programs that work on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use media::codec::{EncoderConfig, ForceKeyframe, VideoDecoder, VideoEncoder};
use media::pattern;
use media::payload::{Depacketizer, EncodedFrame, Format, Packetizer};
use media::picture::Picture;
use media::rtp::RtpPacket;

use crate::Wire;

pub const WIDTH: u32 = 176;
pub const HEIGHT: u32 = 144;
/// Bytes of a picture of that size.
pub const PICTURE_BYTES: usize = (WIDTH * HEIGHT * 3 / 2) as usize;
/// Two seconds of pictures.
pub const FRAMES: u16 = 30;
/// Small enough that each picture that stands alone takes several packets.
const MAX_PAYLOAD_BYTES: usize = 700;
const TICKS: u32 = 6000;

/// A folder of a test's own, which is gone when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("sidecam-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The files whose names begin so, in their order.
    pub fn files(&self, prefix: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let wanted = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(prefix)
        };
        let mut found: Vec<PathBuf> = entries.filter(wanted).collect();
        found.sort();
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program of the set-up. A test without it fails: it is never passed over.
pub fn program(name: &str) -> Command {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).any(|folder| folder.join(name).is_file());
    assert!(found, "{name} is not installed: run `cargo xtask setup`");
    Command::new(name)
}

/// Runs it to its end.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{said}");
    output
}

pub fn draw(counter: u16) -> Picture {
    pattern::draw(counter, "", WIDTH, HEIGHT).unwrap()
}

/// The pattern as a file of samples, for other encoders.
pub fn write_pattern(path: &Path) {
    let pictures = (0..FRAMES).flat_map(|counter| draw(counter).as_i420().to_vec());
    fs::write(path, pictures.collect::<Vec<u8>>()).unwrap();
}

/// FFmpeg's arguments for the pattern from its file, encoded as the format wants.
pub fn encoding(pattern: &Path, wire: &Wire) -> Vec<String> {
    let size = format!("{WIDTH}x{HEIGHT}");
    let mut arguments: Vec<String> = ["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p"]
        .into_iter()
        .chain([
            "-s",
            &size,
            "-r",
            "15",
            "-i",
            &pattern.to_string_lossy(),
            "-c:v",
        ])
        .map(str::to_owned)
        .collect();
    arguments.extend(wire.encoder.iter().map(|word| (*word).to_owned()));
    let rate = ["-b:v", "200k", "-g", "10", "-bf", "0"];
    arguments.extend(rate.map(str::to_owned));
    arguments
}

/// The pattern as our packets.
pub fn our_packets(wire: &Wire) -> Vec<RtpPacket> {
    let mut encoder = VideoEncoder::new(EncoderConfig {
        codec: wire.codec,
        width: WIDTH,
        height: HEIGHT,
        frames_per_second: 15,
        bits_per_second: 128_000,
        max_slice_bytes: 600,
    })
    .unwrap();
    let mut packetizer = Packetizer::new(&wire.format);
    let mut packets = Vec::new();
    for counter in 0..FRAMES {
        let force = match counter % 10 {
            0 => ForceKeyframe::Yes,
            _ => ForceKeyframe::No,
        };
        let timestamp = u32::from(counter) * TICKS;
        let Some(frame) = encoder.encode(&draw(counter), timestamp, force).unwrap() else {
            continue;
        };
        let mut payloads = Vec::new();
        let packed = packetizer.packetize(&frame, MAX_PAYLOAD_BYTES, &mut payloads);
        packed.unwrap();
        for payload in payloads {
            packets.push(RtpPacket {
                payload_type: wire.payload_type,
                marker: payload.marker,
                sequence: packets.len() as u16,
                timestamp,
                ssrc: 0x5eed_ca11,
                payload: payload.bytes,
                ..RtpPacket::default()
            });
        }
    }
    assert!(
        packets.len() > usize::from(FRAMES),
        "pictures of several packets"
    );
    packets
}

/// The pictures in somebody's packets.
pub fn unpack(format: &Format, packets: &[RtpPacket]) -> Vec<EncodedFrame> {
    let mut depacketizer = Depacketizer::new(format);
    let pushed = packets
        .iter()
        .map(|packet| depacketizer.push(packet).unwrap());
    let frames: Vec<EncodedFrame> = pushed.flatten().collect();
    assert!(!depacketizer.take_loss(), "nothing was lost on the way");
    frames
}

pub fn decode<'a>(wire: &Wire, frames: impl Iterator<Item = &'a [u8]>) -> Vec<Picture> {
    let mut decoder = VideoDecoder::new(wire.codec).unwrap();
    let decoded = frames.map(|data| decoder.decode(data, 0).unwrap());
    decoded.flatten().collect()
}

/// Samples as FFmpeg writes them.
pub fn pictures_in(samples: &[u8]) -> Vec<Picture> {
    let pictures = samples.chunks_exact(PICTURE_BYTES);
    let read = pictures.map(|samples| Picture::from_i420(WIDTH, HEIGHT, samples.to_vec()).unwrap());
    read.collect()
}

/// All pictures of the pattern came, in their order and well to be recognised. An encoder or
/// decoder may leave out one or two.
pub fn assert_pattern(name: &str, pictures: &[Picture]) {
    let scores: Vec<_> = pictures
        .iter()
        .filter_map(|picture| pattern::score(picture, WIDTH, HEIGHT))
        .collect();
    let counters: Vec<u16> = scores.iter().map(|score| score.counter).collect();
    assert!(counters.is_sorted(), "{name}: {counters:?}");
    let right = counters.len();
    assert!(right + 2 >= usize::from(FRAMES), "{name}: {counters:?}");
    let mean = scores.iter().map(|score| score.psnr_db).sum::<f64>() / right as f64;
    assert!(mean > 27.0, "{name}: {mean:.1} dB");
}
