//! The operator's limit to how long a call lasts (R2.8), from its answer on.

use std::collections::BTreeSet;

use sip::message::{Reason, Status};
use sip::time::Instant;

use super::ending::Closing;
use super::{CallKey, Calls};
use crate::switch::Desk;

/// When answered calls are over at the latest: one entry a call.
#[derive(Default)]
pub(super) struct Longest(BTreeSet<(Instant, CallKey)>);

impl Longest {
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    fn pop_due(&mut self, now: Instant) -> Option<CallKey> {
        let first = *self.0.first().filter(|(at, _)| *at <= now)?;
        self.0.remove(&first);
        Some(first.1)
    }
}

impl Calls {
    /// From here on the call's time runs.
    pub(super) fn begin_its_time(&mut self, key: CallKey, desk: &Desk<'_>, now: Instant) {
        let Some(longest) = desk.policy.longest_call else {
            return;
        };
        if let Some(call) = self.calls.get_mut(&key) {
            let until = now + longest;
            call.until = Some(until);
            self.longest.0.insert((until, key));
        }
    }

    /// The call is over before its time.
    pub(super) fn forget_its_time(&mut self, key: CallKey, until: Option<Instant>) {
        if let Some(until) = until {
            self.longest.0.remove(&(until, key));
        }
    }

    /// Ends the calls whose time is over.
    pub(super) fn end_the_longest(&mut self, desk: &mut Desk<'_>, now: Instant) {
        while let Some(key) = self.longest.pop_due(now) {
            tracing::info!(call = key.0, "lasted as long as it may");
            let text = "As long as it may last here";
            let reason = Reason::sip(Status::OK, text);
            self.end(key, &Closing::Hangup(Some(reason)), desk, now);
        }
    }
}
