//! Codecs: pictures and sound become elementary streams and the reverse.
//!
//! This folder is the only place with C: FFmpeg (H.263, H.263+, MPEG-4, VP8, decoding of H.264),
//! openh264 (encoding of H.264), and in `audio/` libopus, opencore-amr and vo-amrwbenc. What a peer
//! sends is decoded on the calling thread; damaged data is an error here and never more than that.

mod audio;
mod clock;
mod ffmpeg;
mod h263;
mod h264_encoder;
mod video;

pub use audio::{
    AudioCodec, AudioDecoder, AudioEncoder, AudioError, FRAME_MS, MAX_PACKET_MS, Rates,
};
pub use video::{VideoDecoder, VideoEncoder, mpeg4_configuration};

use thiserror::Error;

/// The largest picture that is decoded, in luma samples: full HD, as macroblocks round it up.
/// Beyond that one hostile keyframe of a few bytes could claim gigabytes and seconds.
pub const MAX_DECODED_PIXELS: u32 = 1920 * 1088;

/// The video codecs of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// H.263 without optional modes: RTP payload type 34, and profile 0 of H263-2000.
    H263,
    /// H.263 with the extended picture header (version 2 and later), as H263-1998 names it.
    H263Plus,
    /// H.264 in Annex B form; encoded in the constrained baseline profile.
    H264,
    /// MPEG-4 Visual, simple profile, its configuration in band (MP4V-ES).
    Mpeg4,
    Vp8,
}

impl VideoCodec {
    pub const ALL: [VideoCodec; 5] = [
        VideoCodec::H263,
        VideoCodec::H263Plus,
        VideoCodec::H264,
        VideoCodec::Mpeg4,
        VideoCodec::Vp8,
    ];
}

impl std::fmt::Display for VideoCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            VideoCodec::H263 => "H.263",
            VideoCodec::H263Plus => "H.263+",
            VideoCodec::H264 => "H.264",
            VideoCodec::Mpeg4 => "MPEG-4",
            VideoCodec::Vp8 => "VP8",
        })
    }
}

/// What an encoder makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncoderConfig {
    pub codec: VideoCodec,
    /// Pixels; even. H.263 knows 128x96, 176x144, 352x288 and 704x576 only, H.263+ multiples of 4.
    pub width: u32,
    pub height: u32,
    /// The highest frame rate, 1 to 60. The bits of a second are divided among that many frames.
    pub frames_per_second: u32,
    /// The bit rate that is held, payload headers not included.
    pub bits_per_second: u32,
    /// H.264: no slice is longer, so that one fits a packet whole. Other codecs ignore it.
    pub max_slice_bytes: usize,
}

/// Whether the next picture must be decodable by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForceKeyframe {
    Yes,
    No,
}

/// Who erred when a picture did not become another form of itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodecError {
    /// The sender's data is not a picture of that codec. A keyframe heals it.
    #[error("a damaged {codec} picture: {reason}")]
    Damaged { codec: VideoCodec, reason: String },
    /// The sender's picture builds on one that was never seen. A keyframe heals it.
    #[error("a {0} picture without the keyframe that it builds on")]
    NeedsKeyframe(VideoCodec),
    /// The sender's picture is larger than [`MAX_DECODED_PIXELS`].
    #[error("a {codec} picture of {width}x{height} is too large to decode")]
    TooLarge {
        codec: VideoCodec,
        width: u32,
        height: u32,
    },
    /// The sender's samples are not 8-bit 4:2:0.
    #[error("{0} with samples other than 8-bit 4:2:0")]
    Samples(VideoCodec),
    /// The caller wants a size, rate or frame rate that the codec does not have.
    #[error("{codec} cannot be encoded {what}")]
    Unsupported { codec: VideoCodec, what: String },
    /// The caller's picture has not the encoder's size.
    #[error("a picture of {found_width}x{found_height} for an encoder of {width}x{height}")]
    OtherSize {
        width: u32,
        height: u32,
        found_width: u32,
        found_height: u32,
    },
    /// This machine's FFmpeg was built without the codec.
    #[error("{0} is missing in the installed FFmpeg")]
    Missing(VideoCodec),
    /// The encoder failed, which is nobody's fault outside.
    #[error("the {codec} encoder failed: {reason}")]
    Encoder { codec: VideoCodec, reason: String },
}

impl CodecError {
    /// Whether the sender can mend this with a keyframe.
    pub fn wants_keyframe(&self) -> bool {
        match self {
            CodecError::Damaged { .. } | CodecError::NeedsKeyframe(_) => true,
            CodecError::TooLarge { .. }
            | CodecError::Samples(_)
            | CodecError::Unsupported { .. }
            | CodecError::OtherSize { .. }
            | CodecError::Missing(_)
            | CodecError::Encoder { .. } => false,
        }
    }
}

impl EncoderConfig {
    /// Checks what no codec can do, so that each encoder need not.
    fn check(&self) -> Result<(), CodecError> {
        let unsupported = |what: String| CodecError::Unsupported {
            codec: self.codec,
            what,
        };
        let (width, height) = (self.width, self.height);
        if !width.is_multiple_of(2) || !height.is_multiple_of(2) {
            return Err(unsupported(format!("with an odd side: {width}x{height}")));
        }
        let pixels = u64::from(width) * u64::from(height);
        if width < 16 || height < 16 || pixels > u64::from(MAX_DECODED_PIXELS) {
            return Err(unsupported(format!("at {width}x{height}")));
        }
        if !(1..=60).contains(&self.frames_per_second) {
            return Err(unsupported(format!(
                "at {} frames a second",
                self.frames_per_second
            )));
        }
        check_rate(self.codec, self.bits_per_second)
    }
}

/// Below the least rate no codec makes a picture, above the most our arithmetic is not tried.
fn check_rate(codec: VideoCodec, bits_per_second: u32) -> Result<(), CodecError> {
    if (8_000..=50_000_000).contains(&bits_per_second) {
        return Ok(());
    }
    Err(CodecError::Unsupported {
        codec,
        what: format!("at {bits_per_second} bit/s"),
    })
}
