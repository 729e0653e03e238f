//! RFC 3261 §10.3, §22: REGISTER, from the challenge to the 200 with all bindings.
//!
//! The subscriber's secret is asked of the store each time, so that a new password and a removed
//! subscriber count at once; meanwhile the request waits here and the loop goes on.

use std::collections::HashMap;
use std::net::IpAddr;

use sip::agent::{Reply, ServerRequestId};
use sip::digest::{Algorithm, Authorization, Challenge, Challenger, DigestError, DigestServer};
use sip::id::IdSource;
use sip::message::{Header, NameAddr, Request, Status, Text, Uri, Value};
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use super::guesses::{GuessLimits, Guesses};
use super::{Desk, Output};
use crate::home::registrar::{Granted, Refusal, Wish};
use crate::store::{Order, Stored, Subscriber, Ticket};

/// REGISTERs that may wait for the store. As many as orders may; more would only time out.
const WAITING: usize = crate::store::ORDERS_WAITING;

/// Carries the directory's token in the 200 to a REGISTER over WebSocket.
pub const TOKEN_HEADER: &str = "Sidecam-Token";

/// The REGISTERs under way.
pub struct Registration {
    digest: DigestServer,
    guesses: Guesses,
    ids: IdSource,
    waiting: HashMap<Ticket, Waiting>,
    tickets: u64,
}

struct Waiting {
    id: ServerRequestId,
    hop: Hop,
    request: Request,
    authorization: Authorization,
}

impl Registration {
    pub fn new(digest: DigestServer, ids: IdSource, limits: GuessLimits) -> Registration {
        Registration {
            digest,
            guesses: Guesses::new(limits),
            ids,
            waiting: HashMap::new(),
            tickets: 0,
        }
    }

    /// A REGISTER came.
    pub(super) fn register(
        &mut self,
        id: ServerRequestId,
        hop: Hop,
        request: Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if !desk.home.territory.serves(&request.uri) {
            return answer(desk, id, Reply::new(Status::NOT_FOUND), now);
        }
        let Some(authorization) = self.authorization(&request) else {
            let challenges = self.digest.challenge(now);
            return answer(desk, id, unauthorized(&challenges, &hop), now);
        };
        let source = source(&hop);
        if let Some(left) = self
            .guesses
            .locked_out(source, &authorization.username, now)
        {
            desk.counters.registrations_locked_out.count();
            let seconds = left.as_secs().saturating_add(1).to_string();
            let reply =
                Reply::new(Status::FORBIDDEN).with_header(Header::fixed("Retry-After", seconds));
            return answer(desk, id, reply, now);
        }
        if self.waiting.len() >= WAITING {
            desk.counters.store_refused.count();
            return answer(desk, id, unavailable(), now);
        }
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        let name = authorization.username.to_string();
        self.waiting.insert(
            ticket,
            Waiting {
                id,
                hop,
                request,
                authorization,
            },
        );
        desk.outputs
            .push_back(Output::Store(Order::Find { ticket, name }));
    }

    /// The store answered. Gives back the connections that a device left for another.
    pub(super) fn stored(
        &mut self,
        stored: Stored,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Vec<(FlowId, Hop)> {
        match stored {
            Stored::Found { ticket, subscriber } => {
                let Some(waiting) = self.waiting.remove(&ticket) else {
                    return Vec::new();
                };
                self.judge(waiting, subscriber, desk, now)
            }
            Stored::Failed { ticket } => {
                if let Some(waiting) = self.waiting.remove(&ticket) {
                    desk.counters.store_refused.count();
                    answer(desk, waiting.id, unavailable(), now);
                }
                Vec::new()
            }
            Stored::Subscribers(all) => {
                desk.home.replace_subscribers(all);
                Vec::new()
            }
        }
    }

    fn judge(
        &mut self,
        waiting: Waiting,
        subscriber: Option<Subscriber>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Vec<(FlowId, Hop)> {
        let Waiting {
            id,
            hop,
            request,
            authorization,
        } = waiting;
        // Nobody of that name is answered like a wrong password: names are not to be found out.
        let Some(subscriber) = subscriber else {
            self.refuse(id, &hop, &authorization.username, desk, now);
            return Vec::new();
        };
        match self
            .digest
            .verify(&authorization, &request.method, &subscriber.ha1, now)
        {
            Ok(_) => {}
            // Who asks knows the password, or repeats what somebody said who does.
            Err(DigestError::Stale | DigestError::Replay) => {
                let challenges = self.digest.stale_challenge(now);
                answer(desk, id, unauthorized(&challenges, &hop), now);
                return Vec::new();
            }
            Err(DigestError::Realm | DigestError::Wrong) => {
                self.refuse(id, &hop, &authorization.username, desk, now);
                return Vec::new();
            }
        }
        self.guesses.succeeded(source(&hop), &subscriber.name);
        let name = subscriber.name.clone();
        desk.home.subscribers.put(subscriber);
        if let Some(status) = refused_address(&request.headers.to.uri, &name, desk) {
            answer(desk, id, Reply::new(status), now);
            return Vec::new();
        }
        self.bind(id, hop, &request, &name, desk, now)
    }

    /// RFC 3261 §10.3 steps 6 to 8.
    fn bind(
        &mut self,
        id: ServerRequestId,
        hop: Hop,
        request: &Request,
        name: &str,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Vec<(FlowId, Hop)> {
        let headers = &request.headers;
        let wish = Wish {
            hop,
            contact: &headers.contact,
            expires: headers.expires,
            call_id: &headers.call_id,
            cseq: headers.cseq.number,
            token: self.token(&hop),
        };
        let granted = match desk.home.registrar.register(name, wish, now) {
            Ok(granted) => granted,
            Err(refusal) => {
                let reply = refusal_reply(refusal, desk);
                answer(desk, id, reply, now);
                return Vec::new();
            }
        };
        desk.counters.registrations_accepted.count();
        let reply = accepted(request, name, &granted, desk, now);
        answer(desk, id, reply, now);
        desk.outputs
            .extend(granted.orders.into_iter().map(Output::Store));
        granted.moved
    }

    /// The Authorization for our realm, if one can be read.
    fn authorization(&self, request: &Request) -> Option<Authorization> {
        let mut all = Authorization::all(&request.headers, Challenger::User).into_iter();
        all.find(|authorization| authorization.realm == *self.digest.realm())
    }

    /// Wrong: another try, until there were too many.
    fn refuse(
        &mut self,
        id: ServerRequestId,
        hop: &Hop,
        name: &str,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        desk.counters.credentials_refused.count();
        let source = source(hop);
        self.guesses.failed(source, name, now);
        if self.guesses.locked_out(source, name, now).is_some() {
            tracing::warn!(transport = %hop.transport, "too many wrong passwords; not listened to for a while");
            return answer(desk, id, Reply::new(Status::FORBIDDEN), now);
        }
        let challenges = self.digest.challenge(now);
        answer(desk, id, unauthorized(&challenges, hop), now);
    }

    /// Only a page reads the directory.
    fn token(&mut self, hop: &Hop) -> Option<String> {
        match hop.transport {
            Transport::Ws | Transport::Wss => {
                let random: [u8; 24] = self.ids.bytes();
                Some(random.iter().map(|byte| format!("{byte:02x}")).collect())
            }
            Transport::Udp | Transport::Tcp | Transport::Tls => None,
        }
    }
}

/// A page is asked for SHA-256 first (RFC 8760 §2.3). A phone is asked for MD5 alone: many that
/// know nothing else drop a reply in which any challenge is strange to them.
fn unauthorized(challenges: &[Challenge], hop: &Hop) -> Reply {
    let asked = |challenge: &&Challenge| match hop.transport {
        Transport::Ws | Transport::Wss => true,
        Transport::Udp | Transport::Tcp | Transport::Tls => challenge.algorithm == Algorithm::Md5,
    };
    let mut reply = Reply::new(Status::UNAUTHORIZED);
    reply.headers.extend(
        challenges
            .iter()
            .filter(asked)
            .map(|challenge| challenge.header(Challenger::User)),
    );
    reply
}

/// Registering for somebody else is not for subscribers (RFC 3261 §10.3 step 4).
fn refused_address(to: &Uri, name: &str, desk: &Desk<'_>) -> Option<Status> {
    if !desk.home.territory.serves(to) {
        return Some(Status::NOT_FOUND);
    }
    match desk.home.subscribers.find(to) {
        None => Some(Status::NOT_FOUND),
        Some(meant) if meant.name != name => Some(Status::FORBIDDEN),
        Some(_) => None,
    }
}

fn refusal_reply(refusal: Refusal, desk: &Desk<'_>) -> Reply {
    match refusal {
        Refusal::Star => Reply::new(Status::BAD_REQUEST),
        Refusal::TooBrief => {
            let seconds = desk.home.registrar.min_expires().as_secs().to_string();
            Reply::new(Status::INTERVAL_TOO_BRIEF)
                .with_header(Header::fixed("Min-Expires", seconds))
        }
        Refusal::OutOfOrder => Reply::new(Status::SERVER_INTERNAL_ERROR),
        Refusal::TooMany => Reply::new(Status::FORBIDDEN),
    }
}

/// The 200: all bindings with what is left of them, who the user is, and for a page its token.
fn accepted(
    request: &Request,
    name: &str,
    granted: &Granted,
    desk: &Desk<'_>,
    now: Instant,
) -> Reply {
    let mut reply = Reply::new(Status::OK);
    for binding in desk.home.registrar.standing(name, now) {
        let left = binding.expires_at.saturating_duration_since(now).as_secs();
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        reply
            .contact
            .push(binding.contact.clone().with_param("expires", left));
    }
    if let Some(subscriber) = desk.home.subscribers.by_name(name) {
        reply = reply.with_header(Header::fixed(
            "P-Associated-URI",
            Value::from(associated(subscriber, desk)),
        ));
    }
    if let Some(token) = &granted.token {
        reply = reply.with_header(Header::fixed(TOKEN_HEADER, Value::from(token.clone())));
    }
    // The registrar says that it keeps the flow (RFC 5626 §6).
    let outbound =
        |contact: &NameAddr| contact.params.has("reg-id") && contact.params.has("+sip.instance");
    if request.headers.lists("Supported", "outbound")
        && request.headers.contact.list().iter().any(outbound)
    {
        reply = reply.with_header(Header::fixed("Require", "outbound"));
    }
    reply
}

/// The user's addresses, the default one first (RFC 7315 §4.1).
fn associated(subscriber: &Subscriber, desk: &Desk<'_>) -> String {
    let domain = desk.home.territory.domain().clone();
    let address = NameAddr::new(Uri::sip(&subscriber.name, domain))
        .with_display(Text::from(subscriber.display.as_str()));
    format!("{address}, <{}>", Uri::tel(&subscriber.number))
}

fn unavailable() -> Reply {
    Reply::new(Status::SERVICE_UNAVAILABLE).with_header(Header::fixed("Retry-After", "5"))
}

fn source(hop: &Hop) -> IpAddr {
    hop.remote.ip().to_canonical()
}

fn answer(desk: &mut Desk<'_>, id: ServerRequestId, reply: Reply, now: Instant) {
    if let Err(error) = desk.agent.respond(id, reply, now) {
        tracing::debug!(%error, "REGISTER answered too late");
    }
}
