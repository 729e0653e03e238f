//! Two agents back to back, in simulated time, with the ladder they draw.

mod calls;
mod cancel;
mod early;
mod in_call;
mod offerless;
mod oversize;
mod random;
mod reliable;
mod replaces;
mod requests;
mod session;

use std::time::Duration;

use super::*;
use crate::message::{Body, Header, Message, Method, NameAddr, Response, Status, Uri};
use crate::transport::{FlowId, Hop, Transport};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    A,
    B,
}

type Lose = Box<dyn FnMut(Side, &Message) -> bool>;

/// Two agents and the wire between them: 10 ms each way.
pub(super) struct Pair {
    pub(super) a: Agent,
    pub(super) b: Agent,
    transport: Transport,
    origin: Instant,
    now: Instant,
    in_flight: Vec<(Instant, u64, Side, Vec<u8>)>,
    sent: u64,
    /// Says of each message from whom it is and what, whether it is lost.
    pub(super) lose: Lose,
    pub(super) ladder: Vec<String>,
    pub(super) events: Vec<(Side, Event)>,
}

impl Pair {
    pub(super) fn by(transport: Transport) -> Pair {
        let now = Instant::now();
        Pair {
            a: agent(1),
            b: agent(2),
            transport,
            origin: now,
            now,
            in_flight: Vec::new(),
            sent: 0,
            lose: Box::new(|_, _| false),
            ladder: Vec::new(),
            events: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// The hop by which that side reaches the other.
    pub(super) fn hop(&self, from: Side) -> Hop {
        let remote = match from {
            Side::A => "192.0.2.2:5060",
            Side::B => "192.0.2.1:5060",
        };
        Hop {
            transport: self.transport,
            flow: FlowId(1),
            remote: remote.parse().unwrap(),
        }
    }

    pub(super) fn invite(&mut self, answer_within: Duration) -> CallHandle {
        let invite = invite(self.hop(Side::A), answer_within);
        let call = self.a.invite(invite, self.now);
        self.drain();
        call
    }

    /// A call from A to B that B has accepted, 100 ms old, its ladder cleared.
    pub(super) fn call(&mut self) -> (CallHandle, CallHandle) {
        let ours = self.invite(MINUTE);
        self.run_to(50);
        let theirs = self.incoming();
        self.b.accept(theirs, ok("bob"), self.now).unwrap();
        self.run_to(100);
        self.ladder.clear();
        (ours, theirs)
    }

    /// Both understand reliable provisional responses.
    pub(super) fn reliable(transport: Transport) -> Pair {
        let mut pair = Pair::by(transport);
        for agent in [&mut pair.a, &mut pair.b] {
            agent.set_supported(vec!["100rel".into()]);
        }
        pair
    }

    /// Both agree to sessions of 90 s or more, and ask for that long.
    pub(super) fn timed(expires: Duration) -> Pair {
        let mut pair = Pair::by(Transport::Udp);
        for agent in [&mut pair.a, &mut pair.b] {
            agent.set_supported(vec!["timer".into()]);
            agent.session = Some(SessionTimers {
                expires,
                ..SessionTimers::default()
            });
        }
        pair
    }

    /// B has been called and has said 183 with a description, which A has acknowledged; 100 ms
    /// old, its ladder cleared.
    pub(super) fn early(&mut self) -> (CallHandle, CallHandle) {
        let ours = self.invite(MINUTE);
        self.run_to(50);
        let theirs = self.incoming();
        self.b.progress(theirs, early_media(), self.now).unwrap();
        self.run_to(100);
        self.ladder.clear();
        (ours, theirs)
    }

    /// Loses each kind of message once, in that order: methods and statuses.
    pub(super) fn lose_once(&mut self, kinds: &[&'static str]) {
        let mut left = kinds.to_vec();
        self.lose = Box::new(move |_, message| {
            let what = match message {
                Message::Request(request) => request.method.to_string(),
                Message::Response(response) => response.status.to_string(),
            };
            let lost = left.first() == Some(&what.as_str());
            if lost {
                left.remove(0);
            }
            lost
        });
    }

    /// The call that B was told of last.
    pub(super) fn incoming(&self) -> CallHandle {
        let calls = self
            .events
            .iter()
            .rev()
            .find_map(|(side, event)| match event {
                Event::Incoming { call, .. } if *side == Side::B => Some(*call),
                _ => None,
            });
        calls.expect("B has been called")
    }

    /// The request that side was asked last.
    pub(super) fn asked(&self, side: Side) -> ServerRequestId {
        let asked = self
            .events
            .iter()
            .rev()
            .find_map(|(told, event)| match event {
                Event::CallRequest { id, .. } | Event::Request { id, .. } if *told == side => {
                    Some(*id)
                }
                _ => None,
            });
        asked.expect("has been asked")
    }

    /// Lets the time come, in milliseconds from the start.
    pub(super) fn run_to(&mut self, ms: u64) {
        let until = self.origin + Duration::from_millis(ms);
        self.drain();
        while let Some(at) = self.next().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.step();
        }
        self.now = until;
    }

    pub(super) fn send_raw(&mut self, to: Side, bytes: impl Into<Vec<u8>>) {
        self.receive(to, bytes.into());
        self.drain();
    }

    /// Compares what was seen since the ladder was cleared, line by line.
    #[track_caller]
    pub(super) fn check(&mut self, expected: &str) {
        self.drain();
        let expected: Vec<&str> = expected.lines().map(str::trim).collect();
        let seen: Vec<&str> = self.ladder.iter().map(String::as_str).collect();
        assert_eq!(seen, expected, "seen:\n{}", seen.join("\n"));
        self.ladder.clear();
    }

    /// Both agents have forgotten everything.
    pub(super) fn check_forgotten(&self) {
        assert_eq!(
            (self.a.load(), self.b.load()),
            (0, 0),
            "{:#?}\n{:#?}",
            self.a.calls,
            self.b.calls
        );
    }

    pub(super) fn drain(&mut self) {
        for side in [Side::A, Side::B] {
            while let Some(output) = self.agent(side).poll_output() {
                let ms = self.now.duration_since(self.origin).as_millis();
                match output {
                    Output::Transmit { hop: _, bytes } => self.transmit(side, ms, bytes),
                    Output::Event(event) => {
                        self.ladder.push(format!("{ms} {side:?} {}", shown(&event)));
                        self.events.push((side, event));
                    }
                }
            }
        }
    }

    fn transmit(&mut self, from: Side, ms: u128, bytes: Vec<u8>) {
        let message = parse(&bytes, &Limits::default()).expect("our own messages can be read");
        let lost = (self.lose)(from, &message);
        let to = match from {
            Side::A => Side::B,
            Side::B => Side::A,
        };
        let what = match &message {
            Message::Request(request) => {
                format!("{} {}", request.method, request.headers.cseq.number)
            }
            Message::Response(response) => {
                format!("{} ({})", response.status, response.headers.cseq)
            }
        };
        let mark = if lost { " lost" } else { "" };
        self.ladder.push(format!("{ms} {from:?}> {what}{mark}"));
        if !lost {
            self.sent += 1;
            self.in_flight
                .push((self.now + DELAY, self.sent, to, bytes));
        }
    }

    fn next(&self) -> Option<Instant> {
        let wire = self.in_flight.iter().map(|(at, ..)| *at).min();
        [wire, self.a.poll_timeout(), self.b.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    fn step(&mut self) {
        let now = self.now;
        let due = self
            .in_flight
            .iter()
            .enumerate()
            .filter(|(_, flight)| flight.0 <= now);
        if let Some((index, _)) = due.min_by_key(|(_, flight)| (flight.0, flight.1)) {
            let (_, _, to, bytes) = self.in_flight.remove(index);
            self.receive(to, bytes);
        } else {
            self.a.handle_timeout(now);
            self.b.handle_timeout(now);
        }
        self.drain();
    }

    fn receive(&mut self, to: Side, bytes: Vec<u8>) {
        let hop = self.hop(to);
        let now = self.now;
        self.agent(to).handle(Input::Message { hop, bytes }, now);
    }

    fn agent(&mut self, side: Side) -> &mut Agent {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }
}

pub(super) fn agent(seed: u8) -> Agent {
    let mut agent = Agent::new(AgentConfig {
        user_agent: String::new(),
        seed: [seed; 32],
        limits: Limits::default(),
        timers: Timers::default(),
        session: None,
        oversize: Oversize::Datagram,
    });
    let sent_by = format!("192.0.2.{seed}:5060").parse().unwrap();
    agent.set_sent_by(Transport::Udp, sent_by);
    agent
}

pub(super) fn invite(hop: Hop, answer_within: Duration) -> Invite {
    Invite {
        hop,
        uri: uri("sip:bob@example.com"),
        from: addr("<sip:alice@example.com>"),
        to: addr("<sip:bob@example.com>"),
        contact: addr("<sip:alice@192.0.2.1:5060>"),
        route: Vec::new(),
        max_forwards: None,
        headers: Vec::new(),
        body: Some(Body::sdp("v=0\r\n")),
        credentials: None,
        answer_within,
    }
}

/// A 183 with a Contact and a description.
pub(super) fn early_media() -> Reply {
    Reply::new(Status::SESSION_PROGRESS)
        .with_contact(addr("<sip:bob@192.0.2.2:5060>"))
        .with_body(Body::sdp("v=0\r\n"))
}

/// A 200 with a Contact.
pub(super) fn ok(user: &str) -> Reply {
    Reply::new(Status::OK).with_contact(addr(&format!("<sip:{user}@192.0.2.2:5060>")))
}

pub(super) fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

pub(super) fn addr(text: &str) -> NameAddr {
    text.parse().unwrap()
}

fn shown(event: &Event) -> String {
    let status = |response: &Response| response.status.code();
    match event {
        Event::Request { request, .. } => format!("Request {}", request.method),
        Event::Response { response, .. } => format!("Response {}", status(response)),
        Event::RequestFailed { failure, .. } => format!("RequestFailed {failure:?}"),
        Event::Incoming { .. } => "Incoming".to_owned(),
        Event::Progress { response, .. } => format!("Progress {}", status(response)),
        Event::Answered { response, .. } => format!("Answered {}", status(response)),
        Event::Confirmed { .. } => "Confirmed".to_owned(),
        Event::CallRequest { request, .. } => format!("CallRequest {}", request.method),
        Event::FlowLost { .. } => "FlowLost".to_owned(),
        Event::Ended { end, .. } => format!("Ended {:?} {:?}", end.by, end.how),
        Event::Malformed { .. } => "Malformed".to_owned(),
    }
}

pub(super) const MINUTE: Duration = Duration::from_secs(60);
const DELAY: Duration = Duration::from_millis(10);
