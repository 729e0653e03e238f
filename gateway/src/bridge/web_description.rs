//! Session descriptions of a browser's leg (RFC 8829, RFC 8839, RFC 8842): ours are finished here,
//! the browser's are read.

use media::payload::h264::PacketizationMode;
use sip::sdp::{self, Attribute, Bandwidth};
use str0m::media::{Direction, Pt};

use super::web_leg::{PictureLimit, WebCodec, WebLegError};

/// Our own description as `str0m` wrote it, with what it doesn't know of: the version, our
/// direction, and what the far end can show (RFC 6236, RFC 8866 §6.11).
pub(super) fn finished(
    written: &str,
    version: u64,
    direction: sdp::Direction,
    limit: Option<PictureLimit>,
) -> Result<String, WebLegError> {
    let mut description = sdp::Description::parse(written.as_bytes())
        .map_err(|error| WebLegError::Own(error.to_string()))?;
    description.origin.version = version;
    let video = description
        .media
        .iter_mut()
        .find(|media| media.kind == sdp::Kind::Video && media.port != 0)
        .ok_or(WebLegError::NoVideo)?;
    video.direction = Some(direction);
    if let Some(limit) = limit {
        apply_limit(video, limit);
    }
    String::from_utf8(description.to_bytes()).map_err(|error| WebLegError::Own(error.to_string()))
}

/// Writes `b=`, `a=framerate` and `a=imageattr` into a description for the browser.
fn apply_limit(video: &mut sdp::Media, limit: PictureLimit) {
    let PictureLimit {
        width,
        height,
        frames_per_second,
        bits_per_second,
    } = limit;
    video.bandwidth = vec![Bandwidth::TransportIndependent {
        bits_per_second: u64::from(bits_per_second),
    }];
    video.frame_rate = Some(f32::from(frames_per_second));
    video.attributes.push(Attribute::new(
        "imageattr",
        format_args!("* recv [x={width},y={height}]"),
    ));
}

/// The codec of the first payload type in a browser's answer, or in ours.
pub(super) fn chosen_codec(answer: &str) -> Result<(WebCodec, Pt), WebLegError> {
    let description = read(answer)?;
    let chosen = video(&description)
        .and_then(|media| media.payload_types.first())
        .ok_or(WebLegError::NoVideo)?;
    let codec = codec_of(chosen).ok_or(WebLegError::NoVideo)?;
    Ok((codec, Pt::from(chosen.number)))
}

/// The certificate that a browser's DTLS will show (RFC 8122), of the first line that names one.
pub(super) fn fingerprint(description: &str) -> Result<Option<String>, WebLegError> {
    let description = read(description)?;
    let lines = description.media.iter().map(|media| &media.attributes);
    Ok(std::iter::once(&description.attributes)
        .chain(lines)
        .flatten()
        .find(|attribute| attribute.name == "fingerprint")
        .and_then(|attribute| attribute.value.as_deref())
        .map(str::to_ascii_lowercase))
}

/// Whether a later offer of the browser still has the video line with the agreed codec, so that
/// nothing has to be agreed anew but the direction and the way.
pub(super) fn still_offers(offer: &str, agreed: WebCodec) -> Result<bool, WebLegError> {
    let description = read(offer)?;
    let same = |payload_type| match (codec_of(payload_type), agreed) {
        (Some(WebCodec::Vp8), WebCodec::Vp8) => true,
        (Some(WebCodec::H264 { mode, .. }), WebCodec::H264 { mode: agreed, .. }) => mode == agreed,
        (Some(WebCodec::Vp8 | WebCodec::H264 { .. }) | None, _) => false,
    };
    Ok(video(&description).is_some_and(|video| video.payload_types.iter().any(same)))
}

fn codec_of(payload_type: &sdp::PayloadType) -> Option<WebCodec> {
    if payload_type.is("VP8") {
        Some(WebCodec::Vp8)
    } else if payload_type.is("H264") {
        Some(h264_of(payload_type))
    } else {
        None
    }
}

/// The H.264 variant that a payload type of a browser's description stands for.
pub fn h264_of(payload_type: &sdp::PayloadType) -> WebCodec {
    let parameter = |name| payload_type.parameters.get(name);
    WebCodec::H264 {
        mode: match parameter("packetization-mode") {
            Some("1") => PacketizationMode::NonInterleaved,
            Some(_) | None => PacketizationMode::SingleNal,
        },
        // RFC 6184 §8.1: absent means Baseline at level 1.
        profile_level_id: parameter("profile-level-id")
            .and_then(|id| u32::from_str_radix(id, 16).ok())
            .unwrap_or(0x42_000a),
    }
}

pub(super) fn direction_of(direction: sdp::Direction) -> Direction {
    match direction {
        sdp::Direction::SendRecv => Direction::SendRecv,
        sdp::Direction::SendOnly => Direction::SendOnly,
        sdp::Direction::RecvOnly => Direction::RecvOnly,
        sdp::Direction::Inactive => Direction::Inactive,
    }
}

fn read(description: &str) -> Result<sdp::Description, WebLegError> {
    sdp::Description::parse(description.as_bytes())
        .map_err(|error| WebLegError::Description(error.to_string()))
}

fn video(description: &sdp::Description) -> Option<&sdp::Media> {
    description
        .media
        .iter()
        .find(|media| media.kind == sdp::Kind::Video && media.port != 0)
}
