//! What the sides of an answered call are offered and answered when something changes: RFC 3264 §8.

use media::rtp::session::Silence;
use sip::sdp::{Description, Direction};

use super::session::{Session, Terms};
use super::{Leg, step};
use crate::bridge::ims_leg::PlainPlan;
use crate::bridge::{Side, Step};
use crate::switch::Desk;
use crate::switch::offer::{self, PlainEnd, Reject};
use crate::switch::route::Access;

/// Whether an offer can be answered, and which direction the offerer takes.
pub(super) fn acceptable(
    sdp: &[u8],
    caller: &mut Leg,
    session: &mut Session,
    from: Side,
    desk: &Desk<'_>,
) -> Result<Direction, Reject> {
    let description = Description::parse(sdp)?;
    let video = offer::video(&description).ok_or(Reject::NoVideo)?;
    let wanted = offer::direction_of(&description, video);
    match leg_of(caller, session, from).access {
        Access::Browser => {
            if offer::web_codecs(&description).is_empty() {
                return Err(Reject::NoCommonCodec);
            }
        }
        Access::Plain => {
            let terms = session.terms(caller).ok_or(Reject::NoVideo)?.clone();
            let leg = leg_of(caller, session, from);
            plain_answer(leg, sdp, &terms, from, desk)?;
        }
    }
    Ok(wanted)
}

/// Our answer to a plain peer's offer, under a new version unless it is what the peer has, and
/// what the bridge is to know of the peer.
pub(super) fn plain_answer(
    leg: &Leg,
    sdp: &[u8],
    terms: &Terms,
    side: Side,
    desk: &Desk<'_>,
) -> Result<(Vec<u8>, PlainPlan), Reject> {
    let description = Description::parse(sdp)?;
    let told = Description::parse(&leg.told)?;
    let port = offer::video(&told).map(|video| video.port);
    let end = PlainEnd {
        address: desk.policy.media_address,
        rtp_port: port.ok_or(Reject::NoAddress)?,
        session_id: 0, // as the peer knows it, below
        max_bits_per_second: desk.policy.max_video_bits_per_second,
    };
    let other = terms.of_side(side.other());
    let (codec, _) = other.web.ok_or(Reject::NoCommonCodec)?;
    let video = offer::video(&description).ok_or(Reject::NoVideo)?;
    let peer = offer::direction_of(&description, video);
    let direction = answering(peer, other.direction);
    let (mut answer, mut plan) = offer::answer_plain(&description, end, codec, direction)?;
    answer.origin = told.origin.clone();
    let mut body = answer.to_bytes();
    if body != leg.told {
        answer.origin.version = told.origin.version.saturating_add(1);
        body = answer.to_bytes();
    }
    plan.silence = silence(peer, other.direction);
    Ok((body, plan))
}

/// Takes a plain peer's answer to our offer; one that does not fit it changes nothing.
pub(super) fn take_plain_answer(
    caller: &mut Leg,
    session: &mut Session,
    side: Side,
    (offer, sdp): (&[u8], Vec<u8>),
    desk: &mut Desk<'_>,
) {
    let read = Description::parse(offer).map_err(Reject::from);
    let agreement = match read.and_then(|offer| offer::read_plain_answer(&offer, &sdp)) {
        Ok(agreement) => agreement,
        Err(error) => return tracing::info!(?side, %error, "answer not taken"),
    };
    let bridge = session.bridge;
    let Some(terms) = session.terms(caller) else {
        return;
    };
    terms.set_direction(side, agreement.direction);
    let mut plan = agreement.plan;
    plan.silence = silence(agreement.direction, terms.of_side(side.other()).direction);
    let leg = leg_of(caller, session, side);
    (leg.sdp, leg.told) = (sdp, offer.to_vec());
    step(desk, bridge, Step::PlainConnect { side, plan });
}

/// Our own direction towards a peer, for the peer's and the far end's.
pub(super) fn answering(peer: Direction, far: Direction) -> Direction {
    match (
        far.sends() && peer.receives(),
        far.receives() && peer.sends(),
    ) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// A peer that is on hold, or that has nothing to send and to receive, may fall silent.
pub(super) fn silence(peer: Direction, far: Direction) -> Silence {
    let is_held = far.sends() && !peer.receives();
    match answering(peer, far) == Direction::Inactive || is_held {
        true => Silence::IsExpected,
        false => Silence::IsTheEnd,
    }
}

/// What a plain peer was told last, with another direction and then under the next version.
pub(super) fn redirected(told: &[u8], direction: Direction) -> Option<Description> {
    let mut description = Description::parse(told).ok()?;
    let index = description.media.iter().position(|media| {
        offer::video(&description).is_some_and(|video| std::ptr::eq(video, media))
    })?;
    let video = &mut description.media[index];
    if video.direction != Some(direction) {
        video.direction = Some(direction);
        description.origin.version = description.origin.version.saturating_add(1);
    }
    Some(description)
}

pub(super) fn direction_in(sdp: &[u8]) -> Direction {
    let description = Description::parse(sdp).ok();
    description
        .as_ref()
        .and_then(|answer| Some(offer::direction_of(answer, offer::video(answer)?)))
        .unwrap_or(Direction::Inactive)
}

pub(super) fn leg_of<'a>(caller: &'a mut Leg, session: &'a mut Session, side: Side) -> &'a mut Leg {
    match side {
        Side::Caller => caller,
        Side::Callee => &mut session.callee,
    }
}
