//! RFC 3515 §2.4.3, RFC 5589 §6: the target of a REFER is called, all its devices in the order that
//! they prefer.

use std::collections::VecDeque;

use sip::agent::{CallHandle, End, How, Invite};
use sip::message::{Header, Reason, Response, Status};
use sip::sdp::{Description, Direction};
use sip::time::Instant;
use sip::transport::Hop;

use super::{Answered, Offer, Transfer};
use crate::bridge::web_leg::{VideoOffer, WebCodec};
use crate::bridge::{BridgeCommand, BridgeReply, Medium, Step};
use crate::switch::call::redirect::redirection;
use crate::switch::call::refusals::Refusal;
use crate::switch::call::terms::leg_of;
use crate::switch::call::{
    Call, CallKey, Calls, Info, Leg, Recorder, Refer, command, contact, plain_end, sdp_body,
    sdp_of, step,
};
use crate::switch::destinations::{Found, Ticket};
use crate::switch::identity::Caller;
use crate::switch::offer;
use crate::switch::route::{Access, Target, Way};
use crate::switch::{Desk, privacy};

/// One device of the target's that rings.
pub(super) struct Ring {
    leg: Leg,
    /// Where else it may be reached, in order (RFC 3263 §4.3).
    hops: VecDeque<Hop>,
    target: Target,
    /// Our offer, if it is a plain peer that was made one.
    pub(super) offer: Option<Description>,
    tries: Tries,
}

/// How often a plain device was invited: once more after a refusal of video by itself, with a silent
/// audio line; or after that of an INVITE without an offer, which old models cannot answer, with what
/// the other plain peer said last (RFC 3725 §4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tries {
    VideoAlone,
    WithAudio,
    WithTheirs,
}

impl Calls {
    /// Has the offers for the targets written.
    pub(in crate::switch::call) fn open_targets(
        &mut self,
        key: CallKey,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let bridge = session.bridge;
        let Some(terms) = session.terms(caller).cloned() else {
            // Two plain peers without a bridge: the target makes the offer (RFC 3725 §4.1).
            return self.ring_targets(key, desk, now);
        };
        let Some(mut transfer) = session.transfer.take() else {
            return;
        };
        let side = transfer.side;
        let (own, far) = (terms.of_side(side), terms.of_side(side.other()));
        let direction = offered(far.direction);
        let wants = |access| {
            let mut targets = transfer.groups.iter().flatten();
            targets.any(|target| target.access == access)
        };
        let webs = wants(Access::Browser) && matches!(transfer.web_offer, Offer::None);
        // Two plain peers need no bridge: the target makes the offer (RFC 3725 §4.1).
        let plains = wants(Access::Plain) && far.web.is_some();
        let plains = plains && matches!(transfer.plain_offer, Offer::None);
        if webs {
            let codecs = match (far.web, own.web) {
                (Some((codec, _)), _) => vec![codec],
                (None, Some((codec, _))) => vec![codec, WebCodec::Vp8],
                (None, None) => vec![offer::offered_h264(), WebCodec::Vp8],
            };
            let codecs = offer::web_kinds(&codecs);
            transfer.web_offer = Offer::Asked;
            let next = Step::WebOfferNext {
                side,
                video: Some(VideoOffer { codecs, direction }),
                audio: None,
            };
            step(desk, bridge, next);
        }
        if plains {
            let leg = leg_of(caller, session, side);
            let told = Description::parse(&leg.told).ok();
            let port = told.as_ref().and_then(offer::video).map(|video| video.port);
            match port.filter(|_| leg.access == Access::Plain) {
                // The ports of the referrer serve the target.
                Some(port) => {
                    let codecs: Vec<WebCodec> =
                        far.web.map(|(codec, _)| codec).into_iter().collect();
                    let end = plain_end(desk, bridge, port);
                    let written = offer::plain_offer(end, direction, &codecs);
                    transfer.plain_offer = Offer::Written(written);
                }
                None => {
                    transfer.plain_offer = Offer::Asked;
                    let medium = Medium::Video;
                    command(desk, bridge, BridgeCommand::OpenPlain { side, medium });
                }
            }
        }
        let opens = transfer.opens();
        session.transfer = Some(transfer);
        if !opens {
            self.ring_targets(key, desk, now);
        }
    }

    /// What the bridge answered.
    pub(in crate::switch::call) fn transfer_opened(
        &mut self,
        key: CallKey,
        reply: BridgeReply,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let bridge = session.bridge;
        let terms = session.terms(caller).cloned();
        let Some(transfer) = session.transfer.as_mut() else {
            return;
        };
        let far = terms.as_ref().map(|of| of.of_side(transfer.side.other()));
        match (reply, far) {
            (BridgeReply::Description { sdp, .. }, _) => {
                transfer.web_offer = Offer::Written(sdp.into_bytes());
            }
            (BridgeReply::PlainOpened { port, .. }, Some(far)) => {
                let codecs: Vec<WebCodec> = far.web.map(|(codec, _)| codec).into_iter().collect();
                let end = plain_end(desk, bridge, port);
                let written = offer::plain_offer(end, offered(far.direction), &codecs);
                transfer.plain_offer = Offer::Written(written);
            }
            (BridgeReply::Failed { error, .. }, _) => {
                tracing::info!(call = key.0, %error, "nothing to offer to the target");
                (transfer.web_offer, transfer.plain_offer) = (Offer::None, Offer::None);
                let refusal = Refusal::new(Status::SERVICE_UNAVAILABLE);
                return self.transfer_failed(key, refusal, desk, now);
            }
            (
                BridgeReply::PlainOpened { .. }
                | BridgeReply::WebAccepted { .. }
                | BridgeReply::Fed { .. },
                _,
            ) => return,
        }
        if !transfer.opens() {
            self.ring_targets(key, desk, now);
        }
    }

    /// Rings the next devices when none rings; without any the referrer is told why.
    fn ring_targets(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        while let Some(transfer) = self.transfer(key).filter(|transfer| transfer.is_quiet()) {
            let next = transfer.groups.pop_front();
            let Some(group) = next.filter(|_| now < transfer.until) else {
                let refusal = transfer.refusal.take();
                let refusal = refusal.unwrap_or(Refusal::new(Status::TEMPORARILY_UNAVAILABLE));
                return self.transfer_failed(key, refusal, desk, now);
            };
            for target in group {
                let found = match &target.way {
                    Way::Hop(hop) => Found::Now(vec![*hop]),
                    Way::Find(uri) => desk.find(uri),
                    Way::Number(number) => match desk.enumerate(number) {
                        Some(ticket) => Found::Later(ticket),
                        None => Found::Nowhere,
                    },
                };
                match found {
                    Found::Now(hops) => self.ring(key, target, hops, desk, now),
                    Found::Later(ticket) => {
                        self.tickets.insert(ticket, key);
                        if let Some(transfer) = self.transfer(key) {
                            transfer.locating.push((ticket, target));
                        }
                    }
                    Found::Nowhere => self.ring(key, target, Vec::new(), desk, now),
                }
            }
        }
    }

    pub(in crate::switch::call) fn target_located(
        &mut self,
        key: CallKey,
        ticket: Ticket,
        hops: Vec<Hop>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(transfer) = self.transfer(key) else {
            return;
        };
        let mut locating = transfer.locating.iter();
        let Some(at) = locating.position(|(of, _)| *of == ticket) else {
            return;
        };
        let (_, target) = transfer.locating.remove(at);
        self.ring(key, target, hops, desk, now);
        self.ring_targets(key, desk, now);
    }

    fn ring(
        &mut self,
        key: CallKey,
        target: Target,
        hops: Vec<Hop>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(transfer) = self.transfer(key) else {
            return;
        };
        let mut hops = VecDeque::from(hops);
        let Some(hop) = hops.pop_front() else {
            return transfer.refused(Refusal::new(Status::SERVICE_UNAVAILABLE));
        };
        let mut leg = Leg::new(hop, target.access);
        leg.who = Some(Caller {
            whose: target.whose.clone(),
            shown: transfer.to.clone(),
        });
        let (told, offer) = match (target.access, &transfer.web_offer, &transfer.plain_offer) {
            (Access::Browser, Offer::Written(offer), _) => (offer.clone(), None),
            (Access::Plain, _, Offer::Written(offer)) => (offer.to_bytes(), Some(offer.clone())),
            (Access::Browser | Access::Plain, _, _) => (Vec::new(), None),
        };
        leg.told = told;
        let mut ring = Ring {
            leg,
            hops,
            target,
            offer,
            tries: Tries::VideoAlone,
        };
        let handle = ring.invite(transfer, desk, now);
        transfer.rings.push(ring);
        self.transfers.targets.insert(handle, key);
    }

    /// A device of the target's answered: the others are told so.
    pub(super) fn target_answered(
        &mut self,
        key: CallKey,
        handle: CallHandle,
        response: &Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((_, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(mut transfer) = session.transfer.take() else {
            return;
        };
        self.cancel_rings(&mut transfer, Some(handle), desk, now);
        let ring = transfer.rings.pop();
        transfer.groups.clear();
        if let Some(Ring { mut leg, offer, .. }) = ring {
            leg.sdp = sdp_of(response.content("application/sdp"));
            leg.info = Info::of(&response.headers);
            leg.recorder = Recorder::of(&response.headers);
            leg.refer = Refer::of(&response.headers);
            if let Some(offer) = offer {
                transfer.plain_offer = Offer::Written(offer);
            }
            transfer.target = Answered::Waits(Box::new(leg));
            self.transfers.answered.push(key);
        }
        if let Some((_, session)) = self.calls.get_mut(&key).and_then(Call::established) {
            session.transfer = Some(transfer);
        }
    }

    /// A device of the target's is out of it: its INVITE is over, or its answered dialog is.
    pub(super) fn target_ended(
        &mut self,
        key: CallKey,
        handle: CallHandle,
        end: &End,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        self.transfers.targets.remove(&handle);
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(stays) = session.transfer.as_ref().map(|of| of.side.other()) else {
            return;
        };
        let theirs = leg_of(caller, session, stays).sdp.clone();
        let Some(transfer) = session.transfer.as_mut() else {
            return;
        };
        let mut rings = transfer.rings.iter();
        let at = rings.position(|ring| ring.leg.handle == Some(handle));
        let Some(at) = at else {
            // It had answered.
            transfer.target = Answered::Nobody;
            let refusal = Refusal::new(Status::REQUEST_TERMINATED);
            return self.transfer_undone(key, refusal, desk, now);
        };
        let mut ring = transfer.rings.remove(at);
        if ring.tries_again(end.how, theirs) && now < transfer.until {
            let handle = ring.invite(transfer, desk, now);
            transfer.rings.push(ring);
            self.transfers.targets.insert(handle, key);
            return;
        }
        if let Some(response) = redirection(end) {
            self.redirect_target(key, response, desk, now);
        }
        let Some(transfer) = self.transfer(key) else {
            return;
        };
        let refusal = Refusal::of(end, false).unwrap_or(Refusal::new(Status::REQUEST_TERMINATED));
        let is_global = refusal.is_global();
        transfer.refused(refusal);
        if is_global {
            transfer.groups.clear();
            self.cancel_all_rings(key, desk, now);
        }
        // A redirection may have led to one of another kind, who has no offer yet.
        self.open_targets(key, desk, now);
    }

    /// A 6xx speaks for all devices (RFC 3261 §16.7 step 5).
    fn cancel_all_rings(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let call = self.calls.get_mut(&key).and_then(Call::established);
        let Some(mut transfer) = call.and_then(|(_, session)| session.transfer.take()) else {
            return;
        };
        self.cancel_rings(&mut transfer, None, desk, now);
        if let Some((_, session)) = self.calls.get_mut(&key).and_then(Call::established) {
            session.transfer = Some(transfer);
        }
    }

    /// Ends all that ring but one, and what is looked up.
    pub(super) fn cancel_rings(
        &mut self,
        transfer: &mut Transfer,
        but: Option<CallHandle>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        for (ticket, _) in transfer.locating.drain(..) {
            self.tickets.remove(&ticket);
        }
        let reason = but.map(|_| Reason::sip(Status::OK, "Call completed elsewhere"));
        let others = transfer.rings.extract_if(.., |ring| ring.leg.handle != but);
        for handle in others.filter_map(|ring| ring.leg.handle) {
            self.transfers.targets.remove(&handle);
            desk.agent.hang_up(handle, reason.clone(), now);
        }
    }
}

impl Ring {
    fn invite(&mut self, transfer: &Transfer, desk: &mut Desk<'_>, now: Instant) -> CallHandle {
        let is_here = |header: &Header| {
            let mut own = self.target.headers.iter();
            own.any(|other| other.name == header.name)
        };
        let identity = Header::fixed("P-Asserted-Identity", transfer.from.to_string());
        let said = Some(&identity).filter(|_| !privacy::is_anonymous(&transfer.from.uri));
        let common = transfer.headers.iter().chain(said);
        let mut headers: Vec<Header> = common.filter(|header| !is_here(header)).cloned().collect();
        headers.extend(self.target.headers.iter().cloned());
        let invite = Invite {
            hop: self.leg.hop,
            uri: self.target.uri.clone(),
            from: transfer.from.clone(),
            to: transfer.to.clone(),
            max_forwards: None,
            contact: contact(desk, self.leg.hop.transport),
            route: self.target.route.clone(),
            headers,
            body: sdp_body(self.leg.told.clone()),
            credentials: None,
            answer_within: transfer.until.saturating_duration_since(now),
        };
        let handle = desk.agent.invite(invite, now);
        self.leg.handle = Some(handle);
        handle
    }

    /// Whether the device is invited once more: by another address, with an audio line, or with the
    /// description of the plain peer that stays.
    fn tries_again(&mut self, how: How, theirs: Vec<u8>) -> bool {
        match how {
            How::Refused(Status::SERVICE_UNAVAILABLE) | How::NoResponse | How::FlowLost => {
                let next = self.hops.pop_front();
                self.leg.hop = next.unwrap_or(self.leg.hop);
                next.is_some()
            }
            How::Refused(Status::NOT_ACCEPTABLE_HERE) => {
                let had_none = self.leg.access == Access::Plain && self.leg.told.is_empty();
                if had_none && !theirs.is_empty() && self.tries == Tries::VideoAlone {
                    (self.leg.told, self.tries) = (theirs, Tries::WithTheirs);
                    return true;
                }
                let (Some(offer), Tries::VideoAlone) = (&self.offer, self.tries) else {
                    return false;
                };
                let offer = offer::with_silent_audio(offer);
                self.leg.told = offer.to_bytes();
                self.offer = Some(offer);
                self.tries = Tries::WithAudio;
                true
            }
            How::Refused(_)
            | How::NoAnswer
            | How::Overloaded
            | How::Bye
            | How::Cancelled
            | How::NoAck
            | How::DialogLost
            | How::SessionExpired => false,
        }
    }
}

/// Our own direction towards a target: that of the side that stays. One that is on hold while it is
/// transferred is held by the referrer, not by the target.
fn offered(far: Direction) -> Direction {
    match far {
        Direction::Inactive => Direction::SendRecv,
        Direction::SendRecv | Direction::SendOnly | Direction::RecvOnly => far,
    }
}
