//! Staying registered: RFC 3261 §10, with the instance and flow of RFC 5626 and, for a page,
//! RFC 7118.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::{Event, Failure, Outgoing, RequestId};
use crate::digest::Credentials;
use crate::id::IdSource;
use crate::message::{CallId, Header, Method, NameAddr, Response, Status, Text, Uri};
use crate::time::{Duration, Instant};
use crate::transport::{FlowId, Hop};
use crate::video_share::Tags;

/// What to register, where.
#[derive(Clone, Debug)]
pub struct RegistrationConfig {
    /// `sip:` and the domain.
    pub registrar: Uri,
    /// The address of record.
    pub address: NameAddr,
    /// Where requests to it are to go.
    pub contact: Uri,
    /// How others find it among the devices of one person (RFC 3840 §5).
    pub tags: Tags,
    /// What stays the same when the flow does not (RFC 5626 §4.1).
    pub outbound: Option<Instance>,
    /// How long a binding is to hold; the registrar has the last word.
    pub expires: Duration,
    pub credentials: Credentials,
    /// The way to the registrar, if not by the hop alone.
    pub route: Vec<NameAddr>,
    /// Other headers of each REGISTER.
    pub headers: Vec<Header>,
}

/// A device, and which of its flows this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// `urn:uuid:…`
    pub urn: Text,
    pub reg_id: u32,
}

/// What moves a registration.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Register, and stay registered, by this hop; again after each new flow.
    Register(Hop),
    /// Remove the binding and stop.
    Unregister,
    FlowClosed(FlowId),
    /// Whatever the agent says; what is not about this registration's request is passed over.
    Event(&'a Event),
}

/// What the owner is to do, or to know.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "moved once, from the queue to the owner"
)]
pub enum Output {
    /// Give it to [`super::Agent::request`] and its id to [`Registration::sent`].
    Request(Outgoing),
    Changed(State),
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Unregistered,
    Registering,
    Registered {
        /// How long the registrar keeps the binding without a refresh.
        expires: Duration,
    },
    /// Tried again at that time; if there is none, not before [`Input::Register`]: the registrar
    /// said no, or the flow is gone.
    Failed {
        status: Option<Status>,
        retry_at: Option<Instant>,
    },
}

/// One binding and what keeps it.
#[derive(Debug)]
pub struct Registration {
    config: RegistrationConfig,
    ids: IdSource,
    state: State,
    hop: Option<Hop>,
    call_id: CallId,
    cseq: u32,
    expires: Duration,
    awaiting: Awaiting,
    /// When to register again, as a refresh or as another try.
    next_at: Option<Instant>,
    /// In a row.
    failures: u32,
    outputs: VecDeque<Output>,
}

/// Which request is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaiting {
    Nothing,
    /// The owner has it and has not said its id.
    Id(Wanted),
    Response(RequestId, Wanted),
}

/// What the request under way is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Binding,
    Removal,
}

impl Registration {
    /// `seed` for the Call-ID, the From tag and the jitter of retries.
    pub fn new(config: RegistrationConfig, seed: [u8; 32]) -> Registration {
        let mut ids = IdSource::new(seed);
        Registration {
            state: State::Unregistered,
            hop: None,
            call_id: ids.call_id(),
            cseq: 0,
            expires: config.expires,
            awaiting: Awaiting::Nothing,
            next_at: None,
            failures: 0,
            outputs: VecDeque::new(),
            config,
            ids,
        }
    }

    pub fn state(&self) -> State {
        self.state
    }

    /// How long the registrar said to keep the binding, while it does.
    pub fn holds_for(&self) -> Option<Duration> {
        match self.state {
            State::Registered { expires } => Some(expires),
            State::Unregistered | State::Registering | State::Failed { .. } => None,
        }
    }

    /// Proves who it is by these from the next request on.
    pub fn set_credentials(&mut self, credentials: Credentials) {
        self.config.credentials = credentials;
    }

    /// Says which request the last [`Output::Request`] became.
    pub fn sent(&mut self, id: RequestId) {
        if let Awaiting::Id(wanted) = self.awaiting {
            self.awaiting = Awaiting::Response(id, wanted);
        }
    }

    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        match input {
            Input::Register(hop) => {
                self.hop = Some(hop);
                self.failures = 0;
                self.expires = self.config.expires;
                self.send(Wanted::Binding);
            }
            Input::Unregister => {
                self.next_at = None;
                let bound = self.hop.is_some() && self.state != State::Unregistered;
                match bound {
                    true => self.send(Wanted::Removal),
                    false => self.change(State::Unregistered),
                }
            }
            Input::FlowClosed(flow) => {
                if self.hop.is_none_or(|hop| hop.flow != flow) {
                    return;
                }
                self.hop = None;
                self.next_at = None;
                let removing = self.awaiting.wanted() == Some(Wanted::Removal);
                self.awaiting = Awaiting::Nothing;
                // The registrar forgets a flow's bindings with it (RFC 5626 §4.2).
                self.change(match removing || self.state == State::Unregistered {
                    true => State::Unregistered,
                    false => State::Failed {
                        status: None,
                        retry_at: None,
                    },
                });
            }
            Input::Event(Event::Response { id, response }) => self.on_response(*id, response, now),
            Input::Event(Event::RequestFailed { id, failure }) => {
                self.on_failure(*id, *failure, now);
            }
            Input::Event(_) => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self.next_at.is_some_and(|at| at <= now) {
            self.next_at = None;
            self.send(Wanted::Binding);
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_at
    }

    fn send(&mut self, wanted: Wanted) {
        let Some(hop) = self.hop else { return };
        let config = &self.config;
        self.cseq += CSEQ_STEP;
        self.next_at = None;
        let address = config.address.clone();
        let registrar = config.registrar.clone();
        let mut outgoing =
            Outgoing::new(hop, Method::Register, registrar, address.clone(), address);
        let expires = match wanted {
            Wanted::Binding => self.expires.as_secs(),
            Wanted::Removal => 0,
        };
        let mut contact = config.tags.on(NameAddr::new(config.contact.clone()));
        if let Some(instance) = &config.outbound {
            contact
                .params
                .set_quoted("+sip.instance", format!("<{}>", instance.urn));
            contact.params.set("reg-id", instance.reg_id);
            let tags = Header::fixed("Supported", "path, outbound");
            outgoing.headers.push(tags);
        }
        contact
            .params
            .set("expires", u32::try_from(expires).unwrap_or(u32::MAX));
        outgoing.contact = vec![contact];
        outgoing.headers.extend(config.headers.iter().cloned());
        outgoing.route = config.route.clone();
        outgoing.call_id = Some(self.call_id.clone());
        outgoing.cseq = Some(self.cseq);
        outgoing.credentials = Some(config.credentials.clone());
        self.awaiting = Awaiting::Id(wanted);
        self.outputs.push_back(Output::Request(outgoing));
        match (wanted, self.state) {
            // A refresh: the binding holds meanwhile.
            (Wanted::Binding, State::Registered { .. }) | (Wanted::Removal, _) => {}
            (Wanted::Binding, State::Unregistered | State::Registering | State::Failed { .. }) => {
                self.change(State::Registering);
            }
        }
    }

    fn on_response(&mut self, id: RequestId, response: &Response, now: Instant) {
        let Some(wanted) = self.awaiting.take(id) else {
            return;
        };
        let status = response.status;
        match wanted {
            // Whatever the registrar says: the binding is gone or runs out by itself.
            Wanted::Removal => self.change(State::Unregistered),
            Wanted::Binding if status.is_success() => {
                self.failures = 0;
                let expires = self.granted(response);
                self.next_at = Some(now + refresh_after(expires));
                self.change(State::Registered { expires });
            }
            Wanted::Binding if status == Status::INTERVAL_TOO_BRIEF => {
                let least = response.headers.number("Min-Expires").unwrap_or_default();
                let least = Duration::from_secs(u64::from(least)).min(LONGEST);
                match least > self.expires {
                    true => {
                        self.expires = least;
                        self.send(Wanted::Binding);
                    }
                    false => self.give_up(Some(status)),
                }
            }
            Wanted::Binding if may_pass(status) => {
                let wait = response.headers.number("Retry-After").unwrap_or_default();
                let wait = Duration::from_secs(u64::from(wait)).min(LONGEST_WAIT);
                self.try_later(Some(status), wait, now);
            }
            Wanted::Binding => self.give_up(Some(status)),
        }
    }

    fn on_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        let Some(wanted) = self.awaiting.take(id) else {
            return;
        };
        match (wanted, failure) {
            (Wanted::Removal, _) => self.change(State::Unregistered),
            (Wanted::Binding, Failure::Unauthorized) => self.give_up(Some(Status::UNAUTHORIZED)),
            (
                Wanted::Binding,
                Failure::Timeout | Failure::Transport | Failure::CallEnded | Failure::Overloaded,
            ) => self.try_later(None, Duration::ZERO, now),
        }
    }

    /// What the registrar says of our binding: at its Contact, or for all (§10.3).
    fn granted(&self, response: &Response) -> Duration {
        let instance = self.config.outbound.as_ref();
        let instance = instance.map(|instance| format!("<{}>", instance.urn));
        let ours = response.headers.contact.list().iter().find(|contact| {
            contact.uri.same_as(&self.config.contact)
                || instance
                    .as_deref()
                    .is_some_and(|ours| contact.param("+sip.instance") == Some(ours))
        });
        let seconds = ours
            .and_then(NameAddr::expires)
            .or(response.headers.expires);
        let granted = seconds.map_or(self.expires, |seconds| {
            Duration::from_secs(u64::from(seconds))
        });
        granted.clamp(SHORTEST, LONGEST)
    }

    /// RFC 5626 §4.5: 1, 2, 4 ... 30 s, of which a half is drawn, so that all who lost the same
    /// registrar do not come back to it at once.
    fn try_later(&mut self, status: Option<Status>, at_least: Duration, now: Instant) {
        let most_ms = (1_000_u32 << self.failures.min(5)).min(30_000);
        self.failures += 1;
        let wait_ms = most_ms / 2 + self.ids.below(most_ms / 2 + 1);
        let wait = Duration::from_millis(u64::from(wait_ms)).max(at_least);
        self.next_at = Some(now + wait);
        self.change(State::Failed {
            status,
            retry_at: self.next_at,
        });
    }

    fn give_up(&mut self, status: Option<Status>) {
        self.next_at = None;
        self.change(State::Failed {
            status,
            retry_at: None,
        });
    }

    fn change(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            self.outputs.push_back(Output::Changed(state));
        }
    }
}

impl Awaiting {
    fn wanted(self) -> Option<Wanted> {
        match self {
            Awaiting::Nothing => None,
            Awaiting::Id(wanted) | Awaiting::Response(_, wanted) => Some(wanted),
        }
    }

    /// What that request was for, if it is the one under way.
    fn take(&mut self, id: RequestId) -> Option<Wanted> {
        match *self {
            Awaiting::Response(ours, wanted) if ours == id => {
                *self = Awaiting::Nothing;
                Some(wanted)
            }
            Awaiting::Response(..) | Awaiting::Id(_) | Awaiting::Nothing => None,
        }
    }
}

/// TS 24.229 §5.1.1.4.1: 600 s before the end of a long binding, half-way through a short one.
fn refresh_after(expires: Duration) -> Duration {
    match expires > Duration::from_secs(1200) {
        true => expires - Duration::from_secs(600),
        false => expires / 2,
    }
}

/// Whether another try may find it otherwise. What says that we are wrong does not pass by itself.
fn may_pass(status: Status) -> bool {
    matches!(
        status,
        Status::REQUEST_TIMEOUT | Status::FLOW_FAILED | Status::TEMPORARILY_UNAVAILABLE
    ) || status >= Status::SERVER_INTERNAL_ERROR
        && status < Status::BUSY_EVERYWHERE
        && status != Status::NOT_IMPLEMENTED
        && status != Status::VERSION_NOT_SUPPORTED
}

/// The agent takes a number for each answer to a challenge, of which there are two at most.
const CSEQ_STEP: u32 = 4;

/// A binding shorter than that would be refreshed all the time; it is refreshed too late instead.
const SHORTEST: Duration = Duration::from_secs(10);

/// A day: longer, and the refresh is no sign of life.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The most that a Retry-After is believed.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
