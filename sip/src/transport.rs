//! RFC 3261 §18, RFC 7118 §5: which wire a message came by, and which one it leaves by.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

/// A transport SIP runs on here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
    Ws,
    Wss,
}

impl Transport {
    /// Whether the transport delivers by itself, so that transactions do not retransmit (RFC 3261 §17).
    pub fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => true,
        }
    }

    /// What a Via says after `SIP/2.0/` (RFC 3261 §20.42, RFC 7118 §5.1).
    pub fn via_token(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// The `transport` parameter of a URI. Encryption is the scheme's matter (`sips`), so TLS says
    /// `tcp` and a secure WebSocket says `ws` (RFC 3261 §26.2.2, RFC 7118 §5.2).
    pub fn uri_param(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp | Transport::Tls => "tcp",
            Transport::Ws | Transport::Wss => "ws",
        }
    }

    /// The port meant where none is written (RFC 3261 §19.1.2, RFC 7118 §5.2).
    pub fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }

    /// Reads a Via's transport token, whatever its case.
    pub fn from_token(token: &str) -> Option<Transport> {
        ALL.into_iter()
            .find(|transport| transport.via_token().eq_ignore_ascii_case(token))
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.via_token())
    }
}

/// A socket (UDP) or a connection (TCP, WebSocket), numbered by the edge that owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowId(pub u64);

impl FlowId {
    /// Whichever connection there is to the hop's address, or a new one: the owner's to choose.
    pub const ANY: FlowId = FlowId(u64::MAX);
}

impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flow {}", self.0)
    }
}

/// Where a message came from or goes to: over which transport, on which flow, to which address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hop {
    pub transport: Transport,
    pub flow: FlowId,
    pub remote: SocketAddr,
}

impl Hop {
    /// The one hop a page in a browser has: its WebSocket, whose far address it cannot know.
    pub fn browser(flow: FlowId) -> Hop {
        Hop {
            transport: Transport::Ws,
            flow,
            remote: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        }
    }

    /// The same hop as seen from a page that was loaded over https.
    pub fn secure_browser(flow: FlowId) -> Hop {
        Hop {
            transport: Transport::Wss,
            ..Hop::browser(flow)
        }
    }
}

const ALL: [Transport; 5] = [
    Transport::Udp,
    Transport::Tcp,
    Transport::Tls,
    Transport::Ws,
    Transport::Wss,
];
