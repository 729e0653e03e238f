//! RFC 3261 §14.2: a re-INVITE without an offer is answered with ours, and the ACK has the answer.

use sip::agent::ServerRequestId;
use sip::message::Body;
use sip::sdp::Direction;
use sip::time::Instant;

use super::{Change, ChangeStage, acknowledge};
use crate::bridge::{Side, Step};
use crate::switch::Desk;
use crate::switch::call::terms::{leg_of, redirected, take_plain_answer};
use crate::switch::call::{Call, CallKey, Calls, sdp_body, step};
use crate::switch::route::Access;

impl Calls {
    /// The 200 has our offer, as we would answer now (RFC 3261 §14.2).
    pub(super) fn offer_asked(
        &mut self,
        id: ServerRequestId,
        (key, from): (CallKey, Side),
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let bridge = session.bridge;
        let Some(terms) = session.terms(call) else {
            return;
        };
        let (wanted, direction) = (
            terms.of_side(from).direction,
            terms.of_side(from.other()).direction,
        );
        session.change = Some(Change {
            asked: Some(id),
            stage: ChangeStage::WritingOwnOffer,
            ..Change::of_ours(from, (wanted, wanted))
        });
        let Some(directions) = session
            .terms(call)
            .map(|terms| terms.offered_to(from, direction))
        else {
            return;
        };
        let leg = leg_of(call, session, from);
        match leg.access {
            Access::Browser => {
                let side = from;
                let reoffer = Step::WebReoffer {
                    side,
                    directions,
                    audio: Vec::new(),
                };
                step(desk, bridge, reoffer);
            }
            Access::Plain => match redirected(&leg.told, directions) {
                Some(offer) => self.described(key, offer.to_bytes(), desk, now),
                None => self.change_failed(key, desk, now),
            },
        }
    }

    /// The ACK to a 200 of ours, with the answer if our 200 had the offer.
    pub(in crate::switch::call) fn change_confirmed(
        &mut self,
        (key, side): (CallKey, Side),
        body: Option<Body>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        if session.owes_answer == Some(side) {
            session.owes_answer = None;
            let sdp = body.as_ref().map(|body| body.bytes.clone());
            let leg = leg_of(call, session, side);
            leg.sdp = sdp.unwrap_or_default();
            let heard = leg.hear(&leg.sdp.clone());
            let other = leg_of(call, session, side.other());
            if !heard.is_empty() {
                other.told = other.tell(&heard);
            }
            let body = body.and(sdp_body(other.told.clone()));
            if let Some(other) = other.handle {
                acknowledge(desk, other, body, now);
            }
            return;
        }
        let waits = session.change.as_ref().is_some_and(|change| {
            change.from == side && matches!(change.stage, ChangeStage::AwaitingAck)
        });
        if !waits {
            return;
        }
        let Some(body) = body else {
            // No answer changes nothing (RFC 3264 §4).
            return self.change_done(key, desk);
        };
        match leg_of(call, session, side).access {
            Access::Browser => {
                let answer = String::from_utf8_lossy(&body.bytes).into_owned();
                if let Some(change) = &mut session.change {
                    change.stage = ChangeStage::TakingAnswer(body.bytes);
                }
                step(desk, session.bridge, Step::WebAccept { side, answer });
            }
            Access::Plain => {
                let Some(terms) = session.terms(call) else {
                    return;
                };
                let before = terms.of_side(side).direction;
                let offer = leg_of(call, session, side).told.clone();
                take_plain_answer(call, session, side, (&offer, body.bytes), desk);
                let after = session
                    .terms(call)
                    .map(|terms| terms.of_side(side).direction);
                self.told_after_all(key, before, after.unwrap_or(before), desk, now);
            }
        }
    }

    /// The asker's answer to our own offer is taken: the other side hears of another direction now.
    pub(super) fn told_after_all(
        &mut self,
        key: CallKey,
        before: Direction,
        after: Direction,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if before == after {
            return self.change_done(key, desk);
        }
        if let Some((_, session)) = self.calls.get_mut(&key).and_then(Call::established)
            && let Some(change) = &mut session.change
        {
            change.asked = None;
            change.wanted = after;
        }
        self.ask_other(key, desk, now);
    }
}
