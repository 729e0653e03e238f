//! What comes of our requests: RFC 3261 §8.1.3, §12.2.1.2, with the retries of §22 and §14.1.

use super::auth::Verdict;
use super::call::{Heard, Stage};
use super::exchange::Purpose;
use super::offerless::Unanswered;
use super::{Agent, CallHandle, End, EndedBy, Event, Failure, How, RequestId};
use crate::message::{Method, Response, Status};
use crate::time::Instant;
use crate::transaction::ClientId;

impl Agent {
    pub(super) fn on_exchange_response(
        &mut self,
        id: RequestId,
        transaction: ClientId,
        response: Response,
        now: Instant,
    ) {
        if self.send_ack_again(transaction, &response) {
            return;
        }
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        if response.status.is_provisional() {
            exchange.heard = Heard::Yes;
            return;
        }
        let verdict = self.wallet.challenged(
            &exchange.request,
            &response,
            exchange
                .credentials
                .as_ref()
                .filter(|_| exchange.is_wanted()),
            &mut exchange.attempts,
            &mut self.wire.ids,
        );
        let failure = match verdict {
            Verdict::Retry => return self.send_exchange(id, now),
            Verdict::Refused => Some(Failure::Unauthorized),
            Verdict::NotOurs => None,
        };
        if response.status == Status::REQUEST_PENDING
            && exchange.may_collide()
            && exchange.collisions < MAX_COLLISIONS
            && matches!(exchange.purpose, Purpose::InCall(_))
        {
            exchange.collisions += 1;
            return self.put_off(id, now);
        }
        self.take_success(id, transaction, &response, now);
        let Some(exchange) = self.finish_exchange(id) else {
            return;
        };
        let status = response.status;
        let event = match failure {
            Some(failure) => Event::RequestFailed { id, failure },
            None => Event::Response { id, response },
        };
        match exchange.purpose {
            Purpose::Owner => self.event(event),
            Purpose::InCall(call) => {
                self.event(event);
                if status == Status::CALL_DOES_NOT_EXIST || status == Status::REQUEST_TIMEOUT {
                    let mut end = End::plain(EndedBy::Peer, How::DialogLost);
                    end.status = Some(status);
                    self.lose_dialog(call, exchange.remote_tag(), end, now);
                }
            }
            Purpose::Prack(call) => self.on_prack_done(call, id, Some(status), now),
            Purpose::Quiet(_) => {}
        }
    }

    pub(super) fn on_exchange_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        let Some(exchange) = self.finish_exchange(id) else {
            return;
        };
        match exchange.purpose {
            Purpose::Owner => self.event(Event::RequestFailed { id, failure }),
            Purpose::InCall(call) => {
                self.event(Event::RequestFailed { id, failure });
                if failure == Failure::Timeout {
                    let end = End::plain(EndedBy::Timeout, How::DialogLost);
                    self.lose_dialog(call, exchange.remote_tag(), end, now);
                }
            }
            Purpose::Prack(call) => self.on_prack_done(call, id, None, now),
            Purpose::Quiet(_) => {}
        }
    }

    /// A request has shown that the peer has no such dialog (§12.2.1.2). That is the end of an
    /// answered call; before the answer only the INVITE's transaction says what becomes of it.
    fn lose_dialog(&mut self, handle: CallHandle, remote_tag: &str, end: End, now: Instant) {
        let Some(call) = self.calls.get(&handle) else {
            return;
        };
        match call.stage {
            Stage::Settled => self.end_with_bye(handle, end, None, now),
            Stage::Calling { .. } => self.lose_early_dialog(handle, remote_tag, now),
            Stage::CancelHeld { .. } | Stage::Cancelling { .. } | Stage::Ringing { .. } => {}
        }
    }

    /// A 2xx to a re-INVITE is acknowledged, and its Contact, as that to an UPDATE, is where the
    /// peer is from now on (§12.2.1.2).
    fn take_success(
        &mut self,
        id: RequestId,
        transaction: ClientId,
        response: &Response,
        now: Instant,
    ) {
        let Some(exchange) = self
            .exchanges
            .get(&id)
            .filter(|_| response.status.is_success())
        else {
            return;
        };
        let method = exchange.request.method.clone();
        let offerless = exchange.request.body.is_empty();
        let call = exchange.purpose.call();
        let remote_tag = exchange.remote_tag();
        let Some(call) = call.and_then(|call| self.calls.get_mut(&call)) else {
            return;
        };
        let hop = call.hop;
        let ended = call.ended;
        let Some(dialog) = call.dialog_with(remote_tag) else {
            return;
        };
        if method == Method::Invite || method == Method::Update {
            dialog.refresh_target(&response.headers.contact);
        }
        if method != Method::Invite {
            return;
        }
        if offerless && !ended {
            let until = now + self.timers.transaction();
            call.unanswered = Some(Unanswered::new(transaction, response.clone(), until));
            return;
        }
        let dialog = dialog.clone();
        self.send_ack(transaction, hop, &dialog, response, None);
    }
}

/// How often a 491 is answered by another try: two agents that draw their waits at random do not
/// collide more often, so one that does is not waiting.
const MAX_COLLISIONS: u8 = 3;
