//! RFC 3550 §5.1 leaves the times of packets to the sender: the packets of one picture are spread,
//! so that an I-frame does not overrun a mobile bearer's queue.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long the packets of one picture are spread at most: two pictures at 15 a second, so that
/// a keyframe still shows within a fraction of a second.
pub const MAX_SPREAD: Duration = Duration::from_millis(150);
/// How long a packet waits behind earlier pictures at most.
pub const MAX_DELAY: Duration = Duration::from_millis(300);
/// How far ahead of the rate packets may be that their sender has spread already: the time of one
/// picture at 25 a second, so that a bearer's queue never holds more than one.
pub const TOLERANCE: Duration = Duration::from_millis(40);
/// How many items wait at most: over 600 kB, more than [`MAX_DELAY`] of any video sent here.
pub const MAX_QUEUED: usize = 512;

/// A queue in which every item has its time.
#[derive(Debug)]
pub struct Pacer<T> {
    bits_per_second: u32,
    queue: VecDeque<(Instant, T)>,
    free_at: Option<Instant>,
}

/// The queue is full; nothing of the picture was taken. The caller drops it and must start again
/// with a keyframe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{queued} packets already wait to be sent")]
pub struct QueueFull {
    pub queued: usize,
}

impl<T> Pacer<T> {
    /// A pacer that spreads at `bits_per_second`, but never beyond [`MAX_SPREAD`].
    pub fn new(bits_per_second: u32) -> Pacer<T> {
        Pacer {
            bits_per_second: bits_per_second.max(1),
            queue: VecDeque::new(),
            free_at: None,
        }
    }

    pub fn set_bits_per_second(&mut self, bits_per_second: u32) {
        self.bits_per_second = bits_per_second.max(1);
    }

    /// Takes the packets of one picture, each with its size in bytes.
    ///
    /// # Errors
    /// [`QueueFull`] when they would not all fit under [`MAX_QUEUED`].
    pub fn push(&mut self, picture: Vec<(usize, T)>, now: Instant) -> Result<(), QueueFull> {
        if self.queue.len() + picture.len() > MAX_QUEUED {
            return Err(QueueFull {
                queued: self.queue.len(),
            });
        }
        let total_bytes: usize = picture.iter().map(|(bytes, _)| bytes).sum();
        let start = self.free_at.map_or(now, |free_at| free_at.max(now));
        let left = (now + MAX_DELAY).saturating_duration_since(start);
        let spread = self.time_of(total_bytes).min(MAX_SPREAD).min(left);
        let mut before = 0;
        for (bytes, item) in picture {
            let share = before as f64 / total_bytes.max(1) as f64;
            self.queue.push_back((start + spread.mul_f64(share), item));
            before += bytes;
        }
        self.free_at = Some(start + spread);
        Ok(())
    }

    /// Takes one packet of a picture whose others are not there yet. Its sender has spread it: it goes
    /// at once, or when it is no more than [`TOLERANCE`] ahead of the rate.
    ///
    /// # Errors
    /// As [`Pacer::push`].
    pub fn push_one(&mut self, bytes: usize, item: T, now: Instant) -> Result<(), QueueFull> {
        if self.queue.len() >= MAX_QUEUED {
            return Err(QueueFull {
                queued: self.queue.len(),
            });
        }
        let start = self.free_at.map_or(now, |free_at| free_at.max(now));
        let left = (now + MAX_DELAY).saturating_duration_since(start);
        let ahead = start.checked_sub(TOLERANCE).map_or(now, |due| due.max(now));
        // No packet overtakes another.
        let due = self
            .queue
            .back()
            .map_or(ahead, |(last, _)| ahead.max(*last));
        self.queue.push_back((due, item));
        self.free_at = Some(start + self.time_of(bytes).min(MAX_SPREAD).min(left));
        Ok(())
    }

    /// The next item whose time has come.
    pub fn pop(&mut self, now: Instant) -> Option<T> {
        let (due, _) = self.queue.front()?;
        if *due > now {
            return None;
        }
        self.queue.pop_front().map(|(_, item)| item)
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.queue.front().map(|(due, _)| *due)
    }

    pub fn len(&self) -> usize {
        self.queue.len()
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub fn clear(&mut self) {
        self.queue.clear();
        self.free_at = None;
    }

    fn time_of(&self, bytes: usize) -> Duration {
        Duration::from_secs_f64(bytes as f64 * 8.0 / f64::from(self.bits_per_second))
    }
}
