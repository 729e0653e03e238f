//! RFC 3680 §4.7, 3GPP TS 24.229 §5.2.3: we watch the registrations that the core granted through
//! us, so that one it ends is ended here too.

use std::time::Duration;

use sip::agent::{Outgoing, Reply, ServerRequestId};
use sip::message::{
    Header, Method, NameAddr, Request, Response, SipUri, Status, SubscriptionState, Substate, Uri,
    Value,
};
use sip::time::Instant;
use sip::transport::{Hop, Transport};

use super::reginfo::{CONTENT_TYPE, RegInfo};
use super::{Dialog, Events, Package, SUBSCRIPTIONS, Sent, answer, event_header, refuse};
use crate::switch::Desk;
use crate::switch::core::{Refused, address_of_record};
use crate::switch::destinations::Found;

/// What 3GPP TS 24.229 §5.2.3 asks for, in seconds.
const EXPIRES: u32 = 600_000;

/// How long before its end a subscription is refreshed (TS 24.229 §5.2.3); half of a short one.
const REFRESH_BEFORE: Duration = Duration::from_secs(600);

/// How long a subscription without an answer is kept: a transaction's time and some.
const UNANSWERED: Duration = Duration::from_secs(40);

/// A registration that we watch.
pub(super) struct Watched {
    /// The address of record.
    name: String,
    local: NameAddr,
    remote: NameAddr,
    target: Uri,
    route: Vec<NameAddr>,
    next: SipUri,
    cseq: u32,
    peer_cseq: Option<u32>,
    version: Option<u32>,
    refresh_at: Instant,
}

impl Watched {
    pub(super) fn due(&self) -> Instant {
        self.refresh_at
    }
}

impl Events {
    /// The core took in a user: watched from now on, if it is to be.
    pub(in crate::switch) fn watch(&mut self, name: &str, desk: &mut Desk<'_>, now: Instant) {
        let Some(config) = desk
            .core
            .config()
            .filter(|config| config.watch_registrations)
        else {
            return;
        };
        let known = self.watched_users.contains_key(name);
        if known || desk.core.is_gone(name) || self.watched.len() >= SUBSCRIPTIONS {
            return;
        }
        let Ok(target) = name.parse::<Uri>() else {
            return;
        };
        let route = desk.core.service_route(name).to_vec();
        let first = route.first().and_then(|first| first.uri.as_sip());
        let next = first.unwrap_or(&config.next_hop).clone();
        let tag = desk.agent.draw_tag();
        let dialog = (desk.agent.draw_call_id(), tag.to_string());
        let user = NameAddr::new(target.clone());
        let watched = Watched {
            name: name.to_owned(),
            local: user.clone().with_tag(tag),
            remote: user,
            target,
            route,
            next,
            cseq: 0,
            peer_cseq: None,
            version: None,
            refresh_at: now + UNANSWERED,
        };
        self.watched.insert(dialog.clone(), watched);
        self.watched_users.insert(name.to_owned(), dialog.clone());
        self.expect(now + UNANSWERED);
        self.look_up(&dialog, desk, now);
    }

    /// The hops that a look-up led to. `false` if it was somebody else's.
    pub(in crate::switch) fn located(
        &mut self,
        ticket: crate::switch::destinations::Ticket,
        hops: &[Hop],
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some(dialog) = self.looked_up.remove(&ticket) else {
            return false;
        };
        match hops.first() {
            Some(hop) => self.subscribe(&dialog, *hop, desk, now),
            None => self.unwatch(&dialog),
        }
        true
    }

    fn look_up(&mut self, dialog: &Dialog, desk: &mut Desk<'_>, now: Instant) {
        let Some(watched) = self.watched.get(dialog) else {
            return;
        };
        match desk.find(&watched.next) {
            Found::Now(hops) => match hops.first() {
                Some(hop) => self.subscribe(dialog, *hop, desk, now),
                None => self.unwatch(dialog),
            },
            Found::Later(ticket) => {
                self.looked_up.insert(ticket, dialog.clone());
            }
            Found::Nowhere => self.unwatch(dialog),
        }
    }

    fn subscribe(&mut self, dialog: &Dialog, hop: Hop, desk: &mut Desk<'_>, now: Instant) {
        let Some(watched) = self.watched.get_mut(dialog) else {
            return;
        };
        watched.cseq += 1;
        let mut subscribe = Outgoing::new(
            hop,
            Method::Subscribe,
            watched.target.clone(),
            watched.local.clone(),
            watched.remote.clone(),
        );
        subscribe.call_id = Some(dialog.0.clone());
        subscribe.cseq = Some(watched.cseq);
        subscribe.expires = Some(EXPIRES);
        subscribe.route = watched.route.clone();
        subscribe.contact = vec![desk.policy.own_contact(Transport::Udp)];
        let asserted = Value::from(format!("<{}>", watched.name));
        subscribe.headers = vec![
            event_header(Package::Registrations),
            Header::fixed("Accept", CONTENT_TYPE),
            Header::fixed("P-Asserted-Identity", asserted),
        ];
        let id = desk.agent.request(subscribe, now);
        self.sent.insert(id, Sent::Subscribe(dialog.clone()));
    }

    pub(super) fn subscribe_answered(
        &mut self,
        dialog: &Dialog,
        response: &Response,
        now: Instant,
    ) {
        if !response.status.is_success() {
            return self.unwatch(dialog);
        }
        let Some(watched) = self.watched.get_mut(dialog) else {
            return;
        };
        let headers = &response.headers;
        if watched.remote.tag().is_none() {
            watched.remote = headers.to.clone();
            watched.route = headers.record_route.iter().rev().cloned().collect();
            let first = watched.route.first().and_then(|first| first.uri.as_sip());
            let target = headers.contact.first().map(|contact| &contact.uri);
            let target = target.and_then(|uri| uri.as_sip());
            if let Some(next) = first.or(target) {
                watched.next = next.clone();
            }
        }
        if let Some(contact) = headers.contact.first() {
            watched.target = contact.uri.clone();
        }
        let granted = Duration::from_secs(headers.expires.unwrap_or(EXPIRES).into());
        watched.refresh_at = now + granted - REFRESH_BEFORE.min(granted / 2);
        let due = watched.due();
        self.expect(due);
    }

    pub(super) fn refresh_watched(&mut self, desk: &mut Desk<'_>, now: Instant) {
        let due: Vec<Dialog> = self
            .watched
            .iter()
            .filter(|(_, watched)| watched.refresh_at <= now)
            .map(|(dialog, _)| dialog.clone())
            .collect();
        for dialog in due {
            let Some(watched) = self.watched.get_mut(&dialog) else {
                continue;
            };
            let answered = watched.remote.tag().is_some();
            if desk.core.is_gone(&watched.name) || !answered {
                self.unwatch(&dialog);
                continue;
            }
            watched.refresh_at = now + UNANSWERED;
            self.look_up(&dialog, desk, now);
        }
    }

    /// A NOTIFY inside one of our subscriptions; only the core may send one.
    pub(super) fn notified(
        &mut self,
        id: ServerRequestId,
        hop: &Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if !desk.core.trusts(hop) {
            return refuse(desk, id, Status::FORBIDDEN, now);
        }
        let headers = &request.headers;
        let tag = headers.to.tag().unwrap_or_default().to_owned();
        let dialog = (headers.call_id.clone(), tag);
        let Some(watched) = self.watched.get_mut(&dialog) else {
            return refuse(desk, id, Status::CALL_DOES_NOT_EXIST, now);
        };
        if watched
            .peer_cseq
            .is_some_and(|last| headers.cseq.number <= last)
        {
            return refuse(desk, id, Status::SERVER_INTERNAL_ERROR, now);
        }
        watched.peer_cseq = Some(headers.cseq.number);
        let content = request.content(CONTENT_TYPE);
        let info = content.and_then(RegInfo::read);
        if content.is_some() && info.is_none() {
            return refuse(desk, id, Status::BAD_REQUEST, now);
        }
        let name = watched.name.clone();
        if let Some(info) = info
            && watched.version.is_none_or(|last| info.version > last)
        {
            watched.version = Some(info.version);
            apply(&name, &info, desk);
        }
        answer(desk, id, Reply::new(Status::OK), now);
        let state = headers.typed::<SubscriptionState>().and_then(Result::ok);
        let over = state.is_some_and(|state| state.state == Substate::Terminated);
        if over || desk.core.is_gone(&name) {
            self.unwatch(&dialog);
        }
    }

    /// Nothing is heard of it any more; the next registration is watched anew.
    pub(super) fn unwatch(&mut self, dialog: &Dialog) {
        if let Some(watched) = self.watched.remove(dialog) {
            self.watched_users.remove(&watched.name);
        }
    }
}

/// Ends here what the core ended.
fn apply(name: &str, info: &RegInfo, desk: &mut Desk<'_>) {
    let is_ours = |aor: &str| {
        let uri: Option<Uri> = aor.parse().ok();
        uri.as_ref().and_then(address_of_record).as_deref() == Some(name)
    };
    for registration in info.registration.iter().filter(|one| is_ours(&one.aor)) {
        if registration.state == "terminated" {
            let rejected = registration.contact.iter().any(|one| one.is_rejected());
            desk.core.ended(name, None, refused(rejected));
            continue;
        }
        for contact in registration
            .contact
            .iter()
            .filter(|one| one.is_terminated())
        {
            if let Ok(uri) = contact.uri.trim().parse() {
                desk.core
                    .ended(name, Some(&uri), refused(contact.is_rejected()));
            }
        }
    }
}

fn refused(rejected: bool) -> Refused {
    match rejected {
        true => Refused::Yes,
        false => Refused::No,
    }
}
