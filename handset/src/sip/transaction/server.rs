//! RFC 3261 §17.2.2, Figure 8: a peer's request other than INVITE.

use std::time::Instant;

use super::{Due, LIFETIME};

pub(super) struct Server {
    last: Option<Vec<u8>>,
    answered: bool,
    /// Timer J, counted from the final response; from the request while there is none.
    ends_at: Instant,
}

impl Server {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            last: None,
            answered: false,
            ends_at: now + LIFETIME,
        }
    }

    /// Whether the response may be sent: only one final response is.
    pub(super) fn respond(&mut self, status: u16, bytes: Vec<u8>, now: Instant) -> bool {
        if self.answered {
            return false;
        }
        self.answered = status >= 200;
        self.last = Some(bytes);
        self.ends_at = now + LIFETIME;
        true
    }

    /// What answers a retransmission of the request.
    pub(super) fn repeated(&self) -> Option<Vec<u8>> {
        self.last.clone()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Due> {
        (now >= self.ends_at).then_some(Due::Over)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        Some(self.ends_at)
    }
}
