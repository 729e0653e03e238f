//! RFC 3261 §17.2.1, Figure 7, with the Accepted state of RFC 6026: a peer's INVITE.

use std::time::{Duration, Instant};

use super::{Due, LIFETIME, T1, T2, T4};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Proceeding,
    /// A 2xx was sent: repeated until the ACK, which belongs to the call, reaches us.
    Accepted {
        resend_at: Option<Instant>,
        interval: Duration,
        ends_at: Instant,
    },
    /// A refusal was sent: Timers G and H.
    Completed {
        resend_at: Instant,
        interval: Duration,
        ends_at: Instant,
    },
    /// Timer I: absorbs ACKs.
    Confirmed {
        ends_at: Instant,
    },
}

pub(super) struct ServerInvite {
    state: State,
    last: Option<Vec<u8>>,
}

impl ServerInvite {
    pub(super) fn new() -> Self {
        Self {
            state: State::Proceeding,
            last: None,
        }
    }

    /// Whether the response may be sent: only one final response is.
    pub(super) fn respond(&mut self, status: u16, bytes: Vec<u8>, now: Instant) -> bool {
        if self.state != State::Proceeding {
            return false;
        }
        let (resend_at, ends_at) = (now + T1, now + LIFETIME);
        self.state = match status {
            ..200 => State::Proceeding,
            200..300 => State::Accepted {
                resend_at: Some(resend_at),
                interval: T1,
                ends_at,
            },
            _ => State::Completed {
                resend_at,
                interval: T1,
                ends_at,
            },
        };
        self.last = Some(bytes);
        true
    }

    /// What answers a retransmission of the INVITE, or is due again.
    pub(super) fn repeated(&self) -> Option<Vec<u8>> {
        match self.state {
            State::Proceeding | State::Accepted { .. } | State::Completed { .. } => {
                self.last.clone()
            }
            State::Confirmed { .. } => None,
        }
    }

    /// The ACK came: by this transaction for a refusal, by the call for a 2xx.
    pub(super) fn acknowledged(&mut self, now: Instant) {
        match &mut self.state {
            State::Completed { .. } => self.state = State::Confirmed { ends_at: now + T4 },
            State::Accepted { resend_at, .. } => *resend_at = None,
            State::Proceeding | State::Confirmed { .. } => {}
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Due> {
        match &mut self.state {
            State::Proceeding => None,
            State::Accepted {
                resend_at: None,
                ends_at,
                ..
            } => (now >= *ends_at).then_some(Due::Over),
            State::Accepted {
                resend_at: Some(resend_at),
                interval,
                ends_at,
            }
            | State::Completed {
                resend_at,
                interval,
                ends_at,
            } => {
                if now >= *ends_at {
                    return Some(Due::TimedOut);
                }
                if now < *resend_at {
                    return None;
                }
                *interval = (*interval * 2).min(T2);
                *resend_at = now + *interval;
                Some(Due::Resend)
            }
            State::Confirmed { ends_at } => (now >= *ends_at).then_some(Due::Over),
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Proceeding => None,
            State::Accepted {
                resend_at, ends_at, ..
            } => Some(resend_at.unwrap_or(ends_at).min(ends_at)),
            State::Completed {
                resend_at, ends_at, ..
            } => Some(resend_at.min(ends_at)),
            State::Confirmed { ends_at } => Some(ends_at),
        }
    }
}
