//! The worker's loop: sleep until something is there, then a bounded share of everything.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Receiver as Outcomes;
use std::time::{Duration, Instant};

use media::buffers;
use mio::{Events, Poll, Token, Waker};
use tokio::sync::mpsc::{self, error::TryRecvError, error::TrySendError};

use super::WorkerConfig;
use super::calls::{Call, Place, Port};
use super::kept::Kept;
use crate::bridge::packets::Way;
use crate::bridge::{BridgeCommand, BridgeId, Input, Side};
use crate::edge::codec_pool::{self, CodecPool, Done};
use crate::edge::datagrams::{Left, Receiver, Socket, Trains};
use crate::edge::load::{LoadBoard, ThreadClock};
use crate::edge::stun;
use crate::server::Wake;

/// The largest datagram that is looked at; no RTP or DTLS packet on an Ethernet is larger.
const DATAGRAM_BYTES: usize = 2048;

/// Batches read from the browsers' port in one turn: it is that of all calls, where a plain port is
/// of one, and read once.
const WEB_BATCHES: usize = 4;

/// Commands and outcomes of the codec pool taken in one turn.
const BURST: usize = 64;

/// What the kernel is asked to keep of all browsers' packets while the worker is busy: a tenth of a
/// second at 40,000 packets of 1000 bytes a second.
const WEB_KERNEL_BYTES: usize = 4 * 1024 * 1024;

/// Deadlines are met at multiples of this, those of all calls together: a timer of its own for every
/// packet that is paced would wake the thread for each. Nothing here is so urgent that it shows.
const TICK: Duration = Duration::from_millis(4);

/// Turns a second with something to read from which on the thread rests between them.
const BUSY: u128 = 1000;

/// How long it does. Waking up costs as much as several packets, and within this time most of a picture
/// arrives: it is read by one call then, and leaves as one train. Nobody sees a picture that is so much late.
const REST: Duration = Duration::from_micros(250);

/// When a loop that is behind is offered its wakes again.
const AGAIN: Duration = Duration::from_millis(5);

/// How often the CPU time used is told.
const CHARGED_EVERY: Duration = Duration::from_millis(20);

const WOKEN: Token = Token(0);
const WEB: Token = Token(1);
/// The first of the plain ports; numbers are used once.
const FIRST_PLAIN: usize = 2;

/// The worker's ends of what connects it to the rest.
pub(super) struct Wires {
    pub(super) pool: CodecPool,
    pub(super) board: Arc<LoadBoard>,
    pub(super) wakes: mpsc::Sender<Wake>,
    pub(super) commands: mpsc::Receiver<(BridgeId, BridgeCommand)>,
}

pub(super) struct Worker {
    pub(super) config: WorkerConfig,
    pub(super) poll: Poll,
    pub(super) web: Rc<Socket>,
    pub(super) local: SocketAddr,
    pub(super) wires: Wires,
    pub(super) calls: HashMap<BridgeId, Call>,
    /// When a call is next looked at, in whole ticks.
    pub(super) deadlines: BTreeSet<(Instant, BridgeId)>,
    pub(super) by_ice_user: HashMap<String, (BridgeId, Side)>,
    pub(super) by_source: HashMap<SocketAddr, (BridgeId, Side)>,
    pub(super) by_token: HashMap<Token, Place>,
    /// What calls that are over left to be told.
    pub(super) kept: Kept,
    pub(super) last_token: usize,
    /// Sockets that have something, each once.
    ready: VecDeque<Token>,
    /// Calls that something happened to in this turn.
    pub(super) touched: Vec<BridgeId>,
    pub(super) trains: Trains,
    pub(super) outcomes: codec_pool::Outcomes,
    done: Outcomes<Done>,
    /// What the loop had no room for. No more than commands were given to us and events that a call
    /// has in the time the loop is behind.
    pub(super) unheard: VecDeque<Wake>,
    started: Instant,
    clock: ThreadClock,
    charged: Instant,
    /// Turns with something to read since then.
    turns: u32,
    /// Before that there were more than [`BUSY`].
    is_busy: bool,
    pub(super) seeds: u64,
}

/// Whether the worker goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Serving,
    /// Nobody is left to tell us anything.
    Over,
}

impl Worker {
    /// Binds the port. The waker is for those who put something into the worker's channels.
    pub(super) fn bind(config: WorkerConfig, wires: Wires) -> io::Result<(Worker, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WOKEN)?);
        let address = SocketAddr::new(config.address, config.webrtc_port);
        let mut web = Socket::bind(address, WEB_KERNEL_BYTES)?;
        web.watch(poll.registry(), WEB)?;
        let local = web.local_addr()?;
        tracing::info!(address = %local, "media worker ready");
        let (outcomes, done) = codec_pool::Outcomes::new(Some(Arc::clone(&waker)));
        let now = Instant::now();
        let worker = Worker {
            seeds: config.seed,
            config,
            poll,
            web: Rc::new(web),
            local,
            wires,
            calls: HashMap::new(),
            deadlines: BTreeSet::new(),
            by_ice_user: HashMap::new(),
            by_source: HashMap::new(),
            by_token: HashMap::new(),
            kept: Kept::default(),
            last_token: FIRST_PLAIN,
            ready: VecDeque::new(),
            touched: Vec::new(),
            trains: Trains::default(),
            outcomes,
            done,
            unheard: VecDeque::new(),
            started: now,
            clock: ThreadClock::default(),
            charged: now,
            turns: 0,
            is_busy: false,
        };
        Ok((worker, waker))
    }

    /// Serves until nobody can command it any more.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        let mut receiver = Receiver::default();
        // Commands and outcomes may have been left over by a burst.
        let mut is_behind = false;
        loop {
            let timeout = self.timeout(is_behind, Instant::now());
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "the media worker cannot wait for its sockets");
                return self.close_all();
            }
            let mut is_woken = is_behind;
            for event in &events {
                match event.token() {
                    WOKEN => is_woken = true,
                    token => self.is_ready(token),
                }
            }
            if is_woken {
                let (stage, more) = self.take_orders(Instant::now());
                if stage == Stage::Over {
                    return self.close_all();
                }
                is_behind = more;
            }
            self.turns += u32::from(!self.ready.is_empty());
            self.read(&mut receiver, Instant::now());
            self.handle_timeouts(Instant::now());
            self.drain_touched(Instant::now());
            self.tell();
            self.charge(Instant::now());
            if self.is_busy && !is_behind && self.ready.is_empty() {
                std::thread::sleep(REST);
            }
        }
    }

    fn timeout(&self, is_behind: bool, now: Instant) -> Option<Duration> {
        if is_behind || !self.ready.is_empty() {
            return Some(Duration::ZERO);
        }
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        let wait = deadline.map(|at| at.saturating_duration_since(now));
        match self.unheard.is_empty() {
            true => wait,
            false => Some(wait.map_or(AGAIN, |wait| wait.min(AGAIN))),
        }
    }

    fn is_ready(&mut self, token: Token) {
        let is_waiting = match self.by_token.get_mut(&token) {
            Some(place) => std::mem::replace(&mut place.is_ready, true),
            None => token != WEB || self.ready.contains(&WEB),
        };
        if !is_waiting {
            self.ready.push_back(token);
        }
    }

    /// Takes commands and what the codec pool has done; whether there may be more.
    fn take_orders(&mut self, now: Instant) -> (Stage, bool) {
        let mut more = true;
        for _ in 0..BURST {
            match self.wires.commands.try_recv() {
                Ok((id, command)) => self.handle_command(id, command, now),
                Err(TryRecvError::Empty) => {
                    more = false;
                    break;
                }
                Err(TryRecvError::Disconnected) => return (Stage::Over, false),
            }
        }
        for _ in 0..BURST {
            let Ok(Done { key, class, result }) = self.done.try_recv() else {
                return (Stage::Serving, more);
            };
            let input = Input::Transcoded {
                from: key.from,
                medium: key.medium,
                class,
                result,
            };
            self.feed(key.bridge, input, now);
        }
        (Stage::Serving, true)
    }

    /// Reads each socket that has something once; those that may have more come again next turn.
    fn read(&mut self, receiver: &mut Receiver, now: Instant) {
        for _ in 0..self.ready.len() {
            let Some(token) = self.ready.pop_front() else {
                return;
            };
            let left = match token {
                WEB => self.read_web(receiver, now),
                token => self.read_plain(token, receiver, now),
            };
            if left == Left::More {
                self.ready.push_back(token);
            }
        }
    }

    fn read_web(&mut self, receiver: &mut Receiver, now: Instant) -> Left {
        let web = Rc::clone(&self.web);
        for _ in 0..WEB_BATCHES {
            let left = receiver.read(&web);
            for (source, bytes) in receiver.datagrams() {
                if is_taken(bytes, &self.wires.board) {
                    self.handle_web(source, bytes, now);
                }
            }
            if left == Left::Nothing {
                return left;
            }
        }
        Left::More
    }

    fn read_plain(&mut self, token: Token, receiver: &mut Receiver, now: Instant) -> Left {
        let Some(place) = self.by_token.get_mut(&token) else {
            return Left::Nothing; // closed meanwhile
        };
        let Place {
            bridge,
            side,
            medium,
            port,
            ..
        } = *place;
        let Some(call) = self.calls.get_mut(&bridge) else {
            return Left::Nothing;
        };
        let Some(pair) = &call.ports[side.index()][medium.index()] else {
            return Left::Nothing;
        };
        let left = receiver.read(match port {
            Port::Rtp => &pair.rtp,
            Port::Rtcp => &pair.rtcp,
        });
        place.is_ready = left == Left::More;
        for (source, bytes) in receiver.datagrams() {
            if !is_taken(bytes, &self.wires.board) {
                continue;
            }
            let of = (side, Way::In);
            match port {
                Port::Rtp => call.packets.rtp(of, medium, bytes, now),
                Port::Rtcp => call.packets.rtcp(of, medium, bytes, now),
            }
            let bytes = buffers::copy(bytes);
            let input = match port {
                Port::Rtp => Input::Rtp {
                    side,
                    medium,
                    source,
                    bytes,
                },
                Port::Rtcp => Input::Rtcp {
                    side,
                    medium,
                    source,
                    bytes,
                },
            };
            call.bridge.handle(input, now);
        }
        self.touch(bridge);
        left
    }

    fn handle_web(&mut self, source: SocketAddr, bytes: &[u8], now: Instant) {
        // A new address introduces itself by STUN with our part of the user name; everything
        // else is known by its source address.
        let known = match stun::local_user(bytes) {
            Some(user) => {
                let found = self.by_ice_user.get(user).copied();
                if let Some(target) = found {
                    self.remember_source(source, bytes, target, now);
                }
                found
            }
            None => self.by_source.get(&source).copied(),
        };
        let Some((id, side)) = known else {
            self.wires.board.unknown.count();
            return;
        };
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.packets.web((side, Way::In), bytes, now);
        let input = Input::Web {
            side,
            source,
            bytes,
        };
        call.bridge.handle(input, now);
        if !std::mem::replace(&mut call.is_touched, true) {
            self.touched.push(id);
        }
    }

    pub(super) fn feed(&mut self, id: BridgeId, input: Input<'_>, now: Instant) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.bridge.handle(input, now);
            self.touch(id);
        }
    }

    /// The call is heard out at the end of the turn.
    pub(super) fn touch(&mut self, id: BridgeId) {
        if let Some(call) = self.calls.get_mut(&id)
            && !std::mem::replace(&mut call.is_touched, true)
        {
            self.touched.push(id);
        }
    }

    fn handle_timeouts(&mut self, now: Instant) {
        while let Some((at, id)) = self.deadlines.first().copied() {
            if at > now {
                return;
            }
            self.deadlines.pop_first();
            if let Some(call) = self.calls.get_mut(&id) {
                call.deadline = None;
                call.bridge.handle_timeout(now);
                self.config.counters.media.add(&call.bridge.take_counts());
            }
            self.touch(id);
        }
    }

    /// The next tick at or after that moment.
    pub(super) fn tick(&self, at: Instant) -> Instant {
        let since = at.saturating_duration_since(self.started);
        let whole = since.as_nanos().next_multiple_of(TICK.as_nanos());
        // Enough for five hundred years.
        self.started + Duration::from_nanos(u64::try_from(whole).unwrap_or(u64::MAX))
    }

    /// Offers the loop what it has not heard yet.
    fn tell(&mut self) {
        while let Some(wake) = self.unheard.pop_front() {
            match self.wires.wakes.try_send(wake) {
                Ok(()) => {}
                Err(TrySendError::Full(wake)) => return self.unheard.push_front(wake),
                // The loop that would hear this has ended.
                Err(TrySendError::Closed(_)) => return self.unheard.clear(),
            }
        }
    }

    fn charge(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.charged);
        if since >= CHARGED_EVERY {
            self.charged = now;
            let turns = u128::from(std::mem::take(&mut self.turns));
            self.is_busy = turns * 1000 > BUSY * since.as_millis();
            self.clock.charge(&self.wires.board.packets);
        }
    }
}

fn is_taken(bytes: &[u8], board: &LoadBoard) -> bool {
    let is_taken = bytes.len() <= DATAGRAM_BYTES;
    if !is_taken {
        board.oversized.count();
    }
    is_taken
}
