//! Changes of an answered call's media: RFC 3261 §14, RFC 3264 §8, RFC 3311.
//!
//! A side that asks for another direction is answered when the other side was asked for it too, so
//! that the answer says what really happens. What concerns only the asker (another address, fewer
//! formats, ICE begun anew) the other side never hears of. When the other side can't follow, the
//! asker is answered as if it had stayed as it was, and the call goes on.

mod answer;
mod back;
mod offerless;
mod sound;

use sip::agent::{CallHandle, Reply, RequestId, ServerRequestId};
use sip::message::{Body, Header, Method, Request, Response, Status};
use sip::sdp::Direction;
use sip::time::Instant;

use self::sound::SoundChange;
use super::known::Known;
use super::terms::{acceptable, direction_in, leg_of, redirected, take_plain_answer};
use super::{Call, CallKey, Calls, Leg, request_sdp, sdp_body, sdp_of, step};
use crate::bridge::{BridgeReply, Side, Step};
use crate::switch::route::Access;
use crate::switch::{ALLOW_IN_CALL, Desk};

/// One side's wish, until both know what became of it.
pub(super) struct Change {
    from: Side,
    /// The re-INVITE or UPDATE that waits for its answer.
    pub(super) asked: Option<ServerRequestId>,
    /// What the asker said.
    sdp: Vec<u8>,
    /// The asker's own direction so far, and from here on.
    before: Direction,
    wanted: Direction,
    stage: ChangeStage,
    /// Who is to take the asker's place, and waits for its answer.
    new: Option<Box<Leg>>,
    /// What the asker proves to the core.
    proofs: Vec<Header>,
    /// Whether the other side has our offer, or agreed to it: if nothing comes of the change, it is
    /// to be told so.
    told_other: bool,
    /// What becomes of the sound.
    sound: SoundChange,
    /// How the other side, a plain peer, knows its session with a new one.
    known: Option<Box<Known>>,
}

impl Change {
    /// A new leg takes the place of that side's, with another direction than it has so far.
    pub(super) fn replacing(from: Side, new: Leg, directions: (Direction, Direction)) -> Change {
        Change {
            new: Some(Box::new(new)),
            ..Change::of_ours(from, directions)
        }
    }

    /// The same between two plain peers: the other side is offered what the new one says.
    pub(super) fn replacing_directly(from: Side, new: Leg, known: Known) -> Change {
        let both = Direction::SendRecv;
        Change {
            told_other: true,
            known: Some(Box::new(known)),
            ..Change::replacing(from, new, (both, both))
        }
    }

    /// Nobody asked for it but us.
    fn of_ours(from: Side, (before, wanted): (Direction, Direction)) -> Change {
        Change {
            from,
            asked: None,
            sdp: Vec::new(),
            before,
            wanted,
            stage: ChangeStage::WritingAnswer,
            new: None,
            proofs: Vec::new(),
            told_other: false,
            sound: SoundChange::Stays,
            known: None,
        }
    }

    /// Whether a refusal is worth the asker's while: it wanted more than it has, and a person at the
    /// other side said no, or nothing. Any other refusal says that the other side can't, and then
    /// the asker's answer shows what it has.
    fn is_answered_by(&self, status: Status) -> bool {
        let more = self.wanted.sends() && !self.before.sends()
            || self.wanted.receives() && !self.before.receives();
        let is_persons = matches!(status, Status::DECLINE | Status::TEMPORARILY_UNAVAILABLE);
        more && is_persons && self.asked.is_some() && self.new.is_none()
    }

    pub(super) fn from(&self) -> Side {
        self.from
    }

    pub(super) fn new_leg(&mut self) -> Option<&mut Leg> {
        self.new.as_deref_mut()
    }

    pub(super) fn is_replacement(&self) -> bool {
        self.new.is_some()
    }

    /// The session of the two plain peers that there are to be, as the one that stays knows it.
    pub(super) fn known(&mut self) -> Option<&mut Known> {
        self.known.as_deref_mut()
    }

    /// Whose place is taken, with which direction, and by whom.
    pub(super) fn into_new(self) -> Option<(Side, Direction, Leg)> {
        Some((self.from, self.wanted, *self.new?))
    }
}

enum ChangeStage {
    /// A plain peer's sound gets its ports.
    OpeningSound,
    /// Our offer for the other side, a browser, is being written.
    WritingOffer,
    /// The other side has our offer.
    Offered(Vec<u8>),
    /// The answer of the other side, a browser, is being taken.
    TakingAnswer(Vec<u8>),
    /// The answer for the asker, a browser, is being written.
    WritingAnswer,
    /// The asker, a browser, made no offer: ours is being written.
    WritingOwnOffer,
    /// Our offer is in the 200; the answer comes in the ACK.
    AwaitingAck,
}

impl ChangeStage {
    /// Whether the bridge writes something for the asker. What it wrote for one that has gone
    /// nobody wants.
    fn writes_for_asker(&self) -> bool {
        match self {
            ChangeStage::WritingAnswer | ChangeStage::WritingOwnOffer => true,
            ChangeStage::OpeningSound
            | ChangeStage::WritingOffer
            | ChangeStage::Offered(_)
            | ChangeStage::TakingAnswer(_)
            | ChangeStage::AwaitingAck => false,
        }
    }
}

impl Calls {
    /// A re-INVITE or UPDATE inside an answered call that goes through a bridge.
    pub(super) fn change_asked(
        &mut self,
        id: ServerRequestId,
        (key, from): (CallKey, Side),
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return respond(desk, id, Reply::new(Status::CALL_DOES_NOT_EXIST), now);
        };
        if session.change.is_some() || session.opens_for_transfer() {
            return respond(desk, id, Reply::new(Status::REQUEST_PENDING), now);
        }
        if request.body.is_empty() {
            return match request.method {
                Method::Invite => self.offer_asked(id, (key, from), desk, now),
                // A refresh of the target alone (RFC 3311 §5.1).
                _ => respond(desk, id, Reply::new(Status::OK), now),
            };
        }
        let sdp = request_sdp(request);
        match acceptable(&sdp, call, session, from, desk) {
            Ok(wanted) => {
                let Some(terms) = session.terms(call) else {
                    return;
                };
                let before = terms.of_side(from).direction;
                let sound = SoundChange::of(terms, from, &sdp);
                terms.note_audio(from, &sdp);
                let proofs = desk.guard.proofs_for_others(&request.headers);
                let proofs = proofs.cloned().collect();
                session.change = Some(Change {
                    from,
                    asked: Some(id),
                    sdp,
                    proofs,
                    sound,
                    ..Change::of_ours(from, (before, wanted))
                });
                tracing::debug!(call = key.0, ?from, ?before, ?wanted, "change asked");
                self.change_begun(key, desk, now);
            }
            Err(error) => {
                tracing::info!(call = key.0, ?from, %error, "change refused");
                respond(desk, id, error.reply(), now);
            }
        }
    }

    /// The other side is asked first where it is concerned.
    pub(super) fn change_begun(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let session = self.calls.get(&key).and_then(Call::session);
        let Some(change) = session.and_then(|session| session.change.as_ref()) else {
            return;
        };
        match (&change.sound, change.before == change.wanted) {
            (SoundChange::Added(_), _) => self.open_for_sound(key, desk, now),
            (SoundChange::Stays, true) => self.answer_change(key, desk, now),
            (SoundChange::Turned, _) | (SoundChange::Stays, false) => {
                self.ask_other(key, desk, now);
            }
        }
    }

    /// Offers the other side what the asker wants.
    fn ask_other(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let bridge = session.bridge;
        let Some(change) = &mut session.change else {
            return;
        };
        let (side, direction) = (change.from.other(), change.wanted);
        change.stage = ChangeStage::WritingOffer;
        let added = change.sound.added();
        let Some(terms) = session.terms(call) else {
            return;
        };
        // What the asker wants is what we then want of the other side.
        let mut directions = terms.offered_to(side, direction);
        if let Some(added) = &added {
            directions.audio = Some(added.direction);
        }
        let port = terms.of_side(side).audio_port;
        let leg = leg_of(call, session, side);
        match leg.access {
            Access::Browser => {
                let audio = added.map_or(Vec::new(), |added| added.codecs);
                step(
                    desk,
                    bridge,
                    Step::WebReoffer {
                        side,
                        directions,
                        audio,
                    },
                );
            }
            Access::Plain => match redirected(&leg.told, directions) {
                Some(mut offer) => {
                    if let (Some(added), Some(port)) = (added, port) {
                        sound::add_line(&mut offer, port, added.direction);
                    }
                    self.offer_other(key, offer.to_bytes(), desk, now);
                }
                None => self.answer_change(key, desk, now),
            },
        }
    }

    fn offer_other(&mut self, key: CallKey, offer: Vec<u8>, desk: &mut Desk<'_>, now: Instant) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(change) = &mut session.change else {
            return;
        };
        let side = change.from.other();
        change.stage = ChangeStage::Offered(offer.clone());
        change.told_other = true;
        let mut headers = vec![Header::fixed("Allow", ALLOW_IN_CALL)];
        let proofs = std::mem::take(&mut change.proofs);
        let leg = leg_of(call, session, side);
        headers.extend(proofs.into_iter().filter(|_| leg.is_core()));
        let Some(handle) = leg.handle else {
            return self.answer_change(key, desk, now);
        };
        let body = sdp_body(offer);
        let id = desk
            .agent
            .request_in_call(handle, Method::Invite, headers, body, now);
        self.offers.insert(id, key);
    }

    /// What the other side said to our offer; `None` when it said nothing. False when the request
    /// was none of these.
    pub(super) fn offer_answered(
        &mut self,
        id: RequestId,
        response: Option<&Response>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some(key) = self.offers.remove(&id) else {
            return false;
        };
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return true;
        };
        let Some(change) = &mut session.change else {
            return true;
        };
        change.told_other = response.is_some_and(|response| response.status.is_success());
        if change.new.is_some() && matches!(change.stage, ChangeStage::WritingAnswer) {
            self.replacement_answered(key, response, desk, now);
            return true;
        }
        let side = change.from.other();
        let declined = response.map(|said| said.status);
        let declined = declined.filter(|status| change.is_answered_by(*status));
        let taken = response.filter(|response| response.status.is_success());
        let (ChangeStage::Offered(offer), Some(response)) = (&change.stage, taken) else {
            if response.is_some_and(|said| self.change_challenged(key, said, desk, now)) {
                return true;
            }
            let status = response.map(|response| response.status.code());
            tracing::info!(
                call = key.0,
                ?side,
                status,
                "the other side stays as it was"
            );
            if let Some(status) = declined {
                self.change_declined(key, status, desk, now);
                return true;
            }
            self.answer_change(key, desk, now);
            return true;
        };
        let sdp = sdp_of(response.content("application/sdp"));
        let offer = offer.clone();
        match leg_of(call, session, side).access {
            Access::Browser => {
                let text = String::from_utf8_lossy(&sdp).into_owned();
                if let Some(change) = &mut session.change {
                    change.stage = ChangeStage::TakingAnswer(sdp);
                }
                leg_of(call, session, side).told = offer;
                step(desk, session.bridge, Step::WebAccept { side, answer: text });
            }
            Access::Plain => {
                sound::agreed_by_plain(call, session, (&offer, &sdp));
                take_plain_answer(call, session, side, (&offer, sdp), desk);
                self.answer_change(key, desk, now);
            }
        }
        true
    }

    /// What a bridge answered to a step of a change.
    pub(super) fn change_replied(
        &mut self,
        key: CallKey,
        reply: BridgeReply,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(change) = &mut session.change else {
            return;
        };
        let from = change.from;
        match reply {
            BridgeReply::Description { side, sdp } if side == from => {
                if change.stage.writes_for_asker() {
                    self.described(key, sdp.into_bytes(), desk, now);
                }
            }
            BridgeReply::Description { sdp, .. } => {
                self.offer_other(key, sdp.into_bytes(), desk, now);
            }
            BridgeReply::WebAccepted {
                side,
                codec: Some(codec),
                ..
            } if side == from && change.new.is_some() => {
                self.target_accepted(key, codec, desk, now);
            }
            BridgeReply::WebAccepted { side, codec, audio } => {
                let ChangeStage::TakingAnswer(sdp) = &mut change.stage else {
                    return;
                };
                let sdp = std::mem::take(sdp);
                let direction = direction_in(&sdp);
                let has_video = session.terms(call).is_none_or(|terms| {
                    terms.note_audio(side, &sdp);
                    terms.has_video
                });
                if has_video && codec.is_none() {
                    // The browser took the video line away.
                    tracing::info!(call = key.0, ?side, "change not made");
                    return match side == from {
                        true => self.change_failed(key, desk, now),
                        false => self.answer_change(key, desk, now),
                    };
                }
                sound::agreed_by_browser(call, session, (audio, &sdp));
                leg_of(call, session, side).sdp = sdp;
                self.web_changed(key, side, (codec, direction), desk, now);
            }
            BridgeReply::Failed { side, error } => {
                tracing::info!(call = key.0, ?side, %error, "change not made");
                match side == from {
                    true => self.change_failed(key, desk, now),
                    false => self.answer_change(key, desk, now),
                }
            }
            BridgeReply::PlainOpened { side, port, .. } => {
                if change.new.is_some() {
                    self.answer_replacement(key, Some(port), desk, now);
                } else if matches!(change.stage, ChangeStage::OpeningSound) {
                    self.opened_for_sound(key, (side, port), desk, now);
                }
            }
            BridgeReply::Fed { .. } => {}
        }
    }
}

pub(super) fn respond(desk: &mut Desk<'_>, id: ServerRequestId, reply: Reply, now: Instant) {
    if let Err(error) = desk.agent.respond(id, reply, now) {
        tracing::debug!(%error, "answered too late");
    }
}

pub(super) fn acknowledge(desk: &mut Desk<'_>, call: CallHandle, body: Option<Body>, now: Instant) {
    if let Err(error) = desk.agent.acknowledge(call, body, now) {
        tracing::debug!(%call, %error, "nothing to acknowledge");
    }
}
