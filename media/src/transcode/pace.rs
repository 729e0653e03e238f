//! Which pictures are left out to hold a frame rate.

/// Admits pictures up to a frame rate, by their timestamps.
#[derive(Debug)]
pub(super) struct Pace {
    /// Units of 1/90000 s between two pictures.
    interval: u32,
    due: Option<u32>,
}

impl Pace {
    pub(super) fn new(frames_per_second: u32) -> Self {
        Self {
            interval: 90_000 / frames_per_second.max(1),
            due: None,
        }
    }

    pub(super) fn set(&mut self, frames_per_second: u32) {
        self.interval = Pace::new(frames_per_second).interval;
    }

    /// A picture may come a third of an interval early, for cameras are not punctual; being due
    /// moves on by whole intervals, so the mean rate holds all the same.
    pub(super) fn admits(&mut self, timestamp: u32) -> bool {
        let Some(due) = self.due else {
            self.due = Some(timestamp.wrapping_add(self.interval));
            return true;
        };
        let late = timestamp.wrapping_sub(due).cast_signed();
        let interval = self.interval.cast_signed();
        if late < -interval / 3 && late >= -interval * MAX_INTERVALS_EARLY {
            return false;
        }
        // After a gap, or a step of the sender's clock, counting begins again.
        let base = if (-interval..interval).contains(&late) {
            due
        } else {
            timestamp
        };
        self.due = Some(base.wrapping_add(self.interval));
        true
    }
}

/// A picture this much too early does not come early: its sender's clock was set back.
const MAX_INTERVALS_EARLY: i32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a second's pictures from a source are admitted by a target.
    fn admitted(source: u32, target: u32, start: u32) -> usize {
        let mut pace = Pace::new(target);
        (0..source)
            .filter(|index| pace.admits(start.wrapping_add(index * 90_000 / source)))
            .count()
    }

    #[test]
    fn the_targets_frame_rate_is_the_most_that_is_admitted() {
        for (source, target, expected) in [
            (15, 15, 15),
            (30, 15, 15),
            (20, 15, 15),
            (25, 15, 15),
            (60, 15, 15),
            (10, 15, 10),
            (30, 8, 8),
        ] {
            let found = admitted(source, target, 0);
            assert!(
                found.abs_diff(expected) <= 1,
                "{found} of {source} at {target}"
            );
            let wrapping = admitted(source, target, u32::MAX - 45_000);
            assert_eq!(found, wrapping, "over a wrap of the timestamp");
        }
    }

    #[test]
    fn an_unpunctual_camera_loses_nothing() {
        let mut pace = Pace::new(15);
        let jitter = [0, 1500, -1500, 900, -1200, 0, 1800];
        for index in 0..150_u32 {
            let offset = jitter[index as usize % jitter.len()];
            let timestamp = (100_000 + index * 6000).wrapping_add_signed(offset);
            assert!(pace.admits(timestamp), "picture {index}");
        }
    }

    #[test]
    fn a_gap_is_not_made_up_for_and_a_clock_set_back_not_waited_for() {
        let mut pace = Pace::new(15);
        assert!(pace.admits(1_000_000));
        assert!(pace.admits(2_000_000));
        assert!(!pace.admits(2_003_000));
        assert!(pace.admits(2_006_000));
        assert!(pace.admits(5_000));
        assert!(!pace.admits(8_000));
        assert!(pace.admits(11_000));
    }
}
