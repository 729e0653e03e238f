//! RFC 4585 §3.5, RFC 8888 §4: which of a session's timers can wait. Looking for holes, feedback on the
//! transport and the estimate of a path run dozens of times a second, whether there is something to
//! say or not, and each time costs as much as a packet.

use std::time::{Duration, Instant};

use str0m::Reason;

use crate::bridge::Medium;

/// How long what can wait does, so that one turn does it all, and that of the next picture's packets at
/// that: a session looks at its timers with each packet. With the time between two of them feedback on
/// the transport stays below the 250 ms that browsers allow themselves.
const SLACK: Duration = Duration::from_millis(100);

/// How long after a hole was seen it is asked for again without delay.
const HOLE: Duration = Duration::from_secs(1);

/// Numbers further ahead than this are another stream's.
const FAR: u64 = 1 << 12;

/// What is known of a session's timers.
#[derive(Debug, Default)]
pub(super) struct Patience {
    handled: Option<Instant>,
    hole: Option<Instant>,
    /// By medium.
    highest: [Option<u64>; 2],
}

impl Patience {
    /// The session's timers were handled.
    pub(super) fn handled(&mut self, now: Instant) {
        self.handled = Some(now);
    }

    /// A packet with this number came.
    pub(super) fn received(&mut self, medium: Medium, extended: u64, now: Instant) {
        let highest = &mut self.highest[medium.index()];
        let before = highest.unwrap_or(extended);
        if extended > before + 1 && extended - before < FAR {
            self.hole = Some(now);
        }
        if extended > before || before - extended > FAR || highest.is_none() {
            *highest = Some(extended);
        }
    }

    /// When a session that wants to be called at a time need be.
    pub(super) fn due(&self, at: Instant, reason: Reason) -> Instant {
        let is_hole_open = self.hole.is_some_and(|since| at < since + HOLE);
        let can_wait = match reason {
            Reason::Nack => !is_hole_open,
            Reason::Twcc | Reason::BweDelayControl => true,
            _ => false, // of somebody else's enum, which is non-exhaustive
        };
        match self.handled {
            Some(handled) if can_wait => at.max(handled + SLACK),
            Some(_) | None => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_wait_does_unless_something_is_missing() {
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut patience = Patience::default();
        assert_eq!(patience.due(after(33), Reason::Nack), after(33));
        patience.handled(start);
        for (reason, due) in [
            (Reason::Nack, 100),
            (Reason::Twcc, 100),
            (Reason::BweDelayControl, 100),
            (Reason::Ice, 33),
            (Reason::DTLS, 33),
            (Reason::Feedback, 33),
        ] {
            assert_eq!(patience.due(after(33), reason), after(due), "{reason:?}");
        }
        assert_eq!(patience.due(after(140), Reason::Nack), after(140));
        for number in [7, 8, 10] {
            patience.received(Medium::Video, number, after(20));
        }
        assert_eq!(patience.due(after(33), Reason::Nack), after(33));
        assert_eq!(patience.due(after(33), Reason::Twcc), after(100));
        patience.handled(after(1100));
        assert_eq!(patience.due(after(1133), Reason::Nack), after(1200));
    }

    #[test]
    fn disorder_and_another_stream_are_no_holes() {
        let now = Instant::now();
        let mut patience = Patience::default();
        patience.handled(now);
        for number in [5, 6, 5, 7, 1 << 20, (1 << 20) + 1, 3, 4] {
            patience.received(Medium::Video, number, now);
        }
        patience.received(Medium::Audio, 900, now);
        assert_eq!(patience.due(now, Reason::Nack), now + SLACK);
    }
}
