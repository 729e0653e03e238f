//! The one connection (RFC 7118): opening it, keeping it, noticing that it is gone.

use sip::agent::Input;
use sip::time::{Duration, Instant};
use sip::transport::{FlowId, Hop};

use super::{Account, Haste, Next, Told, What};
use crate::phone::state::SignInProblem;
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
}

impl Keepalive {
    /// On a new connection. What the far side did on the last one it does on this one.
    fn begin(&mut self, every: Duration, now: Instant) {
        self.ping_at = Some(now + every);
        self.pong_by = None;
    }

    fn end(&mut self) {
        self.ping_at = None;
        self.pong_by = None;
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
                self.keepalive.pong_by = None;
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
        let Some(settings) = &self.settings else {
            self.link = Link::Asking;
            self.next = None;
            desk.effects.push_back(Effect::ReadSettings);
            return;
        };
        self.flows += 1;
        let flow = FlowId(self.flows);
        self.link = Link::Connecting(flow);
        self.next = Some(Next {
            at: desk.now + self.patience(),
            what: What::GiveUp,
        });
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

    /// How long the far side may take to let us in, or to answer a ping.
    fn patience(&self) -> Duration {
        match self.haste {
            Haste::Idle => PATIENCE,
            Haste::InCall => PATIENCE_IN_CALL,
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
/// A broken connection costs the other side its picture.
const PATIENCE_IN_CALL: Duration = Duration::from_secs(5);
const PING: &[u8] = b"\r\n\r\n";
