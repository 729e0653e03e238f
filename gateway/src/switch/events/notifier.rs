//! RFC 3680 §4: who subscribed to a registration here, or to somebody's voice calls, is told of each
//! change, in full.

use std::time::Duration;

use sha2::{Digest, Sha256};
use sip::agent::{Outgoing, Reply, ServerRequestId};
use sip::message::{
    Body, ContentType, Event, Header, Method, NameAddr, Request, Status, SubscriptionState,
    Substate, Uri,
};
use sip::time::Instant;
use sip::transport::Hop;

use super::calls;
use super::reginfo::{CONTENT_TYPE, Contact, RegInfo, Registration};
use super::{Events, Package, SUBSCRIPTIONS, Sent, answer, event_header, refuse};
use crate::switch::Desk;
use crate::switch::identity;
use crate::switch::route::Whose;

/// RFC 3680 §4.2: an hour and as much as its refresh may need.
const DEFAULT_EXPIRES: u32 = 3761;
const MAX_EXPIRES: u32 = 7200;
/// Shorter ones are refused: each costs a NOTIFY.
const MIN_EXPIRES: u32 = 60;

/// One who wants to know.
pub(super) struct Watcher {
    package: Package,
    /// Whose registration or calls.
    name: String,
    hop: Hop,
    /// Where requests in the dialog go.
    target: Uri,
    route: Vec<NameAddr>,
    local: NameAddr,
    remote: NameAddr,
    /// The number of our last request in the dialog.
    cseq: u32,
    peer_cseq: u32,
    version: u32,
    expires_at: Instant,
}

impl Watcher {
    pub(super) fn due(&self) -> Instant {
        self.expires_at
    }
}

impl Events {
    /// A SUBSCRIBE: the first of a dialog, a refresh, or the end.
    pub(super) fn subscribed(
        &mut self,
        id: ServerRequestId,
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let seconds = request.headers.expires.unwrap_or(DEFAULT_EXPIRES);
        if seconds > 0 && seconds < MIN_EXPIRES {
            let min = Header::fixed("Min-Expires", MIN_EXPIRES.to_string());
            let reply = Reply::new(Status::INTERVAL_TOO_BRIEF).with_header(min);
            return answer(desk, id, reply, now);
        }
        let seconds = seconds.min(MAX_EXPIRES);
        let headers = &request.headers;
        let tag = match headers.to.tag() {
            Some(tag) => tag.to_owned(),
            None => match self.new_watcher(id, hop, request, desk, now) {
                Some(tag) => tag,
                None => return,
            },
        };
        let dialog = (headers.call_id.clone(), tag);
        let Some(watcher) = self.watchers.get_mut(&dialog) else {
            return refuse(desk, id, Status::CALL_DOES_NOT_EXIST, now);
        };
        if headers.cseq.number < watcher.peer_cseq {
            return refuse(desk, id, Status::SERVER_INTERNAL_ERROR, now);
        }
        watcher.peer_cseq = headers.cseq.number;
        watcher.hop = hop;
        if let Some(contact) = headers.contact.first() {
            watcher.target = contact.uri.clone();
        }
        watcher.expires_at = now + Duration::from_secs(seconds.into());
        let due = watcher.due();
        let reply = Reply {
            expires: Some(seconds),
            ..Reply::new(Status::OK)
        };
        let contact = desk.policy.own_contact(hop.transport);
        answer(desk, id, reply.with_contact(contact), now);
        self.expect(due);
        self.notify(&dialog, desk, now);
        if seconds == 0 {
            self.watchers.remove(&dialog);
        }
    }

    /// Who may know is the user, and the core; gives our tag.
    fn new_watcher(
        &mut self,
        id: ServerRequestId,
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Option<String> {
        let caller = match identity::caller(desk, &hop, request, now) {
            Ok(caller) => caller,
            Err(reply) => {
                answer(desk, id, *reply, now);
                return None;
            }
        };
        let headers = &request.headers;
        let name = desk.home.subscribers.find(&request.uri)?.name.clone();
        let allowed =
            caller.whose == Whose::Core || caller.whose == Whose::Subscriber(name.clone());
        if !allowed {
            refuse(desk, id, Status::FORBIDDEN, now);
            return None;
        }
        let Some(contact) = headers.contact.first() else {
            refuse(desk, id, Status::BAD_REQUEST, now);
            return None;
        };
        if self.watchers.len() >= SUBSCRIPTIONS {
            let later = Header::fixed("Retry-After", "60");
            let reply = Reply::new(Status::SERVICE_UNAVAILABLE).with_header(later);
            answer(desk, id, reply, now);
            return None;
        }
        let tag = desk.agent.own_tag(id)?.to_string();
        let event = headers.typed::<Event>().and_then(Result::ok)?;
        let watcher = Watcher {
            package: Package::of(&event)?,
            name,
            hop,
            target: contact.uri.clone(),
            route: headers.record_route.to_vec(),
            local: headers.to.clone().with_tag(tag.as_str()),
            remote: headers.from.clone(),
            cseq: 0,
            peer_cseq: headers.cseq.number,
            version: 0,
            expires_at: now,
        };
        self.watchers
            .insert((headers.call_id.clone(), tag.clone()), watcher);
        Some(tag)
    }

    /// The registrations of these users changed.
    pub(in crate::switch) fn changed(
        &mut self,
        names: &std::collections::BTreeSet<String>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if self.watchers.is_empty() || names.is_empty() {
            return;
        }
        let told: Vec<super::Dialog> = self
            .watchers
            .iter()
            .filter(|(_, watcher)| {
                watcher.package == Package::Registrations && names.contains(&watcher.name)
            })
            .map(|(dialog, _)| dialog.clone())
            .collect();
        for dialog in told {
            self.notify(&dialog, desk, now);
        }
    }

    pub(super) fn end_old_watchers(&mut self, desk: &mut Desk<'_>, now: Instant) {
        let old: Vec<super::Dialog> = self
            .watchers
            .iter()
            .filter(|(_, watcher)| watcher.expires_at <= now)
            .map(|(dialog, _)| dialog.clone())
            .collect();
        for dialog in old {
            self.notify(&dialog, desk, now);
            self.watchers.remove(&dialog);
        }
    }

    /// Voice calls of these numbers changed.
    pub(in crate::switch) fn calls_changed(
        &mut self,
        numbers: &std::collections::BTreeSet<sip::number::E164>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if self.watchers.is_empty() || numbers.is_empty() {
            return;
        }
        let is_theirs = |watcher: &Watcher| {
            calls::number(&watcher.name, desk).is_some_and(|number| numbers.contains(&number))
        };
        let told: Vec<super::Dialog> = self
            .watchers
            .iter()
            .filter(|(_, watcher)| watcher.package == Package::Calls && is_theirs(watcher))
            .map(|(dialog, _)| dialog.clone())
            .collect();
        for dialog in told {
            self.notify(&dialog, desk, now);
        }
    }

    /// A page that is gone subscribes anew when it is back.
    pub(in crate::switch) fn flow_closed(&mut self, flow: sip::transport::FlowId) {
        self.watchers
            .retain(|_, watcher| watcher.package != Package::Calls || watcher.hop.flow != flow);
    }

    fn notify(&mut self, dialog: &super::Dialog, desk: &mut Desk<'_>, now: Instant) {
        let Some(watcher) = self.watchers.get_mut(dialog) else {
            return;
        };
        let left = watcher.expires_at.saturating_duration_since(now);
        let state = match left.is_zero() {
            true => SubscriptionState::new(Substate::Terminated).with_reason("timeout"),
            false => SubscriptionState::new(Substate::Active).with_expires(left),
        };
        watcher.cseq += 1;
        let (content_type, body) = match watcher.package {
            Package::Registrations => {
                let registrations = vec![registration(&watcher.name, desk, now)];
                let info = RegInfo::full(watcher.version, registrations);
                (CONTENT_TYPE, info.to_bytes())
            }
            Package::Calls => (
                calls::CONTENT_TYPE,
                calls::of(&watcher.name, watcher.version, desk),
            ),
        };
        watcher.version += 1;
        let mut notify = Outgoing::new(
            watcher.hop,
            Method::Notify,
            watcher.target.clone(),
            watcher.local.clone(),
            watcher.remote.clone(),
        );
        notify.call_id = Some(dialog.0.clone());
        notify.cseq = Some(watcher.cseq);
        notify.route = watcher.route.clone();
        notify.contact = vec![desk.policy.own_contact(watcher.hop.transport)];
        notify.headers = vec![
            event_header(watcher.package),
            Header::fixed("Subscription-State", state.to_string()),
        ];
        let content_type: Option<ContentType> = content_type.parse().ok();
        notify.body = content_type.map(|of| Body::new(of, body));
        let id = desk.agent.request(notify, now);
        self.sent.insert(id, Sent::Notify(dialog.clone()));
    }
}

/// A user's registration as it is.
fn registration(name: &str, desk: &Desk<'_>, now: Instant) -> Registration {
    let domain = desk.home.territory.domain().clone();
    let contact: Vec<Contact> = desk
        .home
        .registrar
        .standing(name, now)
        .map(|binding| {
            let uri = binding.contact.uri.to_string();
            let left = binding.expires_at.saturating_duration_since(now).as_secs();
            let id = Sha256::digest(&uri);
            Contact {
                id: id[..8].iter().map(|byte| format!("{byte:02x}")).collect(),
                state: "active".to_owned(),
                event: "registered".to_owned(),
                expires: u32::try_from(left).ok(),
                uri,
            }
        })
        .collect();
    let state = if contact.is_empty() { "init" } else { "active" };
    Registration {
        aor: Uri::sip(name, domain).to_string(),
        id: name.to_owned(),
        state: state.to_owned(),
        contact,
    }
}
