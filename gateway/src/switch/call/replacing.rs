//! RFC 3891: a new call takes the place of one side of an answered one; the side that stays goes on
//! with it.
//!
//! The new side is a caller like any other and must be registered. It is answered when the side
//! that stays has agreed to what changes for it, then the replaced dialog is hung up.

use sip::agent::{CallHandle, Reply};
use sip::message::{Header, Method, Reason, Request, Response, Status};
use sip::sdp::Description;
use sip::time::Instant;
use sip::transport::Hop;

use super::change::Change;
use super::known::{self, Known};
use super::session::Terms;
use super::terms::{Plans, answering, leg_of, plain_answer};
use super::{
    Call, CallKey, Calls, Info, Leg, Recorder, Refer, command, contact, plain_end, reject,
    request_sdp, sdp_body, sdp_of, step,
};
use crate::bridge::web_leg::{PictureLimit, VideoLine, WebCodec};
use crate::bridge::{BridgeCommand, Medium, Side, Step};
use crate::switch::offer::{self, Reject};
use crate::switch::route::{self, Access};
use crate::switch::{ALLOW_IN_CALL, Desk, identity};

impl Calls {
    /// An INVITE that is to take the place of a dialog of ours.
    pub(super) fn replace_asked(
        &mut self,
        (new, replaced): (CallHandle, CallHandle),
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let who = match identity::caller(desk, &hop, request, now) {
            Ok(who) => who,
            Err(refusal) => return reject(desk, new, *refusal, now),
        };
        let mut leg = Leg::new(hop, route::access(hop.transport));
        leg.who = Some(who);
        leg.handle = Some(new);
        leg.sdp = request_sdp(request);
        leg.info = Info::of(&request.headers);
        leg.recorder = Recorder::of(&request.headers);
        leg.refer = Refer::of(&request.headers);
        let found = self.find(replaced);
        let of = found.and_then(|(key, side)| {
            let (caller, session) = self.calls.get_mut(&key).and_then(Call::established)?;
            Some((key, side, caller, session))
        });
        let Some((key, side, caller, session)) = of else {
            // It rings yet (RFC 3891 §3: an early dialog is replaced at its own side).
            return reject(desk, new, Reply::new(Status::CALL_DOES_NOT_EXIST), now);
        };
        if session.change.is_some() || session.transfer.is_some() {
            return reject(desk, new, Reply::new(Status::REQUEST_PENDING), now);
        }
        tracing::info!(call = key.0, ?side, "a side is to be replaced");
        self.joining.insert(new, key);
        let stays = leg_of(caller, session, side.other()).access;
        if session.is_direct() || (leg.access, stays) == (Access::Plain, Access::Plain) {
            return self.replace_directly((key, side), leg, desk, now);
        }
        match (wanted(&leg), session.terms(caller)) {
            (Ok(wanted), Some(terms)) => {
                let before = terms.of_side(side).direction;
                session.change = Some(Change::replacing(side, leg, (before, wanted)));
                self.change_begun(key, desk, now);
            }
            (Err(error), _) => {
                self.joining.remove(&new);
                reject(desk, new, error.reply(), now);
            }
            (Ok(_), None) => {
                self.joining.remove(&new);
                reject(desk, new, Reply::new(Status::NOT_ACCEPTABLE_HERE), now);
            }
        }
    }

    /// Two plain peers: the one that stays gets the new one's offer, and they need no bridge.
    pub(super) fn replace_directly(
        &mut self,
        (key, side): (CallKey, Side),
        mut leg: Leg,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let stays = leg_of(caller, session, side.other());
        let (Some(new), Some(handle)) = (leg.handle, stays.handle) else {
            return;
        };
        let known = match &stays.known {
            Some(known) => Some(known.with_another()),
            None => Known::of(&stays.told),
        };
        let known = known.filter(|_| leg.access == Access::Plain && !leg.sdp.is_empty());
        let Some(mut known) = known else {
            // A browser needs a bridge, which this call has none of.
            self.joining.remove(&new);
            return reject(desk, new, Reply::new(Status::NOT_ACCEPTABLE_HERE), now);
        };
        // Somebody out of another call knows a session already.
        leg.known = match &leg.known {
            Some(known) => Some(Box::new(known.with_another())),
            None => Known::of(&leg.told).map(Box::new),
        };
        let offer = leg.hear(&leg.sdp.clone());
        let body = sdp_body(known.tell(&offer));
        session.change = Some(Change::replacing_directly(side, leg, known));
        let allow = vec![Header::fixed("Allow", ALLOW_IN_CALL)];
        let id = desk
            .agent
            .request_in_call(handle, Method::Invite, allow, body, now);
        self.offers.insert(id, key);
    }

    /// What the plain peer that stays says to the new one's offer.
    pub(super) fn replacement_answered(
        &mut self,
        key: CallKey,
        response: Option<&Response>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let accepted = response.filter(|response| response.status.is_success());
        let answer = accepted.map(|response| sdp_of(response.content("application/sdp")));
        match answer.and_then(|answer| self.connect_directly(key, answer)) {
            Some(body) => self.replaced(key, body, desk, now),
            None => self.change_failed(key, desk, now),
        }
    }

    /// The two plain peers talk to each other from here on; a bridge between one of them and who is
    /// replaced is closed. Gives the new one's answer.
    fn connect_directly(&mut self, key: CallKey, answer: Vec<u8>) -> Option<Vec<u8>> {
        let (caller, session) = self.calls.get_mut(&key).and_then(Call::established)?;
        let change = session.change.as_mut()?;
        let side = change.from();
        let mut known = change.known()?.clone();
        let body = known.heard(&answer);
        let body = change.new_leg()?.tell(&body);
        let bridge = (!session.is_direct()).then_some(session.bridge);
        session.go_direct();
        let stays = leg_of(caller, session, side.other());
        stays.told = known.told();
        stays.sdp = answer;
        stays.known = Some(Box::new(known));
        if let Some(bridge) = bridge {
            self.close_bridge(bridge);
        }
        Some(body)
    }

    /// The side that stays has agreed: the new one's media is answered.
    pub(super) fn answer_replacement(
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
        if session.transfer.as_ref().is_some_and(|of| of.joins()) {
            return self.connect_target(key, port, desk, now);
        }
        let Some(terms) = session.terms(caller).cloned() else {
            return;
        };
        let Some(side) = session.change.as_ref().map(Change::from) else {
            return;
        };
        let told = leg_of(caller, session, side).told.clone();
        let was_plain = leg_of(caller, session, side).access == Access::Plain;
        let Some(new) = session.change.as_mut().and_then(Change::new_leg) else {
            return;
        };
        if new.access == Access::Browser {
            return match web_answer(new, &terms, side) {
                Ok((next, codec, limit)) => {
                    if let Some(terms) = session.terms(caller) {
                        terms.set_web(side, Some((codec, limit)));
                    }
                    step(desk, bridge, next);
                }
                Err(error) => {
                    tracing::info!(call = key.0, %error, "not replaced");
                    self.change_failed(key, desk, now);
                }
            };
        }
        match port {
            // The ports of the peer that is replaced serve the new one.
            None if was_plain => new.told = told,
            None => {
                let medium = Medium::Video;
                return command(desk, bridge, BridgeCommand::OpenPlain { side, medium });
            }
            Some(port) => {
                let end = plain_end(desk, bridge, port);
                let inactive = sip::sdp::Direction::Inactive;
                new.told = offer::plain_offer(end, inactive, &[]).to_bytes();
            }
        }
        let answered = plain_answer(new, &new.sdp.clone(), &terms, side, desk);
        self.plain_fits(key, side, answered, desk, now);
    }

    /// The answer of a plain peer in the place of that side is written, or it cannot be.
    pub(super) fn plain_fits(
        &mut self,
        key: CallKey,
        side: Side,
        answered: Result<(Vec<u8>, Plans), Reject>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        match answered {
            Ok((body, plans)) => {
                if let Some(terms) = session.terms(caller) {
                    terms.set_web(side, None);
                }
                plans.connect(desk, session.bridge, side);
                self.replaced(key, body, desk, now);
            }
            Err(error) => {
                tracing::info!(call = key.0, %error, "it does not fit into the call");
                self.change_failed(key, desk, now);
            }
        }
    }

    /// The new side's answer is written: it is in the call, and the other one out of it.
    pub(super) fn replaced(
        &mut self,
        key: CallKey,
        body: Vec<u8>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some((side, wanted, mut leg)) = session.change.take().and_then(Change::into_new) else {
            return;
        };
        let is_news = known::says_more(&body, &leg.told);
        if !body.is_empty() {
            leg.told = body.clone();
        }
        let (new, transport) = (leg.handle, leg.hop.transport);
        let before = std::mem::replace(leg_of(caller, session, side), leg);
        let bridge = session.bridge;
        let session_joins = session.transfer.as_ref().is_some_and(|of| of.joins());
        if let Some(terms) = session.terms(caller) {
            terms.set_direction(side, wanted);
            for start in terms.starts() {
                step(desk, bridge, start);
            }
        }
        let Some(new) = new else {
            return;
        };
        self.joining.remove(&new);
        self.by_handle.insert(new, (key, side));
        self.note_who_is_asked(key, desk);
        if session_joins {
            if is_news && !desk.agent.awaits_answer(new) {
                // It was offered what the one that stays said before.
                let allow = vec![Header::fixed("Allow", ALLOW_IN_CALL)];
                let body = sdp_body(body.clone());
                desk.agent
                    .request_in_call(new, Method::Invite, allow, body, now);
            }
            return self.transferred(key, new, before.handle, body, desk, now);
        }
        let answer = Reply {
            body: sdp_body(body),
            ..Reply::new(Status::OK)
        };
        let answer = answer
            .with_contact(contact(desk, transport))
            .with_header(Header::fixed("Allow", ALLOW_IN_CALL));
        if let Err(error) = desk.agent.accept(new, answer, now) {
            tracing::info!(call = key.0, %error, "who was to take the place is gone");
            let reason = Reason::sip(Status::REQUEST_TERMINATED, "");
            self.end(key, &super::Closing::Hangup(Some(reason)), desk, now);
        }
        if let Some(before) = before.handle {
            self.by_handle.remove(&before);
            let reason = Reason::sip(Status::OK, "Call replaced");
            self.part(before, Some(reason), desk, now);
        }
    }
}

/// The new side's own direction, when its offer can be answered at all.
fn wanted(leg: &Leg) -> Result<sip::sdp::Direction, Reject> {
    if leg.sdp.is_empty() {
        return Err(Reject::NoDescription);
    }
    let description = Description::parse(&leg.sdp)?;
    let video = offer::video(&description).ok_or(Reject::NoVideo)?;
    Ok(offer::direction_of(&description, video))
}

/// The step that answers a browser, with the codec that the bridge has if it can.
fn web_answer(
    new: &Leg,
    terms: &Terms,
    side: Side,
) -> Result<(Step, WebCodec, Option<PictureLimit>), Reject> {
    let description = Description::parse(&new.sdp)?;
    let codecs = offer::web_codecs(&description);
    let (own, far) = (terms.of_side(side), terms.of_side(side.other()));
    let same = match own.web.or(far.web) {
        Some((WebCodec::H264 { mode, .. }, _)) => offer::web_h264(&codecs, mode),
        Some((WebCodec::Vp8, _)) | None => {
            let mut codecs = codecs.iter().copied();
            codecs.find(|codec| *codec == WebCodec::Vp8)
        }
    };
    let codec = same.or_else(|| codecs.first().copied());
    let codec = codec.ok_or(Reject::NoCommonCodec)?;
    let limit = own.web.and_then(|(_, limit)| limit);
    let step = Step::WebAnswer {
        side,
        offer: String::from_utf8_lossy(&new.sdp).into_owned(),
        video: Some(VideoLine {
            codec,
            direction: answering(wanted(new)?, far.direction),
            limit,
        }),
        audio: None,
    };
    Ok((step, codec, limit))
}
