//! What the payload types of a plain peer stand for, and what each allows (RFC 8866 §6.6).

use std::cmp::Reverse;

use media::payload;
use media::payload::h264::PacketizationMode;
use media::payload::h264::profile_level_id::{Profile, ProfileLevelId};
use sip::sdp::{Description, Media, PayloadType, Protocol};

use super::limit::{Ceiling, LineLimits};
use super::reason::{Choice, Reasons, Why};
use super::{H264_ENCODING, h263, h264, mp4v};
use crate::bridge::format::StreamFormat;
use crate::bridge::web_leg::WebCodec;

/// A payload type that can be bridged.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    pub(super) said: &'a PayloadType,
    /// What goes back for it in an answer.
    pub(super) answer: PayloadType,
    pub(super) format: StreamFormat,
    /// What set the format's rate.
    pub(super) ceiling: Ceiling,
    pub(super) codec: Codec,
    /// What its level allows, whatever the line does.
    level_bits_per_second: u32,
    /// H.263 of a profile with options.
    has_options: bool,
}

/// The codecs of plain peers, as far as decisions tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    H264 {
        mode: PacketizationMode,
        id: ProfileLevelId,
    },
    /// H263-2000.
    H263v2000,
    /// H263-1998.
    H263v1998,
    /// RFC 2190.
    H263,
    Mp4v,
}

impl Codec {
    /// Whether a browser may have the same stream.
    pub(super) fn is_for_browsers(self) -> bool {
        match self {
            Codec::H264 { id, .. } => h264::is_baseline(id),
            Codec::H263v2000 | Codec::H263v1998 | Codec::H263 | Codec::Mp4v => false,
        }
    }

    pub(super) fn profile(self) -> Option<Profile> {
        match self {
            Codec::H264 { id, .. } => Some(id.profile()),
            Codec::H263v2000 | Codec::H263v1998 | Codec::H263 | Codec::Mp4v => None,
        }
    }

    /// Whether both are one format: H.264 also by its packetization mode (RFC 6184 §8.2.2).
    pub(super) fn is_same_format(self, other: Codec) -> bool {
        match (self, other) {
            (Codec::H264 { mode: one, .. }, Codec::H264 { mode: other, .. }) => one == other,
            (one, other) => one == other,
        }
    }
}

/// The formats of a line that can be bridged, in its order.
pub(super) fn candidates<'a>(
    description: &Description,
    (line, media): (usize, &'a Media),
    cap: u32,
    reasons: &mut Reasons,
) -> Vec<Candidate<'a>> {
    let limits = LineLimits::of(description, media, cap);
    let mut found = Vec::new();
    for said in &media.payload_types {
        let mut remarks = Vec::new();
        let read = candidate(media, said, &limits, &mut remarks);
        for remark in remarks {
            reasons.format(line, said, remark);
        }
        match read {
            Ok(candidate) => found.push(candidate),
            Err(why) => reasons.format(line, said, why),
        }
    }
    found
}

fn candidate<'a>(
    media: &Media,
    said: &'a PayloadType,
    limits: &LineLimits,
    remarks: &mut Vec<Why>,
) -> Result<Candidate<'a>, Why> {
    let h263 = [
        ("H263-2000", Codec::H263v2000),
        ("H263-1998", Codec::H263v1998),
        ("H263", Codec::H263),
    ];
    let h263 = h263.into_iter().find(|(name, _)| said.is(name));
    let is_known = h263.is_some() || said.is(H264_ENCODING) || said.is(MP4V_ENCODING);
    if !is_known {
        return Err(Why::UnknownEncoding);
    }
    if said.clock_rate != VIDEO_CLOCK_HZ {
        return Err(Why::Clock(said.clock_rate));
    }
    let mut has_options = false;
    let (codec, ability, answer, payload) = if let Some((_, codec)) = h263 {
        let declared = h263::Declared::read(&said.parameters, remarks);
        let payload = match codec {
            Codec::H263 => payload::Format::H263,
            Codec::H263v2000 | Codec::H263v1998 | Codec::H264 { .. } | Codec::Mp4v => {
                payload::Format::H263Plus
            }
        };
        let answer = declared.answer(said);
        has_options = declared.profile != 0;
        (codec, declared.ability, answer, payload)
    } else if said.is(MP4V_ENCODING) {
        let declared = mp4v::Declared::read(&said.parameters, remarks);
        let ability = declared.ability.clone();
        (Codec::Mp4v, ability, mp4v::answer(said), declared.payload())
    } else {
        let declared = h264::Declared::read(&said.parameters, remarks)?;
        let (mode, id) = (declared.mode, declared.id);
        if !h264::is_baseline(id) {
            remarks.push(Why::NotForBrowsers);
        }
        let ability = declared.ability.clone();
        let codec = Codec::H264 { mode, id };
        (codec, ability, h264::answer(said), declared.payload())
    };
    let (limit, ceiling) = limits.fit(media, said.number, &ability);
    Ok(Candidate {
        said,
        answer,
        format: StreamFormat {
            payload,
            payload_type: said.number,
            limit,
            // Where it was agreed, the answer says so.
            orientation: None,
        },
        ceiling,
        codec,
        level_bits_per_second: ability.bits_per_second.unwrap_or_default(),
        has_options,
    })
}

/// Puts the one to answer with first (R1.15): what passes through to the browser; else H263-2000,
/// H263-1998 and H263, unless H.264 allows larger pictures; of one codec the one with the highest rate.
pub(super) fn rank(candidates: &mut [Candidate<'_>], web: WebCodec) -> Choice {
    let area = |candidate: &Candidate<'_>| {
        u32::from(candidate.format.limit.width) * u32::from(candidate.format.limit.height)
    };
    let largest_h263 = candidates
        .iter()
        .filter(|candidate| !matches!(candidate.codec, Codec::H264 { .. }))
        .map(area)
        .max();
    let has_h264 = matches!(web, WebCodec::H264 { .. });
    let class = |candidate: &Candidate<'_>| match candidate.codec {
        Codec::H264 { mode, .. } => {
            let passes = has_h264 && candidate.codec.is_for_browsers();
            let is_larger = largest_h263.is_none_or(|largest| area(candidate) > largest);
            match (passes, mode) {
                (true, PacketizationMode::NonInterleaved) => 0,
                (true, PacketizationMode::SingleNal) => 1,
                (false, _) if is_larger => 2,
                (false, _) => 6,
            }
        }
        Codec::H263v2000 => 3,
        Codec::H263v1998 => 4,
        Codec::H263 => 5,
        Codec::Mp4v => 7,
    };
    let key = |candidate: &Candidate<'_>| {
        let limit = candidate.format.limit;
        let is_single = matches!(
            candidate.codec,
            Codec::H264 {
                mode: PacketizationMode::SingleNal,
                ..
            }
        );
        let size_and_rate = (
            area(candidate),
            limit.bits_per_second,
            candidate.level_bits_per_second,
        );
        (
            class(candidate),
            is_single,
            candidate.has_options,
            Reverse(size_and_rate),
        )
    };
    candidates.sort_by_key(key);
    match candidates.first().map(class) {
        Some(0 | 1) => Choice::PassesThrough,
        Some(2) if largest_h263.is_some() => Choice::Larger,
        Some(_) | None => Choice::Transcoded,
    }
}

/// Whether a line may have something that can be bridged, to tell lines apart before any is looked at
/// closely.
pub(super) fn has_known_codec(media: &Media) -> bool {
    let known = [
        H264_ENCODING,
        "VP8",
        "H263-2000",
        "H263-1998",
        "H263",
        MP4V_ENCODING,
    ];
    media
        .payload_types
        .iter()
        .any(|said| known.iter().any(|name| said.is(name)))
}

/// Whether RTP of a line is plain: no keys, with or without feedback.
pub(super) fn is_plain(media: &Media) -> bool {
    matches!(media.protocol, Protocol::RtpAvp | Protocol::RtpAvpf)
}

const MP4V_ENCODING: &str = "MP4V-ES";

/// Of every video payload format (RFC 3551 §5).
const VIDEO_CLOCK_HZ: u32 = 90_000;
