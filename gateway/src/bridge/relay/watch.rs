//! RFC 6184 §8.2.2, RFC 7742 §6.2: whether pictures of the viewer's own codec can be passed on as they
//! are. A stream that the viewer cannot take is decoded and encoded anew for it.

use std::fmt;
use std::time::{Duration, Instant};

use media::payload::h264::{self, sequence_parameters::SequenceParameters};
use media::payload::{EncodedFrame, Format, PacketizeError};

use super::End;
use crate::bridge::format::StreamFormat;

/// Why pictures are encoded anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reencoding {
    /// They cannot be cut into the viewer's packets.
    Unpackable,
    /// They are larger than the viewer's level.
    TooLarge,
    /// They are more a second than the viewer's level.
    TooMany,
    /// They lie on their side, and the viewer would not turn them.
    Turned,
    /// They are renewed part by part, and the viewer waits for one that stands alone.
    NeverWhole,
    /// Others watch the same pictures, and bear more than twice what this viewer does.
    TooMuch,
}

/// Timestamp units over which a frame rate is counted: three seconds.
const COUNTED_TICKS: u32 = 270_000;

/// A step beyond this is a gap or a new clock, and says nothing of a frame rate.
const GAP_TICKS: u32 = 540_000;

/// How much of the agreed frame rate is passed on, in per cent: cameras are not punctual.
const TOLERATED_PER_CENT: u64 = 134;

/// How long a browser waits for an IDR picture while recovery points come: a sender that was asked
/// by INFO has answered by then.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was seen of a stream that is passed on.
#[derive(Debug, Default)]
pub struct Watch {
    /// Since when the viewer wants a picture that stands alone.
    wanted_since: Option<Instant>,
    /// Where counting began, and how many pictures there were since.
    counted: Option<(u32, u32)>,
}

impl Watch {
    /// The viewer wants a picture that stands alone.
    pub fn keyframe_wanted(&mut self, now: Instant) {
        self.wanted_since.get_or_insert(now);
    }

    /// Looks at the next picture.
    pub fn examine(
        &mut self,
        frame: &EncodedFrame,
        (target, to): &(StreamFormat, End),
        now: Instant,
    ) -> Option<Reencoding> {
        let Format::H264 { .. } = target.payload else {
            return None;
        };
        match to {
            End::Plain(_) if is_too_large(frame, target) => Some(Reencoding::TooLarge),
            End::Plain(_) if self.is_too_fast(frame.timestamp, target) => Some(Reencoding::TooMany),
            End::Browser if self.is_never_whole(frame, now) => Some(Reencoding::NeverWhole),
            End::Plain(_) | End::Browser => None,
        }
    }

    /// Looks at the time of a picture that is passed on before it is whole; it builds on one that
    /// was examined.
    pub fn examine_timing(
        &mut self,
        timestamp: u32,
        (target, to): &(StreamFormat, End),
    ) -> Option<Reencoding> {
        let is_too_fast = matches!(to, End::Plain(_)) && self.is_too_fast(timestamp, target);
        is_too_fast.then_some(Reencoding::TooMany)
    }

    fn is_too_fast(&mut self, timestamp: u32, target: &StreamFormat) -> bool {
        let (start, count) = self.counted.unwrap_or((timestamp, 0));
        let elapsed = timestamp.wrapping_sub(start);
        if elapsed > GAP_TICKS {
            self.counted = None;
            return false;
        }
        if elapsed < COUNTED_TICKS {
            self.counted = Some((start, count + 1));
            return false;
        }
        self.counted = None;
        let allowed = u64::from(target.limit.frames_per_second) * TOLERATED_PER_CENT;
        u64::from(count) * 90_000 * 100 > allowed * u64::from(elapsed)
    }

    fn is_never_whole(&mut self, frame: &EncodedFrame, now: Instant) -> bool {
        if !frame.keyframe {
            return false;
        }
        if h264::is_idr(&frame.data) {
            self.wanted_since = None;
            return false;
        }
        let wanted = self.wanted_since;
        wanted.is_some_and(|since| now.saturating_duration_since(since) >= PATIENCE)
    }
}

/// Whether an error in packing a picture is one that another encoder does not make.
pub fn is_mended_by_reencoding(error: &PacketizeError) -> bool {
    match error {
        PacketizeError::Unsupported(_)
        | PacketizeError::GroupTooLarge { .. }
        | PacketizeError::NalTooLarge { .. } => true,
        PacketizeError::NoStartCode | PacketizeError::PacketTooSmall { .. } => false,
    }
}

/// A level says how many macroblocks a picture may have, in whatever shape.
fn is_too_large(frame: &EncodedFrame, target: &StreamFormat) -> bool {
    let blocks = |side: u16| u64::from(side.div_ceil(16));
    let most = blocks(target.limit.width) * blocks(target.limit.height);
    frame.keyframe
        && SequenceParameters::of_stream(&frame.data)
            .is_some_and(|sequence| sequence.macroblocks() > most)
}

impl fmt::Display for Reencoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reencoding::Unpackable => "they do not fit the viewer's packets",
            Reencoding::TooLarge => "they are larger than the viewer's level",
            Reencoding::TooMany => "they are more a second than the viewer's level",
            Reencoding::Turned => "they must be turned",
            Reencoding::NeverWhole => "none of them stands alone",
            Reencoding::TooMuch => "they are more than the viewer bears",
        })
    }
}

#[cfg(test)]
mod tests {
    use media::payload::h264::{PacketizationMode, annex_b};

    use super::*;
    use crate::bridge::format;
    use crate::bridge::web_leg::PictureLimit;
    use media::rtp::feedback::Feedback;

    fn target(to: End) -> (StreamFormat, End) {
        let limit = PictureLimit {
            width: 176,
            height: 144,
            frames_per_second: 15,
            bits_per_second: 64_000,
        };
        let format = StreamFormat {
            payload: format::h264(PacketizationMode::NonInterleaved),
            payload_type: 96,
            limit,
            orientation: None,
        };
        (format, to)
    }

    fn frame(timestamp: u32, nals: &[&[u8]]) -> EncodedFrame {
        EncodedFrame {
            data: annex_b::join(nals),
            timestamp,
            keyframe: nals.len() > 1 || nals[0][0] == 0x65,
            macroblocks: Vec::new(),
        }
    }

    const SLICE: [u8; 3] = [0x41, 0x9a, 0x55];
    const IDR: [u8; 3] = [0x65, 0x88, 0x55];
    const RECOVERY_POINT: [u8; 6] = [0x06, 0x06, 0x02, 0x15, 0x10, 0x80];

    #[test]
    fn a_browser_waits_three_seconds_for_an_idr_picture_beside_recovery_points() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let browser = target(End::Browser);
        let mut watch = Watch::default();
        let renewal = frame(0, &[&RECOVERY_POINT, &SLICE]);
        assert_eq!(
            watch.examine(&renewal, &browser, at(9)),
            None,
            "nobody waits"
        );
        watch.keyframe_wanted(at(10));
        watch.keyframe_wanted(at(12));
        assert_eq!(watch.examine(&renewal, &browser, at(11)), None);
        assert_eq!(watch.examine(&frame(0, &[&SLICE]), &browser, at(14)), None);
        let given_up = watch.examine(&renewal, &browser, at(13));
        assert_eq!(given_up, Some(Reencoding::NeverWhole));
        assert_eq!(watch.examine(&frame(0, &[&IDR]), &browser, at(14)), None);
        assert_eq!(
            watch.examine(&renewal, &browser, at(30)),
            None,
            "it has one"
        );
        let handset = target(End::Plain(Feedback::default()));
        watch.keyframe_wanted(at(30));
        assert_eq!(watch.examine(&renewal, &handset, at(40)), None);
    }

    #[test]
    fn a_frame_rate_is_counted_over_three_seconds_and_not_over_gaps() {
        let handset = target(End::Plain(Feedback::default()));
        for (step, expected) in [
            (6000, None),
            (4600, None),
            (4000, Some(Reencoding::TooMany)),
            (3000, Some(Reencoding::TooMany)),
        ] {
            let mut watch = Watch::default();
            let found = (0..100_u32).find_map(|number| {
                let timestamp = (u32::MAX - 50_000).wrapping_add(number * step);
                watch.examine(&frame(timestamp, &[&SLICE]), &handset, Instant::now())
            });
            assert_eq!(found, expected, "a picture every {step} ticks");
        }
        let mut watch = Watch::default();
        for timestamp in [0, 3000, 6000, 1_000_000, 1_003_000, 500, 3500] {
            let seen = watch.examine(&frame(timestamp, &[&SLICE]), &handset, Instant::now());
            assert_eq!(seen, None);
        }
    }
}
