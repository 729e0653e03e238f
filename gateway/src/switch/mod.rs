//! Who is asked what next? Signalling as a pure machine of four verbs: messages, answers of the store
//! and of the media come in, messages and orders go out. Nothing here waits or knows a socket.

pub mod call;
pub mod core;
pub mod destinations;
pub mod events;
pub mod flows;
pub mod forward;
pub mod guard;
mod guesses;
pub mod identity;
pub mod offer;
mod privacy;
pub mod registration;
pub mod route;
mod shield;
mod sources;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use sip::agent::{Agent, Event, Reply, RequestId, Role, ServerRequestId};
use sip::id::IdSource;
use sip::message::{
    Date, Header, HostPort, Method, NameAddr, Request, Response, SipUri, Status, Uri,
};
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use crate::bridge::{BridgeCommand, BridgeEvent, BridgeId};
use crate::home::Home;
use crate::operate::metrics::Counters;
use crate::store::{Order, Stored};
use call::Calls;
use core::Core;
use destinations::{Destination, Destinations, Found, Lookup, Ticket};
use events::Events;
use flows::{Connect, Flows};
use forward::Forward;
use guard::Guard;
pub use guesses::GuessLimits;
use registration::Registration;
pub use shield::ShieldLimits;
use shield::{Shield, Standing, Verdict};

/// What the gateway does, as Allow says it (RFC 3261 §20.5).
pub const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REGISTER, SUBSCRIBE, NOTIFY";

/// What it does inside a call, some of it only where both sides are up to it.
pub const ALLOW_IN_CALL: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, MESSAGE, REFER, NOTIFY";

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
    /// A connection that we wanted did not come about.
    FlowFailed(FlowId),
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
    /// `None` where there is no TLS.
    pub tls_contact: Option<HostPort>,
    /// The address of plain RTP, as SDP says it.
    pub media_address: std::net::IpAddr,
    /// How long a call may ring.
    pub answer_within: Duration,
    /// How long a call waits for a leg whose connection is gone.
    pub call_grace: Duration,
    pub limits: ShieldLimits,
    pub clock: Clock,
}

/// What time it is to people, for Date.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    pub at: Instant,
    /// What that moment was, since the start of 1970.
    pub unix: Duration,
}

/// Who may come in: what the switch asks of peers and knows of other networks.
pub struct Entrance {
    pub guard: Guard,
    pub core: Core,
    /// What must not be guessed follows from this.
    pub ids: IdSource,
}

/// What the parts of the switch share while one input is dealt with.
pub struct Desk<'a> {
    pub agent: &'a mut Agent,
    pub home: &'a mut Home,
    pub guard: &'a mut Guard,
    pub core: &'a mut Core,
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
    guard: Guard,
    core: Core,
    registration: Registration,
    forward: Forward,
    events: Events,
    calls: Calls,
    flows: Flows,
    destinations: Destinations,
    shield: Shield,
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
        mut agent: Agent,
        home: Home,
        entrance: Entrance,
        destinations: Destinations,
        policy: Policy,
        counters: Arc<Counters>,
    ) -> Switch {
        let Entrance { guard, core, ids } = entrance;
        agent.set_role(Role::Edge);
        Switch {
            agent,
            home,
            guard,
            core,
            registration: Registration::new(ids),
            forward: Forward::default(),
            events: Events::default(),
            calls: Calls::default(),
            flows: Flows::default(),
            destinations,
            shield: Shield::new(policy.limits),
            policy,
            counters,
            outputs: VecDeque::new(),
            stage: Stage::Open,
        }
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Message { hop, bytes } => self.message(hop, bytes, now),
            Input::FlowOpened(hop) => self.flows.opened(hop),
            Input::FlowClosed(flow) => self.flow_closed(flow, now),
            Input::FlowFailed(flow) => {
                self.flows.failed(flow, now);
                self.flow_closed(flow, now);
            }
            Input::Stored(stored) => self.stored(stored, now),
            Input::Resolved {
                ticket,
                destinations,
            } => {
                let hops = self
                    .destinations
                    .resolved(ticket, &destinations, &mut self.flows);
                let (parts, mut desk) = self.parts();
                let taken = parts.forward.located(ticket, &hops, &mut desk, now)
                    || parts.events.located(ticket, &hops, &mut desk, now);
                if !taken {
                    parts.calls.located(ticket, hops, &mut desk, now);
                }
            }
            Input::Bridge { bridge, event } => {
                let (calls, mut desk) = self.calls_and_desk();
                calls.handle_bridge(bridge, event, &mut desk, now);
            }
            Input::Drain => self.drain(now),
        }
        self.attend(now);
    }

    /// A message, if its source is listened to.
    fn message(&mut self, hop: Hop, bytes: Vec<u8>, now: Instant) {
        let standing = self.standing(&hop, now);
        match self.shield.admit(&hop, standing, now) {
            Verdict::Admit => self
                .agent
                .handle(sip::agent::Input::Message { hop, bytes }, now),
            Verdict::TooFast => self.counters.messages_too_fast.count(),
            Verdict::Silenced => self.counters.messages_silenced.count(),
        }
    }

    fn standing(&self, hop: &Hop, now: Instant) -> Standing {
        if self.core.trusts(hop) {
            return Standing::Trusted;
        }
        let is_member = self.home.registrar.who_is_at(hop, now).next().is_some()
            || self.core.owner_of(hop).is_some();
        match is_member {
            true => Standing::Member,
            false => Standing::Stranger,
        }
    }

    /// Whether a REGISTER is looked at: a challenge costs little, but not nothing.
    fn may_register(&mut self, hop: &Hop, request: &Request, now: Instant) -> bool {
        let is_free = request.headers.get("Authorization").is_some()
            || self.standing(hop, now) != Standing::Stranger;
        is_free || self.shield.registers(hop, now)
    }

    /// Somebody tries something. Of strangers that is counted.
    fn attempted(&mut self, hop: &Hop, now: Instant) {
        if self.standing(hop, now) == Standing::Stranger && self.shield.attempted(hop, now) {
            self.counters.sources_silenced.count();
            tracing::warn!(address = %hop.remote.ip(), transport = %hop.transport, "tried too much; not listened to for a while");
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        self.home.registrar.handle_timeout(now);
        self.core.handle_timeout(now);
        let (parts, mut desk) = self.parts();
        parts.calls.handle_timeout(&mut desk, now);
        parts.events.handle_timeout(&mut desk, now);
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
            self.core.poll_timeout(),
            self.calls.poll_timeout(),
            self.events.poll_timeout(),
            last,
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Calls under way.
    pub fn calls(&self) -> usize {
        self.calls.count()
    }

    /// Transactions and dialogs that are remembered; 0 when all is over.
    pub fn load(&self) -> usize {
        self.agent.load()
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
        self.hear(now);
        let changed = self.home.registrar.take_changed();
        let (parts, mut desk) = self.parts();
        parts.events.changed(&changed, &mut desk, now);
        self.hear(now);
        for bridge in self.calls.take_over() {
            let command = BridgeCommand::Close;
            self.outputs.push_back(Output::Bridge { bridge, command });
        }
        self.counters.calls.set(self.calls.count());
        if self.stage == Stage::Draining && self.calls.count() == 0 {
            self.stage = Stage::LastWords {
                until: now + LAST_WORDS,
            };
        }
    }

    fn hear(&mut self, now: Instant) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                sip::agent::Output::Transmit { hop, bytes } => self.transmit(hop, bytes, now),
                sip::agent::Output::Event(event) => self.event(event, now),
            }
        }
    }

    fn transmit(&mut self, hop: Hop, bytes: Vec<u8>, now: Instant) {
        let way = match hop.flow == FlowId::ANY {
            true => self.flows.stand_in(hop, now),
            false => Some(hop),
        };
        let Some(hop) = way else {
            return self.unreachable(hop, now);
        };
        if let Some(connect) = self.flows.use_planned(hop.flow) {
            self.outputs.push_back(Output::Connect(connect));
        }
        self.outputs.push_back(Output::Transmit { hop, bytes });
    }

    fn unreachable(&mut self, hop: Hop, now: Instant) {
        let input = sip::agent::Input::Unreachable {
            transport: hop.transport,
            remote: hop.remote,
        };
        self.agent.handle(input, now);
    }

    fn event(&mut self, event: Event, now: Instant) {
        if let Some(hop) = attempt(&event) {
            self.attempted(&hop, now);
        }
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
            Event::Response { id, response } => self.answered(id, response, now),
            Event::RequestFailed { id, failure } => {
                let (parts, mut desk) = self.parts();
                if parts.events.sent(id) {
                    parts.events.failed(id, failure);
                } else if !parts.forward.failed(id, failure, &mut desk, now) {
                    let event = Event::RequestFailed { id, failure };
                    parts.calls.handle(event, &mut desk, now);
                }
            }
            event @ (Event::Incoming { .. }
            | Event::Progress { .. }
            | Event::Answered { .. }
            | Event::Confirmed { .. }
            | Event::CallRequest { .. }
            | Event::FlowLost { .. }
            | Event::Ended { .. }) => {
                let (calls, mut desk) = self.calls_and_desk();
                calls.handle(event, &mut desk, now);
            }
        }
    }

    /// A request outside of any call of ours.
    fn request(&mut self, id: ServerRequestId, hop: Hop, request: Request, now: Instant) {
        if request.method == Method::Register && !self.may_register(&hop, &request, now) {
            self.counters.registrations_too_fast.count();
            let reply = Reply::new(Status::SERVICE_UNAVAILABLE)
                .with_header(Header::fixed("Retry-After", "60"));
            if let Err(error) = self.agent.respond(id, reply, now) {
                tracing::debug!(%error, "REGISTER put off too late");
            }
            return;
        }
        let (parts, mut desk) = self.parts();
        let ours = desk.home.territory.serves(&request.uri) || desk.core.config().is_none();
        if request.method == Method::Register && ours {
            parts
                .registration
                .register(id, hop, request, &mut desk, now);
        } else if parts.events.takes(&request, &desk) {
            parts.events.request(id, hop, &request, &mut desk, now);
        } else {
            parts.forward.request(id, hop, request, &mut desk, now);
        }
    }

    /// The final response to a request of ours.
    fn answered(&mut self, id: RequestId, response: Response, now: Instant) {
        let (parts, mut desk) = self.parts();
        if parts.events.sent(id) {
            parts.events.answered(id, &response, now);
        } else if parts.forward.takes(id) {
            let learned = parts.forward.answered(id, response, &mut desk, now);
            for (from, to) in learned.moved {
                parts.calls.flow_moved(from, to, &mut desk, now);
            }
            if let Some(name) = learned.registered {
                parts.events.watch(&name, &mut desk, now);
            }
        } else {
            let event = Event::Response { id, response };
            parts.calls.handle(event, &mut desk, now);
        }
    }

    fn stored(&mut self, stored: Stored, now: Instant) {
        let (parts, mut desk) = self.parts();
        let moved = parts.registration.stored(stored, &mut desk, now);
        for (from, to) in moved {
            parts.calls.flow_moved(from, to, &mut desk, now);
        }
    }

    fn flow_closed(&mut self, flow: FlowId, now: Instant) {
        let closed = self.flows.closed(flow);
        if let Some(closed) = &closed {
            self.home.registrar.flow_closed(&closed.hop, now);
            self.core.flow_closed(&closed.hop, now);
        }
        self.agent.handle(sip::agent::Input::FlowClosed(flow), now);
        if let Some(closed) = closed.filter(|closed| closed.stood_in) {
            self.unreachable(closed.hop, now);
        }
    }

    fn calls_and_desk(&mut self) -> (&mut Calls, Desk<'_>) {
        let (parts, desk) = self.parts();
        (parts.calls, desk)
    }

    fn parts(&mut self) -> (Parts<'_>, Desk<'_>) {
        let desk = Desk {
            agent: &mut self.agent,
            home: &mut self.home,
            guard: &mut self.guard,
            core: &mut self.core,
            flows: &mut self.flows,
            destinations: &mut self.destinations,
            policy: &self.policy,
            counters: &self.counters,
            outputs: &mut self.outputs,
        };
        let parts = Parts {
            registration: &mut self.registration,
            forward: &mut self.forward,
            events: &mut self.events,
            calls: &mut self.calls,
        };
        (parts, desk)
    }
}

/// Those who work at the desk.
struct Parts<'a> {
    registration: &'a mut Registration,
    forward: &'a mut Forward,
    events: &'a mut Events,
    calls: &'a mut Calls,
}

impl Desk<'_> {
    /// The hops to a Request-URI or first Route; what comes later goes to whoever keeps the ticket.
    pub fn find(&mut self, uri: &SipUri) -> Found {
        self.destinations.find(uri, self.flows, self.outputs)
    }
}

/// Where somebody tries something: a request outside of what is under way, REGISTER apart, or what is
/// no message at all.
fn attempt(event: &Event) -> Option<Hop> {
    match event {
        Event::Request { hop, request, .. } => (request.method != Method::Register).then_some(*hop),
        Event::Incoming { hop, .. } | Event::Malformed { hop, .. } => Some(*hop),
        Event::Response { .. }
        | Event::RequestFailed { .. }
        | Event::Progress { .. }
        | Event::Answered { .. }
        | Event::Confirmed { .. }
        | Event::CallRequest { .. }
        | Event::FlowLost { .. }
        | Event::Ended { .. } => None,
    }
}

impl Policy {
    /// Where requests inside a dialog of ours find us.
    pub(crate) fn own_contact(&self, transport: Transport) -> NameAddr {
        let at = self.contact_on(transport);
        let mut uri = SipUri::new(at.host.clone()).with_user("sidecam");
        if let Some(port) = at.port {
            uri = uri.with_port(port);
        }
        match transport {
            Transport::Udp => {}
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                uri = uri.with_param("transport", transport.uri_param());
            }
        }
        NameAddr::new(Uri::Sip(uri))
    }

    /// For Date (RFC 3261 §20.17).
    pub(crate) fn date(&self, now: Instant) -> String {
        let unix = self.clock.unix + now.saturating_duration_since(self.clock.at);
        Date::from_unix(unix).to_string()
    }

    /// Our Contact's host and port on that transport. Over a WebSocket the connection is the address;
    /// what stands there only has to be a URI.
    pub fn contact_on(&self, transport: Transport) -> &HostPort {
        match transport {
            Transport::Udp => &self.udp_contact,
            Transport::Tls => self.tls_contact.as_ref().unwrap_or(&self.tcp_contact),
            Transport::Tcp | Transport::Ws | Transport::Wss => &self.tcp_contact,
        }
    }
}
