//! Making a call: RFC 3261 §13.2, §9.1.

use super::auth::Verdict;
use super::call::{Agreement, Call, Heard, Stage};
use super::offerless::Unanswered;
use super::session::ask_first;
use super::{Agent, CallHandle, End, EndedBy, Event, Failure, How, Invite, Reason, Sender};
use crate::message::{Contact, Response, Status, Text};
use crate::time::{Duration, Instant};
use crate::transaction::{self, ClientId};

impl Agent {
    /// Makes a call. What becomes of it comes as events; if it cannot even be tried,
    /// [`Event::Ended`] is the first.
    pub fn invite(&mut self, invite: Invite, now: Instant) -> CallHandle {
        let handle = CallHandle(self.next_id());
        let mut request = self.wire.invite(&invite);
        if let Some(timers) = &self.session {
            ask_first(timers, &mut request.headers);
        }
        self.wallet
            .authorize(&mut request, invite.credentials.as_ref());
        let sent = match self.calls.len() < self.limits.calls {
            true => self.send(invite.hop, request.clone(), self.oversize, now),
            false => Err(transaction::Overloaded),
        };
        let Ok(transaction) = sent else {
            let end = End::plain(EndedBy::Us, How::Overloaded);
            self.event(Event::Ended { call: handle, end });
            return handle;
        };
        self.senders.insert(transaction, Sender::Invite(handle));
        let stage = Stage::Calling {
            transaction,
            answer_by: now + invite.answer_within.min(ANSWER_WITHIN_AT_MOST),
            heard: Heard::No,
        };
        let local_tag = Text::from(request.headers.from.tag().unwrap_or_default());
        let mut call = Call::new(invite.hop, request, local_tag, stage);
        call.credentials = invite.credentials;
        call.contact = Contact::one(invite.contact);
        call.describe(invite.body.as_ref());
        self.insert_call(handle, call);
        self.pump(now);
        handle
    }

    pub(super) fn on_invite_response(
        &mut self,
        handle: CallHandle,
        id: ClientId,
        response: Response,
        now: Instant,
    ) {
        if self.send_ack_again(id, &response) {
            return;
        }
        let Some(call) = self.calls.get_mut(&handle) else {
            return self.part_with_branch(id, None, &response, now);
        };
        if call.awaits_answer_to(id, &response) {
            return;
        }
        let status = response.status;
        match &mut call.stage {
            Stage::Calling { .. } if status.is_provisional() => {
                self.on_provisional(handle, response, now);
            }
            Stage::Calling { .. } if status.is_success() => {
                self.on_answer(handle, id, response, now);
            }
            Stage::Calling { answer_by, .. } => {
                let answer_by = *answer_by;
                self.on_refusal(handle, response, answer_by, now);
            }
            Stage::CancelHeld {
                transaction,
                reason,
            } if status.is_provisional() => {
                let (transaction, reason) = (*transaction, reason.take());
                self.send_cancel(handle, transaction, reason.as_ref(), now);
            }
            Stage::Cancelling { .. } if status.is_provisional() => {}
            Stage::CancelHeld { .. } | Stage::Cancelling { .. } => {
                call.stage = Stage::Settled;
                if status.is_success() {
                    // The answer crossed our CANCEL (§9.1): the call stands, so it is hung up.
                    self.part_with_branch(id, Some(handle), &response, now);
                }
            }
            Stage::Settled if status.is_success() => {
                self.part_with_branch(id, Some(handle), &response, now);
            }
            Stage::Ringing { .. } | Stage::Settled => {}
        }
        self.settle(handle);
    }

    /// Whether the call still waits for that transaction.
    pub(super) fn is_latest_invite(&self, handle: CallHandle, id: ClientId) -> bool {
        self.calls
            .get(&handle)
            .is_some_and(|call| match call.stage {
                Stage::Calling { transaction, .. }
                | Stage::CancelHeld { transaction, .. }
                | Stage::Cancelling { transaction, .. } => transaction == id,
                Stage::Ringing { .. } | Stage::Settled => false,
            })
    }

    pub(super) fn on_invite_failure(&mut self, handle: CallHandle, failure: Failure, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        call.stage = Stage::Settled;
        let end = match failure {
            Failure::Transport => End::plain(EndedBy::Transport, How::FlowLost),
            Failure::Timeout | Failure::Unauthorized | Failure::CallEnded | Failure::Overloaded => {
                End::plain(EndedBy::Timeout, How::NoResponse)
            }
        };
        self.end_call(handle, end, now);
        self.settle(handle);
    }

    /// Cancels a call of ours that is not answered, or arranges for it.
    pub(super) fn cancel(&mut self, handle: CallHandle, reason: Option<Reason>, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        match &call.stage {
            Stage::Calling {
                transaction,
                heard: Heard::Yes,
                ..
            } => {
                let transaction = *transaction;
                self.send_cancel(handle, transaction, reason.as_ref(), now);
            }
            Stage::Calling {
                transaction,
                heard: Heard::No,
                ..
            } => {
                call.stage = Stage::CancelHeld {
                    transaction: *transaction,
                    reason,
                };
            }
            Stage::CancelHeld { .. }
            | Stage::Cancelling { .. }
            | Stage::Ringing { .. }
            | Stage::Settled => {}
        }
    }

    /// The first 2xx: the call stands, with this branch of it alone.
    fn on_answer(&mut self, handle: CallHandle, id: ClientId, response: Response, now: Instant) {
        let Some((_, invite)) = self.transactions.sent(id) else {
            return;
        };
        let tag = response.headers.to.tag().unwrap_or_default().to_owned();
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let agreement = call.agreement(&tag);
        let dialog = call.take_branch(invite, &response);
        let waits = call.offerless && agreement == Agreement::Open;
        call.stage = Stage::Settled;
        call.invite.body = Vec::new();
        call.dialog = Some(dialog.clone());
        let hop = call.hop;
        if waits {
            let until = now + self.timers.transaction();
            call.unanswered = Some(Unanswered::new(id, response.clone(), until));
        } else {
            self.send_ack(id, hop, &dialog, &response, None);
        }
        self.take_session(handle, &response, now);
        self.event(Event::Answered {
            call: handle,
            response,
        });
        self.drop_requests_but(handle, |other| other == tag, now);
        self.send_held(handle, now);
    }

    /// A 300-699: once more with credentials, or the end.
    fn on_refusal(
        &mut self,
        handle: CallHandle,
        response: Response,
        answer_by: Instant,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let credentials = call.credentials.as_ref();
        let verdict = self.wallet.challenged(
            &call.invite,
            &response,
            credentials,
            &mut call.attempts,
            &mut self.wire.ids,
        );
        let lengthened = match &self.session {
            Some(timers) if response.status == Status::SESSION_INTERVAL_TOO_SMALL => {
                call.lengthen_invite(&response.headers, timers)
            }
            Some(_) | None => false,
        };
        if verdict == Verdict::Retry || lengthened {
            call.invite.headers.cseq.number += 1;
            call.early.clear();
            self.wallet
                .authorize(&mut call.invite, call.credentials.as_ref());
            let (hop, request) = (call.hop, call.invite.clone());
            let oversize = call.oversize.but(self.oversize);
            if let Ok(transaction) = self.send(hop, request, oversize, now) {
                self.senders.insert(transaction, Sender::Invite(handle));
                if let Some(call) = self.calls.get_mut(&handle) {
                    call.stage = Stage::Calling {
                        transaction,
                        answer_by,
                        heard: Heard::No,
                    };
                }
                return;
            }
        }
        if let Some(call) = self.calls.get_mut(&handle) {
            call.stage = Stage::Settled;
        }
        let how = How::Refused(response.status);
        self.end_call(handle, End::by_response(EndedBy::Peer, how, response), now);
    }

    fn send_cancel(
        &mut self,
        handle: CallHandle,
        transaction: ClientId,
        reason: Option<&Reason>,
        now: Instant,
    ) {
        self.send_cancel_of(transaction, reason, now);
        if let Some(call) = self.calls.get_mut(&handle) {
            let give_up_at = now + self.timers.transaction();
            call.stage = Stage::Cancelling {
                transaction,
                give_up_at,
            };
        }
    }

    /// Sends the CANCEL of an INVITE. Nobody is interested in its answer.
    pub(super) fn send_cancel_of(
        &mut self,
        transaction: ClientId,
        reason: Option<&Reason>,
        now: Instant,
    ) {
        let Some((hop, invite)) = self.transactions.sent(transaction) else {
            return;
        };
        let mut cancel = transaction::cancel(invite);
        if let Some(reason) = reason {
            cancel.headers.push("Reason", reason.to_string());
        }
        // Without room for it the INVITE is given up at the same time all the same.
        let _ = self.transactions.send(hop, cancel, now);
    }
}

/// A day. Nobody rings longer, and a time further away may not be one.
const ANSWER_WITHIN_AT_MOST: Duration = Duration::from_secs(24 * 3600);
