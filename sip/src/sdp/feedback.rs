//! RFC 4585 §4.2, RFC 5104 §7.1: `a=rtcp-fb`, the feedback that a line of profile AVPF is given.

use std::fmt;
use std::str::FromStr;

/// Lines read of one media line. A browser writes some five for each of its dozen formats.
pub const MAX_FEEDBACK: usize = 128;

/// One `a=rtcp-fb` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtcpFeedback {
    /// `None` stands for all formats of the line: `*`.
    pub payload_type: Option<u8>,
    pub kind: FeedbackKind,
}

/// What may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedbackKind {
    /// Single packets anew: `nack` alone.
    Nack,
    /// A picture to begin with: `nack pli`.
    PictureLoss,
    /// The same as a command: `ccm fir`.
    FullIntra,
    /// A ceiling of the rate: `ccm tmmbr`, with its `smaxpr` left out.
    TemporaryRate,
    /// All others, as written.
    Other(String),
}

/// The value is no payload type and a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a=rtcp-fb has a payload type or *, then what is asked for")]
pub struct InvalidFeedback;

impl RtcpFeedback {
    /// Whether this is about a payload type.
    pub fn covers(&self, payload_type: u8) -> bool {
        self.payload_type
            .is_none_or(|covered| covered == payload_type)
    }
}

impl FromStr for RtcpFeedback {
    type Err = InvalidFeedback;

    fn from_str(value: &str) -> Result<Self, InvalidFeedback> {
        let mut words = value.split_ascii_whitespace();
        let payload_type = match words.next().ok_or(InvalidFeedback)? {
            "*" => None,
            number => Some(
                number
                    .parse()
                    .ok()
                    .filter(|number| *number < 128)
                    .ok_or(InvalidFeedback)?,
            ),
        };
        let words: Vec<&str> = words.collect();
        let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let kind = match lower.as_slice() {
            [] => return Err(InvalidFeedback),
            ["nack"] => FeedbackKind::Nack,
            ["nack", "pli"] => FeedbackKind::PictureLoss,
            ["ccm", "fir"] => FeedbackKind::FullIntra,
            ["ccm", "tmmbr", ..] => FeedbackKind::TemporaryRate,
            _ => FeedbackKind::Other(words.join(" ")),
        };
        Ok(RtcpFeedback { payload_type, kind })
    }
}

impl fmt::Display for RtcpFeedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payload_type {
            Some(number) => write!(f, "{number} {}", self.kind),
            None => write!(f, "* {}", self.kind),
        }
    }
}

impl fmt::Display for FeedbackKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FeedbackKind::Nack => "nack",
            FeedbackKind::PictureLoss => "nack pli",
            FeedbackKind::FullIntra => "ccm fir",
            FeedbackKind::TemporaryRate => "ccm tmmbr",
            FeedbackKind::Other(text) => text,
        })
    }
}
