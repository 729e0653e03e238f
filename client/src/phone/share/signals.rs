//! What the browser and the agent say of shares.

use sip::agent::{CallHandle, End, Event, RequestId};
use sip::message::{Reason, Response, Status};
use sip::sdp::Direction as Way;

use super::active::{Active, Stage};
use super::two_ways::way_of;
use super::{ShareId, Shares};
use crate::phone::limit::Limit;
use crate::phone::recovery::TRY_AGAIN;
use crate::phone::state::Cause;
use crate::phone::{Desk, Effect, Identity, PeerEvent, cause, sdp_in};

impl Shares {
    pub(in crate::phone) fn peer(
        &mut self,
        share: ShareId,
        event: PeerEvent,
        identity: Option<Identity>,
        desk: &mut Desk<'_>,
    ) {
        if self.moving_said(share, &event, identity.as_ref(), desk) {
            return;
        }
        let Some(active) = self.with_id(share) else {
            return;
        };
        match event {
            PeerEvent::Offer(sdp) => match identity {
                Some(identity) => active.invite(sdp, identity, desk),
                None => self.end_now(share, Cause::Lost, None, desk),
            },
            PeerEvent::Answer(sdp) => {
                if let (Some(call), Some(identity)) = (active.call, identity) {
                    desk.agent.set_credentials(call, identity.credentials);
                }
                active.accept(sdp, desk);
            }
            PeerEvent::ChangeReady(sdp) => {
                if let Some(left) = active.agree_to_change(sdp, desk) {
                    self.narrowed(share, left, desk);
                }
            }
            PeerEvent::Redirected(sdp) => active.redirected(sdp, desk),
            PeerEvent::RedirectFailed => active.redirect_failed(desk),
            PeerEvent::SoundOffered(sdp) => active.sound_offered(sdp, desk),
            PeerEvent::SoundFailed(problem) => active.sound_failed(problem, desk),
            PeerEvent::ChangeFailed => active.refuse_change(desk),
            PeerEvent::Restarted(sdp) => {
                if let Some(call) = active.call {
                    active.recovery.ask(call, sdp, desk);
                }
            }
            event @ (PeerEvent::RestartFailed
            | PeerEvent::Applied
            | PeerEvent::Connected
            | PeerEvent::Silent
            | PeerEvent::Failed
            | PeerEvent::NotApplied) => {
                let answered = active.answered.is_some();
                if active.recovery.connection_said(&event, answered, desk.now) {
                    return;
                }
                let why = Reason::sip(Status::NOT_ACCEPTABLE_HERE, "Description not understood");
                self.end_now(share, Cause::Failed, Some(why), desk);
            }
            PeerEvent::Measured(sample) => active.measured(sample),
            // That there is a picture is seen from the picture.
            PeerEvent::Track => {}
        }
    }

    /// What the agent says of a request of ours; of others it changes nothing.
    pub(in crate::phone) fn agent_said(&mut self, event: &Event, desk: &mut Desk<'_>) {
        match event {
            Event::Response { id, response } => self.asked_and_answered(*id, response, desk),
            Event::RequestFailed { id, .. } => {
                if let Some(active) = self.redirecting(*id) {
                    active.redirect_answered(None, desk);
                }
                if let Some(active) = self.speaking(*id) {
                    active.sound_answered(None, desk);
                }
                if let Some(active) = self.asking(*id) {
                    active.recovery.failed(TRY_AGAIN, desk.now);
                }
            }
            _ => {}
        }
    }

    fn asked_and_answered(&mut self, id: RequestId, response: &Response, desk: &mut Desk<'_>) {
        if let Some(active) = self.redirecting(id) {
            return active.redirect_answered(Some(response), desk);
        }
        if let Some(active) = self.speaking(id) {
            return active.sound_answered(Some(response), desk);
        }
        let Some(active) = self.asking(id) else {
            return;
        };
        if let Some(answer) = active.recovery.asked_and_answered(id, response, desk.now) {
            active.take_flow(&answer);
            let share = active.id;
            desk.effects.push_back(Effect::Apply { share, answer });
        }
    }

    fn asking(&mut self, id: RequestId) -> Option<&mut Active> {
        let mut active = self.active.iter_mut();
        active.find(|active| active.recovery.asked_by(id))
    }

    fn speaking(&mut self, id: RequestId) -> Option<&mut Active> {
        let mut active = self.active.iter_mut();
        active.find(|active| active.asked_to_hear_by(id))
    }

    fn redirecting(&mut self, id: RequestId) -> Option<&mut Active> {
        let mut active = self.active.iter_mut();
        active.find(|active| active.redirects_by(id))
    }

    pub(in crate::phone) fn progress(&mut self, call: CallHandle, response: &Response) {
        if let Some(active) = self.with_call(call)
            && matches!(active.stage, Stage::Calling)
            && response.status >= Status::RINGING
        {
            active.stage = Stage::Ringing;
        }
    }

    pub(in crate::phone) fn answered(
        &mut self,
        call: CallHandle,
        response: &Response,
        desk: &mut Desk<'_>,
    ) {
        let Some(active) = self.with_call(call) else {
            desk.agent.hang_up(call, None, desk.now);
            return;
        };
        let share = active.id;
        match sdp_in(response) {
            Some(answer) => {
                let is_both = way_of(&answer) == Some(Way::SendRecv);
                active.meter.limited_to(Limit::of(&answer));
                desk.effects.push_back(Effect::Apply { share, answer });
                active.stage = Stage::Showing;
                active.start_clock(desk.now);
                active.is_open_both_ways = is_both;
            }
            None => self.end_now(share, Cause::Failed, None, desk),
        }
    }

    pub(in crate::phone) fn ended(&mut self, call: CallHandle, end: &End, desk: &mut Desk<'_>) {
        self.farewells.retain(|(_, farewell)| farewell.call != call);
        let moves_to = |active: &&mut Active| {
            let moving = active.moving.as_ref();
            moving.is_some_and(|moving| moving.call == call)
        };
        if let Some(active) = self.active.iter_mut().find(moves_to) {
            let share = active.id;
            return self.stay(share, desk);
        }
        if let Some(active) = self.with_call(call)
            && active.moving.is_some()
        {
            // It is replaced; the new one is about to stand.
            active.call = None;
            return;
        }
        let Some(active) = self.take(|active| active.call == Some(call)) else {
            return;
        };
        desk.effects
            .push_back(Effect::ClosePeer { share: active.id });
        self.finish(active, cause::of(end), desk.now);
    }
}
