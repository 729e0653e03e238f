//! Requests inside a dialog: RFC 3261 §12.2, §14, §15; RFC 3311 for UPDATE.

use super::call::{Stage, Unacked, Which};
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
    /// acknowledged here) or any other but BYE, ACK and CANCEL. One whose offer would collide with
    /// an open one is put off for up to 4 s (§14.1).
    ///
    /// Before the answer and after the end it fails with [`Failure::CallEnded`]. The end of the
    /// dialog, which a 481, a 408 or no response shows (§12.2.1.2), ends the call.
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
            .get_mut(&handle)
            .filter(|call| call.is_answered());
        let hop = live.as_ref().map(|call| call.hop);
        let credentials = live.as_ref().and_then(|call| call.credentials.clone());
        let contact = live
            .as_ref()
            .map(|call| call.contact.clone())
            .unwrap_or_default();
        let request = live
            .and_then(|call| call.dialog.as_mut())
            .map(|dialog| dialog.request(method));
        let (Some(hop), Some(mut request)) = (hop, request) else {
            let id = RequestId(self.next_id());
            self.event(Event::RequestFailed {
                id,
                failure: Failure::CallEnded,
            });
            return id;
        };
        if refreshes_target(&request.method) {
            request.headers.contact = contact;
        }
        request.headers.other = headers;
        super::capability::announce(
            &request.method,
            &mut request.headers,
            &self.wire.option_tags,
        );
        if let Some(body) = body {
            request.set_body(body);
        }
        let exchange = Exchange::new(hop, request, credentials, Purpose::InCall(handle));
        let id = self.start_exchange(exchange, now);
        self.pump(now);
        id
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

    /// What others call the dialog of a call, for Replaces (RFC 3891). `None` without one.
    pub fn dialog_id(&self, call: CallHandle) -> Option<DialogId> {
        let call = self.calls.get(&call)?;
        let dialog = call.dialog.as_ref()?;
        Some(DialogId {
            call_id: call.call_id.clone(),
            local_tag: call.local_tag.clone(),
            remote_tag: Text::from(dialog.remote_tag()),
        })
    }

    /// Acknowledges the 2xx to an INVITE or re-INVITE of ours that went without an offer: the
    /// body is the answer to that of the 2xx, `None` if it has none to answer. Within 32 s of
    /// [`Event::Answered`] or [`Event::Response`]; then the call is ended.
    ///
    /// # Errors
    /// No 2xx waits for it.
    pub fn acknowledge(
        &mut self,
        call: CallHandle,
        body: Option<Body>,
        now: Instant,
    ) -> Result<(), AgentError> {
        let _ = (body, now);
        match self.calls.contains_key(&call) {
            true => Err(AgentError::WrongState),
            false => Err(AgentError::NoSuchCall),
        }
    }

    /// Sends what comes next inside the call by another hop: the WebSocket was replaced.
    pub fn move_call(&mut self, call: CallHandle, hop: Hop) {
        let Some(found) = self.calls.get_mut(&call) else {
            return;
        };
        self.calls_by_flow.remove(&(found.hop.flow, call));
        found.hop = hop;
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
        let waits = matches!(call.stage, Stage::Calling { .. });
        let Some(dialog) = call
            .dialog
            .as_mut()
            .filter(|dialog| dialog.remote_tag() == from_tag)
        else {
            let reply = match waits && request.method != Method::Bye {
                // It has overtaken its 2xx; 481 would end the call that we are about to have.
                true => retry_after(1),
                false => Reply::new(Status::CALL_DOES_NOT_EXIST),
            };
            return self.refuse(id, reply, now);
        };
        if dialog.receive(&request).is_err() {
            return self.refuse(id, Reply::new(Status::SERVER_INTERNAL_ERROR), now);
        }
        if request.method == Method::Bye {
            return self.on_bye(handle, id, &request, now);
        }
        if call.ended {
            return self.refuse(id, Reply::new(Status::CALL_DOES_NOT_EXIST), now);
        }
        if call.waiting.len() >= MAX_WAITING {
            return self.refuse(id, Reply::new(Status::SERVICE_UNAVAILABLE), now);
        }
        let offers = offers(&request);
        if offers && call.our_offer.is_some() {
            return self.refuse(id, Reply::new(Status::REQUEST_PENDING), now);
        }
        if offers && call.has_open_offer() || request.method == Method::Invite && call.is_ringing()
        {
            // §14.2: the peer did not wait for the end of its last one.
            let reply = retry_after(self.wire.ids.below(11));
            return self.refuse(id, reply, now);
        }
        if !self.understands(id, &request, now) {
            return;
        }
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        if refreshes_target(&request.method)
            && let Some(dialog) = &mut call.dialog
        {
            dialog.refresh_target(&request.headers.contact);
        }
        if offers {
            call.their_offer = Some(id);
        }
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
        let status = reply.status;
        if refreshes_target(&request.method) && status.is_success() {
            match reply.contact.is_empty() {
                true => reply.contact = call.contact.list().to_vec(),
                false => call.contact = Contact::from(reply.contact.clone()),
            }
        }
        let response = self.wire.response(request, reply, &call.local_tag);
        if is_invite && status.is_success() {
            let unacked = Unacked::new(id, Which::Again, response.clone(), &self.timers, now);
            call.unacked = Some(unacked);
        }
        let outcome = self.answer_with(id, &response, now);
        if status.is_final() {
            self.forget_waiting(id);
        }
        self.settle(handle);
        outcome
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
    }

    /// §15.1.2, also inside an early dialog, where it ends the INVITE too.
    fn on_bye(&mut self, handle: CallHandle, id: ServerId, request: &Request, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let to_tag = call.local_tag.clone();
        // The peer has our 2xx if it hangs up, and waits for nothing more.
        call.unacked = None;
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
fn retry_after(seconds: u32) -> Reply {
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
