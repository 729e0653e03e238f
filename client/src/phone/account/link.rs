//! The one connection (RFC 7118): opening it, keeping it, noticing that it is gone.

use sip::agent::Input;
use sip::time::{Duration, Instant};
use sip::transport::{FlowId, Hop};

use super::{Account, Haste, Next, Told, What};
use crate::phone::state::{Registration, SignInProblem};
use crate::phone::{Desk, Effect, SocketEvent};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    /// The settings were asked for; the connection follows.
    Asking,
    Connecting(FlowId),
    Up(FlowId),
}

/// Two line ends there, one back (RFC 5626 §3.5.1, RFC 7118 §6).
#[derive(Debug, Default)]
pub(super) struct Keepalive {
    ping_at: Option<Instant>,
    pong_by: Option<Instant>,
    /// A far side that never answered one, and did not say that it would, is not expected to.
    answers: bool,
    /// The one that is not answered yet was sent because the page had slept over the last.
    after_sleep: bool,
}

impl Keepalive {
    /// On a new connection. What the far side did on the last one it does on this one.
    fn begin(&mut self, every: Duration, now: Instant) {
        self.ping_at = Some(now + every);
        self.answered();
    }

    fn end(&mut self) {
        self.ping_at = None;
        self.answered();
    }

    fn answered(&mut self) {
        (self.pong_by, self.after_sleep) = (None, false);
    }

    /// Whether we look so late for an answer that the page must have slept: it may lie there unread.
    /// Believed once; the next ping tells.
    fn slept(&mut self, now: Instant) -> bool {
        let slept = self.pong_by.is_some_and(|by| by + NAP <= now) && !self.after_sleep;
        if slept {
            (self.pong_by, self.after_sleep) = (None, true);
        }
        slept
    }

    /// The far side said that it knows RFC 5626 (§4.4), and so answers.
    pub(super) fn expect_answers(&mut self) {
        self.answers = true;
    }

    /// The next one no later than that; nothing where there is no connection.
    pub(super) fn ping_within(&mut self, every: Duration, now: Instant) {
        self.ping_at = self.ping_at.map(|at| at.min(now + every));
    }

    pub(super) fn is_dead(&self, now: Instant) -> bool {
        self.pong_by.is_some_and(|by| by <= now)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [self.ping_at, self.pong_by].into_iter().flatten().min()
    }
}

impl Account {
    pub(in crate::phone) fn socket(
        &mut self,
        flow: FlowId,
        event: SocketEvent,
        desk: &mut Desk<'_>,
    ) -> Option<Told> {
        if self.flow() != Some(flow) {
            return None;
        }
        match event {
            SocketEvent::Opened => {
                self.link = Link::Up(flow);
                self.next = None;
                self.keepalive.begin(self.ping_every(), desk.now);
                self.register(self.hop(flow), desk)
            }
            SocketEvent::Message(bytes) if is_line_ends(&bytes) => {
                self.keepalive.answered();
                self.keepalive.answers = true;
                None
            }
            SocketEvent::Message(bytes) => {
                let hop = self.hop(flow);
                desk.agent.handle(Input::Message { hop, bytes }, desk.now);
                None
            }
            SocketEvent::Closed => self.lost(SignInProblem::Unreachable, desk),
        }
    }

    pub(super) fn connect(&mut self, desk: &mut Desk<'_>) {
        self.slow_at.get_or_insert(desk.now + SLOW);
        self.next = Some(Next {
            at: desk.now + self.patience(),
            what: What::GiveUp,
        });
        let Some(settings) = &self.settings else {
            self.link = Link::Asking;
            desk.effects.push_back(Effect::ReadSettings);
            return;
        };
        self.flows += 1;
        let flow = FlowId(self.flows);
        self.link = Link::Connecting(flow);
        desk.effects.push_back(Effect::OpenSocket {
            flow,
            path: settings.websocket.clone(),
        });
    }

    pub(super) fn drop_link(&mut self, desk: &mut Desk<'_>) {
        if let Some(flow) = self.flow() {
            desk.effects.push_back(Effect::CloseSocket);
            desk.agent.handle(Input::FlowClosed(flow), desk.now);
            self.binding_flow_closed(flow, desk.now);
        }
        self.link = Link::Down;
        self.registering = None;
        self.next = None;
        self.keepalive.end();
    }

    /// Asks at once whether the far side is there.
    pub(in crate::phone) fn ping_now(&mut self, desk: &mut Desk<'_>) {
        if self.keepalive.pong_by.is_none() {
            self.keepalive.ping_within(Duration::ZERO, desk.now);
            self.ping(desk);
        }
    }

    /// Sends one when it is time.
    pub(super) fn ping(&mut self, desk: &mut Desk<'_>) {
        let Link::Up(flow) = self.link else { return };
        if self.keepalive.ping_at.is_none_or(|at| at > desk.now) {
            return;
        }
        desk.effects.push_back(Effect::Send {
            flow,
            bytes: PING.to_vec(),
        });
        self.keepalive.ping_at = Some(desk.now + self.ping_every());
        if self.keepalive.answers {
            self.keepalive.pong_by = Some(desk.now + self.patience());
        }
    }

    pub(super) fn ping_every(&self) -> Duration {
        match self.haste {
            Haste::Idle => PING_EVERY,
            Haste::InCall => PATIENCE_IN_CALL,
        }
    }

    /// How long the far side may take to let us in, or to answer a ping: longer at the door, and
    /// with each try that came to nothing, because the network may be slow rather than gone.
    fn patience(&self) -> Duration {
        let patience = match (self.registration, self.haste) {
            (Registration::SigningIn, _) => PATIENCE_AT_DOOR,
            (_, Haste::Idle) => PATIENCE,
            (_, Haste::InCall) => PATIENCE_IN_CALL,
        };
        patience * (1 << self.failures.saturating_sub(2).min(2))
    }

    /// The page slept, or was thought to, over what was due: asks at once whether the far side is
    /// still there.
    pub(super) fn wake_up(&mut self, desk: &mut Desk<'_>) {
        if self.keepalive.slept(desk.now) {
            self.ping_now(desk);
        }
    }

    pub(super) fn flow(&self) -> Option<FlowId> {
        match self.link {
            Link::Down | Link::Asking => None,
            Link::Connecting(flow) | Link::Up(flow) => Some(flow),
        }
    }

    pub(super) fn hop(&self, flow: FlowId) -> Hop {
        if self.secure {
            Hop::secure_browser(flow)
        } else {
            Hop::browser(flow)
        }
    }
}

fn is_line_ends(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
}

/// Shorter than the 30 s after which proxies forget a silent connection.
const PING_EVERY: Duration = Duration::from_secs(25);
const PATIENCE: Duration = Duration::from_secs(10);
/// The first time, nothing is known of the network; a packet may take seconds each way.
const PATIENCE_AT_DOOR: Duration = Duration::from_secs(30);
/// A person wonders what is going on.
const SLOW: Duration = Duration::from_secs(4);
/// Later than that, an alarm was not late by accident.
const NAP: Duration = Duration::from_secs(3);
/// A broken connection costs the other side its picture.
const PATIENCE_IN_CALL: Duration = Duration::from_secs(5);
const PING: &[u8] = b"\r\n\r\n";
