//! The end of calls, which comes once: RFC 3261 §15.

use super::call::{Call, Stage};
use super::exchange::{Exchange, Purpose};
use super::{Agent, Alarm, CallHandle, End, EndedBy, Event, How, Reason, Reply};
use crate::message::{Method, Status};
use crate::time::Instant;
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
            // §15.1.2. Gone only if the flow was lost in between, and then nobody waits.
            let _ = self.answer(id, Reply::new(Status::REQUEST_TERMINATED), &to_tag, now);
            self.forget_waiting(id);
        }
        self.event(Event::Ended { call: handle, end });
    }

    /// Ends a call that has a dialog, by BYE: at once, or when the ACK to our 2xx is there (§15).
    pub(super) fn end_with_bye(
        &mut self,
        handle: CallHandle,
        end: End,
        reason: Option<Reason>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&handle).filter(|call| !call.ended) else {
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
                self.cancel(handle, None, now);
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
        self.settle(handle);
    }

    /// Calls whose INVITE was under way on the flow have ended by now.
    pub(super) fn tell_lost_flow(&mut self, flow: FlowId) {
        let first = (flow, CallHandle(0));
        let last = (flow, CallHandle(u64::MAX));
        let calls: Vec<CallHandle> = self
            .calls_by_flow
            .range(first..=last)
            .map(|(_, call)| *call)
            .collect();
        for call in calls {
            if self.calls.get(&call).is_some_and(|call| !call.ended) {
                self.event(Event::FlowLost { call, flow });
            }
        }
    }

    fn send_bye(&mut self, handle: CallHandle, reason: Option<&Reason>, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let (hop, credentials) = (call.hop, call.credentials.clone());
        let Some(dialog) = &mut call.dialog else {
            return;
        };
        let mut bye = dialog.request(Method::Bye);
        if let Some(reason) = reason {
            bye.headers.push("Reason", reason.to_string());
        }
        let exchange = Exchange::new(hop, bye, credentials, Purpose::Quiet(Some(handle)));
        self.start_exchange(exchange, now);
    }
}
