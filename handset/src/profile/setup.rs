//! How a model behaves between the invitation and the picture: marks, refusals, capabilities.

use std::str::FromStr;

use serde::Deserialize;

/// What the model writes into its invitations, and wants in those of others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    #[serde(default)]
    pub preconditions: Preconditions,
    /// Whether it sends PRACK for a 180 that was not sent reliably (R1.20).
    #[serde(default)]
    pub pracks_any_ringing: bool,
    /// Option tags that an invitation may require of it (RFC 3261 §20.32).
    #[serde(default)]
    pub understands: Vec<String>,
    /// Session-level `a=` lines that an offer must have, else it is refused by 488.
    #[serde(default)]
    pub wants: Vec<String>,
}

/// What the model makes of RFC 3312.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preconditions {
    #[default]
    None,
    /// Its invitations say `Require: precondition`, and set none.
    Marked,
    /// The same, and it refuses by 421 whoever offers none.
    Demanded,
}

/// How it says no.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusals {
    /// Its user declines.
    #[serde(default = "declined")]
    pub declined: Stated,
    /// A share is up already.
    #[serde(default = "busy")]
    pub busy: Stated,
    /// No voice call is up with who asks; absent: it does not look.
    #[serde(default)]
    pub outside_call: Option<Stated>,
    /// Whether the phone, where nobody said with whom it is on a call, is on one with everybody.
    #[serde(default = "yes")]
    pub is_taken_as_in_call: bool,
}

/// The status and words of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    pub status: u16,
    pub reason: String,
}

impl Stated {
    fn new(status: u16, reason: &str) -> Self {
        let reason = reason.to_owned();
        Self { status, reason }
    }
}

fn declined() -> Stated {
    Stated::new(603, "Decline")
}

fn busy() -> Stated {
    Stated::new(486, "Busy Here")
}

fn yes() -> bool {
    true
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            declined: declined(),
            busy: busy(),
            outside_call: None,
            is_taken_as_in_call: true,
        }
    }
}

/// Questions by OPTIONS, asked and answered (R1.1 to R1.8).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Whether it asks whom it is on a call with what they can.
    #[serde(default)]
    pub asks: Asks,
    /// What it answers to whom it is on a call with.
    #[serde(default)]
    pub answers: OnOptions,
    /// What it answers to others; absent: the same.
    #[serde(default)]
    pub answers_outside_call: Option<OnOptions>,
    /// Types of files that it says it takes (R2.4); empty: it says nothing of files.
    #[serde(default)]
    pub file_types: Vec<String>,
    #[serde(default)]
    pub max_file_bytes: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    #[default]
    Never,
    /// With its own capabilities in a description.
    WithDescription,
    /// With feature tags alone.
    WithTags,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            asks: Asks::Never,
            answers: OnOptions::Capable,
            answers_outside_call: None,
            file_types: Vec::new(),
            max_file_bytes: None,
        }
    }
}

/// What becomes of an OPTIONS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnOptions {
    /// 200 with the feature tag and the codecs.
    #[default]
    Capable,
    /// 200 with the codecs, without the tag: one way to say no.
    Untagged,
    Status(u16),
}

impl OnOptions {
    /// The phrase of a status that a phone answers with.
    pub fn reason(status: u16) -> &'static str {
        match status {
            403 => "Forbidden",
            404 => "Not Found",
            408 => "Request Timeout",
            416 => "Unsupported URI Scheme",
            480 => "Temporarily Unavailable",
            486 => "Busy Here",
            501 => "Not Implemented",
            603 => "Decline",
            606 => "Not Acceptable",
            _ => "Refused",
        }
    }
}

impl FromStr for OnOptions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "capable" => Ok(Self::Capable),
            "untagged" => Ok(Self::Untagged),
            number => match number.parse() {
                Ok(status @ 300..700) => Ok(Self::Status(status)),
                Ok(_) | Err(_) => Err(format!(
                    "{text:?} is neither capable, untagged nor a status of 300 to 699"
                )),
            },
        }
    }
}

impl<'de> Deserialize<'de> for OnOptions {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
