//! Who is asked what next? Signalling as a pure machine of four verbs: messages, answers of the
//! store and of the media come in, messages and orders go out. Nothing here waits, and nothing here
//! knows a socket.

pub mod call;
pub mod destinations;
pub mod flows;
mod guesses;
pub mod identity;
pub mod offer;
pub mod registration;
pub mod route;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use sip::agent::{Agent, Event, Reply, ServerRequestId};
use sip::message::{Header, HostPort, Method, Request, SipUri, Status};
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use crate::bridge::{BridgeCommand, BridgeEvent, BridgeId};
use crate::home::Home;
use crate::operate::metrics::Counters;
use crate::store::{Order, Stored};
use call::Calls;
use destinations::{Destination, Destinations, Found, Lookup, Ticket};
use flows::{Connect, Flows};
pub use guesses::GuessLimits;
use registration::Registration;

/// What the gateway does, as Allow says it (RFC 3261 §20.5).
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER";

/// What came in.
#[derive(Debug)]
pub enum Input {
    Message {
        hop: Hop,
        bytes: Vec<u8>,
    },
    /// A connection was made.
    FlowOpened(Hop),
    FlowClosed(FlowId),
    Stored(Stored),
    /// A look-up is through; nothing was found where there is no destination.
    Resolved {
        ticket: Ticket,
        destinations: Vec<Destination>,
    },
    Bridge {
        bridge: BridgeId,
        event: BridgeEvent,
    },
    /// Take no new calls and end those there are.
    Drain,
}

/// What the loop has to do.
#[derive(Debug)]
pub enum Output {
    Transmit {
        hop: Hop,
        bytes: Vec<u8>,
    },
    /// Make this connection; messages for it follow.
    Connect(Connect),
    /// Look this up; each is answered by [`Input::Resolved`].
    Resolve {
        ticket: Ticket,
        lookup: Lookup,
    },
    Store(Order),
    Bridge {
        bridge: BridgeId,
        command: BridgeCommand,
    },
}

/// What the switch goes by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Where handsets reach us, for Contact.
    pub udp_contact: HostPort,
    pub tcp_contact: HostPort,
    /// The address of plain RTP, as SDP says it.
    pub media_address: std::net::IpAddr,
    /// How long a call may ring.
    pub answer_within: Duration,
    /// How long a call waits for a leg whose connection is gone.
    pub call_grace: Duration,
}

/// What the parts of the switch share while one input is dealt with.
pub struct Desk<'a> {
    pub agent: &'a mut Agent,
    pub home: &'a mut Home,
    pub flows: &'a mut Flows,
    pub destinations: &'a mut Destinations,
    pub policy: &'a Policy,
    pub counters: &'a Counters,
    pub outputs: &'a mut VecDeque<Output>,
}

/// The switch.
pub struct Switch {
    agent: Agent,
    home: Home,
    registration: Registration,
    calls: Calls,
    flows: Flows,
    destinations: Destinations,
    policy: Policy,
    counters: Arc<Counters>,
    outputs: VecDeque<Output>,
    stage: Stage,
}

/// Whether new calls are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Draining,
    /// All calls are over; since then their BYEs may be sent again.
    LastWords {
        until: Instant,
    },
    Over,
}

/// After the last call: time for its BYE to be sent again once, where the first was lost
/// (timer E fires after T1 = 500 ms, RFC 3261 §17.1.2.2).
const LAST_WORDS: Duration = Duration::from_millis(700);

impl Switch {
    pub fn new(
        agent: Agent,
        home: Home,
        registration: Registration,
        destinations: Destinations,
        policy: Policy,
        counters: Arc<Counters>,
    ) -> Switch {
        Switch {
            agent,
            home,
            registration,
            calls: Calls::default(),
            flows: Flows::default(),
            destinations,
            policy,
            counters,
            outputs: VecDeque::new(),
            stage: Stage::Open,
        }
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Message { hop, bytes } => self
                .agent
                .handle(sip::agent::Input::Message { hop, bytes }, now),
            Input::FlowOpened(hop) => self.flows.opened(hop),
            Input::FlowClosed(flow) => self.flow_closed(flow, now),
            Input::Stored(stored) => self.stored(stored, now),
            Input::Resolved {
                ticket,
                destinations,
            } => {
                let hops = self
                    .destinations
                    .resolved(ticket, &destinations, &mut self.flows);
                let (calls, mut desk) = self.calls_and_desk();
                calls.located(ticket, hops, &mut desk, now);
            }
            Input::Bridge { bridge, event } => {
                let (calls, mut desk) = self.calls_and_desk();
                calls.handle_bridge(bridge, event, &mut desk, now);
            }
            Input::Drain => self.drain(now),
        }
        self.attend(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        self.home.registrar.handle_timeout(now);
        let (calls, mut desk) = self.calls_and_desk();
        calls.handle_timeout(&mut desk, now);
        self.attend(now);
        if self.is_drained(now) {
            self.stage = Stage::Over;
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let last = match self.stage {
            Stage::LastWords { until } => Some(until),
            Stage::Open | Stage::Draining | Stage::Over => None,
        };
        let deadlines = [
            self.agent.poll_timeout(),
            self.home.registrar.poll_timeout(),
            self.calls.poll_timeout(),
            last,
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Calls under way.
    pub fn calls(&self) -> usize {
        self.calls.count()
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Whether all calls are over and their ends have been told.
    pub fn is_drained(&self, now: Instant) -> bool {
        match self.stage {
            Stage::LastWords { until } => until <= now,
            Stage::Over => true,
            Stage::Open | Stage::Draining => false,
        }
    }

    fn drain(&mut self, now: Instant) {
        if self.stage != Stage::Open {
            return;
        }
        self.stage = Stage::Draining;
        if self.calls.count() == 0 {
            self.stage = Stage::Over;
        }
        let (calls, mut desk) = self.calls_and_desk();
        calls.drain(&mut desk, now);
    }

    /// Hears the agent out.
    fn attend(&mut self, now: Instant) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                sip::agent::Output::Transmit { hop, bytes } => self.transmit(hop, bytes),
                sip::agent::Output::Event(event) => self.event(event, now),
            }
        }
        for bridge in self.calls.take_over() {
            let command = BridgeCommand::Close;
            self.outputs.push_back(Output::Bridge { bridge, command });
        }
        if self.stage == Stage::Draining && self.calls.count() == 0 {
            self.stage = Stage::LastWords {
                until: now + LAST_WORDS,
            };
        }
    }

    fn transmit(&mut self, hop: Hop, bytes: Vec<u8>) {
        if let Some(connect) = self.flows.use_planned(hop.flow) {
            self.outputs.push_back(Output::Connect(connect));
        }
        self.outputs.push_back(Output::Transmit { hop, bytes });
    }

    fn event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Request { id, hop, request } => self.request(id, hop, request, now),
            Event::Malformed { hop, error } => {
                self.counters.malformed.count();
                tracing::debug!(flow = %hop.flow, %error, "malformed");
            }
            Event::Incoming { call, .. } if self.stage != Stage::Open => {
                let reply = Reply::new(Status::SERVICE_UNAVAILABLE)
                    .with_header(Header::fixed("Retry-After", "30"));
                if let Err(error) = self.agent.reject(call, reply, now) {
                    tracing::debug!(%error, "refused too late");
                }
            }
            event @ (Event::Incoming { .. }
            | Event::Progress { .. }
            | Event::Answered { .. }
            | Event::Confirmed { .. }
            | Event::CallRequest { .. }
            | Event::FlowLost { .. }
            | Event::Ended { .. }
            | Event::Response { .. }
            | Event::RequestFailed { .. }) => {
                let (calls, mut desk) = self.calls_and_desk();
                calls.handle(event, &mut desk, now);
            }
        }
    }

    /// A request outside of any call.
    fn request(&mut self, id: ServerRequestId, hop: Hop, request: Request, now: Instant) {
        match request.method {
            Method::Register => {
                let (registration, _, mut desk) = self.parts();
                registration.register(id, hop, request, &mut desk, now);
            }
            Method::Options => {
                let reply = self.capabilities(&request, now);
                self.answer(id, reply, now);
            }
            Method::Other(_) => {
                self.counters.requests_not_supported.count();
                self.answer(id, Reply::new(Status::NOT_IMPLEMENTED), now);
            }
            Method::Invite
            | Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Info
            | Method::Prack
            | Method::Update
            | Method::Message
            | Method::Subscribe
            | Method::Notify
            | Method::Refer
            | Method::Publish => {
                self.counters.requests_not_supported.count();
                self.answer(
                    id,
                    Reply::new(Status::METHOD_NOT_ALLOWED)
                        .with_header(Header::fixed("Allow", ALLOW)),
                    now,
                );
            }
        }
    }

    /// What OPTIONS is answered: the gateway's own abilities for the gateway (RFC 3261 §11.2). For a
    /// user 501, which handsets take for "cannot say, try": the user's own device is not asked.
    fn capabilities(&self, request: &Request, now: Instant) -> Reply {
        let territory = &self.home.territory;
        if territory.is_gateway(&request.uri) {
            return Reply::new(Status::OK)
                .with_header(Header::fixed("Allow", ALLOW))
                .with_header(Header::fixed("Accept", "application/sdp"))
                .with_header(Header::fixed("Supported", "outbound"));
        }
        let user = territory
            .serves(&request.uri)
            .then(|| self.home.subscribers.find(&request.uri))
            .flatten();
        Reply::new(match user {
            None => Status::NOT_FOUND,
            Some(user) if self.home.registrar.reachable(&user.name, now).is_empty() => {
                Status::TEMPORARILY_UNAVAILABLE
            }
            Some(_) => Status::NOT_IMPLEMENTED,
        })
    }

    fn answer(&mut self, id: ServerRequestId, reply: Reply, now: Instant) {
        if let Err(error) = self.agent.respond(id, reply, now) {
            tracing::debug!(%error, "answered too late");
        }
    }

    fn stored(&mut self, stored: Stored, now: Instant) {
        let (registration, calls, mut desk) = self.parts();
        let moved = registration.stored(stored, &mut desk, now);
        for (from, to) in moved {
            calls.flow_moved(from, to, &mut desk, now);
        }
    }

    fn flow_closed(&mut self, flow: FlowId, now: Instant) {
        if let Some(hop) = self.flows.closed(flow) {
            self.home.registrar.flow_closed(&hop, now);
        }
        self.agent.handle(sip::agent::Input::FlowClosed(flow), now);
    }

    fn calls_and_desk(&mut self) -> (&mut Calls, Desk<'_>) {
        let (_, calls, desk) = self.parts();
        (calls, desk)
    }

    fn parts(&mut self) -> (&mut Registration, &mut Calls, Desk<'_>) {
        let desk = Desk {
            agent: &mut self.agent,
            home: &mut self.home,
            flows: &mut self.flows,
            destinations: &mut self.destinations,
            policy: &self.policy,
            counters: &self.counters,
            outputs: &mut self.outputs,
        };
        (&mut self.registration, &mut self.calls, desk)
    }
}

impl Desk<'_> {
    /// The hops to a Request-URI or first Route; what comes later goes to whoever keeps the ticket.
    pub fn find(&mut self, uri: &SipUri) -> Found {
        self.destinations.find(uri, self.flows, self.outputs)
    }
}

impl Policy {
    /// Our Contact's host and port on that transport. Over a WebSocket the connection is the address;
    /// what stands there only has to be a URI.
    pub fn contact_on(&self, transport: Transport) -> &HostPort {
        match transport {
            Transport::Udp => &self.udp_contact,
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => &self.tcp_contact,
        }
    }
}
