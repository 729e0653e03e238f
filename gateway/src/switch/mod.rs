//! Who is asked what next? Signalling as a pure machine of four verbs: messages, answers of the store
//! and of the media come in, messages and orders go out. Nothing here waits or knows a socket.

mod admission;
pub mod budget;
pub mod call;
pub mod call_context;
pub mod capability;
pub mod core;
pub mod destinations;
pub mod enum_lookup;
pub mod events;
pub mod flows;
pub mod focus;
pub mod forward;
pub mod guard;
mod guesses;
mod hearing;
pub mod identity;
mod numbers;
pub mod offer;
pub mod peers;
pub mod person;
mod policy;
mod privacy;
pub mod registration;
pub mod route;
mod shield;
mod sources;
pub mod tokens;
pub mod trials;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use sip::agent::{Agent, Role};
use sip::id::IdSource;
use sip::message::SipUri;
use sip::number::E164;
use sip::time::Instant;
use sip::transport::{FlowId, Hop};

use crate::bridge::{BridgeCommand, BridgeEvent, BridgeId};
use crate::home::Home;
use crate::operate::metrics::Counters;
use crate::store::{Order, Stored};
use call::Calls;
use call_context::{CallContext, News, Refused};
use capability::KnownPeers;
use core::Core;
use destinations::{Destination, Destinations, Found, Lookup, Ticket};
use enum_lookup::{EnumLookup, Enumerated};
use events::Events;
use flows::{Connect, Flows};
use forward::Forward;
use guard::Guard;
pub use guesses::GuessLimits;
pub use numbers::Numbers;
use peers::Peers;
pub use policy::{Clock, Policy};
use registration::Registration;
use shield::Shield;
pub use shield::ShieldLimits;
use trials::Trials;

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
    /// The look-up of a number is through.
    Enumerated {
        ticket: Ticket,
        found: Enumerated,
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
    /// Look this number up; each is answered by [`Input::Enumerated`].
    Enumerate {
        ticket: Ticket,
        lookup: EnumLookup,
    },
    Store(Order),
    Bridge {
        bridge: BridgeId,
        command: BridgeCommand,
    },
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
    pub peers: &'a mut Peers,
    pub context: &'a mut CallContext,
    pub known_peers: &'a mut KnownPeers,
    pub trials: &'a Trials,
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
    context: CallContext,
    flows: Flows,
    destinations: Destinations,
    peers: Peers,
    known_peers: KnownPeers,
    trials: Trials,
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
            context: CallContext::new(policy.beside),
            flows: Flows::default(),
            destinations,
            peers: Peers::new(policy.models.clone()),
            known_peers: KnownPeers::default(),
            trials: Trials::default(),
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
            Input::Enumerated { ticket, found } => self.enumerated(ticket, &found, now),
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
        self.core.handle_timeout(now);
        self.context.handle_timeout(now);
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
            self.context.poll_timeout(),
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

    fn enumerated(&mut self, ticket: Ticket, found: &Enumerated, now: Instant) {
        if !self.destinations.enumerated(ticket) {
            return;
        }
        match found {
            Enumerated::Found(_) => self.counters.enum_found.count(),
            Enumerated::Nothing => self.counters.enum_none.count(),
            Enumerated::Failed => self.counters.enum_failed.count(),
        }
        let (parts, mut desk) = self.parts();
        if !parts.forward.enumerated(ticket, found, &mut desk, now) {
            parts.calls.enumerated(ticket, found, &mut desk, now);
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
        self.calls_changed(now);
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

    /// The network tells of a voice call.
    ///
    /// # Errors
    /// Nothing changed.
    pub fn hear_of_call(&mut self, news: News, now: Instant) -> Result<(), Refused> {
        let heard = self.context.hear(news, now);
        self.attend(now);
        heard
    }

    /// A handset of ours waits for its page, or is gone.
    pub fn hear_of_trial(&mut self, news: trials::News, now: Instant) {
        self.trials.hear(news, now);
    }

    /// Tells pages of voice calls that changed, and then ends the shares that went beside them: a page
    /// knows why before it hears the BYE.
    fn calls_changed(&mut self, now: Instant) {
        let touched = self.context.take_touched();
        let changes = self.context.take_changes();
        let (parts, mut desk) = self.parts();
        parts.events.calls_changed(&touched, &mut desk, now);
        for change in &changes {
            parts.calls.beside_changed(change, &mut desk, now);
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
            peers: &mut self.peers,
            context: &mut self.context,
            known_peers: &mut self.known_peers,
            trials: &self.trials,
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

    /// Has the DNS asked for the addresses of a number. `None` where too much is asked already.
    pub fn enumerate(&mut self, number: &E164) -> Option<Ticket> {
        let lookup = EnumLookup::new(number.clone(), &self.policy.numbers.suffixes);
        let ticket = self.destinations.enumerate(lookup, self.outputs)?;
        self.counters.enum_asked.count();
        Some(ticket)
    }
}
