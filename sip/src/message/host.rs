//! RFC 3261 §25.1, RFC 5118: hosts and ports. An IPv6 address stands in brackets.

use super::lex::{self, SyntaxError};
use super::text::{Text, byte_set};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// A host. Equality is that of what is written; see [`Host::same_as`] for the RFC's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    Name(HostName),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

/// A name of letters, digits, `-`, `.` and `_`, the last of which no host should have and many do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostName(Text);

/// A host and the port if one is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPort {
    pub host: Host,
    pub port: Option<u16>,
}

impl Host {
    /// The address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Host::Name(_) => None,
            Host::V4(address) => Some(IpAddr::V4(*address)),
            Host::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// Names compare without case.
    pub fn same_as(&self, other: &Host) -> bool {
        match (self, other) {
            (Host::Name(one), Host::Name(two)) => one.0.eq_ignore_ascii_case(&two.0),
            (Host::V4(one), Host::V4(two)) => one == two,
            (Host::V6(one), Host::V6(two)) => one == two,
            (Host::Name(_), Host::V4(_) | Host::V6(_))
            | (Host::V4(_), Host::Name(_) | Host::V6(_))
            | (Host::V6(_), Host::Name(_) | Host::V4(_)) => false,
        }
    }

    pub(crate) fn parse_with_port(text: &str) -> Result<(Host, Option<u16>), SyntaxError> {
        let after_host = match text.starts_with('[') {
            true => text.find(']').ok_or(SyntaxError::Host)? + 1,
            false => text.find(':').unwrap_or(text.len()),
        };
        let (host, rest) = text.split_at(after_host);
        let host = lex::trim(host).parse()?;
        let rest = lex::trim(rest);
        if rest.is_empty() {
            return Ok((host, None));
        }
        let port = rest.strip_prefix(':').ok_or(SyntaxError::Host)?;
        Ok((host, Some(number(lex::trim(port))?)))
    }
}

impl HostPort {
    pub fn new(host: Host, port: Option<u16>) -> HostPort {
        HostPort { host, port }
    }
}

impl FromStr for Host {
    type Err = SyntaxError;

    /// # Errors
    /// Neither a name nor an address; an IPv6 address needs its brackets.
    fn from_str(text: &str) -> Result<Host, SyntaxError> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(SyntaxError::Host)?;
            return v6(inner).map(Host::V6);
        }
        // An address ends with a digit, a name hardly ever.
        if text.ends_with(|last: char| last.is_ascii_digit())
            && let Ok(address) = text.parse()
        {
            return Ok(Host::V4(address));
        }
        if text.is_empty() || !text.bytes().all(|byte| NAME_BYTES[usize::from(byte)]) {
            return Err(SyntaxError::Host);
        }
        Ok(Host::Name(HostName(Text::from(text))))
    }
}

impl FromStr for HostPort {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<HostPort, SyntaxError> {
        let (host, port) = Host::parse_with_port(text)?;
        Ok(HostPort { host, port })
    }
}

impl HostName {
    /// A name written in the program.
    pub(crate) fn fixed(name: &'static str) -> HostName {
        HostName(Text::from(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Host {
        match address {
            IpAddr::V4(address) => Host::V4(address),
            IpAddr::V6(address) => Host::V6(address),
        }
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> HostPort {
        HostPort::new(address.ip().into(), Some(address.port()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(&name.0),
            Host::V4(address) => address.fmt(f),
            Host::V6(address) => write!(f, "[{address}]"),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.host.fmt(f)?;
        match self.port {
            Some(port) => {
                f.write_str(":")?;
                port.fmt(f)
            }
            None => Ok(()),
        }
    }
}

/// RFC 3261's grammar let one write `:::` before an IPv4 address where two colons are meant, and
/// both are to be understood (RFC 5118 §4.10).
fn v6(text: &str) -> Result<Ipv6Addr, SyntaxError> {
    text.parse().or_else(|_| match text.split_once(":::") {
        Some((before, v4)) if v4.parse::<Ipv4Addr>().is_ok() => format!("{before}::{v4}")
            .parse()
            .map_err(|_| SyntaxError::Host),
        _ => Err(SyntaxError::Host),
    })
}

/// Digits and nothing else: `str::parse` alone would take a sign.
pub(crate) fn number<T: FromStr>(text: &str) -> Result<T, SyntaxError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SyntaxError::Number);
    }
    text.parse().map_err(|_| SyntaxError::Number)
}

const NAME_BYTES: [bool; 256] = byte_set(b"-._");
