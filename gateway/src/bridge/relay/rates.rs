//! How much a direction carries: our encoder follows, or the sender is told (R6.4).

use std::time::Instant;

use media::{keyframe, rate};

use super::{End, Relay, RelayOutput};
use crate::bridge::TranscodeJob;
use crate::bridge::format::CAMERA_HEADROOM;

/// Between two browsers nobody names a rate: full HD of a good camera.
pub(super) const FORWARDED_BITS_PER_SECOND: u32 = 4_000_000;

impl Relay {
    /// What is known of the viewer's network, or what the viewer wishes.
    pub fn handle_rate(&mut self, input: rate::Input, now: Instant) {
        self.note_loss(input, now);
        self.rate.handle(input, now);
        if let Some(bits_per_second) = self.rate.poll_output(now) {
            tracing::debug!(bits_per_second, cause = ?self.rate.cause(), "rate");
            self.hold_rate(bits_per_second);
        }
    }

    /// A viewer that cannot ask gets keyframes more often while it misses something.
    pub fn note_loss(&mut self, input: rate::Input, now: Instant) {
        match input {
            rate::Input::Report { fraction_lost, .. } => {
                self.tell(keyframe::Input::ViewerReport { fraction_lost }, now);
            }
            rate::Input::Limit { .. } | rate::Input::Estimate { .. } => {}
        }
    }

    /// The most that goes to the viewer, in bits a second.
    pub fn ceiling_bits_per_second(&self) -> u32 {
        self.rate.ceiling_bits_per_second()
    }

    /// What goes to the viewer at present, in bits a second.
    pub fn bits_per_second(&self) -> u32 {
        self.rate.bits_per_second()
    }

    /// A browser's own control of its rate begins far above what a handset bears.
    pub(super) fn begin_rate(&mut self) {
        if self.source.1 == End::Browser {
            self.limit_sender(self.rate.bits_per_second());
        }
    }

    /// An encoder took the place of the pictures that were passed on: it begins at the ceiling.
    pub(super) fn renew_rate(&mut self) {
        self.hold_rate(self.rate.bits_per_second());
    }

    fn hold_rate(&mut self, bits_per_second: u32) {
        if self.is_transcoding() {
            let job = TranscodeJob::HoldRate { bits_per_second };
            self.outputs.push_back(RelayOutput::Job(job));
        }
        self.limit_sender(bits_per_second);
    }

    /// Whoever sends pictures for our encoder may send finer ones than it makes; but what a
    /// handset sends us is as small as it gets.
    fn limit_sender(&mut self, bits_per_second: u32) {
        let bits_per_second = match (self.is_transcoding(), self.source.1) {
            (false, _) => bits_per_second,
            (true, End::Browser) => bits_per_second.saturating_mul(CAMERA_HEADROOM),
            (true, End::Plain(_)) => return,
        };
        self.outputs
            .push_back(RelayOutput::LimitSender { bits_per_second });
    }
}
