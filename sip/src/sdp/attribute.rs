//! The attributes that decisions are made on (RFC 8866 §6, RFC 3890 for TIAS).

use std::fmt;

/// An attribute line kept as it came: `a=name` or `a=name:value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub value: Option<String>,
}

impl Attribute {
    /// `a=name`
    pub fn flag(name: &str) -> Self {
        Attribute {
            name: name.to_owned(),
            value: None,
        }
    }

    /// `a=name:value`
    pub fn new(name: &str, value: impl fmt::Display) -> Self {
        Attribute {
            name: name.to_owned(),
            value: Some(value.to_string()),
        }
    }

    pub(super) fn write(&self) -> sdp_types::Attribute {
        sdp_types::Attribute {
            attribute: self.name.clone(),
            value: self.value.clone(),
        }
    }

    pub(super) fn read(attribute: &sdp_types::Attribute) -> Self {
        Attribute {
            name: attribute.attribute.clone(),
            value: attribute.value.clone(),
        }
    }
}

/// Which way media flows, as seen by the writer of the line (RFC 8866 §6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    pub fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [
            Direction::SendRecv,
            Direction::SendOnly,
            Direction::RecvOnly,
            Direction::Inactive,
        ]
        .into_iter()
        .find(|direction| direction.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn write(self) -> sdp_types::Attribute {
        sdp_types::Attribute {
            attribute: self.name().to_owned(),
            value: None,
        }
    }
}

/// A `b=` line (RFC 8866 §5.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bandwidth {
    /// `b=AS`, kilobits a second with IP, UDP and RTP headers.
    ApplicationSpecific { kilobits_per_second: u64 },
    /// `b=TIAS`, bits a second without transport overhead (RFC 3890).
    TransportIndependent { bits_per_second: u64 },
    /// `b=RS`, `b=RR` (RFC 3556, bits a second) and whatever else there is.
    Other { kind: String, value: u64 },
}

pub(super) fn bandwidth_of(lines: &[sdp_types::Bandwidth]) -> Vec<Bandwidth> {
    lines
        .iter()
        .map(|line| match line.bwtype.as_str() {
            "AS" => Bandwidth::ApplicationSpecific {
                kilobits_per_second: line.bandwidth,
            },
            "TIAS" => Bandwidth::TransportIndependent {
                bits_per_second: line.bandwidth,
            },
            kind => Bandwidth::Other {
                kind: kind.to_owned(),
                value: line.bandwidth,
            },
        })
        .collect()
}

pub(super) fn write_bandwidth(lines: &[Bandwidth]) -> Vec<sdp_types::Bandwidth> {
    lines
        .iter()
        .map(|line| {
            let (kind, value) = match line {
                Bandwidth::ApplicationSpecific {
                    kilobits_per_second,
                } => ("AS", *kilobits_per_second),
                Bandwidth::TransportIndependent { bits_per_second } => ("TIAS", *bits_per_second),
                Bandwidth::Other { kind, value } => (kind.as_str(), *value),
            };
            sdp_types::Bandwidth {
                bwtype: kind.to_owned(),
                bandwidth: value,
            }
        })
        .collect()
}

/// Takes the direction out of a list of attributes; the rest keeps its order.
pub(super) fn split_direction(
    attributes: &[sdp_types::Attribute],
) -> (Option<Direction>, Vec<Attribute>) {
    let mut direction = None;
    let mut rest = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        match Direction::from_name(&attribute.attribute) {
            Some(found) if attribute.value.is_none() => direction = Some(found),
            Some(_) | None => rest.push(Attribute::read(attribute)),
        }
    }
    (direction, rest)
}

/// The parameters of `a=fmtp`, in order. Names compare without case (RFC 4629 writes `PROFILE`,
/// handsets write `profile`), and spaces after the semicolon are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormatParameters(pub Vec<(String, Option<String>)>);

impl FormatParameters {
    pub fn parse(text: &str) -> Self {
        let pairs = text
            .split(';')
            .map(str::trim)
            .filter(|pair| !pair.is_empty())
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => (name.trim().to_owned(), Some(value.trim().to_owned())),
                None => (pair.to_owned(), None),
            })
            .collect();
        FormatParameters(pairs)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.as_deref())
    }
}

impl fmt::Display for FormatParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            match value {
                Some(value) => write!(f, "{separator}{name}={value}")?,
                None => write!(f, "{separator}{name}")?,
            }
        }
        Ok(())
    }
}

/// RFC 8866 §6.13: pictures a second, with up to three digits of a fraction. Not by the standard
/// library, whose numbers with fractions have tables that a browser would have to load for this.
pub(super) fn read_rate(text: &str) -> Option<f32> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: u32 = whole.parse().ok().filter(|whole| *whole < MOST_PICTURES)?;
    let thousandths: u32 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some((whole * 1000 + thousandths) as f32 / 1000.0)
}

pub(super) fn write_rate(rate: f32) -> String {
    let thousandths = (rate * 1000.0).round() as u32;
    let written = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    written
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

/// A second; what says more is not believed.
const MOST_PICTURES: u32 = 10_000;
