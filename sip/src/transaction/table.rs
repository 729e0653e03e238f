//! All transactions of a program: RFC 3261 §17.

use std::collections::VecDeque;

use super::Timers;
use super::clients::Clients;
use super::key::{ClientKey, ServerKey};
use super::servers::{Servers, way_back};
use crate::limits::Limits;
use crate::message::{Message, Method, Request, Response, Status};
use crate::time::Instant;
use crate::transport::{FlowId, Hop};

/// A request that was sent. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub(super) u64);

/// A request that was received. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId(pub(super) u64);

/// What moves transactions from outside.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "taken apart at once")]
pub enum Input {
    Message {
        hop: Hop,
        message: Message,
    },
    FlowClosed(FlowId),
    /// What was sent by that very hop can't be: for [`FlowId::ANY`].
    Unreachable(Hop),
}

/// What the owner is to do, or to know.
#[derive(Clone, Debug)]
pub enum Output {
    Transmit {
        hop: Hop,
        bytes: Vec<u8>,
    },
    /// A request that is none of the copies seen before. An ACK never comes this way.
    Request {
        id: ServerId,
        hop: Hop,
        request: Request,
        /// The same request came by another way and is being answered (§8.2.2.2).
        merged: bool,
        /// The INVITE that this CANCEL is for, if it is there.
        cancels: Option<ServerId>,
    },
    /// An ACK to a 2xx, or to nothing.
    Ack {
        hop: Hop,
        request: Request,
    },
    /// A response to a request that was sent; several 2xx to one INVITE.
    Response {
        id: ClientId,
        response: Response,
    },
    /// No final response came.
    TimedOut {
        id: ClientId,
    },
    /// The flow was lost before the final response.
    ClientFlowLost {
        id: ClientId,
    },
    /// Nothing more comes for this request.
    ClientDone {
        id: ClientId,
    },
    /// Our 300-699 to INVITE was never acknowledged.
    NoAck {
        id: ServerId,
    },
    /// The flow was lost before our final response.
    ServerFlowLost {
        id: ServerId,
    },
    /// This request can no longer be answered.
    ServerDone {
        id: ServerId,
    },
}

/// As many transactions are under way as the limits allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many transactions")]
pub struct Overloaded;

/// The request was answered already, or nobody waits for the answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request is not waiting for this response")]
pub struct Gone;

/// All transactions of a program.
#[derive(Debug)]
pub struct Transactions {
    max: usize,
    max_per_peer: usize,
    max_answered: usize,
    clients: Clients,
    servers: Servers,
    outputs: VecDeque<Output>,
}

impl Transactions {
    pub fn new(timers: Timers, limits: &Limits) -> Transactions {
        Transactions {
            max: limits.transactions,
            max_per_peer: limits.transactions_per_peer,
            max_answered: limits.answered_transactions,
            clients: Clients::new(timers),
            servers: Servers::new(timers),
            outputs: VecDeque::new(),
        }
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Message {
                hop,
                message: Message::Request(request),
            } => self.receive_request(hop, request, now),
            Input::Message {
                hop: _,
                message: Message::Response(response),
            } => self.clients.receive(response, now, &mut self.outputs),
            Input::FlowClosed(flow) => {
                self.clients.flow_closed(flow, now, &mut self.outputs);
                self.servers.flow_closed(flow, now, &mut self.outputs);
            }
            Input::Unreachable(hop) => {
                self.clients.unreachable(hop, now, &mut self.outputs);
                self.servers.unreachable(hop, now, &mut self.outputs);
            }
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.clients.handle_timeout(now, &mut self.outputs);
        self.servers.handle_timeout(now, &mut self.outputs);
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// As [`Transactions::poll_output`], unless that is something for a user to hear of.
    pub(crate) fn poll_unheard(&mut self) -> Option<Output> {
        match self.outputs.front()? {
            Output::Transmit { .. } | Output::ClientDone { .. } | Output::ServerDone { .. } => {
                self.outputs.pop_front()
            }
            Output::Request { .. }
            | Output::Ack { .. }
            | Output::Response { .. }
            | Output::TimedOut { .. }
            | Output::ClientFlowLost { .. }
            | Output::NoAck { .. }
            | Output::ServerFlowLost { .. } => None,
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let deadlines = [self.clients.next_deadline(), self.servers.next_deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// Sends a request (any but ACK), whose topmost Via is ours and has a branch of its own.
    ///
    /// # Errors
    /// There is no room for another transaction, or no branch.
    pub fn send(
        &mut self,
        hop: Hop,
        request: Request,
        now: Instant,
    ) -> Result<ClientId, Overloaded> {
        if !self.has_room_for(&request.method) {
            return Err(Overloaded);
        }
        let key = ClientKey::of_request(&request).ok_or(Overloaded)?;
        let outputs = &mut self.outputs;
        Ok(self.clients.send(hop, key, request, now, outputs))
    }

    /// Answers a request. A 2xx to INVITE may be given again, to be sent again.
    ///
    /// # Errors
    /// The request has its final response, or is gone.
    pub fn respond(&mut self, id: ServerId, response: &Response, now: Instant) -> Result<(), Gone> {
        self.servers.respond(id, response, now, &mut self.outputs)
    }

    /// Ends an INVITE that was cancelled 64*T1 ago and got no final response (§9.1).
    pub fn give_up(&mut self, id: ClientId, now: Instant) {
        self.clients.give_up(id, now, &mut self.outputs);
    }

    /// A request that was sent, without its body, and where to; `None` when it is done.
    pub fn sent(&self, id: ClientId) -> Option<(Hop, &Request)> {
        self.clients.get(id)
    }

    /// A request that was received, without its body; `None` when it is done.
    pub fn received(&self, id: ServerId) -> Option<&Request> {
        self.servers.get(id)
    }

    /// Which way a request came.
    pub fn hop_of(&self, id: ServerId) -> Option<Hop> {
        self.servers.hop_of(id)
    }

    /// How many transactions there are.
    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn receive_request(&mut self, hop: Hop, mut request: Request, now: Instant) {
        let Some(via) = request.headers.via.first_mut() else {
            return;
        };
        // A page cannot know its peer's address and has nobody to tell it to.
        if !hop.remote.ip().is_unspecified() {
            via.note_source(hop.remote);
        }
        let Some(key) = ServerKey::of(&request) else {
            return;
        };
        let outputs = &mut self.outputs;
        if let Some(id) = self.servers.find(&key) {
            return self.servers.receive_again(id, request, now, outputs);
        }
        if request.method == Method::Ack {
            return outputs.push_back(Output::Ack { hop, request });
        }
        let peer_has_room = self.servers.live_of_peer(hop) < self.max_per_peer;
        if !peer_has_room || !self.has_room_for(&request.method) {
            return self.refuse(hop, &request);
        }
        let at_most = self.max + self.max_answered;
        self.servers.forget_answered(
            at_most.saturating_sub(self.clients.len()),
            &mut self.outputs,
        );
        self.servers
            .insert(hop, key, request, now, &mut self.outputs);
    }

    /// Without a transaction: copies are refused one by one, and an ACK to it means nothing.
    fn refuse(&mut self, hop: Hop, request: &Request) {
        let mut refusal = Response::to(request, Status::SERVICE_UNAVAILABLE);
        refusal.headers.push("Retry-After", RETRY_AFTER_SECONDS);
        self.outputs.push_back(Output::Transmit {
            hop: way_back(hop, &request.headers.via),
            bytes: refusal.to_bytes(),
        });
    }

    /// An eighth of the room is kept for what ends calls.
    fn has_room_for(&self, method: &Method) -> bool {
        let max = match method {
            Method::Bye | Method::Cancel => self.max,
            _ => self.max - self.max / 8,
        };
        self.clients.live() + self.servers.live() < max
    }
}

/// What a refused client is asked to wait, in seconds: by then a burst of transactions is over.
const RETRY_AFTER_SECONDS: u32 = 10;
