//! H.264 by openh264: constrained baseline (ITU-T H.264 §A.2.1.1), parameter sets in front of each
//! IDR, slices that fit a packet.

use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig as Settings, FrameRate, FrameType,
    IntraFramePeriod, Level, Profile, RateControlMode, UsageType,
};
use openh264::formats::YUVSlices;
use openh264::{OpenH264API, Timestamp};
use openh264_sys2::{
    ENCODER_OPTION_BITRATE, ENCODER_OPTION_TRACE_LEVEL, SBitrateInfo, SPATIAL_LAYER_ALL,
    WELS_LOG_QUIET,
};

use super::clock::Clock;
use super::{CodecError, EncoderConfig, ForceKeyframe, VideoCodec};
use crate::payload::EncodedFrame;
use crate::picture::{Picture, Plane};

/// An H.264 encoder of one size.
pub struct H264Encoder {
    encoder: Encoder,
    /// Bits per second that the level and openh264's own limits were chosen for.
    highest_rate: u32,
    /// openh264 takes a new rate only after its first picture.
    started: bool,
    clock: Clock,
}

impl H264Encoder {
    pub fn new(config: &EncoderConfig) -> Result<Self, CodecError> {
        let slice_bytes = u32::try_from(config.max_slice_bytes)
            .ok()
            .filter(|bytes| (200..=65_000).contains(bytes))
            .ok_or_else(|| CodecError::Unsupported {
                codec: VideoCodec::H264,
                what: format!("in slices of {} bytes", config.max_slice_bytes),
            })?;
        let settings = Settings::new()
            .profile(Profile::Baseline)
            .level(level(config))
            .bitrate(BitRate::from_bps(config.bits_per_second))
            .max_frame_rate(FrameRate::from_hz(config.frames_per_second as f32))
            .rate_control_mode(RateControlMode::Bitrate)
            .usage_type(UsageType::CameraVideoRealTime)
            .complexity(Complexity::Low)
            .skip_frames(false)
            .scene_change_detect(false)
            .background_detection(false)
            .intra_frame_period(IntraFramePeriod::auto())
            .num_threads(1)
            .max_slice_len(slice_bytes);
        let mut encoder =
            Encoder::with_api_config(OpenH264API::from_source(), settings).map_err(failed)?;
        let mut quiet = WELS_LOG_QUIET;
        // SAFETY: the encoder exists, which is all that this option needs; it reads an integer,
        // which outlives the call. It keeps openh264 from writing to standard error.
        unsafe {
            let option = (&raw mut quiet).cast();
            encoder
                .raw_api()
                .set_option(ENCODER_OPTION_TRACE_LEVEL, option);
        }
        Ok(Self {
            encoder,
            highest_rate: config.bits_per_second,
            started: false,
            clock: Clock::default(),
        })
    }

    /// Takes effect with the next picture, which need not be a keyframe. Above the rate it
    /// was made for the encoder begins again, as the level may be another.
    pub fn set_rate(&mut self, config: &EncoderConfig) -> Result<(), CodecError> {
        if !self.started || config.bits_per_second > self.highest_rate {
            *self = Self::new(config)?;
            return Ok(());
        }
        let mut rate = SBitrateInfo {
            iLayer: SPATIAL_LAYER_ALL,
            iBitrate: config.bits_per_second.try_into().unwrap_or(i32::MAX),
        };
        // SAFETY: the encoder has encoded a picture, so it is initialised; the option reads an
        // SBitrateInfo, which outlives the call.
        let result = unsafe {
            self.encoder
                .raw_api()
                .set_option(ENCODER_OPTION_BITRATE, (&raw mut rate).cast())
        };
        if result == 0 {
            Ok(())
        } else {
            Err(failed(format!(
                "no rate of {} bit/s: {result}",
                rate.iBitrate
            )))
        }
    }

    pub fn encode(
        &mut self,
        picture: &Picture,
        timestamp: u32,
        force: ForceKeyframe,
    ) -> Result<Option<EncodedFrame>, CodecError> {
        // The first picture is an IDR without being asked, and before it there is nothing to ask.
        if self.started && force == ForceKeyframe::Yes {
            self.encoder.force_intra_frame();
        }
        let (width, height) = picture.plane_size(Plane::Y);
        let (chroma_width, _) = picture.plane_size(Plane::U);
        let source = YUVSlices::new(
            (
                picture.plane(Plane::Y),
                picture.plane(Plane::U),
                picture.plane(Plane::V),
            ),
            (width, height),
            (width, chroma_width, chroma_width),
        );
        let time = Timestamp::from_millis(self.clock.advance(timestamp) / 90);
        let stream = self.encoder.encode_at(&source, time).map_err(failed)?;
        self.started = true;
        let mut data = Vec::new();
        stream.write_vec(&mut data);
        if data.is_empty() {
            return Ok(None);
        }
        Ok(Some(EncodedFrame {
            data,
            timestamp,
            keyframe: stream.frame_type() == FrameType::IDR,
            macroblocks: Vec::new(),
        }))
    }
}

/// The lowest level that has the macroblocks, their rate and the bits (H.264 table A-1).
fn level(config: &EncoderConfig) -> Level {
    let blocks = config.width.div_ceil(16) * config.height.div_ceil(16);
    let blocks_per_second = blocks * config.frames_per_second;
    LEVELS
        .iter()
        .find(|limits| {
            blocks <= limits.blocks
                && blocks_per_second <= limits.blocks_per_second
                && config.bits_per_second <= limits.kilobits_per_second * 1000
        })
        .map_or(Level::Level_5_1, |limits| limits.level)
}

struct LevelLimits {
    level: Level,
    blocks: u32,
    blocks_per_second: u32,
    kilobits_per_second: u32,
}

const fn limits(
    level: Level,
    blocks: u32,
    blocks_per_second: u32,
    kilobits_per_second: u32,
) -> LevelLimits {
    LevelLimits {
        level,
        blocks,
        blocks_per_second,
        kilobits_per_second,
    }
}

/// Level 1.0 is left out: a peer that takes 1b is told 1b.
const LEVELS: [LevelLimits; 12] = [
    limits(Level::Level_1_B, 99, 1_485, 128),
    limits(Level::Level_1_1, 396, 3_000, 192),
    limits(Level::Level_1_2, 396, 6_000, 384),
    limits(Level::Level_1_3, 396, 11_880, 768),
    limits(Level::Level_2_0, 396, 11_880, 2_000),
    limits(Level::Level_2_1, 792, 19_800, 4_000),
    limits(Level::Level_2_2, 1_620, 20_250, 4_000),
    limits(Level::Level_3_0, 1_620, 40_500, 10_000),
    limits(Level::Level_3_1, 3_600, 108_000, 14_000),
    limits(Level::Level_3_2, 5_120, 216_000, 20_000),
    limits(Level::Level_4_0, 8_192, 245_760, 20_000),
    limits(Level::Level_4_2, 8_704, 522_240, 50_000),
];

fn failed(reason: impl std::fmt::Display) -> CodecError {
    CodecError::Encoder {
        codec: VideoCodec::H264,
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_the_lowest_that_suffices() {
        let cases = [
            ((176, 144, 15, 64_000), "Level_1_B"),
            ((176, 144, 30, 128_000), "Level_1_1"),
            ((352, 288, 15, 384_000), "Level_1_2"),
            ((640, 480, 30, 1_000_000), "Level_3_0"),
            ((1280, 720, 30, 2_000_000), "Level_3_1"),
        ];
        for ((width, height, frames_per_second, bits_per_second), expected) in cases {
            let config = EncoderConfig {
                codec: VideoCodec::H264,
                width,
                height,
                frames_per_second,
                bits_per_second,
                max_slice_bytes: 1100,
            };
            assert_eq!(format!("{:?}", level(&config)), expected, "of {config:?}");
        }
    }
}
