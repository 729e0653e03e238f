//! RFC 3261 §22.3, §16.7 step 7: the core asks its user for a proof. That passes to the caller's own
//! agent, and so does what it says to it: the gateway knows no user's password.

use sip::agent::Reply;
use sip::message::{Header, Response, Status};
use sip::time::Instant;

use super::change::respond;
use super::refusals::Refusal;
use super::{Call, CallKey, Calls};
use crate::switch::Desk;

/// Realms that one request is asked a proof for. A core has one or two.
const REALMS: usize = 8;

/// What a challenge is to the one who is asked.
pub(super) fn challenge(response: &Response) -> Option<Refusal> {
    let headers = headers(response);
    (!headers.is_empty()).then(|| Refusal {
        status: response.status,
        text: Some(response.reason.clone()),
        headers,
    })
}

/// The questions of a 401 or 407; none of any other response.
pub(super) fn headers(response: &Response) -> Vec<Header> {
    if !asks(response.status) {
        return Vec::new();
    }
    let all = response.headers.other.iter();
    all.filter(|header| header.name.is("WWW-Authenticate") || header.name.is("Proxy-Authenticate"))
        .take(REALMS)
        .cloned()
        .collect()
}

fn asks(status: Status) -> bool {
    status == Status::UNAUTHORIZED || status == Status::PROXY_AUTHENTICATION_REQUIRED
}

impl Calls {
    /// The core wants a proof for what a side asked of it: that side is asked, and begins anew.
    /// False when there is no such question, or nobody to ask.
    pub(super) fn change_challenged(
        &mut self,
        key: CallKey,
        response: &Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return false;
        };
        let by_core = call.is_core() || session.callee.is_core();
        let (Some(id), Some(challenge)) = (session.asked(), challenge(response)) else {
            return false;
        };
        if !by_core {
            return false;
        }
        session.change = None;
        let reply: Reply = challenge.reply();
        respond(desk, id, reply, now);
        true
    }
}
