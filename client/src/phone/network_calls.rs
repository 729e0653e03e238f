//! RFC 6665 §4.1, rule R4.1: the gateway knows of this person's voice calls what the network told it; the
//! page subscribes to that (`call-context`) as soon as it is registered, and hears it in NOTIFYs.

use sip::agent::{Event, Outgoing, Reply, RequestId};
use sip::message::{
    CallId, Header, Method, NameAddr, Request, Response, Status, SubscriptionState, Substate, Text,
    Uri,
};
use sip::time::{Duration, Instant};
use sip::transport::FlowId;

use super::json::Json;
use super::state::{Number, Stands};
use super::{Desk, Identity, Phone, desk};

/// The name of the event package.
const PACKAGE: &str = "call-context";

/// In seconds; refreshed at half of what is granted.
const EXPIRES: u32 = 3600;

/// After a refusal that may pass.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// Calls that are read; a line has few, and the first alone counts.
const CALLS: usize = 16;

/// The subscription, at most one.
#[derive(Debug, Default)]
pub(super) struct NetworkCalls {
    dialog: Option<Dialog>,
    asked: Option<RequestId>,
    /// When to ask again.
    next: Option<Instant>,
}

#[derive(Debug)]
struct Dialog {
    call_id: CallId,
    tag: Text,
    flow: FlowId,
    /// Of the gateway, from its answer on.
    remote: Option<NameAddr>,
    target: Uri,
    cseq: u32,
    /// Of the NOTIFY heard last.
    version: Option<u32>,
}

/// What a NOTIFY says.
#[derive(Debug)]
struct Told {
    version: u32,
    calls: Vec<Call>,
}

#[derive(Debug)]
struct Call {
    number: String,
    stands: Stands,
}

impl Told {
    fn read(bytes: &[u8]) -> Option<Self> {
        let json = Json::parse_bytes(bytes)?;
        let Json::List(calls) = json.get("calls")? else {
            return None;
        };
        let version = json.get("version")?.integer()?;
        Some(Self {
            version: version.try_into().ok()?,
            calls: calls.iter().map(Call::read).collect::<Option<_>>()?,
        })
    }
}

impl Call {
    fn read(json: &Json) -> Option<Self> {
        let stands = match json.get("stands")?.text()? {
            "connected" => Stands::Connected,
            "held" => Stands::Held,
            "conference" => Stands::Conference,
            _ => return None,
        };
        let number = json.get("number")?.text()?.to_owned();
        Some(Self { number, stands })
    }
}

/// What the network knows, if that was news, and the answer to the NOTIFY.
type Heard = (Reply, Option<Vec<(Number, Stands)>>);

impl NetworkCalls {
    /// Registered: subscribes, unless that stands on this connection.
    fn registered(&mut self, identity: &Identity, desk: &mut Desk<'_>) {
        let flow = identity.hop.flow;
        if self.dialog.as_ref().is_some_and(|of| of.flow == flow) {
            return;
        }
        self.dialog = Some(Dialog {
            call_id: desk.agent.draw_call_id(),
            tag: desk.agent.draw_tag(),
            flow,
            remote: None,
            target: identity.from.uri.clone(),
            cseq: 0,
            version: None,
        });
        self.subscribe(identity, desk);
    }

    fn handle_timeout(&mut self, identity: &Identity, desk: &mut Desk<'_>) {
        if self.next.take_if(|next| *next <= desk.now).is_none() {
            return;
        }
        match self.dialog {
            Some(_) => self.subscribe(identity, desk),
            None => self.registered(identity, desk),
        }
    }

    fn subscribe(&mut self, identity: &Identity, desk: &mut Desk<'_>) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        dialog.cseq += 1;
        let to = dialog.remote.clone();
        let mut subscribe = Outgoing::new(
            identity.hop,
            Method::Subscribe,
            dialog.target.clone(),
            identity.from.clone().with_tag(dialog.tag.clone()),
            to.unwrap_or_else(|| NameAddr::new(identity.from.uri.clone())),
        );
        subscribe.call_id = Some(dialog.call_id.clone());
        subscribe.cseq = Some(dialog.cseq);
        subscribe.expires = Some(EXPIRES);
        subscribe.contact = vec![identity.contact.clone()];
        subscribe.headers = vec![
            Header::fixed("Event", PACKAGE),
            Header::fixed("Accept", "application/json"),
        ];
        subscribe.credentials = Some(identity.credentials.clone());
        self.asked = Some(desk.agent.request(subscribe, desk.now));
        self.next = None;
    }

    /// What the agent says of the SUBSCRIBE; of other requests it changes nothing.
    pub(super) fn agent_said(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Response { id, response } if self.asked == Some(*id) => {
                self.asked = None;
                self.answered(response, now);
            }
            Event::RequestFailed { id, .. } if self.asked == Some(*id) => {
                (self.asked, self.dialog) = (None, None);
                self.next = Some(now + TRY_AGAIN);
            }
            _ => {}
        }
    }

    fn answered(&mut self, response: &Response, now: Instant) {
        let headers = &response.headers;
        if !response.status.is_success() {
            self.dialog = None;
            // 489: it never will.
            let passes = response.status != Status::BAD_EVENT;
            self.next = passes.then_some(now + TRY_AGAIN);
            return;
        }
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        dialog.remote = Some(headers.to.clone());
        if let Some(contact) = headers.contact.first() {
            dialog.target = contact.uri.clone();
        }
        let granted = headers.expires.unwrap_or(EXPIRES).min(EXPIRES);
        self.next = Some(now + Duration::from_secs(granted.into()) / 2);
    }

    /// A NOTIFY. `None` if it is of something else.
    fn notified(&mut self, request: &Request, now: Instant) -> Option<Heard> {
        let headers = &request.headers;
        let event = headers.typed::<sip::message::Event>()?.ok()?;
        if !event.is(PACKAGE) {
            return None;
        }
        let ours = |dialog: &&mut Dialog| {
            dialog.call_id == headers.call_id && headers.to.tag() == Some(dialog.tag.as_str())
        };
        let Some(dialog) = self.dialog.as_mut().filter(ours) else {
            return Some((Reply::new(Status::CALL_DOES_NOT_EXIST), None));
        };
        let told = request.content("application/json").and_then(Told::read);
        let Some(told) = told else {
            return Some((Reply::new(Status::BAD_REQUEST), None));
        };
        let news = dialog.version.is_none_or(|last| told.version > last);
        dialog.version = dialog.version.max(Some(told.version));
        let state = headers.typed::<SubscriptionState>().and_then(Result::ok);
        if state.is_some_and(|state| state.state == Substate::Terminated) {
            self.dialog = None;
            self.next = Some(now + TRY_AGAIN);
        }
        Some((Reply::new(Status::OK), news.then(|| known(told.calls))))
    }
}

fn known(calls: Vec<Call>) -> Vec<(Number, Stands)> {
    let known = calls
        .into_iter()
        .take(CALLS)
        .filter_map(|call| Some((Number::parse(&call.number)?, call.stands)));
    known.collect()
}

/// The answer to a NOTIFY of something else: in a subscription of ours it cannot be.
pub(super) fn unheard(request: &Request) -> Reply {
    Reply::new(match request.headers.to.tag() {
        Some(_) => Status::CALL_DOES_NOT_EXIST,
        None => Status::OK,
    })
}

impl Phone {
    /// Asks to be told of voice calls, where the gateway hears of any.
    pub(super) fn subscribe_to_calls(&mut self, now: Instant) {
        if let Some(identity) = self
            .account
            .identity()
            .filter(|_| self.account.hears_of_calls())
        {
            let desk = &mut desk(&mut self.agent, &mut self.effects, now);
            self.network_calls.registered(&identity, desk);
        }
    }

    pub(super) fn refresh_calls(&mut self, now: Instant) {
        if let Some(identity) = self.account.identity() {
            let desk = &mut desk(&mut self.agent, &mut self.effects, now);
            self.network_calls.handle_timeout(&identity, desk);
        }
    }

    /// When the subscription is to be refreshed; without a connection it waits for one.
    pub(super) fn next_refresh_of_calls(&self) -> Option<Instant> {
        let next = self.network_calls.next;
        next.filter(|_| self.account.identity().is_some())
    }

    /// A NOTIFY of voice calls: the answer to it, after all that hangs on them. `None` if it is of
    /// something else.
    pub(super) fn hear_of_calls(&mut self, request: &Request, now: Instant) -> Option<Reply> {
        let (reply, known) = self.network_calls.notified(request, now)?;
        if let Some(calls) = known {
            for change in self.call.network_knows(&calls, now) {
                self.call_changed(&change, now);
            }
        }
        Some(reply)
    }
}
