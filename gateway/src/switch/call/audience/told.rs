//! RFC 4575 §3, RFC 6665, RFC 4488: what a sharer is told of its watchers. The subscription is in the
//! dialog of the share, and ends with it.

use std::time::Duration;

use sip::agent::{Reply, ServerRequestId};
use sip::conference::{CONTENT_TYPE, Conference, PACKAGE};
use sip::message::{
    Body, Event as EventHeader, Header, Method, Request, Status, SubscriptionState, Substate,
};
use sip::time::Instant;

use super::WatcherId;
use crate::bridge::Side;
use crate::switch::Desk;
use crate::switch::call::change::respond;
use crate::switch::call::{CallKey, Calls};

/// RFC 4575 §3.4: an hour.
const DEFAULT_EXPIRES: u32 = 3600;
const MAX_EXPIRES: u32 = 7200;

const SIPFRAG: &str = "message/sipfrag;version=2.0";

impl Calls {
    /// A SUBSCRIBE: the first, a refresh, or the end.
    pub(super) fn roster_wanted(
        &mut self,
        id: ServerRequestId,
        key: CallKey,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let event = request.headers.typed::<EventHeader>().and_then(Result::ok);
        if !event.is_some_and(|event| event.is(PACKAGE)) {
            let allowed = Header::fixed("Allow-Events", PACKAGE);
            let reply = Reply::new(Status::BAD_EVENT).with_header(allowed);
            return respond(desk, id, reply, now);
        }
        let seconds = request.headers.expires.unwrap_or(DEFAULT_EXPIRES);
        let seconds = seconds.min(MAX_EXPIRES);
        if let Some(focus) = self.audiences.focus(key) {
            focus.subscribe(seconds, now);
        }
        let reply = Reply {
            expires: Some(seconds),
            ..Reply::new(Status::OK)
        };
        let reply = self.said_by_focus(key, reply, desk);
        respond(desk, id, reply, now);
        self.notify_roster(key, None, desk, now);
    }

    /// Tells the sharer what changed.
    pub(super) fn tell_roster(
        &mut self,
        key: CallKey,
        id: WatcherId,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        self.notify_roster(key, Some(id), desk, now);
    }

    fn notify_roster(
        &mut self,
        key: CallKey,
        of: Option<WatcherId>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let told = self.audiences.focus(key);
        if let Some((document, left)) = told.and_then(|focus| focus.document(of, now)) {
            self.notify_sharer(key, &document, left, desk, now);
        }
    }

    fn notify_sharer(
        &self,
        key: CallKey,
        document: &Conference,
        left: Duration,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let state = match left.is_zero() {
            true => SubscriptionState::new(Substate::Terminated).with_reason("timeout"),
            false => SubscriptionState::new(Substate::Active).with_expires(left),
        };
        let leg = self.calls.get(&key).and_then(|call| call.leg(Side::Caller));
        let (Some(sharer), Ok(content_type)) =
            (leg.and_then(|leg| leg.handle), CONTENT_TYPE.parse())
        else {
            return;
        };
        let headers = vec![
            Header::fixed("Event", PACKAGE),
            Header::fixed("Subscription-State", state.to_string()),
        ];
        let body = Some(Body::new(content_type, document.to_bytes()));
        desk.agent
            .request_in_call(sharer, Method::Notify, headers, body, now);
    }

    /// A REFER is being carried out. Who did not spare itself the news of it is told that there will
    /// be none: the roster has them (RFC 3515 §2.4.5, RFC 4488 §4).
    pub(super) fn refer_taken(
        &mut self,
        id: ServerRequestId,
        key: CallKey,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let spared = request.headers.get("Refer-Sub").is_some_and(|said| {
            let value = said.split(';').next().unwrap_or_default();
            value.trim().eq_ignore_ascii_case("false")
        });
        let reply = match spared {
            true => Reply::new(Status::OK).with_header(Header::fixed("Refer-Sub", "false")),
            false => Reply::new(Status::ACCEPTED),
        };
        let reply = self.said_by_focus(key, reply, desk);
        respond(desk, id, reply, now);
        let leg = self.calls.get(&key).and_then(|call| call.leg(Side::Caller));
        let sharer = leg.and_then(|leg| leg.handle).filter(|_| !spared);
        let (Some(sharer), Ok(content_type)) = (sharer, SIPFRAG.parse()) else {
            return;
        };
        let event = EventHeader::new("refer").with_id(request.headers.cseq.number.to_string());
        let state = SubscriptionState::new(Substate::Terminated).with_reason("noresource");
        let headers = vec![
            Header::fixed("Event", event.to_string()),
            Header::fixed("Subscription-State", state.to_string()),
        ];
        let body = Some(Body::new(content_type, "SIP/2.0 100 Trying\r\n"));
        desk.agent
            .request_in_call(sharer, Method::Notify, headers, body, now);
    }

    pub(super) fn said_by_focus(&self, key: CallKey, reply: Reply, desk: &Desk<'_>) -> Reply {
        let leg = self.calls.get(&key).and_then(|call| call.leg(Side::Caller));
        match leg {
            Some(leg) => {
                let own = crate::switch::call::contact(desk, leg.hop.transport);
                reply.with_contact(self.audiences.contact(key, own))
            }
            None => reply,
        }
    }
}
