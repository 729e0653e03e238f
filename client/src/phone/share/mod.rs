//! What goes on between two people: showing, being asked, watching; one share a direction (R1.27).

mod active;
mod beside;
mod change;
mod ending;
mod moving;
mod signals;
mod sound;
mod starting;
mod two_ways;

use std::collections::VecDeque;

use sip::agent::CallHandle;
use sip::message::{Reason, Status};
use sip::time::{Duration, Instant};

use super::recovery::{Due, Farewell, USUAL_GRACE};
use super::state::{Cause, Direction, Ended, Outcome, Past, Peer, Share};
use super::{Desk, Effect, PeerEvent};
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
    /// Of pictures that we send, as opposed to theirs.
    pub is_sent: bool,
    /// Sent or received since the beginning.
    pub packets: u64,
    /// On the way between here and the gateway, since the beginning.
    pub lost: u64,
    /// Received and never shown, since the beginning.
    pub dropped: u64,
    /// To the gateway and back.
    pub round_trip_milliseconds: Option<u32>,
    /// Checks that the gateway answered since the beginning (RFC 7675).
    pub checks_answered: u64,
    /// What the encoder aims at.
    pub target_bits_per_second: u64,
    pub hindrance: Hindrance,
}

/// What holds the browser's encoder back, as it says itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hindrance {
    #[default]
    None,
    Device,
    Network,
}

/// One share in which we show, and one in which we watch, both with the same person: anybody else
/// hears that we are busy.
#[derive(Debug)]
pub(super) struct Shares {
    /// How long the gateway keeps a share whose connection is gone.
    grace: Duration,
    /// At most one a direction.
    active: Vec<Active>,
    /// The one that ended last, until it was read.
    ended: Option<Ended>,
    /// The person has corrected a number that was not found; that is offered once.
    corrected: bool,
    /// Ended by us: the far side hears the BYE before the pictures' connection goes. At most
    /// [`CLOSING_AT_MOST`].
    closing: Vec<(ShareId, Instant)>,
    /// Ended by us while the gateway could not be told. At most one a direction: without the gateway
    /// there is no other share.
    farewells: Vec<(ShareId, Farewell)>,
    past: Vec<(ShareId, Past)>,
    /// What ended since this was asked last.
    over: Vec<(ShareId, Cause)>,
    count: u64,
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            grace: USUAL_GRACE,
            active: Vec::new(),
            ended: None,
            corrected: false,
            closing: Vec::new(),
            farewells: Vec::new(),
            past: Vec::new(),
            over: Vec::new(),
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
        !self.active.is_empty() || !self.farewells.is_empty()
    }

    /// Whether the event says that the pictures of a present share have no way any more.
    pub(super) fn is_broken_by(&self, share: ShareId, event: &PeerEvent) -> bool {
        matches!(event, PeerEvent::Silent | PeerEvent::Failed)
            && self.active.iter().any(|active| active.id == share)
    }

    /// Whether the person may turn to somebody else.
    pub(super) fn is_free(&self) -> bool {
        let mut active = self.active.iter();
        active.all(|active| matches!(active.stage, Stage::Asked { .. }))
    }

    /// Whether one's own pictures are part of what goes on.
    pub(super) fn sends(&self) -> bool {
        self.active.iter().any(Active::sends)
    }

    /// Whether somebody sees one's own pictures, as opposed to being asked to.
    pub(super) fn is_live_out(&self) -> bool {
        let mut active = self.active.iter();
        active.any(|active| active.sends() && active.answered.is_some())
    }

    /// What has begun, with whom; one's own pictures before theirs.
    pub(super) fn goes_on(&self) -> Option<(&Peer, Direction)> {
        let begun = || self.active.iter().filter(|one| one.answered.is_some());
        let first = begun().find(|one| one.sends()).or_else(|| begun().next())?;
        let direction = match first.sends() {
            true => Direction::Out,
            false => Direction::In,
        };
        Some((&first.peer, direction))
    }

    /// Who is at the other end of that share.
    pub(super) fn peer_of(&self, share: ShareId) -> Option<&Peer> {
        let mut active = self.active.iter();
        let found = active.find(|active| active.id == share);
        found.map(|active| &active.peer)
    }

    /// Calls that were answered, and the ways that pictures go in them.
    pub(super) fn on_air(&self) -> (Vec<CallHandle>, Vec<Direction>) {
        let stands = |active: &&Active| active.answered.is_some();
        let active = || self.active.iter().filter(stands);
        let ways = [Direction::Out, Direction::In].into_iter();
        let ways = ways.filter(|way| active().any(|active| active.has(*way)));
        (
            active().filter_map(|active| active.call).collect(),
            ways.collect(),
        )
    }

    /// One's own pictures come from somewhere else from here on.
    pub(super) fn resend(&self, effects: &mut VecDeque<Effect>) {
        for active in self.active.iter().filter(|active| active.sends()) {
            effects.push_back(Effect::Resend { share: active.id });
        }
    }

    /// Who is at the other end of what goes on; one who only asks is not yet.
    pub(super) fn partner(&self) -> Option<&Peer> {
        let mut active = self.active.iter();
        active
            .find(|active| !matches!(active.stage, Stage::Asked { .. }))
            .map(|active| &active.peer)
    }

    /// Whether the number that was not found may be corrected.
    pub(super) fn may_correct(&self) -> bool {
        let not_found = |ended: &Ended| ended.cause == Cause::NotFound;
        !self.corrected && self.ended.as_ref().is_some_and(not_found)
    }

    /// The person corrects it.
    pub(super) fn correct(&mut self) {
        self.dismiss();
        self.corrected = true;
    }

    /// The person has read how it ended.
    pub(super) fn dismiss(&mut self) {
        self.ended = None;
        self.forget_told();
    }

    /// The page shows a picture of that size.
    pub(super) fn picture_seen(&mut self, width: u32, height: u32) {
        let mut active = self.active.iter_mut();
        if let Some(active) = active.find(|active| active.has(Direction::In)) {
            active.picture_seen(width, height);
        }
    }

    pub(super) fn handle_timeout(&mut self, desk: &mut Desk<'_>) {
        self.close_due(desk);
        self.wish_timeouts(desk);
        self.asked_too_long(desk);
        for active in &mut self.active {
            active.tick(desk);
        }
        let due: Vec<(ShareId, Due)> = self
            .active
            .iter_mut()
            .filter_map(|active| Some((active.id, active.recovery.handle_timeout(desk.now)?)))
            .collect();
        for (share, due) in due {
            match due {
                Due::Restart => desk.effects.push_back(Effect::Restart { share }),
                Due::GiveUp => {
                    let why =
                        Reason::sip(Status::REQUEST_TIMEOUT, "Connection of the browser lost");
                    self.give_up(share, why, desk);
                }
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let active = self.active.iter().flat_map(|active| {
            let recovery = active.recovery.poll_timeout();
            let asked = active.asked_until();
            let due = [active.next_tick, recovery, active.next_wish(), asked];
            due.into_iter().flatten()
        });
        active.chain(self.next_closing()).min()
    }

    /// What has ended since the last call, for the history.
    pub(super) fn take_past(&mut self) -> Vec<(ShareId, Past)> {
        std::mem::take(&mut self.past)
    }

    /// What has ended since the last call, and why.
    pub(super) fn take_over(&mut self) -> Vec<(ShareId, Cause)> {
        std::mem::take(&mut self.over)
    }

    /// What goes on, by which call once there is one, with whom, and whose pictures it began with.
    pub(super) fn calls(
        &self,
    ) -> impl Iterator<Item = (ShareId, Option<CallHandle>, (&Peer, Direction))> {
        self.active.iter().map(|active| {
            let about = (&active.peer, active.stage.direction());
            (active.id, active.call, about)
        })
    }

    /// What is shown large, and what goes on or ended beside it. Their picture is worth the larger
    /// place, once there is to be one.
    pub(super) fn show_state(&self) -> (Share, Share) {
        let ended = || self.ended.clone().map_or(Share::None, Share::Ended);
        let (first, second) = (self.active.first(), self.active.get(1));
        let (large, beside) = match (first, second) {
            (None, _) => return (ended(), Share::None),
            (Some(only), None) if only.is_both() => return only.show_both(),
            (Some(only), None) => (only, None),
            (Some(one), Some(other)) if other.is_watched() => (other, Some(one)),
            (Some(one), Some(other)) if one.is_watched() => (one, Some(other)),
            (Some(one), Some(other)) => match one.stage.direction() {
                Direction::Out => (one, Some(other)),
                Direction::In => (other, Some(one)),
            },
        };
        (large.show(), beside.map_or_else(ended, Active::show))
    }

    fn finish(&mut self, active: Active, cause: Cause, now: Instant) {
        let seconds = active.answered.map(|answered| (now - answered).as_secs());
        let direction = active.stage.direction();
        self.corrected &= cause == Cause::NotFound;
        self.over.push((active.id, cause));
        let outcome = match seconds {
            Some(seconds) => Outcome::Shown { seconds },
            None => Outcome::NotShown(cause),
        };
        let past = Past {
            peer: active.peer.clone(),
            direction,
            outcome,
            at: None,
            ended: seconds.map(|_| cause),
            call: None,
        };
        self.past.push((active.id, past));
        self.ended = Some(Ended {
            peer: active.peer,
            direction,
            cause,
            seconds,
        });
    }

    /// One direction of a share is over; the other goes on.
    fn finish_part(&mut self, share: ShareId, direction: Direction, cause: Cause, now: Instant) {
        let Some(active) = self.active.iter().find(|active| active.id == share) else {
            return;
        };
        let peer = active.peer.clone();
        let seconds = active.answered.map(|answered| (now - answered).as_secs());
        let past = Past {
            peer: peer.clone(),
            direction,
            outcome: Outcome::Shown {
                seconds: seconds.unwrap_or_default(),
            },
            at: None,
            ended: Some(cause),
            call: None,
        };
        self.past.push((share, past));
        self.ended = Some(Ended {
            peer,
            direction,
            cause,
            seconds,
        });
    }

    fn of(&mut self, direction: Direction) -> Option<&mut Active> {
        let mut active = self.active.iter_mut();
        active.find(|active| active.stage.direction() == direction)
    }

    fn with_id(&mut self, share: ShareId) -> Option<&mut Active> {
        self.active.iter_mut().find(|active| active.id == share)
    }

    fn with_call(&mut self, call: CallHandle) -> Option<&mut Active> {
        let mut active = self.active.iter_mut();
        active.find(|active| active.call == Some(call))
    }

    fn take(&mut self, wanted: impl Fn(&Active) -> bool) -> Option<Active> {
        let at = self.active.iter().position(wanted)?;
        Some(self.active.remove(at))
    }

    fn next_id(&mut self) -> ShareId {
        self.count += 1;
        ShareId(self.count)
    }
}

/// The connections of two shares, and those that they have just moved from.
const CLOSING_AT_MOST: usize = 4;
