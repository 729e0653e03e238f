//! The gateway changes a share that stands: a re-INVITE or UPDATE with an offer, or a re-INVITE
//! that asks for ours (RFC 3261 §14.2, RFC 3311 §5.2, RFC 6337 §5.3 for hold); and our re-INVITE
//! with a new way for the pictures.

use sip::agent::{CallHandle, Reply, ServerRequestId};
use sip::message::{Body, Method, Request, Status};
use sip::sdp::{Description, Kind};

use super::Shares;
use super::active::Active;
use crate::phone::state::{Direction, Flow};
use crate::phone::{Desk, Effect};

/// A request of the gateway's that waits for the browser.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    id: ServerRequestId,
    /// What their offer makes of the pictures; without an offer they stay as they are.
    flow: Option<Flow>,
    /// The direction that their offer leaves of two.
    left: Option<Direction>,
}

impl Change {
    /// Their wish for both ways, which the person agreed to.
    pub(super) fn both(id: ServerRequestId) -> Self {
        Self {
            id,
            flow: Some(Flow::Running),
            left: None,
        }
    }
}

impl Shares {
    /// A re-INVITE or an UPDATE inside a call.
    pub(in crate::phone) fn changed_by_peer(
        &mut self,
        id: ServerRequestId,
        call: CallHandle,
        request: &Request,
        desk: &mut Desk<'_>,
    ) {
        let Some(active) = self.with_call(call) else {
            return desk.respond(id, Reply::new(Status::CALL_DOES_NOT_EXIST));
        };
        let busy = active.recovery.is_under_way() || active.is_asking_to_hear();
        if active.change.is_some() || active.answered.is_none() || busy {
            return desk.respond(id, Reply::new(Status::REQUEST_PENDING));
        }
        let share = active.id;
        if let Some(sdp) = request.content("application/sdp") {
            active.take_their_sound(&String::from_utf8_lossy(sdp));
        }
        match (request.content("application/sdp"), request.body.is_empty()) {
            (Some(sdp), _) if active.is_wished_by(&String::from_utf8_lossy(sdp)) => {
                let offer = String::from_utf8_lossy(sdp).into_owned();
                active.wished(id, offer, desk);
            }
            (Some(sdp), _) => {
                let offer = String::from_utf8_lossy(sdp).into_owned();
                let left = active.narrowed_by(&offer);
                let flow = match left {
                    // What is left goes on.
                    Some(_) => Some(Flow::Running),
                    None => flow_of(&offer, active.stage.direction()),
                };
                active.change = Some(Change { id, flow, left });
                desk.effects.push_back(Effect::AnswerAgain { share, offer });
            }
            (None, true) if request.method == Method::Invite => {
                let (flow, left) = (None, None);
                active.change = Some(Change { id, flow, left });
                desk.effects.push_back(Effect::OfferAgain { share });
            }
            // A sign of life (RFC 4028 §7.4).
            (None, true) => desk.respond(id, Reply::new(Status::OK)),
            (None, false) => desk.respond(id, Reply::new(Status::UNSUPPORTED_MEDIA_TYPE)),
        }
    }

    /// The answer to our offer in a 200 to their re-INVITE came with its ACK.
    pub(in crate::phone) fn confirmed(
        &mut self,
        call: CallHandle,
        body: Option<&Body>,
        desk: &mut Desk<'_>,
    ) {
        let (Some(active), Some(body)) = (self.with_call(call), body) else {
            return;
        };
        let answer = String::from_utf8_lossy(&body.bytes).into_owned();
        active.take_flow(&answer);
        let share = active.id;
        desk.effects.push_back(Effect::Apply { share, answer });
    }
}

impl Active {
    /// The browser has its description for what the gateway asked. Gives the direction that is left,
    /// if one of two was given up.
    pub(super) fn agree_to_change(
        &mut self,
        sdp: String,
        desk: &mut Desk<'_>,
    ) -> Option<Direction> {
        let change = self.change.take()?;
        self.flow = change.flow.unwrap_or(self.flow);
        self.answered_both(&sdp);
        let reply = Reply::new(Status::OK).with_body(Body::sdp(sdp));
        desk.respond(change.id, reply);
        change.left
    }

    /// The browser cannot do what the gateway asked; all stays as it was.
    pub(super) fn refuse_change(&mut self, desk: &mut Desk<'_>) {
        if let Some(change) = self.change.take() {
            self.refused_both();
            desk.respond(change.id, Reply::new(Status::NOT_ACCEPTABLE_HERE));
        }
    }

    /// What their answer makes of the pictures.
    pub(super) fn take_flow(&mut self, answer: &str) {
        self.flow = flow_of(answer, self.stage.direction()).unwrap_or(self.flow);
    }
}

/// Whether the other side lets pictures pass, as its description says. `None` where it cannot be
/// read, which the browser sees to.
fn flow_of(sdp: &str, direction: Direction) -> Option<Flow> {
    let description = Description::parse(sdp.as_bytes()).ok()?;
    let video = description
        .media
        .iter()
        .find(|media| media.kind == Kind::Video)?;
    let theirs = description.direction_of(video);
    let flows = match direction {
        Direction::Out => theirs.receives(),
        Direction::In => theirs.sends(),
    };
    Some(match flows && video.port != 0 {
        true => Flow::Running,
        false => Flow::PausedByThem,
    })
}
