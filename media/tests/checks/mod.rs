//! What holds for whatever bytes a peer sends. The replayed corpora and the fuzz targets ask this.

use std::time::Instant;

use media::codec::{AudioDecoder, Rates};
use media::payload::amr::{self, Alignment, Band, ModeSet};
use media::payload::audio::AudioFormat;
use media::payload::h263::macroblocks;
use media::payload::h264::PacketizationMode;
use media::payload::h264::sequence_parameters::{SequenceParameters, is_recovery_point};
use media::payload::mp4v::Configuration;
use media::payload::telephone_event::Event;
use media::payload::{Depacketizer, EncodedFrame, Format, MAX_FRAME_BYTES, Packetizer};
use media::rtp::rtcp::{self, NtpTime};
use media::rtp::session::{Config, Input, Session};
use media::rtp::{RtpError, RtpPacket};

/// What was read reads the same after writing, and a session takes it.
pub fn rtp(bytes: &[u8]) {
    match RtpPacket::parse(bytes) {
        Ok(packet) => {
            assert!(packet.payload.len() <= bytes.len());
            assert_eq!(RtpPacket::parse(&packet.to_bytes()), Ok(packet));
        }
        Err(RtpError::Truncated { .. } | RtpError::Version(_) | RtpError::Padding { .. }) => {}
    }
    session(Input::Rtp(bytes.to_vec()));
}

/// What was read reads the same after writing, and a session takes it.
pub fn rtcp(bytes: &[u8]) {
    if let Ok(packets) = rtcp::parse(bytes) {
        // Texts that are not UTF-8 grow when they are made readable, and are cut at 255 octets
        // when written: from the second reading on nothing changes.
        let again = rtcp::parse(&rtcp::to_bytes(&packets)).expect("what was written");
        assert_eq!(again.len(), packets.len());
    }
    session(Input::Rtcp(bytes.to_vec()));
}

pub fn h263(bytes: &[u8]) {
    payloads(&Format::H263, bytes, Returns::Same);
    let found = macroblocks(bytes);
    assert!(found.is_sorted_by_key(|info| info.offset_bits));
    assert!(found.iter().all(|info| info.offset_bits < bytes.len() * 8));
}

pub fn h263plus(bytes: &[u8]) {
    payloads(&Format::H263Plus, bytes, Returns::Same);
}

pub fn h264(bytes: &[u8]) {
    let format = Format::H264 {
        mode: PacketizationMode::NonInterleaved,
        parameter_sets: Vec::new(),
    };
    payloads(&format, bytes, Returns::Picture);
    let _ = SequenceParameters::parse(bytes);
    let _ = is_recovery_point(bytes);
}

pub fn mp4v(bytes: &[u8]) {
    if let Ok(configuration) = Configuration::parse(bytes) {
        let again = configuration.to_string().parse();
        assert_eq!(again, Ok(configuration));
    }
    let format = Format::Mp4v {
        configuration: bytes.to_vec(),
    };
    payloads(&format, bytes, Returns::Same);
}

pub fn vp8(bytes: &[u8]) {
    payloads(&Format::Vp8, bytes, Returns::Same);
}

/// What sending on a received picture must give at the other end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Returns {
    /// The same octets.
    Same,
    /// Some picture or none: a NAL unit that holds a start code, which it must not, falls apart.
    Picture,
}

/// The input is a row of packets: a control octet, the payload's length in two octets, the
/// payload. The control octet has the marker (0x80), a missing packet before this one (0x40), a
/// repeated number (0x20) and by how many pictures the timestamp rises (0x03).
fn payloads(format: &Format, bytes: &[u8], returns: Returns) {
    let mut depacketizer = Depacketizer::new(format);
    let (mut sequence, mut timestamp) = (65_530u16, 0u32);
    let mut rest = bytes;
    while let Some((&[control, high, low], left)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([high, low])).min(left.len());
        let (payload, left) = left.split_at(length);
        rest = left;
        sequence = sequence.wrapping_add(u16::from(control & 0x40 != 0));
        timestamp += u32::from(control & 3) * 6000;
        let packet = RtpPacket {
            marker: control & 0x80 != 0,
            sequence,
            timestamp,
            payload: payload.to_vec(),
            ..RtpPacket::default()
        };
        sequence = sequence.wrapping_add(u16::from(control & 0x20 == 0));
        if let Ok(Some(frame)) = depacketizer.push(&packet) {
            assert!(frame.data.len() <= 2 * MAX_FRAME_BYTES);
            send_on(format, &frame, returns);
        }
        depacketizer.take_loss();
    }
}

fn send_on(format: &Format, frame: &EncodedFrame, returns: Returns) {
    let mut payloads = Vec::new();
    if Packetizer::new(format)
        .packetize(frame, 200, &mut payloads)
        .is_err()
    {
        assert!(payloads.is_empty());
        return;
    }
    assert!(payloads.iter().all(|payload| payload.bytes.len() <= 200));
    assert!(payloads.last().is_some_and(|payload| payload.marker));
    let mut depacketizer = Depacketizer::new(format);
    let mut returned = None;
    for (sequence, payload) in payloads.into_iter().enumerate() {
        let packet = RtpPacket {
            marker: payload.marker,
            sequence: sequence as u16,
            timestamp: frame.timestamp,
            payload: payload.bytes,
            ..RtpPacket::default()
        };
        returned = depacketizer.push(&packet).ok().flatten();
    }
    if returns == Returns::Same {
        let returned = returned.expect("the picture");
        assert!(returned.data == frame.data && returned.keyframe == frame.keyframe);
    }
}

fn session(input: Input) {
    let now = Instant::now();
    let mut session = Session::new(Config {
        accepted_payload_types: (0..128).collect(),
        payload_type: 34,
        cname: "abc".into(),
        seed: 0,
        pacing_bits_per_second: 64_000,
        clock_hz: media::rtp::VIDEO_CLOCK_HZ,
    });
    session.start(NtpTime(0), now);
    for _ in 0..3 {
        session.handle(input.clone(), now);
        while session.poll_output().is_some() {}
        if let Some(due) = session.poll_timeout() {
            session.handle_timeout(due);
        }
        while session.poll_output().is_some() {}
    }
}

/// AMR of either band and either alignment: what was read reads the same after writing.
pub fn amr(bytes: &[u8]) {
    for band in [Band::Narrow, Band::Wide] {
        for alignment in [Alignment::Octets, Alignment::BandwidthEfficient] {
            let config = amr::Config {
                band,
                alignment,
                modes: ModeSet::all(band),
                changes_every_other: false,
                changes_by_steps: false,
            };
            let Ok(packet) = amr::Packet::parse(bytes, &config) else {
                continue;
            };
            assert!(packet.frames.len() <= amr::MAX_FRAMES);
            let again = amr::Packet::parse(&packet.to_bytes(&config), &config);
            assert_eq!(again.as_ref(), Ok(&packet));
            let codec = AudioFormat::Amr(config).codec();
            let mut decoder =
                AudioDecoder::new(codec, Rates::between(codec, codec).decoded).expect("a decoder");
            let mut samples = Vec::new();
            for frame in &packet.frames {
                decoder.decode(frame, &mut samples).expect("a whole frame");
            }
        }
    }
}

/// What was read reads the same after writing, and keeps its time at any clock.
pub fn telephone_event(bytes: &[u8]) {
    if let Ok(event) = Event::parse(bytes) {
        assert_eq!(Event::parse(&event.to_bytes()), Ok(event));
        let (at_48000, begun) = event.at_clock(8000, 48_000);
        assert_eq!(
            begun + u32::from(at_48000.duration),
            u32::from(event.duration) * 6
        );
    }
}
