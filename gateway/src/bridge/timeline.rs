//! RFC 3550 §5.1: the timestamps that one viewer sees, whoever's pictures it is shown.
//!
//! Each source counts from a number of its own. When the source changes, leaps, or pictures were
//! left out for a while, the viewer's clock goes on from where it was by the time that has passed.

use std::time::Instant;

/// Ticks of video a second.
const VIDEO_CLOCK_HZ: u32 = 90_000;

/// How far timestamps may be from the time that has passed, in seconds: more than a sender's clock
/// drifts in a call, or its pictures are late.
const MAX_LEAP_SECONDS: u32 = 5;

/// The clock towards one viewer or listener. Timestamps wrap around.
#[derive(Debug)]
pub struct Timeline {
    /// Ticks a second.
    clock_hz: u32,
    /// Added to the source's timestamps.
    offset: u32,
    /// The newest timestamp that was given out, and when.
    newest: Option<(u32, Instant)>,
    /// What comes next is of another source.
    is_cut: bool,
}

impl Default for Timeline {
    fn default() -> Timeline {
        Timeline::new(VIDEO_CLOCK_HZ)
    }
}

impl Timeline {
    pub fn new(clock_hz: u32) -> Timeline {
        Timeline {
            clock_hz,
            offset: 0,
            newest: None,
            is_cut: false,
        }
    }

    /// Ticks that a source's timestamp is shifted by.
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// What follows counts in other ticks, and goes on from the same time.
    pub fn set_clock(&mut self, clock_hz: u32) {
        if self.clock_hz != clock_hz {
            *self = Timeline::new(clock_hz);
        }
    }

    /// The next picture is of another source, or comes after a gap.
    pub fn cut(&mut self) {
        self.is_cut = true;
    }

    /// The viewer's timestamp for a source's.
    pub fn map(&mut self, timestamp: u32, now: Instant) -> u32 {
        if let Some((newest, at)) = self.newest {
            let passed = now.saturating_duration_since(at).as_secs_f64() * f64::from(self.clock_hz);
            let continued = newest.wrapping_add((passed as u32).max(1));
            let mapped = timestamp.wrapping_add(self.offset);
            let leap = mapped.wrapping_sub(continued).cast_signed();
            if self.is_cut || leap.unsigned_abs() > MAX_LEAP_SECONDS * self.clock_hz {
                self.offset = continued.wrapping_sub(timestamp);
            }
        }
        self.is_cut = false;
        let mapped = timestamp.wrapping_add(self.offset);
        let is_newer = |than: u32| mapped.wrapping_sub(than) < u32::MAX / 2;
        if self.newest.is_none_or(|(newest, _)| is_newer(newest)) {
            self.newest = Some((mapped, now));
        }
        mapped
    }

    /// The source's timestamp for the viewer's, unless the source changed since.
    pub fn source(&self, mapped: u32) -> u32 {
        mapped.wrapping_sub(self.offset)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_viewers_clock_goes_on_when_the_source_changes() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut timeline = Timeline::default();
        assert_eq!(timeline.map(u32::MAX - 10, at(0)), u32::MAX - 10);
        assert_eq!(timeline.map(5990, at(67)), 5990, "over the wrap");
        assert_eq!(
            timeline.map(2990, at(68)),
            2990,
            "a late packet keeps its place"
        );
        timeline.cut();
        assert_eq!(
            timeline.map(77, at(167)),
            5990 + 9000,
            "100 ms after the newest"
        );
        assert_eq!(timeline.map(6077, at(234)), 5990 + 15_000);
        timeline.cut();
        assert_eq!(
            timeline.map(0, at(234)),
            5990 + 15_001,
            "at the same moment"
        );
        let leapt = 1 << 31;
        assert_eq!(
            timeline.map(leapt, at(300)),
            5990 + 15_001 + 5940,
            "a leap of the sender's clock"
        );
        assert_eq!(timeline.map(leapt + 6000, at(367)), 5990 + 15_001 + 11_940);
        assert_eq!(timeline.source(5990 + 15_001 + 11_940), leapt + 6000);
    }
}
