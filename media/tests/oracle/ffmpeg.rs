//! FFmpeg, by packets on this machine and a description beside them.

use std::fs;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use media::codec::VideoDecoder;
use media::pattern;
use media::payload::h263::{self, macroblocks};
use media::payload::mp4v::Configuration;
use media::payload::{EncodedFrame, Format, h264};
use media::rtp::RtpPacket;

use crate::Wire;
use crate::tools::{
    FRAMES, Folder, PICTURE_BYTES, assert_pattern, decode, encoding, our_packets, pictures_in,
    program, unpack, write_pattern,
};

/// Longer than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// FFmpeg started by a test; ended with it.
struct Running {
    child: Child,
    said: PathBuf,
}

impl Running {
    fn start(command: &mut Command, folder: &Folder) -> Running {
        let said = folder.file("said");
        let file = fs::File::create(&said).unwrap();
        command.stdin(Stdio::null()).stderr(file);
        let child = command.spawn().unwrap();
        Running { child, said }
    }

    /// What it complains of.
    fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// It receives our packets as the description says, and decodes them.
pub fn reads(wire: &Wire) {
    let folder = Folder::new(&format!("ffmpeg-reads-{}", wire.name));
    let port = free_port();
    let description = folder.file("stream.sdp");
    let parameters = match wire.parameters {
        "" => String::new(),
        parameters => format!("a=fmtp:{} {parameters}\r\n", wire.payload_type),
    };
    let text = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=video {port} RTP/AVP {number}\r\na=rtpmap:{number} {}/90000\r\n{parameters}",
        wire.encoding,
        number = wire.payload_type,
    );
    fs::write(&description, text).unwrap();
    let samples = folder.file("samples");
    let mut command = program("ffmpeg");
    command
        .args(["-v", "error", "-y", "-protocol_whitelist", "file,udp,rtp"])
        .args(["-analyzeduration", "700000", "-fpsprobesize", "0"])
        .args([
            "-reorder_queue_size",
            "0",
            "-flags",
            "low_delay",
            "-threads",
            "1",
            "-i",
        ])
        .arg(&description)
        .args(["-fps_mode", "passthrough", "-f", "rawvideo"])
        .args(["-pix_fmt", "yuv420p", "-flush_packets", "1"])
        .arg(&samples);
    let running = Running::start(&mut command, &folder);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(("127.0.0.1", port)).unwrap();
    wait_for_listener(&socket);
    let packets = our_packets(wire);
    for pair in packets.windows(2) {
        socket.send(&pair[0].to_bytes()).unwrap();
        if pair[0].marker {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    // FFmpeg holds one or two pictures back for the next. The last packet comes again and again, so
    // that it does not take the stream for dead.
    let last = packets.last().unwrap();
    let began = Instant::now();
    let wanted = (usize::from(FRAMES) - 2) * PICTURE_BYTES;
    let written = || fs::metadata(&samples).map_or(0, |file| file.len() as usize);
    while written() < wanted {
        assert!(
            began.elapsed() < PATIENCE,
            "{}: FFmpeg shows {} pictures: {}",
            wire.name,
            written() / PICTURE_BYTES,
            running.said()
        );
        let _ = socket.send(&last.to_bytes());
        std::thread::sleep(Duration::from_millis(20));
    }
    let pictures = pictures_in(&fs::read(&samples).unwrap());
    assert_pattern(wire.name, &pictures);
}

/// It encodes and packs the pattern, and we put it together.
pub fn is_read(wire: &Wire) {
    let frames = received(wire);
    let pictures = decode(wire, frames.iter().map(|frame| frame.data.as_slice()));
    assert_pattern(wire.name, &pictures);
}

/// A viewer that comes late finds a picture to begin with, though none stands alone.
pub fn is_seen_from_a_recovery_point(wire: &Wire) {
    let frames = received(wire);
    let late = frames.iter().skip(1).skip_while(|frame| !frame.keyframe);
    let mut decoder = VideoDecoder::new(wire.codec).unwrap();
    let mut counters = Vec::new();
    for frame in late {
        assert!(!h264::is_idr(&frame.data));
        if let Some(picture) = decoder.decode(&frame.data, frame.timestamp).unwrap() {
            counters.extend(pattern::read(&picture));
        }
    }
    // Ten pictures to the recovery point, ten until all is renewed.
    assert!(counters.len() >= 8 && counters.is_sorted(), "{counters:?}");
    assert_eq!(counters.last(), Some(&(FRAMES - 1)));
}

/// Each picture of H.263 that it makes is read to its last macroblock, which a single bit that was taken
/// for another would make impossible.
pub fn has_its_macroblocks_found(name: &str, options: &[&str]) {
    let folder = Folder::new(&format!("ffmpeg-macroblocks-{name}"));
    let stream = folder.file("stream.h263");
    let mut command = program("ffmpeg");
    command
        .args(["-v", "error", "-y", "-f", "lavfi", "-i"])
        .args(["testsrc2=s=352x288:r=15", "-t", "2", "-c:v", "h263"])
        .args(options)
        .args(["-b:v", "700k", "-f", "h263"])
        .arg(&stream);
    let mut running = Running::start(&mut command, &folder);
    assert!(
        running.child.wait().unwrap().success(),
        "{}",
        running.said()
    );
    let stream = fs::read(&stream).unwrap();
    let starts: Vec<usize> = (0..stream.len())
        .filter(|&at| matches!(stream[at..], [0, 0, third, ..] if third & 0xfc == 0x80))
        .collect();
    assert_eq!(starts.len(), 30);
    let mut out = Vec::new();
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(stream.len());
        let picture = &stream[start..end];
        let groups = picture
            .windows(3)
            .filter(|at| matches!(at, [0, 0, third] if third & 0x80 != 0 && third & 0x7c != 0));
        let headers = 1 + groups.count();
        let found = macroblocks(picture);
        assert_eq!(found.len(), 22 * 18 - headers, "{name}: picture {index}");
        out.clear();
        let packed = h263::Packetizer::new().packetize(picture, 1100, &mut out);
        assert_eq!(packed, Ok(()), "{name}: picture {index}");
    }
}

/// What it sends of the pattern.
fn received(wire: &Wire) -> Vec<EncodedFrame> {
    let folder = Folder::new(&format!("ffmpeg-sends-{}", wire.name));
    let (pattern, description) = (folder.file("pattern"), folder.file("stream.sdp"));
    write_pattern(&pattern);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silence = Duration::from_millis(100);
    socket.set_read_timeout(Some(silence)).unwrap();
    let port = socket.local_addr().unwrap().port();
    let mut command = program("ffmpeg");
    command
        .args(encoding(&pattern, wire))
        .args(["-payload_type", &wire.payload_type.to_string(), "-sdp_file"])
        .arg(&description)
        .args(wire.packetizer)
        .args(["-f", "rtp"])
        .arg(format!("rtp://127.0.0.1:{port}?rtcpport=9&pkt_size=700"));
    let mut running = Running::start(&mut command, &folder);
    let mut packets = Vec::new();
    let mut buffer = [0; 2048];
    let began = Instant::now();
    loop {
        match socket.recv(&mut buffer) {
            Ok(length) => packets.push(RtpPacket::parse(&buffer[..length]).unwrap()),
            // What it sent before it ended has come.
            Err(_) if running.child.try_wait().unwrap().is_some() => break,
            Err(_) => assert!(
                began.elapsed() < PATIENCE,
                "{}: no end: {}",
                wire.name,
                running.said()
            ),
        }
    }
    let text = fs::read_to_string(&description).unwrap();
    unpack(&with_configuration(wire, &text), &packets)
}

/// The format with what the description says where the stream does not.
fn with_configuration(wire: &Wire, description: &str) -> Format {
    let Format::Mp4v { .. } = wire.format else {
        return wire.format.clone();
    };
    let Some((_, config)) = description.split_once("config=") else {
        return wire.format.clone();
    };
    let digits = config
        .split(|end: char| !end.is_ascii_hexdigit())
        .next()
        .unwrap();
    Format::Mp4v {
        configuration: digits.parse::<Configuration>().unwrap().bytes,
    }
}

/// Until FFmpeg has its port: before, the system answers that nobody listens. An octet is no
/// packet to anybody.
fn wait_for_listener(socket: &UdpSocket) {
    let began = Instant::now();
    loop {
        let _ = socket.send(&[0]);
        std::thread::sleep(Duration::from_millis(10));
        if socket.take_error().unwrap().is_none() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "FFmpeg does not listen");
    }
}

/// An even port that is free, with the next one for RTCP.
fn free_port() -> u16 {
    let pair = (0..100).find_map(|_| {
        let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
        let port = socket.local_addr().ok()?.port();
        let is_free = port % 2 == 0 && UdpSocket::bind(("127.0.0.1", port + 1)).is_ok();
        is_free.then_some(port)
    });
    pair.expect("two free ports in a row")
}
