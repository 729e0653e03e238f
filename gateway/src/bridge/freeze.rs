//! After a hole: pictures that build on what was lost are held back, and the last good one stays.
//!
//! A picture with a hole in it never gets here (`media::payload` keeps it); but those after it
//! refer to it, and would show as garbage until the next one that stands alone (RFC 4585 §1).

use std::time::{Duration, Instant};

/// How long pictures are held back at most: two requests went unanswered by then, so the sender
/// refreshes its pictures piece by piece, or never; what it sends is better than a still.
pub const MAX_FREEZE: Duration = Duration::from_secs(2);
/// How often the sender is reminded: as often as the broker would ask.
const REMIND: Duration = media::keyframe::MIN_INTERVAL;

/// Whether pictures may pass.
#[derive(Debug)]
pub(super) struct Freeze {
    state: State,
    asked_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Flowing,
    /// Nothing can be shown before the first picture that stands alone.
    UntilKeyframe,
    Since(Instant),
}

/// What to do with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    Hold,
    /// Hold it, and ask for a keyframe.
    HoldAndAsk,
}

impl Freeze {
    /// For a viewer that can wait for its first picture by itself.
    pub(super) fn flowing() -> Freeze {
        Freeze {
            state: State::Flowing,
            asked_at: None,
        }
    }

    /// For a decoder that needs a first picture.
    pub(super) fn until_keyframe() -> Freeze {
        Freeze {
            state: State::UntilKeyframe,
            asked_at: None,
        }
    }

    /// Something was lost; a keyframe is being asked for.
    pub(super) fn lost(&mut self, now: Instant) {
        if self.state == State::Flowing {
            self.state = State::Since(now);
        }
        self.asked_at = Some(now);
    }

    /// Judges the next whole picture.
    pub(super) fn judge(&mut self, is_keyframe: bool, now: Instant) -> Verdict {
        if is_keyframe {
            self.state = State::Flowing;
        }
        match self.state {
            State::Flowing => Verdict::Pass,
            State::Since(at) if now.saturating_duration_since(at) >= MAX_FREEZE => {
                self.state = State::Flowing;
                Verdict::Pass
            }
            State::UntilKeyframe | State::Since(_) => {
                let is_due = self.asked_at.is_none_or(|at| now >= at + REMIND);
                if is_due {
                    self.asked_at = Some(now);
                    Verdict::HoldAndAsk
                } else {
                    Verdict::Hold
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a picture every 500 ms; `lost` and `keyframes` are milliseconds.
    fn check(mut freeze: Freeze, lost: &[u64], keyframes: &[u64], expected: &str) {
        let start = Instant::now();
        let mut judged = String::new();
        for ms in (0..4000).step_by(500) {
            let now = start + Duration::from_millis(ms);
            if lost.contains(&ms) {
                freeze.lost(now);
            }
            judged.push(match freeze.judge(keyframes.contains(&ms), now) {
                Verdict::Pass => 'p',
                Verdict::Hold => '-',
                Verdict::HoldAndAsk => '?',
            });
        }
        assert_eq!(judged, expected);
    }

    #[test]
    fn after_a_hole_pictures_wait_for_the_next_that_stands_alone() {
        check(Freeze::flowing(), &[500], &[1500], "p--ppppp");
        check(Freeze::flowing(), &[500, 1000], &[2500], "p---?ppp");
    }

    #[test]
    fn a_sender_that_never_sends_one_is_shown_as_it_is() {
        check(Freeze::flowing(), &[500], &[], "p--?-ppp");
    }

    #[test]
    fn a_decoder_waits_for_its_first_picture_however_long_it_takes() {
        check(Freeze::until_keyframe(), &[], &[3500], "?-?-?-?p");
    }
}
