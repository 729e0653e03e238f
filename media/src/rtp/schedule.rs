//! RFC 3550 §6.2 and RFC 4585 §3.5: when RTCP goes out, on a leg of two members.
//!
//! Reports follow each other below the 5 s after which handsets begin to worry. Feedback between
//! them goes at once, as RFC 4585 §3.5.2 allows two members (T_dither_max is 0), while it keeps
//! within RTCP's bandwidth; it carries a report, and counts as one.

use std::time::{Duration, Instant};

use super::session::RtcpTerms;

/// The mean time between two reports; each is 80 to 120 per cent of it, so below 5 s.
pub const RTCP_INTERVAL: Duration = Duration::from_secs(4);
/// Reports are not further apart, however little bandwidth `b=RS` and `b=RR` leave: handsets end
/// a share after 20 s without any.
pub const MAX_INTERVAL: Duration = Duration::from_secs(12);
/// The least where nothing is said: five per cent of an ordinary share with its headers
/// (RFC 3550 §6.2).
const LEAST_BITS_PER_SECOND: u32 = 4_000;
/// How much feedback may go at once, as time at RTCP's bandwidth: a few small packets.
const BURST: Duration = Duration::from_secs(1);
/// IP and UDP headers, which RTCP's bandwidth counts (RFC 3550 §6.2).
const HEADER_BYTES: usize = 28;
/// A report with its description, before the first was written.
const FIRST_BYTES: usize = 90;

#[derive(Debug)]
pub(super) struct Schedule {
    terms: RtcpTerms,
    /// Where the terms name none.
    usual_bits_per_second: u32,
    report_at: Instant,
    /// When all bytes so far would have left at RTCP's bandwidth.
    spent_until: Instant,
    mean_bytes: usize,
}

impl Schedule {
    pub(super) fn new(terms: RtcpTerms, stream_bits_per_second: u32, now: Instant) -> Schedule {
        Schedule {
            terms,
            usual_bits_per_second: usual(stream_bits_per_second),
            report_at: now,
            spent_until: now,
            mean_bytes: FIRST_BYTES,
        }
    }

    pub(super) fn agree(&mut self, terms: RtcpTerms, stream_bits_per_second: u32, now: Instant) {
        if self.is_off() && terms != self.terms {
            self.report_at = now;
        }
        self.terms = terms;
        self.usual_bits_per_second = usual(stream_bits_per_second);
    }

    /// The peer wants no RTCP at all (RFC 3556 §2).
    pub(super) fn is_off(&self) -> bool {
        self.terms.bits_per_second == Some(0)
    }

    /// When the next report is due; `None` when there is none.
    pub(super) fn report_at(&self) -> Option<Instant> {
        (!self.is_off()).then_some(self.report_at)
    }

    /// When feedback may go out: in the past when it may now.
    pub(super) fn room_at(&self) -> Instant {
        self.spent_until
            .checked_sub(BURST)
            .unwrap_or(self.spent_until)
    }

    /// A compound of so many bytes went out; the next is due after `percent` of the interval.
    pub(super) fn sent(&mut self, bytes: usize, percent: u32, now: Instant) {
        let bytes = bytes + HEADER_BYTES;
        // RFC 3550 §6.3.3.
        self.mean_bytes = (self.mean_bytes * 15 + bytes) / 16;
        self.spent_until = self.spent_until.max(now) + self.time_of(bytes);
        let interval = self
            .time_of(self.mean_bytes * MEMBERS)
            .clamp(RTCP_INTERVAL, MAX_INTERVAL);
        self.report_at = now + interval * percent / 100;
    }

    fn time_of(&self, bytes: usize) -> Duration {
        let bits_per_second = self
            .terms
            .bits_per_second
            .unwrap_or(self.usual_bits_per_second);
        Duration::from_secs_f64(bytes as f64 * 8.0 / f64::from(bits_per_second.max(1)))
    }
}

fn usual(stream_bits_per_second: u32) -> u32 {
    (stream_bits_per_second / 20).max(LEAST_BITS_PER_SECOND)
}

/// We and the peer share RTCP's bandwidth.
const MEMBERS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn intervals(bits_per_second: Option<u32>) -> Vec<u128> {
        let start = Instant::now();
        let terms = RtcpTerms {
            bits_per_second,
            ..RtcpTerms::default()
        };
        let mut schedule = Schedule::new(terms, 64_000, start);
        let mut due = Vec::new();
        for _ in 0..3 {
            let Some(at) = schedule.report_at() else {
                break;
            };
            schedule.sent(62, 100, at);
            due.push((schedule.report_at - at).as_millis() / 1000);
        }
        due
    }

    #[test]
    fn reports_come_every_four_seconds_unless_the_description_leaves_less() {
        assert_eq!(intervals(None), [4, 4, 4]);
        assert_eq!(intervals(Some(3_200)), [4, 4, 4]);
        assert_eq!(intervals(Some(200)), [7, 7, 7]);
        assert_eq!(intervals(Some(1)), [12, 12, 12]);
        assert_eq!(intervals(Some(0)), [0; 0]);
    }

    #[test]
    fn feedback_has_room_until_its_bandwidth_is_spent() {
        let start = Instant::now();
        let mut schedule = Schedule::new(RtcpTerms::default(), 64_000, start);
        let mut sent = 0;
        while schedule.room_at() <= start {
            schedule.sent(72, 100, start);
            sent += 1;
        }
        assert_eq!(sent, 6);
        let second = start + Duration::from_millis(1000);
        assert!(schedule.room_at() <= second);
    }
}
