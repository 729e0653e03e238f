//! RFC 3261 §17.1.1, Figure 5: an INVITE of ours.

use std::time::{Duration, Instant};

use super::{Due, LIFETIME, T1};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Calling,
    Proceeding,
    Completed,
    Terminated,
}

pub(super) struct ClientInvite {
    state: State,
    /// Timer A: doubles from T1.
    interval: Duration,
    resend_at: Instant,
    /// Timer B while calling, Timer D when completed.
    ends_at: Instant,
}

impl ClientInvite {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            state: State::Calling,
            interval: T1,
            resend_at: now + T1,
            ends_at: now + LIFETIME,
        }
    }

    /// Whether the response goes up, and whether it is acknowledged here.
    pub(super) fn response(&mut self, status: u16, now: Instant) -> (bool, bool) {
        match (self.state, status) {
            (State::Calling | State::Proceeding, 100..200) => {
                self.state = State::Proceeding;
                (true, false)
            }
            (State::Calling | State::Proceeding, 200..300) => {
                self.state = State::Terminated;
                (true, false)
            }
            (State::Calling | State::Proceeding, _) => {
                self.state = State::Completed;
                self.ends_at = now + LIFETIME;
                (true, true)
            }
            (State::Completed, 300..) => (false, true),
            (State::Completed | State::Terminated, _) => (false, false),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Due> {
        match self.state {
            State::Calling if now >= self.ends_at => Some(Due::TimedOut),
            State::Calling if now >= self.resend_at => {
                self.interval *= 2;
                self.resend_at = now + self.interval;
                Some(Due::Resend)
            }
            State::Completed if now >= self.ends_at => Some(Due::Over),
            State::Calling | State::Proceeding | State::Completed => None,
            State::Terminated => Some(Due::Over),
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Calling => Some(self.resend_at.min(self.ends_at)),
            State::Completed => Some(self.ends_at),
            // How long a phone may ring is the caller's matter, not the transaction's.
            State::Proceeding | State::Terminated => None,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Terminated
    }
}
