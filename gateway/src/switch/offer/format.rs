//! What a payload type of a plain peer stands for, and what its line can carry (RFC 8866 §6.6).

use media::payload;
use media::payload::h264::PacketizationMode;
use media::payload::h264::profile_level_id::ProfileLevelId;
use sip::sdp::{Description, FormatParameters, Media, PayloadType, offer_answer};

use super::H264_ENCODING;
use super::bandwidth::MIN_BITS_PER_SECOND;
use super::h263::QCIF;
use super::h264::h264_limit;
use crate::bridge::format::{self, StreamFormat};
use crate::bridge::web_leg::PictureLimit;

pub(super) fn stream_format(
    description: &Description,
    video: &Media,
    payload_type: &PayloadType,
) -> Option<StreamFormat> {
    let payload = payload_format(payload_type)?;
    let mut limit = limit_of(&payload, &payload_type.parameters);
    if let Some(ceiling) = offer_answer::bits_per_second(description, video) {
        let ceiling = u32::try_from(ceiling).unwrap_or(u32::MAX);
        limit.bits_per_second = limit.bits_per_second.min(ceiling).max(MIN_BITS_PER_SECOND);
    }
    if let Some(rate) = video.frame_rate {
        let rate = rate.clamp(1.0, 60.0) as u8;
        limit.frames_per_second = limit.frames_per_second.min(rate);
    }
    Some(StreamFormat {
        payload,
        payload_type: payload_type.number,
        limit,
        orientation: None,
    })
}

pub(super) fn payload_format(payload_type: &PayloadType) -> Option<payload::Format> {
    if payload_type.clock_rate != 90_000 {
        return None;
    }
    if payload_type.is("H263-2000") || payload_type.is("H263-1998") {
        return Some(payload::Format::H263Plus);
    }
    if payload_type.is("H263") {
        return Some(payload::Format::H263);
    }
    if !payload_type.is(H264_ENCODING) {
        return None;
    }
    let mode = match payload_type.parameters.get("packetization-mode") {
        None | Some("0") => PacketizationMode::SingleNal,
        Some("1") => PacketizationMode::NonInterleaved,
        Some(_) => return None, // interleaved mode: no handset and no browser has it
    };
    Some(format::h264(mode))
}

/// The largest picture the peer declared, by the meaning of its parameters.
fn limit_of(payload: &payload::Format, parameters: &FormatParameters) -> PictureLimit {
    match payload {
        payload::Format::H264 { .. } => {
            let declared = parameters
                .get("profile-level-id")
                .and_then(|text| text.parse::<ProfileLevelId>().ok())
                .unwrap_or(ProfileLevelId::DEFAULT);
            h264_limit(declared.level())
        }
        // QCIF at 15 is what level 10 and level 45 have in common, and the assumption when nothing
        // is said (RFC 4629 §8.1.2, R6.6).
        payload::Format::H263
        | payload::Format::H263Plus
        | payload::Format::Mp4v { .. }
        | payload::Format::Vp8 => QCIF,
    }
}
