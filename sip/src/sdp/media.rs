//! One `m=` section (RFC 8866 §5.14) and the payload types in it (RFC 3551, RFC 8866 §6.6).

use std::net::IpAddr;

use super::attribute::{self, Attribute, Bandwidth, Direction, FormatParameters};
use super::extension::{self, Extension};
use super::feedback::{self, RtcpFeedback};
use super::picture::{self, FrameSize, ImageAttributes};
use super::{MAX_PAYLOAD_TYPES, SdpError};

/// What kind of media a line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Audio,
    Video,
    Message,
    Application,
    Other(String),
}

impl Kind {
    fn read(name: &str) -> Self {
        match name {
            "audio" => Kind::Audio,
            "video" => Kind::Video,
            "message" => Kind::Message,
            "application" => Kind::Application,
            other => Kind::Other(other.to_owned()),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Kind::Audio => "audio",
            Kind::Video => "video",
            Kind::Message => "message",
            Kind::Application => "application",
            Kind::Other(name) => name,
        }
    }
}

/// The transport protocol of a media line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// Plain RTP (RFC 3551), what IMS handsets speak.
    RtpAvp,
    /// RTP with feedback (RFC 4585).
    RtpAvpf,
    /// SRTP, SRTP with feedback, with or without DTLS in the name: browsers write
    /// `UDP/TLS/RTP/SAVPF` (RFC 5764).
    Secure(String),
    Other(String),
}

impl Protocol {
    fn read(name: &str) -> Self {
        match name {
            "RTP/AVP" => Protocol::RtpAvp,
            "RTP/AVPF" => Protocol::RtpAvpf,
            "RTP/SAVP" | "RTP/SAVPF" | "UDP/TLS/RTP/SAVP" | "UDP/TLS/RTP/SAVPF" => {
                Protocol::Secure(name.to_owned())
            }
            other => Protocol::Other(other.to_owned()),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Protocol::RtpAvp => "RTP/AVP",
            Protocol::RtpAvpf => "RTP/AVPF",
            Protocol::Secure(name) | Protocol::Other(name) => name,
        }
    }

    pub fn is_rtp(&self) -> bool {
        matches!(
            self,
            Protocol::RtpAvp | Protocol::RtpAvpf | Protocol::Secure(_)
        )
    }
}

/// A payload type with what `a=rtpmap` and `a=fmtp` say of it. Static payload types have their
/// encoding from RFC 3551 table 4 and 5 when no `a=rtpmap` names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadType {
    pub number: u8,
    /// Encoding name as written: `H264`, `H263-2000`. Compare by [`PayloadType::is`].
    pub encoding: String,
    pub clock_rate: u32,
    pub channels: Option<u8>,
    pub parameters: FormatParameters,
}

impl PayloadType {
    pub fn new(number: u8, encoding: &str, clock_rate: u32, parameters: &str) -> Self {
        PayloadType {
            number,
            encoding: encoding.to_owned(),
            clock_rate,
            channels: None,
            parameters: FormatParameters::parse(parameters),
        }
    }

    /// Encoding names compare without case (RFC 4855 §3).
    pub fn is(&self, encoding: &str) -> bool {
        self.encoding.eq_ignore_ascii_case(encoding)
    }
}

/// Static payload types with one meaning (RFC 3551 §6), as far as a Video Share peer may use
/// them: number, encoding, clock rate in hertz.
const STATIC: [(u8, &str, u32); 8] = [
    (0, "PCMU", 8000),
    (3, "GSM", 8000),
    (8, "PCMA", 8000),
    (9, "G722", 8000),
    (18, "G729", 8000),
    (31, "H261", 90000),
    (32, "MPV", 90000),
    (34, "H263", 90000),
];

/// One media section.
#[derive(Debug, Clone, PartialEq)]
pub struct Media {
    pub kind: Kind,
    /// 0 refuses the line, or describes a capability (RFC 3264 §6, §9).
    pub port: u16,
    pub protocol: Protocol,
    pub connection: Option<IpAddr>,
    pub bandwidth: Vec<Bandwidth>,
    pub direction: Option<Direction>,
    /// For RTP: the payload types in order of preference.
    pub payload_types: Vec<PayloadType>,
    /// The format field as it came, when there are no payload types in it that have a name.
    pub format: String,
    /// `a=rtcp` (RFC 3605), when it is not the port above.
    pub rtcp_port: Option<u16>,
    /// `a=framerate`, frames a second.
    pub frame_rate: Option<f32>,
    /// All other attributes, in order; `a=rtpmap` and `a=fmtp` are in `payload_types`.
    pub attributes: Vec<Attribute>,
}

impl Media {
    pub fn video(port: u16, protocol: Protocol, payload_types: Vec<PayloadType>) -> Self {
        Media {
            kind: Kind::Video,
            port,
            protocol,
            connection: None,
            bandwidth: Vec::new(),
            direction: None,
            payload_types,
            format: String::new(),
            rtcp_port: None,
            frame_rate: None,
            attributes: Vec::new(),
        }
    }

    pub fn payload_type(&self, number: u8) -> Option<&PayloadType> {
        self.payload_types.iter().find(|pt| pt.number == number)
    }

    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// The values of the attributes of a name, in order.
    fn values<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a str> {
        let named = self
            .attributes
            .iter()
            .filter(move |attribute| attribute.name.eq_ignore_ascii_case(name));
        named.filter_map(|attribute| attribute.value.as_deref())
    }

    /// What `a=rtcp-fb` lines ask for; lines that cannot be read are passed over.
    pub fn feedback(&self) -> impl Iterator<Item = RtcpFeedback> {
        let lines = self.values("rtcp-fb").take(feedback::MAX_FEEDBACK);
        lines.filter_map(|value| value.parse().ok())
    }

    /// The header extensions that `a=extmap` lines give numbers to.
    pub fn extensions(&self) -> impl Iterator<Item = Extension> {
        let lines = self.values("extmap").take(extension::MAX_EXTENSIONS);
        lines.filter_map(|value| value.parse().ok())
    }

    /// The sizes that `a=imageattr` lines allow.
    pub fn image_attributes(&self) -> impl Iterator<Item = ImageAttributes> {
        let lines = self.values("imageattr").take(picture::MAX_SIZES);
        lines.filter_map(ImageAttributes::read)
    }

    /// The sizes that `a=framesize` lines name.
    pub fn frame_sizes(&self) -> impl Iterator<Item = FrameSize> {
        let lines = self.values("framesize").take(picture::MAX_SIZES);
        lines.filter_map(FrameSize::read)
    }

    /// Where RTCP goes: `a=rtcp`, else the next port (RFC 3550 §11).
    pub fn rtcp_port(&self) -> u16 {
        self.rtcp_port.unwrap_or_else(|| self.port.wrapping_add(1))
    }

    pub(super) fn read(line: usize, media: &sdp_types::Media) -> Result<Self, SdpError> {
        let protocol = Protocol::read(&media.proto);
        let (direction, mut attributes) = attribute::split_direction(&media.attributes);
        let connection = media
            .connections
            .first()
            .map(super::address_of)
            .transpose()?;
        let payload_types = if protocol.is_rtp() {
            read_payload_types(line, &media.fmt, &mut attributes)?
        } else {
            Vec::new()
        };
        let rtcp_port = take(&mut attributes, "rtcp").and_then(|value| {
            let port = value.split_ascii_whitespace().next()?;
            port.parse().ok()
        });
        let frame_rate =
            take(&mut attributes, "framerate").and_then(|value| attribute::read_rate(&value));
        Ok(Media {
            kind: Kind::read(&media.media),
            port: media.port,
            protocol,
            connection,
            bandwidth: attribute::bandwidth_of(&media.bandwidths),
            direction,
            format: if payload_types.is_empty() {
                media.fmt.clone()
            } else {
                String::new()
            },
            payload_types,
            rtcp_port,
            frame_rate,
            attributes,
        })
    }

    pub(super) fn write(&self) -> sdp_types::Media {
        let mut attributes = Vec::new();
        let mut push = |attribute: Attribute| attributes.push(attribute.write());
        for payload_type in &self.payload_types {
            let PayloadType {
                number,
                encoding,
                clock_rate,
                channels,
                parameters,
            } = payload_type;
            let channels = channels.map(|n| format!("/{n}")).unwrap_or_default();
            push(Attribute::new(
                "rtpmap",
                format_args!("{number} {encoding}/{clock_rate}{channels}"),
            ));
            if !parameters.is_empty() {
                push(Attribute::new(
                    "fmtp",
                    format_args!("{number} {parameters}"),
                ));
            }
        }
        if let Some(port) = self.rtcp_port {
            push(Attribute::new("rtcp", port));
        }
        if let Some(rate) = self.frame_rate {
            push(Attribute::new("framerate", attribute::write_rate(rate)));
        }
        for attribute in &self.attributes {
            push(attribute.clone());
        }
        if let Some(direction) = self.direction {
            push(Attribute::flag(direction.name()));
        }
        sdp_types::Media {
            media: self.kind.name().to_owned(),
            port: self.port,
            num_ports: None,
            proto: self.protocol.name().to_owned(),
            fmt: self.format_field(),
            media_title: None,
            connections: self
                .connection
                .map(sdp_types::Connection::from_ip_addr)
                .into_iter()
                .collect(),
            bandwidths: attribute::write_bandwidth(&self.bandwidth),
            key: None,
            attributes,
        }
    }

    fn format_field(&self) -> String {
        if self.payload_types.is_empty() {
            return self.format.clone();
        }
        let numbers: Vec<String> = self
            .payload_types
            .iter()
            .map(|payload_type| payload_type.number.to_string())
            .collect();
        numbers.join(" ")
    }
}

/// The value of the first of that name. All of them go: a second one that stayed would be the first to
/// whom this is passed on to.
fn take(attributes: &mut Vec<Attribute>, name: &str) -> Option<String> {
    let mut taken =
        attributes.extract_if(.., |attribute| attribute.name.eq_ignore_ascii_case(name));
    let first = taken.next();
    taken.for_each(drop);
    first?.value
}

/// Reads the payload types and takes their `a=rtpmap` and `a=fmtp` out of `attributes`.
fn read_payload_types(
    line: usize,
    format: &str,
    attributes: &mut Vec<Attribute>,
) -> Result<Vec<PayloadType>, SdpError> {
    let numbers: Vec<&str> = format.split_ascii_whitespace().collect();
    if numbers.len() > MAX_PAYLOAD_TYPES {
        return Err(SdpError::TooManyPayloadTypes {
            line,
            found: numbers.len(),
        });
    }
    let mut payload_types = Vec::with_capacity(numbers.len());
    for text in numbers {
        let number = text
            .parse::<u8>()
            .ok()
            .filter(|number| *number < 128)
            .ok_or_else(|| SdpError::PayloadType {
                line,
                value: text.to_owned(),
            })?;
        let fixed = STATIC.iter().find(|(known, _, _)| *known == number);
        let (encoding, clock_rate) = fixed.map_or(("", 0), |(_, name, rate)| (*name, *rate));
        payload_types.push(PayloadType::new(number, encoding, clock_rate, ""));
    }
    attributes.retain(|attribute| !apply(attribute, &mut payload_types));
    // A number that nothing names is of no use: it can be neither chosen nor sent.
    payload_types.retain(|payload_type| !payload_type.encoding.is_empty());
    Ok(payload_types)
}

/// Applies an `a=rtpmap` or `a=fmtp` line; true when the attribute was one of these.
fn apply(attribute: &Attribute, payload_types: &mut [PayloadType]) -> bool {
    let is_map = attribute.name.eq_ignore_ascii_case("rtpmap");
    let is_parameters = attribute.name.eq_ignore_ascii_case("fmtp");
    if !is_map && !is_parameters {
        return false;
    }
    let Some((number, rest)) = attribute
        .value
        .as_deref()
        .and_then(|value| value.trim().split_once(char::is_whitespace))
    else {
        return true;
    };
    // Some handsets write the frame rate where the payload type belongs; with one payload type
    // there is no doubt what the parameters are about.
    let only_one = payload_types.len() == 1;
    let named = number.parse::<u8>().ok();
    let Some(target) = payload_types.iter_mut().find(|pt| {
        let orphan = is_parameters && only_one && pt.parameters.is_empty();
        Some(pt.number) == named || orphan
    }) else {
        return true;
    };
    if is_parameters {
        target.parameters = FormatParameters::parse(rest);
        return true;
    }
    let mut parts = rest.trim().split('/');
    if let Some(encoding) = parts.next() {
        target.encoding = encoding.trim().to_owned();
    }
    if let Some(rate) = parts.next().and_then(|rate| rate.trim().parse().ok()) {
        target.clock_rate = rate;
    }
    target.channels = parts
        .next()
        .and_then(|channels| channels.trim().parse().ok());
    true
}
