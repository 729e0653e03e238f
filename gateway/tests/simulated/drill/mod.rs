//! Any sequence of operations on a whole switch, read from bytes: the fuzz target `switch` and the
//! replay of its corpus. Whatever happens, nothing panics, no request gets two final answers, and
//! when everybody has left all calls are over and all media is closed.

mod others;
mod peers;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use sidecam_gateway::bridge::{BridgeCommand, BridgeId};
use sidecam_gateway::store::{Order, Ticket};
use sidecam_gateway::switch::destinations::Ticket as LookupTicket;
use sidecam_gateway::switch::{Input, Output, Switch};
use sip::digest::DigestClient;
use sip::id::IdSource;
use sip::message::Request;
use sip::time::Instant;
use sip::transport::Hop;

use super::script::{Dialog, one_of};
use super::stage::{self, CORE, DEVICES};
#[allow(unused_imports, reason = "the fuzz target has no use for it")]
pub use others::reply;

/// Operations a drill may have: more only makes it slow.
const OPERATIONS: usize = 200;
/// What one operation may bring about at most; beyond it something talks to itself.
const OUTPUTS_AT_ONCE: usize = 2_000;
/// Things that wait for a drill's answer; the oldest is left unanswered.
const WAITING: usize = 16;

/// Carries out what the bytes say and checks what must hold.
pub fn run(bytes: &[u8]) {
    let mut drill = Drill::new(bytes);
    for _ in 0..OPERATIONS {
        if drill.bytes.is_empty() {
            break;
        }
        drill.operate();
    }
    drill.end();
}

struct Drill<'a> {
    bytes: &'a [u8],
    switch: Switch,
    now: Instant,
    /// The devices' present hops.
    hops: Vec<Hop>,
    flows: u64,
    numbers: usize,
    /// INVITEs that devices sent, to be cancelled: device, Request-URI, number.
    invited: VecDeque<(usize, String, usize)>,
    /// Requests of the switch's that wait for an answer.
    asked: VecDeque<(Hop, Request)>,
    dialogs: VecDeque<Dialog>,
    /// Commands that want a reply.
    commands: VecDeque<(BridgeId, BridgeCommand)>,
    open: BTreeSet<BridgeId>,
    tickets: VecDeque<(Ticket, String)>,
    lookups: VecDeque<LookupTicket>,
    /// Connections that the switch wants.
    connects: VecDeque<Hop>,
    /// What was heard, in hashes: what is sent again says nothing new.
    heard: HashSet<u64>,
    /// The final answer to each request, by its way and branch.
    answers: HashMap<(Hop, String, String), Vec<u8>>,
    /// What each device knows of proving who it is, and its refused REGISTER.
    proofs: Vec<(DigestClient, Option<Request>)>,
    ids: IdSource,
}

/// The devices of subscribers, and the core.
fn peer(place: u8) -> (usize, &'static stage::Device) {
    let place = usize::from(place) % (DEVICES.len() + 1);
    (place, DEVICES.get(place).unwrap_or(&CORE))
}

impl<'a> Drill<'a> {
    fn new(bytes: &'a [u8]) -> Drill<'a> {
        let now = Instant::now();
        Drill {
            bytes,
            switch: stage::switch(now),
            now,
            hops: DEVICES
                .iter()
                .chain([&CORE])
                .map(stage::Device::hop)
                .collect(),
            flows: 10,
            numbers: 0,
            invited: VecDeque::new(),
            asked: VecDeque::new(),
            dialogs: VecDeque::new(),
            commands: VecDeque::new(),
            open: BTreeSet::new(),
            tickets: VecDeque::new(),
            lookups: VecDeque::new(),
            connects: VecDeque::new(),
            heard: HashSet::new(),
            answers: HashMap::new(),
            proofs: DEVICES
                .iter()
                .map(|_| (DigestClient::new(), None))
                .collect(),
            ids: IdSource::new([9; 32]),
        }
    }

    /// The next byte; 0 when there is none.
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        *first
    }

    fn operate(&mut self) {
        match self.byte() % 18 {
            0 | 1 => self.invite(),
            2..=4 => self.answer(),
            5 | 6 => self.speak_inside(),
            7 => self.cancel(),
            8 => self.wait(),
            9 => self.reply_of_media(),
            10 => self.event_of_media(),
            11 => self.change_connection(),
            12 => self.answer_of_others(),
            13 => self.say_anything(),
            14 => self.register(),
            15 => self.replace(),
            16 => self.refer(),
            _ => self.agree(),
        }
    }

    fn wait(&mut self) {
        let milliseconds = [&10, &500, &4_000, &33_000, &70_000, &400_000];
        let wait: u64 = *one_of(&milliseconds, self.byte());
        self.advance(Duration::from_millis(wait));
    }

    fn send(&mut self, hop: Hop, bytes: Vec<u8>) {
        self.tell(Input::Message { hop, bytes });
    }

    fn tell(&mut self, input: Input) {
        self.switch.handle(input, self.now);
        self.listen();
    }

    /// Lets time pass, from deadline to deadline.
    fn advance(&mut self, by: Duration) {
        let until = self.now + by;
        for _ in 0..10_000 {
            match self.switch.poll_timeout() {
                Some(at) if at <= until => {
                    self.now = at.max(self.now);
                    self.switch.handle_timeout(self.now);
                    self.listen();
                }
                Some(_) | None => {
                    self.now = until;
                    return;
                }
            }
        }
        panic!("time does not pass: something is due again and again");
    }

    fn listen(&mut self) {
        for _ in 0..OUTPUTS_AT_ONCE {
            match self.switch.poll_output() {
                None => return,
                Some(Output::Transmit { hop, bytes }) => self.hear(hop, bytes),
                Some(Output::Bridge { bridge, command }) => self.command(bridge, command),
                Some(Output::Store(Order::Find { ticket, name })) => {
                    keep(&mut self.tickets, (ticket, name));
                }
                Some(Output::Store(_)) => {}
                Some(Output::Connect(connect)) => keep(&mut self.connects, connect.hop),
                Some(Output::Resolve { ticket, .. } | Output::Enumerate { ticket, .. }) => {
                    keep(&mut self.lookups, ticket);
                }
            }
        }
        panic!("one thing that happened brings about more than {OUTPUTS_AT_ONCE} others");
    }

    /// Everybody leaves: all must be over after a while.
    fn end(&mut self) {
        self.tell(Input::Drain);
        self.advance(Duration::from_secs(200));
        assert_eq!(self.switch.calls(), 0, "a call never ends");
        assert!(self.open.is_empty(), "media stays open: {:?}", self.open);
        assert!(self.switch.is_drained(self.now), "the end never comes");
    }
}

/// Puts something at the end, without growing for ever.
fn keep<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() >= WAITING {
        list.pop_front();
    }
    list.push_back(item);
}

fn pick<T>(list: &VecDeque<T>, place: usize) -> Option<&T> {
    list.get(place % list.len().max(1))
}
