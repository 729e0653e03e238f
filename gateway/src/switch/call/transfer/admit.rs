//! RFC 3515 §2.4.2, RFC 3892 §2.2, RFC 5589 §5: whether a REFER is carried out, and where it leads.
//! The referrer is to be known, and to be allowed to call the target; the target is to be able to
//! take the place.

use std::collections::VecDeque;

use sip::agent::{CallHandle, Reply, ServerRequestId};
use sip::message::{Event as EventHeader, Header, NameAddr, Replaces, Request, Response, Status};
use sip::time::Instant;
use sip::transport::Hop;

use super::wish::{News, Wish};
use super::{Answered, Offer, Transfer};
use crate::bridge::Side;
use crate::switch::call::branches::{self, MAX_BRANCHES};
use crate::switch::call::redirect::Asked;
use crate::switch::call::terms::leg_of;
use crate::switch::call::{CallKey, Calls, Leg};
use crate::switch::identity::{self, Caller};
use crate::switch::route::{self, Access, Target, WANTED, Way, Whose};
use crate::switch::{ALLOW_IN_CALL, Desk, privacy};

/// Where a REFER leads.
pub(super) enum Place {
    Targets(Vec<Target>),
    /// Somebody whom the referrer is in another call of ours with.
    Partner(CallKey, CallHandle),
}

impl Calls {
    /// Whether a REFER is carried out; else what it is answered.
    pub(super) fn refer_admitted(
        &mut self,
        id: ServerRequestId,
        (key, side): (CallKey, Side),
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<(Transfer, Place), Box<Reply>> {
        let refused = |status| Box::new(Reply::new(status));
        let wish = Wish::read(request).map_err(refused)?;
        let hop = desk.agent.hop_of(id);
        let hop = hop.ok_or_else(|| refused(Status::CALL_DOES_NOT_EXIST))?;
        let session = self.session(key);
        if session.is_none_or(|session| session.transfer.is_some() || session.change.is_some()) {
            return Err(refused(Status::REQUEST_PENDING));
        }
        let who = identity::caller(desk, &hop, request, now)?;
        let mut place = self
            .place(key, &wish, &who, request, desk, now)
            .map_err(refused)?;
        match &mut place {
            Place::Targets(targets) => self.fit((key, side), &who, hop, &wish, targets),
            Place::Partner(..) => self.fits(key, Access::Plain),
        }
        .map_err(refused)?;
        let stays = self.calls.get(&key).and_then(|call| call.leg(side.other()));
        let is_hidden = stays.is_some_and(|leg| leg.hides);
        let stays = stays.and_then(|leg| leg.who.as_ref());
        let event = EventHeader::new("refer").with_id(request.headers.cseq.number.to_string());
        let groups = match &place {
            Place::Targets(targets) => branches::groups(targets.clone()),
            Place::Partner(..) => VecDeque::new(),
        };
        let transfer = Transfer {
            side,
            news: (wish.news == News::Wanted).then_some(event),
            until: now + desk.policy.answer_within,
            asked: as_call(&wish, request),
            tried: vec![wish.uri.clone()],
            from: match is_hidden {
                true => privacy::anonymous(),
                false => stays.unwrap_or(&who).shown.clone(),
            },
            to: identity::called(&wish.uri, desk.home),
            headers: headers(&wish, &who, request),
            groups,
            locating: Vec::new(),
            rings: Vec::new(),
            web_offer: Offer::None,
            plain_offer: Offer::None,
            told: Status::TRYING,
            refusal: None,
            target: Answered::Nobody,
            partner: None,
            is_mute: false,
            who,
        };
        Ok((transfer, place))
    }

    /// Where the Refer-To leads, for the referrer.
    fn place(
        &self,
        key: CallKey,
        wish: &Wish,
        who: &Caller,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<Place, Status> {
        let named = wish.replaces.as_ref();
        if let Some(named) = named.and_then(|named| desk.agent.call_named(named)) {
            return self.partner(key, named, who, desk);
        }
        let asked = as_call(wish, request);
        let targets = route::find(desk, who, &asked, now).map_err(route::NoRoute::status)?;
        Ok(Place::Targets(targets))
    }

    /// Who is at the other side of a call that the referrer has with us.
    fn partner(
        &self,
        key: CallKey,
        named: CallHandle,
        who: &Caller,
        desk: &Desk<'_>,
    ) -> Result<Place, Status> {
        let (of, side) = self.find(named).ok_or(Status::CALL_DOES_NOT_EXIST)?;
        let call = self.calls.get(&of).ok_or(Status::CALL_DOES_NOT_EXIST)?;
        let own = call.leg(side).and_then(|leg| leg.who.as_ref());
        if of == key || own.is_none_or(|own| own.whose != who.whose) {
            return Err(Status::DECLINE);
        }
        let session = call.session().ok_or(Status::CALL_DOES_NOT_EXIST)?;
        let is_busy = session.change.is_some() || session.transfer.is_some();
        if is_busy || self.transfers.partners.contains_key(&of) {
            return Err(Status::REQUEST_PENDING);
        }
        let leg = call.leg(side.other()).ok_or(Status::CALL_DOES_NOT_EXIST)?;
        let partner = leg.handle.ok_or(Status::CALL_DOES_NOT_EXIST)?;
        if leg.access == Access::Plain {
            return Ok(Place::Partner(of, partner));
        }
        // A page's media cannot move to another bridge: it gets a call that replaces the one it has.
        let uri = desk.agent.remote_target(partner);
        let uri = uri.ok_or(Status::CALL_DOES_NOT_EXIST)?;
        let dialog = desk.agent.dialog_id(partner);
        let dialog = dialog.ok_or(Status::CALL_DOES_NOT_EXIST)?;
        let replaces = Replaces::new(dialog.call_id, dialog.remote_tag, dialog.local_tag)
            .map_err(|_| Status::NOT_ACCEPTABLE_HERE)?;
        let whose = leg.who.as_ref().map(|who| who.whose.clone());
        Ok(Place::Targets(vec![Target {
            whose: whose.unwrap_or(Whose::Core),
            uri,
            way: Way::Hop(leg.hop),
            route: Vec::new(),
            headers: vec![Header::fixed("Replaces", replaces.to_string())],
            preference: 1000,
            wanted: WANTED,
            access: leg.access,
            instance: None,
            flows: Vec::new(),
        }]))
    }

    /// Leaves those targets that can take the place.
    fn fit(
        &self,
        (key, side): (CallKey, Side),
        who: &Caller,
        hop: Hop,
        wish: &Wish,
        targets: &mut Vec<Target>,
    ) -> Result<(), Status> {
        let call = self.calls.get(&key).ok_or(Status::CALL_DOES_NOT_EXIST)?;
        let stays = call.leg(side.other()).ok_or(Status::CALL_DOES_NOT_EXIST)?;
        let other = stays.who.as_ref();
        targets.retain(|target| !is_there(target, hop, &who.whose) && !is_at(target, stays));
        let to_other = other.is_some_and(|other| other.shown.uri.same_as(&wish.uri));
        if targets.is_empty() || to_other && wish.replaces.is_none() {
            return Err(Status::DECLINE);
        }
        targets.retain(|target| self.fits(key, target.access).is_ok());
        targets.truncate(MAX_BRANCHES);
        match targets.is_empty() {
            true => Err(Status::NOT_ACCEPTABLE_HERE),
            false => Ok(()),
        }
    }

    /// The target names other places: those are called that can take the place.
    pub(super) fn redirect_target(
        &mut self,
        key: CallKey,
        response: &Response,
        desk: &Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some((caller, session)) = call.established() else {
            return;
        };
        let Some(mut transfer) = session.transfer.take() else {
            return;
        };
        let own = leg_of(caller, session, transfer.side).hop;
        let mut asked = Asked {
            who: &transfer.who,
            own,
            request: &transfer.asked,
            tried: &mut transfer.tried,
        };
        let mut found = asked.places(response, desk, now);
        let stays = leg_of(caller, session, transfer.side.other());
        found.retain(|target| !is_at(target, stays));
        found.retain(|target| target.access == Access::Plain || !session.is_direct());
        tracing::debug!(call = key.0, places = found.len(), "redirected");
        for group in branches::groups(found).into_iter().rev() {
            transfer.groups.push_front(group);
        }
        session.transfer = Some(transfer);
    }

    /// Whether one of that kind can take a side's place: a page can where there is a bridge.
    fn fits(&self, key: CallKey, access: Access) -> Result<(), Status> {
        let call = self.calls.get(&key).ok_or(Status::CALL_DOES_NOT_EXIST)?;
        let session = call.session().ok_or(Status::CALL_DOES_NOT_EXIST)?;
        match access == Access::Plain || !session.is_direct() {
            true => Ok(()),
            false => Err(Status::NOT_ACCEPTABLE_HERE),
        }
    }
}

/// The call that a REFER asks for, as if the referrer had sent an INVITE.
fn as_call(wish: &Wish, request: &Request) -> Request {
    let mut asked = request.clone();
    asked.uri = wish.uri.clone();
    asked.headers.route.clear();
    asked.body = Vec::new();
    asked
}

fn is_there(target: &Target, at: Hop, whose: &Whose) -> bool {
    target.way == Way::Hop(at) && *whose == target.whose
}

/// Nobody is put through to oneself.
fn is_at(target: &Target, leg: &Leg) -> bool {
    let who = leg.who.as_ref();
    who.is_some_and(|who| is_there(target, leg.hop, &who.whose))
}

/// What every target's INVITE says: who asks for it (RFC 3892 §2.2), and whose place it takes.
fn headers(wish: &Wish, who: &Caller, request: &Request) -> Vec<Header> {
    let own = NameAddr::new(who.shown.uri.clone()).to_string();
    let said = request.headers.get("Referred-By").map(str::to_owned);
    let referrer = match who.whose {
        // Whom it believes, the core knows.
        Whose::Core => said.unwrap_or(own),
        Whose::Subscriber(_) | Whose::CoreUser(_) | Whose::Elsewhere => own,
    };
    let mut headers = vec![
        Header::fixed("Allow", ALLOW_IN_CALL),
        // No reliable 1xx: an offer in one would have to be answered before there is a place.
        Header::fixed("Supported", "timer, replaces"),
        Header::fixed("Referred-By", referrer),
    ];
    if let Some(replaces) = &wish.replaces {
        headers.push(Header::fixed("Require", "replaces"));
        headers.push(Header::fixed("Replaces", replaces.to_string()));
    }
    headers
}
