//! What a description comes to, step by step (RFC 3264): the same decisions as in a call, without one.
//! Of a browser's leg only those lines are shown that follow from the other side; ICE, DTLS and the
//! rest are of its session.

use handset::Treat;
use media::payload;
use media::payload::h264::PacketizationMode;
use sip::sdp::{
    Attribute, Description, Direction, Kind, Media, PayloadType, Protocol, offer_answer,
};

use super::format::candidates;
use super::reason::{About, Choice, Offer, Reason, Reasons, Why};
use super::{
    Ceiling, PlainEnd, Reject, add_audio_offer, answer_audio, audio, explained_answer,
    explained_plain_answer, explained_plain_offer, explained_web_codecs, is_webrtc, mirrored,
    read_audio_answer, web_audio, web_audio_for, web_audio_for_plain, web_codec_for,
    web_codecs_for_plain, web_h264, web_kinds, web_limit,
};
use crate::bridge::web_description;
use crate::bridge::web_leg::{PictureLimit, WebCodec};
use crate::switch::peers;

/// Stands for the port of audio that a call would open.
const AUDIO_PORT: u16 = 30002;

/// What a plain peer answers to an offer; `None` when it refuses.
pub type Answers<'a> = &'a dyn Fn(&Description) -> Option<Vec<u8>>;

/// Who is called.
pub enum Peer<'a> {
    /// A browser with these codecs, the one it likes best first.
    Browser(Vec<WebCodec>),
    /// A plain peer, by what it answers to an offer; `None` when it refuses.
    Plain(Answers<'a>),
    /// A handset whose model is known, which is offered what the model wants.
    Model(&'a Treat, Answers<'a>),
}

/// All that follows from an offer.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub steps: Vec<Step>,
    /// Why the call would fail.
    pub reject: Option<Reject>,
}

/// One description, who wrote it, and why it is so.
#[derive(Debug, Clone)]
pub struct Step {
    pub what: What,
    pub sdp: String,
    pub reasons: Vec<Reason>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Offer,
    OfferToPeer,
    AnswerOfPeer,
    Answer,
}

/// Explains what becomes of an offer to a peer.
pub fn explain(offer: &Description, peer: &Peer<'_>, end: PlainEnd) -> Explanation {
    let mut steps = Vec::new();
    let done = match (is_webrtc(offer), peer) {
        (true, Peer::Plain(answers)) => web_to_plain(offer, (answers, None), end, &mut steps),
        (true, Peer::Model(treat, answers)) => {
            web_to_plain(offer, (answers, Some(treat)), end, &mut steps)
        }
        (true, Peer::Browser(codecs)) => web_to_web(offer, codecs, &mut steps),
        (false, Peer::Browser(codecs)) => plain_to_web(offer, codecs, end, &mut steps),
        (false, Peer::Plain(answers) | Peer::Model(_, answers)) => {
            plain_to_plain(offer, answers, &mut steps)
        }
    };
    Explanation {
        steps,
        reject: done.err(),
    }
}

/// What a plain peer answers whose own description lists what it has: its first format that was
/// offered, at its own rate.
pub fn answer_of(peer: &Description, offer: &Description) -> Option<Vec<u8>> {
    let theirs = peer
        .media
        .iter()
        .find(|media| media.kind.name() == "video")?;
    let none = &mut Reasons::default();
    let own = candidates(peer, (0, theirs), u32::MAX, none);
    let line = offer
        .media
        .iter()
        .position(|media| media.port != 0 && media.kind.name() == "video")?;
    let offered = candidates(offer, (line, &offer.media[line]), u32::MAX, none);
    let (said, number) = own.iter().find_map(|own| {
        let same = offered
            .iter()
            .find(|offered| offered.codec.is_same_format(own.codec))?;
        Some((own.said, same.said.number))
    })?;
    let kept = |attribute: &&Attribute| matches!(attribute.name.as_str(), "imageattr");
    let mut answer = peer.clone();
    answer.media = offer.media.iter().map(offer_answer::refuse).collect();
    let direction = offer.direction_of(&offer.media[line]);
    answer.media[line] = Media {
        connection: theirs.connection,
        bandwidth: theirs.bandwidth.clone(),
        frame_rate: theirs.frame_rate,
        attributes: theirs.attributes.iter().filter(kept).cloned().collect(),
        ..offer_answer::accept(
            &offer.media[line],
            if theirs.port == 0 { 49152 } else { theirs.port },
            PayloadType {
                number,
                ..said.clone()
            },
            mirrored(direction),
        )
    };
    Some(answer.to_bytes())
}

/// The codecs that a browser has by default: Chromium's and Firefox's, which like VP8 best.
pub fn usual_browser() -> Vec<WebCodec> {
    let h264 = |mode| WebCodec::H264 {
        mode,
        profile_level_id: 0x42_e01f,
    };
    vec![
        WebCodec::Vp8,
        h264(PacketizationMode::NonInterleaved),
        h264(PacketizationMode::SingleNal),
    ]
}

fn web_to_plain(
    offer: &Description,
    (answers, treat): (Answers<'_>, Option<&Treat>),
    end: PlainEnd,
    steps: &mut Vec<Step>,
) -> Result<(), Reject> {
    let (codecs, reasons) = explained_web_codecs(offer);
    steps.push(step(What::Offer, offer, reasons));
    let direction = offered_direction(offer, &codecs)?;
    let (mut ours, mut reasons) = explained_plain_offer(end, direction, &codecs);
    if let Some(treat) = treat {
        peers::fit(treat, &mut ours);
        reasons.retain(|reason| is_in(&ours, &reason.about));
    }
    let spoken = web_audio(offer);
    if let Some(line) = audio(offer).filter(|_| !spoken.is_empty()) {
        add_audio_offer(&mut ours, AUDIO_PORT, offer.direction_of(line));
        reasons.extend(sound_offered(&ours));
    }
    steps.push(step(What::OfferToPeer, &ours, reasons));
    let body = answers(&ours).ok_or(Reject::NoCommonCodec)?;
    let (agreement, reasons) = explained_plain_answer(&ours, &body);
    steps.push(Step {
        what: What::AnswerOfPeer,
        sdp: String::from_utf8_lossy(&body).into_owned(),
        reasons: [reasons, sound(&ours, sound_answered(&ours, &body))].concat(),
    });
    let agreement = agreement?;
    let codec = web_codec_for(&agreement.format, &codecs)?;
    let limit = web_limit(&agreement.format, codec);
    let choice = match (&agreement.format.payload, codec) {
        (payload::Format::H264 { .. }, WebCodec::H264 { .. }) => Choice::PassesThrough,
        (_, WebCodec::H264 { .. } | WebCodec::Vp8) => Choice::Transcoded,
    };
    let terms = (agreement.direction, Some(limit));
    let mut answer = web_answer(offer, (codec, choice), terms);
    let agreed = read_audio_answer(&ours, &body);
    let codec = agreed.and_then(|agreed| web_audio_for(agreed.stream.format, &spoken));
    let name = codec.map(|codec| format!("{codec:?}"));
    answer.reasons.extend(sound(offer, name));
    steps.push(answer);
    Ok(())
}

/// Whether that format stands in the description.
fn is_in(description: &Description, about: &About) -> bool {
    match about {
        About::Session | About::Line { .. } => true,
        About::Format {
            line, payload_type, ..
        } => {
            let media = description.media.get(*line);
            media.is_some_and(|media| media.payload_type(*payload_type).is_some())
        }
    }
}

fn web_to_web(offer: &Description, peer: &[WebCodec], steps: &mut Vec<Step>) -> Result<(), Reject> {
    let (codecs, reasons) = explained_web_codecs(offer);
    steps.push(step(What::Offer, offer, reasons));
    let direction = offered_direction(offer, &codecs)?;
    let kinds = web_kinds(&codecs);
    steps.push(web_offer(&kinds, direction));
    let chosen = first_common(&kinds, peer).ok_or(Reject::NoCommonCodec)?;
    let own = match chosen {
        WebCodec::Vp8 => WebCodec::Vp8,
        WebCodec::H264 { mode, .. } => web_h264(&codecs, mode).ok_or(Reject::NoCommonCodec)?,
    };
    let chosen = (own, Choice::PassesThrough);
    let mut answer = web_answer(offer, chosen, (mirrored(direction), None));
    // Every browser has what every browser has (RFC 7874 §3).
    let spoken = web_audio(offer).first().map(|codec| format!("{codec:?}"));
    answer.reasons.extend(sound(offer, spoken));
    steps.push(answer);
    Ok(())
}

fn plain_to_web(
    offer: &Description,
    peer: &[WebCodec],
    end: PlainEnd,
    steps: &mut Vec<Step>,
) -> Result<(), Reject> {
    let codecs = match web_codecs_for_plain(offer) {
        Ok(codecs) => codecs,
        Err(error) => {
            // The answer's reasons say for each line why it cannot be.
            let direction = Direction::Inactive;
            let (_, reasons) = explained_answer(offer, end, WebCodec::Vp8, direction);
            steps.push(step(What::Offer, offer, reasons));
            return Err(error);
        }
    };
    steps.push(step(What::Offer, offer, Vec::new()));
    let video = super::video(offer).ok_or(Reject::NoVideo)?;
    let direction = super::direction_of(offer, video);
    steps.push(web_offer(&codecs, direction));
    let chosen = first_common(&codecs, peer).ok_or(Reject::NoCommonCodec)?;
    let (answer, reasons) = explained_answer(offer, end, chosen, mirrored(direction));
    let mut name = None;
    let answer = answer.map(|(mut answer, _)| {
        let codec = web_audio_for_plain(offer).first().copied();
        if let Some((line, codec)) = audio(offer).zip(codec) {
            let direction = mirrored(super::direction_of(offer, line));
            let plan = answer_audio(offer, &mut answer, AUDIO_PORT, codec, direction);
            name = plan.and_then(|_| sound_in(&answer));
        }
        answer
    });
    steps.push(Step {
        what: What::Answer,
        sdp: answer.as_ref().map_or(String::new(), text_of),
        reasons: [reasons, sound(offer, name)].concat(),
    });
    answer.map(|_| ())
}

fn plain_to_plain(
    offer: &Description,
    answers: &dyn Fn(&Description) -> Option<Vec<u8>>,
    steps: &mut Vec<Step>,
) -> Result<(), Reject> {
    let mut reasons = Reasons::default();
    reasons.session(Why::Direct);
    steps.push(step(What::OfferToPeer, offer, reasons.clone().into_vec()));
    let body = answers(offer).ok_or(Reject::NoCommonCodec)?;
    steps.push(Step {
        what: What::Answer,
        sdp: String::from_utf8_lossy(&body).into_owned(),
        reasons: reasons.into_vec(),
    });
    Ok(())
}

/// What becomes of the sound of an offer; nothing where it has none.
fn sound(offer: &Description, codec: Option<String>) -> Vec<Reason> {
    let mut reasons = Reasons::default();
    let lines = offer.media.iter().enumerate();
    for (line, media) in lines.filter(|(_, media)| media.kind == Kind::Audio && media.port != 0) {
        let is_used = audio(offer).is_some_and(|used| std::ptr::eq(used, media));
        let why = match codec.clone().filter(|_| is_used) {
            Some(codec) => Why::Sound(codec),
            None => Why::NoSound,
        };
        reasons.line(line, media, why);
    }
    reasons.into_vec()
}

/// Why there is an audio line in our offer.
fn sound_offered(ours: &Description) -> Vec<Reason> {
    let mut reasons = Reasons::default();
    let lines = ours.media.iter().enumerate();
    for (line, media) in lines.filter(|(_, media)| media.kind == Kind::Audio) {
        reasons.line(line, media, Why::SoundOffered);
    }
    reasons.into_vec()
}

/// The codec of an answered audio line.
fn sound_in(answer: &Description) -> Option<String> {
    let said = audio(answer)?.payload_types.first()?;
    Some(said.encoding.clone())
}

fn sound_answered(ours: &Description, body: &[u8]) -> Option<String> {
    read_audio_answer(ours, body)?;
    sound_in(&Description::parse(body).ok()?)
}

/// The first of what is offered that a browser has.
fn first_common(offered: &[WebCodec], browser: &[WebCodec]) -> Option<WebCodec> {
    let has = |wanted: &&WebCodec| match wanted {
        WebCodec::Vp8 => browser.contains(&WebCodec::Vp8),
        WebCodec::H264 { mode, .. } => web_h264(browser, *mode).is_some(),
    };
    offered.iter().find(has).copied()
}

fn offered_direction(offer: &Description, codecs: &[WebCodec]) -> Result<Direction, Reject> {
    let video = super::video(offer).ok_or(Reject::NoVideo)?;
    match codecs.is_empty() {
        true => Err(Reject::NoCommonCodec),
        false => Ok(offer.direction_of(video)),
    }
}

/// What is offered to a browser, as far as it follows from the caller's side.
fn web_offer(codecs: &[WebCodec], direction: Direction) -> Step {
    let said: Vec<PayloadType> = (96..).zip(codecs).map(|(n, c)| web_format(n, *c)).collect();
    let mut reasons = Reasons::default();
    let has_h264_first = matches!(codecs.first(), Some(WebCodec::H264 { .. }));
    for (said, codec) in said.iter().zip(codecs) {
        let why = match codec {
            WebCodec::H264 { .. } if has_h264_first => Offer::Common,
            WebCodec::H264 { .. } => Offer::AfterVp8,
            WebCodec::Vp8 => Offer::EveryBrowser,
        };
        reasons.format(0, said, Why::Offered(why));
    }
    let protocol = Protocol::Secure("UDP/TLS/RTP/SAVPF".to_owned());
    let mut video = Media::video(9, protocol, said);
    video.direction = Some(direction);
    Step {
        what: What::OfferToPeer,
        sdp: lines_of(&video),
        reasons: reasons.into_vec(),
    }
}

/// What a calling browser is answered, as far as it follows from the other side.
fn web_answer(
    offer: &Description,
    (codec, choice): (WebCodec, Choice),
    (direction, limit): (Direction, Option<PictureLimit>),
) -> Step {
    let mut reasons = Reasons::default();
    let mut texts = Vec::new();
    let chosen = super::video(offer);
    for (line, media) in offer.media.iter().enumerate() {
        if !chosen.is_some_and(|chosen| std::ptr::eq(chosen, media)) {
            continue;
        }
        let same = |said: &&PayloadType| super::web::codec_of(said) == Some(codec);
        let Some(said) = media.payload_types.iter().find(same) else {
            continue;
        };
        reasons.format(line, said, Why::Chosen(choice));
        let mut video = offer_answer::accept(media, 9, said.clone(), direction);
        video.frame_rate = None;
        if let Some(limit) = limit {
            web_description::apply_limit(&mut video, limit);
            let by = Ceiling::FarEnd;
            reasons.line(line, media, Why::Limit { limit, by });
        }
        texts.push(lines_of(&video));
    }
    Step {
        what: What::Answer,
        sdp: texts.concat(),
        reasons: reasons.into_vec(),
    }
}

fn web_format(number: u8, codec: WebCodec) -> PayloadType {
    match codec {
        WebCodec::Vp8 => PayloadType::new(number, "VP8", 90000, ""),
        WebCodec::H264 {
            mode,
            profile_level_id,
        } => {
            let id = format!("{profile_level_id:06x}");
            super::h264::offered(number, &id, mode)
        }
    }
}

fn step(what: What, description: &Description, reasons: Vec<Reason>) -> Step {
    Step {
        what,
        sdp: text_of(description),
        reasons,
    }
}

fn text_of(description: &Description) -> String {
    String::from_utf8_lossy(&description.to_bytes()).into_owned()
}

/// A media line by itself.
fn lines_of(media: &Media) -> String {
    let mut description = Description::new(0, 0, std::net::Ipv4Addr::UNSPECIFIED.into());
    description.media = vec![media.clone()];
    let text = text_of(&description);
    let begin = text.find("m=").unwrap_or_default();
    text[begin..].to_owned()
}
