//! REFER carried out by the gateway: RFC 3515, RFC 3892, RFC 4488, RFC 5589, RFC 7092 §3.2.
//!
//! The referrer is answered and hears by NOTIFY what becomes of it. The gateway calls the target
//! with the referrer's rights ([`ring`]); who answers takes the referrer's place towards the side
//! that stays ([`join`]), as with Replaces. Until then the call goes on as it is, without the
//! referrer if that one hangs up.

mod admit;
mod join;
mod ring;
mod wish;

use std::collections::{HashMap, VecDeque};

use sip::agent::{CallHandle, Event, Reply, RequestId, ServerRequestId};
use sip::message::{
    Body, Event as EventHeader, Header, Method, NameAddr, Reason, Request, Status,
    SubscriptionState, Substate, Uri,
};
use sip::sdp::Description;
use sip::time::Instant;

use super::branches::groups;
use super::change::{Change, acknowledge, respond};
use super::ending::Closing;
use super::refusals::Refusal;
use super::terms::leg_of;
use super::{Call, CallKey, Calls, Leg};
use crate::bridge::Side;
use crate::switch::Desk;
use crate::switch::destinations::Ticket;
use crate::switch::identity::Caller;
use crate::switch::route::Target;
use admit::Place;
use ring::Ring;

/// What those are told who leave, and whose BYE it is.
const TRANSFERRED: &str = "Call transferred";
const SIPFRAG: &str = "message/sipfrag;version=2.0";

/// What all transfers have in common to be found by.
#[derive(Default)]
pub(super) struct Transfers {
    /// Dialogs with targets that have no place yet.
    targets: HashMap<CallHandle, CallKey>,
    /// re-INVITEs that ask a partner for an offer.
    fetched: HashMap<RequestId, (CallKey, CallHandle)>,
    /// Calls that give one of their sides away, and the calls that take it.
    partners: HashMap<CallKey, CallKey>,
    /// Last NOTIFYs, and the referrers' dialogs that end when these are answered.
    parting: HashMap<RequestId, CallHandle>,
    /// Calls whose target has answered and waits for its place.
    answered: Vec<CallKey>,
}

/// Somebody else is called in the place of one side.
pub(super) struct Transfer {
    /// The referrer's.
    side: Side,
    /// What the NOTIFYs are about; `None` when the referrer wants none.
    news: Option<EventHeader>,
    /// When nobody is rung any more.
    until: Instant,
    /// The referrer, and the REFER with its target for Request-URI, without its body.
    who: Caller,
    asked: Request,
    /// Every Request-URI so far.
    tried: Vec<Uri>,
    from: NameAddr,
    to: NameAddr,
    headers: Vec<Header>,
    /// Devices that do not ring yet, the next ones first.
    groups: VecDeque<Vec<Target>>,
    locating: Vec<(Ticket, Target)>,
    rings: Vec<Ring>,
    /// What a browser is offered, and what a plain peer.
    web_offer: Offer<Vec<u8>>,
    plain_offer: Offer<Description>,
    /// The last status that the referrer was told.
    told: Status,
    refusal: Option<Refusal>,
    target: Answered,
    partner: Option<CallKey>,
    /// The referrer's media has stopped coming.
    is_mute: bool,
}

/// Our offer to targets of one kind.
enum Offer<T> {
    /// None of that kind is called, or they make the offer.
    None,
    /// The bridge is to write it, or to open ports for it.
    Asked,
    Written(T),
}

/// The target that has answered.
enum Answered {
    Nobody,
    /// It waits until a change of the call is through.
    Waits(Box<Leg>),
    /// It is being given its place.
    Joins(CallHandle),
}

impl Transfer {
    /// Whether the bridge is at work for it.
    pub(super) fn opens(&self) -> bool {
        matches!(self.web_offer, Offer::Asked) || matches!(self.plain_offer, Offer::Asked)
    }

    pub(super) fn joins(&self) -> bool {
        matches!(self.target, Answered::Joins(_))
    }

    /// Whether nothing rings and nothing is looked up.
    fn is_quiet(&self) -> bool {
        self.rings.is_empty()
            && self.locating.is_empty()
            && self.partner.is_none()
            && matches!(self.target, Answered::Nobody)
    }

    /// A number was looked up; `places` says where it leads. Whether the next devices may ring.
    pub(super) fn enumerated(
        &mut self,
        ticket: Ticket,
        places: impl FnOnce(&Target, &Caller, &Request) -> Result<Vec<Target>, Refusal>,
    ) -> bool {
        let mut locating = self.locating.iter();
        let Some(at) = locating.position(|(of, _)| *of == ticket) else {
            return false;
        };
        let (_, target) = self.locating.remove(at);
        match places(&target, &self.who, &self.asked) {
            Ok(targets) => {
                for group in groups(targets).into_iter().rev() {
                    self.groups.push_front(group);
                }
            }
            Err(refusal) => self.refused(refusal),
        }
        self.is_quiet()
    }

    fn refused(&mut self, refusal: Refusal) {
        self.refusal = Some(match self.refusal.take() {
            Some(before) => before.or(refusal),
            None => refusal,
        });
    }
}

impl Calls {
    /// A REFER inside an answered call that we are to carry out.
    pub(super) fn refer_asked(
        &mut self,
        id: ServerRequestId,
        (key, side): (CallKey, Side),
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let (transfer, place) = match self.refer_admitted(id, (key, side), request, desk, now) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                let status = refusal.status.code();
                tracing::info!(call = key.0, ?side, status, "transfer refused");
                return respond(desk, id, *refusal, now);
            }
        };
        tracing::info!(call = key.0, ?side, "a side is to be transferred");
        let answer = match &transfer.news {
            Some(_) => Reply::new(Status::ACCEPTED),
            None => Reply::new(Status::OK).with_header(Header::fixed("Refer-Sub", "false")),
        };
        let transport = self.calls.get(&key).and_then(|call| call.leg(side));
        let transport = transport.map(|leg| leg.hop.transport);
        let answer = match transport {
            Some(transport) => answer.with_contact(super::contact(desk, transport)),
            None => answer,
        };
        if let Some((_, session)) = self.calls.get_mut(&key).and_then(Call::established) {
            session.transfer = Some(Box::new(transfer));
        }
        respond(desk, id, answer, now);
        self.tell(key, Status::TRYING, desk, now);
        match place {
            Place::Targets(_) => self.open_targets(key, desk, now),
            Place::Partner(of, partner) => self.fetch(key, of, partner, desk, now),
        }
    }

    /// Takes what concerns targets and partners; gives the event back if it does not.
    pub(super) fn transfer_event(
        &mut self,
        event: Event,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Option<Event> {
        if let Event::Response { id, .. } | Event::RequestFailed { id, .. } = &event
            && let Some(referrer) = self.transfers.parting.remove(id)
        {
            let reason = Reason::sip(Status::OK, TRANSFERRED);
            self.part(referrer, Some(reason), desk, now);
            return None;
        }
        let of = |call: &CallHandle| self.transfers.targets.get(call).copied();
        match event {
            Event::Progress { call, response } => match of(&call) {
                Some(key) => self.tell(key, response.status, desk, now),
                None => return Some(Event::Progress { call, response }),
            },
            Event::Answered { call, response } => match of(&call) {
                Some(key) => self.target_answered(key, call, &response, desk, now),
                None => return Some(Event::Answered { call, response }),
            },
            Event::Ended { call, end } => match of(&call) {
                Some(key) => self.target_ended(key, call, &end, desk, now),
                None => return Some(Event::Ended { call, end }),
            },
            Event::Response { id, response } => match self.transfers.fetched.remove(&id) {
                Some(of) => self.fetched(of, Some(&response), desk, now),
                None => return Some(Event::Response { id, response }),
            },
            Event::RequestFailed { id, failure } => match self.transfers.fetched.remove(&id) {
                Some(of) => self.fetched(of, None, desk, now),
                None => return Some(Event::RequestFailed { id, failure }),
            },
            Event::Incoming { .. }
            | Event::CallRequest { .. }
            | Event::FlowLost { .. }
            | Event::Confirmed { .. }
            | Event::Request { .. }
            | Event::Malformed { .. } => return Some(event),
        }
        None
    }

    pub(super) fn transfer(&mut self, key: CallKey) -> Option<&mut Transfer> {
        let (_, session) = self.calls.get_mut(&key)?.established()?;
        session.transfer.as_deref_mut()
    }

    /// Tells the referrer how far it is, if that is further than before.
    fn tell(&mut self, key: CallKey, status: Status, desk: &mut Desk<'_>, now: Instant) {
        let Some(transfer) = self.transfer(key) else {
            return;
        };
        let is_first = status == Status::TRYING && transfer.told == status;
        let is_news = status > transfer.told && status != Status::EARLY_DIALOG_TERMINATED;
        if !status.is_provisional() || !is_news && !is_first {
            return;
        }
        transfer.told = status;
        let left = transfer.until.saturating_duration_since(now);
        let state = SubscriptionState::new(Substate::Active).with_expires(left);
        let (side, news) = (transfer.side, transfer.news.clone());
        let leg = self.calls.get(&key).and_then(|call| call.leg(side));
        let referrer = leg.and_then(|leg| leg.handle);
        notify(desk, referrer, news, (status, state), now);
    }

    /// Nobody takes the place: the call goes on as it was, or is over if the referrer has left.
    pub(super) fn transfer_failed(
        &mut self,
        key: CallKey,
        refusal: Refusal,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(mut transfer) = session.transfer.take() else {
            return;
        };
        let status = refusal.status;
        tracing::info!(call = key.0, status = status.code(), "not transferred");
        let referrer = leg_of(caller, session, transfer.side).handle;
        tell_end(desk, referrer, &transfer, status, now);
        let is_over = referrer.is_none() || transfer.is_mute;
        self.let_go(key, &mut transfer, desk, now);
        if is_over {
            let reason = Reason::sip(status, "Not transferred");
            self.end(key, &Closing::Hangup(Some(reason)), desk, now);
        }
    }

    /// The same for somebody who may have been about to join.
    fn transfer_undone(
        &mut self,
        key: CallKey,
        refusal: Refusal,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let session = self.session(key);
        let takes = session.and_then(|session| session.change.as_ref());
        let joins = takes.is_some_and(Change::is_replacement);
        self.transfer_failed(key, refusal, desk, now);
        if joins {
            self.take_back(key, desk, now);
        }
    }

    /// The call of a transfer is over.
    pub(super) fn abandon_transfer(
        &mut self,
        key: CallKey,
        call: &mut Call,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = call.established() else {
            return;
        };
        let Some(mut transfer) = session.transfer.take() else {
            return;
        };
        if transfer.joins() {
            session.change = None;
        }
        let referrer = leg_of(caller, session, transfer.side).handle;
        tell_end(desk, referrer, &transfer, Status::REQUEST_TERMINATED, now);
        self.let_go(key, &mut transfer, desk, now);
    }

    /// Ends what was begun with targets and partners.
    fn let_go(&mut self, key: CallKey, transfer: &mut Transfer, desk: &mut Desk<'_>, now: Instant) {
        self.cancel_rings(transfer, None, desk, now);
        self.tickets.retain(|_, of| *of != key);
        self.transfers.answered.retain(|of| *of != key);
        self.transfers.partners.retain(|_, of| *of != key);
        let target = match std::mem::replace(&mut transfer.target, Answered::Nobody) {
            Answered::Nobody => None,
            Answered::Waits(leg) => leg.handle,
            Answered::Joins(handle) => Some(handle),
        };
        match target {
            // An offer that nobody answers changes nothing (RFC 3264 §4).
            Some(partner) if transfer.partner.is_some() => acknowledge(desk, partner, None, now),
            Some(target) => {
                self.transfers.targets.remove(&target);
                let reason = Reason::sip(Status::NOT_ACCEPTABLE_HERE, "Not transferred");
                desk.agent.hang_up(target, Some(reason), now);
            }
            None => {}
        }
    }

    /// A side has left. Whether that is the referrer, whose place somebody else may yet take.
    pub(super) fn goes_on_without(&self, key: CallKey, side: Side) -> bool {
        let transfer = self
            .session(key)
            .and_then(|session| session.transfer.as_ref());
        transfer.is_some_and(|transfer| transfer.side == side)
    }

    /// The referrer's connection did not come back.
    pub(super) fn leave(
        &mut self,
        key: CallKey,
        side: Side,
        handle: CallHandle,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        self.by_handle.remove(&handle);
        if let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) {
            leg_of(caller, session, side).handle = None;
        }
        self.part(handle, None, desk, now);
    }

    pub(super) fn note_media_lost(&mut self, key: CallKey) {
        if let Some(transfer) = self.transfer(key) {
            transfer.is_mute = true;
        }
    }

    /// A call is over that was to give a side away.
    pub(super) fn lose_partner(&mut self, of: CallKey, desk: &mut Desk<'_>, now: Instant) {
        if let Some(key) = self.transfers.partners.remove(&of) {
            let refusal = Refusal::new(Status::CALL_DOES_NOT_EXIST);
            self.transfer_undone(key, refusal, desk, now);
        }
    }
}

/// Tells the referrer how it ended (RFC 3515 §2.4.5).
fn tell_end(
    desk: &mut Desk<'_>,
    referrer: Option<CallHandle>,
    transfer: &Transfer,
    status: Status,
    now: Instant,
) -> Option<RequestId> {
    let state = SubscriptionState::new(Substate::Terminated).with_reason("noresource");
    notify(desk, referrer, transfer.news.clone(), (status, state), now)
}

fn notify(
    desk: &mut Desk<'_>,
    referrer: Option<CallHandle>,
    news: Option<EventHeader>,
    (status, state): (Status, SubscriptionState),
    now: Instant,
) -> Option<RequestId> {
    let (referrer, event) = (referrer?, news?);
    let content_type = SIPFRAG.parse().ok()?;
    let headers = vec![
        Header::fixed("Event", event.to_string()),
        Header::fixed("Subscription-State", state.to_string()),
    ];
    let line = format!("SIP/2.0 {} {}\r\n", status.code(), status.default_reason());
    let body = Body::new(content_type, line);
    let (method, body) = (Method::Notify, Some(body));
    Some(
        desk.agent
            .request_in_call(referrer, method, headers, body, now),
    )
}
