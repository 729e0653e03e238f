//! Signing in and staying signed in: the settings, the one connection (RFC 7118), REGISTER
//! (RFC 3261 §10, RFC 5626) and what happens when any of them goes.

mod register;

use serde::Deserialize;
use sip::agent::{Failure, RequestId};
use sip::digest::Credentials;
use sip::id::IdSource;
use sip::message::{CallId, Host, NameAddr, Response, Text, Uri};
use sip::time::{Duration, Instant};
use sip::transport::{FlowId, Hop};

use super::state::{Me, Number, Registration, SignInProblem, State};
use super::{Desk, Effect, Identity, Setup, SocketEvent};
use register::{EXPIRES_NOW, EXPIRES_SECONDS, urn_uuid};

/// What the rest of the phone has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Registered,
    /// The connection is gone, and every call on it.
    LinkLost,
}

pub(super) struct Account {
    ids: IdSource,
    secure: bool,
    /// `urn:uuid:…` of this tab.
    instance: String,
    /// The user part of our Contact: says nothing of who we are.
    contact_user: Text,
    contact_host: Host,
    settings: Option<Settings>,
    /// The name typed last.
    name: String,
    me: Option<Me>,
    /// Kept only while signed in, to answer the gateway's challenges.
    credentials: Option<Credentials>,
    registration: Registration,
    problem: Option<SignInProblem>,
    link: Link,
    flows: u64,
    call_id: Option<CallId>,
    cseq: u32,
    registering: Option<RequestId>,
    token: Option<String>,
    /// In a row, since the last success.
    failures: u32,
    next: Option<Next>,
    keepalive: Keepalive,
}

/// How the gateway wants to be reached.
#[derive(Clone, Debug, Deserialize)]
struct Settings {
    domain: String,
    websocket: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Down,
    /// The settings were asked for; the connection follows.
    Asking,
    Connecting(FlowId),
    Up(FlowId),
}

/// What the clock is set for.
#[derive(Clone, Copy, Debug)]
struct Next {
    at: Instant,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// The binding is half over.
    Refresh,
    /// Try the whole way again.
    Retry,
    /// The connection takes too long.
    GiveUp,
    /// The goodbye was answered or not; close.
    Close,
}

/// Two line ends there, one back (RFC 5626 §3.5.1, RFC 7118 §6).
#[derive(Debug, Default)]
struct Keepalive {
    ping_at: Option<Instant>,
    pong_by: Option<Instant>,
    /// A far side that never answered one is not expected to.
    answers: bool,
}

impl Account {
    pub(super) fn new(
        setup: Setup,
        mut ids: IdSource,
        keep_instance: impl FnOnce(&str) -> String,
    ) -> Self {
        let instance = keep_instance(&urn_uuid(ids.bytes()));
        let contact_user = ids.tag();
        // What `invalid_host` makes is a host; an address that resolves to nothing is the next best.
        let contact_host = ids
            .invalid_host()
            .parse()
            .unwrap_or(Host::from(std::net::IpAddr::from([0, 0, 0, 0])));
        Self {
            ids,
            secure: setup.secure,
            instance,
            contact_user,
            contact_host,
            settings: None,
            name: setup.name,
            me: None,
            credentials: None,
            registration: Registration::SignedOut,
            problem: None,
            link: Link::Down,
            flows: 0,
            call_id: None,
            cseq: 0,
            registering: None,
            token: None,
            failures: 0,
            next: None,
            keepalive: Keepalive::default(),
        }
    }

    pub(super) fn sign_in(&mut self, name: String, password: String, desk: &mut Desk<'_>) {
        self.drop_link(desk);
        desk.effects.push_back(Effect::KeepName(name.clone()));
        self.credentials = Some(Credentials::new(name.clone(), password));
        self.name = name;
        self.me = None;
        self.registration = Registration::SigningIn;
        self.problem = None;
        self.failures = 0;
        self.call_id = None;
        self.connect(desk);
    }

    /// Says goodbye, waits a moment for the answer, and forgets the password.
    pub(super) fn sign_out(&mut self, desk: &mut Desk<'_>) {
        let said =
            self.registration == Registration::Registered && self.register(EXPIRES_NOW, desk);
        self.registration = Registration::SignedOut;
        self.problem = None;
        self.me = None;
        self.token = None;
        self.credentials = None;
        if said {
            self.next = Some(Next {
                at: desk.now + GOODBYE,
                what: What::Close,
            });
        } else {
            self.drop_link(desk);
        }
    }

    /// The page goes away: the binding goes too, if there is still time for it.
    pub(super) fn leave(&mut self, desk: &mut Desk<'_>) {
        if self.registration == Registration::Registered {
            self.register(EXPIRES_NOW, desk);
            self.registering = None;
        }
    }

    pub(super) fn settings(&mut self, text: Option<&str>, desk: &mut Desk<'_>) -> Option<Told> {
        if let Some(text) = text {
            self.settings = serde_json::from_str(text).ok().filter(Settings::are_usable);
        }
        if self.link != Link::Asking {
            return None;
        }
        self.link = Link::Down;
        match self.settings {
            Some(_) => {
                self.connect(desk);
                None
            }
            None => self.lost(SignInProblem::Unreachable, desk),
        }
    }

    pub(super) fn socket(
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
                self.keepalive = Keepalive {
                    ping_at: Some(desk.now + PING_EVERY),
                    ..Keepalive::default()
                };
                self.register(EXPIRES_SECONDS, desk);
                None
            }
            SocketEvent::Message(bytes) if is_line_ends(&bytes) => {
                self.keepalive.pong_by = None;
                self.keepalive.answers = true;
                None
            }
            SocketEvent::Message(bytes) => {
                let hop = self.hop(flow);
                desk.agent
                    .handle(sip::agent::Input::Message { hop, bytes }, desk.now);
                None
            }
            SocketEvent::Closed => self.lost(SignInProblem::Unreachable, desk),
        }
    }

    /// There is a network again: no need to wait for the next try.
    pub(super) fn online(&mut self, desk: &mut Desk<'_>) -> Option<Told> {
        if self.next.is_some_and(|next| next.what == What::Retry) {
            self.connect(desk);
        }
        None
    }

    pub(super) fn response(
        &mut self,
        id: RequestId,
        response: &Response,
        desk: &mut Desk<'_>,
    ) -> Option<Told> {
        self.registering.take_if(|own| *own == id)?;
        if self.credentials.is_none() {
            self.drop_link(desk);
            return None;
        }
        match response.status.code() {
            200..=299 => {
                self.registered(response, desk.now);
                Some(Told::Registered)
            }
            401 | 407 => self.refused(SignInProblem::WrongPassword, desk),
            403 if response.headers.has("Retry-After") => {
                self.refused(SignInProblem::TooManyTries, desk)
            }
            403 | 404 => self.refused(SignInProblem::NotAllowed, desk),
            _ => self.lost(SignInProblem::Confused, desk),
        }
    }

    pub(super) fn failure(
        &mut self,
        id: RequestId,
        failure: Failure,
        desk: &mut Desk<'_>,
    ) -> Option<Told> {
        self.registering.take_if(|own| *own == id)?;
        if self.credentials.is_none() {
            self.drop_link(desk);
            return None;
        }
        match failure {
            Failure::Unauthorized => self.refused(SignInProblem::WrongPassword, desk),
            Failure::Timeout | Failure::Transport => self.lost(SignInProblem::Unreachable, desk),
            Failure::CallEnded | Failure::Overloaded => self.lost(SignInProblem::Confused, desk),
        }
    }

    pub(super) fn handle_timeout(&mut self, desk: &mut Desk<'_>) -> Option<Told> {
        if self.keepalive.pong_by.is_some_and(|by| by <= desk.now) {
            return self.lost(SignInProblem::Unreachable, desk);
        }
        if self.keepalive.ping_at.is_some_and(|at| at <= desk.now) {
            self.ping(desk);
        }
        let next = self.next.take_if(|next| next.at <= desk.now)?;
        match next.what {
            What::Refresh => {
                self.register(EXPIRES_SECONDS, desk);
                None
            }
            What::Retry => {
                self.connect(desk);
                None
            }
            What::GiveUp => self.lost(SignInProblem::Unreachable, desk),
            What::Close => {
                self.drop_link(desk);
                None
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [
            self.next.map(|next| next.at),
            self.keepalive.ping_at,
            self.keepalive.pong_by,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) fn number(&self) -> Option<&Number> {
        self.me.as_ref()?.number.as_ref()
    }

    /// The key to the directory, while signed in.
    pub(super) fn token(&self) -> Option<&str> {
        self.token
            .as_deref()
            .filter(|_| self.registration == Registration::Registered)
    }

    /// Who we are, while calls can be made.
    pub(super) fn identity(&self) -> Option<Identity> {
        let Link::Up(flow) = self.link else {
            return None;
        };
        if self.registration != Registration::Registered {
            return None;
        }
        let credentials = self.credentials.clone()?;
        let display = self
            .me
            .as_ref()
            .map_or(self.name.as_str(), |me| me.name.as_str());
        Some(Identity {
            hop: self.hop(flow),
            from: NameAddr::new(self.address()?).with_display(Text::cleaned(display)),
            contact: NameAddr::new(Uri::Sip(self.contact_uri().with_flag("ob"))),
            credentials,
        })
    }

    pub(super) fn show(&self, state: &mut State) {
        state.registration = self.registration;
        state.sign_in_problem = self.problem;
        state.me = self.me.clone().unwrap_or_else(|| Me {
            name: self.name.clone(),
            number: None,
        });
    }

    fn connect(&mut self, desk: &mut Desk<'_>) {
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
            at: desk.now + CONNECT_WITHIN,
            what: What::GiveUp,
        });
        desk.effects.push_back(Effect::OpenSocket {
            flow,
            path: settings.websocket.clone(),
        });
    }

    /// The gateway said no: nothing more is tried by itself.
    fn refused(&mut self, problem: SignInProblem, desk: &mut Desk<'_>) -> Option<Told> {
        self.drop_link(desk);
        self.registration = Registration::Failed;
        self.problem = Some(problem);
        self.credentials = None;
        self.token = None;
        Some(Told::LinkLost)
    }

    /// The way is gone. Who was in keeps trying; who was at the door is told.
    fn lost(&mut self, problem: SignInProblem, desk: &mut Desk<'_>) -> Option<Told> {
        self.drop_link(desk);
        match self.registration {
            Registration::SignedOut | Registration::Failed => None,
            Registration::SigningIn => self.refused(problem, desk),
            Registration::Registered | Registration::Reconnecting => {
                self.registration = Registration::Reconnecting;
                self.next = Some(Next {
                    at: desk.now + self.pause(),
                    what: What::Retry,
                });
                self.failures += 1;
                Some(Told::LinkLost)
            }
        }
    }

    /// 1, 2, 4 … 30 seconds, a quarter more or less, so that not everybody comes back at once.
    fn pause(&mut self) -> Duration {
        let seconds = 1_u32
            .checked_shl(self.failures)
            .unwrap_or(u32::MAX)
            .min(LONGEST_PAUSE_SECONDS);
        let jitter = 750 + self.ids.below(500);
        Duration::from_millis(u64::from(seconds) * u64::from(jitter))
    }

    fn drop_link(&mut self, desk: &mut Desk<'_>) {
        if let Some(flow) = self.flow() {
            desk.effects.push_back(Effect::CloseSocket);
            desk.agent
                .handle(sip::agent::Input::FlowClosed(flow), desk.now);
        }
        self.link = Link::Down;
        self.registering = None;
        self.next = None;
        self.keepalive = Keepalive::default();
    }

    fn ping(&mut self, desk: &mut Desk<'_>) {
        let Link::Up(flow) = self.link else { return };
        desk.effects.push_back(Effect::Send {
            flow,
            bytes: PING.to_vec(),
        });
        self.keepalive.ping_at = Some(desk.now + PING_EVERY);
        if self.keepalive.answers {
            self.keepalive.pong_by = Some(desk.now + PONG_WITHIN);
        }
    }

    fn flow(&self) -> Option<FlowId> {
        match self.link {
            Link::Down | Link::Asking => None,
            Link::Connecting(flow) | Link::Up(flow) => Some(flow),
        }
    }

    fn hop(&self, flow: FlowId) -> Hop {
        if self.secure {
            Hop::secure_browser(flow)
        } else {
            Hop::browser(flow)
        }
    }
}

impl Settings {
    fn are_usable(&self) -> bool {
        self.domain.parse::<Host>().is_ok() && self.websocket.starts_with('/')
    }
}

fn is_line_ends(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
}

const LONGEST_PAUSE_SECONDS: u32 = 30;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const GOODBYE: Duration = Duration::from_secs(2);
/// Shorter than the 30 s after which proxies forget a silent connection.
const PING_EVERY: Duration = Duration::from_secs(25);
const PONG_WITHIN: Duration = Duration::from_secs(10);
const PING: &[u8] = b"\r\n\r\n";
