//! From one leg's session description to the other's, by meaning and never by text.
//!
//! A description of a browser and one of a plain RTP peer have no line in common that is copied:
//! both are written from the same typed facts (direction, codecs, limits). Nothing here does I/O.

pub mod precondition;

use std::net::IpAddr;

use media::payload;
use media::payload::h264::PacketizationMode;
use media::payload::h264::profile_level_id::{Level, ProfileLevelId};
use media::rtp::session::Silence;
use sip::message::Status;
use sip::sdp::{
    Bandwidth, Description, Direction, FormatParameters, HOLD_ADDRESS, Kind, Media, PayloadType,
    Protocol, SdpError, offer_answer,
};
use thiserror::Error;

use crate::bridge::Flows;
use crate::bridge::Side;
use crate::bridge::format::{self, StreamFormat};
use crate::bridge::ims_leg::PlainPlan;
use crate::bridge::web_description;
use crate::bridge::web_leg::{PictureLimit, WebCodec};

/// Why a call's media cannot be bridged, and what the caller is answered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reject {
    #[error("the INVITE has no session description")]
    NoDescription,
    #[error("{0}")]
    Description(#[from] SdpError),
    #[error("no video is offered")]
    NoVideo,
    #[error("no video codec is common to both sides")]
    NoCommonCodec,
    #[error("the answer does not fit its offer: {0}")]
    Answer(#[from] offer_answer::AnswerError),
    #[error("the peer names no address to send video to")]
    NoAddress,
    #[error("both ends together would have to reserve, which a gateway does not")]
    Precondition,
}

impl Reject {
    pub fn status(&self) -> Status {
        match self {
            Reject::Description(SdpError::Syntax(_)) => Status::BAD_REQUEST,
            Reject::Precondition => Status::PRECONDITION_FAILURE,
            Reject::NoDescription
            | Reject::Description(_)
            | Reject::NoVideo
            | Reject::NoCommonCodec
            | Reject::Answer(_)
            | Reject::NoAddress => Status::NOT_ACCEPTABLE_HERE,
        }
    }
}

/// The codecs a browser is offered or may be held to.
const VP8_ENCODING: &str = "VP8";
const H264_ENCODING: &str = "H264";

/// Constrained Baseline as browsers write it, level 3.1; what both ends can do is said by other
/// means to the browser, and by the level to a plain peer.
const WEB_PROFILE_LEVEL_ID: u32 = 0x42_e01f;

/// Rate of a QCIF share in bits a second: what the 2004 networks carried (R6.5).
const QCIF_BITS_PER_SECOND: u32 = 64_000;

/// QCIF at 15 pictures a second, which every H.263 peer can show.
const QCIF: PictureLimit = PictureLimit {
    width: 176,
    height: 144,
    frames_per_second: 15,
    bits_per_second: QCIF_BITS_PER_SECOND,
};

/// The video line of a description, if there is one in use.
pub fn video(description: &Description) -> Option<&Media> {
    description
        .media
        .iter()
        .find(|media| media.kind == Kind::Video && media.protocol.is_rtp() && media.port != 0)
}

/// The direction of the writer of a description, of whom one at 0.0.0.0 receives nothing (RFC 3264
/// §8.4). With ICE the address says nothing: 0.0.0.0 stands where candidates are still to come
/// (RFC 8829 §5.2.1).
pub fn direction_of(description: &Description, video: &Media) -> Direction {
    let said = description.direction_of(video);
    let is_held = description.address_of(video) == Some(HOLD_ADDRESS)
        && video.attribute("ice-ufrag").is_none();
    match (is_held, said) {
        (true, Direction::SendRecv | Direction::SendOnly) => Direction::SendOnly,
        (true, Direction::RecvOnly | Direction::Inactive) => Direction::Inactive,
        (false, said) => said,
    }
}

/// Where a peer receives `video`; `None` when it is on hold by 0.0.0.0.
fn destination(
    description: &Description,
    video: &Media,
) -> Result<Option<offer_answer::Destination>, Reject> {
    match description.address_of(video) {
        None => Err(Reject::NoAddress),
        Some(_) => Ok(offer_answer::destination(description, video)),
    }
}

/// Whether an offer is WebRTC's (RFC 8829 §5.1.2), by whatever transport it came: a proxy hands on
/// what its own browsers send by UDP too.
pub fn is_webrtc(offer: &Description) -> bool {
    let by_dtls =
        |media: &Media| matches!(&media.protocol, Protocol::Secure(name) if name.contains("TLS/"));
    video(offer).is_some_and(by_dtls)
}

/// The codecs of a browser's description that can be bridged, in its order, H.264 only as
/// constrained baseline or baseline.
pub fn web_codecs(description: &Description) -> Vec<WebCodec> {
    let Some(video) = video(description) else {
        return Vec::new();
    };
    let mut codecs: Vec<WebCodec> = Vec::new();
    for payload_type in &video.payload_types {
        let codec = if payload_type.is(VP8_ENCODING) {
            WebCodec::Vp8
        } else if payload_type.is(H264_ENCODING) {
            match web_description::h264_of(payload_type) {
                codec @ WebCodec::H264 {
                    profile_level_id, ..
                } if profile_level_id >> 16 == 0x42 => codec,
                WebCodec::H264 { .. } | WebCodec::Vp8 => continue,
            }
        } else {
            continue;
        };
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    codecs
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

/// Our own end of a plain leg.
#[derive(Debug, Clone, Copy)]
pub struct PlainEnd {
    pub address: IpAddr,
    pub rtp_port: u16,
    /// For `o=`; unlike any other session's.
    pub session_id: u64,
}

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

/// Baseline level 1b as Video Share handsets write it (R1.18, R6.8).
fn h264_payload_type(number: u8, mode: &str) -> PayloadType {
    let parameters = format!("profile-level-id=42900B;packetization-mode={mode}");
    PayloadType::new(number, H264_ENCODING, 90000, &parameters)
}

/// `b=AS` for an encoder's rate: a third more, as Nokia's 85 for 64 (R1.12).
fn as_line(bits_per_second: u32) -> Bandwidth {
    Bandwidth::ApplicationSpecific {
        kilobits_per_second: u64::from(bits_per_second) * 4 / 3 / 1000,
    }
}

/// What a plain peer's answer settled.
#[derive(Debug, Clone)]
pub struct PlainAgreement {
    pub plan: PlainPlan,
    /// The answerer's own direction.
    pub direction: Direction,
    /// What the peer sends and is sent.
    pub format: StreamFormat,
}

/// Reads a plain peer's answer to [`plain_offer`].
pub fn read_plain_answer(offer: &Description, body: &[u8]) -> Result<PlainAgreement, Reject> {
    let answer = Description::parse(body)?;
    offer_answer::check_answer(offer, &answer)?;
    let video = video(&answer).ok_or(Reject::NoCommonCodec)?;
    let payload_type = video
        .payload_types
        .iter()
        .find(|payload_type| payload_format(payload_type).is_some())
        .ok_or(Reject::NoCommonCodec)?;
    let format = stream_format(&answer, video, payload_type).ok_or(Reject::NoCommonCodec)?;
    let direction = direction_of(&answer, video);
    let remote = destination(&answer, video)?;
    // Both numbers are taken: some peers answer with one and send with the other.
    let mut from_peer = vec![format.clone()];
    let offered = offer.media.first().and_then(|media| {
        let same = |pt: &&PayloadType| payload_format(pt).as_ref() == Some(&format.payload);
        media.payload_types.iter().find(same)
    });
    if let Some(offered) = offered.filter(|offered| offered.number != format.payload_type) {
        from_peer.push(StreamFormat {
            payload_type: offered.number,
            ..format.clone()
        });
    }
    let plan = PlainPlan {
        remote,
        to_peer: direction.receives().then(|| format.clone()),
        from_peer,
        silence: Silence::IsTheEnd,
    };
    Ok(PlainAgreement {
        plan,
        direction,
        format,
    })
}

/// The formats of a plain peer's offer that can be bridged, the one we would answer with first
/// (R1.15): with an H.264 browser H.264 in mode 1, then mode 0; then H263-2000, H263-1998, H263.
fn ranked<'a>(
    offer: &Description,
    video: &'a Media,
    web: WebCodec,
) -> Vec<(&'a PayloadType, StreamFormat)> {
    let mut usable: Vec<_> = video
        .payload_types
        .iter()
        .filter_map(|payload_type| Some((payload_type, stream_format(offer, video, payload_type)?)))
        .collect();
    let h264_web = matches!(web, WebCodec::H264 { .. });
    usable.sort_by_key(|(payload_type, format)| match format.payload {
        payload::Format::H264 {
            mode: PacketizationMode::NonInterleaved,
            ..
        } if h264_web => 0,
        payload::Format::H264 { .. } if h264_web => 1,
        payload::Format::H263Plus if payload_type.is("H263-2000") => 2,
        payload::Format::H263Plus => 3,
        payload::Format::H263 => 4,
        payload::Format::H264 { .. } => 5,
        payload::Format::Vp8 => 6,
    });
    usable
}

/// The codecs to offer a browser for a plain peer's offer: H.264 first when the peer has it.
pub fn web_codecs_for_plain(offer: &Description) -> Result<Vec<WebCodec>, Reject> {
    let video = video(offer).ok_or(Reject::NoVideo)?;
    let formats: Vec<_> = video
        .payload_types
        .iter()
        .filter_map(payload_format)
        .collect();
    if formats.is_empty() {
        return Err(Reject::NoCommonCodec);
    }
    let has_h264 = formats
        .iter()
        .any(|format| matches!(format, payload::Format::H264 { .. }));
    Ok(if has_h264 {
        vec![offered_h264(), WebCodec::Vp8]
    } else {
        vec![WebCodec::Vp8, offered_h264()]
    })
}

/// Answers a plain peer's offer once the browser's codec and direction are known.
pub fn answer_plain(
    offer: &Description,
    end: PlainEnd,
    web: WebCodec,
    direction: Direction,
) -> Result<(Description, PlainPlan), Reject> {
    let video_line = video(offer).ok_or(Reject::NoVideo)?;
    let usable = ranked(offer, video_line, web);
    let (chosen, format) = usable.first().cloned().ok_or(Reject::NoCommonCodec)?;
    let remote = destination(offer, video_line)?;
    let mut answer = Description::new(end.session_id, 1, end.address);
    let mut accepted = false;
    for media in &offer.media {
        if accepted || !std::ptr::eq(media, video_line) {
            answer.media.push(offer_answer::refuse(media));
            continue;
        }
        accepted = true;
        let mut line = offer_answer::accept(media, end.rtp_port, chosen.clone(), direction);
        // At the level where the offer had it, the media's when it had none (R1.13).
        let bandwidth = vec![as_line(format.limit.bits_per_second)];
        if media.bandwidth.is_empty() && !offer.bandwidth.is_empty() {
            answer.bandwidth = bandwidth;
            line.bandwidth = Vec::new();
        } else {
            line.bandwidth = bandwidth;
        }
        answer.media.push(line);
    }
    let plan = PlainPlan {
        remote,
        to_peer: (direction.sends() && remote.is_some()).then(|| format.clone()),
        from_peer: vec![format],
        silence: Silence::IsTheEnd,
    };
    Ok((answer, plan))
}

/// The codec to hold a sending or watching browser to, for what the plain peer agreed: the same
/// when the browser has it, else VP8, which every browser has.
pub fn web_codec_for(format: &StreamFormat, codecs: &[WebCodec]) -> Result<WebCodec, Reject> {
    let same = match format.payload {
        payload::Format::H264 { mode, .. } => web_h264(codecs, mode),
        payload::Format::H263 | payload::Format::H263Plus | payload::Format::Vp8 => None,
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
        bits_per_second: format.limit.bits_per_second.saturating_mul(5),
        ..format.limit
    }
}

/// The direction that answers an offer of all it asks for.
pub fn mirrored(direction: Direction) -> Direction {
    match direction {
        Direction::SendOnly => Direction::RecvOnly,
        Direction::RecvOnly => Direction::SendOnly,
        Direction::SendRecv | Direction::Inactive => direction,
    }
}

/// Takes the states of preconditions out of a description, to be written anew.
pub fn without_preconditions(description: &mut Description) {
    for media in &mut description.media {
        media
            .attributes
            .retain(|attribute| !matches!(attribute.name.as_str(), "curr" | "des" | "conf"));
    }
}

/// Which ways video flows, from the directions that both ends said of themselves.
pub fn flows(caller: Direction, callee: Direction) -> Flows {
    let to_callee = caller.sends() && callee.receives();
    let to_caller = callee.sends() && caller.receives();
    match (to_callee, to_caller) {
        (true, true) => Flows::BothWays,
        (true, false) => Flows::From(Side::Caller),
        (false, true) => Flows::From(Side::Callee),
        (false, false) => Flows::Neither,
    }
}

fn stream_format(
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
    })
}

/// Below this no QCIF picture is recognisable; a lower `b=` is taken for a mistake.
const MIN_BITS_PER_SECOND: u32 = 20_000;

fn payload_format(payload_type: &PayloadType) -> Option<payload::Format> {
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
        payload::Format::H263 | payload::Format::H263Plus | payload::Format::Vp8 => QCIF,
    }
}

/// Picture, rate and bits of an H.264 level (ITU-T H.264 table A-1), in the shapes of a share.
fn h264_limit(level: Level) -> PictureLimit {
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

#[cfg(test)]
mod tests;
