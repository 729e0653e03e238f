//! What every request of a peer's is looked at for before anyone hears of it: RFC 3261 §8.2.

use super::{Agent, AgentError, Event, Reply, Role, ServerRequestId, Waiting, capability};
use crate::message::{Header, Method, Request, Response, Status, Text, Uri};
use crate::time::Instant;
use crate::transaction::ServerId;
use crate::transport::Hop;

impl Agent {
    /// §8.2: what every request is looked at for before anyone hears of it.
    pub(super) fn on_request(
        &mut self,
        id: ServerId,
        hop: Hop,
        request: Request,
        seen: Seen,
        cancels: Option<ServerId>,
        now: Instant,
    ) {
        if request.method == Method::Cancel {
            return self.on_cancel(id, &request, cancels, now);
        }
        if !is_known_scheme(&request.uri) {
            return self.refuse(id, Reply::new(Status::UNSUPPORTED_URI_SCHEME), now);
        }
        let edge = self.role == Role::Edge && is_for_anyone(&request);
        if seen == Seen::Merged && !edge {
            return self.refuse(id, Reply::new(Status::LOOP_DETECTED), now);
        }
        if let Some(tag) = request.headers.to.tag() {
            let key = (request.headers.call_id.clone(), Text::from(tag));
            return match self.calls_by_dialog.get(&key).copied() {
                Some(call) => self.on_request_in_call(call, id, request, now),
                None if edge => self.tell_outside(id, hop, request),
                // The dialogs of subscriptions are the owner's (RFC 6665 §4.1).
                None if request.method == Method::Notify => {
                    if self.understands(id, &request, now) {
                        self.tell_outside(id, hop, request);
                    }
                }
                None => self.refuse(id, Reply::new(Status::CALL_DOES_NOT_EXIST), now),
            };
        }
        if edge {
            return self.tell_outside(id, hop, request);
        }
        if !self.understands(id, &request, now) {
            return;
        }
        match request.method {
            Method::Invite => self.on_invite(id, hop, request, now),
            // Without a dialog they mean nothing (RFC 3261 §15.1.2, RFC 3262, RFC 3311, RFC 6086).
            Method::Bye | Method::Prack | Method::Update | Method::Info => {
                self.refuse(id, Reply::new(Status::CALL_DOES_NOT_EXIST), now);
            }
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Options
            | Method::Message
            | Method::Subscribe
            | Method::Notify
            | Method::Refer
            | Method::Publish
            | Method::Other(_) => self.tell_outside(id, hop, request),
        }
    }

    fn tell_outside(&mut self, id: ServerId, hop: Hop, request: Request) {
        let to_tag = self.wire.ids.tag();
        self.waiting.insert(id, Waiting::Outside { to_tag });
        self.event(Event::Request {
            id: ServerRequestId(id),
            hop,
            request,
        });
    }

    /// Answers 420 (§8.2.2.3) to what asks for an extension that we don't have.
    pub(super) fn understands(&mut self, id: ServerId, request: &Request, now: Instant) -> bool {
        let missing = capability::not_understood(request, &self.wire.option_tags);
        let also = &self.wire.also_understood;
        let is_missing = |tag: &String| !capability::understands(also, tag);
        let missing: Vec<String> = missing.into_iter().filter(is_missing).collect();
        if missing.is_empty() {
            return true;
        }
        let mut reply = Reply::new(Status::BAD_EXTENSION);
        reply
            .headers
            .push(Header::fixed("Unsupported", missing.join(", ")));
        self.refuse(id, reply, now);
        false
    }

    /// Answers a request that the owner has not heard of.
    pub(super) fn refuse(&mut self, id: ServerId, reply: Reply, now: Instant) {
        let to_tag = self.wire.ids.tag();
        // Gone only if the flow was lost in between, and then nobody waits.
        let _ = self.answer(id, reply, &to_tag, now);
    }

    pub(super) fn answer(
        &mut self,
        id: ServerId,
        reply: Reply,
        to_tag: &Text,
        now: Instant,
    ) -> Result<(), AgentError> {
        let request = self
            .transactions
            .received(id)
            .ok_or(AgentError::NotWaiting)?;
        let response = self.wire.response(request, reply, to_tag);
        self.answer_with(id, &response, now)
    }

    pub(super) fn answer_with(
        &mut self,
        id: ServerId,
        response: &Response,
        now: Instant,
    ) -> Result<(), AgentError> {
        self.transactions
            .respond(id, response, now)
            .map_err(|_| AgentError::NotWaiting)
    }
}

/// §8.2.2.1, §16.3: what of an address we can make anything of; `urn:` is for emergency and other
/// services (RFC 5031).
fn is_known_scheme(uri: &Uri) -> bool {
    match uri {
        Uri::Sip(_) | Uri::Tel(_) => true,
        Uri::Other(uri) => uri.scheme().eq_ignore_ascii_case("urn"),
    }
}

/// Whether a request may be for somebody else, as its method needs no call of ours.
fn is_for_anyone(request: &Request) -> bool {
    match request.method {
        Method::Invite
        | Method::Ack
        | Method::Cancel
        | Method::Bye
        | Method::Prack
        | Method::Update => false,
        Method::Register
        | Method::Options
        | Method::Message
        | Method::Subscribe
        | Method::Notify
        | Method::Refer
        | Method::Publish
        | Method::Info
        | Method::Other(_) => true,
    }
}

/// Whether a request is the first we see of it, or came by another way too (§8.2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    First,
    Merged,
}
