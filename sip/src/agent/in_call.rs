//! Requests inside a dialog: RFC 3261 §12.2, §14, §15; RFC 3311 for UPDATE.

use super::call::{Offerer, Stage, Unacked, Which};
use super::exchange::{Exchange, Purpose};
use super::{
    Agent, AgentError, CallHandle, DialogId, End, EndedBy, Event, Failure, How, Reason, Reply,
    RequestId, ServerRequestId, Waiting,
};
use crate::message::{Body, Contact, Header, Method, Request, Status, Text};
use crate::time::Instant;
use crate::transaction::ServerId;
use crate::transport::Hop;

impl Agent {
    /// Sends a request inside a call: INFO, OPTIONS, UPDATE, a new INVITE (whose 2xx is
    /// acknowledged here) or any other but ACK and CANCEL. A BYE ends the call when it is answered,
    /// unless it is answered by 401 or 407. One whose offer would collide with
    /// an open one is put off for up to 4 s (§14.1).
    ///
    /// Before the answer it goes into the early dialog, with several branches into the one heard
    /// of last. Without a dialog, and after the end, it fails with [`Failure::CallEnded`]; in a
    /// call whose flow is gone, with [`Failure::Transport`]. The end of an answered call's dialog,
    /// which a 481, a 408 or no response shows (§12.2.1.2), ends the call.
    pub fn request_in_call(
        &mut self,
        call: CallHandle,
        method: Method,
        headers: Vec<Header>,
        body: Option<Body>,
        now: Instant,
    ) -> RequestId {
        let handle = call;
        let live = self
            .calls
            .get(&handle)
            .and_then(|call| Some((call, call.open_dialog()?.draft(method))));
        let Some((call, mut request)) = live else {
            let id = RequestId(self.next_id());
            self.event(Event::RequestFailed {
                id,
                failure: Failure::CallEnded,
            });
            return id;
        };
        let (hop, credentials) = (call.hop, call.credentials.clone());
        let contact = call.contact.clone();
        if refreshes_target(&request.method) {
            request.headers.contact = contact;
        }
        request.headers.other = headers.into();
        super::capability::announce(
            &request.method,
            &mut request.headers,
            &self.wire.option_tags,
        );
        self.ask_session_in(call, &mut request);
        if let Some(body) = body {
            request.set_body(body);
        }
        let exchange = Exchange::new(hop, request, credentials, Purpose::InCall(handle));
        let id = self.start_exchange(exchange, now);
        self.pump(now);
        id
    }

    /// Lets the owner answer the peer's BYE, which else is answered here. It comes as
    /// [`Event::CallRequest`], and a 2xx to it ends the call.
    pub fn ask_owner_of_bye(&mut self, call: CallHandle) {
        if let Some(call) = self.calls.get_mut(&call) {
            call.owner_answers_bye = true;
        }
    }

    /// Ends a call, whatever its state: CANCEL, BYE (after the ACK if it has not come), or 603 to
    /// an INVITE that waits for us. [`Event::Ended`] follows at once, unless it came before.
    pub fn hang_up(&mut self, call: CallHandle, reason: Option<Reason>, now: Instant) {
        let Some(found) = self.calls.get(&call).filter(|call| !call.ended) else {
            return;
        };
        match found.stage {
            Stage::Calling { .. } | Stage::CancelHeld { .. } | Stage::Cancelling { .. } => {
                self.cancel(call, reason, now);
                self.end_call(call, End::plain(EndedBy::Us, How::Cancelled), now);
                self.settle(call);
            }
            Stage::Ringing { id, .. } => {
                let mut reply = Reply::new(Status::DECLINE);
                if let Some(reason) = reason {
                    reply
                        .headers
                        .push(Header::fixed("Reason", reason.to_string()));
                }
                let end = End::plain(EndedBy::Us, How::Refused(Status::DECLINE));
                self.end_ringing(call, id, reply, end, now);
            }
            Stage::Settled => {
                self.end_with_bye(call, End::plain(EndedBy::Us, How::Bye), reason, now);
            }
        }
        self.pump(now);
    }

    /// What others call the dialog of a call, the early one heard of last if it is not answered,
    /// for Replaces (RFC 3891). `None` without one.
    pub fn dialog_id(&self, call: CallHandle) -> Option<DialogId> {
        let call = self.calls.get(&call)?;
        let early = call.early.last().map(|early| &early.dialog);
        let dialog = call.dialog.as_ref().or(early)?;
        Some(DialogId {
            call_id: call.call_id.clone(),
            local_tag: call.local_tag.clone(),
            remote_tag: Text::from(dialog.remote_tag()),
        })
    }

    /// Sends what comes next inside the call by another hop: the WebSocket was replaced. What
    /// failed when the old one was lost is not sent again.
    pub fn move_call(&mut self, call: CallHandle, hop: Hop) {
        let Some(found) = self.calls.get_mut(&call) else {
            return;
        };
        self.calls_by_flow.remove(&(found.hop.flow, call));
        found.hop = hop;
        found.parked = false;
        self.calls_by_flow.insert((hop.flow, call));
    }

    pub(super) fn on_request_in_call(
        &mut self,
        handle: CallHandle,
        id: ServerId,
        request: Request,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let from_tag = request.headers.from.tag().unwrap_or_default();
        let waits = call.is_calling();
        let Some(dialog) = call.live_dialog_with(from_tag) else {
            let reply = match waits && request.method != Method::Bye {
                // It has overtaken its 2xx; 481 would end the call that we are about to have.
                true => retry_after(1),
                false => Reply::new(Status::CALL_DOES_NOT_EXIST),
            };
            return self.refuse(id, reply, now);
        };
        if request.method == Method::Prack {
            return self.on_prack(handle, id, request, now);
        }
        if dialog.receive(&request).is_err() {
            return self.refuse(id, Reply::new(Status::SERVER_INTERNAL_ERROR), now);
        }
        if request.method == Method::Bye {
            // The callee must not hang up before the answer (§15): it means nothing.
            let asks = call.owner_answers_bye && matches!(call.stage, Stage::Settled);
            let asks = asks && !call.ended && call.waiting.len() < MAX_WAITING;
            return match (waits, asks) {
                (true, _) => self.refuse(id, Reply::new(Status::CALL_DOES_NOT_EXIST), now),
                (false, true) => self.ask_owner(handle, id, request),
                (false, false) => self.on_bye(handle, id, &request, now),
            };
        }
        if call.ended {
            return self.refuse(id, Reply::new(Status::CALL_DOES_NOT_EXIST), now);
        }
        if call.waiting.len() >= MAX_WAITING {
            return self.refuse(id, Reply::new(Status::SERVICE_UNAVAILABLE), now);
        }
        let offers = offers(&request);
        let open = call.open_offer(from_tag).filter(|_| offers);
        if open == Some(Offerer::Us) || waits && request.method == Method::Invite {
            return self.refuse(id, Reply::new(Status::REQUEST_PENDING), now);
        }
        if open == Some(Offerer::Peer) || request.method == Method::Invite && call.is_ringing() {
            // §14.2: the peer did not wait for the end of its last one.
            let reply = retry_after(self.wire.ids.below(11));
            return self.refuse(id, reply, now);
        }
        if !self.understands(id, &request, now) {
            return;
        }
        if !self.lasts_long_enough(id, &request, now) {
            return;
        }
        self.take_in_call(handle, id, request, now);
    }

    /// A request that nothing stands against: it counts, and the owner answers it.
    fn take_in_call(&mut self, handle: CallHandle, id: ServerId, request: Request, now: Instant) {
        let offers = offers(&request);
        let from_tag = request.headers.from.tag().unwrap_or_default();
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        call.note_allow(&request.headers);
        if refreshes_target(&request.method)
            && let Some(dialog) = call.live_dialog_with(from_tag)
        {
            dialog.refresh_target(&request.headers.contact);
        }
        if request.method == Method::Update && !offers {
            return self.answer_refresh(handle, id, now);
        }
        if offers {
            call.their_offer = Some(id);
        }
        if request.method == Method::Invite && request.body.is_empty() {
            call.asks_offer = Some(id);
        }
        self.ask_owner(handle, id, request);
    }

    /// Lets the owner answer a request inside the call.
    pub(super) fn ask_owner(&mut self, handle: CallHandle, id: ServerId, request: Request) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        call.waiting.push(id);
        self.waiting.insert(id, Waiting::InCall(handle));
        self.event(Event::CallRequest {
            id: ServerRequestId(id),
            call: handle,
            request,
        });
    }

    /// The owner's answer to a request inside the call.
    pub(super) fn respond_in_call(
        &mut self,
        id: ServerId,
        handle: CallHandle,
        mut reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        let call = self.calls.get_mut(&handle).ok_or(AgentError::NoSuchCall)?;
        let request = self
            .transactions
            .received(id)
            .ok_or(AgentError::NotWaiting)?;
        let is_invite = request.method == Method::Invite;
        let is_prack = request.method == Method::Prack;
        let bye = (request.method == Method::Bye).then(|| Reason::of(&request.headers));
        let status = reply.status;
        if refreshes_target(&request.method) && status.is_success() {
            match reply.contact.is_empty() {
                true => reply.contact = call.contact.list().to_vec(),
                false => call.contact = Contact::from(reply.contact.clone()),
            }
            call.describe(reply.body.as_ref());
            if matches!(call.stage, Stage::Settled) {
                self.grant_session(handle, id, &mut reply, now);
            }
        }
        let call = self.calls.get_mut(&handle).ok_or(AgentError::NoSuchCall)?;
        let request = self
            .transactions
            .received(id)
            .ok_or(AgentError::NotWaiting)?;
        let response = self.wire.response(request, reply, &call.local_tag);
        if is_invite && status.is_success() {
            let which = match call.asks_offer == Some(id) {
                true => Which::AgainOfferless,
                false => Which::Again,
            };
            let unacked = Unacked::new(id, which, response.clone(), &self.timers, now);
            call.unacked = Some(unacked);
        }
        let outcome = self.answer_with(id, &response, now);
        if status.is_final() {
            self.forget_waiting(id);
        }
        if is_prack && status.is_final() {
            self.go_on_after_prack(handle, now);
        }
        if let Some(reason) = bye.filter(|_| status.is_success()) {
            self.bye_was_taken(handle, reason, now);
        }
        self.settle(handle);
        outcome
    }

    /// The owner agreed to the peer's BYE.
    fn bye_was_taken(&mut self, handle: CallHandle, reason: Option<Reason>, now: Instant) {
        if let Some(call) = self.calls.get_mut(&handle) {
            // The peer has our 2xx if it hangs up, and waits for nothing more.
            call.unacked = None;
            call.unanswered = None;
            call.bye_after_ack = None;
        }
        let end = End::plain(EndedBy::Peer, How::Bye).with_reason(reason);
        self.end_call(handle, end, now);
    }

    /// A request of the peer's has its answer, or can have none.
    pub(super) fn forget_waiting(&mut self, id: ServerId) {
        let Some(Waiting::InCall(handle)) = self.waiting.remove(&id) else {
            return;
        };
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        call.waiting.retain(|other| *other != id);
        if call.their_offer == Some(id) {
            call.their_offer = None;
        }
        if call.asks_offer == Some(id) {
            call.asks_offer = None;
        }
    }

    /// §15.1.2, also inside an early dialog, where it ends the INVITE too.
    fn on_bye(&mut self, handle: CallHandle, id: ServerId, request: &Request, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let to_tag = call.local_tag.clone();
        // The peer has our 2xx if it hangs up, and waits for nothing more.
        call.unacked = None;
        call.unanswered = None;
        call.bye_after_ack = None;
        // Gone only if the flow was lost in between, and then nobody waits.
        let _ = self.answer(id, Reply::new(Status::OK), &to_tag, now);
        let reason = Reason::of(&request.headers);
        let end = End::plain(EndedBy::Peer, How::Bye).with_reason(reason);
        match self.ringing(handle) {
            Ok(invite) => {
                let terminated = Reply::new(Status::REQUEST_TERMINATED);
                self.end_ringing(handle, invite, terminated, end, now);
            }
            Err(_) => {
                self.end_call(handle, end, now);
                self.settle(handle);
            }
        }
    }
}

/// A 500 that asks to try again after so many seconds.
pub(super) fn retry_after(seconds: u32) -> Reply {
    Reply::new(Status::SERVER_INTERNAL_ERROR).with_header(Header::fixed("Retry-After", seconds))
}

fn refreshes_target(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Update)
}

/// Whether it opens an offer (RFC 3261 §14, RFC 3311 §5.1).
fn offers(request: &Request) -> bool {
    match request.method {
        Method::Invite => true,
        _ => request.method == Method::Update && !request.body.is_empty(),
    }
}

/// How many requests inside one call may wait for the owner. It answers at once, but for a
/// re-INVITE that a person is asked about.
const MAX_WAITING: usize = 16;
