//! How many datagrams a second a plain leg takes.

use std::time::{Duration, Instant};

/// The largest share sends some 200 packets a second; this leaves room for audio, for small
/// packets and for a peer that catches up after a gap.
pub const PACKETS_PER_SECOND: u32 = 2_000;
/// How many may come at once: a second's worth.
const BURST: u32 = PACKETS_PER_SECOND;

/// Counts against the limit, by the time at which all packets so far would have come evenly.
#[derive(Debug, Default)]
pub(super) struct Flood {
    even_until: Option<Instant>,
}

impl Flood {
    /// Whether one more packet is within the limit.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        let even_until = self.even_until.map_or(now, |at| at.max(now));
        if even_until > now + STEP * BURST {
            return false;
        }
        self.even_until = Some(even_until + STEP);
        true
    }
}

const STEP: Duration = Duration::from_nanos(1_000_000_000 / PACKETS_PER_SECOND as u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_to_the_limit_and_what_is_below_it_passes() {
        let start = Instant::now();
        let admitted = |packets_per_second: u64| {
            let mut flood = Flood::default();
            let all = (0..packets_per_second * 10).filter(|number| {
                let at = Duration::from_secs_f64(*number as f64 / packets_per_second as f64);
                flood.admits(start + at)
            });
            all.count()
        };
        assert_eq!(admitted(900), 9_000);
        let of_flood = admitted(10_000);
        assert!((21_900..=22_100).contains(&of_flood), "{of_flood}");
    }
}
