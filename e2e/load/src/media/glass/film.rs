//! What cameras give, by what their peers take.

use ::media::codec::VideoCodec;
use ::media::payload::Format;
use ::media::payload::h264::PacketizationMode;

use crate::media::browser::WebCodec;
use crate::media::sdp::PlainCodec;

pub const PICTURES_PER_SECOND: u32 = 15;

/// Codec, size and rate of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Film {
    pub codec: VideoCodec,
    plus: bool,
    pub size: (u32, u32),
    pub bits_per_second: u32,
}

impl Film {
    /// A browser's: what a camera gives where pictures are made anew, and what the handset bears where
    /// they pass as they are.
    pub fn of_browser(web: WebCodec, plain: PlainCodec) -> Film {
        let (size, bits_per_second) = match (web, plain) {
            (WebCodec::H264, PlainCodec::H264) => BROAD,
            (WebCodec::H264, PlainCodec::H263 | PlainCodec::H263Plus) | (WebCodec::Vp8, _) => {
                ((640, 480), 500_000)
            }
        };
        Film {
            codec: match web {
                WebCodec::H264 => VideoCodec::H264,
                WebCodec::Vp8 => VideoCodec::Vp8,
            },
            plus: false,
            size,
            bits_per_second,
        }
    }

    pub fn of_handset(plain: PlainCodec) -> Film {
        let (size, bits_per_second) = match plain {
            PlainCodec::H264 => BROAD,
            PlainCodec::H263 | PlainCodec::H263Plus => ((176, 144), 100_000),
        };
        Film {
            codec: match plain {
                PlainCodec::H264 => VideoCodec::H264,
                // Without annexes its pictures are those of the older one.
                PlainCodec::H263 | PlainCodec::H263Plus => VideoCodec::H263,
            },
            plus: plain == PlainCodec::H263Plus,
            size,
            bits_per_second,
        }
    }

    /// How it travels in RTP.
    pub fn format(self) -> Format {
        match self.codec {
            VideoCodec::H263 if !self.plus => Format::H263,
            VideoCodec::H263 | VideoCodec::H263Plus => Format::H263Plus,
            VideoCodec::H264 => Format::H264 {
                mode: PacketizationMode::NonInterleaved,
                parameter_sets: Vec::new(),
            },
            VideoCodec::Mpeg4 => Format::Mp4v {
                configuration: Vec::new(),
            },
            VideoCodec::Vp8 => Format::Vp8,
        }
    }
}

/// A handset with H.264.
const BROAD: ((u32, u32), u32) = ((320, 240), 250_000);
