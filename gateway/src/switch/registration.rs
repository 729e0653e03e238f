//! RFC 3261 §10.3, §22, RFC 8898 §2.1: REGISTER, from the challenge to the 200 with all bindings.
//!
//! The subscriber's secret is asked of the store each time, so that a new password and a removed
//! subscriber count at once; meanwhile the request waits here and the loop goes on.

use std::collections::HashMap;

use sip::agent::{Reply, ServerRequestId};
use sip::bearer::Bearer;
use sip::digest::{Authorization, Challenger};
use sip::id::IdSource;
use sip::message::{Header, NameAddr, Request, Status, Text, Uri, Value};
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use super::route::{self, Access};
use super::{Desk, Output};
use crate::home::registrar::{Granted, Pass, Refusal, Wish};
use crate::store::{Order, Stored, Subscriber, Ticket};
use crate::tokens::Drawn;

/// REGISTERs that may wait for the store. As many as orders may; more would only time out.
const WAITING: usize = crate::store::ORDERS_WAITING;

/// Carries the directory's token in the 200 to a REGISTER over WebSocket.
pub const TOKEN_HEADER: &str = "Sidecam-Token";

/// What a REGISTER may require of a registrar (RFC 3327, RFC 5626, RFC 5627) beside what the agent
/// understands in calls.
const OPTION_TAGS: [&str; 3] = ["path", "outbound", "gruu"];

/// What a device that registers by outbound is told to keep its flow alive by, in seconds (RFC
/// 5626 §4.4): translators forget a datagram's way after 30, a connection is closed by us after
/// minutes.
const FLOW_TIMER_UDP: u32 = 25;
const FLOW_TIMER_CONNECTION: u32 = 120;

/// The REGISTERs under way.
pub struct Registration {
    ids: IdSource,
    waiting: HashMap<Ticket, Waiting>,
    tickets: u64,
}

struct Waiting {
    id: ServerRequestId,
    hop: Hop,
    request: Request,
    proof: Proof,
}

/// What a REGISTER has to show.
enum Proof {
    Password(Authorization),
    /// Looked at again when the store has answered: it may have been taken back meanwhile.
    Token(Bearer),
}

impl Registration {
    pub fn new(ids: IdSource) -> Registration {
        Registration {
            ids,
            waiting: HashMap::new(),
            tickets: 0,
        }
    }

    /// A REGISTER came for our domain.
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
        let mut missing = desk.agent.not_understood(&request);
        missing.retain(|tag| {
            !OPTION_TAGS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(tag))
        });
        if !missing.is_empty() {
            let unsupported = Header::fixed("Unsupported", missing.join(", "));
            let reply = Reply::new(Status::BAD_EXTENSION).with_header(unsupported);
            return answer(desk, id, reply, now);
        }
        let (name, proof) = match shown(&request, &hop, desk, now) {
            Ok(shown) => shown,
            Err(refusal) => return answer(desk, id, *refusal, now),
        };
        if self.waiting.len() >= WAITING {
            desk.counters.store_refused.count();
            let reply = self.unavailable();
            return answer(desk, id, reply, now);
        }
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.waiting.insert(
            ticket,
            Waiting {
                id,
                hop,
                request,
                proof,
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
                    let reply = self.unavailable();
                    answer(desk, waiting.id, reply, now);
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
            proof,
        } = waiting;
        let pass = match believed(&proof, &request, subscriber.as_ref(), &hop, desk, now) {
            Ok(pass) => pass,
            Err(refusal) => {
                answer(desk, id, *refusal, now);
                return Vec::new();
            }
        };
        let Some(subscriber) = subscriber else {
            let nobody = Reply::new(Status::NOT_FOUND);
            answer(desk, id, nobody, now);
            return Vec::new();
        };
        let name = subscriber.name.clone();
        desk.home.subscribers.put(subscriber);
        if let Some(reply) = refused_address(&request, &name, desk) {
            answer(desk, id, reply, now);
            return Vec::new();
        }
        self.bind((id, hop, pass), &request, &name, desk, now)
    }

    /// RFC 3261 §10.3 steps 6 to 8.
    fn bind(
        &mut self,
        (id, hop, pass): (ServerRequestId, Hop, Option<Pass>),
        request: &Request,
        name: &str,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Vec<(FlowId, Hop)> {
        let headers = &request.headers;
        let path = headers.addresses("Path").unwrap_or_default();
        let wish = Wish {
            hop,
            contact: &headers.contact,
            expires: headers.expires,
            call_id: &headers.call_id,
            cseq: headers.cseq.number,
            token: self.token(&hop),
            pass,
            path: &path,
            gruu: self.ids.bytes(),
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
        if route::access(hop.transport) == Access::Plain {
            desk.peers.hear_request(request, desk.counters);
        }
        let reply = self.accepted(request, &hop, name, &granted, desk, now);
        answer(desk, id, reply, now);
        desk.outputs
            .extend(granted.orders.into_iter().map(Output::Store));
        granted.moved
    }

    /// For a new token.
    pub(super) fn draw(&mut self) -> Drawn {
        Drawn {
            secret: self.ids.bytes(),
            id: self.ids.bytes(),
        }
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

    /// The 200: all bindings with what is left of them, who the user is, and for a page its token.
    fn accepted(
        &mut self,
        request: &Request,
        hop: &Hop,
        name: &str,
        granted: &Granted,
        desk: &Desk<'_>,
        now: Instant,
    ) -> Reply {
        let mut reply = Reply::new(Status::OK);
        let gruu = request.headers.lists("Supported", "gruu");
        for binding in desk.home.registrar.standing(name, now) {
            let left = binding.expires_at.saturating_duration_since(now).as_secs();
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            let mut contact = binding.contact.clone().with_param("expires", left);
            if gruu {
                let nonce = self.ids.bytes();
                desk.home.add_gruus(&mut contact, name, binding, nonce);
            }
            reply.contact.push(contact);
        }
        let mut push = |name: &'static str, value: String| {
            let header = Header::fixed(name, Value::from(value));
            reply.headers.push(header);
        };
        if let Some(subscriber) = desk.home.subscribers.by_name(name) {
            push("P-Associated-URI", associated(subscriber, desk));
        }
        if let Some(token) = &granted.token {
            push(TOKEN_HEADER, token.clone());
        }
        // What the way to the device is, for the elements on it (RFC 3327 §5.3).
        for path in request.headers.get_all("Path") {
            push("Path", path.to_owned());
        }
        if is_outbound(request) {
            // The registrar says that it keeps the flow (RFC 5626 §6).
            push("Require", "outbound".to_owned());
            let seconds = match hop.transport.is_reliable() {
                true => FLOW_TIMER_CONNECTION,
                false => FLOW_TIMER_UDP,
            };
            push("Flow-Timer", seconds.to_string());
        }
        push("Date", desk.policy.date(now));
        reply
    }

    /// Not all come back at the same moment.
    fn unavailable(&mut self) -> Reply {
        let seconds = (RETRY_AFTER_SECONDS + self.ids.below(RETRY_AFTER_SECONDS)).to_string();
        Reply::new(Status::SERVICE_UNAVAILABLE).with_header(Header::fixed("Retry-After", seconds))
    }
}

/// What a device is asked to wait at least when the store is behind; at most twice that.
const RETRY_AFTER_SECONDS: u32 = 5;

/// Whom a REGISTER says to be of, and what it shows for that.
///
/// # Errors
/// What to answer to who shows nothing, or nothing that is worth asking the store about.
fn shown(
    request: &Request,
    hop: &Hop,
    desk: &mut Desk<'_>,
    now: Instant,
) -> Result<(String, Proof), Box<Reply>> {
    let by = Challenger::User;
    if let Some(bearer) = desk.guard.shown(request, by) {
        let grant = desk.guard.grant(&bearer, by, desk.counters, now)?;
        return Ok((grant.name, Proof::Token(bearer)));
    }
    let Some(authorization) = desk.guard.proof(request, by) else {
        return Err(Box::new(desk.guard.challenge(hop, by, now)));
    };
    let name = authorization.username.to_string();
    match desk.guard.locked_out(hop, &name, desk.counters, now) {
        Some(refusal) => Err(Box::new(refusal)),
        None => Ok((name, Proof::Password(authorization))),
    }
}

/// Judges what was shown against what the store knows. A token is a pass that ends.
///
/// # Errors
/// What to answer to who did not prove it.
fn believed(
    proof: &Proof,
    request: &Request,
    subscriber: Option<&Subscriber>,
    hop: &Hop,
    desk: &mut Desk<'_>,
    now: Instant,
) -> Result<Option<Pass>, Box<Reply>> {
    let by = Challenger::User;
    match proof {
        Proof::Password(authorization) => {
            let ha1 = subscriber.map(|one| &one.ha1);
            let proof = (authorization, by);
            desk.guard
                .verify(proof, &request.method, ha1, hop, desk.counters, now)?;
            Ok(None)
        }
        Proof::Token(bearer) => {
            let grant = desk.guard.grant(bearer, by, desk.counters, now)?;
            Ok(Some(Pass {
                id: grant.id,
                ends: grant.ends,
            }))
        }
    }
}

/// Registering for somebody else is not for subscribers (RFC 3261 §10.3 step 4), and an outbound
/// device behind an element that keeps no flows would be lost to us (RFC 5626 §6).
fn refused_address(request: &Request, name: &str, desk: &Desk<'_>) -> Option<Reply> {
    let headers = &request.headers;
    let home = &*desk.home;
    let whose = |uri: &Uri| {
        let found = home
            .territory
            .serves(uri)
            .then(|| home.subscribers.find(uri));
        found.flatten().map(|subscriber| subscriber.name.as_str())
    };
    let theirs = whose(&headers.to.uri);
    if theirs.is_none() {
        return Some(Reply::new(Status::NOT_FOUND));
    }
    if theirs != Some(name) || whose(&headers.from.uri) != Some(name) {
        return Some(Reply {
            reason: Some(Text::from("Third-Party Registration Refused")),
            ..Reply::new(Status::FORBIDDEN)
        });
    }
    let kept = headers.addresses("Path").unwrap_or_default();
    let flows_kept = kept.last().is_some_and(|first| {
        let sip = first.uri.as_sip();
        sip.is_some_and(|uri| uri.params.has("ob"))
    });
    (headers.via.len() > 1 && is_outbound(request) && !flows_kept)
        .then(|| Reply::new(Status::FIRST_HOP_LACKS_OUTBOUND_SUPPORT))
}

fn is_outbound(request: &Request) -> bool {
    let by_flow =
        |contact: &NameAddr| contact.params.has("reg-id") && contact.params.has("+sip.instance");
    let headers = &request.headers;
    headers.lists("Supported", "outbound") && headers.contact.list().iter().any(by_flow)
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

/// The user's addresses, the default one first (RFC 7315 §4.1).
fn associated(subscriber: &Subscriber, desk: &Desk<'_>) -> String {
    let domain = desk.home.territory.domain().clone();
    let address = NameAddr::new(Uri::sip(&subscriber.name, domain))
        .with_display(Text::from(subscriber.display.as_str()));
    format!("{address}, <{}>", Uri::tel(&subscriber.number))
}

fn answer(desk: &mut Desk<'_>, id: ServerRequestId, reply: Reply, now: Instant) {
    if let Err(error) = desk.agent.respond(id, reply, now) {
        tracing::debug!(%error, "REGISTER answered too late");
    }
}
