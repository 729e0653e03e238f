//! RFC 3680, RFC 6665: the state of registrations, told to who subscribes to a user of ours, and
//! heard of the core for its users here; and the voice calls of a user of ours, told to their pages
//! (rule R4.1).

mod calls;
mod notifier;
mod reginfo;
mod subscriber;

use std::collections::HashMap;

use sip::agent::{Failure, Reply, RequestId, ServerRequestId};
use sip::message::{CallId, Event, Header, Method, Request, Response, Status};
use sip::time::Instant;
use sip::transport::Hop;

use super::Desk;
use super::destinations::Ticket;
use notifier::Watcher;
use subscriber::Watched;

/// Subscriptions at a time, of each kind, about 2 kB each. Beyond it SUBSCRIBE gets 503, and the
/// registrations of further users of the core are not watched: they end by their own time.
const SUBSCRIPTIONS: usize = 10_000;

/// What is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Package {
    /// RFC 3680.
    Registrations,
    /// Our own: the voice calls that the network told of.
    Calls,
}

impl Package {
    fn of(event: &Event) -> Option<Package> {
        [Package::Registrations, Package::Calls]
            .into_iter()
            .find(|package| event.is(package.name()))
    }

    /// The package's name.
    fn name(self) -> &'static str {
        match self {
            Package::Registrations => "reg",
            Package::Calls => "call-context",
        }
    }
}

/// A dialog by its Call-ID and our tag.
type Dialog = (CallId, String);

/// All subscriptions to registrations.
#[derive(Default)]
pub struct Events {
    watchers: HashMap<Dialog, Watcher>,
    watched: HashMap<Dialog, Watched>,
    /// By address of record.
    watched_users: HashMap<String, Dialog>,
    sent: HashMap<RequestId, Sent>,
    looked_up: HashMap<Ticket, Dialog>,
    /// The earliest moment at which something is due, not later than the true one.
    next_due: Option<Instant>,
}

/// What a request of ours was for.
#[derive(Debug, Clone)]
enum Sent {
    Notify(Dialog),
    Subscribe(Dialog),
}

impl Events {
    /// Whether a request is one of these subscriptions' or asks for one.
    pub(super) fn takes(&self, request: &Request, desk: &Desk<'_>) -> bool {
        let headers = &request.headers;
        let dialog = headers
            .to
            .tag()
            .map(|tag| (headers.call_id.clone(), tag.to_owned()));
        match (&request.method, dialog) {
            (Method::Notify, Some(dialog)) => self.watched.contains_key(&dialog),
            (Method::Subscribe, Some(dialog)) => self.watchers.contains_key(&dialog),
            (Method::Subscribe, None) => {
                let event = headers.typed::<Event>().and_then(Result::ok);
                let home = &desk.home;
                event.is_some_and(|event| Package::of(&event).is_some())
                    && home.territory.serves(&request.uri)
                    && home.subscribers.find(&request.uri).is_some()
            }
            (_, _) => false,
        }
    }

    /// A request that [`Events::takes`].
    pub(super) fn request(
        &mut self,
        id: ServerRequestId,
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        match request.method == Method::Notify {
            true => self.notified(id, &hop, request, desk, now),
            false => self.subscribed(id, hop, request, desk, now),
        }
    }

    /// Whether a request of ours was sent from here.
    pub(super) fn sent(&self, id: RequestId) -> bool {
        self.sent.contains_key(&id)
    }

    pub(super) fn answered(&mut self, id: RequestId, response: &Response, now: Instant) {
        match self.sent.remove(&id) {
            Some(Sent::Notify(dialog)) if response.status.is_failure() => {
                // Nobody is there any more who would want to know (RFC 6665 §4.2.2).
                self.watchers.remove(&dialog);
            }
            Some(Sent::Subscribe(dialog)) => self.subscribe_answered(&dialog, response, now),
            Some(Sent::Notify(_)) | None => {}
        }
    }

    pub(super) fn failed(&mut self, id: RequestId, _failure: Failure) {
        match self.sent.remove(&id) {
            Some(Sent::Notify(dialog)) => {
                self.watchers.remove(&dialog);
            }
            Some(Sent::Subscribe(dialog)) => self.unwatch(&dialog),
            None => {}
        }
    }

    pub(super) fn handle_timeout(&mut self, desk: &mut Desk<'_>, now: Instant) {
        if self.next_due.is_none_or(|due| now < due) {
            return;
        }
        self.end_old_watchers(desk, now);
        self.refresh_watched(desk, now);
        let watchers = self.watchers.values().map(Watcher::due);
        self.next_due = watchers
            .chain(self.watched.values().map(Watched::due))
            .min();
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.next_due
    }

    fn expect(&mut self, due: Instant) {
        self.next_due = Some(self.next_due.map_or(due, |known| known.min(due)));
    }
}

fn event_header(package: Package) -> Header {
    Header::fixed("Event", package.name())
}

fn answer(desk: &mut Desk<'_>, id: ServerRequestId, reply: Reply, now: Instant) {
    if let Err(error) = desk.agent.respond(id, reply, now) {
        tracing::debug!(%error, "answered too late");
    }
}

fn refuse(desk: &mut Desk<'_>, id: ServerRequestId, status: Status, now: Instant) {
    answer(desk, id, Reply::new(status), now);
}
