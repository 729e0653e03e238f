//! What happens to a page in its browser: it sleeps, goes away and comes back, and its clock is set.

use sip::time::Instant;

use super::history::Calendar;
use super::{Phone, desk};

impl Phone {
    /// What is sent now may still leave.
    pub(super) fn leave(&mut self, now: Instant) {
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.voice.hang_up(desk);
        self.shares.stop(desk);
        self.slot.close(desk.effects);
        self.account.leave(desk);
    }

    /// The browser kept the page, and shows it again.
    pub(super) fn come_back(&mut self, now: Instant) {
        let told = self
            .account
            .come_back(&mut desk(&mut self.agent, &mut self.effects, now));
        self.account_told(told, now);
    }

    /// The time of day is another than we thought. What waits here goes by the time that passes, and
    /// is not moved by it.
    pub(super) fn clock_moved(&mut self, unix_seconds: u64, now: Instant) {
        self.unix_seconds = unix_seconds;
        self.calendar = Some(Calendar {
            began: now,
            unix_seconds,
        });
        self.account
            .clock_moved(&mut desk(&mut self.agent, &mut self.effects, now));
    }
}
