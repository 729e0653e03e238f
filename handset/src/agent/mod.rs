//! RFC 3261 §8 and §13: the handset's user agent. One registration, one call at a time; a second
//! call is busy. Four verbs, no socket, no clock.

mod call;
mod capability;
mod company;
mod in_call;
mod incoming;
mod outgoing;
mod refusing;
mod registration;
mod reliable;
mod voice;

use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Instant};

use call::Call;
pub use call::{CallView, Direction, End, EndedBy, Stage};
pub use capability::Can;
use capability::Question;
pub use company::Company;
use registration::Registration;

use crate::{
    audio::AudioAgreement,
    ids::Ids,
    offer::{Agreement, Writer},
    profile::{OnOptions, PreferredIdentity, Profile},
    sip::{
        digest::Credentials,
        message::{Message, Start},
        text,
        transaction::{self, ClientKey, ServerKey, Transactions},
    },
};

/// Who the handset is and where its home is.
#[derive(Debug, Clone)]
pub struct AgentConfig {
    pub profile: Arc<Profile>,
    /// The SIP socket's address, as others reach it.
    pub local: SocketAddr,
    /// Where everything goes that has no literal address of its own. None: no registration.
    pub registrar: Option<SocketAddr>,
    pub domain: String,
    pub credentials: Credentials,
    pub on_invite: OnInvite,
    /// What OPTIONS is answered; `None`: as the model does.
    pub on_options: Option<OnOptions>,
    /// Whether whoever shows something and wants to see something is shown something too.
    pub both_ways: bool,
    /// With whom the phone is on a voice call.
    pub company: Company,
    /// The even port that descriptions name until `Command::MediaPort` says another.
    pub media_port: u16,
    pub seed: [u8; 32],
}

/// What happens to an invitation while no call is up.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum OnInvite {
    /// 180, then 200 at once.
    Answer,
    /// 180 until somebody answers or declines.
    Ring,
    /// As the model's user declines: 603, or 486.
    Decline,
    /// As if a share was up: 486.
    Busy,
}

#[derive(Debug)]
pub enum Input {
    /// One datagram of the SIP socket.
    Datagram {
        from: SocketAddr,
        bytes: Vec<u8>,
    },
    Command(Command),
}

#[derive(Debug)]
pub enum Command {
    Register,
    Unregister,
    Share {
        to: String,
    },
    /// Calls somebody to talk.
    Talk {
        to: String,
    },
    Answer,
    Decline,
    /// Ends the call, whatever its stage. `reason` goes into the Reason header (RFC 3326).
    End {
        reason: Option<&'static str>,
    },
    OnInvite(OnInvite),
    /// A voice call begins or ends.
    InCall(Company),
    MediaPort(u16),
}

/// Why a command cannot be done; shown on the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("a call is up already")]
    Busy,
    #[error("there is no call")]
    NoCall,
    #[error("nobody is calling")]
    NotRinging,
    #[error("this model does not talk by SIP")]
    NoVoice,
    #[error("{0:?} is neither a number nor a SIP address")]
    Address(String),
}

#[derive(Debug)]
pub enum Output {
    Send { to: SocketAddr, bytes: Vec<u8> },
    Event(Event),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Registered {
        expires_seconds: u32,
    },
    RegistrationFailed {
        status: Option<u16>,
    },
    Unregistered,
    /// An invitation rings.
    Ringing {
        peer: String,
    },
    /// Media may flow now: we show when `direction` is outgoing, else we watch.
    MediaOpen {
        direction: Direction,
        agreement: Agreement,
    },
    /// A re-INVITE moved the peer's end.
    MediaMoved {
        agreement: Agreement,
    },
    /// A call of sound alone is up, or changed: we are heard unless the peer holds it.
    VoiceOpen {
        agreement: AudioAgreement,
        speaks: bool,
    },
    /// The peer asks for a full picture (RFC 5168).
    PictureWanted,
    Ended(End),
}

pub struct Agent {
    config: AgentConfig,
    ids: Ids,
    transactions: Transactions,
    registration: Registration,
    question: Question,
    call: Option<Call>,
    calls: u64,
    malformed: u64,
    outputs: VecDeque<Output>,
}

impl Agent {
    pub fn new(config: AgentConfig) -> Self {
        let mut ids = Ids::new(config.seed);
        Self {
            transactions: Transactions::new(config.local),
            registration: Registration::new(ids.call_id(), ids.tag()),
            ids,
            question: Question::default(),
            call: None,
            calls: 0,
            malformed: 0,
            outputs: VecDeque::new(),
            config,
        }
    }

    pub fn handle(&mut self, input: Input, now: Instant) -> Result<(), CommandError> {
        let result = match input {
            Input::Datagram { from, bytes } => {
                self.handle_datagram(&bytes, from, now);
                Ok(())
            }
            Input::Command(command) => self.command(command, now),
        };
        self.settle(now);
        result
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.transactions.handle_timeout(now);
        self.registration_timeout(now);
        self.call_timeout(now);
        self.capability_timeout(now);
        self.settle(now);
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let call = self.call.as_ref().and_then(Call::due);
        [
            self.transactions.poll_timeout(),
            self.registration.due(),
            self.question.due(),
            call,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub fn is_registered(&self) -> bool {
        self.registration.is_registered()
    }

    /// The call as the page shows it.
    pub fn call(&self) -> Option<CallView> {
        self.call.as_ref().map(Call::view)
    }

    pub fn on_invite(&self) -> OnInvite {
        self.config.on_invite
    }

    /// What the phone at the other end of the call said that it can do.
    pub fn peer_can(&self) -> Can {
        self.question.can()
    }

    /// Datagrams that were no SIP.
    pub fn malformed(&self) -> u64 {
        self.malformed
    }

    fn command(&mut self, command: Command, now: Instant) -> Result<(), CommandError> {
        match command {
            Command::Register => self.register(now),
            Command::Unregister => self.unregister(now),
            Command::Share { to } => return self.share(&to, now),
            Command::Talk { to } => return self.talk(&to, now),
            Command::Answer => return self.answer(now),
            Command::Decline => return self.decline(now),
            Command::End { reason } => return self.end(reason, now),
            Command::OnInvite(mode) => self.config.on_invite = mode,
            Command::InCall(company) => self.keep_company(company, now),
            Command::MediaPort(port) => self.config.media_port = port,
        }
        Ok(())
    }

    fn handle_datagram(&mut self, bytes: &[u8], from: SocketAddr, now: Instant) {
        // Nothing but line ends: a keep-alive (RFC 5626 §3.5.1 names them for streams; peers of
        // our time send them by UDP too).
        if bytes.iter().all(|byte| b"\r\n\0".contains(byte)) {
            return;
        }
        match Message::read(bytes) {
            Ok(message) => self.transactions.handle(message, from, now),
            Err(error) => {
                self.malformed += 1;
                tracing::debug!(%from, %error, "not a SIP message");
            }
        }
    }

    /// Works off what the transactions report.
    fn settle(&mut self, now: Instant) {
        while let Some(output) = self.transactions.poll_output() {
            match output {
                transaction::Output::Send { to, bytes } => {
                    self.outputs.push_back(Output::Send { to, bytes });
                }
                transaction::Output::Request { key, message, from } => {
                    self.request(key, message, from, now);
                }
                transaction::Output::Response { key, message } => self.response(key, message, now),
                transaction::Output::Stray(message) => self.repeated_answer(&message),
                transaction::Output::TimedOut { key } => self.timed_out(key, now),
                transaction::Output::Unacknowledged { key } => self.unacknowledged(key, now),
            }
        }
    }

    fn request(
        &mut self,
        key: Option<ServerKey>,
        message: Message,
        from: SocketAddr,
        now: Instant,
    ) {
        let Some(key) = key else {
            self.acknowledged(&message, now);
            return;
        };
        match message.cseq.method.as_str() {
            "INVITE" if message.tag_of_to().is_some() => self.invited_again(key, &message, now),
            "INVITE" => self.invited(key, message, from, now),
            "CANCEL" => self.cancelled(key, &message, now),
            "BYE" => self.hung_up(key, &message, now),
            "INFO" => self.informed(key, &message, now),
            "PRACK" => self.pracked(key, &message, now),
            "OPTIONS" => self.asked(key, &message, now),
            _ => {
                let response = self.reply(&message, 405, "Method Not Allowed");
                let response = response.with("Allow", self.config.profile.allow.join(", "));
                self.transactions.respond(key, &response, now);
            }
        }
    }

    fn response(&mut self, key: ClientKey, message: Message, now: Instant) {
        if self.registration.is_waiting_for(key) {
            self.registration_answered(&message, now);
        } else if self.question.is_waiting_for(key) {
            self.question_answered(&message, now);
        } else if self
            .call
            .as_ref()
            .is_some_and(|call| call.is_waiting_for(key))
        {
            self.invite_answered(&message, now);
        }
        // Answers to BYE, CANCEL and PRACK change nothing: the call is over for us already.
    }

    fn timed_out(&mut self, key: ClientKey, now: Instant) {
        if self.registration.is_waiting_for(key) {
            self.registration_failed(None, now);
        } else if self
            .call
            .as_ref()
            .is_some_and(|call| call.is_waiting_for(key))
        {
            self.ended(End {
                by: EndedBy::Timeout,
                status: Some(408),
                reason: None,
            });
        }
    }

    fn ended(&mut self, end: End) {
        if self.call.take().is_some() {
            self.event(Event::Ended(end));
        }
    }

    /// What was sent before comes out before: media starts after the 200 and the ACK.
    fn event(&mut self, event: Event) {
        for (to, bytes) in self.transactions.take_sends() {
            self.outputs.push_back(Output::Send { to, bytes });
        }
        self.outputs.push_back(Output::Event(event));
    }

    /// A response with what every response of ours carries.
    fn reply(&mut self, request: &Message, status: u16, reason: &str) -> Message {
        let tag = self
            .call
            .as_ref()
            .map_or_else(|| self.ids.tag(), |call| call.local_tag.clone());
        request
            .response(status, reason)
            .with_to_tag(&tag)
            .with("User-Agent", self.config.profile.user_agent.as_str())
    }

    fn ok(&mut self, request: &Message, contact: String) -> Message {
        self.reply(request, 200, "OK")
            .with("Contact", contact)
            .with("Allow", self.config.profile.allow.join(", "))
    }

    fn contact(&self) -> String {
        let mut contact = format!(
            "<sip:{}@{}>",
            self.config.credentials.username, self.config.local
        );
        for tag in &self.config.profile.feature_tags {
            contact.push(';');
            contact.push_str(tag);
        }
        contact
    }

    /// Our address of record.
    fn identity(&self) -> String {
        format!(
            "sip:{}@{}",
            self.config.credentials.username, self.config.domain
        )
    }

    fn writer(&self) -> Writer<'_> {
        Writer {
            profile: &self.config.profile,
            address: self.config.local.ip(),
            rtp_port: self.config.media_port,
            session: self.calls,
            both_ways: self.config.both_ways,
        }
    }

    /// Headers of every request of ours.
    fn dressed(&self, request: Message) -> Message {
        let request = request
            .with("Max-Forwards", "70")
            .with("User-Agent", self.config.profile.user_agent.as_str());
        match (&request.start, self.config.profile.preferred_identity) {
            (Start::Response { .. }, _) | (_, PreferredIdentity::Absent) => request,
            (_, PreferredIdentity::Bare) => request.with("P-Preferred-Identity", self.identity()),
            (_, PreferredIdentity::Bracketed) => {
                let identity = format!("<{}>", self.identity());
                request.with("P-Preferred-Identity", identity)
            }
        }
    }

    /// Where a request goes: to the literal address of its first Route or of its URI, else home.
    /// A handset asks no DNS: its operator configured an address.
    fn next_hop(&self, routes: &[String], uri: &str) -> Option<SocketAddr> {
        let target = routes.first().map_or(uri, |route| text::uri_of(route));
        text::literal_address(target).or(self.config.registrar)
    }
}

#[cfg(test)]
mod tests;
