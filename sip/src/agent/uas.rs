//! Taking a call: RFC 3261 §13.3, §9.2.

use super::call::{Call, Stage, Unacked, Which};
use super::{
    Agent, AgentError, CallHandle, End, EndedBy, Event, How, Output, Reason, Reply, Waiting,
};
use crate::dialog::Dialog;
use crate::message::{Body, Contact, Header, Request, Response, Status};
use crate::time::{Duration, Instant};
use crate::transaction::ServerId;
use crate::transport::Hop;

impl Agent {
    /// Answers a call with a 2xx, which is sent until its ACK comes ([`Event::Confirmed`]). It
    /// waits for the PRACK of a 1xx with a description.
    ///
    /// # Errors
    /// As [`Agent::progress`].
    pub fn accept(
        &mut self,
        call: CallHandle,
        reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        if !reply.status.is_success() {
            return Err(AgentError::WrongStatus);
        }
        let id = self.ringing(call)?;
        if let Some(reply) = self.hold_final(call, reply)? {
            self.send_answer(call, id, reply, now)?;
        }
        self.settle(call);
        self.pump(now);
        Ok(())
    }

    /// Refuses a call with a 300-699, which ends it.
    ///
    /// # Errors
    /// As [`Agent::progress`].
    pub fn reject(
        &mut self,
        call: CallHandle,
        reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        if !reply.status.is_failure() {
            return Err(AgentError::WrongStatus);
        }
        let id = self.ringing(call)?;
        let end = End::plain(EndedBy::Us, How::Refused(reply.status));
        self.end_ringing(call, id, reply, end, now);
        self.pump(now);
        Ok(())
    }

    /// Sends the 2xx to the INVITE.
    pub(super) fn send_answer(
        &mut self,
        handle: CallHandle,
        id: ServerId,
        mut reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        self.grant_session(handle, id, &mut reply, now);
        let (contact, body) = (reply.contact.clone(), reply.body.clone());
        let response = self.answer_invite(handle, id, reply, now)?;
        let timers = self.timers;
        if let Some(call) = self.calls.get_mut(&handle) {
            call.stage = Stage::Settled;
            call.contact = Contact::from(contact);
            call.describe(body.as_ref());
            call.unacked = Some(Unacked::new(id, Which::First, response, &timers, now));
        }
        self.settle(handle);
        Ok(())
    }

    pub(super) fn on_invite(&mut self, id: ServerId, hop: Hop, request: Request, now: Instant) {
        if !self.lasts_long_enough(id, &request, now) {
            return;
        }
        if self.calls.len() >= self.limits.calls {
            let retry = Header::fixed("Retry-After", RETRY_AFTER_SECONDS);
            let reply = Reply::new(Status::SERVICE_UNAVAILABLE).with_header(retry);
            return self.refuse(id, reply, now);
        }
        let replaces = match self.replaced_by(&request) {
            Ok(replaces) => replaces,
            Err(status) => return self.refuse(id, Reply::new(status), now),
        };
        let handle = CallHandle(self.next_id());
        let local_tag = self.wire.ids.tag();
        let dialog = Dialog::callee(&request, &local_tag);
        let invite = Request {
            body: Vec::new(),
            ..request.clone()
        };
        let stage = Stage::Ringing {
            id,
            until: now + RING_AT_MOST.min(validity(&request)),
        };
        let mut call = Call::new(hop, invite, local_tag, stage);
        call.offerless = request.body.is_empty();
        call.note_allow(&request.headers);
        call.dialog = Some(dialog);
        self.insert_call(handle, call);
        self.waiting.insert(id, Waiting::Invite(handle));
        self.event(Event::Incoming {
            call: handle,
            hop,
            request,
            replaces,
        });
    }

    /// §9.2: the CANCEL is answered by itself, and ends the INVITE if that has no answer yet.
    pub(super) fn on_cancel(
        &mut self,
        id: ServerId,
        request: &Request,
        cancels: Option<ServerId>,
        now: Instant,
    ) {
        let Some(target) = cancels else {
            return self.refuse(id, Reply::new(Status::CALL_DOES_NOT_EXIST), now);
        };
        let call = match self.waiting.get(&target) {
            Some(Waiting::Invite(call) | Waiting::InCall(call)) => Some(*call),
            Some(Waiting::Outside { .. }) | None => None,
        };
        let to_tag = match call.and_then(|call| self.calls.get(&call)) {
            Some(call) => call.local_tag.clone(),
            None => self.wire.ids.tag(),
        };
        // Gone only if the flow was lost in between, and then nobody waits.
        let _ = self.answer(id, Reply::new(Status::OK), &to_tag, now);
        let Some(call) = call else { return };
        let terminated = Reply::new(Status::REQUEST_TERMINATED);
        if self.ringing(call) == Ok(target) {
            let reason = Reason::of(&request.headers);
            let end = End::plain(EndedBy::Peer, How::Cancelled).with_reason(reason);
            return self.end_ringing(call, target, terminated, end, now);
        }
        // A re-INVITE: the call goes on as it was.
        let _ = self.respond_in_call(target, call, terminated, now);
    }

    /// The flow was lost before the INVITE was answered.
    pub(super) fn on_caller_lost(&mut self, handle: CallHandle, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        call.stage = Stage::Settled;
        self.end_call(handle, End::plain(EndedBy::Transport, How::FlowLost), now);
        self.settle(handle);
    }

    /// An ACK to a 2xx of ours; any other has nobody to go to.
    pub(super) fn on_ack(&mut self, ack: &Request, now: Instant) {
        let Some(tag) = ack.headers.to.tag() else {
            return;
        };
        let key = (ack.headers.call_id.clone(), tag.into());
        let Some(handle) = self.calls_by_dialog.get(&key).copied() else {
            return;
        };
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let cseq = ack.headers.cseq.number;
        let Some(unacked) = call
            .unacked
            .take_if(|unacked| unacked.response.headers.cseq.number == cseq)
        else {
            return;
        };
        let told = match unacked.which {
            Which::First | Which::AgainOfferless => !call.ended,
            Which::Again => false,
        };
        if told {
            let body = ack
                .headers
                .content_type
                .clone()
                .filter(|_| !ack.body.is_empty());
            let body = body.map(|content_type| Body::new(content_type, ack.body.clone()));
            self.event(Event::Confirmed { call: handle, body });
        }
        self.send_bye_that_waited(handle, now);
        self.settle(handle);
    }

    /// Sends the 2xx again, or gives up waiting for its ACK (§13.3.1.4).
    pub(super) fn wake_unacked(&mut self, handle: CallHandle, now: Instant) {
        let t2 = self.timers.t2;
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let Some(unacked) = &mut call.unacked else {
            return;
        };
        if unacked.expire_at <= now {
            call.unacked = None;
            self.send_bye_that_waited(handle, now);
            let end = End::plain(EndedBy::Timeout, How::NoAck);
            return self.end_with_bye(handle, end, None, now);
        }
        if unacked.retransmit_at > now {
            return;
        }
        unacked.retransmit_after = (unacked.retransmit_after * 2).min(t2);
        unacked.retransmit_at = now + unacked.retransmit_after;
        let (id, hop) = (unacked.id, call.hop);
        let response = unacked.response.clone();
        if self.answer_with(id, &response, now).is_err() {
            // Its transaction went with its flow; the call may have another.
            self.outputs.push_back(Output::Transmit {
                hop,
                bytes: response.to_bytes(),
            });
        }
    }

    /// The owner has not answered for as long as anybody waits.
    pub(super) fn wake_ringing(&mut self, handle: CallHandle, id: ServerId, now: Instant) {
        let end = End::plain(EndedBy::Timeout, How::NoAnswer);
        let expired = self
            .calls
            .get(&handle)
            .is_some_and(|call| validity(&call.invite) <= RING_AT_MOST);
        let reply = Reply::new(match expired {
            true => Status::REQUEST_TERMINATED,
            false => Status::TEMPORARILY_UNAVAILABLE,
        });
        self.end_ringing(handle, id, reply, end, now);
    }

    /// Refuses the INVITE and ends the call.
    pub(super) fn end_ringing(
        &mut self,
        handle: CallHandle,
        id: ServerId,
        reply: Reply,
        mut end: End,
        now: Instant,
    ) {
        end.status = Some(reply.status);
        if let Some(call) = self.calls.get_mut(&handle) {
            call.stage = Stage::Settled;
        }
        // Gone only if the flow was lost in between, and then nobody waits.
        let _ = self.answer_invite(handle, id, reply, now);
        self.end_call(handle, end, now);
        self.settle(handle);
    }

    /// The INVITE that waits for our answer.
    pub(super) fn ringing(&self, call: CallHandle) -> Result<ServerId, AgentError> {
        let call = self.calls.get(&call).ok_or(AgentError::NoSuchCall)?;
        match call.stage {
            Stage::Ringing { id, .. } => Ok(id),
            Stage::Calling { .. }
            | Stage::CancelHeld { .. }
            | Stage::Cancelling { .. }
            | Stage::Settled => Err(AgentError::WrongState),
        }
    }

    pub(super) fn answer_invite(
        &mut self,
        call: CallHandle,
        id: ServerId,
        reply: Reply,
        now: Instant,
    ) -> Result<Response, AgentError> {
        let call = self.calls.get(&call).ok_or(AgentError::NoSuchCall)?;
        let request = self
            .transactions
            .received(id)
            .ok_or(AgentError::NotWaiting)?;
        let response = self.wire.response(request, reply, &call.local_tag);
        self.answer_with(id, &response, now)?;
        Ok(response)
    }
}

/// For how long an INVITE is meant (RFC 3261 §13.3.1); for ever if it doesn't say.
fn validity(invite: &Request) -> Duration {
    let seconds = invite.headers.expires.map(u64::from);
    seconds.map_or(Duration::MAX, Duration::from_secs)
}

/// How long an INVITE may wait for the owner. A proxy gives up after timer C, at least three
/// minutes (§16.6), and a caller that vanished by UDP never says so.
const RING_AT_MOST: Duration = Duration::from_secs(240);

/// What a caller is asked to wait when there is no room for its call.
const RETRY_AFTER_SECONDS: u32 = 10;
