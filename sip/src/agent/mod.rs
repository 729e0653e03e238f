//! The user agent: RFC 3261 §8 to §15 on top of transactions and dialogs.
//!
//! One [`Agent`] serves a whole program: a page's has one flow, a gateway's has many and is the
//! transaction and dialog layer of its back-to-back user agent.

mod auth;
mod branches;
mod call;
mod capability;
mod early;
mod end;
mod event;
mod exchange;
mod forward;
mod in_call;
mod intake;
mod offerless;
mod outcome;
mod outgoing;
mod oversize;
mod refresh;
pub mod registration;
mod reliable;
mod replaces;
mod session;
#[cfg(test)]
mod tests;
mod uac;
mod uas;
mod wire;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::net::SocketAddr;

use crate::digest::Credentials;
use crate::limits::Limits;
use crate::message::{CallId, HostPort, Text};
use crate::parse::{is_keepalive, parse};
use crate::time::Instant;
use crate::transaction::{self, ClientId, Deadlines, ServerId, Timers, Transactions};
use crate::transport::{FlowId, Hop, Transport};

use auth::Wallet;
use call::Call;
use exchange::Exchange;
use intake::Seen;
use wire::Wire;

use crate::message::Reason;
pub use event::{
    CallHandle, DialogId, End, EndedBy, Event, Failure, How, RequestId, ServerRequestId,
};
pub use forward::Role;
pub use outgoing::{
    AgentConfig, AgentError, Invite, Outgoing, Oversize, Reliable, Reply, SessionTimers,
};

/// The user agent.
#[derive(Debug)]
pub struct Agent {
    wire: Wire,
    wallet: Wallet,
    role: Role,
    limits: Limits,
    timers: Timers,
    session: Option<SessionTimers>,
    oversize: Oversize,
    transactions: Transactions,
    last_id: u64,
    calls: HashMap<CallHandle, Call>,
    /// By Call-ID and our tag.
    calls_by_dialog: HashMap<(CallId, Text), CallHandle>,
    calls_by_flow: BTreeSet<(FlowId, CallHandle)>,
    exchanges: HashMap<RequestId, Exchange>,
    senders: HashMap<ClientId, Sender>,
    waiting: HashMap<ServerId, Waiting>,
    acks: HashMap<ClientId, Vec<SentAck>>,
    /// What was too large for a datagram, and goes over a connection.
    by_stream: HashSet<ClientId>,
    alarms: Deadlines<Alarm>,
    outputs: VecDeque<Output>,
}

/// What reaches the agent from outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// A datagram, the payload of a WebSocket frame, or one framed message of a stream. Keepalives
    /// are passed over; to answer a ping is the edge's.
    Message { hop: Hop, bytes: Vec<u8> },
    /// A socket or connection is gone. What waits for it fails at once.
    FlowClosed(FlowId),
    /// No connection can be made for what was sent by [`FlowId::ANY`]. What was too large for a
    /// datagram leaves as one after all (RFC 3261 §18.1.1); anything else fails at once.
    Unreachable {
        transport: Transport,
        remote: SocketAddr,
    },
}

/// What the owner is to do, or to know.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "moved once, from the queue to the owner"
)]
pub enum Output {
    Transmit { hop: Hop, bytes: Vec<u8> },
    Event(Event),
}

/// Whose a request of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    /// The INVITE of a call.
    Invite(CallHandle),
    Request(RequestId),
}

/// Whose a request of a peer's is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Waiting {
    /// The INVITE of a call.
    Invite(CallHandle),
    /// Inside a call's dialog, for the owner.
    InCall(CallHandle),
    /// Outside, for the owner; all its responses have this tag.
    Outside { to_tag: Text },
}

/// An ACK to a 2xx, sent again whenever the 2xx is (§13.2.2.4).
#[derive(Debug)]
struct SentAck {
    remote_tag: String,
    hop: Hop,
    bytes: Vec<u8>,
    /// The same for a peer that can't be reached by a connection, if it was too large.
    as_datagram: Option<(Hop, Vec<u8>)>,
}

/// Who wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Alarm {
    Call(CallHandle),
    Request(RequestId),
}

impl Agent {
    pub fn new(config: AgentConfig) -> Agent {
        Agent {
            wire: Wire::new(&config.user_agent, config.seed),
            wallet: Wallet::default(),
            transactions: Transactions::new(config.timers, &config.limits),
            role: Role::UserAgent,
            limits: config.limits,
            timers: config.timers,
            session: config.session,
            oversize: config.oversize,
            last_id: 0,
            calls: HashMap::new(),
            calls_by_dialog: HashMap::new(),
            calls_by_flow: BTreeSet::new(),
            exchanges: HashMap::new(),
            senders: HashMap::new(),
            waiting: HashMap::new(),
            acks: HashMap::new(),
            by_stream: HashSet::new(),
            alarms: Deadlines::new(),
            outputs: VecDeque::new(),
        }
    }

    /// What Via says on a transport. Until it is set, a host that resolves to nothing (RFC 7118).
    pub fn set_sent_by(&mut self, transport: Transport, sent_by: HostPort) {
        self.wire.set_sent_by(transport, sent_by);
    }

    /// The option tags we understand: for Supported, and for answering Require with 420. None at
    /// first.
    pub fn set_supported(&mut self, option_tags: Vec<Text>) {
        self.wire.option_tags = option_tags;
    }

    /// What else is understood where it is required, and not announced: what only some requests to
    /// us have, and no peer need know of.
    pub fn set_also_understood(&mut self, option_tags: Vec<Text>) {
        self.wire.also_understood = option_tags;
    }

    /// The option tags we understand.
    pub fn supported(&self) -> &[Text] {
        &self.wire.option_tags
    }

    /// Credentials for requests inside a call, as one that was received has none of its own.
    pub fn set_credentials(&mut self, call: CallHandle, credentials: Credentials) {
        if let Some(call) = self.calls.get_mut(&call) {
            call.credentials = Some(credentials);
        }
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Message { hop: _, bytes } if is_keepalive(&bytes) => {}
            Input::Message { hop, bytes } => match parse(&bytes, &self.limits) {
                Ok(message) => {
                    self.transactions
                        .handle(transaction::Input::Message { hop, message }, now);
                }
                Err(error) => {
                    if let Some(reply) = error.reply(&bytes) {
                        let hop = transaction::way_back(hop, &reply.headers.via);
                        let bytes = reply.to_bytes();
                        self.outputs.push_back(Output::Transmit { hop, bytes });
                    }
                    self.event(Event::Malformed { hop, error });
                }
            },
            Input::FlowClosed(flow) => {
                self.transactions
                    .handle(transaction::Input::FlowClosed(flow), now);
                self.pump(now);
                self.tell_lost_flow(flow);
            }
            Input::Unreachable { transport, remote } => {
                let hop = Hop {
                    transport,
                    flow: FlowId::ANY,
                    remote,
                };
                self.transactions
                    .handle(transaction::Input::Unreachable(hop), now);
                self.pump(now);
                self.fall_back_acks(hop);
            }
        }
        self.pump(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.transactions.handle_timeout(now);
        self.pump(now);
        while let Some(alarm) = self.alarms.pop_due(now) {
            match alarm {
                Alarm::Call(call) => self.wake_call(call, now),
                Alarm::Request(id) => self.wake_exchange(id, now),
            }
            self.pump(now);
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let own = self.alarms.next();
        own.into_iter()
            .chain(self.transactions.poll_timeout())
            .min()
    }

    /// Answers a request that came as [`Event::Request`] or [`Event::CallRequest`].
    ///
    /// # Errors
    /// It does not wait for an answer: it has one, its call is over, or 32 s have passed.
    pub fn respond(
        &mut self,
        id: ServerRequestId,
        reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        let outcome = match self.waiting.get(&id.0).cloned() {
            None | Some(Waiting::Invite(_)) => Err(AgentError::NotWaiting),
            Some(Waiting::InCall(call)) => self.respond_in_call(id.0, call, reply, now),
            Some(Waiting::Outside { to_tag }) => {
                let is_final = reply.status.is_final();
                let outcome = self.answer(id.0, reply, &to_tag, now);
                if is_final {
                    self.waiting.remove(&id.0);
                }
                outcome
            }
        };
        self.pump(now);
        outcome
    }

    /// The Call-ID of a call that is remembered.
    pub fn call_id(&self, call: CallHandle) -> Option<&CallId> {
        self.calls.get(&call).map(|call| &call.call_id)
    }

    /// Which way a request came that waits for an answer: whoever knows a dialog's tags can send
    /// from anywhere.
    pub fn hop_of(&self, id: ServerRequestId) -> Option<Hop> {
        self.transactions.hop_of(id.0)
    }

    /// How many transactions and calls are remembered; 0 when all is over.
    pub fn load(&self) -> usize {
        self.transactions.len() + self.calls.len() + self.exchanges.len()
    }

    /// Carries out what the transactions ask for.
    fn pump(&mut self, now: Instant) {
        while let Some(output) = self.transactions.poll_output() {
            self.take(output, now);
        }
    }

    fn take(&mut self, output: transaction::Output, now: Instant) {
        use transaction::Output as O;
        match output {
            O::Request {
                id,
                hop,
                request,
                merged,
                cancels,
            } => {
                let seen = if merged { Seen::Merged } else { Seen::First };
                self.on_request(id, hop, request, seen, cancels, now);
            }
            O::Ack { hop: _, request } => self.on_ack(&request, now),
            O::Response { id, response } => match self.senders.get(&id) {
                Some(Sender::Invite(call)) => self.on_invite_response(*call, id, response, now),
                Some(Sender::Request(request)) => {
                    self.on_exchange_response(*request, id, response, now);
                }
                None => {}
            },
            O::TimedOut { id } => self.on_failure(id, Failure::Timeout, now),
            O::ClientFlowLost { id } => self.on_failure(id, Failure::Transport, now),
            O::ServerFlowLost { id } => {
                if let Some(Waiting::Invite(call)) = self.waiting.get(&id).cloned() {
                    self.on_caller_lost(call, now);
                }
            }
            O::Transmit { .. } | O::ClientDone { .. } | O::ServerDone { .. } | O::NoAck { .. } => {
                self.take_unheard(output);
            }
        }
    }

    /// What only concerns the wire and our tables.
    fn take_unheard(&mut self, output: transaction::Output) {
        use transaction::Output as O;
        match output {
            O::Transmit { hop, bytes } => self.outputs.push_back(Output::Transmit { hop, bytes }),
            O::ClientDone { id } => {
                if let Some(Sender::Invite(call)) = self.senders.remove(&id)
                    && let Some(call) = self.calls.get_mut(&call)
                    && !call.is_calling()
                {
                    call.early.clear();
                }
                self.acks.remove(&id);
                self.by_stream.remove(&id);
            }
            O::ServerDone { id } => self.forget_waiting(id),
            // A call was reported over when its INVITE was refused.
            O::NoAck { .. }
            | O::Request { .. }
            | O::Ack { .. }
            | O::Response { .. }
            | O::TimedOut { .. }
            | O::ClientFlowLost { .. }
            | O::ServerFlowLost { .. } => {}
        }
    }

    fn on_failure(&mut self, id: ClientId, failure: Failure, now: Instant) {
        // An earlier try, with a response that made us try again, may lose its flow too.
        if failure == Failure::Transport && self.fall_back(id, now) {
            return;
        }
        match self.senders.get(&id).copied() {
            Some(Sender::Invite(call)) if self.is_latest_invite(call, id) => {
                self.on_invite_failure(call, failure, now);
            }
            Some(Sender::Request(request)) if self.is_latest_try(request, id) => {
                self.on_exchange_failure(request, failure, now);
            }
            Some(Sender::Invite(_) | Sender::Request(_)) | None => {}
        }
    }

    /// Tells the owner, after what was to be transmitted before. Takes no `now`, since what it
    /// takes of the transactions' outputs needs none.
    fn event(&mut self, event: Event) {
        while let Some(output) = self.transactions.poll_unheard() {
            self.take_unheard(output);
        }
        self.outputs.push_back(Output::Event(event));
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
