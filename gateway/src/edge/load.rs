//! What the threads of this process use of the cores, for admission and metrics.
//!
//! Each media worker and codec thread adds the CPU time it used to a shared board; once in
//! [`INTERVAL`] the board is read, and what came of it is published to the switch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use super::memory::Memory;
use crate::operate::metrics::{Counter, Counters};
use crate::switch::budget::{Meter, Occupancy, Reading};

/// How often the board is read. Two readings a second follow a call's begin fast enough, as calls
/// that have only begun are counted by what they are expected to cost.
const INTERVAL: Duration = Duration::from_millis(500);

/// What media workers and codec threads say of themselves.
#[derive(Debug, Default)]
pub struct LoadBoard {
    /// CPU time of the media workers.
    pub packets: Busy,
    /// CPU time of the codec threads.
    pub pictures: Busy,
    /// Calls whose media is open, in all workers.
    calls: AtomicUsize,
    /// Of these, those with a plain peer.
    bridged: AtomicUsize,
    /// Streams that are transcoded.
    streams: AtomicUsize,
    /// Pictures that wait for a codec thread.
    waiting: AtomicUsize,
    /// Datagrams on media ports that are too large for what is spoken there.
    pub oversized: Counter,
    /// Datagrams on browsers' ports that are no call's.
    pub unknown: Counter,
    /// Datagrams that a socket had no room for.
    pub unsent: Counter,
}

impl LoadBoard {
    pub(super) fn note_pool(&self, streams: usize, waiting: usize) {
        self.streams.store(streams, Ordering::Relaxed);
        self.waiting.store(waiting, Ordering::Relaxed);
    }

    /// Calls whose media is open.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Streams that are transcoded.
    pub fn streams(&self) -> usize {
        self.streams.load(Ordering::Relaxed)
    }

    /// Pictures that wait for a codec thread.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn reading(&self) -> Reading {
        Reading {
            process: now_of(ClockId::ProcessCPUTime),
            packets: self.packets.total(),
            pictures: self.pictures.total(),
            calls: self.calls(),
            bridged: self.bridged.load(Ordering::Relaxed),
            streams: self.streams(),
        }
    }
}

/// A call counts for as long as this is kept.
#[derive(Debug)]
pub(super) struct Counted {
    board: Arc<LoadBoard>,
    is_bridged: bool,
}

impl Counted {
    pub(super) fn new(board: &Arc<LoadBoard>) -> Counted {
        board.calls.fetch_add(1, Ordering::Relaxed);
        Counted {
            board: Arc::clone(board),
            is_bridged: false,
        }
    }

    /// The call has a plain peer.
    pub(super) fn bridged(&mut self) {
        if !self.is_bridged {
            self.is_bridged = true;
            self.board.bridged.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.board.calls.fetch_sub(1, Ordering::Relaxed);
        if self.is_bridged {
            self.board.bridged.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// CPU time used by the threads of one kind.
#[derive(Debug, Default)]
pub struct Busy(AtomicU64);

impl Busy {
    fn add(&self, used: Duration) {
        let nanoseconds = u64::try_from(used.as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// The CPU clock of the thread that uses it.
#[derive(Debug, Default)]
pub(super) struct ThreadClock {
    charged: Duration,
}

impl ThreadClock {
    /// Adds what the thread used since the last time.
    pub(super) fn charge(&mut self, busy: &Busy) {
        let used = now_of(ClockId::ThreadCPUTime);
        busy.add(used.saturating_sub(self.charged));
        self.charged = used;
    }
}

fn now_of(clock: ClockId) -> Duration {
    let now = clock_gettime(clock);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(now.tv_nsec).unwrap_or(0))
}

/// Reads the board until the process ends.
pub async fn watch(board: Arc<LoadBoard>, occupancy: Arc<Occupancy>, counters: Arc<Counters>) {
    let mut meter = Meter::new(board.reading(), Instant::now());
    let mut memory = Memory::default();
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        occupancy.publish(meter.read(board.reading(), Instant::now()));
        let busy = usize::try_from(occupancy.figures().busy).unwrap_or(usize::MAX);
        counters.cpu_permille.set(busy);
        counters.media_oversized.follow(&board.oversized);
        counters.media_unknown.follow(&board.unknown);
        counters.media_unsent.follow(&board.unsent);
        counters.media_calls.set(board.calls());
        memory.note(board.calls(), Instant::now());
        counters.transcoded_streams.set(board.streams());
        counters.pictures_waiting.set(board.waiting());
    }
}
