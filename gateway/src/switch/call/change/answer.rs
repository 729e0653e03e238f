//! RFC 3264 §8: the asker's answer, and the end of a change.

use sip::agent::Reply;
use sip::message::{Body, Status};
use sip::sdp::Direction;
use sip::time::Instant;

use super::{Change, ChangeStage, respond};
use crate::bridge::web_leg::WebCodec;
use crate::bridge::{Side, Step};
use crate::switch::Desk;
use crate::switch::call::refusals::Refusal;
use crate::switch::call::terms::{answering, leg_of, plain_answer};
use crate::switch::call::{Call, CallKey, Calls, reject, sdp_body, step};
use crate::switch::route::Access;

impl Calls {
    /// The other side's part is done: the asker gets its answer.
    pub(super) fn answer_change(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(change) = &mut session.change else {
            return;
        };
        let (from, wanted) = (change.from, change.wanted);
        if change.new.is_some() {
            return self.answer_replacement(key, None, desk, now);
        }
        let Some(id) = change.asked else {
            return self.change_done(key, desk);
        };
        change.stage = ChangeStage::WritingAnswer;
        let sdp = change.sdp.clone();
        let Some(terms) = session.terms(call) else {
            return;
        };
        terms.set_direction(from, wanted);
        let terms = terms.clone();
        let direction = answering(wanted, terms.of_side(from.other()).direction);
        let bridge = session.bridge;
        let leg = leg_of(call, session, from);
        if leg.access == Access::Browser {
            let limit = terms.of_side(from).web.and_then(|(_, limit)| limit);
            let offer = String::from_utf8_lossy(&sdp).into_owned();
            let reanswer = Step::WebReanswer {
                side: from,
                offer,
                directions: terms.directions(from, direction),
                audio: terms.web_audio_of(from),
                limit,
            };
            return step(desk, bridge, reanswer);
        }
        match plain_answer(leg, &sdp, &terms, from, desk) {
            Ok((body, plans)) => {
                let leg = leg_of(call, session, from);
                if leg.sdp == sdp && leg.told == body {
                    // A refresh: the same answer, under the same version (RFC 3264 §8).
                    session.change = None;
                    return respond(desk, id, answer(sdp_body(body)), now);
                }
                (leg.sdp, leg.told) = (sdp, body.clone());
                plans.connect(desk, bridge, from);
                self.change_done(key, desk);
                respond(desk, id, answer(sdp_body(body)), now);
            }
            Err(error) => {
                self.change_done(key, desk);
                respond(desk, id, error.reply(), now);
            }
        }
    }

    /// The asker's own description is written: the answer, or the offer it asked for.
    pub(super) fn described(
        &mut self,
        key: CallKey,
        body: Vec<u8>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(change) = &mut session.change else {
            return;
        };
        if change.new.is_some() {
            return self.replaced(key, body, desk, now);
        }
        let (from, asked) = (change.from, change.asked.take());
        let is_offer = matches!(change.stage, ChangeStage::WritingOwnOffer);
        let sdp = std::mem::take(&mut change.sdp);
        let leg = leg_of(call, session, from);
        leg.told = body.clone();
        if is_offer {
            if let Some(change) = &mut session.change {
                change.stage = ChangeStage::AwaitingAck;
            }
        } else {
            leg.sdp = sdp;
            self.change_done(key, desk);
        }
        if let Some(id) = asked {
            respond(desk, id, answer(sdp_body(body)), now);
        }
    }

    /// A browser's answer was taken.
    pub(super) fn web_changed(
        &mut self,
        key: CallKey,
        side: Side,
        (codec, direction): (Option<WebCodec>, Direction),
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let is_asker = session
            .change
            .as_ref()
            .is_some_and(|change| change.from == side);
        let Some(terms) = session.terms(call) else {
            return;
        };
        if let Some(codec) = codec {
            terms.set_web_codec(side, codec);
        }
        let before = terms.of_side(side).direction;
        terms.set_direction(side, direction);
        match is_asker {
            true => self.told_after_all(key, before, direction, desk, now),
            false => self.answer_change(key, desk, now),
        }
    }

    pub(in crate::switch::call) fn change_failed(
        &mut self,
        key: CallKey,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((_, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let asked = session.asked();
        let new = session.change.as_mut().and_then(Change::new_leg);
        let new = new.and_then(|new| new.handle);
        let joins = session.transfer.as_ref().is_some_and(|of| of.joins());
        if joins {
            let refusal = Refusal::new(Status::NOT_ACCEPTABLE_HERE);
            self.transfer_failed(key, refusal, desk, now);
            return self.take_back(key, desk, now);
        }
        if let Some(new) = new {
            reject(desk, new, Reply::new(Status::NOT_ACCEPTABLE_HERE), now);
            return self.take_back(key, desk, now);
        }
        self.change_done(key, desk);
        if let Some(id) = asked {
            respond(desk, id, Reply::new(Status::NOT_ACCEPTABLE_HERE), now);
        }
    }

    /// A person at the other side does not want it; all stays as it was (RFC 3261 §14.1).
    pub(super) fn change_declined(
        &mut self,
        key: CallKey,
        status: Status,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((_, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        if let Some(id) = session.change.take().and_then(|change| change.asked) {
            respond(desk, id, Reply::new(status), now);
        }
    }

    /// Video flows as both sides agreed. A browser's new way alone stops and starts nothing.
    pub(super) fn change_done(&mut self, key: CallKey, desk: &mut Desk<'_>) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(change) = session.change.take() else {
            return;
        };
        let is_browser = leg_of(call, session, change.from).access == Access::Browser;
        let is_same = is_browser && change.before == change.wanted;
        let bridge = session.bridge;
        if let Some(terms) = session.terms(call) {
            for start in terms.starts() {
                if !is_same || matches!(start, Step::StartAudio { .. }) {
                    step(desk, bridge, start);
                }
            }
        }
    }
}

fn answer(body: Option<Body>) -> Reply {
    Reply {
        body,
        ..Reply::new(Status::OK)
    }
}
