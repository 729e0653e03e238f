//! RFC 3550 §6.4.1: when a side's sound and pictures were taken, by its sender reports.
//!
//! The reports relate both streams to one clock of the sender. What we send on is related to our
//! clock in the same way, by one offset for both: however long each took through a codec, the far
//! end plays them in step.

use std::time::{Duration, Instant};

use super::Medium;

/// One side's clock.
#[derive(Debug, Default)]
pub(super) struct SenderClock {
    /// By medium: the sender's time in seconds, and the timestamp that belongs to it.
    reports: [Option<(f64, u32)>; 2],
    /// What the sender's clock shows, and when: of the report that was fastest on its way.
    anchor: Option<(f64, Instant)>,
}

/// Beyond this the sender's clock was set, or is none: it is taken anew.
const MAX_DISAGREEMENT: f64 = 1.0;
/// What is older than this was not taken then.
const MAX_AGE: Duration = Duration::from_secs(5);

impl SenderClock {
    /// A sender report came. `seconds` is the sender's time, of any origin.
    pub(super) fn reported(&mut self, medium: Medium, seconds: f64, timestamp: u32, now: Instant) {
        self.reports[medium.index()] = Some((seconds, timestamp));
        let is_slower = self.anchor.is_some_and(|(shown, at)| {
            let shown_now = shown + now.saturating_duration_since(at).as_secs_f64();
            // A report that took longer shows less.
            let behind = shown_now - seconds;
            (0.0..MAX_DISAGREEMENT).contains(&behind)
        });
        if !is_slower {
            self.anchor = Some((seconds, now));
        }
    }

    /// When that was taken; `now` as long as nothing is known.
    pub(super) fn captured(
        &self,
        medium: Medium,
        (timestamp, clock_hz): (u32, u32),
        now: Instant,
    ) -> Instant {
        let known = self.reports[medium.index()].zip(self.anchor);
        let Some(((seconds, at_report), (shown, at))) = known else {
            return now;
        };
        let ticks = timestamp.wrapping_sub(at_report) as i32;
        let taken = seconds + f64::from(ticks) / f64::from(clock_hz);
        let shown_now = shown + now.saturating_duration_since(at).as_secs_f64();
        match Duration::try_from_secs_f64(shown_now - taken) {
            Ok(age) if age <= MAX_AGE => now.checked_sub(age).unwrap_or(now),
            Ok(_) | Err(_) => now,
        }
    }

    /// Another sender is there.
    pub(super) fn reset(&mut self) {
        *self = SenderClock::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_and_pictures_of_one_moment_have_one_time_whatever_their_way_took() {
        let start = Instant::now() + Duration::from_secs(100);
        let at = |ms| start + Duration::from_millis(ms);
        let mut clock = SenderClock::default();
        assert_eq!(clock.captured(Medium::Audio, (0, 48_000), at(0)), at(0));
        // The same moment of the sender is 480000 in sound and 900000 in pictures.
        clock.reported(Medium::Audio, 1000.0, 480_000, at(20));
        clock.reported(Medium::Video, 1000.0, 900_000, at(90));
        let sound = clock.captured(Medium::Audio, (480_000 + 48_000, 48_000), at(1040));
        let picture = clock.captured(Medium::Video, (900_000 + 90_000, 90_000), at(1300));
        assert_eq!(sound, picture);
        assert_eq!(sound, at(1020));
        // A faster report moves both; what cannot be is not believed.
        clock.reported(Medium::Video, 1002.0, 1_080_000, at(2010));
        let sound = clock.captured(Medium::Audio, (480_000 + 2 * 48_000, 48_000), at(2040));
        assert_eq!(sound, at(2010));
        let future = clock.captured(Medium::Audio, (480_000 + 30 * 48_000, 48_000), at(2040));
        assert_eq!(future, at(2040));
    }
}
