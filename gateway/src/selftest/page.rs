//! RFC 7118: the signalling of a stand-in for a browser's page: it signs in, calls, is called, hangs up.
//! Knows neither sockets nor the time.

use std::collections::VecDeque;

use anyhow::Context;
use sip::agent::{
    Agent, AgentConfig, CallHandle, Event, Failure, Input, Invite, Outgoing, Output, Oversize,
    Reply, RequestId,
};
use sip::digest::Credentials;
use sip::limits::Limits;
use sip::message::{Body, Host, Method, NameAddr, SipUri, Status, Uri};
use sip::time::{Duration, Instant};
use sip::transaction::Timers;
use sip::transport::{FlowId, Hop, Transport};

use crate::switch::registration::TOKEN_HEADER;

/// Who signs in, where.
#[derive(Debug, Clone)]
pub struct User {
    pub domain: Host,
    pub name: String,
    pub password: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum News {
    /// The addresses that this is known by, the default first (RFC 7315 §4.1), and what proves it over HTTP.
    SignedIn(Vec<Uri>, Option<String>),
    NotSignedIn(Option<Status>),
    Ringing,
    /// With the answer's description.
    Answered(String),
    /// The call was not taken, or is over.
    Ended(Option<Status>),
    /// With the offer's description.
    Called(String),
    /// Our answer is there.
    Confirmed,
}

pub(super) struct Page {
    agent: Agent,
    user: User,
    hop: Hop,
    contact: NameAddr,
    registering: Option<RequestId>,
    call: Option<CallHandle>,
    news: VecDeque<News>,
    messages: VecDeque<Vec<u8>>,
}

/// Longer than a self-test takes.
const EXPIRES_SECONDS: u32 = 120;

/// A handset of our own answers at once.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

impl Page {
    /// # Errors
    /// The user's address is none.
    pub(super) fn new(user: User, seed: [u8; 32]) -> anyhow::Result<Page> {
        let agent = Agent::new(AgentConfig {
            user_agent: "Sidecam self-test".to_owned(),
            seed,
            limits: Limits::default(),
            timers: Timers::default(),
            session: None,
            oversize: Oversize::Datagram,
        });
        let host: Host = "selftest.invalid".parse().context("a host")?;
        let contact = SipUri::new(host)
            .with_user("selftest")
            .with_param("transport", "ws");
        Ok(Page {
            agent,
            user,
            // A connection is known by its flow alone.
            hop: Hop {
                transport: Transport::Ws,
                flow: FlowId(1),
                remote: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
            },
            contact: NameAddr::new(Uri::Sip(contact)),
            registering: None,
            call: None,
            news: VecDeque::new(),
            messages: VecDeque::new(),
        })
    }

    fn address(&self) -> NameAddr {
        NameAddr::new(Uri::sip(&self.user.name, self.user.domain.clone()))
    }

    fn credentials(&self) -> Credentials {
        Credentials::new(self.user.name.clone(), self.user.password.clone())
    }

    pub(super) fn sign_in(&mut self, now: Instant) {
        self.registering = Some(self.register(EXPIRES_SECONDS, now));
    }

    /// Takes the binding away again; nobody waits for the answer.
    pub(super) fn sign_out(&mut self, now: Instant) {
        self.register(0, now);
    }

    fn register(&mut self, expires_seconds: u32, now: Instant) -> RequestId {
        let us = self.address();
        let registrar = Uri::Sip(SipUri::new(self.user.domain.clone()));
        let mut register = Outgoing::new(self.hop, Method::Register, registrar, us.clone(), us);
        register.contact = vec![self.contact.clone()];
        register.expires = Some(expires_seconds);
        register.credentials = Some(self.credentials());
        let id = self.agent.request(register, now);
        self.attend(now);
        id
    }

    /// Calls, with this offer.
    pub(super) fn call(&mut self, whom: Uri, offer: String, now: Instant) {
        self.call = Some(self.agent.invite(
            Invite {
                hop: self.hop,
                uri: whom.clone(),
                from: self.address(),
                to: NameAddr::new(whom),
                contact: self.contact.clone(),
                route: Vec::new(),
                max_forwards: None,
                headers: Vec::new(),
                body: Some(Body::sdp(offer.into_bytes())),
                credentials: Some(self.credentials()),
                answer_within: ANSWER_WITHIN,
            },
            now,
        ));
        self.attend(now);
    }

    /// Takes the call that rings, with this answer.
    ///
    /// # Errors
    /// It rings no more.
    pub(super) fn take(&mut self, answer: String, now: Instant) -> anyhow::Result<()> {
        let call = self.call.context("no call rings")?;
        let reply = Reply::new(Status::OK).with_contact(self.contact.clone());
        let reply = Reply {
            body: Some(Body::sdp(answer.into_bytes())),
            ..reply
        };
        self.agent.accept(call, reply, now)?;
        self.attend(now);
        Ok(())
    }

    pub(super) fn hang_up(&mut self, now: Instant) {
        if let Some(call) = self.call {
            self.agent.hang_up(call, None, now);
            self.attend(now);
        }
    }

    pub(super) fn handle(&mut self, bytes: Vec<u8>, now: Instant) {
        let hop = self.hop;
        self.agent.handle(Input::Message { hop, bytes }, now);
        self.attend(now);
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        self.attend(now);
    }

    pub(super) fn poll_message(&mut self) -> Option<Vec<u8>> {
        self.messages.pop_front()
    }

    pub(super) fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.agent.poll_timeout()
    }

    /// Hears the agent out.
    fn attend(&mut self, now: Instant) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Transmit { bytes, .. } => self.messages.push_back(bytes),
                Output::Event(Event::Request { id, .. } | Event::CallRequest { id, .. }) => {
                    // Nothing is asked of a page here that it would have to do.
                    let answered = self.agent.respond(id, Reply::new(Status::OK), now);
                    if let Err(error) = answered {
                        tracing::debug!(%error, "answered too late");
                    }
                }
                Output::Event(event) => {
                    if let Some(news) = self.news_of(event) {
                        self.news.push_back(news);
                    }
                }
            }
        }
    }

    fn news_of(&mut self, event: Event) -> Option<News> {
        match event {
            Event::Response { id, response } if Some(id) == self.registering => {
                self.registering = None;
                Some(match response.status.is_success() {
                    true => {
                        let known = response.headers.addresses("P-Associated-URI");
                        let known = known.unwrap_or_default().into_iter();
                        let token = response.headers.get(TOKEN_HEADER).map(str::to_owned);
                        News::SignedIn(known.map(|address| address.uri).collect(), token)
                    }
                    false => News::NotSignedIn(Some(response.status)),
                })
            }
            Event::RequestFailed { id, failure } if Some(id) == self.registering => {
                self.registering = None;
                Some(News::NotSignedIn(match failure {
                    Failure::Unauthorized => Some(Status::UNAUTHORIZED),
                    Failure::Timeout
                    | Failure::Transport
                    | Failure::CallEnded
                    | Failure::Overloaded => None,
                }))
            }
            Event::Incoming { call, request, .. } => {
                self.call = Some(call);
                Some(News::Called(text(request.body)))
            }
            Event::Progress { call, .. } if Some(call) == self.call => Some(News::Ringing),
            Event::Answered { call, response } if Some(call) == self.call => {
                Some(News::Answered(text(response.body)))
            }
            Event::Confirmed { call, .. } if Some(call) == self.call => Some(News::Confirmed),
            Event::Ended { call, end } if Some(call) == self.call => {
                self.call = None;
                Some(News::Ended(end.status))
            }
            Event::Response { .. }
            | Event::RequestFailed { .. }
            | Event::Progress { .. }
            | Event::Answered { .. }
            | Event::Confirmed { .. }
            | Event::Ended { .. }
            | Event::Request { .. }
            | Event::CallRequest { .. }
            | Event::FlowLost { .. }
            | Event::Malformed { .. } => None,
        }
    }
}

fn text(body: Vec<u8>) -> String {
    String::from_utf8_lossy(&body).into_owned()
}
