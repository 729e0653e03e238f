//! Times of many packets as percentiles.

use std::time::Duration;

use serde_json::{Value, json};

/// Buckets of a logarithmic scale: sixteen an octave, so that a value is known to 5 %.
const AN_OCTAVE: f64 = 16.0;
const BUCKETS: usize = 30 * 16;

/// How long things took, in bounded memory.
#[derive(Debug, Clone)]
pub struct Times {
    buckets: Vec<u64>,
    count: u64,
}

impl Default for Times {
    fn default() -> Times {
        Times {
            buckets: vec![0; BUCKETS],
            count: 0,
        }
    }
}

impl Times {
    pub fn add(&mut self, time: Duration) {
        let microseconds = (time.as_nanos() as f64 / 1e3).max(1.0);
        let bucket = (microseconds.log2() * AN_OCTAVE) as usize;
        self.buckets[bucket.min(BUCKETS - 1)] += 1;
        self.count += 1;
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// The time that this share of all stays below, in microseconds; `None` without any.
    pub fn percentile(&self, share: f64) -> Option<u64> {
        let wanted = (self.count as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                let middle = ((bucket as f64 + 0.5) / AN_OCTAVE).exp2();
                return Some(middle.round() as u64);
            }
        }
        None
    }

    pub fn report(&self) -> Value {
        json!({ "p50": self.percentile(0.5), "p99": self.percentile(0.99), "of": self.count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_a_twentieth() {
        let mut times = Times::default();
        assert_eq!(times.percentile(0.5), None);
        for milliseconds in 1..=100 {
            times.add(Duration::from_millis(milliseconds));
        }
        let near =
            |value: Option<u64>, wanted: f64| (value.unwrap() as f64 / wanted - 1.0).abs() < 0.05;
        assert!(near(times.percentile(0.5), 50_000.0));
        assert!(near(times.percentile(0.99), 99_000.0));
        assert!(near(times.percentile(1.0), 100_000.0));
    }
}
