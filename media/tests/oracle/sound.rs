//! AMR and AMR-WB, octet-aligned, which is what other programs speak: not a bit of a frame changes.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

use media::codec::{AudioCodec, AudioEncoder, Rates};
use media::payload::amr::{self, Alignment, Band, ModeSet};
use media::payload::audio::{AudioDepacketizer, AudioFormat, packetize};
use media::rtp::RtpPacket;
use media::tone::Tone;

use crate::gstreamer::{launch, row_of};
use crate::tools::{Folder, program, run};

/// A second and a half.
const FRAMES: usize = 75;

struct Sound {
    name: &'static str,
    codec: AudioCodec,
    band: Band,
    /// The first line of a file (RFC 4867 §5.1).
    magic: &'static str,
}

const NARROW: Sound = Sound {
    name: "AMR",
    codec: AudioCodec::Amr,
    band: Band::Narrow,
    magic: "#!AMR\n",
};
const WIDE: Sound = Sound {
    name: "AMR-WB",
    codec: AudioCodec::AmrWb,
    band: Band::Wide,
    magic: "#!AMR-WB\n",
};

impl Sound {
    fn format(&self) -> AudioFormat {
        AudioFormat::Amr(amr::Config {
            band: self.band,
            alignment: Alignment::Octets,
            modes: ModeSet::all(self.band),
            changes_every_other: false,
            changes_by_steps: false,
        })
    }

    /// A tone in every mode of the band.
    fn frames(&self) -> Vec<Vec<u8>> {
        let rate = Rates::between(self.codec, self.codec).decoded;
        let mut encoder = AudioEncoder::new(self.codec, rate).unwrap();
        let mut tone = Tone::new(440.0, 8000, rate);
        (0..FRAMES)
            .map(|index| {
                encoder.set_mode((index / 5) as u8 % (self.band.top_mode() + 1));
                encoder.encode(&tone.samples(rate as usize / 50)).unwrap()
            })
            .collect()
    }

    fn write(&self, path: &Path) {
        let storage = [self.magic.as_bytes(), &self.frames().concat()].concat();
        fs::write(path, storage).unwrap();
    }

    fn unpack(&self, packets: &[RtpPacket]) -> Vec<Vec<u8>> {
        let mut depacketizer = AudioDepacketizer::new(self.format());
        let frames = packets
            .iter()
            .flat_map(|packet| depacketizer.push(packet).unwrap());
        frames.map(|frame| frame.data).collect()
    }

    fn clock_hz(&self) -> u32 {
        self.codec.clock_hz()
    }
}

fn gstreamer_reads(sound: &Sound) {
    let folder = Folder::new(&format!("gstreamer-hears-{}", sound.name));
    let mut row = Vec::new();
    for (frame, index) in sound.frames().into_iter().zip(0..) {
        let packet = RtpPacket {
            payload_type: 97,
            sequence: index,
            timestamp: u32::from(index) * sound.band.frame_ticks(),
            ssrc: 7,
            marker: index == 0,
            payload: packetize(sound.format(), frame, false).bytes,
            ..RtpPacket::default()
        };
        let bytes = packet.to_bytes();
        row.extend((bytes.len() as u16).to_be_bytes());
        row.extend(bytes);
    }
    let (packets, heard) = (folder.file("packets"), folder.file("heard"));
    fs::write(&packets, row).unwrap();
    launch(&format!(
        "filesrc location={} ! application/x-rtp-stream,media=audio,clock-rate={},payload=97,\
         encoding-name={},encoding-params=(string)1,octet-align=(string)1 ! rtpstreamdepay ! \
         rtpamrdepay ! filesink async=false sync=false location={}",
        packets.display(),
        sound.clock_hz(),
        sound.name,
        heard.display(),
    ));
    assert!(
        fs::read(heard).unwrap() == sound.frames().concat(),
        "{}",
        sound.name
    );
}

fn gstreamer_is_read(sound: &Sound) {
    let folder = Folder::new(&format!("gstreamer-speaks-{}", sound.name));
    let (file, packets) = (folder.file("sound"), folder.file("packets"));
    sound.write(&file);
    launch(&format!(
        "filesrc location={} ! amrparse ! rtpamrpay pt=97 ! rtpstreampay ! filesink location={}",
        file.display(),
        packets.display(),
    ));
    let packets = row_of(&fs::read(packets).unwrap());
    assert!(sound.unpack(&packets) == sound.frames(), "{}", sound.name);
}

fn ffmpeg_is_read(sound: &Sound) {
    let folder = Folder::new(&format!("ffmpeg-speaks-{}", sound.name));
    let file = folder.file("sound.amr");
    sound.write(&file);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let to = format!("rtp://127.0.0.1:{}", socket.local_addr().unwrap().port());
    // All at once: the socket's buffer holds a second of sound many times over.
    run(program("ffmpeg")
        .args(["-v", "error", "-f", "amr", "-i"])
        .arg(&file)
        .args(["-c", "copy", "-f", "rtp", &to]));
    let mut packets = Vec::new();
    let mut buffer = [0; 2048];
    while let Ok(length) = socket.recv(&mut buffer) {
        packets.push(RtpPacket::parse(&buffer[..length]).unwrap());
    }
    let frames = sound.unpack(&packets);
    let (count, several) = (frames.len(), packets.len() < frames.len());
    // At its end it drops the packet that is not full yet.
    assert!(count >= FRAMES / 2 && several, "{}: {count}", sound.name);
    assert!(sound.frames().starts_with(&frames), "{}", sound.name);
}

/// R6.10.
#[test]
fn gstreamer_reads_the_amr_that_we_pack() {
    gstreamer_reads(&NARROW);
    gstreamer_reads(&WIDE);
}

#[test]
fn we_read_the_amr_that_gstreamer_packs() {
    gstreamer_is_read(&NARROW);
    gstreamer_is_read(&WIDE);
}

#[test]
fn we_read_the_amr_that_ffmpeg_packs() {
    ffmpeg_is_read(&NARROW);
    ffmpeg_is_read(&WIDE);
}
