//! H.264 in a description (RFC 6184 §8).

use media::payload::h264::profile_level_id::Level;
use sip::sdp::PayloadType;

use super::H264_ENCODING;
use crate::bridge::web_leg::PictureLimit;

/// Baseline level 1b as Video Share handsets write it (R1.18, R6.8).
pub(super) fn h264_payload_type(number: u8, mode: &str) -> PayloadType {
    let parameters = format!("profile-level-id=42900B;packetization-mode={mode}");
    PayloadType::new(number, H264_ENCODING, 90000, &parameters)
}

/// Picture, rate and bits of an H.264 level (ITU-T H.264 table A-1), in the shapes of a share.
pub(super) fn h264_limit(level: Level) -> PictureLimit {
    let (width, height, frames_per_second, bits_per_second) = if level <= Level::L1 {
        (176, 144, 15, 64_000)
    } else if level <= Level::L1B {
        (176, 144, 15, 128_000)
    } else if level <= Level::L1_1 {
        (176, 144, 30, 192_000)
    } else if level <= Level::L1_3 {
        (352, 288, 15, 384_000)
    } else if level < Level::L3_1 {
        (352, 288, 30, 768_000)
    } else {
        (640, 480, 30, 1_500_000)
    };
    PictureLimit {
        width,
        height,
        frames_per_second,
        bits_per_second,
    }
}
