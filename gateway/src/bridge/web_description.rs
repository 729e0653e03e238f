//! Session descriptions of a browser's leg (RFC 8829, RFC 8839, RFC 8842): ours are finished here,
//! the browser's are read.

use media::payload::h264::PacketizationMode;
use sip::sdp::{self, Attribute, Bandwidth};
use str0m::media::{Direction, Pt};

use super::web_leg::{Directions, PictureLimit, WebAudio, WebCodec, WebLegError};

/// What our description says of its lines.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    /// Our own.
    pub(super) directions: Directions,
    /// What its audio line may have, the preferred first.
    pub(super) audio: &'a [WebAudio],
    pub(super) limit: Option<PictureLimit>,
}

/// Our own description as `str0m` wrote it, with what it doesn't know of: the version, our
/// directions, what the far end can show (RFC 6236, RFC 8866 §6.11), and that audio and video
/// belong together.
pub(super) fn finished(written: &str, version: u64, said: Said<'_>) -> Result<String, WebLegError> {
    let Said {
        directions, limit, ..
    } = said;
    let mut description = sdp::Description::parse(written.as_bytes())
        .map_err(|error| WebLegError::Own(error.to_string()))?;
    description.origin.version = version;
    for media in &mut description.media {
        if media.kind == sdp::Kind::Audio && media.port != 0 {
            keep_audio(media, said.audio);
        }
        let said = match media.kind {
            sdp::Kind::Video => directions.video,
            sdp::Kind::Audio => directions.audio,
            sdp::Kind::Message | sdp::Kind::Application | sdp::Kind::Other(_) => None,
        };
        if media.port != 0 && said.is_some() {
            media.direction = said;
        }
        if media.port == 0 && media.payload_types.is_empty() && media.format.is_empty() {
            media.format = "0".to_owned(); // the grammar wants one
        }
        if media.kind == sdp::Kind::Video
            && media.port != 0
            && let Some(limit) = limit
        {
            apply_limit(media, limit);
        }
    }
    move_candidates(&mut description);
    join_streams(&mut description);
    String::from_utf8(description.to_bytes()).map_err(|error| WebLegError::Own(error.to_string()))
}

/// Leaves an audio line these codecs and the keys beside them, in their order.
fn keep_audio(media: &mut sdp::Media, codecs: &[WebAudio]) {
    let place = |of: &sdp::PayloadType| match audio_of(of) {
        Some(codec) => codecs.iter().position(|known| *known == codec),
        None if of.is("telephone-event") => codecs
            .iter()
            .any(|codec| codec.keys_clock_hz() == of.clock_rate)
            .then_some(codecs.len()),
        None => None,
    };
    media.payload_types.retain(|of| place(of).is_some());
    let kept: Vec<String> = media
        .payload_types
        .iter()
        .map(|of| of.number.to_string())
        .collect();
    media.attributes.retain(|attribute| {
        let number = attribute
            .value
            .as_deref()
            .and_then(|of| of.split(' ').next());
        attribute.name != "rtcp-fb" || number.is_some_and(|of| kept.iter().any(|kept| kept == of))
    });
    media
        .payload_types
        .sort_by_key(|of| place(of).unwrap_or(usize::MAX));
}

/// `str0m` writes the candidates into the first line, which may be a refused one.
fn move_candidates(description: &mut sdp::Description) {
    let is_candidate = |attribute: &mut Attribute| {
        matches!(attribute.name.as_str(), "candidate" | "end-of-candidates")
    };
    let refused = description.media.iter_mut().filter(|media| media.port == 0);
    let candidates: Vec<Attribute> = refused
        .flat_map(|media| {
            media
                .attributes
                .extract_if(.., is_candidate)
                .collect::<Vec<_>>()
        })
        .collect();
    if let Some(first) = description.media.iter_mut().find(|media| media.port != 0) {
        first.attributes.extend(candidates);
    }
}

/// Audio and video in one stream, which a browser plays in step (RFC 8830 §2).
fn join_streams(description: &mut sdp::Description) {
    let mut stream: Option<String> = None;
    let lines = description.media.iter_mut();
    for attribute in lines.flat_map(|media| &mut media.attributes) {
        let Some(value) = attribute.value.as_mut() else {
            continue;
        };
        // `msid:STREAM TRACK` and `ssrc:NUMBER msid:STREAM TRACK`
        let before = match attribute.name.as_str() {
            "msid" => String::new(),
            "ssrc" => match value.split_once(" msid:") {
                Some((number, _)) => format!("{number} msid:"),
                None => continue,
            },
            _ => continue,
        };
        let Some((own, track)) = value[before.len()..].split_once(' ') else {
            continue;
        };
        let joined = stream.get_or_insert_with(|| own.to_owned());
        *value = format!("{before}{joined} {track}");
    }
}

/// Writes `b=`, `a=framerate` and `a=imageattr` into a description for the browser.
pub fn apply_limit(video: &mut sdp::Media, limit: PictureLimit) {
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

/// What a description of a browser, or our answer, has chosen of each line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen {
    pub(super) video: Option<(WebCodec, Pt)>,
    pub(super) audio: Option<(WebAudio, Pt)>,
    /// The payload type of keys at the clock of that audio (RFC 4733 §2.1), and the clock.
    pub(super) events: Option<(Pt, u32)>,
}

/// The codec of the first payload type of each line in a browser's answer, or in ours.
pub(super) fn chosen(answer: &str) -> Result<Chosen, WebLegError> {
    let description = read(answer)?;
    let first = |kind| line(&description, kind).and_then(|media| media.payload_types.first());
    let video = first(sdp::Kind::Video);
    let audio = line(&description, sdp::Kind::Audio)
        .and_then(|media| media.payload_types.iter().find(|of| audio_of(of).is_some()));
    let events = audio.and_then(|of| {
        let mut types = line(&description, sdp::Kind::Audio)?.payload_types.iter();
        let is_key =
            |key: &&sdp::PayloadType| key.is("telephone-event") && key.clock_rate == of.clock_rate;
        types
            .find(is_key)
            .map(|key| (Pt::from(key.number), key.clock_rate))
    });
    let chosen = Chosen {
        events,
        video: video.and_then(|of| Some((codec_of(of)?, Pt::from(of.number)))),
        audio: audio.and_then(|of| Some((audio_of(of)?, Pt::from(of.number)))),
    };
    if chosen.video.is_none() && chosen.audio.is_none() {
        return Err(WebLegError::NoMedia);
    }
    Ok(chosen)
}

/// A browser's offer with all lines refused but the first of each kind that is wanted, so that
/// `str0m` refuses them too.
pub(super) fn only_with(
    offer: &str,
    video: Option<WebCodec>,
    audio: Option<WebAudio>,
) -> Result<String, WebLegError> {
    let mut description = read(offer)?;
    let held_to = audio;
    let (mut video, mut audio) = (video.is_some(), audio.is_some());
    let mut refused = Vec::new();
    for media in &mut description.media {
        let wanted = match media.kind {
            sdp::Kind::Video => media.port != 0 && std::mem::take(&mut video),
            sdp::Kind::Audio => media.port != 0 && std::mem::take(&mut audio),
            sdp::Kind::Message | sdp::Kind::Application | sdp::Kind::Other(_) => false,
        };
        if let (true, sdp::Kind::Audio, Some(codec)) = (wanted, &media.kind, held_to) {
            keep_audio(media, &[codec]);
        }
        if !wanted {
            media.port = 0;
            let mid = media.attribute("mid").and_then(|of| of.value.clone());
            refused.extend(mid);
        }
    }
    // A refused line leaves its bundle (RFC 8843 §7.3.3).
    for attribute in &mut description.attributes {
        if attribute.name == "group"
            && let Some(value) = &mut attribute.value
        {
            let left = value
                .split(' ')
                .filter(|mid| !refused.iter().any(|of| of == mid));
            *value = left.collect::<Vec<_>>().join(" ");
        }
    }
    String::from_utf8(description.to_bytes()).map_err(|error| WebLegError::Own(error.to_string()))
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
/// nothing of it has to be agreed anew but the directions and the way.
pub(super) fn still_offers(offer: &str, agreed: Option<WebCodec>) -> Result<bool, WebLegError> {
    let description = read(offer)?;
    let same = |payload_type, agreed| match (codec_of(payload_type), agreed) {
        (Some(WebCodec::Vp8), WebCodec::Vp8) => true,
        (Some(WebCodec::H264 { mode, .. }), WebCodec::H264 { mode: agreed, .. }) => mode == agreed,
        (Some(WebCodec::Vp8 | WebCodec::H264 { .. }) | None, _) => false,
    };
    let has_video = agreed.is_none_or(|agreed| {
        line(&description, sdp::Kind::Video)
            .is_some_and(|video| video.payload_types.iter().any(|of| same(of, agreed)))
    });
    Ok(has_video)
}

/// Whether an offer of the browser has an audio line with that codec.
pub(super) fn offers_audio(offer: &str, codec: WebAudio) -> Result<bool, WebLegError> {
    let description = read(offer)?;
    Ok(line(&description, sdp::Kind::Audio).is_some_and(|line| {
        let mut types = line.payload_types.iter();
        types.any(|of| audio_of(of) == Some(codec))
    }))
}

/// The audio codec that a payload type of a browser's description stands for.
pub fn audio_of(payload_type: &sdp::PayloadType) -> Option<WebAudio> {
    let is = |name, clock| payload_type.is(name) && payload_type.clock_rate == clock;
    if is("opus", 48_000) {
        Some(WebAudio::Opus)
    } else if is("PCMU", 8000) {
        Some(WebAudio::Pcmu)
    } else if is("PCMA", 8000) {
        Some(WebAudio::Pcma)
    } else {
        None
    }
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

fn line(description: &sdp::Description, kind: sdp::Kind) -> Option<&sdp::Media> {
    let mut lines = description.media.iter();
    lines.find(|media| media.kind == kind && media.port != 0)
}
