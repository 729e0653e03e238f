//! RFC 4579 §5, RFC 4575, R2.7: others who see what one shows. The gateway is the focus: it is asked by
//! REFER in the share's own dialog to call somebody or to let them go, and says by NOTIFY who watches.

use sip::agent::{CallHandle, Event, Reply, RequestId, ServerRequestId};
use sip::conference::{Conference, Left, PACKAGE, Roster, Status as Shown, Taken, User};
use sip::message::{Header, Method, NameAddr, Reason, Request, Response, Status, Uri};
use sip::number::Home;

use super::Desk;
use super::contacts::Contacts;
use super::state::{
    self, Address, AudienceCommand, Number, Peer, Standing, Watcher, Way, read_way,
};

/// Requests that wait for their answers, and people who were not asked in the end: no person asks
/// faster, and a page shows no more.
const AT_MOST: usize = 32;

/// Who else sees the share that is on.
#[derive(Default)]
pub(super) struct Audience {
    /// The share whose dialog has a focus at its other end.
    call: Option<CallHandle>,
    roster: Roster,
    /// REFERs that have no answer yet.
    asked: Vec<(RequestId, Peer)>,
    /// Whom the gateway would not ask at all.
    refused: Vec<Watcher>,
    typed_wrong: bool,
}

impl Audience {
    /// A share of ours was answered: others may join it if a focus answered (RFC 4579 §4.1).
    pub(super) fn answered(&mut self, call: CallHandle, response: &Response, desk: &mut Desk<'_>) {
        let contact = response.headers.contact.first();
        if contact.is_some_and(|contact| contact.param("isfocus").is_some()) {
            *self = Audience {
                call: Some(call),
                ..Audience::default()
            };
            self.subscribe(desk);
        }
    }

    pub(super) fn ended(&mut self, call: CallHandle) {
        if self.call == Some(call) {
            *self = Audience::default();
        }
    }

    pub(super) fn command(
        &mut self,
        command: AudienceCommand,
        contacts: &Contacts,
        home: &Home,
        desk: &mut Desk<'_>,
    ) {
        self.typed_wrong = false;
        match command {
            AudienceCommand::Ask(peer) => self.refer(peer, None, desk),
            AudienceCommand::AskTyped(typed) => match meant(&typed, contacts, home) {
                Some(peer) => self.refer(peer, None, desk),
                None => self.typed_wrong = true,
            },
            AudienceCommand::Remove(peer) => self.refer(peer, Some("BYE"), desk),
        }
    }

    /// A request of the focus. The answer, if it is one.
    pub(super) fn told(
        &mut self,
        (id, call): (ServerRequestId, CallHandle),
        request: &Request,
        desk: &mut Desk<'_>,
    ) -> bool {
        let event = request.headers.get("Event").unwrap_or_default();
        let is_ours = request.method == Method::Notify
            && self.call == Some(call)
            && event.split(';').next().unwrap_or_default().trim() == PACKAGE;
        if !is_ours {
            return false;
        }
        let taken = Conference::parse(&request.body).map(|document| self.roster.take(document));
        let status = match taken {
            Ok(_) => Status::OK,
            Err(_) => Status::BAD_REQUEST,
        };
        desk.respond(id, Reply::new(status));
        let state = request
            .headers
            .get("Subscription-State")
            .unwrap_or_default();
        if matches!(taken, Ok(Taken::Gap)) || state.trim_start().starts_with("terminated") {
            self.roster = Roster::default();
            self.subscribe(desk);
        }
        true
    }

    /// What the focus says to a request of ours.
    pub(super) fn agent_said(&mut self, event: &Event) {
        let (id, status) = match event {
            Event::Response { id, response } => (id, Some(response.status)),
            Event::RequestFailed { id, .. } => (id, None),
            _ => return,
        };
        let Some(at) = self.asked.iter().position(|(asked, _)| asked == id) else {
            return;
        };
        let (_, peer) = self.asked.remove(at);
        let standing = match status {
            Some(status) if status.is_success() => return,
            Some(Status::BUSY_HERE) => Standing::Full,
            Some(Status::NOT_FOUND) => Standing::NotFound,
            Some(_) | None => Standing::Failed,
        };
        if self.refused.len() < AT_MOST {
            self.refused.push(Watcher { peer, standing });
        }
    }

    pub(super) fn show(&self, contacts: &Contacts) -> state::Audience {
        let users = self.roster.users().iter();
        let told = users.filter_map(|user| watcher(user, contacts));
        state::Audience {
            may_grow: self.call.is_some(),
            watchers: told.chain(self.refused.iter().cloned()).collect(),
            typed_wrong: self.typed_wrong,
        }
    }

    fn subscribe(&self, desk: &mut Desk<'_>) {
        let Some(call) = self.call else {
            return;
        };
        let headers = vec![
            Header::fixed("Event", PACKAGE),
            Header::fixed("Accept", sip::conference::CONTENT_TYPE),
        ];
        desk.agent
            .request_in_call(call, Method::Subscribe, headers, None, desk.now);
    }

    fn refer(&mut self, peer: Peer, method: Option<&'static str>, desk: &mut Desk<'_>) {
        let (Some(call), Some(uri)) = (self.call, peer.uri()) else {
            return;
        };
        if self.asked.len() >= AT_MOST {
            return;
        }
        self.refused.retain(|of| !of.peer.is_reached_like(&peer));
        let mut place = NameAddr::new(uri);
        if let Some(name) = &peer.name {
            place = place.with_display(name.as_str());
        }
        if let Some(method) = method {
            place = place.with_param("method", method);
        }
        let headers = vec![
            Header::fixed("Refer-To", place.to_string()),
            // The roster says what becomes of it (RFC 4488).
            Header::fixed("Refer-Sub", "false"),
        ];
        let id = desk
            .agent
            .request_in_call(call, Method::Refer, headers, None, desk.now);
        self.asked.push((id, peer));
    }
}

/// Who is meant by what was typed.
fn meant(typed: &str, contacts: &Contacts, home: &Home) -> Option<Peer> {
    let known = |number: &Number| contacts.peer(number).name.is_some();
    match read_way(typed, home, known).ok()? {
        Way::Number { number, .. } => number.map(|number| contacts.peer(&number)),
        Way::Address(address) => Some(Peer {
            address: Some(address),
            ..Peer::default()
        }),
    }
}

fn watcher(user: &User, contacts: &Contacts) -> Option<Watcher> {
    let uri: Uri = user.entity.parse().ok()?;
    let number = match &uri {
        Uri::Tel(tel) => Number::parse(&tel.number()),
        Uri::Sip(_) | Uri::Other(_) => None,
    };
    let mut peer = match number {
        Some(number) => contacts.peer(&number),
        None => Peer {
            address: Address::parse(&user.entity),
            ..Peer::default()
        },
    };
    peer.name = peer
        .name
        .or_else(|| user.name.as_deref().map(state::shortened));
    let standing = standing(user);
    Some(Watcher { peer, standing })
}

fn standing(user: &User) -> Standing {
    let cause = user.reason.as_deref().and_then(|reason| {
        let reason: Reason = reason.parse().ok()?;
        reason.cause
    });
    match (user.status, user.left, cause) {
        (Shown::DialingOut | Shown::DialingIn | Shown::Pending, _, _) => Standing::Asked,
        (Shown::Alerting, _, _) => Standing::Rings,
        (Shown::Connected | Shown::OnHold | Shown::MutedViaFocus | Shown::Disconnecting, _, _) => {
            Standing::Watches
        }
        (Shown::Disconnected, Some(Left::Booted), _) => Standing::Removed,
        (Shown::Disconnected, Some(Left::Busy), _) => Standing::Busy,
        (Shown::Disconnected, Some(Left::Failed), Some(cause)) => match cause {
            603 | 606 => Standing::Declined,
            408 | 480 | 487 => Standing::NoAnswer,
            404 | 410 | 416 | 484 | 604 => Standing::NotFound,
            415 | 488 => Standing::CannotWatch,
            _ => Standing::Failed,
        },
        (Shown::Disconnected, Some(Left::Failed), None) => Standing::Failed,
        (Shown::Disconnected, Some(Left::Departed) | None, _) => Standing::Left,
    }
}
