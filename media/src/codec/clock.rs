//! RTP timestamps without their wrap-around, for encoders that want time to rise.

/// Counts on where 32-bit timestamps begin again.
#[derive(Debug, Default)]
pub struct Clock {
    last: Option<u32>,
    elapsed: u64,
}

impl Clock {
    /// Units of 1/90000 s since the first timestamp. A step back counts as none.
    pub fn advance(&mut self, timestamp: u32) -> u64 {
        let last = self.last.replace(timestamp).unwrap_or(timestamp);
        let step = timestamp.wrapping_sub(last);
        if step < 1 << 31 {
            self.elapsed += u64::from(step);
        }
        self.elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_rises_over_a_wrap_and_never_falls() {
        let mut clock = Clock::default();
        let times = [u32::MAX - 8_999, 0, 9_000, 4_500, 13_500].map(|now| clock.advance(now));
        assert_eq!(times, [0, 9_000, 18_000, 18_000, 27_000]);
    }
}
