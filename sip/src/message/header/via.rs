//! RFC 3261 §20.42, RFC 3581, RFC 7118 §5.1: Via, the way a response goes back.

use crate::id::BRANCH_COOKIE;
use crate::message::host::{Host, HostPort, number};
use crate::message::lex::{self, SyntaxError};
use crate::message::params::Params;
use crate::message::plain;
use crate::message::text::{Text, Token};
use crate::transport::Transport;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// One hop of the way a request came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Via {
    pub transport: ViaTransport,
    pub sent_by: HostPort,
    pub params: Params,
}

/// The transport a Via names: one of ours, or one that another element used behind us.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ViaTransport {
    Known(Transport),
    Other(Token),
}

impl Via {
    pub fn new(transport: Transport, sent_by: HostPort, branch: impl Into<Text>) -> Via {
        Via {
            transport: ViaTransport::Known(transport),
            sent_by,
            params: Params::default().with("branch", branch),
        }
    }

    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch")
    }

    /// Whether the branch identifies the transaction by itself (§17.2.3); from an RFC 2543 element
    /// it does not.
    pub fn has_rfc3261_branch(&self) -> bool {
        self.branch().is_some_and(|branch| {
            branch.len() > BRANCH_COOKIE.len()
                && branch
                    .get(..BRANCH_COOKIE.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(BRANCH_COOKIE))
        })
    }

    /// Where the next element saw the request come from.
    pub fn received(&self) -> Option<Host> {
        let written = self.params.get("received")?;
        match written.parse::<std::net::IpAddr>() {
            Ok(address) => Some(address.into()),
            // RFC 5118 §4.5: with brackets or without.
            Err(_) => written.parse().ok(),
        }
    }

    /// The port the next element saw; `None` if it was not asked for or is not yet known.
    pub fn rport(&self) -> Option<u16> {
        number(self.params.get("rport")?).ok()
    }

    /// Asks the next element to answer to the port the request comes from (RFC 3581 §3).
    pub fn ask_rport(&mut self) {
        self.params.set_flag("rport");
    }

    /// Writes down where the request came from: `received` where it differs from what the Via says
    /// or rport was asked for, and `rport` if so (§18.2.1, RFC 3581 §4).
    pub fn note_source(&mut self, source: SocketAddr) {
        let asked = self.params.has("rport");
        if asked {
            self.params.set("rport", u32::from(source.port()));
        }
        if asked || self.sent_by.host.ip() != Some(source.ip()) {
            self.params.set("received", source.ip().to_string());
        }
    }

    /// Where a response goes on an unreliable transport: `maddr` (not followed), then `received`
    /// and `rport`, then what the Via says (§18.2.2, RFC 3581 §4).
    pub fn response_target(&self) -> HostPort {
        HostPort {
            host: self.received().unwrap_or_else(|| self.sent_by.host.clone()),
            port: self.rport().or(self.sent_by.port),
        }
    }

    /// Reads a comma-separated list.
    ///
    /// # Errors
    /// As for one; an empty place in the list is an error too.
    pub fn parse_list(text: &str) -> Result<Vec<Via>, SyntaxError> {
        let mut list = Vec::new();
        lex::parse_list(text, &mut list)?;
        Ok(list)
    }
}

impl FromStr for Via {
    type Err = SyntaxError;

    /// # Errors
    /// What the peer got wrong.
    fn from_str(text: &str) -> Result<Via, SyntaxError> {
        match plain::via(text.as_bytes(), 0) {
            Some(plain) if plain.params.end == text.len() => Ok(Via {
                transport: ViaTransport::Known(plain.transport),
                sent_by: HostPort::new(Host::of_plain(text, &plain.host), plain.port),
                params: Params::of_plain(&text[plain.params]),
            }),
            Some(_) | None => Via::parse_any(text),
        }
    }
}

impl Via {
    pub(in crate::message) fn parse_any(text: &str) -> Result<Via, SyntaxError> {
        let rest = match text.strip_prefix("SIP/2.0/") {
            Some(rest) => lex::trim(rest),
            None => after_protocol(text)?,
        };
        let (transport, rest) = rest.split_at(lex::find_space(rest).ok_or(SyntaxError::Empty)?);
        let transport = match Transport::from_token(transport) {
            Some(known) => ViaTransport::Known(known),
            None => ViaTransport::Other(Token::new(transport).map_err(|_| SyntaxError::Token)?),
        };
        let end = lex::find(rest, b';').unwrap_or(rest.len());
        Ok(Via {
            transport,
            sent_by: lex::trim(&rest[..end]).parse()?,
            params: Params::parse(&rest[end..])?,
        })
    }
}

/// What follows `SIP/2.0/` where that isn't written so plainly.
fn after_protocol(text: &str) -> Result<&str, SyntaxError> {
    let mut parts = text.splitn(3, '/').map(lex::trim);
    let (Some(protocol), Some(version), Some(rest)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(SyntaxError::Empty);
    };
    match protocol.eq_ignore_ascii_case("SIP") && version == "2.0" {
        true => Ok(rest),
        false => Err(SyntaxError::Version),
    }
}

impl fmt::Display for ViaTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ViaTransport::Known(transport) => transport.fmt(f),
            ViaTransport::Other(token) => token.fmt(f),
        }
    }
}

impl Via {
    pub(crate) fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        out.write_str("SIP/2.0/")?;
        out.write_str(match &self.transport {
            ViaTransport::Known(transport) => transport.via_token(),
            ViaTransport::Other(token) => token.as_str(),
        })?;
        out.write_str(" ")?;
        self.sent_by.write_to(out)?;
        self.params.write_to(out)
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}
