//! Our requests but the INVITE of a call: RFC 3261 §8.1, §12.2.1, with the retries of §22 and §14.1.

use super::auth::{Attempts, Verdict};
use super::call::Heard;
use super::{
    Agent, Alarm, CallHandle, End, EndedBy, Event, Failure, How, Outgoing, RequestId, Sender,
};
use crate::digest::Credentials;
use crate::message::{Method, Request, Response, Status};
use crate::time::{Duration, Instant};
use crate::transaction::ClientId;
use crate::transport::Hop;

/// A request of ours until its final response.
#[derive(Debug)]
pub(super) struct Exchange {
    hop: Hop,
    /// Without Via.
    request: Request,
    credentials: Option<Credentials>,
    attempts: Attempts,
    purpose: Purpose,
    /// `None` while it is put off.
    transaction: Option<ClientId>,
    heard: Heard,
    collisions: u8,
    wake: Option<Wake>,
}

/// Who waits for the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The owner, outside a call.
    Owner,
    /// The owner, inside a call.
    InCall(CallHandle),
    /// Nobody; the call, if any, stays until the request is done.
    Quiet(Option<CallHandle>),
}

/// Why a request wants to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    /// It was put off because of a collision.
    Send,
    /// A re-INVITE has a provisional response and nothing else.
    Cancel,
    /// A re-INVITE was cancelled and still has no final response.
    GiveUp,
}

impl Exchange {
    pub(super) fn new(
        hop: Hop,
        request: Request,
        credentials: Option<Credentials>,
        purpose: Purpose,
    ) -> Exchange {
        Exchange {
            hop,
            request,
            credentials,
            attempts: Attempts::default(),
            purpose,
            transaction: None,
            heard: Heard::No,
            collisions: 0,
            wake: None,
        }
    }

    /// Whether it is worth another try: of those without an owner, only BYE.
    fn is_wanted(&self) -> bool {
        match self.purpose {
            Purpose::Owner | Purpose::InCall(_) => true,
            Purpose::Quiet(_) => self.request.method == Method::Bye,
        }
    }

    /// Whether it has an offer that may collide with the peer's (§14.1, RFC 3311 §5.1).
    fn may_collide(&self) -> bool {
        match self.request.method {
            Method::Invite => true,
            _ => self.request.method == Method::Update && !self.request.body.is_empty(),
        }
    }
}

impl Agent {
    /// Sends a request outside a call. Its final response comes as [`Event::Response`], or its
    /// failure as [`Event::RequestFailed`].
    pub fn request(&mut self, request: Outgoing, now: Instant) -> RequestId {
        let hop = request.hop;
        let credentials = request.credentials.clone();
        let request = self.wire.outgoing(request);
        let id = self.start_exchange(
            Exchange::new(hop, request, credentials, Purpose::Owner),
            now,
        );
        self.pump(now);
        id
    }

    /// Sends a request, or puts it off if its offer would collide with one that is open.
    pub(super) fn start_exchange(&mut self, exchange: Exchange, now: Instant) -> RequestId {
        let id = RequestId(self.next_id());
        let collides = exchange.may_collide();
        let call = exchange.purpose.call();
        self.exchanges.insert(id, exchange);
        if let Some(call) = call.and_then(|call| self.calls.get_mut(&call)) {
            call.requests.push(id);
            if collides && call.has_open_offer() {
                self.put_off(id, now);
                return id;
            }
        }
        self.send_exchange(id, now);
        id
    }

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
            Verdict::Retry => {
                self.renumber(id);
                return self.send_exchange(id, now);
            }
            Verdict::Refused => Some(Failure::Unauthorized),
            Verdict::NotOurs => None,
        };
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        if response.status == Status::REQUEST_PENDING
            && exchange.may_collide()
            && exchange.collisions < MAX_COLLISIONS
            && matches!(exchange.purpose, Purpose::InCall(_))
        {
            exchange.collisions += 1;
            self.renumber(id);
            return self.put_off(id, now);
        }
        self.take_target_of(id, transaction, &response);
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
                    self.end_with_bye(call, end, None, now);
                }
            }
            Purpose::Quiet(_) => {}
        }
    }

    /// Whether the request still waits for that transaction.
    pub(super) fn is_latest_try(&self, id: RequestId, transaction: ClientId) -> bool {
        self.exchanges
            .get(&id)
            .is_some_and(|exchange| exchange.transaction == Some(transaction))
    }

    /// The call a request is inside of.
    pub(super) fn call_of(&self, id: RequestId) -> Option<CallHandle> {
        self.exchanges
            .get(&id)
            .and_then(|exchange| exchange.purpose.call())
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
                    self.end_with_bye(call, end, None, now);
                }
            }
            Purpose::Quiet(_) => {}
        }
    }

    pub(super) fn wake_exchange(&mut self, id: RequestId, now: Instant) {
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        let transaction = exchange.transaction;
        match exchange.wake.take() {
            None => {}
            Some(Wake::Send) => {
                let call = exchange.purpose.call();
                match call.and_then(|call| self.calls.get(&call)) {
                    Some(call) if call.has_open_offer() => self.put_off(id, now),
                    Some(_) | None => self.send_exchange(id, now),
                }
            }
            Some(Wake::Cancel) => {
                if let (Some(transaction), Heard::Yes) = (transaction, exchange.heard) {
                    self.send_cancel_of(transaction, None, now);
                }
                self.wake_later(id, Wake::GiveUp, now + self.timers.transaction());
            }
            Some(Wake::GiveUp) => {
                if let Some(transaction) = transaction {
                    self.transactions.give_up(transaction, now);
                }
                self.on_exchange_failure(id, Failure::Timeout, now);
            }
        }
    }

    /// The call is over: nobody waits for its requests, and those put off are not sent.
    pub(super) fn abandon_exchange(&mut self, id: RequestId) {
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        let Purpose::InCall(call) = exchange.purpose else {
            return;
        };
        exchange.purpose = Purpose::Quiet(Some(call));
        if exchange.transaction.is_none() {
            self.finish_exchange(id);
        }
        self.event(Event::RequestFailed {
            id,
            failure: Failure::CallEnded,
        });
    }

    fn send_exchange(&mut self, id: RequestId, now: Instant) {
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        self.wallet
            .authorize(&mut exchange.request, exchange.credentials.as_ref());
        let (hop, request) = (exchange.hop, exchange.request.clone());
        let (is_invite, collides) = (request.method == Method::Invite, exchange.may_collide());
        let call = exchange.purpose.call();
        let Ok(transaction) = self.send(hop, request, now) else {
            return self.on_exchange_failure(id, Failure::Overloaded, now);
        };
        self.senders.insert(transaction, Sender::Request(id));
        if let Some(exchange) = self.exchanges.get_mut(&id) {
            exchange.transaction = Some(transaction);
            exchange.heard = Heard::No;
        }
        if let Some(call) = call.and_then(|call| self.calls.get_mut(&call))
            && collides
        {
            call.our_offer = Some(id);
        }
        if is_invite {
            self.wake_later(id, Wake::Cancel, now + self.timers.transaction());
        }
    }

    /// §14.1: the owner of the Call-ID waits 2.1 to 4 s, the other side 0 to 2 s.
    fn put_off(&mut self, id: RequestId, now: Instant) {
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        exchange.transaction = None;
        let call = exchange.purpose.call();
        let Some(call) = call.and_then(|call| self.calls.get_mut(&call)) else {
            return;
        };
        if call.our_offer == Some(id) {
            call.our_offer = None;
        }
        let (least, steps) = match call.is_callers() {
            true => (2_100, 190),
            false => (0, 200),
        };
        let wait = least + u64::from(self.wire.ids.below(steps)) * 10;
        self.wake_later(id, Wake::Send, now + Duration::from_millis(wait));
    }

    /// Gives a request that is sent again the next number, and inside a dialog its present way.
    fn renumber(&mut self, id: RequestId) {
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        let call = exchange.purpose.call();
        let call = call.and_then(|call| self.calls.get_mut(&call));
        let request = &mut exchange.request;
        let Some((call, dialog)) = call.and_then(|call| Some((call.hop, call.dialog.as_mut()?)))
        else {
            let number = &mut request.headers.cseq.number;
            *number = number.saturating_add(1);
            return;
        };
        exchange.hop = call;
        let fresh = dialog.request(request.method.clone());
        request.uri = fresh.uri;
        request.headers.route = fresh.headers.route;
        request.headers.cseq = fresh.headers.cseq;
    }

    /// A 2xx to a re-INVITE is acknowledged, and its Contact, as that to an UPDATE, is where the
    /// peer is from now on (§12.2.1.2).
    fn take_target_of(&mut self, id: RequestId, transaction: ClientId, response: &Response) {
        let Some(exchange) = self
            .exchanges
            .get(&id)
            .filter(|_| response.status.is_success())
        else {
            return;
        };
        let method = exchange.request.method.clone();
        let call = exchange.purpose.call();
        let Some(call) = call.and_then(|call| self.calls.get_mut(&call)) else {
            return;
        };
        let Some(dialog) = &mut call.dialog else {
            return;
        };
        if method == Method::Invite || method == Method::Update {
            dialog.refresh_target(&response.headers.contact);
        }
        if method == Method::Invite {
            let (hop, dialog) = (call.hop, dialog.clone());
            self.send_ack(transaction, hop, &dialog, response);
        }
    }

    fn finish_exchange(&mut self, id: RequestId) -> Option<Exchange> {
        self.alarms.set(Alarm::Request(id), None);
        let exchange = self.exchanges.remove(&id)?;
        if let Some(handle) = exchange.purpose.call()
            && let Some(call) = self.calls.get_mut(&handle)
        {
            call.requests.retain(|other| *other != id);
            if call.our_offer == Some(id) {
                call.our_offer = None;
            }
            self.settle(handle);
        }
        Some(exchange)
    }

    fn wake_later(&mut self, id: RequestId, wake: Wake, at: Instant) {
        if let Some(exchange) = self.exchanges.get_mut(&id) {
            exchange.wake = Some(wake);
            self.alarms.set(Alarm::Request(id), Some(at));
        }
    }
}

impl Purpose {
    fn call(self) -> Option<CallHandle> {
        match self {
            Purpose::Owner => None,
            Purpose::InCall(call) => Some(call),
            Purpose::Quiet(call) => call,
        }
    }
}

/// How often a 491 is answered by another try: two agents that draw their waits at random do not
/// collide more often, so one that does is not waiting.
const MAX_COLLISIONS: u8 = 3;
