//! What no script thought of: random operations of both owners over a bad wire, from seeds.

use std::collections::HashMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::id::IdSource;

/// How bad the wire is.
#[derive(Clone, Copy, Debug)]
struct Weather {
    transport: Transport,
    /// In percent.
    lost: u32,
    /// In percent.
    doubled: u32,
    /// In percent.
    garbled: u32,
    /// The most a message takes, in milliseconds. By a stream they arrive in order all the same.
    delay_ms: u32,
    /// In percent of the operations.
    flow_closes: u32,
}

/// What one owner knows.
#[derive(Default)]
struct Owner {
    calls: HashMap<CallHandle, Progress>,
    requests: HashMap<RequestId, usize>,
    asked: Vec<ServerRequestId>,
}

/// How far a call is, as far as its owner was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Live,
    Ended,
}

struct Chaos {
    weather: Weather,
    chance: IdSource,
    now: Instant,
    agents: [Agent; 2],
    owners: [Owner; 2],
    in_flight: Vec<(Instant, u64, usize, Vec<u8>)>,
    sent: u64,
    busy_until: [Instant; 2],
}

impl Chaos {
    fn new(weather: Weather, seed: u8) -> Chaos {
        let now = Instant::now();
        Chaos {
            weather,
            chance: IdSource::new([seed; 32]),
            now,
            agents: [1, 2].map(able_agent),
            owners: [Owner::default(), Owner::default()],
            in_flight: Vec::new(),
            sent: 0,
            busy_until: [now; 2],
        }
    }

    fn hop(&self, from: usize) -> Hop {
        let remote = ["192.0.2.2:5060", "192.0.2.1:5060"][from].parse().unwrap();
        Hop {
            transport: self.weather.transport,
            flow: FlowId(1),
            remote,
        }
    }

    fn percent(&mut self, percent: u32) -> bool {
        self.chance.below(100) < percent
    }

    fn any<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let bound = u32::try_from(of.len()).unwrap();
        of.get(self.chance.below(bound) as usize).copied()
    }

    /// Both owners do as they please for that long.
    fn play(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while self.now < until {
            let pause = u64::from(self.chance.below(300));
            self.run_for(Duration::from_millis(pause));
            self.operate();
        }
    }

    fn operate(&mut self) {
        let side = self.chance.below(2) as usize;
        let now = self.now;
        let hop = self.hop(side);
        let mut live: Vec<CallHandle> = self.owners[side]
            .calls
            .iter()
            .filter(|(_, progress)| **progress == Progress::Live)
            .map(|(call, _)| *call)
            .collect();
        live.sort();
        let call = self.any(&live);
        let agent = &mut self.agents[side];
        match (self.chance.below(15), call) {
            (0 | 1, _) => {
                let invite = self.draw_invite(side, hop, call);
                let call = self.agents[side].invite(invite, now);
                self.owners[side].calls.insert(call, Progress::Live);
            }
            (2, Some(call)) => {
                let _ = agent.progress(call, Reply::new(Status::RINGING), now);
            }
            (12, Some(call)) => {
                let kinds = [Reliable::AsNeeded, Reliable::Always, Reliable::Never];
                let reliable = kinds[self.chance.below(3) as usize];
                let reply = early_media().with_reliable(reliable);
                let _ = self.agents[side].progress(call, reply, now);
            }
            (13 | 14, Some(call)) => {
                let _ = agent.acknowledge(call, Some(Body::sdp("v=0\r\n")), now);
            }
            (3..=5, Some(call)) => {
                let _ = agent.accept(call, ok("user"), now);
            }
            (6, Some(call)) => {
                let _ = agent.reject(call, Reply::new(Status::BUSY_HERE), now);
            }
            (7, Some(call)) => agent.hang_up(call, None, now),
            (8 | 9, Some(call)) => self.request_in_call(side, call),
            (10, _) => {
                if let Some(id) = self.owners[side].asked.pop() {
                    let statuses = [Status::OK, Status::NOT_ACCEPTABLE_HERE, Status::OK];
                    let status = self.any(&statuses).unwrap();
                    let _ = self.agents[side].respond(id, Reply::new(status), now);
                }
            }
            (11, _) if self.percent(self.weather.flow_closes) => {
                self.agents[side].handle(Input::FlowClosed(FlowId(1)), now);
            }
            _ => {
                let options = Outgoing::new(
                    hop,
                    Method::Options,
                    uri("sip:x@example.com"),
                    addr("<sip:a@example.com>"),
                    addr("<sip:x@example.com>"),
                );
                let id = self.agents[side].request(options, now);
                self.owners[side].requests.insert(id, 0);
            }
        }
        self.drain();
    }

    /// With an offer or without, now and then in place of a call that there is.
    fn draw_invite(&mut self, side: usize, hop: Hop, call: Option<CallHandle>) -> Invite {
        let answer_within = Duration::from_secs(u64::from(self.chance.below(20)));
        let mut invite = invite(hop, answer_within);
        invite.body = invite.body.filter(|_| self.chance.below(3) > 0);
        let dialog = call.and_then(|call| self.agents[side].dialog_id(call));
        if let Some(dialog) = dialog.filter(|_| self.percent(20)) {
            let value = format!(
                "{};to-tag={};from-tag={}",
                dialog.call_id, dialog.remote_tag, dialog.local_tag
            );
            invite.headers.push(Header::new("Replaces", value).unwrap());
        }
        invite
    }

    fn request_in_call(&mut self, side: usize, call: CallHandle) {
        let offer = || Some(Body::sdp("v=0\r\n"));
        let (method, body) = match self.chance.below(5) {
            0 => (Method::Info, None),
            1 => (Method::Options, None),
            2 => (Method::Update, offer()),
            3 => (Method::Invite, None),
            _ => (Method::Invite, offer()),
        };
        let now = self.now;
        let id = self.agents[side].request_in_call(call, method, Vec::new(), body, now);
        self.owners[side].requests.insert(id, 0);
    }

    fn hang_up_all(&mut self, side: usize) {
        let calls: Vec<CallHandle> = self.owners[side].calls.keys().copied().collect();
        for call in calls {
            self.agents[side].hang_up(call, None, self.now);
        }
        self.drain();
    }

    fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.next().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            let now = self.now;
            let due = (0..self.in_flight.len())
                .filter(|index| self.in_flight[*index].0 <= now)
                .min_by_key(|index| (self.in_flight[*index].0, self.in_flight[*index].1));
            match due {
                Some(index) => {
                    let (_, _, to, bytes) = self.in_flight.remove(index);
                    let hop = self.hop(to);
                    self.agents[to].handle(Input::Message { hop, bytes }, now);
                }
                None => self
                    .agents
                    .iter_mut()
                    .for_each(|agent| agent.handle_timeout(now)),
            }
            self.drain();
        }
        self.now = until;
    }

    fn next(&self) -> Option<Instant> {
        let wire = self.in_flight.iter().map(|flight| flight.0);
        wire.chain(self.agents.iter().filter_map(Agent::poll_timeout))
            .min()
    }

    fn drain(&mut self) {
        for side in [0, 1] {
            while let Some(output) = self.agents[side].poll_output() {
                match output {
                    Output::Transmit { bytes, .. } => self.transmit(1 - side, bytes),
                    Output::Event(event) => self.owners[side].hear(&event),
                }
            }
        }
    }

    fn transmit(&mut self, to: usize, mut bytes: Vec<u8>) {
        if self.percent(self.weather.lost) {
            return;
        }
        if self.percent(self.weather.garbled) {
            let at = self.chance.below(u32::try_from(bytes.len()).unwrap()) as usize;
            bytes[at] = self.chance.bytes::<1>()[0];
        }
        let copies = if self.percent(self.weather.doubled) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            let delay = u64::from(self.chance.below(self.weather.delay_ms));
            let mut at = self.now + Duration::from_millis(delay);
            if self.weather.transport.is_reliable() {
                at = at.max(self.busy_until[to]);
                self.busy_until[to] = at;
            }
            self.sent += 1;
            self.in_flight.push((at, self.sent, to, bytes.clone()));
        }
    }

    fn check_over(&self, seed: u8) {
        for (side, owner) in self.owners.iter().enumerate() {
            for (call, progress) in &owner.calls {
                assert_eq!(*progress, Progress::Ended, "seed {seed} side {side} {call}");
            }
            for (id, answers) in &owner.requests {
                assert_eq!(*answers, 1, "seed {seed} side {side} {id:?}");
            }
        }
        for (side, agent) in self.agents.iter().enumerate() {
            let left = (
                agent.load(),
                agent.senders.len(),
                agent.waiting.len(),
                agent.acks.len(),
                agent.calls_by_dialog.len(),
                agent.calls_by_flow.len(),
                agent.by_stream.len(),
            );
            assert_eq!(left, (0, 0, 0, 0, 0, 0, 0), "seed {seed} side {side}");
            assert_eq!(agent.poll_timeout(), None, "seed {seed} side {side}");
        }
    }
}

/// An agent with all extensions, and sessions that are refreshed as often as may be.
fn able_agent(seed: u8) -> Agent {
    let mut agent = agent(seed);
    agent.set_supported(["100rel", "timer", "replaces"].map(Text::from).to_vec());
    agent.session = Some(SessionTimers {
        expires: Duration::from_secs(90),
        ..SessionTimers::default()
    });
    agent
}

impl Owner {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Incoming { call, .. } => {
                assert_eq!(self.calls.insert(*call, Progress::Live), None);
            }
            Event::Progress { call, .. }
            | Event::Answered { call, .. }
            | Event::Confirmed { call, .. }
            | Event::FlowLost { call, .. } => {
                assert_eq!(self.calls.get(call), Some(&Progress::Live), "{event:?}");
            }
            Event::CallRequest { id, call, .. } => {
                assert_eq!(self.calls.get(call), Some(&Progress::Live), "{event:?}");
                self.asked.push(*id);
            }
            Event::Request { id, .. } => self.asked.push(*id),
            // A handle is given before its events are polled, so even an INVITE that fails at
            // once is known here.
            Event::Ended { call, .. } => {
                let before = self.calls.insert(*call, Progress::Ended);
                assert_eq!(before, Some(Progress::Live), "{event:?}");
            }
            Event::Response { id, .. } | Event::RequestFailed { id, .. } => {
                *self.requests.get_mut(id).expect("a request of ours") += 1;
            }
            Event::Malformed { .. } => {}
        }
    }
}

/// Longer than the longest wait of all: an INVITE that rings, is refused, and is not acknowledged.
const ALL_OVER: Duration = Duration::from_secs(400);

#[test]
fn over_a_bad_datagram_network_every_call_ends_once_on_both_sides_and_nothing_is_left() {
    for seed in 0..12 {
        let weather = Weather {
            transport: Transport::Udp,
            lost: u32::from(seed) * 7,
            doubled: 10,
            garbled: 2,
            delay_ms: 900,
            flow_closes: 10,
        };
        let mut chaos = Chaos::new(weather, seed);
        chaos.play(90);
        chaos.hang_up_all(0);
        chaos.hang_up_all(1);
        chaos.run_for(ALL_OVER);
        chaos.check_over(seed);
    }
}

#[test]
fn over_a_stream_it_is_enough_that_one_side_hangs_up() {
    for seed in 0..12 {
        let weather = Weather {
            transport: Transport::Wss,
            lost: 0,
            doubled: 0,
            garbled: 0,
            delay_ms: 100,
            flow_closes: 0,
        };
        let mut chaos = Chaos::new(weather, seed);
        chaos.play(90);
        // What A has not been told of yet it hears of in a second.
        chaos.run_for(Duration::from_secs(1));
        chaos.hang_up_all(0);
        chaos.run_for(ALL_OVER);
        chaos.check_over(seed);
    }
}
