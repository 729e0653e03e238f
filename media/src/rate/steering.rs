//! How our encoder follows a rate without beginning its stream anew at every step.
//!
//! A keyframe of QCIF takes half a second of a slow bearer, which is the last thing a congested
//! one needs. The encoders of H.263 and MPEG-4 divide their rate among a fixed number of pictures a second:
//! fewer pictures are fewer bits, at the same quality, and nothing begins anew. That of H.264
//! changes its rate in the stream, so its pictures become poorer first. That of VP8 takes an
//! uneven row of pictures for a changing frame rate, so it keeps them all.

use crate::codec::{EncoderConfig, VideoCodec};

/// Below this, motion is no longer seen as motion.
const FEWEST_FRAMES_PER_SECOND: u32 = 5;

/// H.264 keeps its frame rate down to this share of its rate, in per cent.
const POORER_PICTURES_PER_CENT: u64 = 60;

/// What an encoder is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steering {
    /// What the encoder is told; it may differ from what is sent, as it counts pictures.
    pub encoder_bits_per_second: u32,
    /// How many pictures a second it is given.
    pub frames_per_second: u32,
}

/// How an encoder that was opened as `agreed` sends `bits_per_second` instead.
pub fn steer(agreed: &EncoderConfig, bits_per_second: u32) -> Steering {
    let wanted = bits_per_second.min(agreed.bits_per_second);
    let fewest = FEWEST_FRAMES_PER_SECOND.min(agreed.frames_per_second);
    let frames = |per: u64| {
        let share = u64::from(agreed.frames_per_second) * u64::from(wanted) * 100;
        let frames = share / (u64::from(agreed.bits_per_second.max(1)) * per);
        u32::try_from(frames)
            .unwrap_or(u32::MAX)
            .clamp(fewest, agreed.frames_per_second)
    };
    // What the encoder divides among all the pictures that it was opened for.
    let spread = |frames_per_second: u32| {
        let all = u64::from(wanted) * u64::from(agreed.frames_per_second);
        let each = all / u64::from(frames_per_second.max(1));
        u32::try_from(each).unwrap_or(u32::MAX)
    };
    match agreed.codec {
        VideoCodec::H263 | VideoCodec::H263Plus | VideoCodec::Mpeg4 => {
            let frames_per_second = frames(100);
            // With the fewest pictures each must become poorer.
            let encoder_bits_per_second = if frames_per_second > fewest {
                agreed.bits_per_second
            } else {
                spread(fewest).min(agreed.bits_per_second)
            };
            Steering {
                encoder_bits_per_second,
                frames_per_second,
            }
        }
        VideoCodec::H264 => {
            let frames_per_second = frames(POORER_PICTURES_PER_CENT);
            Steering {
                encoder_bits_per_second: spread(frames_per_second),
                frames_per_second,
            }
        }
        VideoCodec::Vp8 => Steering {
            encoder_bits_per_second: wanted,
            frames_per_second: agreed.frames_per_second,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(codec: VideoCodec) -> EncoderConfig {
        EncoderConfig {
            codec,
            width: 176,
            height: 144,
            frames_per_second: 15,
            bits_per_second: 60_000,
            max_slice_bytes: 1100,
        }
    }

    #[test]
    fn h263_is_given_fewer_pictures() {
        for (wanted, encoder, frames) in [
            (100_000, 60_000, 15),
            (60_000, 60_000, 15),
            (40_000, 60_000, 10),
            (20_000, 60_000, 5),
            (10_000, 30_000, 5),
        ] {
            let expected = Steering {
                encoder_bits_per_second: encoder,
                frames_per_second: frames,
            };
            assert_eq!(steer(&agreed(VideoCodec::H263), wanted), expected);
        }
    }

    #[test]
    fn h264_makes_poorer_pictures_first_and_then_fewer() {
        for (wanted, encoder, frames) in [
            (60_000, 60_000, 15),
            (36_000, 36_000, 15),
            (24_000, 36_000, 10),
            (6_000, 18_000, 5),
        ] {
            let expected = Steering {
                encoder_bits_per_second: encoder,
                frames_per_second: frames,
            };
            assert_eq!(steer(&agreed(VideoCodec::H264), wanted), expected);
        }
    }

    #[test]
    fn vp8_keeps_all_its_pictures() {
        let expected = Steering {
            encoder_bits_per_second: 20_000,
            frames_per_second: 15,
        };
        assert_eq!(steer(&agreed(VideoCodec::Vp8), 20_000), expected);
    }
}
