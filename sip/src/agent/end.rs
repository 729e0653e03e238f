//! The end of calls, which comes once: RFC 3261 §15.

use super::call::{Call, Stage};
use super::exchange::{Exchange, Purpose};
use super::{Agent, Alarm, CallHandle, End, EndedBy, Event, How, Reason, Reply};
use crate::message::{Method, Status, Text};
use crate::time::Instant;
use crate::transaction::ServerId;
use crate::transport::FlowId;

impl Agent {
    pub(super) fn insert_call(&mut self, handle: CallHandle, call: Call) {
        let dialog = (call.call_id.clone(), call.local_tag.clone());
        self.calls_by_dialog.insert(dialog, handle);
        self.calls_by_flow.insert((call.hop.flow, handle));
        self.calls.insert(handle, call);
        self.settle(handle);
    }

    /// Forgets a call in which nothing can happen any more, or notes its next deadline.
    pub(super) fn settle(&mut self, handle: CallHandle) {
        let Some(call) = self.calls.get(&handle) else {
            return;
        };
        if !call.is_done() {
            return self.alarms.set(Alarm::Call(handle), call.deadline());
        }
        self.alarms.set(Alarm::Call(handle), None);
        if let Some(call) = self.calls.remove(&handle) {
            self.calls_by_dialog.remove(&(call.call_id, call.local_tag));
            self.calls_by_flow.remove(&(call.hop.flow, handle));
        }
    }

    /// Tells the owner that the call is over, unless it knows, and drops what waits in it.
    pub(super) fn end_call(&mut self, handle: CallHandle, end: End, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle).filter(|call| !call.ended) else {
            return;
        };
        call.ended = true;
        let to_tag = call.local_tag.clone();
        let requests = call.requests.clone();
        let waiting = std::mem::take(&mut call.waiting);
        for id in requests {
            self.abandon_exchange(id);
        }
        for id in waiting {
            self.terminate(id, &to_tag, now);
        }
        self.event(Event::Ended { call: handle, end });
    }

    /// Drops what is under way in the call's dialogs with any but the peers to keep, which are
    /// told by their tags.
    pub(super) fn drop_requests_but(
        &mut self,
        handle: CallHandle,
        keep: impl Fn(&str) -> bool,
        now: Instant,
    ) {
        let Some(call) = self.calls.get(&handle) else {
            return;
        };
        let to_tag = call.local_tag.clone();
        let requests = call.requests.clone();
        let waiting = call.waiting.clone();
        for id in requests {
            let exchange = self.exchanges.get(&id);
            if exchange.is_some_and(|exchange| !keep(exchange.remote_tag())) {
                self.abandon_exchange(id);
            }
        }
        for id in waiting {
            let received = self.transactions.received(id);
            let from = received.map(|request| request.headers.from.tag().unwrap_or_default());
            if from.is_some_and(|tag| !keep(tag)) {
                self.terminate(id, &to_tag, now);
            }
        }
    }

    /// Answers a request that waited in a dialog which is over (§15.1.2).
    fn terminate(&mut self, id: ServerId, to_tag: &Text, now: Instant) {
        let received = self.transactions.received(id);
        let status = match received.is_some_and(|request| request.method == Method::Bye) {
            true => Status::OK,
            false => Status::REQUEST_TERMINATED,
        };
        // Gone only if the flow was lost in between, and then nobody waits.
        let _ = self.answer(id, Reply::new(status), to_tag, now);
        self.forget_waiting(id);
    }

    /// Ends a call that has a dialog, by BYE: at once, or when the ACK to our 2xx is there (§15).
    pub(super) fn end_with_bye(
        &mut self,
        handle: CallHandle,
        end: End,
        reason: Option<Reason>,
        now: Instant,
    ) {
        if self.calls.get(&handle).is_none_or(|call| call.ended) {
            return;
        }
        // Nobody answers its offer any more.
        self.send_ack_that_waited(handle, None);
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        match call.awaits_first_ack() {
            true => call.bye_after_ack = Some(reason),
            false => self.send_bye(handle, reason.as_ref(), now),
        }
        self.end_call(handle, end, now);
        self.settle(handle);
    }

    /// Sends the BYE that had to wait for the ACK, if there is one.
    pub(super) fn send_bye_that_waited(&mut self, handle: CallHandle, now: Instant) {
        let waited = self
            .calls
            .get_mut(&handle)
            .and_then(|call| call.bye_after_ack.take());
        if let Some(reason) = waited {
            self.send_bye(handle, reason.as_ref(), now);
        }
    }

    pub(super) fn wake_call(&mut self, handle: CallHandle, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        match &call.stage {
            Stage::Calling { answer_by, .. } if *answer_by <= now => {
                let reason = Reason::sip(Status::REQUEST_TIMEOUT, "No answer");
                self.cancel(handle, Some(reason), now);
                self.end_call(handle, End::plain(EndedBy::Timeout, How::NoAnswer), now);
            }
            Stage::Cancelling {
                transaction,
                give_up_at,
            } if *give_up_at <= now => {
                let transaction = *transaction;
                call.stage = Stage::Settled;
                self.transactions.give_up(transaction, now);
            }
            Stage::Ringing { id, until } if *until <= now => {
                let id = *id;
                self.wake_ringing(handle, id, now);
            }
            Stage::Calling { .. }
            | Stage::CancelHeld { .. }
            | Stage::Cancelling { .. }
            | Stage::Ringing { .. }
            | Stage::Settled => {}
        }
        self.wake_unacked(handle, now);
        self.wake_unanswered(handle, now);
        self.wake_provisionals(handle, now);
        self.wake_session(handle, now);
        self.settle(handle);
    }

    /// The calls whose requests take that flow, those that were parked when it was lost among them.
    pub fn calls_on(&self, flow: FlowId) -> Vec<CallHandle> {
        let first = (flow, CallHandle(0));
        let last = (flow, CallHandle(u64::MAX));
        let calls = self.calls_by_flow.range(first..=last);
        calls.map(|(_, call)| *call).collect()
    }

    /// Calls whose INVITE was under way on the flow have ended by now.
    pub(super) fn tell_lost_flow(&mut self, flow: FlowId) {
        for call in self.calls_on(flow) {
            let Some(found) = self.calls.get_mut(&call) else {
                continue;
            };
            found.parked = true;
            if !found.ended {
                self.event(Event::FlowLost { call, flow });
            }
        }
    }

    fn send_bye(&mut self, handle: CallHandle, reason: Option<&Reason>, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let (hop, credentials) = (call.hop, call.credentials.clone());
        let Some(dialog) = &call.dialog else {
            return;
        };
        let mut bye = dialog.draft(Method::Bye);
        if let Some(reason) = reason {
            bye.headers.push("Reason", reason.to_string());
        }
        let exchange = Exchange::new(hop, bye, credentials, Purpose::Quiet(Some(handle)));
        self.start_exchange(exchange, now);
    }
}
