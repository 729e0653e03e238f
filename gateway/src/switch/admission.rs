//! Who is listened to: what sources send passes the shield, and what strangers try is counted.

use sip::agent::Event;
use sip::message::{Method, Request};
use sip::time::Instant;
use sip::transport::Hop;

use super::Switch;
use super::shield::{Standing, Verdict};

impl Switch {
    /// A message, if its source is listened to.
    pub(super) fn message(&mut self, hop: Hop, bytes: Vec<u8>, now: Instant) {
        let standing = self.standing(&hop, now);
        match self.shield.admit(&hop, standing, now) {
            Verdict::Admit => self
                .agent
                .handle(sip::agent::Input::Message { hop, bytes }, now),
            Verdict::TooFast => self.counters.messages_too_fast.count(),
            Verdict::Silenced => self.counters.messages_silenced.count(),
        }
    }

    fn standing(&self, hop: &Hop, now: Instant) -> Standing {
        if self.core.trusts(hop) {
            return Standing::Trusted;
        }
        let is_member = self.home.registrar.who_is_at(hop, now).next().is_some()
            || self.core.owner_of(hop).is_some();
        match is_member {
            true => Standing::Member,
            false => Standing::Stranger,
        }
    }

    /// Whether a REGISTER is looked at: a challenge costs little, but not nothing.
    pub(super) fn may_register(&mut self, hop: &Hop, request: &Request, now: Instant) -> bool {
        let is_free = request.headers.get("Authorization").is_some()
            || self.standing(hop, now) != Standing::Stranger;
        is_free || self.shield.registers(hop, now)
    }

    /// Somebody tries something. Of strangers that is counted.
    pub(super) fn attempted(&mut self, hop: &Hop, now: Instant) {
        if self.standing(hop, now) == Standing::Stranger && self.shield.attempted(hop, now) {
            self.counters.sources_silenced.count();
            tracing::warn!(address = %hop.remote.ip(), transport = %hop.transport, "tried too much; not listened to for a while");
        }
    }
}

/// Where somebody tries something: a request outside of what is under way, REGISTER apart, or what is
/// no message at all.
pub(super) fn attempt(event: &Event) -> Option<Hop> {
    match event {
        Event::Request { hop, request, .. } => (request.method != Method::Register).then_some(*hop),
        Event::Incoming { hop, .. } | Event::Malformed { hop, .. } => Some(*hop),
        Event::Response { .. }
        | Event::RequestFailed { .. }
        | Event::Progress { .. }
        | Event::Answered { .. }
        | Event::Confirmed { .. }
        | Event::CallRequest { .. }
        | Event::FlowLost { .. }
        | Event::Ended { .. } => None,
    }
}
