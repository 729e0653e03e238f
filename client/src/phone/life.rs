//! What happens to a page in its browser: it sleeps, goes away and comes back, and its clock is set.

use sip::time::Instant;

use super::contacts::Reach;
use super::history::Calendar;
use super::state::{Direction, Peer, TrialVerdict};
use super::tabs::TabsEvent;
use super::{Phone, desk};

impl Phone {
    /// What is sent now may still leave.
    pub(super) fn leave(&mut self, now: Instant) {
        let unix_seconds = self.unix_seconds(now);
        self.unfinished.leaves(unix_seconds, &mut self.effects);
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.trials.stop(TrialVerdict::Stopped, desk);
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
        self.unfinished.stays();
        self.account_told(told, now);
    }

    /// What other tabs of this browser do.
    pub(super) fn other_tabs(&mut self, event: TabsEvent, now: Instant) {
        if event == TabsEvent::Taken {
            self.sign_out(now);
        }
        if let Some((name, password)) = self.tabs.heard(event, &mut self.effects) {
            let desk = &mut desk(&mut self.agent, &mut self.effects, now);
            self.account.sign_in(name, password, desk);
        }
    }

    /// The person wants to go on with what went on when the page was loaded anew: with the camera
    /// open, to themself alone.
    pub(super) fn rejoin(&mut self, now: Instant) {
        let Some(unfinished) = self.state.life.unfinished.clone() else {
            return;
        };
        self.unfinished.forget(&mut self.effects);
        let Peer {
            number, address, ..
        } = unfinished.peer;
        match (number, address) {
            (Some(number), _) => self.choose(Reach::Number(number), now),
            (None, Some(address)) => self.choose(Reach::Address(address), now),
            (None, None) => return,
        }
        if unfinished.direction == Direction::Out {
            self.slot.open(&mut self.effects);
        }
    }

    /// For the page that is loaded after this one, and for the tabs beside it.
    pub(super) fn note_what_goes_on(&mut self, now: Instant) {
        let (owner, unix_seconds) = (self.account.owner(), self.unix_seconds(now));
        let what = self.shares.goes_on();
        let with = what.map(|(peer, _)| peer.called().unwrap_or_default());
        self.tabs.tell(with, &mut self.effects);
        self.unfinished
            .goes_on(what, owner, unix_seconds, &mut self.effects);
    }

    fn unix_seconds(&self, now: Instant) -> u64 {
        let calendar = self.calendar.map(|calendar| calendar.at(now));
        calendar.unwrap_or(self.unix_seconds)
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
