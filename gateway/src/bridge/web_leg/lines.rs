//! The lines of a browser's leg: what it is offered and answered on each (RFC 8829 §5).

use media::payload::h264::PacketizationMode;
use sip::sdp;
use str0m::format::{Codec, CodecConfig, FormatParams};
use str0m::media::{Frequency, Pt};

/// A codec on the browser's leg. Every browser has VP8; H.264 is constrained baseline, the only
/// profile that browsers and handsets share (RFC 7742 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebCodec {
    Vp8,
    H264 {
        mode: PacketizationMode,
        /// `profile-level-id` as in RFC 6184 §8.1, 24 bits.
        profile_level_id: u32,
    },
}

/// An audio codec on the browser's leg. Every browser has all three (RFC 7874 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebAudio {
    Opus,
    Pcmu,
    Pcma,
}

impl WebAudio {
    pub const ALL: [WebAudio; 3] = [WebAudio::Opus, WebAudio::Pcmu, WebAudio::Pcma];

    /// The clock of keys beside it (RFC 4733 §2.1).
    pub fn keys_clock_hz(self) -> u32 {
        match self {
            WebAudio::Opus => 48_000,
            WebAudio::Pcmu | WebAudio::Pcma => 8000,
        }
    }
}

/// What the far end can show at most; told to the browser, so that it sends no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLimit {
    pub width: u16,
    pub height: u16,
    pub frames_per_second: u8,
    pub bits_per_second: u32,
}

/// Our answer to a browser's video line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoLine {
    pub codec: WebCodec,
    /// Our own.
    pub direction: sdp::Direction,
    pub limit: Option<PictureLimit>,
}

/// Our answer to a browser's audio line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioLine {
    pub codec: WebAudio,
    /// Our own.
    pub direction: sdp::Direction,
}

/// Our offer of video to a browser, the preferred codec first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoOffer {
    pub codecs: Vec<WebCodec>,
    /// Our own.
    pub direction: sdp::Direction,
}

/// Our offer of audio to a browser, the preferred codec first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioOffer {
    pub codecs: Vec<WebAudio>,
    /// Our own.
    pub direction: sdp::Direction,
}

/// Our own direction on each line; `None` of one that there is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Directions {
    pub video: Option<sdp::Direction>,
    pub audio: Option<sdp::Direction>,
}

/// Payload types of our own offers; in answers the browser's numbers are kept.
const FIRST_VIDEO: u8 = 96;
const OPUS: u8 = 111;
const PCMU: u8 = 0;
const PCMA: u8 = 8;
const EVENTS_48000: u8 = 110;
const EVENTS_8000: u8 = 126;

/// Makes these codecs known to the session, the preferred first.
///
/// Of audio all are known: a line of it may be added inside the call, and a session learns nothing
/// later. What a line is not to have is left out of its descriptions.
pub(super) fn configure(config: &mut CodecConfig, video: &[WebCodec], preferred: &[WebAudio]) {
    let others = WebAudio::ALL.iter().filter(|of| !preferred.contains(of));
    let audio: Vec<WebAudio> = preferred.iter().chain(others).copied().collect();
    for (index, codec) in video.iter().enumerate() {
        let number = FIRST_VIDEO + 2 * index as u8;
        let (payload_type, resend) = (Pt::from(number), Some(Pt::from(number + 1)));
        match codec {
            WebCodec::Vp8 => config.add_config(
                payload_type,
                resend,
                Codec::Vp8,
                Frequency::NINETY_KHZ,
                None,
                FormatParams::default(),
            ),
            WebCodec::H264 {
                mode,
                profile_level_id,
            } => config.add_h264(
                payload_type,
                resend,
                *mode == PacketizationMode::NonInterleaved,
                *profile_level_id,
            ),
        }
    }
    for codec in &audio {
        let opus = FormatParams {
            min_p_time: Some(10),
            use_inband_fec: Some(true),
            ..FormatParams::default()
        };
        let (number, known, clock, channels, format) = match codec {
            WebAudio::Opus => (OPUS, Codec::Opus, Frequency::FORTY_EIGHT_KHZ, Some(2), opus),
            WebAudio::Pcmu => (
                PCMU,
                Codec::PCMU,
                Frequency::EIGHT_KHZ,
                None,
                FormatParams::default(),
            ),
            WebAudio::Pcma => (
                PCMA,
                Codec::PCMA,
                Frequency::EIGHT_KHZ,
                None,
                FormatParams::default(),
            ),
        };
        config.add_config(number.into(), None, known, clock, channels, format);
    }
    // Keys that are pressed, by the clock of the audio beside them (RFC 4733 §2.1).
    let is_opus = |codec: &WebAudio| *codec == WebAudio::Opus;
    if audio.iter().any(is_opus) {
        add_events(config, EVENTS_48000, Frequency::FORTY_EIGHT_KHZ);
    }
    if !audio.iter().all(is_opus) {
        add_events(config, EVENTS_8000, Frequency::EIGHT_KHZ);
    }
}

fn add_events(config: &mut CodecConfig, number: u8, clock: Frequency) {
    let format = FormatParams::default();
    config.add_config(number.into(), None, Codec::Tele, clock, None, format);
}
