//! RFC 3261 §16.7 step 6: of all refusals the one that the caller is told.

use sip::agent::{End, How, Reply};
use sip::message::{Header, Status, Text};

use super::challenged;
use crate::switch::offer::Reject;

/// Headers of a refusal that mean to the caller what they meant to us: RFC 3261 §20.43, RFC 6432,
/// RFC 3261 §20.33.
const PASSED: [&str; 3] = ["Warning", "Reason", "Retry-After"];

/// Of these together; a device needs no more to say why.
const PASSED_AT_MOST: usize = 8;

/// Why one device did not take the call.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: Status,
    /// In the callee's words; the usual phrase if `None`.
    pub(super) text: Option<Text>,
    /// Headers that mean something to the caller too.
    pub(super) headers: Vec<Header>,
}

impl Refusal {
    pub(super) fn new(status: Status) -> Refusal {
        Refusal {
            status,
            text: None,
            headers: Vec::new(),
        }
    }

    /// Media that cannot be bridged.
    pub(super) fn rejected(reject: &Reject) -> Refusal {
        Refusal {
            headers: reject.warning().into_iter().collect(),
            ..Refusal::new(reject.status())
        }
    }

    /// What the end of an INVITE that was never answered means to the caller; `None` when we ended
    /// it ourselves. The core's challenge is the caller's to answer.
    pub(super) fn of(end: &End, by_core: bool) -> Option<Refusal> {
        let challenge = end.response.as_ref().filter(|_| by_core);
        if let Some(challenge) = challenge.and_then(challenged::challenge) {
            return Some(challenge);
        }
        match end.how {
            How::Refused(status) => Some(Refusal::passed(status, end)),
            How::NoAnswer => Some(Refusal::new(Status::REQUEST_TIMEOUT)),
            How::NoResponse | How::FlowLost => Some(Refusal::new(Status::TEMPORARILY_UNAVAILABLE)),
            How::Overloaded => Some(Refusal::new(Status::SERVICE_UNAVAILABLE)),
            How::Bye | How::Cancelled | How::NoAck | How::DialogLost | How::SessionExpired => None,
        }
    }

    pub(super) fn reply(&self) -> Reply {
        Reply {
            reason: self.text.as_deref().map(Text::cleaned),
            headers: self.headers.clone(),
            ..Reply::new(self.status)
        }
    }

    fn passed(status: Status, end: &End) -> Refusal {
        let shown = passed_on(status);
        let response = end.response.as_ref().filter(|_| shown == status);
        let kept = |header: &&Header| {
            let name = header.name.as_str();
            PASSED
                .iter()
                .any(|passed| passed.eq_ignore_ascii_case(name))
        };
        let headers = end
            .response
            .iter()
            .flat_map(|response| &response.headers.other);
        Refusal {
            status: shown,
            text: response.map(|response| response.reason.clone()),
            headers: headers.filter(kept).take(PASSED_AT_MOST).cloned().collect(),
        }
    }

    /// A 6xx speaks for all devices of the callee.
    pub(super) fn is_global(&self) -> bool {
        self.status.code() >= 600
    }

    /// The better of two: any 6xx, else the lowest class, and within 4xx what the caller can act on.
    pub(super) fn or(self, other: Refusal) -> Refusal {
        if other.rank() < self.rank() {
            other
        } else {
            self
        }
    }

    fn rank(&self) -> (u16, u16) {
        match self.status.code() {
            600.. => (0, 0),
            401 | 407 | 415 | 420 | 484 => (4, 0),
            // Nobody there says less than a device that spoke.
            408 | 480 => (4, 2),
            code => (code / 100, 1),
        }
    }
}

/// What a caller is told of a callee's refusal. A redirection and a device's challenge are between
/// us and the callee; the caller could do nothing with them. That a callee is overloaded does not mean
/// that we are (§16.7 step 6).
fn passed_on(status: Status) -> Status {
    match status.code() {
        300..=399 => Status::TEMPORARILY_UNAVAILABLE,
        401 | 407 => Status::FORBIDDEN,
        503 => Status::SERVER_INTERNAL_ERROR,
        _ => status,
    }
}
