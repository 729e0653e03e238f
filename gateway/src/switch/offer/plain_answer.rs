//! A plain RTP peer's answer to our offer, and ours to its (RFC 3264 §6).

use media::payload;
use media::payload::h264::PacketizationMode;
use media::rtp::session::Silence;
use sip::sdp::{Description, Direction, Media, PayloadType, offer_answer};

use super::bandwidth::as_line;
use super::format::{payload_format, stream_format};
use super::{PlainEnd, Reject, direction_of, video};
use crate::bridge::format::StreamFormat;
use crate::bridge::ims_leg::{Feedback, PlainPlan, RtcpTerms};
use crate::bridge::web_leg::WebCodec;

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
        feedback: Feedback::default(),
        rtcp: RtcpTerms::default(),
    };
    Ok(PlainAgreement {
        plan,
        direction,
        format,
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
        feedback: Feedback::default(),
        rtcp: RtcpTerms::default(),
    };
    Ok((answer, plan))
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
        payload::Format::Mp4v { .. } => 6,
        payload::Format::Vp8 => 7,
    });
    usable
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
