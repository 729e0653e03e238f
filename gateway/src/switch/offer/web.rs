//! What a browser offers and is offered (RFC 7742 §6).

use media::payload;
use media::payload::h264::PacketizationMode;
use media::payload::h264::profile_level_id::ProfileLevelId;
use sip::sdp::{Description, Kind, Media, PayloadType, Protocol};

use super::reason::{Reason, Reasons, Why};
use super::{H264_ENCODING, Reject, audio, h264, line, video};
use crate::bridge::format::{CAMERA_HEADROOM, StreamFormat};
use crate::bridge::web_description;
use crate::bridge::web_leg::{PictureLimit, WebCodec};

/// The codecs a browser is offered or may be held to.
const VP8_ENCODING: &str = "VP8";

/// Constrained Baseline as browsers write it, level 3.1; what both ends can do is said by other
/// means to the browser, and by the level to a plain peer.
const WEB_PROFILE_LEVEL_ID: u32 = 0x42_e01f;

/// Whether an offer is WebRTC's (RFC 8829 §5.1.2), by whatever transport it came: a proxy hands on
/// what its own browsers send by UDP too.
pub fn is_webrtc(offer: &Description) -> bool {
    let line = video(offer).or_else(|| audio(offer));
    line.is_some_and(is_dtls)
}

/// Whether keys of a line are agreed by DTLS, as all browsers do.
pub(super) fn is_dtls(media: &Media) -> bool {
    matches!(&media.protocol, Protocol::Secure(name) if name.contains("TLS/"))
}

/// The codecs of a browser's description that can be bridged, in its order, H.264 only as
/// constrained baseline or baseline.
pub fn web_codecs(description: &Description) -> Vec<WebCodec> {
    explained_web_codecs(description).0
}

/// The same with a reason for every line and format.
pub fn explained_web_codecs(description: &Description) -> (Vec<WebCodec>, Vec<Reason>) {
    let mut reasons = Reasons::default();
    let mut codecs: Vec<WebCodec> = Vec::new();
    let chosen = video(description);
    for (line, media) in description.media.iter().enumerate() {
        if !chosen.is_some_and(|chosen| std::ptr::eq(chosen, media)) {
            let why = match media.kind {
                _ if media.port == 0 => Why::PortZero,
                Kind::Video => Why::AnotherVideo,
                Kind::Audio => continue, // decided on by itself
                Kind::Message | Kind::Application | Kind::Other(_) => {
                    Why::NotBridged(media.kind.clone())
                }
            };
            reasons.line(line, media, why);
            continue;
        }
        reasons.line(line, media, Why::Taken);
        for said in &media.payload_types {
            let why = match codec_of(said) {
                Some(codec) if codecs.contains(&codec) => Why::Repeated,
                Some(codec) => {
                    codecs.push(codec);
                    Why::Usable
                }
                None if said.is(H264_ENCODING) => Why::OtherProfile,
                None => Why::UnknownEncoding,
            };
            reasons.format(line, said, why);
        }
    }
    (codecs, reasons.into_vec())
}

/// What a payload type of a browser stands for, if it can be bridged.
pub(super) fn codec_of(said: &PayloadType) -> Option<WebCodec> {
    if said.is(VP8_ENCODING) {
        return Some(WebCodec::Vp8);
    }
    let codec = said
        .is(H264_ENCODING)
        .then(|| web_description::h264_of(said))?;
    let is_usable = match codec {
        WebCodec::Vp8 => true,
        WebCodec::H264 {
            profile_level_id, ..
        } => {
            let [_, profile_idc, constraints, level_idc] = profile_level_id.to_be_bytes();
            h264::is_baseline(ProfileLevelId {
                profile_idc,
                constraints,
                level_idc,
            })
        }
    };
    is_usable.then_some(codec)
}

/// The H.264 of a browser with this packetization mode; constrained baseline before baseline.
pub fn web_h264(codecs: &[WebCodec], wanted: PacketizationMode) -> Option<WebCodec> {
    let mut matching = codecs
        .iter()
        .filter(|codec| matches!(codec, WebCodec::H264 { mode, .. } if *mode == wanted));
    let constrained = matching
        .clone()
        .find(|codec| matches!(codec, WebCodec::H264 { profile_level_id, .. } if profile_level_id & 0x00_4000 != 0));
    constrained.or_else(|| matching.next()).copied()
}

/// The H.264 that a browser is offered.
pub fn offered_h264() -> WebCodec {
    WebCodec::H264 {
        mode: PacketizationMode::NonInterleaved,
        profile_level_id: WEB_PROFILE_LEVEL_ID,
    }
}

/// What a browser is offered of these codecs: one kind of each, in their order.
pub fn web_kinds(codecs: &[WebCodec]) -> Vec<WebCodec> {
    let mut kinds: Vec<WebCodec> = Vec::new();
    for codec in codecs {
        let kind = match codec {
            WebCodec::Vp8 => WebCodec::Vp8,
            WebCodec::H264 { .. } => offered_h264(),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

/// The codecs to offer a browser for a plain peer's offer: H.264 first when the peer has one that
/// browsers have too.
///
/// # Errors
/// Why nothing of the offer can be bridged.
pub fn web_codecs_for_plain(offer: &Description) -> Result<Vec<WebCodec>, Reject> {
    // No rate matters here.
    let (_, usable) = line::chosen(offer, u32::MAX, &mut Reasons::default())?;
    let is_common = usable
        .iter()
        .any(|candidate| candidate.codec.is_for_browsers());
    Ok(match is_common {
        true => vec![offered_h264(), WebCodec::Vp8],
        false => vec![WebCodec::Vp8, offered_h264()],
    })
}

/// The codec to hold a sending or watching browser to, for what the plain peer agreed: the same
/// when the browser has it, else VP8, which every browser has.
pub fn web_codec_for(format: &StreamFormat, codecs: &[WebCodec]) -> Result<WebCodec, Reject> {
    let same = match format.payload {
        payload::Format::H264 { mode, .. } => web_h264(codecs, mode),
        payload::Format::H263
        | payload::Format::H263Plus
        | payload::Format::Mp4v { .. }
        | payload::Format::Vp8 => None,
    };
    same.or_else(|| codecs.iter().copied().find(|codec| *codec == WebCodec::Vp8))
        .or_else(|| codecs.first().copied())
        .ok_or(Reject::NoCommonCodec)
}

/// What a browser is held to that sends to this plain peer. Passed through, it must fit the peer
/// as it is. Transcoded, it should cover the peer's picture with either shape of camera, 4:3 or
/// 16:9, and have bits to spare: more would only cost its decoding.
pub fn web_limit(format: &StreamFormat, codec: WebCodec) -> PictureLimit {
    let passes_through = matches!(
        (&format.payload, codec),
        (payload::Format::H264 { .. }, WebCodec::H264 { .. })
    );
    if passes_through {
        return format.limit;
    }
    PictureLimit {
        width: format.limit.width.saturating_mul(2),
        bits_per_second: format.limit.bits_per_second.saturating_mul(CAMERA_HEADROOM),
        ..format.limit
    }
}
