//! What was seen, in figures.

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::camera::Taken;
use super::screen::Seen;
use crate::media::rounded;

/// A share that has begun is judged by itself: its first pictures count as first pictures alone.
const SETTLED_AFTER: Duration = Duration::from_millis(500);

/// What was seen at one end of a call.
#[derive(Debug)]
pub struct Watched {
    /// From the answer to the first picture.
    pub first: Option<Duration>,
    delays: Vec<Duration>,
    pictures: usize,
    seconds: f64,
}

impl Watched {
    pub fn new(answered: Instant, taken: &[Taken], seen: &[Seen]) -> Watched {
        let known = |seen: &&Seen| taken.iter().any(|taken| taken.counter == seen.counter);
        let seen: Vec<Seen> = seen.iter().filter(known).copied().collect();
        let first = seen.first().map(|seen| seen.at);
        let later = seen
            .iter()
            .filter(|seen| first.is_some_and(|first| seen.at >= first + SETTLED_AFTER));
        let settled: Vec<Seen> = later.copied().collect();
        let span = match (settled.first(), settled.last()) {
            (Some(first), Some(last)) => last.at.saturating_duration_since(first.at),
            _ => Duration::ZERO,
        };
        Watched {
            first: first.map(|first| first.saturating_duration_since(answered)),
            delays: delays_of(taken, &settled),
            pictures: settled.len().saturating_sub(1),
            seconds: span.as_secs_f64(),
        }
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first {
            Some(first) => write!(f, "first after {} ms", first.as_millis()),
            None => write!(f, "nothing seen"),
        }
    }
}

/// From the camera to the screen, of each picture that arrived.
pub fn delays_of(taken: &[Taken], seen: &[Seen]) -> Vec<Duration> {
    let of = |seen: &Seen| {
        let taken = taken.iter().find(|taken| taken.counter == seen.counter)?;
        seen.at.checked_duration_since(taken.at)
    };
    seen.iter().filter_map(of).collect()
}

/// All calls, as seen at one of their ends.
pub struct Direction {
    pub watched: Vec<Watched>,
    first_without: Vec<Duration>,
    pub delays_without: Vec<Duration>,
}

impl Direction {
    /// With what first pictures take without anything between.
    pub fn new(first_without: &[Duration]) -> Direction {
        Direction {
            watched: Vec::new(),
            first_without: first_without.to_vec(),
            delays_without: Vec::new(),
        }
    }

    /// What is added is each time without the median of the same without anything between.
    pub fn report(&self) -> Value {
        let all = &self.watched;
        let first: Vec<Duration> = all.iter().filter_map(|watched| watched.first).collect();
        let delays: Vec<Duration> = all.iter().flat_map(|w| w.delays.clone()).collect();
        let pictures: usize = all.iter().map(|watched| watched.pictures).sum();
        let seconds: f64 = all.iter().map(|watched| watched.seconds).sum();
        json!({
            "first_picture_microseconds": percentiles(&first),
            "first_picture_without_microseconds": percentiles(&self.first_without),
            "first_picture_added_microseconds": percentiles(&beyond(&first, &self.first_without)),
            "delay_microseconds": percentiles(&delays),
            "delay_without_microseconds": percentiles(&self.delays_without),
            "delay_added_microseconds": percentiles(&beyond(&delays, &self.delays_without)),
            "pictures_per_second": (seconds > 0.0).then(|| rounded(pictures as f64 / seconds)),
            "calls_without_picture": all.len() - first.len(),
        })
    }
}

/// Each less the others' median; none below zero.
fn beyond(times: &[Duration], without: &[Duration]) -> Vec<Duration> {
    let Some(median) = percentile(without, 0.5) else {
        return Vec::new();
    };
    let less = times.iter().map(|time| time.saturating_sub(median));
    less.collect()
}

fn percentiles(times: &[Duration]) -> Value {
    let of = |share| percentile(times, share).map(|time| time.as_micros() as u64);
    json!({ "p50": of(0.5), "p95": of(0.95), "of": times.len() })
}

/// The time that this share of all does not exceed.
fn percentile(times: &[Duration], share: f64) -> Option<Duration> {
    let mut times = times.to_vec();
    times.sort_unstable();
    let rank = (times.len() as f64 * share).ceil() as usize;
    times.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(of: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        of.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        assert_eq!(percentile(&[], 0.5), None);
        let times = milliseconds((1..=20).rev());
        assert_eq!(percentile(&times, 0.5), Some(Duration::from_millis(10)));
        assert_eq!(percentile(&times, 0.95), Some(Duration::from_millis(19)));
        let one = milliseconds([7]);
        assert_eq!(percentile(&one, 0.95), Some(Duration::from_millis(7)));
    }

    #[test]
    fn what_is_added_is_beyond_the_median_without() {
        let added = beyond(&milliseconds([90, 110, 200]), &milliseconds([100, 80, 120]));
        assert_eq!(added, milliseconds([0, 10, 100]));
        assert!(beyond(&milliseconds([90]), &[]).is_empty());
    }

    #[test]
    fn a_picture_is_known_by_its_number_and_the_first_are_no_delays() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let taken: Vec<Taken> = [(1, 100), (2, 200), (9, 900)]
            .map(|(counter, time)| Taken {
                counter,
                at: at(time),
            })
            .to_vec();
        // The 77 is a picture that was never taken: a number misread.
        let seen = [(77, 120), (1, 150), (2, 260), (9, 930)].map(|(counter, time)| Seen {
            counter,
            at: at(time),
        });
        let watched = Watched::new(at(50), &taken, &seen);
        assert_eq!(watched.first, Some(Duration::from_millis(100)));
        assert_eq!(watched.delays, milliseconds([30]));
        assert_eq!(delays_of(&taken, &seen), milliseconds([50, 60, 30]));
    }

    #[test]
    fn a_call_that_showed_nothing_is_counted() {
        let mut direction = Direction::new(&milliseconds([10]));
        direction
            .watched
            .push(Watched::new(Instant::now(), &[], &[]));
        let report = direction.report();
        assert_eq!(report["calls_without_picture"], 1);
        assert_eq!(
            report["first_picture_added_microseconds"]["p95"],
            Value::Null
        );
        assert_eq!(report["pictures_per_second"], Value::Null);
    }
}
