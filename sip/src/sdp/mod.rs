//! Session descriptions (RFC 8866) as a typed model, read and written through `sdp-types`.
//!
//! What the offer/answer rules and the bridging decisions look at are fields; every other
//! attribute is kept in order. A description is parsed once, at the edge, and written from the
//! model: text from one side never reaches the other by accident.

pub mod attribute;
pub mod capability;
pub mod extension;
pub mod feedback;
pub mod media;
pub mod offer_answer;
pub mod picture;

use std::net::{IpAddr, Ipv4Addr};

use thiserror::Error;

use capability::{PotentialConfiguration, TransportCapability};

pub use attribute::{Attribute, Bandwidth, Direction, FormatParameters};
pub use extension::Extension;
pub use feedback::{FeedbackKind, RtcpFeedback};
pub use media::{Kind, Media, PayloadType, Protocol};

/// Media descriptions in one session description. A browser's largest offer has a handful;
/// the limit keeps an answer, which must repeat every line, within one datagram.
pub const MAX_MEDIA: usize = 16;

/// Payload types in one media description: there are only 128 numbers (RFC 3550 §5.1).
pub const MAX_PAYLOAD_TYPES: usize = 128;

/// Why a session description was refused. The SIP answer to each is 488 (RFC 3261 §21.4.26),
/// except for text that is no SDP at all, which is a 400.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SdpError {
    #[error("not a session description: {0}")]
    Syntax(String),
    #[error("a session description has at most {MAX_MEDIA} media lines, this one has {0}")]
    TooManyMedia(usize),
    #[error("media line {line} has {found} formats, at most {MAX_PAYLOAD_TYPES} are possible")]
    TooManyPayloadTypes { line: usize, found: usize },
    #[error("media line {line}: '{value}' is not an RTP payload type (0 to 127)")]
    PayloadType { line: usize, value: String },
    #[error("'{0}' is not an IP address")]
    Address(String),
}

/// The `o=` line (RFC 8866 §5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub username: String,
    pub session_id: String,
    pub version: u64,
    pub address: String,
}

/// One session description.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    pub origin: Origin,
    pub session_name: String,
    /// Session level `c=`. A host name is refused: nothing here resolves names.
    pub connection: Option<IpAddr>,
    pub bandwidth: Vec<Bandwidth>,
    /// Session level direction, inherited by media without their own (RFC 8866 §6.7).
    pub direction: Option<Direction>,
    /// All other session level attributes, in order.
    pub attributes: Vec<Attribute>,
    pub media: Vec<Media>,
}

impl Description {
    /// A description without media, from `address`.
    pub fn new(session_id: u64, version: u64, address: IpAddr) -> Self {
        Description {
            origin: Origin {
                username: "-".to_owned(),
                session_id: session_id.to_string(),
                version,
                address: address.to_string(),
            },
            session_name: "-".to_owned(),
            connection: Some(address),
            bandwidth: Vec::new(),
            direction: None,
            attributes: Vec::new(),
            media: Vec::new(),
        }
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, SdpError> {
        let session = sdp_types::Session::parse(bytes)
            .map_err(|error| SdpError::Syntax(error.to_string()))?;
        if session.medias.len() > MAX_MEDIA {
            return Err(SdpError::TooManyMedia(session.medias.len()));
        }
        let connection = session.connection.as_ref().map(address_of).transpose()?;
        let (direction, attributes) = attribute::split_direction(&session.attributes);
        let media = session
            .medias
            .iter()
            .enumerate()
            .map(|(line, media)| Media::read(line, media))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Description {
            origin: Origin {
                username: session.origin.username.unwrap_or_else(|| "-".to_owned()),
                session_id: session.origin.sess_id,
                version: session.origin.sess_version,
                address: session.origin.unicast_address,
            },
            session_name: session.session_name,
            connection,
            bandwidth: attribute::bandwidth_of(&session.bandwidths),
            direction,
            attributes,
            media,
        })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        // Writing to a Vec cannot fail: its `io::Write` has no error path.
        let _ = self.to_session().write(&mut bytes);
        bytes
    }

    /// Where media of `line` is to be sent: its own `c=`, or the session's (RFC 8866 §5.7).
    pub fn address_of(&self, media: &Media) -> Option<IpAddr> {
        media.connection.or(self.connection)
    }

    /// The direction in force for `media` (RFC 8866 §6.7: sendrecv when nothing is said).
    pub fn direction_of(&self, media: &Media) -> Direction {
        media
            .direction
            .or(self.direction)
            .unwrap_or(Direction::SendRecv)
    }

    /// The transports that a line could have instead of its own (RFC 5939 §3.4.1), as far as
    /// `a=tcap` of the line or of the session names them.
    pub fn potential_protocols(&self, media: &Media) -> Vec<String> {
        let named = |name: &'static str| {
            let lines = self.attributes.iter().chain(&media.attributes);
            lines
                .filter(move |attribute| attribute.name.eq_ignore_ascii_case(name))
                .filter_map(|attribute| attribute.value.as_deref())
                .take(capability::MAX_CONFIGURATIONS)
        };
        let known: Vec<_> = named("tcap")
            .filter_map(TransportCapability::read)
            .collect();
        let mut protocols: Vec<String> = Vec::new();
        for number in named("pcfg")
            .filter_map(PotentialConfiguration::read)
            .flat_map(|configuration| configuration.transports)
        {
            let name = known.iter().find_map(|line| line.protocol(number));
            if let Some(name) = name.filter(|name| !protocols.iter().any(|known| known == name)) {
                protocols.push(name.to_owned());
            }
        }
        protocols
    }

    fn to_session(&self) -> sdp_types::Session {
        let (nettype, addrtype) = (sdp_types::NetType::In, address_type(&self.origin.address));
        let mut origin = sdp_types::Origin::new(
            &self.origin.session_id,
            self.origin.version,
            nettype,
            addrtype,
            &self.origin.address,
        );
        origin.username = Some(self.origin.username.clone());
        let mut session = sdp_types::Session::new(origin, &self.session_name);
        session.connection = self.connection.map(sdp_types::Connection::from_ip_addr);
        session.bandwidths = attribute::write_bandwidth(&self.bandwidth);
        session.times = vec![sdp_types::Time {
            start_time: 0,
            stop_time: 0,
            repeats: Vec::new(),
        }];
        session.attributes = self.attributes.iter().map(Attribute::write).collect();
        if let Some(direction) = self.direction {
            session.attributes.push(direction.write());
        }
        session.medias = self.media.iter().map(Media::write).collect();
        session
    }
}

fn address_type(address: &str) -> sdp_types::AddrType {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(_)) => sdp_types::AddrType::Ip6,
        Ok(IpAddr::V4(_)) | Err(_) => sdp_types::AddrType::Ip4,
    }
}

pub(crate) fn address_of(connection: &sdp_types::Connection) -> Result<IpAddr, SdpError> {
    connection
        .try_address()
        .map(|address| address.ip)
        .map_err(|_| SdpError::Address(connection.connection_address.clone()))
}

/// The address that means "on hold" in old offers (RFC 3264 §8.4).
pub const HOLD_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[cfg(test)]
mod attribute_tests;
#[cfg(test)]
mod tests;
