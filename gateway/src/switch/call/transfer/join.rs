//! RFC 5589 §6.1, §7.2, RFC 3725 §4.1: who answered takes the referrer's place.

use sip::agent::CallHandle;
use sip::message::{Header, Method, Reason, Response, Status};
use sip::sdp::Description;
use sip::time::Instant;

use super::{Answered, Offer, TRANSFERRED, tell_end};
use crate::bridge::web_leg::WebCodec;
use crate::bridge::{BridgeCommand, Medium, Step};
use crate::switch::call::change::{Change, acknowledge};
use crate::switch::call::ending::Closing;
use crate::switch::call::refusals::Refusal;
use crate::switch::call::terms::{direction_in, leg_of, plain_answer, silence};
use crate::switch::call::{Call, CallKey, Calls, Leg, command, sdp_body, sdp_of, step};
use crate::switch::offer::{self, Reject};
use crate::switch::route::Access;
use crate::switch::{ALLOW_IN_CALL, Desk};

impl Calls {
    /// Asks somebody whom the referrer is in another call with for an offer.
    pub(super) fn fetch(
        &mut self,
        key: CallKey,
        of: CallKey,
        partner: CallHandle,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if let Some(transfer) = self.transfer(key) {
            transfer.partner = Some(of);
        }
        self.transfers.partners.insert(of, key);
        let allow = vec![Header::fixed("Allow", ALLOW_IN_CALL)];
        let id = desk
            .agent
            .request_in_call(partner, Method::Invite, allow, None, now);
        self.transfers.fetched.insert(id, (key, partner));
    }

    /// What a partner said to that.
    pub(super) fn fetched(
        &mut self,
        (key, partner): (CallKey, CallHandle),
        response: Option<&Response>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let accepted = response.filter(|response| response.status.is_success());
        let of = self.transfer(key).and_then(|transfer| transfer.partner);
        let place = self.find(partner).filter(|(at, _)| Some(*at) == of);
        let call = place.and_then(|(at, side)| Some((self.calls.get(&at)?, side)));
        let leg = call.and_then(|(call, side)| call.leg(side));
        let (Some(response), Some(leg)) = (accepted, leg) else {
            if accepted.is_some() {
                acknowledge(desk, partner, None, now);
            }
            if of.is_some() {
                let status = response.map_or(Status::TEMPORARILY_UNAVAILABLE, |said| said.status);
                self.transfer_failed(key, Refusal::new(status), desk, now);
            }
            return;
        };
        let mut new = Leg::new(leg.hop, leg.access);
        new.handle = Some(partner);
        (new.info, new.refer, new.who) = (leg.info, leg.refer, leg.who.clone());
        new.recorder = leg.recorder;
        (new.told, new.known) = (leg.told.clone(), leg.known.clone());
        new.sdp = sdp_of(response.content("application/sdp"));
        if let Some(transfer) = self.transfer(key) {
            transfer.target = Answered::Waits(Box::new(new));
            self.transfers.answered.push(key);
        }
    }

    /// Gives those that answered their places, where nothing else is being changed.
    pub(in crate::switch::call) fn take_places(&mut self, desk: &mut Desk<'_>, now: Instant) {
        let mut at = 0;
        while let Some(key) = self.transfers.answered.get(at).copied() {
            let session = self.session(key);
            if session.is_some_and(|session| session.change.is_some()) {
                at += 1;
                continue;
            }
            self.transfers.answered.remove(at);
            self.take_place(key, desk, now);
        }
    }

    fn take_place(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(transfer) = session.transfer.as_mut() else {
            return;
        };
        let target = std::mem::replace(&mut transfer.target, Answered::Nobody);
        let Answered::Waits(leg) = target else {
            transfer.target = target;
            return;
        };
        let Some(handle) = leg.handle else {
            return;
        };
        transfer.target = Answered::Joins(handle);
        let side = transfer.side;
        let fits = match (&transfer.plain_offer, leg.access) {
            (Offer::Written(offer), Access::Plain) if transfer.partner.is_none() => {
                offer::read_plain_answer(offer, &leg.sdp).is_ok()
            }
            (Offer::Written(_) | Offer::Asked | Offer::None, _) => {
                let said = Description::parse(&leg.sdp);
                said.is_ok_and(|said| offer::video(&said).is_some())
            }
        };
        if !fits {
            let refusal = Refusal::new(Status::NOT_ACCEPTABLE_HERE);
            return self.transfer_failed(key, refusal, desk, now);
        }
        tracing::debug!(call = key.0, ?side, "the target has answered");
        let stays = leg_of(caller, session, side.other()).access;
        let are_plain = (leg.access, stays) == (Access::Plain, Access::Plain);
        match session.terms(caller).filter(|_| !are_plain) {
            None => self.replace_directly((key, side), *leg, desk, now),
            Some(terms) => {
                let before = terms.of_side(side).direction;
                let wanted = direction_in(&leg.sdp);
                session.change = Some(Change::replacing(side, *leg, (before, wanted)));
                self.change_begun(key, desk, now);
            }
        }
    }

    /// The side that stays has agreed: the bridge is connected to the target.
    pub(in crate::switch::call) fn connect_target(
        &mut self,
        key: CallKey,
        port: Option<u16>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let bridge = session.bridge;
        let Some(transfer) = session.transfer.as_ref() else {
            return;
        };
        let (side, partner) = (transfer.side, transfer.partner);
        let offer = match &transfer.plain_offer {
            Offer::Written(offer) => Some(offer.clone()),
            Offer::None | Offer::Asked => None,
        };
        if partner.is_some() {
            return self.connect_partner(key, port, desk, now);
        }
        let Some(new) = session.change.as_mut().and_then(Change::new_leg) else {
            return;
        };
        let sdp = new.sdp.clone();
        if new.access == Access::Browser {
            let answer = String::from_utf8_lossy(&sdp).into_owned();
            return step(desk, bridge, Step::WebAcceptNext { side, answer });
        }
        let agreement = offer
            .ok_or(Reject::NoDescription)
            .and_then(|offer| offer::read_plain_answer(&offer, &sdp));
        match (agreement, session.terms(caller)) {
            (Ok(agreement), Some(terms)) => {
                terms.set_web(side, None);
                let mut plan = agreement.plan;
                let far = terms.of_side(side.other()).direction;
                plan.silence = silence(agreement.direction, far);
                step(desk, bridge, Step::PlainConnect { side, plan });
                self.replaced(key, Vec::new(), desk, now);
            }
            (Err(_) | Ok(_), _) => self.change_failed(key, desk, now),
        }
    }

    /// A partner's offer is answered for this bridge, in the session that the partner knows.
    fn connect_partner(
        &mut self,
        key: CallKey,
        port: Option<u16>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let bridge = session.bridge;
        let Some(side) = session.change.as_ref().map(Change::from) else {
            return;
        };
        let before = leg_of(caller, session, side);
        let known = Description::parse(&before.told).ok();
        let known = known
            .as_ref()
            .and_then(offer::video)
            .map(|video| video.port);
        let port = port.or(known.filter(|_| before.access == Access::Plain));
        let Some(port) = port else {
            let medium = Medium::Video;
            return command(desk, bridge, BridgeCommand::OpenPlain { side, medium });
        };
        let terms = session.terms(caller).cloned();
        let Some(new) = session.change.as_mut().and_then(Change::new_leg) else {
            return;
        };
        if let Ok(mut told) = Description::parse(&new.told) {
            let is_video =
                |media: &sip::sdp::Media| media.kind == sip::sdp::Kind::Video && media.port != 0;
            if let Some(video) = told.media.iter_mut().find(|media| is_video(media)) {
                video.port = port;
            }
            new.told = told.to_bytes();
        }
        let answered = terms
            .ok_or(Reject::NoVideo)
            .and_then(|terms| plain_answer(new, &new.sdp.clone(), &terms, side, desk));
        self.plain_fits(key, side, answered, desk, now);
    }

    /// The answer of a target, a browser, was taken.
    pub(in crate::switch::call) fn target_accepted(
        &mut self,
        key: CallKey,
        codec: WebCodec,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(side) = session.change.as_ref().map(Change::from) else {
            return;
        };
        if let Some(terms) = session.terms(caller) {
            let limit = terms.of_side(side).web.and_then(|(_, limit)| limit);
            terms.set_web(side, Some((codec, limit)));
        }
        self.replaced(key, Vec::new(), desk, now);
    }

    /// The target is in the call: the referrer is told, and let go.
    pub(in crate::switch::call) fn transferred(
        &mut self,
        key: CallKey,
        new: CallHandle,
        referrer: Option<CallHandle>,
        body: Vec<u8>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let call = self.calls.get_mut(&key).and_then(Call::established);
        let Some(transfer) = call.and_then(|(_, session)| session.transfer.take()) else {
            return;
        };
        tracing::info!(call = key.0, "transferred");
        self.transfers.targets.remove(&new);
        if desk.agent.awaits_answer(new) {
            acknowledge(desk, new, sdp_body(body), now);
        }
        let reason = Reason::sip(Status::OK, TRANSFERRED);
        let news = tell_end(desk, referrer, &transfer, Status::OK, now);
        if let Some(referrer) = referrer {
            self.by_handle.remove(&referrer);
            match news {
                // Most hang up by themselves when they hear of it.
                Some(id) => drop(self.transfers.parting.insert(id, referrer)),
                None => self.part(referrer, Some(reason.clone()), desk, now),
            }
        }
        if let Some(of) = transfer.partner {
            self.transfers.partners.remove(&of);
            let legs = self.calls.get_mut(&of).into_iter().flat_map(Call::legs_mut);
            for leg in legs.filter(|leg| leg.handle == Some(new)) {
                leg.handle = None;
            }
            self.end(of, &Closing::Hangup(Some(reason)), desk, now);
        }
    }
}
