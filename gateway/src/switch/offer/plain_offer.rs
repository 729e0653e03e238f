//! Our offer to a plain RTP peer (RFC 3264 §5, RFC 3551).

use media::payload::h264::PacketizationMode::{NonInterleaved, SingleNal};
use sip::sdp::{Description, Direction, Kind, Media, PayloadType, Protocol};
use sip::video_share::session_attributes;

use super::reason::{Offer, Reason, Reasons, Why};
use super::{PlainEnd, bandwidth, h264, share};
use crate::bridge::web_leg::WebCodec;

/// What later clients have in common: Constrained Baseline, level 1.2, CIF at 15 pictures (R2.6).
const LATER_CLIENTS: &str = "42e00c";
const LATER_BITS_PER_SECOND: u32 = 384_000;

/// Baseline level 1b as Video Share handsets write it (R1.18, R6.8).
const HANDSETS: &str = "42900B";
const HANDSETS_BITS_PER_SECOND: u32 = 128_000;

/// H.263 level 10 and QCIF, below which there is nothing (R6.5).
const LEVEL_10_BITS_PER_SECOND: u32 = 64_000;

/// Writes the offer for a plain peer: H.264 when the browser has it, then H.263 in its three formats,
/// RTP/AVP, with the rate on the media line (R1.13).
pub fn plain_offer(end: PlainEnd, direction: Direction, codecs: &[WebCodec]) -> Description {
    explained_plain_offer(end, direction, codecs).0
}

/// The same with why each line of it is there.
pub fn explained_plain_offer(
    end: PlainEnd,
    direction: Direction,
    codecs: &[WebCodec],
) -> (Description, Vec<Reason>) {
    let cap = end.max_bits_per_second;
    let formats = formats(cap, codecs);
    let is_later = cap >= LATER_BITS_PER_SECOND;
    let most = match is_later {
        true => LATER_BITS_PER_SECOND,
        false => HANDSETS_BITS_PER_SECOND,
    };
    let payload_types = formats.iter().map(|(said, _)| said.clone()).collect();
    let mut video = Media::video(end.rtp_port, Protocol::RtpAvp, payload_types);
    video.bandwidth = bandwidth::offered(cap.min(most));
    video.frame_rate = Some(15.0);
    video.attributes = share::frame_sizes(&formats);
    video.direction = Some(direction);
    let mut reasons = Reasons::default();
    for (said, why) in &formats {
        reasons.format(0, said, Why::Offered(*why));
    }
    for line in &video.bandwidth {
        let why = Why::OwnBandwidth(bandwidth::text(line));
        reasons.line(0, &video, why);
    }
    let mut description = Description::new(end.session_id, 1, end.address);
    description.attributes = session_attributes().into();
    description.media = vec![video];
    (description, reasons.into_vec())
}

/// The formats in the order in which we like them, within the operator's cap.
fn formats(cap: u32, codecs: &[WebCodec]) -> Vec<(PayloadType, Offer)> {
    let is_later = cap >= LATER_BITS_PER_SECOND;
    let (level, sizes) = match cap {
        0..=LEVEL_10_BITS_PER_SECOND => (10, "QCIF=2"),
        _ if cap < HANDSETS_BITS_PER_SECOND => (45, "QCIF=2"),
        _ => (45, "CIF=2;QCIF=2"),
    };
    let h263 = |number, encoding, parameters: &str, why| {
        (PayloadType::new(number, encoding, 90000, parameters), why)
    };
    let h263_2000 = format!("profile=0;level={level}");
    let h263 = [
        h263(96, "H263-2000", h263_2000.as_str(), Offer::H263),
        h263(97, "H263-1998", sizes, Offer::OlderH263),
        h263(34, "H263", sizes, Offer::OldestH263),
    ];
    let later = is_later.then(|| h264::offered(98, LATER_CLIENTS, NonInterleaved));
    let handsets = h264::offered(99, HANDSETS, NonInterleaved);
    let single = h264::offered(100, HANDSETS, SingleNal);
    let has_h264 = codecs
        .iter()
        .any(|codec| matches!(codec, WebCodec::H264 { .. }));
    let mut formats = Vec::new();
    if has_h264 {
        formats.extend(later.map(|said| (said, Offer::Later)));
        formats.push((handsets, Offer::Handsets));
        formats.push((single, Offer::SingleNal));
        formats.extend(h263);
    } else {
        formats.extend(h263);
        formats.push((later.unwrap_or(handsets), Offer::Transcoded));
    }
    formats
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
