//! The one thing that goes on between two people: showing, being asked, or watching.

mod active;
mod beside;
mod change;
mod moving;
mod recovery;

use sip::agent::{CallHandle, End, Event, Reply, RequestId};
use sip::message::{Reason, Request, Response, Status};
use sip::time::{Duration, Instant};
use sip::transport::Hop;

use super::state::{Cause, Direction, Ended, Outcome, Past, Peer, Share};
use super::{Desk, Effect, Identity, PeerEvent, cause};
use active::{Active, Stage};
use recovery::{Due, Recovery};

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
#[derive(Debug)]
pub(super) struct Shares {
    /// How long the gateway keeps a share whose connection is gone.
    grace: Duration,
    active: Option<Active>,
    ended: Option<Ended>,
    /// Ended by us: the far side hears the BYE before the pictures' connection goes.
    closing: Option<(ShareId, Instant)>,
    /// Ended by us while the gateway could not be told. At most one: without the gateway there is
    /// no other share.
    farewell: Option<Farewell>,
    past: Vec<Past>,
    count: u64,
}

/// A BYE that waits for the connection.
#[derive(Debug)]
struct Farewell {
    call: CallHandle,
    reason: Option<Reason>,
    /// Until then the gateway waits for us; after that it knows by itself.
    until: Instant,
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            grace: USUAL_GRACE,
            active: None,
            ended: None,
            closing: None,
            farewell: None,
            past: Vec::new(),
            count: 0,
        }
    }
}

impl Shares {
    /// The gateway says how long it keeps a share whose connection is gone.
    pub(super) fn set_grace(&mut self, grace: Duration) {
        self.grace = grace;
    }

    /// Whether a connection to the gateway is wanted at once.
    pub(super) fn needs_gateway(&self) -> bool {
        self.active.is_some() || self.farewell.is_some()
    }

    /// Whether the event says that the pictures of the present share have no way any more.
    pub(super) fn is_broken_by(&self, share: ShareId, event: &PeerEvent) -> bool {
        matches!(event, PeerEvent::Silent | PeerEvent::Failed)
            && self
                .active
                .as_ref()
                .is_some_and(|active| active.id == share)
    }

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
        let recovery = Recovery::new(self.grace);
        self.active = Some(Active::new(id, peer, Stage::Offering, recovery));
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
        let stage = Stage::Asked { offer, contact };
        let mut active = Active::new(id, peer, stage, Recovery::new(self.grace));
        active.call = Some(call);
        self.active = Some(active);
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

    /// We are no longer signed in: there is nobody to carry a share.
    pub(super) fn signed_out(&mut self, desk: &mut Desk<'_>) {
        self.end_now(Cause::Lost, None, desk);
    }

    /// The connection to the gateway is gone. A share that stands goes on, its pictures have a way
    /// of their own; one that is being set up is over.
    pub(super) fn link_lost(&mut self, desk: &mut Desk<'_>) {
        match &mut self.active {
            Some(active) if active.answered.is_some() => {
                active.stay(desk);
                active.change = None;
                active.recovery.signalling_lost(desk.now);
            }
            Some(_) => self.end_now(Cause::Lost, None, desk),
            None => {}
        }
    }

    /// Signed in on that connection: the share goes on there, or its end is told at last.
    pub(super) fn link_back(&mut self, hop: Hop, desk: &mut Desk<'_>) {
        if let Some(farewell) = self.farewell.take() {
            desk.agent.move_call(farewell.call, hop);
            desk.agent.hang_up(farewell.call, farewell.reason, desk.now);
        }
        let Some(active) = self
            .active
            .as_mut()
            .filter(|active| active.recovery.is_cut_off())
        else {
            return;
        };
        if let Some(call) = active.call {
            desk.agent.move_call(call, hop);
            active.recovery.signalling_back();
            desk.effects.push_back(Effect::Restart { share: active.id });
        }
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
        if self.moving_said(share, &event, identity.as_ref(), desk) {
            return;
        }
        let Some(active) = self.active.as_mut().filter(|active| active.id == share) else {
            return;
        };
        match event {
            PeerEvent::Offer(sdp) => match identity {
                Some(identity) => active.invite(sdp, identity, desk),
                None => self.end_now(Cause::Lost, None, desk),
            },
            PeerEvent::Answer(sdp) => {
                if let (Some(call), Some(identity)) = (active.call, identity) {
                    desk.agent.set_credentials(call, identity.credentials);
                }
                active.accept(sdp, desk);
            }
            PeerEvent::ChangeReady(sdp) => active.agree_to_change(sdp, desk),
            PeerEvent::ChangeFailed => active.refuse_change(desk),
            PeerEvent::Restarted(sdp) => active.ask_for_new_way(sdp, desk),
            PeerEvent::RestartFailed => active.recovery.failed(TRY_AGAIN, desk.now),
            PeerEvent::Applied => active.recovery.applied(desk.now),
            PeerEvent::Connected => active.recovery.pictures_flow(),
            PeerEvent::Silent => active.recovery.pictures_broke(SILENCE, desk.now),
            PeerEvent::Failed if active.answered.is_some() => {
                active.recovery.pictures_broke(FAREWELL, desk.now);
            }
            PeerEvent::NotApplied if active.recovery.is_under_way() => {
                active.recovery.failed(TRY_AGAIN, desk.now);
            }
            PeerEvent::Failed | PeerEvent::NotApplied => {
                let why = Reason::sip(Status::NOT_ACCEPTABLE_HERE, "Description not understood");
                self.end_now(Cause::Failed, Some(why), desk);
            }
            PeerEvent::Measured(sample) => active.measured(sample),
            // That there is a picture is seen from the picture.
            PeerEvent::Track => {}
        }
    }

    /// What the agent says of a request of ours; of others it changes nothing.
    pub(super) fn agent_said(&mut self, event: &Event, desk: &mut Desk<'_>) {
        match event {
            Event::Response { id, response } => self.asked_and_answered(*id, response, desk),
            Event::RequestFailed { id, .. } => {
                if let Some(active) = self.asking(*id) {
                    active.recovery.failed(TRY_AGAIN, desk.now);
                }
            }
            _ => {}
        }
    }

    fn asked_and_answered(&mut self, id: RequestId, response: &Response, desk: &mut Desk<'_>) {
        let Some(active) = self.asking(id) else {
            return;
        };
        let answer = response
            .content("application/sdp")
            .filter(|_| response.status.is_success())
            .map(|sdp| String::from_utf8_lossy(sdp).into_owned());
        match answer {
            Some(answer) => {
                active.take_flow(&answer);
                active.recovery.answered();
                let share = active.id;
                desk.effects.push_back(Effect::Apply { share, answer });
            }
            // A call that is gone is told as its end.
            None => {
                let wait = response.headers.number("Retry-After").unwrap_or_default();
                let wait = Duration::from_secs(u64::from(wait)).max(TRY_AGAIN);
                active.recovery.failed(wait, desk.now);
            }
        }
    }

    fn asking(&mut self, id: RequestId) -> Option<&mut Active> {
        self.active
            .as_mut()
            .filter(|active| active.recovery.asked_by(id))
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

    pub(super) fn ended(&mut self, call: CallHandle, end: &End, desk: &mut Desk<'_>) {
        self.farewell.take_if(|farewell| farewell.call == call);
        if let Some(active) = &mut self.active {
            if active
                .moving
                .as_ref()
                .is_some_and(|moving| moving.call == call)
            {
                return self.stay(desk);
            }
            if active.call == Some(call) && active.moving.is_some() {
                // It is replaced; the new one is about to stand.
                active.call = None;
                return;
            }
        }
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
        if let Some(farewell) = self.farewell.take_if(|farewell| farewell.until <= desk.now) {
            desk.agent.hang_up(farewell.call, farewell.reason, desk.now);
        }
        let Some(active) = &mut self.active else {
            return;
        };
        match active.recovery.handle_timeout(desk.now) {
            Some(Due::Restart) => {
                desk.effects.push_back(Effect::Restart { share: active.id });
            }
            Some(Due::GiveUp) => {
                let why = Reason::sip(Status::REQUEST_TIMEOUT, "Connection of the browser lost");
                self.give_up(why, desk);
            }
            None => {}
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let tick = self.active.as_ref().and_then(|active| active.next_tick);
        let recovery = self
            .active
            .as_ref()
            .and_then(|active| active.recovery.poll_timeout());
        let close = self.closing.map(|(_, at)| at);
        let farewell = self.farewell.as_ref().map(|farewell| farewell.until);
        [tick, recovery, close, farewell]
            .into_iter()
            .flatten()
            .min()
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
        let Some(mut active) = self.active.take() else {
            return;
        };
        active.stay(desk);
        match active.call {
            Some(call) if active.recovery.is_cut_off() => {
                let until = desk.now + self.grace;
                self.farewell = Some(Farewell {
                    call,
                    reason,
                    until,
                });
            }
            Some(call) => desk.agent.hang_up(call, reason, desk.now),
            None => {}
        }
        self.close_later(active.id, desk);
        self.finish(active, cause, desk.now);
    }

    /// The grace is over; the gateway's is too.
    fn give_up(&mut self, why: Reason, desk: &mut Desk<'_>) {
        self.end_now(Cause::Lost, Some(why), desk);
        if let Some(farewell) = self.farewell.take() {
            desk.agent.hang_up(farewell.call, farewell.reason, desk.now);
        }
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
/// What a gateway grants that does not say.
const USUAL_GRACE: Duration = Duration::from_secs(60);
/// How long pictures may fail to come before a new way is made for them.
const SILENCE: Duration = Duration::from_secs(3);
/// Whoever ended a share says so by a message of its own; how long it may come after the pictures
/// broke off for good.
const FAREWELL: Duration = Duration::from_secs(2);
/// Between two tries to make a new way.
const TRY_AGAIN: Duration = Duration::from_secs(2);
