//! RFC 3550 §6.4, RFC 5104 §4.2.1, draft-alvestrand-rmcat-remb: how many bits a second one
//! direction of a call may take.
//!
//! One [`Controller`] a direction. What the viewer agreed to is the ceiling; loss in its receiver
//! reports, its TMMBR and what is estimated of its network each lower it for as long as they last.
//! Whoever makes the pictures follows: our encoder ([`steering`]), or a sender that is told.

pub mod steering;

use std::time::{Duration, Instant};

/// Below this no QCIF picture is recognisable: better none than such. A lower ceiling stands.
pub const FLOOR_BITS_PER_SECOND: u32 = 20_000;

/// Up to this share of packets lost, in 1/256, more is tried: radio links lose that much idle.
const CLEAN: u8 = 5;
/// From this share on less is sent; between the two the rate stays.
const CONGESTED: u8 = 26;
/// How much more is tried in a second without loss, in per cent.
const GROWTH_PER_SECOND: u32 = 8;
/// Reports further apart than this say nothing of the time between them.
const LONGEST_GROWTH: Duration = Duration::from_secs(5);
/// Time between two reductions for loss: the one before must have come to the viewer and back.
const SHORTEST_REDUCTION: Duration = Duration::from_secs(1);
/// Time before a higher rate is said after any other: encoders and senders begin anew with each.
const SHORTEST_RISE: Duration = Duration::from_secs(2);

/// What is known of the way to the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A report block of the viewer (RFC 3550 §6.4.1).
    Report {
        /// In 1/256, since the report before.
        fraction_lost: u8,
        round_trip: Option<Duration>,
    },
    /// TMMBR of the viewer (RFC 5104 §4.2.1): bits a second without the packets' headers.
    Limit { bits_per_second: u32 },
    /// What the viewer's network bears, by transport-wide feedback or the viewer's REMB.
    Estimate { bits_per_second: u32 },
}

/// What holds the rate where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The description: `b=`, level, or the operator's cap.
    Agreement,
    /// The viewer's TMMBR.
    Viewer,
    /// Packets that the viewer missed.
    Loss,
    /// What its network was estimated to bear.
    Network,
}

/// The rate of one direction. After every call the owner drains [`Controller::poll_output`].
#[derive(Debug)]
pub struct Controller {
    ceiling: u32,
    by_loss: u32,
    limit: Option<u32>,
    estimate: Option<u32>,
    report_at: Option<Instant>,
    reduced_at: Option<Instant>,
    said: u32,
    said_at: Option<Instant>,
}

impl Controller {
    /// Begins at the ceiling, which is not said: whoever makes the pictures knows the agreement.
    pub fn new(ceiling_bits_per_second: u32) -> Controller {
        Controller {
            ceiling: ceiling_bits_per_second,
            by_loss: ceiling_bits_per_second,
            limit: None,
            estimate: None,
            report_at: None,
            reduced_at: None,
            said: ceiling_bits_per_second,
            said_at: None,
        }
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Report {
                fraction_lost,
                round_trip,
            } => self.take_report(fraction_lost, round_trip.unwrap_or_default(), now),
            Input::Limit { bits_per_second } => self.limit = Some(bits_per_second),
            Input::Estimate { bits_per_second } => self.estimate = Some(bits_per_second),
        }
    }

    /// The rate to go over to, in bits a second. Less is said as soon as it is worth it, more only
    /// when it stands for a while.
    pub fn poll_output(&mut self, now: Instant) -> Option<u32> {
        let target = self.bits_per_second();
        let is_worth_it = if target < self.said {
            target <= self.said / 20 * 19
        } else {
            let rested = self
                .said_at
                .is_none_or(|at| now.saturating_duration_since(at) >= SHORTEST_RISE);
            let step = self.said.saturating_add(self.said / 10);
            rested && (target >= step || (target > self.said && target == self.ceiling))
        };
        if !is_worth_it {
            return None;
        }
        self.said = target;
        self.said_at = Some(now);
        Some(target)
    }

    /// The rate that all that is known allows, in bits a second.
    pub fn bits_per_second(&self) -> u32 {
        let known = [self.limit, self.estimate].into_iter().flatten();
        let lowest = known.fold(self.by_loss, u32::min).min(self.ceiling);
        lowest.max(FLOOR_BITS_PER_SECOND.min(self.ceiling))
    }

    /// What was agreed, in bits a second.
    pub fn ceiling_bits_per_second(&self) -> u32 {
        self.ceiling
    }

    /// Why it is not higher.
    pub fn cause(&self) -> Cause {
        let rate = self.bits_per_second();
        if rate >= self.ceiling {
            Cause::Agreement
        } else if self.limit.is_some_and(|limit| limit <= rate) {
            Cause::Viewer
        } else if self.estimate.is_some_and(|estimate| estimate <= rate) {
            Cause::Network
        } else {
            Cause::Loss
        }
    }

    fn take_report(&mut self, fraction_lost: u8, round_trip: Duration, now: Instant) {
        let since = self.report_at.map_or(Duration::ZERO, |at| {
            now.saturating_duration_since(at).min(LONGEST_GROWTH)
        });
        self.report_at = Some(now);
        if fraction_lost <= CLEAN {
            let percent_seconds = GROWTH_PER_SECOND * since.as_millis() as u32;
            let growth = u64::from(self.by_loss) * u64::from(percent_seconds) / 100_000;
            let grown = u64::from(self.by_loss) + growth;
            self.by_loss = u32::try_from(grown).unwrap_or(u32::MAX).min(self.ceiling);
        } else if fraction_lost >= CONGESTED {
            let pause = SHORTEST_REDUCTION.max(round_trip.min(LONGEST_GROWTH));
            let too_soon = self
                .reduced_at
                .is_some_and(|at| now.saturating_duration_since(at) < pause);
            if too_soon {
                return;
            }
            self.reduced_at = Some(now);
            // By half of the share that was lost, from what was really sent.
            let base = u64::from(self.bits_per_second());
            let reduced = base * (512 - u64::from(fraction_lost)) / 512;
            let floor = FLOOR_BITS_PER_SECOND.min(self.ceiling);
            self.by_loss = u32::try_from(reduced).unwrap_or(u32::MAX).max(floor);
        }
    }
}

#[cfg(test)]
mod tests;
