//! RFC 3550 §6: a model that ends a share whose peer says nothing by RTCP.

use std::time::{Duration, Instant};

use media::rtp::session::Counters;

/// Ends a share whose peer reports nothing (R1.22).
pub(super) struct Watchdog {
    patience: Duration,
    barks_at: Option<Instant>,
    reports: u64,
}

impl Watchdog {
    pub(super) fn new(patience: Duration, now: Instant) -> Self {
        let barks_at = Some(now + patience);
        Self {
            patience,
            barks_at,
            reports: 0,
        }
    }

    /// Looks whether another report has come.
    pub(super) fn look(&mut self, counters: &Counters, now: Instant) {
        let reports = counters.received_sender_reports + counters.received_receiver_reports;
        if reports != self.reports && self.barks_at.is_some() {
            self.barks_at = Some(now + self.patience);
        }
        self.reports = reports;
    }

    pub(super) fn barks_at(&self) -> Option<Instant> {
        self.barks_at
    }

    /// Whether it barks: once.
    pub(super) fn is_over(&mut self, now: Instant) -> bool {
        self.barks_at.take_if(|at| now >= *at).is_some()
    }
}
