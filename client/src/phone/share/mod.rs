//! The one thing that goes on between two people: showing, being asked, or watching.

mod active;

use sip::agent::{CallHandle, End, Reason, Reply};
use sip::message::{Request, Response, Status};
use sip::time::{Duration, Instant};
use sip::transport::Hop;

use super::state::{Cause, Direction, Ended, Outcome, Past, Peer, Share};
use super::{Desk, Effect, Identity, PeerEvent, cause};
use active::{Active, Stage};

/// One share, as the edges know it. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareId(pub u64);

/// The browser's figures of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Of the browser's clock.
    pub at_milliseconds: u64,
    /// Since the beginning.
    pub bytes: u64,
    /// Encoded or decoded since the beginning.
    pub frames: u64,
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    pub codec: String,
}

/// At most one at a time: a second caller hears that we are busy.
#[derive(Debug, Default)]
pub(super) struct Shares {
    active: Option<Active>,
    ended: Option<Ended>,
    /// Ended by us: the far side hears the BYE before the pictures' connection goes.
    closing: Option<(ShareId, Instant)>,
    past: Vec<Past>,
    count: u64,
}

impl Shares {
    /// Whether the person may turn to somebody else.
    pub(super) fn is_free(&self) -> bool {
        self.active
            .as_ref()
            .is_none_or(|active| matches!(active.stage, Stage::Asked { .. }))
    }

    /// Offers one's own camera to `peer`.
    pub(super) fn show(&mut self, peer: Peer, desk: &mut Desk<'_>) {
        if self.active.is_some() {
            return;
        }
        let id = self.next_id();
        self.ended = None;
        self.active = Some(Active::new(id, None, peer, Stage::Offering));
        desk.effects.push_back(Effect::Offer { share: id });
    }

    /// Somebody asks us to watch.
    pub(super) fn incoming(
        &mut self,
        call: CallHandle,
        hop: Hop,
        request: &Request,
        peer: Peer,
        identity: Option<Identity>,
        desk: &mut Desk<'_>,
    ) {
        let offer = request
            .content("application/sdp")
            .map(|sdp| String::from_utf8_lossy(sdp).into_owned());
        let refusal = match (&self.active, &identity, &offer) {
            (Some(_), _, _) => Some(Status::BUSY_HERE),
            (None, None, _) => Some(Status::TEMPORARILY_UNAVAILABLE),
            (None, Some(_), None) => Some(Status::NOT_ACCEPTABLE_HERE),
            (None, Some(_), Some(_)) => None,
        };
        let (Some(identity), Some(offer), None) = (identity, offer, refusal) else {
            let reply = Reply::new(refusal.unwrap_or(Status::NOT_ACCEPTABLE_HERE));
            // A caller who has gone already needs no answer.
            let _ = desk.agent.reject(call, reply, desk.now);
            return;
        };
        debug_assert_eq!(hop.flow, identity.hop.flow);
        let contact = identity.contact;
        let ringing = Reply::new(Status::RINGING).with_contact(contact.clone());
        if desk.agent.progress(call, ringing, desk.now).is_err() {
            return;
        }
        let id = self.next_id();
        self.ended = None;
        self.active = Some(Active::new(
            id,
            Some(call),
            peer,
            Stage::Asked { offer, contact },
        ));
    }

    /// Accepts what we are asked.
    pub(super) fn watch(&mut self, desk: &mut Desk<'_>) {
        let Some(active) = &mut self.active else {
            return;
        };
        active.stage = match std::mem::replace(&mut active.stage, Stage::Waiting) {
            Stage::Asked { offer, contact } => {
                desk.effects.push_back(Effect::Answer {
                    share: active.id,
                    offer,
                });
                Stage::Answering { contact }
            }
            other => other,
        };
    }

    /// Declines what we are asked.
    pub(super) fn not_now(&mut self, desk: &mut Desk<'_>) {
        let Some(active) = self
            .active
            .take_if(|active| matches!(active.stage, Stage::Asked { .. }))
        else {
            return;
        };
        if let Some(call) = active.call {
            // A caller who has gone already needs no answer.
            let _ = desk
                .agent
                .reject(call, Reply::new(Status::DECLINE), desk.now);
        }
        self.past.push(Past {
            peer: active.peer,
            direction: Direction::In,
            outcome: Outcome::NotNow,
        });
    }

    /// Ends what goes on. What we are asked is declined.
    pub(super) fn stop(&mut self, desk: &mut Desk<'_>) {
        self.not_now(desk);
        self.end_now(Cause::EndedByMe, None, desk);
    }

    /// Ends it if one's own camera is part of it.
    pub(super) fn stop_sending(&mut self, desk: &mut Desk<'_>) {
        if self
            .active
            .as_ref()
            .is_some_and(|active| active.stage.direction() == Direction::Out)
        {
            self.end_now(Cause::EndedByMe, None, desk);
        }
    }

    /// The connection to the gateway is gone, and the pictures with it.
    pub(super) fn lost(&mut self, desk: &mut Desk<'_>) {
        self.end_now(Cause::Lost, None, desk);
    }

    /// The person has read how it ended.
    pub(super) fn dismiss(&mut self) {
        self.ended = None;
    }

    pub(super) fn peer(
        &mut self,
        share: ShareId,
        event: PeerEvent,
        identity: Option<Identity>,
        desk: &mut Desk<'_>,
    ) {
        let Some(active) = self.active.as_mut().filter(|active| active.id == share) else {
            return;
        };
        match event {
            PeerEvent::Offer(sdp) => match identity {
                Some(identity) => active.invite(sdp, identity, desk),
                None => self.end_now(Cause::Lost, None, desk),
            },
            PeerEvent::Answer(sdp) => active.accept(sdp, desk),
            PeerEvent::Failed if active.answered.is_some() => active.broke(desk.now),
            PeerEvent::Failed => {
                let why = Reason::sip(Status::NOT_ACCEPTABLE_HERE, "Description not understood");
                self.end_now(Cause::Failed, Some(why), desk);
            }
            PeerEvent::Measured(sample) => active.measured(sample),
            // The state follows from pictures and figures, not from these.
            PeerEvent::Applied | PeerEvent::Track | PeerEvent::Connected | PeerEvent::Silent => {}
        }
    }

    pub(super) fn progress(&mut self, call: CallHandle, response: &Response) {
        if let Some(active) = self.with_call(call)
            && matches!(active.stage, Stage::Calling)
            && response.status >= Status::RINGING
        {
            active.stage = Stage::Ringing;
        }
    }

    pub(super) fn answered(&mut self, call: CallHandle, response: &Response, desk: &mut Desk<'_>) {
        let Some(active) = self.with_call(call) else {
            desk.agent.hang_up(call, None, desk.now);
            return;
        };
        let answer = response
            .content("application/sdp")
            .map(|sdp| String::from_utf8_lossy(sdp).into_owned());
        match answer {
            Some(answer) => {
                desk.effects.push_back(Effect::Apply {
                    share: active.id,
                    answer,
                });
                active.stage = Stage::Showing;
                active.start_clock(desk.now);
            }
            None => self.end_now(Cause::Failed, None, desk),
        }
    }

    pub(super) fn flow_lost(&mut self, call: CallHandle, desk: &mut Desk<'_>) {
        if self.with_call(call).is_some() {
            self.end_now(Cause::Lost, None, desk);
        }
    }

    pub(super) fn ended(&mut self, call: CallHandle, end: &End, desk: &mut Desk<'_>) {
        let Some(active) = self.active.take_if(|active| active.call == Some(call)) else {
            return;
        };
        desk.effects
            .push_back(Effect::ClosePeer { share: active.id });
        self.finish(active, cause::of(end), desk.now);
    }

    /// The page shows a picture of that size.
    pub(super) fn picture_seen(&mut self, width: u32, height: u32) {
        let Some(active) = &mut self.active else {
            return;
        };
        if matches!(active.stage, Stage::Waiting) {
            active.stage = Stage::Watching;
        }
        if active.stage.direction() == Direction::In {
            let quality = active.quality.get_or_insert_default();
            (quality.width, quality.height) = (width, height);
        }
    }

    pub(super) fn handle_timeout(&mut self, desk: &mut Desk<'_>) {
        if let Some((share, _)) = self.closing.take_if(|(_, at)| *at <= desk.now) {
            desk.effects.push_back(Effect::ClosePeer { share });
        }
        if let Some(active) = &mut self.active {
            active.tick(desk);
        }
        let lost = self.active.as_ref().and_then(|active| active.lost_at);
        if lost.is_some_and(|at| at <= desk.now) {
            let why = Reason::sip(Status::REQUEST_TIMEOUT, "Connection of the browser lost");
            self.end_now(Cause::Lost, Some(why), desk);
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let tick = self.active.as_ref().and_then(|active| active.next_tick);
        let lost = self.active.as_ref().and_then(|active| active.lost_at);
        let close = self.closing.map(|(_, at)| at);
        [tick, lost, close].into_iter().flatten().min()
    }

    /// What has ended since the last call, for the history.
    pub(super) fn take_past(&mut self) -> Vec<Past> {
        std::mem::take(&mut self.past)
    }

    pub(super) fn show_state(&self) -> Share {
        match (&self.active, &self.ended) {
            (Some(active), _) => active.show(),
            (None, Some(ended)) => Share::Ended(ended.clone()),
            (None, None) => Share::None,
        }
    }

    /// Ends it on our side first: nothing of the camera leaves while the far side is being told. The
    /// connection itself stays for a moment, because its end, overtaking the BYE, would look like a
    /// loss.
    fn end_now(&mut self, cause: Cause, reason: Option<Reason>, desk: &mut Desk<'_>) {
        let Some(active) = self.active.take() else {
            return;
        };
        if let Some(call) = active.call {
            desk.agent.hang_up(call, reason, desk.now);
        }
        if let Some((share, _)) = self.closing.replace((active.id, desk.now + BYE_FIRST)) {
            desk.effects.push_back(Effect::ClosePeer { share });
        }
        self.finish(active, cause, desk.now);
    }

    fn finish(&mut self, active: Active, cause: Cause, now: Instant) {
        let seconds = active.answered.map(|answered| (now - answered).as_secs());
        let direction = active.stage.direction();
        let outcome = match seconds {
            Some(seconds) => Outcome::Shown { seconds },
            None => Outcome::NotShown(cause),
        };
        self.past.push(Past {
            peer: active.peer.clone(),
            direction,
            outcome,
        });
        self.ended = Some(Ended {
            peer: active.peer,
            direction,
            cause,
            seconds,
        });
    }

    fn with_call(&mut self, call: CallHandle) -> Option<&mut Active> {
        self.active
            .as_mut()
            .filter(|active| active.call == Some(call))
    }

    fn next_id(&mut self) -> ShareId {
        self.count += 1;
        ShareId(self.count)
    }
}

/// A round trip to a gateway far away.
const BYE_FIRST: Duration = Duration::from_millis(400);
