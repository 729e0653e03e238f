//! Preconditions on behalf of a browser (RFC 3312, RFC 4032): a handset's network has to reserve
//! its part before the browser's user is alerted, or wants to be told that ours is there.

use sip::agent::{CallHandle, Reliable, Reply, RequestId, ServerRequestId};
use sip::message::{Header, Method, Request, Response, Status};
use sip::sdp::Description;
use sip::time::Instant;

use super::branches::BranchStage;
use super::caller::CallerMedia;
use super::offered::{Agreed, AgreedWith, Offered};
use super::setup::SetUp;
use super::{CallKey, Calls, command, plain_end, sdp_body, sdp_of, step};
use crate::bridge::web_leg::WebCodec;
use crate::bridge::{BridgeCommand, BridgeId, Medium, Side, Step};
use crate::switch::Desk;
use crate::switch::offer::precondition::Preconditions;
use crate::switch::offer::{self, PlainEnd, Reject};
use crate::switch::route::Access;

/// A caller that was answered before anybody rings. Whoever takes the call does so in this bridge.
pub(super) struct Reservation {
    pub(super) bridge: BridgeId,
    /// Our part of the last answer, once it is written.
    answered: Option<(PlainEnd, Description)>,
}

impl SetUp {
    /// Whether a browser is called and the caller's network has to reserve before it rings.
    fn must_wait(&self) -> bool {
        let said = self.offered.preconditions();
        let unmet = said.is_some_and(|said| said.check().is_ok() && !said.are_met());
        let mut targets = self.groups.iter().flatten();
        unmet && targets.any(|target| target.access == Access::Browser)
    }
}

impl Calls {
    /// Answers a caller whose network has something to reserve before anybody rings; false when
    /// there is nothing to wait for. Only browsers can ring then: another plain peer would need the
    /// caller's own words.
    pub(super) fn reserve(&mut self, key: CallKey, desk: &mut Desk<'_>) -> bool {
        let Some(call) = self.calls.get_mut(&key) else {
            return false;
        };
        let is_plain = call.caller.access == Access::Plain;
        if !call
            .set_up()
            .is_some_and(|set_up| is_plain && set_up.must_wait())
        {
            return false;
        }
        let bridge = self.next_bridge();
        let Some(set_up) = self.set_up(key) else {
            return false;
        };
        for group in &mut set_up.groups {
            group.retain(|target| target.access == Access::Browser);
        }
        set_up.groups.retain(|group| !group.is_empty());
        set_up.reservation = Some(Reservation {
            bridge,
            answered: None,
        });
        set_up.media = CallerMedia::Reserving;
        self.by_bridge.insert(bridge, key);
        let (side, medium) = (Side::Caller, Medium::Video);
        command(desk, bridge, BridgeCommand::OpenPlain { side, medium });
        true
    }

    /// The caller's ports are open: it is answered in a 183, and reserves.
    pub(super) fn reserve_opened(
        &mut self,
        key: CallKey,
        port: u16,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let (Some(reservation), Offered::Video(offer)) = (&set_up.reservation, &set_up.offered)
        else {
            return;
        };
        let (bridge, offer) = (reservation.bridge, offer.as_ref().clone());
        let end = plain_end(desk, bridge, port);
        match self.answer_early(key, end, &offer, desk) {
            Ok(body) => {
                let early = Reply {
                    body: sdp_body(body),
                    reliable: Reliable::Always,
                    ..Reply::new(Status::SESSION_PROGRESS)
                };
                let early = early.with_header(Header::fixed("Require", "precondition"));
                self.tell_progress(key, early, desk, now);
            }
            Err(error) => self.reject(key, &error, desk, now),
        }
    }

    /// Writes the answer to an offer that comes before anybody rang, and connects the caller.
    fn answer_early(
        &mut self,
        key: CallKey,
        end: PlainEnd,
        offer: &Description,
        desk: &mut Desk<'_>,
    ) -> Result<Vec<u8>, Reject> {
        let codecs = offer::web_codecs_for_plain(offer)?;
        let web = codecs.first().copied().unwrap_or(WebCodec::Vp8);
        let direction = offer::mirrored(super::offered::direction_of(offer));
        let (mut answer, plan) = offer::answer_plain(offer, end, web, direction)?;
        let Some(set_up) = self.set_up(key) else {
            return Err(Reject::NoDescription);
        };
        let Some(reservation) = &mut set_up.reservation else {
            return Err(Reject::NoDescription);
        };
        if let Some((_, before)) = &reservation.answered {
            answer.origin.version = before.origin.version + 1;
        }
        if let Some(said) = Preconditions::of(offer) {
            said.write(&mut answer);
        }
        let bridge = reservation.bridge;
        reservation.answered = Some((end, answer.clone()));
        let agreed = Agreed {
            direction,
            with: AgreedWith::Browser(Some(web)),
            audio: None,
        };
        // The 200 has nothing to add: what was offered is answered by then.
        set_up.media = CallerMedia::Written {
            bridge,
            agreed,
            body: Vec::new(),
            offer: None,
        };
        let side = Side::Caller;
        step(desk, bridge, Step::PlainConnect { side, plan });
        let body = answer.to_bytes();
        if let Some(call) = self.calls.get_mut(&key) {
            call.caller.told = body.clone();
        }
        Ok(body)
    }

    /// An UPDATE, or a PRACK with an offer, of a caller that reserves; false for all others.
    pub(super) fn reserved(
        &mut self,
        id: ServerRequestId,
        handle: CallHandle,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some((key, Side::Caller)) = self.find(handle) else {
            return false;
        };
        let Some(set_up) = self.set_up(key) else {
            return false;
        };
        let answered = set_up.reservation.as_ref();
        let end = answered.and_then(|reservation| reservation.answered.as_ref());
        let Some(end) = end.map(|(end, _)| *end) else {
            return false;
        };
        let sdp = match request.method {
            Method::Update | Method::Prack => request_offer(request),
            _ => None,
        };
        let Some(sdp) = sdp else {
            return false;
        };
        let rings = !set_up.branches.is_empty();
        let offer = Description::parse(&sdp).map_err(Reject::from);
        let answer = offer.and_then(|offer| {
            let said = Preconditions::of(&offer);
            let answer = self.answer_early(key, end, &offer, desk)?;
            Ok((answer, said.is_none_or(|said| said.are_met())))
        });
        let (reply, met) = match answer {
            Ok((body, met)) => {
                let ok = Reply {
                    body: sdp_body(body),
                    ..Reply::new(Status::OK)
                };
                (ok, met)
            }
            Err(error) => (error.reply(), false),
        };
        if let Some(call) = self.calls.get_mut(&key).filter(|_| met) {
            call.caller.sdp = sdp;
        }
        if let Err(error) = desk.agent.respond(id, reply, now) {
            tracing::debug!(%error, "answered too late");
        }
        if met && !rings {
            self.ring_next(key, desk, now);
        }
        true
    }

    /// Tells a plain callee whose network waits for it that our part is there.
    pub(super) fn confirm_ours(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        answer: &[u8],
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let said = Description::parse(answer).ok();
        let said = said.as_ref().and_then(Preconditions::of);
        let Some(said) = said.filter(Preconditions::wait_for_us) else {
            return;
        };
        let Some(branch) = self.set_up(key).and_then(|set_up| set_up.branch(bridge)) else {
            return;
        };
        let (Some(handle), Some(offer)) = (branch.leg.handle, &mut branch.plain_offer) else {
            return;
        };
        if branch.told_ours || branch.stage != BranchStage::Ringing {
            return;
        }
        branch.told_ours = true;
        offer::without_preconditions(offer);
        said.write(offer);
        offer.origin.version += 1;
        let body = offer.to_bytes();
        branch.leg.told = body.clone();
        let id =
            desk.agent
                .request_in_call(handle, Method::Update, Vec::new(), sdp_body(body), now);
        self.updates.insert(id, (key, bridge));
    }

    pub(super) fn is_update(&self, id: RequestId) -> bool {
        self.updates.contains_key(&id)
    }

    /// The callee's answer to that; `None` when there is none. Without it the call rings on as far
    /// as it came.
    pub(super) fn update_answered(
        &mut self,
        id: RequestId,
        response: Option<&Response>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((key, bridge)) = self.updates.remove(&id) else {
            return;
        };
        let answer = response.filter(|response| response.status.is_success());
        let Some(response) = answer else {
            tracing::debug!(bridge = bridge.0, "our part was not confirmed");
            return;
        };
        let sdp = sdp_of(response.content("application/sdp"));
        let Some(set_up) = self.set_up(key).filter(|_| !sdp.is_empty()) else {
            return;
        };
        let is_open = set_up.media.is_open();
        if let Some(branch) = set_up.branch(bridge) {
            branch.note_early(response.headers.to.tag().unwrap_or_default(), &sdp);
        }
        let status = Status::SESSION_PROGRESS;
        if !is_open && let Err(error) = self.plain_agreed(key, bridge, sdp, status, desk, now) {
            tracing::debug!(bridge = bridge.0, %error, "media stays as it was");
        }
    }
}

fn request_offer(request: &Request) -> Option<Vec<u8>> {
    request.content("application/sdp").map(<[u8]>::to_vec)
}
