//! Session timers at work: RFC 4028 §7 to §10. The agent asks for them, grants them, refreshes
//! the session and ends a call that nobody refreshes; the owner hears of the end alone.

use super::call::{Call, Stage};
use super::exchange::{Exchange, Purpose};
use super::session::{Due, MIN_SE_AT_LEAST, asks_too_little, supports_timer};
use super::{Agent, CallHandle, End, EndedBy, How, Reason, Reply, RequestId};
use crate::message::{Body, Header, Headers, Method, MinSe, Request, Response, Status};
use crate::time::Instant;
use crate::transaction::ServerId;

impl Agent {
    /// Asks for a timer in a request inside the call.
    pub(super) fn ask_session_in(&self, call: &Call, request: &mut Request) {
        if let Some(timers) = &self.session
            && may_refresh(&request.method)
            && call.session.is_some()
        {
            call.ask_session(timers, &mut request.headers);
        }
    }

    /// Takes what a 2xx to an INVITE or UPDATE of ours says of the timer.
    pub(super) fn take_session(&mut self, handle: CallHandle, response: &Response, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        call.note_allow(&response.headers);
        if self.session.is_some() && matches!(call.stage, Stage::Settled) {
            call.take_session(&response.headers, now);
        }
        self.settle(handle);
    }

    /// Grants a timer in our 2xx to an INVITE or UPDATE of the peer's.
    pub(super) fn grant_session(
        &mut self,
        handle: CallHandle,
        id: ServerId,
        reply: &mut Reply,
        now: Instant,
    ) {
        let (Some(timers), Some(request), Some(call)) = (
            &self.session,
            self.transactions.received(id),
            self.calls.get_mut(&handle),
        ) else {
            return;
        };
        let Some(granted) = call.grant_session(timers, request, now) else {
            return;
        };
        reply
            .headers
            .push(Header::fixed("Session-Expires", granted.to_string()));
        if supports_timer(&request.headers) {
            reply.headers.push(Header::fixed("Require", "timer"));
        }
    }

    /// Answers 422 to a session that is to be shorter than we agree to.
    pub(super) fn lasts_long_enough(
        &mut self,
        id: ServerId,
        request: &Request,
        now: Instant,
    ) -> bool {
        let Some(timers) = self.session.filter(|_| may_refresh(&request.method)) else {
            return true;
        };
        if !asks_too_little(&request.headers, &timers) {
            return true;
        }
        let least = MinSe::new(timers.min.max(MIN_SE_AT_LEAST));
        let reply = Reply::new(Status::SESSION_INTERVAL_TOO_SMALL)
            .with_header(Header::fixed("Min-SE", least.to_string()));
        self.refuse(id, reply, now);
        false
    }

    /// Answers an UPDATE without an offer, which only refreshes.
    pub(super) fn answer_refresh(&mut self, handle: CallHandle, id: ServerId, now: Instant) {
        let Some(call) = self.calls.get(&handle) else {
            return;
        };
        let to_tag = call.local_tag.clone();
        let mut reply = Reply::new(Status::OK);
        reply.contact = call.contact.list().to_vec();
        if matches!(call.stage, Stage::Settled) {
            self.grant_session(handle, id, &mut reply, now);
        }
        // Gone only if the flow was lost in between, and then nobody waits.
        let _ = self.answer(id, reply, &to_tag, now);
        self.settle(handle);
    }

    pub(super) fn wake_session(&mut self, handle: CallHandle, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle).filter(|call| !call.ended) else {
            return;
        };
        let due = call
            .session
            .as_mut()
            .and_then(|session| session.take_due(now));
        match due {
            None => {}
            Some(Due::Refresh) => self.refresh(handle, now),
            Some(Due::Expire) => self.expire(handle, now),
        }
    }

    /// A refresh of ours was refused. Those that show that the dialog is gone are seen to before.
    pub(super) fn on_refresh_refused(
        &mut self,
        handle: CallHandle,
        method: &Method,
        response: &Response,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let status = response.status;
        let unknown = status == Status::METHOD_NOT_ALLOWED || status == Status::NOT_IMPLEMENTED;
        let changes = unknown && *method == Method::Update && call.description.is_some();
        if changes {
            call.peer_updates = false;
        }
        if let Some(session) = &mut call.session {
            match changes {
                true => session.refresh_again(session.interval, now),
                false => session.refresh_failed(now),
            }
        }
        self.settle(handle);
    }

    /// No answer at all: the peer is gone, or the flow is. A call that is parked may get another.
    pub(super) fn on_refresh_lost(&mut self, handle: CallHandle, now: Instant) {
        if let Some(call) = self.calls.get_mut(&handle)
            && let Some(session) = &mut call.session
        {
            session.refresh_failed(now);
        }
        self.settle(handle);
    }

    /// Makes a request that got 422 ask for as much as the peer wants. `false` if it did.
    pub(super) fn lengthen(&mut self, id: RequestId, response: &Response) -> bool {
        let (Some(timers), Some(exchange)) = (&self.session, self.exchanges.get_mut(&id)) else {
            return false;
        };
        let call = exchange.purpose.call();
        let Some(call) = call.and_then(|call| self.calls.get_mut(&call)) else {
            return false;
        };
        if response.status != Status::SESSION_INTERVAL_TOO_SMALL
            || !exchange.is_wanted()
            || !call.raise_least(&response.headers, timers)
        {
            return false;
        }
        exchange.request.headers.remove("Session-Expires");
        call.ask_session(timers, &mut exchange.request.headers);
        true
    }

    /// Ends a call whose session nobody refreshed (§10).
    pub(super) fn expire(&mut self, handle: CallHandle, now: Instant) {
        let reason = Reason::sip(Status::REQUEST_TIMEOUT, "Session expired");
        let end = End::plain(EndedBy::Timeout, How::SessionExpired);
        let end = end.with_reason(Some(reason.clone()));
        self.end_with_bye(handle, end, Some(reason), now);
    }

    /// An UPDATE without an offer; a re-INVITE with our last description where the peer doesn't
    /// know UPDATE (§7.4).
    fn refresh(&mut self, handle: CallHandle, now: Instant) {
        let Some(call) = self.calls.get(&handle) else {
            return;
        };
        let Some(dialog) = &call.dialog else {
            return;
        };
        let description = call.description.clone().filter(|_| !call.peer_updates);
        let method = match description {
            Some(_) => Method::Invite,
            None => Method::Update,
        };
        let mut request = dialog.draft(method);
        request.headers.contact = call.contact.clone();
        super::capability::announce(
            &request.method,
            &mut request.headers,
            &self.wire.option_tags,
        );
        self.ask_session_in(call, &mut request);
        if let Some(description) = description {
            request.set_body(description);
        }
        let credentials = call.credentials.clone();
        let purpose = Purpose::Refresh(handle);
        self.start_exchange(Exchange::new(call.hop, request, credentials, purpose), now);
    }
}

impl Call {
    /// Whether the peer knows UPDATE, if it says what it knows.
    pub(super) fn note_allow(&mut self, headers: &Headers) {
        if headers.has("Allow") {
            self.peer_updates = headers.lists("Allow", "UPDATE");
        }
    }

    /// Notes the latest description of ours, to be said again.
    pub(super) fn describe(&mut self, body: Option<&Body>) {
        if let Some(body) = body.filter(|body| body.content_type.is_sdp()) {
            self.description = Some(body.clone());
        }
    }
}

fn may_refresh(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Update)
}
