//! Memory that ended calls leave behind goes back to the system.
//!
//! The allocator keeps what was freed for the next call, in pieces between what is still in use; a
//! gateway would look as large for weeks as it was in its busiest hour.

use std::time::{Duration, Instant};

/// It costs some milliseconds, in which others wait who want memory.
const AT_MOST_EVERY: Duration = Duration::from_secs(15);

/// Fewer calls than this are not worth it.
const WORTH: usize = 8;

/// How many calls there were.
#[derive(Debug, Default)]
pub struct Memory {
    /// At most, since memory was given back.
    most: usize,
    given_at: Option<Instant>,
}

impl Memory {
    /// There are so many calls now. Once half of them or more are over, their memory is given back.
    pub fn note(&mut self, calls: usize, now: Instant) {
        if self.is_due(calls, now) {
            drop(tokio::task::spawn_blocking(give_back));
        }
    }

    fn is_due(&mut self, calls: usize, now: Instant) -> bool {
        self.most = self.most.max(calls);
        let is_early = self.given_at.is_some_and(|at| now < at + AT_MOST_EVERY);
        if self.most < WORTH || calls > self.most / 2 || is_early {
            return false;
        }
        self.most = calls;
        self.given_at = Some(now);
        true
    }
}

#[cfg(target_env = "gnu")]
fn give_back() {
    // SAFETY: it takes no pointer, and the allocator's own locks keep it apart from whoever allocates.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators do it by themselves.
#[cfg(not(target_env = "gnu"))]
fn give_back() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_back_when_half_of_the_calls_are_over_and_not_all_the_time() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut memory = Memory::default();
        let mut due = |calls, seconds| memory.is_due(calls, at(seconds));
        assert!(!due(4, 0) && !due(0, 1), "too few to matter");
        assert!(!due(100, 2) && !due(60, 3));
        assert!(due(50, 4));
        assert!(!due(20, 5), "just done");
        assert!(due(20, 20));
        assert!(!due(20, 60), "nothing ended");
    }
}
