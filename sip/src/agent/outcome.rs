//! What comes of our requests: RFC 3261 §8.1.3, §12.2.1.2, with the retries of §22 and §14.1.

use super::auth::Verdict;
use super::call::{Heard, Stage};
use super::exchange::{Exchange, Purpose};
use super::offerless::Unanswered;
use super::{Agent, CallHandle, End, EndedBy, Event, Failure, How, RequestId};
use crate::message::{Body, Method, Response, Status};
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
            && matches!(exchange.purpose, Purpose::InCall(_) | Purpose::Refresh(_))
        {
            exchange.collisions += 1;
            return self.put_off(id, now);
        }
        if self.lengthen(id, &response) {
            return self.send_exchange(id, now);
        }
        self.take_success(id, transaction, &response, now);
        let Some(exchange) = self.finish_exchange(id) else {
            return;
        };
        match failure {
            Some(failure) => self.tell_failure(id, &exchange, failure, now),
            None => self.tell_response(id, &exchange, response, now),
        }
    }

    pub(super) fn on_exchange_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        if let Some(exchange) = self.finish_exchange(id) {
            self.tell_failure(id, &exchange, failure, now);
        }
    }

    /// The final response goes to whom it is for.
    fn tell_response(
        &mut self,
        id: RequestId,
        exchange: &Exchange,
        response: Response,
        now: Instant,
    ) {
        let status = response.status;
        let gone = status == Status::CALL_DOES_NOT_EXIST || status == Status::REQUEST_TIMEOUT;
        let mut lost = End::plain(EndedBy::Peer, How::DialogLost);
        lost.status = Some(status);
        match exchange.purpose {
            Purpose::Owner => self.event(Event::Response { id, response }),
            Purpose::InCall(call) if exchange.request.method == Method::Bye => {
                self.event(Event::Response { id, response });
                let asks = matches!(
                    status,
                    Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED
                );
                if !asks {
                    self.bye_is_through(call, now);
                }
            }
            Purpose::InCall(call) => {
                self.event(Event::Response { id, response });
                if gone {
                    self.lose_dialog(call, exchange.remote_tag(), lost, now);
                }
            }
            Purpose::Prack(call) => self.on_prack_done(call, id, Some(status), now),
            Purpose::Refresh(call) if gone => self.end_with_bye(call, lost, None, now),
            Purpose::Refresh(call) if !status.is_success() => {
                self.on_refresh_refused(call, &exchange.request.method, &response, now);
            }
            Purpose::Refresh(_) | Purpose::Quiet(_) => {}
        }
    }

    /// There is no final response, and will be none.
    fn tell_failure(&mut self, id: RequestId, exchange: &Exchange, failure: Failure, now: Instant) {
        match exchange.purpose {
            Purpose::Owner => self.event(Event::RequestFailed { id, failure }),
            Purpose::InCall(call) if exchange.request.method == Method::Bye => {
                self.event(Event::RequestFailed { id, failure });
                self.bye_is_through(call, now);
            }
            Purpose::InCall(call) => {
                self.event(Event::RequestFailed { id, failure });
                if failure == Failure::Timeout {
                    let end = End::plain(EndedBy::Timeout, How::DialogLost);
                    self.lose_dialog(call, exchange.remote_tag(), end, now);
                }
            }
            Purpose::Prack(call) => self.on_prack_done(call, id, None, now),
            Purpose::Refresh(call) if failure == Failure::Timeout => self.expire(call, now),
            Purpose::Refresh(call) => self.on_refresh_lost(call, now),
            Purpose::Quiet(_) => {}
        }
    }

    /// The owner's BYE has done what it can.
    fn bye_is_through(&mut self, call: CallHandle, now: Instant) {
        self.end_call(call, End::plain(EndedBy::Us, How::Bye), now);
        self.settle(call);
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
        if method != Method::Invite && method != Method::Update {
            return;
        }
        let offerless = exchange.request.body.is_empty();
        let said = exchange.request.headers.content_type.clone();
        let said = said.filter(|_| !offerless);
        let said = said.map(|kind| Body::new(kind, exchange.request.body.clone()));
        let remote_tag = exchange.remote_tag();
        let handle = exchange.purpose.call();
        let Some((handle, call)) =
            handle.and_then(|handle| Some((handle, self.calls.get_mut(&handle)?)))
        else {
            return;
        };
        call.describe(said.as_ref());
        let hop = call.hop;
        let ended = call.ended;
        let Some(dialog) = call.dialog_with(remote_tag) else {
            return;
        };
        dialog.refresh_target(&response.headers.contact);
        let dialog = dialog.clone();
        if method == Method::Invite && offerless && !ended {
            let until = now + self.timers.transaction();
            call.unanswered = Some(Unanswered::new(transaction, response.clone(), until));
        } else if method == Method::Invite {
            self.send_ack(transaction, hop, &dialog, response, None);
        }
        self.take_session(handle, response, now);
    }
}

/// How often a 491 is answered by another try: two agents that draw their waits at random do not
/// collide more often, so one that does is not waiting.
const MAX_COLLISIONS: u8 = 3;
