//! RFC 3891 §3, RFC 5589 §7: somebody else takes the place of the one at the other end. The share goes
//! on in a new call, over a connection of its own; the old one goes when the new one stands.

use sip::agent::{CallHandle, Reply};
use sip::message::{Body, NameAddr, Reason, Request, Status};

use super::active::{Active, Stage};
use super::two_ways::{Other, other_than};
use super::{ShareId, Shares};
use crate::phone::recording::message::taken;
use crate::phone::recovery::Recovery;
use crate::phone::state::{Cause, Direction, Peer};
use crate::phone::{Desk, Effect, Identity, PeerEvent};

/// The call that a share moves to, while the browser makes its answer.
#[derive(Debug)]
pub(super) struct Moving {
    pub(super) id: ShareId,
    pub(super) call: CallHandle,
    peer: Peer,
    contact: NameAddr,
}

impl Shares {
    /// An INVITE that is to take the place of `old`. Nobody is asked: who shows goes on showing, who
    /// watches goes on watching.
    pub(in crate::phone) fn replaced(
        &mut self,
        (new, old): (CallHandle, CallHandle),
        request: &Request,
        peer: Peer,
        identity: Option<Identity>,
        desk: &mut Desk<'_>,
    ) {
        let id = self.next_id();
        let offer = request
            .content("application/sdp")
            .map(|sdp| String::from_utf8_lossy(sdp).into_owned());
        let refusal = match (self.with_call(old), identity, offer) {
            (None, _, _) => Status::CALL_DOES_NOT_EXIST,
            (Some(active), _, _) if active.answered.is_none() || active.moving.is_some() => {
                Status::REQUEST_PENDING
            }
            (Some(_), None, _) => Status::TEMPORARILY_UNAVAILABLE,
            (Some(_), Some(_), None) => Status::NOT_ACCEPTABLE_HERE,
            (Some(active), Some(identity), Some(offer)) => {
                active.moving = Some(Moving {
                    id,
                    call: new,
                    peer,
                    contact: identity.contact,
                });
                desk.effects.push_back(match active.stage.direction() {
                    Direction::Out => Effect::AnswerShowing { share: id, offer },
                    Direction::In => Effect::Answer { share: id, offer },
                });
                return;
            }
        };
        // A caller who has gone already needs no answer.
        let _ = desk.agent.reject(new, Reply::new(refusal), desk.now);
    }

    /// What the browser says of the connection that a share moves to. False when it is of another.
    pub(super) fn moving_said(
        &mut self,
        share: ShareId,
        event: &PeerEvent,
        identity: Option<&Identity>,
        desk: &mut Desk<'_>,
    ) -> bool {
        let grace = self.grace;
        let found = self.active.iter_mut().find_map(|active| {
            let moving = active.moving.take_if(|moving| moving.id == share)?;
            Some((active, moving))
        });
        let Some((active, moving)) = found else {
            return false;
        };
        match event {
            PeerEvent::Answer(sdp) => {
                if let Some(identity) = identity {
                    let credentials = identity.credentials.clone();
                    desk.agent.set_credentials(moving.call, credentials);
                }
                let reply = Reply::new(Status::OK)
                    .with_contact(moving.contact.clone())
                    .with_header(taken())
                    .with_body(Body::sdp(sdp.clone()));
                // Who was to take the place is gone: all stays as it is.
                if desk.agent.accept(moving.call, reply, desk.now).is_err() {
                    desk.effects.push_back(Effect::ClosePeer { share });
                    return true;
                }
                let direction = active.stage.direction();
                let was_both = active.is_both();
                let left = active.move_to(moving, Recovery::new(grace), desk);
                if was_both {
                    // Whoever takes the place was not asked for both ways.
                    let gone = other_than(direction);
                    self.finish_part(share, gone, Cause::EndedByThem, desk.now);
                }
                self.close_later(left, desk);
            }
            PeerEvent::Failed => {
                active.moving = Some(moving);
                let share = active.id;
                self.stay(share, desk);
            }
            // The answer comes first.
            PeerEvent::Offer(_)
            | PeerEvent::Redirected(_)
            | PeerEvent::SoundOffered(_)
            | PeerEvent::SoundFailed(_)
            | PeerEvent::RedirectFailed
            | PeerEvent::ChangeReady(_)
            | PeerEvent::ChangeFailed
            | PeerEvent::Restarted(_)
            | PeerEvent::RestartFailed
            | PeerEvent::Applied
            | PeerEvent::NotApplied
            | PeerEvent::Track
            | PeerEvent::Connected
            | PeerEvent::Silent
            | PeerEvent::Measured(_) => active.moving = Some(moving),
        }
        true
    }
}

impl Active {
    /// Goes on in the new call; gives the connection that is left.
    fn move_to(&mut self, moving: Moving, recovery: Recovery, desk: &mut Desk<'_>) -> ShareId {
        self.silence(desk);
        self.hears = false;
        let left = std::mem::replace(&mut self.id, moving.id);
        if let Some(old) = self.call.replace(moving.call) {
            let reason = Reason::sip(Status::OK, "Call replaced");
            desk.agent.hang_up(old, Some(reason), desk.now);
        }
        self.peer = moving.peer;
        self.recovery = recovery;
        self.begin_anew();
        left
    }

    /// Nothing comes of the move.
    pub(super) fn stay(&mut self, desk: &mut Desk<'_>) {
        if let Some(moving) = self.moving.take() {
            let share = moving.id;
            desk.effects.push_back(Effect::ClosePeer { share });
            // A caller who has gone already needs no answer.
            let reply = Reply::new(Status::NOT_ACCEPTABLE_HERE);
            let _ = desk.agent.reject(moving.call, reply, desk.now);
        }
    }

    /// The pictures are others from here on; the clock goes on.
    fn begin_anew(&mut self) {
        self.moved = true;
        self.change = None;
        (self.other, self.wanted_until, self.told) = (Other::Off, None, None);
        self.forget_figures();
        if self.stage.direction() == Direction::In {
            self.stage = Stage::Waiting;
        }
    }
}

impl Shares {
    /// Nothing comes of the move; if the old call has ended meanwhile, the share is over.
    pub(super) fn stay(&mut self, share: ShareId, desk: &mut Desk<'_>) {
        let Some(active) = self.with_id(share) else {
            return;
        };
        active.stay(desk);
        if active.call.is_none() {
            self.end_now(share, Cause::EndedByThem, None, desk);
        }
    }
}
