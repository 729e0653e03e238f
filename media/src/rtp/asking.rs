//! RFC 4585 §6.2.1, as the receiver: which missing packets are asked for, and when again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A packet that is only out of order comes within this time; before it nothing is asked.
pub const OUT_OF_ORDER: Duration = Duration::from_millis(10);
/// A question without an answer is put again after this time: a round trip on a mobile bearer.
pub const AGAIN: Duration = Duration::from_millis(70);
/// How often one packet is asked for: the hole is given up shortly after.
pub const MAX_TIMES: u8 = 3;
/// How many missing packets are followed at once; what is beyond is for a keyframe to repair.
pub const MAX_FOLLOWED: usize = 128;

/// The missing packets of one source.
#[derive(Debug, Default)]
pub(super) struct Asking {
    missing: BTreeMap<u64, Question>,
}

#[derive(Debug, Clone, Copy)]
struct Question {
    times: u8,
    due: Instant,
}

impl Asking {
    /// Learns which packets are missing at present, by their extended numbers in rising order.
    pub(super) fn follow(&mut self, holes: impl Iterator<Item = u64>, now: Instant) {
        let before = std::mem::take(&mut self.missing);
        for number in holes.take(MAX_FOLLOWED) {
            let known = before.get(&number).copied();
            let question = known.unwrap_or(Question {
                times: 0,
                due: now + OUT_OF_ORDER,
            });
            self.missing.insert(number, question);
        }
    }

    /// The numbers to ask for at this time.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<u16> {
        let mut numbers = Vec::new();
        for (number, question) in &mut self.missing {
            if question.times < MAX_TIMES && question.due <= now {
                question.times += 1;
                question.due = now + AGAIN;
                numbers.push(*number as u16);
            }
        }
        numbers
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let waiting = self
            .missing
            .values()
            .filter(|question| question.times < MAX_TIMES);
        waiting.map(|question| question.due).min()
    }

    pub(super) fn clear(&mut self) {
        self.missing.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_packet_is_asked_for_three_times_until_it_comes() {
        let start = Instant::now();
        let mut asking = Asking::default();
        let mut asked = Vec::new();
        for ms in 0..400 {
            let now = start + Duration::from_millis(ms);
            let mut holes = vec![65_534, 65_537, 65_538];
            if ms < 5 {
                holes.push(65_540); // comes late, but by itself
            }
            if ms > 50 {
                holes.remove(0); // came
            }
            asking.follow(holes.into_iter(), now);
            let due = asking.take_due(now);
            if !due.is_empty() {
                asked.push((ms, due));
            }
        }
        let expected = [
            (10, vec![65_534, 1, 2]),
            (80, vec![1, 2]),
            (150, vec![1, 2]),
        ];
        assert_eq!(asked, expected);
        assert_eq!(asking.poll_timeout(), None);
    }
}
