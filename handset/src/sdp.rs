//! RFC 4566: the session descriptions of a handset, read and written by hand. Independent on purpose
//! of the library that the gateway uses.

use std::net::IpAddr;

/// What the handset looks at; other lines are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Username, session id and version of the `o=` line.
    pub origin: (String, u64, u64),
    pub address: Option<IpAddr>,
    /// `b=` lines, without the `b=`.
    pub bandwidth: Vec<String>,
    /// `a=` lines, without the `a=`.
    pub attributes: Vec<String>,
    pub media: Vec<Media>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// "video", "audio", …
    pub kind: String,
    pub port: u16,
    pub protocol: String,
    pub formats: Vec<String>,
    pub address: Option<IpAddr>,
    pub bandwidth: Vec<String>,
    pub attributes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    SendReceive,
    SendOnly,
    ReceiveOnly,
    Inactive,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    #[error("not a session description")]
    NotSdp,
    #[error("line {0} cannot be read")]
    Line(usize),
    #[error("more than {MAX_MEDIA} media or {MAX_LINES} lines")]
    TooMuch,
}

/// No handset of that time described more than video, audio and a data stream or two.
const MAX_MEDIA: usize = 16;
/// An offer of a browser has some hundred lines; a handset's twenty.
const MAX_LINES: usize = 1_000;

impl Description {
    pub fn read(bytes: &[u8]) -> Result<Self, SdpError> {
        let text = std::str::from_utf8(bytes).map_err(|_| SdpError::NotSdp)?;
        if !text.starts_with("v=0") {
            return Err(SdpError::NotSdp);
        }
        let mut description = Self {
            origin: (String::new(), 0, 0),
            address: None,
            bandwidth: Vec::new(),
            attributes: Vec::new(),
            media: Vec::new(),
        };
        for (at, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            if at > MAX_LINES || description.media.len() > MAX_MEDIA {
                return Err(SdpError::TooMuch);
            }
            let (kind, value) = line.split_once('=').ok_or(SdpError::Line(at + 1))?;
            description
                .take_line(kind, value.trim_end())
                .ok_or(SdpError::Line(at + 1))?;
        }
        Ok(description)
    }

    fn take_line(&mut self, kind: &str, value: &str) -> Option<()> {
        match (kind, self.media.last_mut()) {
            ("o", _) => {
                let mut words = value.split_whitespace();
                let user = words.next()?.to_owned();
                // Both numbers may be longer than 64 bits (RFC 4566 §5.2); we only ever repeat ours.
                let mut number = || words.next().map(|word| word.parse().unwrap_or(0));
                self.origin = (user, number()?, number()?);
            }
            ("m", _) => self.media.push(Media::read(value)?),
            ("c", None) => self.address = connection(value),
            ("c", Some(media)) => media.address = connection(value),
            ("b", None) => self.bandwidth.push(value.to_owned()),
            ("b", Some(media)) => media.bandwidth.push(value.to_owned()),
            ("a", None) => self.attributes.push(value.to_owned()),
            ("a", Some(media)) => media.attributes.push(value.to_owned()),
            (_, _) => {}
        }
        Some(())
    }

    /// Where the media of one `m=` line goes. None: the description names no address.
    pub fn address_of(&self, media: &Media) -> Option<IpAddr> {
        media.address.or(self.address)
    }

    /// The direction of one `m=` line; its own attribute, else the session's, else both ways.
    pub fn direction_of(&self, media: &Media) -> Direction {
        let read = |attributes: &[String]| {
            attributes
                .iter()
                .find_map(|attribute| match attribute.as_str() {
                    "sendrecv" => Some(Direction::SendReceive),
                    "sendonly" => Some(Direction::SendOnly),
                    "recvonly" => Some(Direction::ReceiveOnly),
                    "inactive" => Some(Direction::Inactive),
                    _ => None,
                })
        };
        read(&media.attributes)
            .or_else(|| read(&self.attributes))
            .unwrap_or(Direction::SendReceive)
    }
}

impl Media {
    fn read(value: &str) -> Option<Self> {
        let mut words = value.split_whitespace();
        let kind = words.next()?.to_owned();
        let port = words.next()?.split('/').next()?.parse().ok()?;
        Some(Self {
            kind,
            port,
            protocol: words.next()?.to_owned(),
            formats: words.map(str::to_owned).collect(),
            address: None,
            bandwidth: Vec::new(),
            attributes: Vec::new(),
        })
    }

    /// The value of `a=<name>:<payload type> value`.
    pub fn mapped(&self, name: &str, payload_type: u8) -> Option<&str> {
        self.attributes.iter().find_map(|attribute| {
            let (key, rest) = attribute.split_once(':')?;
            let (number, value) = rest.trim_start().split_once(' ')?;
            (key == name && number.parse() == Ok(payload_type)).then_some(value.trim())
        })
    }

    /// All `a=fmtp` values, whatever number they carry.
    pub fn all_parameters(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().filter_map(|attribute| {
            let rest = attribute.strip_prefix("fmtp:")?;
            Some(rest.split_once(' ')?.1.trim())
        })
    }
}

fn connection(value: &str) -> Option<IpAddr> {
    value
        .split_whitespace()
        .nth(2)?
        .split('/')
        .next()?
        .parse()
        .ok()
}

impl std::fmt::Display for Description {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let address = |address: IpAddr| match address {
            IpAddr::V4(_) => format!("IN IP4 {address}"),
            IpAddr::V6(_) => format!("IN IP6 {address}"),
        };
        let own = self
            .address
            .unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
        let (user, id, version) = &self.origin;
        write!(
            f,
            "v=0\r\no={user} {id} {version} {}\r\ns=-\r\n",
            address(own)
        )?;
        write!(f, "c={}\r\n", address(own))?;
        write_lines(f, "b", &self.bandwidth)?;
        write!(f, "t=0 0\r\n")?;
        write_lines(f, "a", &self.attributes)?;
        for media in &self.media {
            let Media {
                kind,
                port,
                protocol,
                formats,
                ..
            } = media;
            write!(f, "m={kind} {port} {protocol} {}\r\n", formats.join(" "))?;
            write_lines(f, "b", &media.bandwidth)?;
            write_lines(f, "a", &media.attributes)?;
        }
        Ok(())
    }
}

fn write_lines(f: &mut std::fmt::Formatter<'_>, kind: &str, values: &[String]) -> std::fmt::Result {
    values
        .iter()
        .try_for_each(|value| write!(f, "{kind}={value}\r\n"))
}

/// One parameter of an `a=fmtp` value; names in any case, spaces anywhere.
pub fn format_parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then_some(value.trim())
    })
}
