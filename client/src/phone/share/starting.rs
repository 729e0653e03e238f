//! R1.27, RFC 3261 §13.3.1: how a share begins, on our side or on theirs.

use sip::agent::{CallHandle, Reply};
use sip::message::{Request, Status};
use sip::sdp::Direction as Way;
use sip::time::Duration;
use sip::transport::Hop;

use super::Shares;
use super::active::{Active, Stage};
use super::two_ways::way_of;
use crate::phone::call_context::is_same;
use crate::phone::recovery::Recovery;
use crate::phone::state::{Cause, Direction, Outcome, Past, Peer};
use crate::phone::{Desk, Effect, Identity};

impl Shares {
    /// Offers one's own pictures to `peer`. Whoever watches somebody may show that person
    /// something, nobody else.
    pub(in crate::phone) fn show(&mut self, peer: Peer, desk: &mut Desk<'_>) {
        let with_another = self.partner().is_some_and(|other| !is_same(other, &peer));
        if self.sends() || with_another {
            return;
        }
        let id = self.next_id();
        self.ended = None;
        let recovery = Recovery::new(self.grace);
        self.active
            .push(Active::new(id, peer, Stage::Offering, recovery));
        desk.effects.push_back(Effect::Offer { share: id });
    }

    /// Somebody asks us to watch.
    pub(in crate::phone) fn incoming(
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
        let refusal = match (self.has_room_for(&peer), &identity, &offer) {
            (false, _, _) => Some(Status::BUSY_HERE),
            (true, None, _) => Some(Status::TEMPORARILY_UNAVAILABLE),
            (true, Some(_), None) => Some(Status::NOT_ACCEPTABLE_HERE),
            (true, Some(_), Some(_)) => None,
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
        let is_both = way_of(&offer) == Some(Way::SendRecv);
        let stage = Stage::Asked {
            offer,
            contact,
            until: desk.now + ASKED_WITHIN,
        };
        let mut active = Active::new(id, peer, stage, Recovery::new(self.grace));
        active.call = Some(call);
        active.is_open_both_ways = is_both;
        self.active.push(active);
    }

    /// Nothing comes from anybody yet, and what goes to somebody goes to that one.
    fn has_room_for(&self, peer: &Peer) -> bool {
        self.active
            .iter()
            .all(|active| !active.has(Direction::In) && is_same(&active.peer, peer))
    }

    /// Accepts what we are asked.
    pub(in crate::phone) fn watch(&mut self, desk: &mut Desk<'_>) {
        let Some(active) = self.of(Direction::In) else {
            return;
        };
        active.stage = match std::mem::replace(&mut active.stage, Stage::Waiting) {
            Stage::Asked { offer, contact, .. } => {
                desk.effects.push_back(Effect::Answer {
                    share: active.id,
                    offer,
                });
                Stage::Answering { contact }
            }
            other => other,
        };
    }

    /// Nobody watches for a minute: whoever asked hears that we are not there, if they did not give up
    /// before.
    pub(super) fn asked_too_long(&mut self, desk: &mut Desk<'_>) {
        let now = desk.now;
        let Some(active) = self.take(|active| active.asked_until().is_some_and(|at| at <= now))
        else {
            return;
        };
        if let Some(call) = active.call {
            let reply = Reply::new(Status::TEMPORARILY_UNAVAILABLE);
            // A caller who has gone already needs no answer.
            let _ = desk.agent.reject(call, reply, now);
        }
        self.finish(active, Cause::NoAnswer, now);
    }

    /// Declines what we are asked.
    pub(in crate::phone) fn not_now(&mut self, desk: &mut Desk<'_>) {
        let Some(active) = self.take(|active| matches!(active.stage, Stage::Asked { .. })) else {
            return;
        };
        if let Some(call) = active.call {
            // A caller who has gone already needs no answer.
            let _ = desk
                .agent
                .reject(call, Reply::new(Status::DECLINE), desk.now);
        }
        self.over.push((active.id, Cause::EndedByMe));
        let past = Past {
            peer: active.peer,
            direction: Direction::In,
            outcome: Outcome::NotNow,
            at: None,
            ended: None,
            call: None,
        };
        self.past.push((active.id, past));
    }
}

/// How long the person is asked: the minute of R1.30, and a little more for the caller's CANCEL to
/// come first.
const ASKED_WITHIN: Duration = Duration::from_secs(63);
