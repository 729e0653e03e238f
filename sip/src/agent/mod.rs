//! The user agent: RFC 3261 §8 to §15 on top of transactions and dialogs.
//!
//! One [`Agent`] serves a whole program: a page's has one flow, a gateway's has many and is the
//! transaction and dialog layer of its back-to-back user agent.

mod event;
mod outgoing;
mod reason;

use crate::message::{Body, Header, HostPort, Method, Text};
use crate::time::Instant;
use crate::transport::{FlowId, Hop, Transport};

pub use event::{CallHandle, End, EndedBy, Event, Failure, How, RequestId, ServerRequestId};
pub use outgoing::{AgentConfig, AgentError, Invite, Outgoing, Reply};
pub use reason::{NotAReason, Reason};

/// The user agent.
#[derive(Debug)]
pub struct Agent {
    config: AgentConfig,
}

/// What reaches the agent from outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// A datagram, the payload of a WebSocket frame, or one framed message of a stream.
    Message { hop: Hop, bytes: Vec<u8> },
    /// A socket or connection is gone. What waits for it fails at once.
    FlowClosed(FlowId),
}

/// What the owner is to do, or to know.
#[derive(Clone, Debug)]
pub enum Output {
    Transmit { hop: Hop, bytes: Vec<u8> },
    Event(Event),
}

impl Agent {
    pub fn new(config: AgentConfig) -> Agent {
        Agent { config }
    }
    /// What Via says on a transport. Until it is set, a host that resolves to nothing (RFC 7118).
    pub fn set_sent_by(&mut self, transport: Transport, sent_by: HostPort) {}
    /// The option tags we understand, for Supported and for answering Require with 420.
    pub fn set_supported(&mut self, option_tags: Vec<Text>) {}
    /// Credentials for requests inside a call, as one that was received has none of its own.
    pub fn set_credentials(&mut self, call: CallHandle, credentials: crate::digest::Credentials) {}
    pub fn handle(&mut self, input: Input, now: Instant) {}
    pub fn handle_timeout(&mut self, now: Instant) {}
    pub fn poll_output(&mut self) -> Option<Output> {
        None
    }
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    pub fn request(&mut self, request: Outgoing, now: Instant) -> RequestId {
        RequestId(0)
    }
    pub fn respond(
        &mut self,
        id: ServerRequestId,
        reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        Ok(())
    }
    pub fn invite(&mut self, invite: Invite, now: Instant) -> CallHandle {
        CallHandle(0)
    }
    pub fn progress(
        &mut self,
        call: CallHandle,
        reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        Ok(())
    }
    pub fn accept(
        &mut self,
        call: CallHandle,
        reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        Ok(())
    }
    pub fn reject(
        &mut self,
        call: CallHandle,
        reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        Ok(())
    }
    pub fn hang_up(&mut self, call: CallHandle, reason: Option<Reason>, now: Instant) {}
    pub fn request_in_call(
        &mut self,
        call: CallHandle,
        method: Method,
        headers: Vec<Header>,
        body: Option<Body>,
        now: Instant,
    ) -> RequestId {
        RequestId(0)
    }
    pub fn move_call(&mut self, call: CallHandle, hop: Hop) {}
}
