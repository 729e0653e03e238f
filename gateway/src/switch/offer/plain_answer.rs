//! Our answer to a plain RTP peer's offer, and its answer to ours (RFC 3264 §6).

use media::rtp::session::Silence;
use sip::sdp::extension::VIDEO_ORIENTATION;
use sip::sdp::{Attribute, Description, Direction, Media, Protocol, offer_answer};
use sip::video_share::session_attributes;

use super::format::{Candidate, candidates, rank};
use super::reason::{Choice, Reason, Reasons, Why};
use super::{PlainEnd, Reject, bandwidth, direction_of, feedback, line, share};
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

/// Answers a plain peer's offer once the browser's codec and direction are known.
///
/// # Errors
/// Why nothing of it can be bridged.
pub fn answer_plain(
    offer: &Description,
    end: PlainEnd,
    web: WebCodec,
    direction: Direction,
) -> Result<(Description, PlainPlan), Reject> {
    let (answer, reasons) = explained_answer(offer, end, web, direction);
    Reasons::log(&reasons);
    answer
}

/// The same with the reasons, which are there for a refusal too.
pub fn explained_answer(
    offer: &Description,
    end: PlainEnd,
    web: WebCodec,
    direction: Direction,
) -> (Result<(Description, PlainPlan), Reject>, Vec<Reason>) {
    let mut reasons = Reasons::default();
    let answer = write_answer(offer, end, web, direction, &mut reasons);
    (answer, reasons.into_vec())
}

fn write_answer(
    offer: &Description,
    end: PlainEnd,
    web: WebCodec,
    direction: Direction,
    reasons: &mut Reasons,
) -> Result<(Description, PlainPlan), Reject> {
    let cap = end.max_bits_per_second;
    let (line, mut usable) = line::chosen(offer, cap, reasons)?;
    let choice = rank(&mut usable, web);
    let (chosen, behind) = usable.split_first().ok_or(Reject::NoCommonCodec)?;
    let media = &offer.media[line];
    note_chosen((line, media), chosen, choice, reasons);
    for other in behind {
        reasons.format(line, other.said, Why::Behind);
    }
    let remote = destination(offer, media)?;
    if remote.is_some_and(|remote| remote.address.is_ipv4() != end.address.is_ipv4()) {
        return Err(Reject::AddressFamily);
    }
    let mut answer = Description::new(end.session_id, 1, end.address);
    answer.media = offer.media.iter().map(offer_answer::refuse).collect();
    let limit = chosen.format.limit.bits_per_second;
    let rate = bandwidth::answered(offer, (line, media), limit, cap, reasons);
    answer.bandwidth = rate.session;
    answer.attributes = session_attributes().into();
    let said = chosen.answer.clone();
    let said_number = said.number;
    answer.media[line] = Media {
        bandwidth: rate.media,
        ..offer_answer::accept(media, end.rtp_port, said, direction)
    };
    let feedback = feedback::answered((line, media), chosen.said.number, reasons);
    let attributes = &mut answer.media[line].attributes;
    let limit = &chosen.format.limit;
    let size = (limit.width, limit.height);
    attributes.extend(share::answered_frame_size(said_number, size));
    attributes.extend(feedback::attributes(&feedback));
    if rtcp_terms(offer, media).is_multiplexed {
        attributes.push(Attribute::flag("rtcp-mux"));
    }
    let orientation = orientation(media);
    if let Some(id) = orientation {
        let text = format_args!("{id} {VIDEO_ORIENTATION}");
        attributes.push(Attribute::new("extmap", text));
        reasons.line(line, media, Why::Orientation(id));
    }
    note_terms(offer, (line, media), direction, reasons);
    let format = StreamFormat {
        orientation,
        ..chosen.format.clone()
    };
    let plan = PlainPlan {
        remote,
        to_peer: (direction.sends() && remote.is_some()).then(|| format.clone()),
        from_peer: vec![format],
        silence: Silence::IsTheEnd,
        feedback: feedback::agreed(&feedback),
        rtcp: rtcp_terms(offer, media),
    };
    Ok((answer, plan))
}

/// Reads a plain peer's answer to [`plain_offer`](super::plain_offer).
///
/// # Errors
/// Why nothing can be sent to the peer or taken from it.
pub fn read_plain_answer(offer: &Description, body: &[u8]) -> Result<PlainAgreement, Reject> {
    let (agreement, reasons) = explained_plain_answer(offer, body);
    Reasons::log(&reasons);
    agreement
}

/// The same with the reasons, which are there for a refusal too.
pub fn explained_plain_answer(
    offer: &Description,
    body: &[u8],
) -> (Result<PlainAgreement, Reject>, Vec<Reason>) {
    let mut reasons = Reasons::default();
    let agreement = read_answer(offer, body, &mut reasons);
    (agreement, reasons.into_vec())
}

fn read_answer(
    offer: &Description,
    body: &[u8],
    reasons: &mut Reasons,
) -> Result<PlainAgreement, Reject> {
    let answer = Description::parse(body)?;
    offer_answer::check_answer(offer, &answer)?;
    let ours = line::video(offer).ok_or(Reject::NoVideo)?;
    let line = offer
        .media
        .iter()
        .position(|media| std::ptr::eq(media, ours))
        .ok_or(Reject::NoVideo)?;
    let media = &answer.media[line];
    if media.port == 0 {
        reasons.line(line, media, Why::PortZero);
        return Err(Reject::NoCommonCodec);
    }
    // We send no more than we said that we take: the operator's cap is in it.
    let cap = offer_answer::bits_per_second(offer, ours);
    let cap = cap.map_or(u32::MAX, |bits| u32::try_from(bits).unwrap_or(u32::MAX));
    let usable = candidates(&answer, (line, media), cap, reasons);
    let offered = candidates(offer, (line, ours), cap, &mut Reasons::default());
    let is_offered = |candidate: &&Candidate<'_>| {
        let same = |offered: &Candidate<'_>| offered.codec.is_same_format(candidate.codec);
        offered.iter().any(same)
    };
    let chosen = usable
        .iter()
        .find(is_offered)
        .ok_or(Reject::NoCommonCodec)?;
    note_chosen((line, media), chosen, Choice::ByPeer, reasons);
    let format = chosen.format.clone();
    let direction = direction_of(&answer, media);
    let remote = destination(&answer, media)?;
    if direction != answer.direction_of(media) {
        reasons.line(line, media, Why::HeldByAddress);
    }
    let plan = PlainPlan {
        remote,
        to_peer: direction.receives().then(|| format.clone()),
        from_peer: from_peer(line, chosen, &offered, reasons),
        silence: Silence::IsTheEnd,
        // We offer RTP/AVP, which has none (RFC 4585 §3.3).
        feedback: Feedback::default(),
        rtcp: RtcpTerms {
            is_multiplexed: false,
            ..rtcp_terms(&answer, media)
        },
    };
    Ok(PlainAgreement {
        plan,
        direction,
        format,
    })
}

/// What a peer that answered with `chosen` may send: some answer with one number and send with the
/// other, so both are taken.
fn from_peer(
    line: usize,
    chosen: &Candidate<'_>,
    offered: &[Candidate<'_>],
    reasons: &mut Reasons,
) -> Vec<StreamFormat> {
    let mut formats = vec![chosen.format.clone()];
    let same_number = offered
        .iter()
        .find(|ours| ours.said.number == chosen.said.number);
    let same_format = |ours: &&Candidate<'_>| ours.codec.is_same_format(chosen.codec);
    let ours = same_number
        .filter(same_format)
        .or_else(|| offered.iter().find(same_format));
    let Some(ours) = ours else {
        return formats;
    };
    if let (Some(offered), Some(answered)) = (ours.codec.profile(), chosen.codec.profile())
        && offered != answered
    {
        let why = Why::ProfileDiffers { offered, answered };
        reasons.format(line, chosen.said, why);
    }
    if ours.said.number != chosen.said.number {
        reasons.format(line, chosen.said, Why::AnotherNumber(ours.said.number));
        formats.push(StreamFormat {
            payload_type: ours.said.number,
            ..chosen.format.clone()
        });
    }
    formats
}

fn note_chosen(
    (line, media): (usize, &Media),
    chosen: &Candidate<'_>,
    choice: Choice,
    reasons: &mut Reasons,
) {
    reasons.format(line, chosen.said, Why::Chosen(choice));
    let limit = Why::Limit {
        limit: chosen.format.limit,
        by: chosen.ceiling,
    };
    reasons.line(line, media, limit);
}

/// Says what of an offer's further terms is answered, and what is not.
fn note_terms(
    offer: &Description,
    (line, media): (usize, &Media),
    ours: Direction,
    reasons: &mut Reasons,
) {
    let theirs = direction_of(offer, media);
    if theirs != offer.direction_of(media) {
        reasons.line(line, media, Why::HeldByAddress);
    }
    reasons.line(line, media, Why::Direction { theirs, ours });
    if media.protocol == Protocol::RtpAvpf {
        let why = Why::Profile(media.protocol.name().to_owned());
        reasons.line(line, media, why);
    }
    if rtcp_terms(offer, media).is_multiplexed {
        reasons.line(line, media, Why::OneRtcpPort);
    }
    let potential = offer.potential_protocols(media);
    if !potential.is_empty() {
        reasons.line(line, media, Why::PotentialConfigurations(potential));
    }
    let kept_out = kept_out(media);
    if !kept_out.is_empty() {
        reasons.line(line, media, Why::KeptOut(kept_out));
    }
}

/// The number by which a peer offers to say how its pictures must be turned (R6.13). It is agreed only
/// when asked for; ours are upright. Two-byte numbers are not taken.
fn orientation(media: &Media) -> Option<u8> {
    media
        .extensions()
        .filter(|extension| extension.uri == VIDEO_ORIENTATION)
        .filter(|extension| extension.direction.is_none_or(Direction::sends))
        .find_map(|extension| {
            u8::try_from(extension.id)
                .ok()
                .filter(|id| (1..=14).contains(id))
        })
}

/// What a line says of RTCP itself: one port for both (RFC 5761 §5.1.1), and its bandwidth, which is
/// known when both halves are (RFC 3556 §2).
fn rtcp_terms(description: &Description, media: &Media) -> RtcpTerms {
    let (senders, receivers) = offer_answer::rtcp_bits_per_second(description, media);
    let both = senders.zip(receivers);
    RtcpTerms {
        is_multiplexed: media.attribute("rtcp-mux").is_some(),
        bits_per_second: both.map(|(senders, receivers)| {
            u32::try_from(senders.saturating_add(receivers)).unwrap_or(u32::MAX)
        }),
    }
}

/// The attributes of a line that an answer does not repeat, each once.
fn kept_out(media: &Media) -> Vec<String> {
    const TOLD_APART: [&str; 4] = ["rtcp-fb", "rtcp-mux", "tcap", "pcfg"];
    let mut names: Vec<String> = Vec::new();
    for attribute in &media.attributes {
        let name = attribute.name.to_ascii_lowercase();
        let value = attribute.value.as_deref().unwrap_or_default();
        if name == "extmap" && value.contains(VIDEO_ORIENTATION) {
            continue;
        }
        if !TOLD_APART.contains(&name.as_str()) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Where a peer receives `video`; `None` when it is on hold by 0.0.0.0. RTCP that shares the RTP port
/// goes there.
fn destination(
    description: &Description,
    video: &Media,
) -> Result<Option<offer_answer::Destination>, Reject> {
    match description.address_of(video) {
        Some(address) if !address.is_multicast() => {}
        Some(_) | None => return Err(Reject::NoAddress),
    }
    let mut destination = offer_answer::destination(description, video);
    if let Some(destination) = &mut destination
        && video.attribute("rtcp-mux").is_some()
    {
        destination.rtcp_port = destination.rtp_port;
    }
    Ok(destination)
}
