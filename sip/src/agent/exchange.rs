//! Our requests but the INVITE of a call: RFC 3261 §8.1, §12.2.1, with the waits of §14.1.

use super::auth::Attempts;
use super::call::Heard;
use super::{Agent, Alarm, CallHandle, Event, Failure, Outgoing, Oversize, RequestId, Sender};
use crate::digest::Credentials;
use crate::message::{Method, Request};
use crate::time::{Duration, Instant};
use crate::transaction::ClientId;
use crate::transport::Hop;

/// A request of ours until its final response.
#[derive(Debug)]
pub(super) struct Exchange {
    hop: Hop,
    /// Without Via.
    pub(super) request: Request,
    pub(super) credentials: Option<Credentials>,
    pub(super) attempts: Attempts,
    pub(super) purpose: Purpose,
    /// Whether it may go over a connection: until none could be made.
    pub(super) oversize: Oversize,
    /// `None` while it is put off or held.
    transaction: Option<ClientId>,
    pub(super) heard: Heard,
    pub(super) collisions: u8,
    wake: Option<Wake>,
}

/// Who waits for the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The owner, outside a call.
    Owner,
    /// The owner, inside a call.
    InCall(CallHandle),
    /// The agent: a reliable response of the peer's is acknowledged.
    Prack(CallHandle),
    /// The agent: the session is refreshed.
    Refresh(CallHandle),
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
            oversize: Oversize::Stream,
            transaction: None,
            heard: Heard::No,
            collisions: 0,
            wake: None,
        }
    }

    /// Whether it is worth another try: of those without an owner, only BYE.
    pub(super) fn is_wanted(&self) -> bool {
        match self.purpose {
            Purpose::Owner | Purpose::InCall(_) | Purpose::Prack(_) | Purpose::Refresh(_) => true,
            Purpose::Quiet(_) => self.request.method == Method::Bye,
        }
    }

    /// Whether it has an offer that may collide with the peer's (§14.1, RFC 3311 §5.1).
    pub(super) fn may_collide(&self) -> bool {
        match self.request.method {
            Method::Invite => true,
            _ => self.request.method == Method::Update && !self.request.body.is_empty(),
        }
    }

    /// The tag of the peer whose dialog it is inside of.
    pub(super) fn remote_tag(&self) -> &str {
        self.request.headers.to.tag().unwrap_or_default()
    }

    fn is_held(&self) -> bool {
        self.transaction.is_none() && self.wake.is_none()
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

    /// Sends a request, puts it off if its offer would collide with one that is open, or holds it
    /// while a PRACK is under way.
    pub(super) fn start_exchange(&mut self, exchange: Exchange, now: Instant) -> RequestId {
        let id = RequestId(self.next_id());
        let collides = exchange.may_collide();
        let call = exchange.purpose.call();
        let remote_tag = exchange.remote_tag().to_owned();
        let waits = matches!(exchange.purpose, Purpose::InCall(_));
        self.exchanges.insert(id, exchange);
        if let Some(call) = call.and_then(|call| self.calls.get_mut(&call)) {
            call.requests.push(id);
            if waits
                && call
                    .early_with(&remote_tag)
                    .is_some_and(|early| early.is_busy())
            {
                return id;
            }
            if collides && !call.may_offer(&remote_tag) {
                self.put_off(id, now);
                return id;
            }
        }
        self.send_exchange(id, now);
        id
    }

    /// Sends what waited for a PRACK.
    pub(super) fn send_held(&mut self, handle: CallHandle, now: Instant) {
        let Some(call) = self.calls.get(&handle) else {
            return;
        };
        for id in call.requests.clone() {
            let Some(exchange) = self.exchanges.get(&id).filter(|held| held.is_held()) else {
                continue;
            };
            let remote_tag = exchange.remote_tag().to_owned();
            let Some(call) = self.calls.get_mut(&handle) else {
                return;
            };
            if call
                .early_with(&remote_tag)
                .is_none_or(|early| !early.is_busy())
            {
                self.send_when_free(id, now);
            }
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

    pub(super) fn wake_exchange(&mut self, id: RequestId, now: Instant) {
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        let transaction = exchange.transaction;
        match exchange.wake.take() {
            None => {}
            Some(Wake::Send) => self.send_when_free(id, now),
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
        let (call, told) = match exchange.purpose {
            Purpose::InCall(call) => (call, true),
            Purpose::Prack(call) | Purpose::Refresh(call) => (call, false),
            Purpose::Owner | Purpose::Quiet(_) => return,
        };
        exchange.purpose = Purpose::Quiet(Some(call));
        if exchange.transaction.is_none() {
            self.finish_exchange(id);
        }
        if told {
            self.event(Event::RequestFailed {
                id,
                failure: Failure::CallEnded,
            });
        }
    }

    /// Sends a request with the next number and by the way of this moment.
    pub(super) fn send_exchange(&mut self, id: RequestId, now: Instant) {
        if let Err(failure) = self.place(id) {
            return self.on_exchange_failure(id, failure, now);
        }
        if let Some(exchange) = self.exchanges.get_mut(&id) {
            self.wallet
                .authorize(&mut exchange.request, exchange.credentials.as_ref());
        }
        self.send_placed(id, now);
    }

    /// Sends a request as it is.
    pub(super) fn send_placed(&mut self, id: RequestId, now: Instant) {
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        let oversize = exchange.oversize.but(self.oversize);
        let (hop, request) = (exchange.hop, exchange.request.clone());
        let (is_invite, collides) = (request.method == Method::Invite, exchange.may_collide());
        let call = exchange.purpose.call();
        let Ok(transaction) = self.send(hop, request, oversize, now) else {
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
    pub(super) fn put_off(&mut self, id: RequestId, now: Instant) {
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

    pub(super) fn finish_exchange(&mut self, id: RequestId) -> Option<Exchange> {
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

    /// Sends a request whose time has come, unless another offer is open again.
    fn send_when_free(&mut self, id: RequestId, now: Instant) {
        let Some(exchange) = self.exchanges.get(&id) else {
            return;
        };
        let call = exchange.purpose.call();
        match call.and_then(|call| self.calls.get(&call)) {
            Some(call) if exchange.may_collide() && !call.may_offer(exchange.remote_tag()) => {
                self.put_off(id, now);
            }
            Some(_) | None => self.send_exchange(id, now),
        }
    }

    /// Inside a dialog a request takes the dialog's next number and its present way. Outside, the
    /// number it has, and the next one if it is sent again.
    fn place(&mut self, id: RequestId) -> Result<(), Failure> {
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return Err(Failure::CallEnded);
        };
        let call = exchange.purpose.call();
        let Some(call) = call.and_then(|call| self.calls.get_mut(&call)) else {
            let number = &mut exchange.request.headers.cseq.number;
            if exchange.transaction.is_some() {
                *number = number.saturating_add(1);
            }
            return Ok(());
        };
        if call.parked {
            return Err(Failure::Transport);
        }
        exchange.hop = call.hop;
        let remote_tag = exchange.request.headers.to.tag().unwrap_or_default();
        // It was an early dialog, and another was answered.
        let dialog = call.dialog_with(remote_tag).ok_or(Failure::CallEnded)?;
        dialog.place(&mut exchange.request);
        Ok(())
    }

    fn wake_later(&mut self, id: RequestId, wake: Wake, at: Instant) {
        if let Some(exchange) = self.exchanges.get_mut(&id) {
            exchange.wake = Some(wake);
            self.alarms.set(Alarm::Request(id), Some(at));
        }
    }
}

impl Purpose {
    pub(super) fn call(self) -> Option<CallHandle> {
        match self {
            Purpose::Owner => None,
            Purpose::InCall(call) | Purpose::Prack(call) | Purpose::Refresh(call) => Some(call),
            Purpose::Quiet(call) => call,
        }
    }
}
