//! The temporal reference of an H.263 picture header (ITU-T H.263 §5.1.2).
//!
//! FFmpeg counts pictures there, whatever their timestamps say, so that a receiver that paces by
//! it would see a wrong frame rate as soon as one picture is left out. It is rewritten here.

use super::clock::Clock;

/// Units of 1/90000 s in one tick of the picture clock, which runs at 30000/1001 Hz.
const TICK: u64 = 3003;

/// Gives successive pictures their temporal reference.
#[derive(Debug, Default)]
pub struct TemporalReference {
    clock: Clock,
    last_tick: Option<u64>,
}

impl TemporalReference {
    /// Writes the reference of a picture taken at `timestamp` (units of 1/90000 s, wrapping) into
    /// its header. Data that does not begin with a picture start code is left alone.
    pub fn rewrite(&mut self, picture: &mut [u8], timestamp: u32) {
        let [0, 0, third, fourth, ..] = picture else {
            return;
        };
        // The start code is 22 bits: 0000 0000 0000 0000 1000 00; the 8 bits behind it are ours.
        if *third & 0xfc != 0x80 {
            return;
        }
        let reference = self.advance(timestamp);
        *third = *third & !0x03 | reference >> 6;
        *fourth = *fourth & 0x03 | reference << 2;
    }

    /// The reference rises even where timestamps do not.
    fn advance(&mut self, timestamp: u32) -> u8 {
        let tick = self.clock.advance(timestamp) / TICK;
        let tick = self.last_tick.map_or(tick, |last| tick.max(last + 1));
        self.last_tick = Some(tick);
        (tick & 0xff) as u8
    }
}

/// The temporal reference of a picture, if it begins with a picture start code.
#[cfg(test)]
pub fn temporal_reference(picture: &[u8]) -> Option<u8> {
    match picture {
        [0, 0, third, fourth, ..] if third & 0xfc == 0x80 => Some(third << 6 | fourth >> 2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(timestamps: &[u32]) -> Vec<u8> {
        let mut writer = TemporalReference::default();
        timestamps
            .iter()
            .map(|timestamp| {
                let mut picture = [0, 0, 0x83, 0xff, 0x55];
                writer.rewrite(&mut picture, *timestamp);
                assert_eq!(picture[4], 0x55);
                assert_eq!(picture[3] & 3, 3, "the marker bits stay");
                temporal_reference(&picture).unwrap()
            })
            .collect()
    }

    #[test]
    fn the_reference_follows_the_timestamps_in_ticks_of_the_picture_clock() {
        assert_eq!(references(&[0, 6006, 12012, 30030]), [0, 2, 4, 10]);
        assert_eq!(references(&[0, 6000, 12000, 18000]), [0, 1, 3, 5]);
        assert_eq!(references(&[0, 255 * 3003, 256 * 3003]), [0, 255, 0]);
    }

    #[test]
    fn it_rises_when_timestamps_stand_wrap_or_step_back() {
        assert_eq!(references(&[0, 0, 100, 50]), [0, 1, 2, 3]);
        assert_eq!(references(&[u32::MAX - 3002, 3003]), [0, 2]);
    }

    #[test]
    fn data_without_a_start_code_is_left_alone() {
        for data in [
            &[0, 0, 1][..],
            &[],
            &[0, 0, 0x40, 0xff, 1],
            &[1, 0, 0x80, 0xff],
        ] {
            let mut copy = data.to_vec();
            TemporalReference::default().rewrite(&mut copy, 99_999);
            assert_eq!(copy, data);
        }
    }
}
