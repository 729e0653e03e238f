//! RFC 3550 §5.1: packets may be lost and come out of order; here they are put back in order.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::RtpPacket;

/// How many packets wait behind a hole before it is given up. Some 300 kB: several pictures of
/// any size sent here, and a bound on what a peer that skips numbers can make us hold.
pub const MAX_WAITING_PACKETS: usize = 256;

/// Gives packets out by their extended sequence number; waits a bounded time for a missing one.
#[derive(Debug)]
pub struct ReorderBuffer {
    hold: Duration,
    next: Option<u64>,
    waiting: BTreeMap<u64, (Instant, RtpPacket)>,
}

/// What became of a packet put into the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    Kept,
    /// Its place has been given out or given up.
    Late,
    Duplicate,
}

impl ReorderBuffer {
    /// A buffer that waits for a missing packet for at most `hold` after a later one arrived.
    pub fn new(hold: Duration) -> ReorderBuffer {
        ReorderBuffer {
            hold,
            next: None,
            waiting: BTreeMap::new(),
        }
    }

    /// A packet that is the next in order while none waits is given back to go on at once; any other one
    /// is to be pushed.
    ///
    /// # Errors
    /// The packet that is not the next.
    pub fn pass(&mut self, extended: u64, packet: RtpPacket) -> Result<RtpPacket, RtpPacket> {
        if self.waiting.is_empty() && self.next.is_none_or(|next| next == extended) {
            self.next = Some(extended + 1);
            return Ok(packet);
        }
        Err(packet)
    }

    /// Takes a packet with its extended sequence number.
    pub fn push(&mut self, extended: u64, packet: RtpPacket, now: Instant) -> Pushed {
        let next = *self.next.get_or_insert(extended);
        if extended < next {
            return Pushed::Late;
        }
        if self.waiting.contains_key(&extended) {
            return Pushed::Duplicate;
        }
        self.waiting.insert(extended, (now, packet));
        Pushed::Kept
    }

    /// The next packet in order, past a hole once its time is over or too many packets wait.
    pub fn pop(&mut self, now: Instant) -> Option<RtpPacket> {
        let (&first, _) = self.waiting.first_key_value()?;
        let in_order = self.next == Some(first);
        let given_up = || {
            self.waiting.len() > MAX_WAITING_PACKETS
                || self.poll_timeout().is_some_and(|deadline| deadline <= now)
        };
        if !in_order && !given_up() {
            return None;
        }
        self.next = Some(first + 1);
        self.waiting.remove(&first).map(|(_, packet)| packet)
    }

    /// Waits this long for a missing packet from here on.
    pub fn set_hold(&mut self, hold: Duration) {
        self.hold = hold;
    }

    /// The extended numbers that are missing before the newest packet, in rising order.
    pub fn holes(&self) -> impl Iterator<Item = u64> {
        let next = self.next.unwrap_or_default();
        let newest = self
            .waiting
            .last_key_value()
            .map_or(next, |(number, _)| *number);
        (next..newest).filter(|number| !self.waiting.contains_key(number))
    }

    /// When the present hole is given up; `None` without a hole.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let (&first, _) = self.waiting.first_key_value()?;
        if self.next == Some(first) {
            return None;
        }
        let oldest = self.waiting.values().map(|(arrived, _)| *arrived).min()?;
        Some(oldest + self.hold)
    }

    /// Forgets everything: the source began anew.
    pub fn reset(&mut self) {
        self.next = None;
        self.waiting.clear();
    }
}
