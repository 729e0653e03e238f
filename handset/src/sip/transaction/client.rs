//! RFC 3261 §17.1.2, Figure 6: a request of ours other than INVITE. A response that comes again
//! finds no transaction and is dropped, so Completed and its Timer K are not needed.

use std::time::{Duration, Instant};

use super::{Due, LIFETIME, T1, T2};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Trying,
    Proceeding,
    Terminated,
}

pub(super) struct Client {
    state: State,
    /// Timer E: doubles from T1 up to T2; T2 once a provisional response came.
    interval: Duration,
    resend_at: Instant,
    /// Timer F.
    ends_at: Instant,
}

impl Client {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            state: State::Trying,
            interval: T1,
            resend_at: now + T1,
            ends_at: now + LIFETIME,
        }
    }

    /// Whether the response goes up.
    pub(super) fn response(&mut self, status: u16, _now: Instant) -> bool {
        match (self.state, status) {
            (State::Trying | State::Proceeding, 100..200) => {
                self.state = State::Proceeding;
                self.interval = T2;
                true
            }
            (State::Trying | State::Proceeding, _) => {
                self.state = State::Terminated;
                true
            }
            (State::Terminated, _) => false,
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Due> {
        match self.state {
            State::Terminated => Some(Due::Over),
            State::Trying | State::Proceeding if now >= self.ends_at => Some(Due::TimedOut),
            State::Trying | State::Proceeding if now >= self.resend_at => {
                self.interval = (self.interval * 2).min(T2);
                self.resend_at = now + self.interval;
                Some(Due::Resend)
            }
            State::Trying | State::Proceeding => None,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Trying | State::Proceeding => Some(self.resend_at.min(self.ends_at)),
            State::Terminated => None,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Terminated
    }
}
