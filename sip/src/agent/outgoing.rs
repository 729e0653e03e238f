//! What the owner gives the user agent to send (RFC 3261 §8.1.1, §13.2.1).

use std::fmt;

use crate::digest::Credentials;
use crate::limits::Limits;
use crate::message::{Body, CallId, Header, Method, NameAddr, Status, Text, Uri};
use crate::time::Duration;
use crate::transaction::Timers;
use crate::transport::Hop;

/// What the agent is and may use.
#[derive(Clone)]
pub struct AgentConfig {
    /// User-Agent in requests, Server in responses. Nothing if empty.
    pub user_agent: String,
    /// Drawn once by the program from the system's random source; every tag, branch, Call-ID and
    /// cnonce follows from it.
    pub seed: [u8; 32],
    pub limits: Limits,
    pub timers: Timers,
    /// Whether calls are watched by session timers (RFC 4028). With them `timer` belongs into
    /// [`super::Agent::set_supported`].
    pub session: Option<SessionTimers>,
    pub oversize: Oversize,
}

/// How long a call may go on without a sign that the peer still has it (RFC 4028).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimers {
    /// What we ask for. Whole seconds; half of it is the longest time between refreshes.
    pub expires: Duration,
    /// The least we agree to; 90 s or more (§4).
    pub min: Duration,
}

/// What §4 and §5 recommend: half an hour, and at least 90 s.
impl Default for SessionTimers {
    fn default() -> SessionTimers {
        SessionTimers {
            expires: Duration::from_secs(1800),
            min: Duration::from_secs(90),
        }
    }
}

/// How a request leaves that is too large for a datagram which must not be fragmented: over 1300
/// bytes, where the path's MTU is unknown (RFC 3261 §18.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Oversize {
    /// As a datagram all the same: where no connection can be made, or none may be.
    #[default]
    Datagram,
    /// By TCP to the same address, on [`crate::transport::FlowId::ANY`]; as a datagram once the
    /// owner says [`super::Input::Unreachable`].
    Stream,
}

/// Says nothing of the seed.
impl fmt::Debug for AgentConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentConfig")
            .field("user_agent", &self.user_agent)
            .field("limits", &self.limits)
            .field("timers", &self.timers)
            .finish_non_exhaustive()
    }
}

/// A request outside a dialog, of any method but INVITE, ACK and CANCEL. Via, CSeq, Max-Forwards,
/// User-Agent and whatever of Call-ID and tags is missing are added.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub hop: Hop,
    pub method: Method,
    pub uri: Uri,
    /// A tag is added unless there is one.
    pub from: NameAddr,
    pub to: NameAddr,
    /// For a request that belongs to earlier ones (REGISTER), or that is forwarded.
    pub call_id: Option<CallId>,
    pub cseq: Option<u32>,
    /// For a request that is forwarded: one less than it came with. 70 if `None`.
    pub max_forwards: Option<u8>,
    /// In seconds.
    pub expires: Option<u32>,
    pub contact: Vec<NameAddr>,
    pub route: Vec<NameAddr>,
    /// Other headers, in order.
    pub headers: Vec<Header>,
    pub body: Option<Body>,
    /// With them a 401 or 407 is answered here, at most twice; without them it is a response.
    pub credentials: Option<Credentials>,
}

impl Outgoing {
    /// The least that a request needs; the rest is empty.
    pub fn new(hop: Hop, method: Method, uri: Uri, from: NameAddr, to: NameAddr) -> Outgoing {
        Outgoing {
            hop,
            method,
            uri,
            from,
            to,
            call_id: None,
            cseq: None,
            max_forwards: None,
            expires: None,
            contact: Vec::new(),
            route: Vec::new(),
            headers: Vec::new(),
            body: None,
            credentials: None,
        }
    }
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct Invite {
    pub hop: Hop,
    pub uri: Uri,
    /// A tag is added.
    pub from: NameAddr,
    pub to: NameAddr,
    /// Where requests inside the dialog find us.
    pub contact: NameAddr,
    pub route: Vec<NameAddr>,
    /// For a call that comes of another: one less than that came with (RFC 7332). 70 if `None`.
    pub max_forwards: Option<u8>,
    /// Other headers, in order. The INVITE says Allow and Supported by itself unless they are here.
    pub headers: Vec<Header>,
    /// The offer. Without one the 2xx has it, and its ACK waits for the answer: see
    /// [`super::Agent::acknowledge`].
    pub body: Option<Body>,
    /// With them a 401 or 407 is answered here, at most twice, inside the dialog too.
    pub credentials: Option<Credentials>,
    /// How long the callee may take to answer; then the INVITE is cancelled.
    pub answer_within: Duration,
}

/// An answer to a request.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: Status,
    /// The usual phrase if `None`.
    pub reason: Option<Text>,
    /// Where requests inside the dialog find us; needed in a 101-299 to INVITE.
    pub contact: Vec<NameAddr>,
    /// In seconds.
    pub expires: Option<u32>,
    /// Other headers, in order.
    pub headers: Vec<Header>,
    pub body: Option<Body>,
    /// For a 101-199 to INVITE.
    pub reliable: Reliable,
}

/// Whether a provisional response is sent until it is acknowledged by PRACK (RFC 3262).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Reliable {
    /// If the INVITE requires it, or supports it and the response has a body.
    #[default]
    AsNeeded,
    /// Even if the INVITE doesn't say that it supports it: some handsets acknowledge whatever
    /// they get.
    Always,
    /// Not even if the INVITE supports it; if it requires it, all the same.
    Never,
}

impl Reply {
    /// The status and nothing else.
    pub fn new(status: Status) -> Reply {
        Reply {
            status,
            reason: None,
            contact: Vec::new(),
            expires: None,
            headers: Vec::new(),
            body: None,
            reliable: Reliable::AsNeeded,
        }
    }

    pub fn with_contact(mut self, contact: NameAddr) -> Reply {
        self.contact.push(contact);
        self
    }

    pub fn with_header(mut self, header: Header) -> Reply {
        self.headers.push(header);
        self
    }

    pub fn with_body(mut self, body: Body) -> Reply {
        self.body = Some(body);
        self
    }

    pub fn with_reliable(mut self, reliable: Reliable) -> Reply {
        self.reliable = reliable;
        self
    }
}

/// Why an operation was not carried out. The owner's mistake, or a race it lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// Answered already, by the owner, by a CANCEL, or by the end of the call; or too late.
    #[error("this request is not waiting for an answer")]
    NotWaiting,
    #[error("there is no such call, or it is over")]
    NoSuchCall,
    #[error("the call is in another state")]
    WrongState,
    #[error("the status is not one that this operation sends")]
    WrongStatus,
}
