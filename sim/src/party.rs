//! A node that is an agent and somebody who uses it: what the plan says, and what comes of it by
//! that person's manners.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use sip::agent::{
    Agent, AgentConfig, CallHandle, Event, Invite, Outgoing, Oversize, Reliable, Reply, RequestId,
    ServerRequestId, SessionTimers,
};
use sip::digest::Credentials;
use sip::limits::Limits;
use sip::message::{Body, Method, NameAddr, Status, Text, Uri};
use sip::time::{Duration, Instant};
use sip::transaction::Timers;
use sip::transport::{Hop, Transport};

use crate::{Chance, Input, Node};

/// What a person does, to the call that is the latest then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// With the offer in the INVITE, or none.
    Call {
        offers: bool,
    },
    /// A request inside the call: INFO without a body, UPDATE and INVITE with an offer.
    Ask(Method),
    /// A re-INVITE without an offer.
    AskForOffer,
    HangUp,
    /// And make no other calls.
    HangUpAll,
}

/// How a person takes calls and requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    /// How many of a hundred calls are answered; of the rest half are refused, and half ring on.
    pub answers_percent: u64,
    /// How many of a hundred calls get a 180, and a 183 with a description.
    pub rings_percent: u64,
    pub early_media_percent: u64,
    /// The longest thought before a reaction, in milliseconds.
    pub thinks_ms: u64,
    /// How many of a hundred requests inside calls are left without an answer.
    pub ignores_percent: u64,
}

impl Manners {
    pub fn draw(chance: &mut Chance) -> Manners {
        Manners {
            answers_percent: chance.between(50, 100),
            rings_percent: chance.between(0, 100),
            early_media_percent: chance.between(0, 100),
            thinks_ms: chance.between(1, 4_000),
            ignores_percent: chance.between(0, 10),
        }
    }
}

/// Who somebody is to a switch between the parties.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The address of record.
    pub address: NameAddr,
    pub domain: Uri,
    pub contact: NameAddr,
    pub credentials: Credentials,
}

/// An agent with its owner.
pub struct Party {
    agent: Agent,
    contact: NameAddr,
    /// Whom to call; whoever is at the other end of the way if nobody is named.
    calls_whom: Option<NameAddr>,
    description: Body,
    /// Registered anew over each new connection.
    subscription: Option<Subscription>,
    registering: Option<RequestId>,
    way: Option<Hop>,
    manners: Manners,
    chance: Chance,
    plan: BTreeMap<(Instant, u64), Task>,
    planned: u64,
    calls: BTreeMap<CallHandle, Life>,
    requests: BTreeMap<RequestId, u32>,
    faults: Vec<String>,
    outputs: VecDeque<(Hop, Vec<u8>)>,
}

/// What is to be done at a time.
#[derive(Clone, Debug)]
enum Task {
    Act(Act),
    Ring(CallHandle),
    ShowEarly(CallHandle),
    Answer(CallHandle),
    Refuse(CallHandle),
    Acknowledge(CallHandle),
    Respond(ServerRequestId, Method),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Live,
    Over,
}

impl Party {
    pub fn new(address: SocketAddr, manners: Manners, mut chance: Chance) -> Party {
        let mut agent = Agent::new(AgentConfig {
            user_agent: String::new(),
            seed: chance.seed(),
            limits: Limits::default(),
            timers: Timers::default(),
            session: Some(SessionTimers {
                expires: Duration::from_secs(90),
                ..SessionTimers::default()
            }),
            oversize: Oversize::Datagram,
        });
        agent.set_supported(["100rel", "timer", "replaces"].map(Text::from).to_vec());
        let sent_by = address.to_string().parse();
        for transport in [Transport::Udp, Transport::Tcp] {
            if let Ok(sent_by) = &sent_by {
                agent.set_sent_by(transport, sip::message::HostPort::clone(sent_by));
            }
        }
        Party {
            agent,
            contact: contact(address),
            calls_whom: None,
            description: Body::sdp("v=0\r\n"),
            subscription: None,
            registering: None,
            way: None,
            manners,
            chance,
            plan: BTreeMap::new(),
            planned: 0,
            calls: BTreeMap::new(),
            requests: BTreeMap::new(),
            faults: Vec::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Makes the party a user of a switch, who calls another user of it.
    pub fn subscribed(mut self, subscription: Subscription, calls_whom: NameAddr) -> Party {
        self.contact = subscription.contact.clone();
        self.calls_whom = Some(calls_whom);
        self.subscription = Some(subscription);
        self
    }

    /// What all offers and answers say.
    pub fn describing(mut self, description: Body) -> Party {
        self.description = description;
        self
    }

    pub fn plan(&mut self, at: Instant, act: Act) {
        self.later(at, Task::Act(act));
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// What is wrong when all should be over: what was wrong on the way, calls that have not
    /// ended, requests without their one outcome, and what the agent still holds.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.clone();
        let live = self.calls.iter().filter(|(_, life)| **life == Life::Live);
        faults.extend(live.map(|(call, _)| format!("{call} has not ended")));
        let odd = self.requests.iter().filter(|(_, outcomes)| **outcomes != 1);
        faults.extend(odd.map(|(id, outcomes)| format!("{id:?} has {outcomes} outcomes")));
        if self.agent.load() != 0 {
            faults.push(format!("the agent still holds {}", self.agent.load()));
        }
        faults
    }

    fn later(&mut self, at: Instant, task: Task) {
        self.planned += 1;
        self.plan.insert((at, self.planned), task);
    }

    /// After a moment's thought.
    fn soon(&mut self, now: Instant, task: Task) {
        let thought = self.chance.between(0, self.manners.thinks_ms);
        self.later(now + Duration::from_millis(thought), task);
    }

    fn latest(&self) -> Option<CallHandle> {
        let mut calls = self.calls.iter().rev();
        let live = calls.find(|(_, life)| **life == Life::Live);
        live.map(|(call, _)| *call)
    }

    /// What is refused lost a race: a call that is over, a request that is answered.
    fn perform(&mut self, task: Task, now: Instant) {
        let agent = &mut self.agent;
        match task {
            Task::Act(act) => self.act(act, now),
            Task::Ring(call) => {
                let reply = Reply::new(Status::RINGING).with_contact(self.contact.clone());
                let _ = agent.progress(call, reply, now);
            }
            Task::ShowEarly(call) => {
                let kinds = [Reliable::AsNeeded, Reliable::Always, Reliable::Never];
                let reliable = kinds[self.chance.below(3) as usize];
                let reply = Reply::new(Status::SESSION_PROGRESS)
                    .with_contact(self.contact.clone())
                    .with_body(self.description.clone())
                    .with_reliable(reliable);
                let _ = agent.progress(call, reply, now);
            }
            Task::Answer(call) => {
                let reply = Reply::new(Status::OK)
                    .with_contact(self.contact.clone())
                    .with_body(self.description.clone());
                let _ = agent.accept(call, reply, now);
            }
            Task::Refuse(call) => {
                let _ = agent.reject(call, Reply::new(Status::BUSY_HERE), now);
            }
            Task::Acknowledge(call) => {
                let _ = agent.acknowledge(call, Some(self.description.clone()), now);
            }
            Task::Respond(id, method) => {
                let refuses = self.chance.percent(20);
                let reply = match method {
                    _ if refuses => Reply::new(Status::NOT_ACCEPTABLE_HERE),
                    Method::Invite | Method::Update => {
                        Reply::new(Status::OK).with_body(self.description.clone())
                    }
                    _ => Reply::new(Status::OK),
                };
                let _ = agent.respond(id, reply, now);
            }
        }
    }

    fn act(&mut self, act: Act, now: Instant) {
        match act {
            Act::Call { offers } => self.call(offers, now),
            Act::Ask(method) => {
                let body = (method != Method::Info).then(|| self.description.clone());
                self.ask(method, body, now);
            }
            Act::AskForOffer => self.ask(Method::Invite, None, now),
            Act::HangUp => {
                if let Some(call) = self.latest() {
                    self.agent.hang_up(call, None, now);
                }
            }
            Act::HangUpAll => {
                let calls: Vec<CallHandle> = self.calls.keys().copied().collect();
                for call in calls {
                    self.agent.hang_up(call, None, now);
                }
                self.plan
                    .retain(|_, task| !matches!(task, Task::Act(Act::Call { .. })));
            }
        }
    }

    fn call(&mut self, offers: bool, now: Instant) {
        let Some(hop) = self.way else { return };
        let peer = match &self.calls_whom {
            Some(whom) => whom.clone(),
            None => contact(hop.remote),
        };
        let from = match &self.subscription {
            Some(subscription) => subscription.address.clone(),
            None => self.contact.clone(),
        };
        let call = self.agent.invite(
            Invite {
                hop,
                uri: peer.uri.clone(),
                from,
                to: peer,
                contact: self.contact.clone(),
                route: Vec::new(),
                max_forwards: None,
                headers: Vec::new(),
                body: offers.then(|| self.description.clone()),
                credentials: self
                    .subscription
                    .as_ref()
                    .map(|one| one.credentials.clone()),
                answer_within: Duration::from_secs(self.chance.between(1, 40)),
            },
            now,
        );
        self.calls.insert(call, Life::Live);
    }

    fn ask(&mut self, method: Method, body: Option<Body>, now: Instant) {
        if let Some(call) = self.latest() {
            let id = self
                .agent
                .request_in_call(call, method, Vec::new(), body, now);
            self.requests.insert(id, 0);
        }
    }

    fn register(&mut self, hop: Hop, subscription: Subscription, now: Instant) {
        let Subscription {
            address,
            domain,
            contact,
            credentials,
        } = subscription;
        let mut register = Outgoing::new(hop, Method::Register, domain, address.clone(), address);
        register.contact = vec![contact];
        register.expires = Some(3600);
        register.credentials = Some(credentials);
        self.registering = Some(self.agent.request(register, now));
    }

    fn move_calls(&mut self, hop: Hop) {
        for call in self.calls.keys() {
            self.agent.move_call(*call, hop);
        }
    }

    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                sip::agent::Output::Transmit { hop, bytes } => {
                    self.outputs.push_back((hop, bytes));
                }
                sip::agent::Output::Event(event) => self.hear(event, now),
            }
        }
    }

    fn hear(&mut self, event: Event, now: Instant) {
        match event {
            Event::Incoming { call, .. } => {
                self.calls.insert(call, Life::Live);
                self.take_call(call, now);
            }
            Event::Progress { call, .. } | Event::Answered { call, .. } => {
                self.expect_live(call, "heard of");
                if self.agent.awaits_answer(call) {
                    self.soon(now, Task::Acknowledge(call));
                }
            }
            Event::Confirmed { call, .. } | Event::FlowLost { call, .. } => {
                self.expect_live(call, "heard of");
            }
            Event::CallRequest { id, call, request } => {
                self.expect_live(call, "asked in");
                if !self.chance.percent(self.manners.ignores_percent) {
                    self.soon(now, Task::Respond(id, request.method));
                }
            }
            Event::Ended { call, .. } => {
                self.expect_live(call, "ended");
                self.calls.insert(call, Life::Over);
            }
            Event::Response { id, .. } if self.registering == Some(id) => {
                self.registering = None;
                if let Some(way) = self.way {
                    self.move_calls(way);
                }
            }
            Event::Response { id, .. } | Event::RequestFailed { id, .. } => {
                *self.requests.entry(id).or_default() += 1;
                let waiting: Vec<CallHandle> = self.calls.keys().copied().collect();
                for call in waiting {
                    if self.agent.awaits_answer(call) {
                        self.soon(now, Task::Acknowledge(call));
                    }
                }
            }
            Event::Request { .. } => {}
            Event::Malformed { error, .. } => self.faults.push(format!("malformed: {error}")),
        }
    }

    fn take_call(&mut self, call: CallHandle, now: Instant) {
        let manners = self.manners;
        if self.chance.percent(manners.rings_percent) {
            self.soon(now, Task::Ring(call));
        }
        if self.chance.percent(manners.early_media_percent) {
            self.soon(now, Task::ShowEarly(call));
        }
        if self.chance.percent(manners.answers_percent) {
            self.soon(now, Task::Answer(call));
        } else if self.chance.percent(50) {
            self.soon(now, Task::Refuse(call));
        }
    }

    fn expect_live(&mut self, call: CallHandle, what: &str) {
        if self.calls.get(&call) != Some(&Life::Live) {
            self.faults.push(format!("{call} {what} when it was over"));
        }
    }
}

impl Node for Party {
    fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Message { hop, bytes } => {
                let input = sip::agent::Input::Message { hop, bytes };
                self.agent.handle(input, now);
            }
            Input::FlowClosed(flow) => {
                self.way = self.way.filter(|way| way.flow != flow);
                self.agent.handle(sip::agent::Input::FlowClosed(flow), now);
            }
            Input::FlowOpened(hop) => {
                self.way = Some(hop);
                match self.subscription.clone() {
                    Some(subscription) => self.register(hop, subscription, now),
                    None => self.move_calls(hop),
                }
            }
        }
        self.drain(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        self.drain(now);
        while let Some(entry) = self.plan.first_entry()
            && entry.key().0 <= now
        {
            let task = entry.remove();
            self.perform(task, now);
            self.drain(now);
        }
    }

    fn poll_output(&mut self) -> Option<(Hop, Vec<u8>)> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let planned = self.plan.keys().next().map(|(at, _)| *at);
        planned.into_iter().chain(self.agent.poll_timeout()).min()
    }
}

fn contact(address: SocketAddr) -> NameAddr {
    format!("<sip:user@{address}>")
        .parse()
        .expect("an address and a port make a SIP URI")
}
