//! Why a description is answered as it is: RFC 3264 §6 leaves much to the answerer. What is decided says
//! why as data, which the log and `sidecam explain` show.

use std::fmt;

use sip::sdp::{Direction, Kind, Media, PayloadType};
use thiserror::Error;

use super::limit::Ceiling;
use crate::bridge::web_leg::PictureLimit;

/// One decision and what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    pub about: About,
    pub why: Why,
}

/// What a decision is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    Session,
    /// A media line, counted from 0.
    Line {
        line: usize,
        kind: Kind,
    },
    /// A payload type of a media line.
    Format {
        line: usize,
        payload_type: u8,
        encoding: String,
    },
}

/// Why something is so, each with the sentence that says it. For a line or a format that is refused
/// it is the error, for the others the grounds.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Why {
    #[error("taken: the first video line with a codec that can be bridged")]
    Taken,
    #[error("stays at port 0: its writer switched it off or lists what it could do")]
    PortZero,
    #[error("port 0: {} is not bridged", .0.name())]
    NotBridged(Kind),
    #[error("offered: sound beside the pictures, which the peer may refuse by port 0")]
    SoundOffered,
    #[error("sound goes beside the pictures, as {0}")]
    Sound(String),
    #[error(
        "port 0: nothing of its sound can be bridged, or it is not wanted; the share goes on without"
    )]
    NoSound,
    #[error("port 0: one video stream is bridged, and another line is it")]
    AnotherVideo,
    #[error(
        "port 0: {0} without DTLS has its keys in the description, which are not used here; RTP/AVP or RTP/AVPF would be taken"
    )]
    Secure(String),
    #[error("port 0: {0} is no RTP that can be bridged")]
    OtherTransport(String),
    #[error("port 0: none of its formats can be bridged")]
    NoUsableFormat,

    #[error("{0} goes back: an answer has the profile of its offer")]
    Profile(String),
    #[error("{0}: what the peer offered of feedback and the gateway does")]
    Feedback(String),
    #[error("a=rtcp-fb means nothing in RTP/AVP and is not answered")]
    FeedbackWithoutProfile,
    #[error("RTCP shares the RTP port, as the peer offered")]
    OneRtcpPort,
    #[error("the line as it stands is answered, not what it could be instead ({})", .0.join(", "))]
    PotentialConfigurations(Vec<String>),
    #[error("{0}: the peer's bandwidth for RTCP is kept")]
    RtcpBandwidth(String),
    #[error("{} for the peer's {}", .ours.name(), .theirs.name())]
    Direction { theirs: Direction, ours: Direction },
    #[error("on hold: its address is all zeros, so nothing is sent")]
    HeldByAddress,
    #[error(
        "how its pictures must be turned comes with them under number {0}, as the peer offered"
    )]
    Orientation(u8),
    #[error("{line} at the {} level, {}", if *.at_session { "session" } else { "media" }, if *.mirrored { "where the offer has its own" } else { "which peers expect though the offer has none" })]
    Bandwidth {
        line: String,
        at_session: bool,
        mirrored: bool,
    },
    #[error("{0}: what all of it needs at most, within the operator's cap")]
    OwnBandwidth(String),
    #[error("at most {}x{} at {} pictures and {} bit/s: {by}", .limit.width, .limit.height, .limit.frames_per_second, .limit.bits_per_second)]
    Limit { limit: PictureLimit, by: Ceiling },
    #[error("not passed on: {}", .0.join(", "))]
    KeptOut(Vec<String>),

    #[error("two plain peers talk to each other, so descriptions pass as they are")]
    Direct,
    #[error("can be bridged")]
    Usable,
    #[error("the same as one before it")]
    Repeated,
    #[error("no profile that browsers and handsets share")]
    OtherProfile,
    #[error("chosen: {0}")]
    Chosen(Choice),
    #[error("could be bridged, but an answer has one codec and another comes first")]
    Behind,
    #[error("not a video codec that can be bridged")]
    UnknownEncoding,
    #[error("has a clock of {0} Hz where video has 90000")]
    Clock(u32),
    #[error("interleaved mode (packetization-mode={0}) is not supported")]
    Interleaved(String),
    #[error("profile-level-id={0} is no such thing and counts as absent: Baseline, level 1")]
    BadProfileLevelId(String),
    #[error("{profile} profile, level {level}, by the flags of profile-level-id")]
    H264 {
        profile: media::payload::h264::profile_level_id::Profile,
        level: media::payload::h264::profile_level_id::Level,
    },
    #[error("no browser is held to this profile, so its pictures are transcoded")]
    NotForBrowsers,
    #[error("its max- parameters allow more than the level")]
    LevelRaised,
    #[error(
        "{0} parameter sets of sprop-parameter-sets are put before keyframes towards the browser"
    )]
    ParameterSets(usize),
    #[error("profile {profile}, level {level}")]
    H263Level { profile: u8, level: u8 },
    #[error("level {0} is not known and counts as 10")]
    H263UnknownLevel(String),
    #[error("picture sizes by their own parameters")]
    H263Sizes,
    #[error("no parameters: QCIF at 15 pictures a second is assumed")]
    H263Nothing,
    #[error(
        "sizes beside profile and level are not allowed; the lesser of both counts, and the answer has profile and level only"
    )]
    H263Mix,
    #[error("profile {0} may use options; we send none, which every profile can show")]
    H263Options(u8),
    #[error("MPEG-4 Visual, profile-level-id {0}")]
    Mp4v(u8),
    #[error("the headers in config= are put before keyframes")]
    Mp4vConfiguration,
    #[error("config= does not hold a layer's headers and counts as absent")]
    BadConfiguration,
    #[error("offered as {0}: packets with either number are taken")]
    AnotherNumber(u8),
    #[error("answered as {answered} where {offered} was offered; taken as it is")]
    ProfileDiffers {
        offered: media::payload::h264::profile_level_id::Profile,
        answered: media::payload::h264::profile_level_id::Profile,
    },
    #[error("offered: {0}")]
    Offered(Offer),
}

/// Why this format and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Choice {
    #[error("the browser has the same codec, so pictures pass as they are")]
    PassesThrough,
    #[error("of what is transcoded for this browser it comes first")]
    Transcoded,
    #[error("it allows larger pictures than the others")]
    Larger,
    #[error("the peer's own first choice")]
    ByPeer,
}

/// Why we offer a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Offer {
    #[error(
        "what later clients have in common, level 1.2; the browser's own codec, so pictures pass as they are"
    )]
    Later,
    #[error("level 1b, as Video Share handsets have it; the browser's own codec")]
    Handsets,
    #[error("for peers without packetization mode 1")]
    SingleNal,
    #[error("transcoded, for peers without H.263")]
    Transcoded,
    #[error("what every Video Share handset has")]
    H263,
    #[error("the name and the parameters that older handsets know")]
    OlderH263,
    #[error("the oldest packets of H.263")]
    OldestH263,
    #[error("the plain peer has it too, so pictures can pass as they are")]
    Common,
    #[error("every browser has it")]
    EveryBrowser,
    #[error("for browsers that would rather have it; the plain peer has none that passes")]
    AfterVp8,
}

/// Collects reasons.
#[derive(Debug, Clone, Default)]
pub struct Reasons(Vec<Reason>);

impl Reasons {
    pub fn session(&mut self, why: Why) {
        self.push(About::Session, why);
    }

    pub fn line(&mut self, line: usize, media: &Media, why: Why) {
        let kind = media.kind.clone();
        self.push(About::Line { line, kind }, why);
    }

    pub fn format(&mut self, line: usize, payload_type: &PayloadType, why: Why) {
        let about = About::Format {
            line,
            payload_type: payload_type.number,
            encoding: payload_type.encoding.clone(),
        };
        self.push(about, why);
    }

    pub fn into_vec(self) -> Vec<Reason> {
        self.0
    }

    /// Puts each into the log.
    pub fn log(reasons: &[Reason]) {
        for Reason { about, why } in reasons {
            tracing::debug!(%about, %why, "decided");
        }
    }

    fn push(&mut self, about: About, why: Why) {
        self.0.push(Reason { about, why });
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            About::Session => f.write_str("session"),
            About::Line { line, kind } => write!(f, "line {}, {}", line + 1, kind.name()),
            About::Format {
                line,
                payload_type,
                encoding,
            } => write!(f, "line {}, {payload_type} {encoding}", line + 1),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.why)
    }
}
