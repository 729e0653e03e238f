//! draft-alvestrand-rmcat-remb, draft-holmer-rmcat-transport-wide-cc-extensions: what the
//! browser's network bears of ours, and how much we want of the browser.

use std::time::{Duration, Instant};

use str0m::bwe::{Bitrate, BweKind};

use super::{WebLeg, WebOutput};
use crate::bridge::Medium;

/// What a browser's network is taken to bear until its feedback says otherwise: more than a
/// handset's picture takes, and as much as a browser itself begins with.
pub(super) const FIRST_ESTIMATE_BITS_PER_SECOND: u64 = 600_000;

/// A REMB may be lost: it is said again while packets come.
const REPEAT: Duration = Duration::from_secs(3);

/// The most that we want of the browser's stream.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    bits_per_second: Option<u32>,
    said_at: Option<Instant>,
}

impl WebLeg {
    /// How much will be sent at most: as much is looked for in the browser's network.
    pub fn prepare_to_send(&mut self, bits_per_second: u32, now: Instant) {
        let desired = Bitrate::bps(u64::from(bits_per_second));
        self.rtc.bwe().set_bitrate(Bitrate::ZERO, desired);
        self.handle_timeout(now);
    }

    /// Asks the browser to send no more than this, by REMB; before its first packet as soon as
    /// that came.
    pub fn limit_sender(&mut self, bits_per_second: u32, now: Instant) {
        self.wanted = Wanted {
            bits_per_second: Some(bits_per_second),
            said_at: None,
        };
        self.repeat_limit(now);
        self.handle_timeout(now);
    }

    pub(super) fn repeat_limit(&mut self, now: Instant) {
        let Some(bits_per_second) = self.wanted.bits_per_second else {
            return;
        };
        let is_due = self
            .wanted
            .said_at
            .is_none_or(|at| now.saturating_duration_since(at) >= REPEAT);
        let Some(source) = self.streams[Medium::Video.index()]
            .source
            .filter(|_| is_due)
        else {
            return;
        };
        if let Some(stream) = self.rtc.direct_api().stream_rx(&source) {
            stream.request_remb(Bitrate::bps(u64::from(bits_per_second)));
            self.wanted.said_at = Some(now);
        }
    }

    pub(super) fn handle_estimate(&mut self, kind: BweKind) {
        let estimate = match kind {
            BweKind::Twcc { estimate, .. } | BweKind::Remb { estimate, .. } => estimate,
            _ => return, // the enum is non-exhaustive
        };
        let bits_per_second = u32::try_from(estimate.as_u64()).unwrap_or(u32::MAX);
        self.outputs
            .push_back(WebOutput::Estimate { bits_per_second });
    }
}
