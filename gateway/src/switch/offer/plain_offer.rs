//! Our offer to a plain RTP peer (RFC 3264 §5, RFC 3551).

use media::payload::h264::PacketizationMode;
use sip::sdp::{Description, Direction, Kind, Media, PayloadType, Protocol};

use super::bandwidth::as_line;
use super::h263::QCIF_BITS_PER_SECOND;
use super::h264::h264_payload_type;
use super::{PlainEnd, web_h264};
use crate::bridge::web_leg::WebCodec;

/// Writes the offer for a plain peer: H.264 when the browser has it, then H.263 in its three
/// formats, QCIF, with the rate on the media line (R1.13).
pub fn plain_offer(end: PlainEnd, direction: Direction, codecs: &[WebCodec]) -> Description {
    let mut payload_types = Vec::new();
    let mode_1 = web_h264(codecs, PacketizationMode::NonInterleaved);
    let mode_0 = web_h264(codecs, PacketizationMode::SingleNal);
    if mode_1.is_some() {
        payload_types.push(h264_payload_type(98, "1"));
    }
    if mode_0.is_some() {
        payload_types.push(h264_payload_type(99, "0"));
    }
    payload_types.push(PayloadType::new(
        96,
        "H263-2000",
        90000,
        "profile=0;level=10",
    ));
    payload_types.push(PayloadType::new(97, "H263-1998", 90000, "QCIF=2"));
    payload_types.push(PayloadType::new(34, "H263", 90000, "QCIF=2"));
    let mut video = Media::video(end.rtp_port, Protocol::RtpAvp, payload_types);
    video.bandwidth = vec![as_line(QCIF_BITS_PER_SECOND)];
    video.frame_rate = Some(15.0);
    video.direction = Some(direction);
    let mut description = Description::new(end.session_id, 1, end.address);
    description.media = vec![video];
    description
}

/// The same offer with a silent audio line, for a peer that refuses video by itself (baresip does).
/// Nothing is ever sent on it: it is inactive, at the discard port.
pub fn with_silent_audio(offer: &Description) -> Description {
    const DISCARD: u16 = 9;
    let pcmu = PayloadType::new(0, "PCMU", 8000, "");
    let audio = Media {
        kind: Kind::Audio,
        direction: Some(Direction::Inactive),
        ..Media::video(DISCARD, Protocol::RtpAvp, vec![pcmu])
    };
    let mut offer = offer.clone();
    offer.media.push(audio);
    offer.origin.version += 1;
    offer
}
