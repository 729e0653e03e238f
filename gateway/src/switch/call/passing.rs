//! Two plain peers: what one says inside the call the other hears, and its answer goes back
//! (RFC 7092 §3.1): offers, INFO, MESSAGE, OPTIONS, REFER, NOTIFY and whatever else there is.
//!
//! Bodies pass as they are, and so do all headers that belong to neither dialog nor hop.

use sip::agent::{Failure, Reply, RequestId, ServerRequestId};
use sip::message::{Body, ContentType, Header, Method, Request, Response, Status};
use sip::time::Instant;

use super::challenged;
use super::change::{acknowledge, respond};
use super::terms::leg_of;
use super::{Call, CallKey, Calls, Refer, request_sdp, sdp_of};
use crate::bridge::Side;
use crate::switch::Desk;

/// A request of one peer that the other has and has not answered.
pub(super) struct Passed {
    pub(super) key: CallKey,
    pub(super) from: Side,
    pub(super) id: ServerRequestId,
    pub(super) method: Method,
    /// An INVITE that makes no offer, so that its answer does.
    pub(super) is_offerless: bool,
    pub(super) sdp: Vec<u8>,
    /// The same, as the other was told it.
    pub(super) told: Vec<u8>,
    /// Whether the other is the core, which may ask for a proof.
    pub(super) by_core: bool,
}

/// Headers that belong to one hop or one dialog, or that each side says for itself: capabilities,
/// proofs of identity, timers and what the agent writes.
const OWN: [&str; 27] = [
    "Accept-Encoding",
    "Allow",
    "Allow-Events",
    "Authentication-Info",
    "Authorization",
    "Max-Breadth",
    "Min-SE",
    "P-Access-Network-Info",
    "P-Asserted-Identity",
    "P-Charging-Function-Addresses",
    "P-Charging-Vector",
    "P-Preferred-Identity",
    "P-Visited-Network-ID",
    "Path",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Require",
    "RAck",
    "Require",
    "RSeq",
    "Server",
    "Service-Route",
    "Session-Expires",
    "Supported",
    "Unsupported",
    "User-Agent",
    "WWW-Authenticate",
];

/// Whether a request passes between two plain peers. The others are a dialog's own affair.
pub(super) fn passes(method: &Method) -> bool {
    match method {
        Method::Invite
        | Method::Update
        | Method::Info
        | Method::Options
        | Method::Message
        | Method::Subscribe
        | Method::Notify
        | Method::Refer
        | Method::Publish
        | Method::Other(_) => true,
        Method::Ack | Method::Bye | Method::Cancel | Method::Register | Method::Prack => false,
    }
}

impl Calls {
    /// Asks the other peer what one asked.
    pub(super) fn pass_on(
        &mut self,
        id: ServerRequestId,
        (key, from): (CallKey, Side),
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let offers = match request.method {
            Method::Invite => true,
            _ => request.method == Method::Update && !request.body.is_empty(),
        };
        let is_busy = offers && self.passed.values().any(|other| other.crosses(key, from));
        if is_busy {
            // Each side waits for the other's answer (RFC 3261 §14.2).
            return respond(desk, id, Reply::new(Status::REQUEST_PENDING), now);
        }
        let sdp = request_sdp(request);
        let told = self.across((key, from), &sdp);
        let other = self.calls.get(&key).and_then(|call| call.leg(from.other()));
        let by_core = other.is_some_and(|leg| leg.is_core());
        let Some(handle) = other.and_then(|leg| leg.handle) else {
            // It left while somebody else is called in its place; the asker's dialog stands.
            return respond(desk, id, Reply::new(Status::TEMPORARILY_UNAVAILABLE), now);
        };
        let passed = Passed {
            key,
            from,
            id,
            method: request.method.clone(),
            is_offerless: request.method == Method::Invite && request.body.is_empty(),
            sdp,
            told,
            by_core,
        };
        let mut headers = foreign(&request.headers.other);
        if by_core {
            headers.extend(desk.guard.proofs_for_others(&request.headers).cloned());
        }
        let content_type = request.headers.content_type.as_ref();
        let body = match request.body == passed.sdp {
            true => body_of(content_type, &passed.told),
            false => body_of(content_type, &request.body),
        };
        let asked = desk
            .agent
            .request_in_call(handle, request.method.clone(), headers, body, now);
        self.passed.insert(asked, passed);
    }

    /// Whether the other peer makes itself the call that a REFER asks for (RFC 3515).
    pub(super) fn takes_refer(&self, (key, from): (CallKey, Side)) -> bool {
        let other = self.calls.get(&key).and_then(|call| call.leg(from.other()));
        other.is_some_and(|leg| leg.refer == Refer::Allowed)
    }

    /// The other peer's answer. False when the request was none that was passed on.
    pub(super) fn passed_answered(
        &mut self,
        id: RequestId,
        outcome: Result<&Response, Failure>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some(passed) = self.passed.remove(&id) else {
            return false;
        };
        let response = match outcome {
            Ok(response) => response,
            Err(failure) => {
                respond(desk, passed.id, Reply::new(status_of(failure)), now);
                return true;
            }
        };
        let mut reply = Reply::new(response.status);
        reply.reason = Some(response.reason.clone());
        reply.headers = foreign(&response.headers.other);
        if passed.by_core {
            reply.headers.extend(challenged::headers(response));
        }
        let sdp = sdp_of(response.content("application/sdp"));
        let told = self.across((passed.key, passed.from.other()), &sdp);
        let content_type = response.headers.content_type.as_ref();
        reply.body = match response.body == sdp {
            true => body_of(content_type, &told),
            false => body_of(content_type, &response.body),
        };
        let owes_answer = response.status.is_success() && passed.is_offerless;
        if response.status.is_success() {
            self.note_passed_early(&passed, response);
            self.note_passed(&passed, (sdp, told));
        }
        if let Err(error) = desk.agent.respond(passed.id, reply, now) {
            tracing::debug!(%error, "answered too late");
            if owes_answer {
                self.release(&passed, desk, now);
            }
        }
        true
    }

    /// What both said of their media last.
    fn note_passed(&mut self, passed: &Passed, (answer, told): (Vec<u8>, Vec<u8>)) {
        let offers = passed.method == Method::Invite || !passed.sdp.is_empty();
        let call = self.calls.get_mut(&passed.key);
        let Some((caller, session)) = call.and_then(Call::established).filter(|_| offers) else {
            return;
        };
        if passed.is_offerless {
            session.owes_answer = Some(passed.from);
        }
        let (from, other) = match passed.from {
            Side::Caller => (caller, &mut session.callee),
            Side::Callee => (&mut session.callee, caller),
        };
        (from.sdp, from.told) = (passed.sdp.clone(), told);
        (other.sdp, other.told) = (answer, passed.told.clone());
    }

    /// What one peer describes, as the other is to hear it.
    fn across(&mut self, (key, from): (CallKey, Side), sdp: &[u8]) -> Vec<u8> {
        let call = self.calls.get_mut(&key).and_then(Call::established);
        let Some((caller, session)) = call.filter(|_| !sdp.is_empty()) else {
            return sdp.to_vec();
        };
        let heard = leg_of(caller, session, from).hear(sdp);
        leg_of(caller, session, from.other()).tell(&heard)
    }

    /// Nobody will answer the other peer's offer: it is acknowledged without.
    fn release(&mut self, passed: &Passed, desk: &mut Desk<'_>, now: Instant) {
        let call = self.calls.get_mut(&passed.key);
        let Some((_, session)) = call.and_then(Call::established) else {
            return;
        };
        session.owes_answer = None;
        let call = self.calls.get(&passed.key);
        let other = call.and_then(|call| call.leg(passed.from.other()));
        if let Some(handle) = other.and_then(|leg| leg.handle) {
            acknowledge(desk, handle, None, now);
        }
    }
}

impl Passed {
    /// Whether an offer of the other side would collide with it.
    pub(super) fn crosses(&self, key: CallKey, from: Side) -> bool {
        let offers = self.method == Method::Invite || !self.sdp.is_empty();
        self.key == key && self.from != from && offers
    }

    pub(super) fn is_of(&self, key: CallKey) -> bool {
        self.key == key
    }
}

fn foreign(headers: &[Header]) -> Vec<Header> {
    headers
        .iter()
        .filter(|header| !OWN.iter().any(|own| header.name.is(own)))
        .cloned()
        .collect()
}

fn body_of(content_type: Option<&ContentType>, bytes: &[u8]) -> Option<Body> {
    let content_type = content_type.filter(|_| !bytes.is_empty())?;
    Some(Body::new(content_type.clone(), bytes))
}

/// What a peer is told of the other's silence. Not a 408 or 481, which would end the peer's own
/// dialog (RFC 5057 §5.1): when the other's dialog is over, a BYE says so.
fn status_of(failure: Failure) -> Status {
    match failure {
        Failure::Timeout | Failure::Transport | Failure::CallEnded => {
            Status::TEMPORARILY_UNAVAILABLE
        }
        Failure::Unauthorized => Status::FORBIDDEN,
        Failure::Overloaded => Status::SERVICE_UNAVAILABLE,
    }
}
