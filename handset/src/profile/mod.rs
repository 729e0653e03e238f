//! What tells one model of handset from another, as data (`profiles/*.toml`): here what it plays.

pub mod model;
mod read;
pub mod setup;

use serde::Deserialize;

pub use model::{Model, Models};
pub use read::Wrong;
pub use setup::{Capabilities, OnOptions, Refusals, Setup, Stated};

use crate::sip::digest::Algorithm;

/// One model: what it offers, says of itself, and is peculiar about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// As `--profile` takes it.
    #[serde(skip)]
    pub name: String,
    /// What the page's phone has printed on it.
    #[serde(skip)]
    pub label: String,
    pub user_agent: String,
    /// Feature tags of the Contact (RFC 3840), always.
    pub feature_tags: Vec<String>,
    /// The same, of what is said to whom the phone is on a call with.
    #[serde(default)]
    pub in_call_tags: Vec<String>,
    pub allow: Vec<String>,
    /// Digest algorithms the model knows.
    pub digest: Vec<Algorithm>,
    pub preferred_identity: PreferredIdentity,
    pub video: Video,
    pub session: Session,
    #[serde(default)]
    pub media: MediaHabits,
    #[serde(default)]
    pub setup: Setup,
    #[serde(default)]
    pub refusals: Refusals,
    #[serde(default)]
    pub capabilities: Capabilities,
    /// In the order in which they are offered.
    #[serde(rename = "codec")]
    pub codecs: Vec<Codec>,
    /// Absent: the model has no audio in a share.
    #[serde(default)]
    pub audio: Option<Audio>,
}

/// The audio line of a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audio {
    /// Whether it speaks, and not only listens.
    pub sends: bool,
    /// In the order in which they are offered.
    #[serde(rename = "codec")]
    pub codecs: Vec<AudioCodec>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioCodec {
    pub encoding: AudioEncoding,
    pub payload_type: u8,
    /// AMR alone: how a payload is put together (RFC 4867 §8.1).
    pub octet_align: bool,
}

/// Encoding names of SDP for sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum AudioEncoding {
    #[serde(rename = "AMR")]
    Amr,
    #[serde(rename = "AMR-WB")]
    AmrWb,
    #[serde(rename = "PCMU")]
    Pcmu,
    #[serde(rename = "PCMA")]
    Pcma,
}

impl AudioEncoding {
    pub fn name(self) -> &'static str {
        match self {
            Self::Amr => "AMR",
            Self::AmrWb => "AMR-WB",
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    pub fn clock_hz(self) -> u32 {
        match self {
            Self::AmrWb => 16_000,
            Self::Amr | Self::Pcmu | Self::Pcma => 8000,
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Amr, Self::AmrWb, Self::Pcmu, Self::Pcma]
            .into_iter()
            .find(|encoding| encoding.name().eq_ignore_ascii_case(name))
    }
}

impl std::str::FromStr for AudioEncoding {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::from_name(name).ok_or_else(|| format!("no audio codec {name}"))
    }
}

/// How P-Preferred-Identity is written; some models forget the angle brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreferredIdentity {
    Absent,
    Bare,
    Bracketed,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Video {
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    pub bits_per_second: u32,
    /// `b=AS:`, kilobits per second with the packets' headers.
    pub bandwidth_kilobits: u32,
}

/// How the model treats the stream itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaHabits {
    /// How often an empty RTP packet goes out while only watching (R1.23); absent: never.
    #[serde(default)]
    pub keep_alive_seconds: Option<u64>,
    /// Without a report of the peer by RTCP for so long the share is ended (R1.22); absent: RTP keeps
    /// it alive as well.
    #[serde(default)]
    pub report_watchdog_seconds: Option<u64>,
    /// Whether the camera stays shut after the answer until the phone's user says yes (R1.24).
    #[serde(default)]
    pub waits_for_user: bool,
}

/// What the model writes into its session descriptions beside the codecs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Session-level `a=` lines, without the `a=`.
    pub attributes: Vec<String>,
    /// Whether `a=framerate:` and `a=framesize:` are written.
    pub frame_attributes: bool,
    /// The number of `urn:3gpp:video-orientation` in `a=extmap` (RFC 8285); absent: not written.
    #[serde(default)]
    pub orientation: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codec {
    pub encoding: Encoding,
    pub payload_type: u8,
    /// Format parameters; absent: no `a=fmtp` line.
    pub parameters: Option<String>,
}

/// Encoding names of SDP that a handset knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// RFC 2190.
    #[serde(rename = "H263")]
    H263,
    /// RFC 4629.
    #[serde(rename = "H263-1998")]
    H263v1998,
    /// RFC 4629.
    #[serde(rename = "H263-2000")]
    H263v2000,
    /// RFC 6184.
    #[serde(rename = "H264")]
    H264,
}

impl Encoding {
    pub fn name(self) -> &'static str {
        match self {
            Self::H263 => "H263",
            Self::H263v1998 => "H263-1998",
            Self::H263v2000 => "H263-2000",
            Self::H264 => "H264",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::H263, Self::H263v1998, Self::H263v2000, Self::H264]
            .into_iter()
            .find(|encoding| encoding.name().eq_ignore_ascii_case(name))
    }
}

impl std::str::FromStr for Encoding {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::from_name(name).ok_or_else(|| format!("no codec {name}"))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("no profile {wanted}; there are {}", .known.join(", "))]
    Unknown { wanted: String, known: Vec<String> },
    #[error("{profile} has no {}", .codec.name())]
    NoCodec { profile: String, codec: Encoding },
    #[error("{profile} has no {}", .codec.name())]
    NoAudio {
        profile: String,
        codec: AudioEncoding,
    },
    #[error("{0}")]
    Wrong(#[from] Wrong),
    #[error("{path}: {error}")]
    Unreadable { path: String, error: std::io::Error },
}

impl Profile {
    /// A built-in profile by its name.
    pub fn named(wanted: &str) -> Result<Self, ProfileError> {
        let models = Models::built_in()?;
        Ok(models.named(wanted)?.play.clone())
    }

    /// Whether the phone knows that option tag of SIP.
    pub fn understands(&self, tag: &str) -> bool {
        let known = &self.setup.understands;
        known.iter().any(|own| own.eq_ignore_ascii_case(tag))
    }

    /// The same model, if it knew that codec alone.
    pub fn with_only(mut self, codec: Encoding) -> Result<Self, ProfileError> {
        self.codecs.retain(|own| own.encoding == codec);
        if self.codecs.is_empty() {
            return Err(ProfileError::NoCodec {
                profile: self.name,
                codec,
            });
        }
        Ok(self)
    }

    /// The same model, if it knew that audio codec alone.
    pub fn with_only_audio(mut self, wanted: AudioEncoding) -> Result<Self, ProfileError> {
        let codecs = self.audio.iter_mut().map(|audio| &mut audio.codecs);
        for codecs in codecs {
            codecs.retain(|own| own.encoding == wanted);
        }
        if self.audio.as_ref().is_none_or(|of| of.codecs.is_empty()) {
            return Err(ProfileError::NoAudio {
                profile: self.name,
                codec: wanted,
            });
        }
        Ok(self)
    }
}
