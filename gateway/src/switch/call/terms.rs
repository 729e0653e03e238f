//! What the sides of an answered call are offered and answered when something changes: RFC 3264 §8.

use media::rtp::session::Silence;
use sip::sdp::{Description, Direction, Media};

use super::session::{Session, Terms};
use super::{Leg, step};
use crate::bridge::audio_format::AudioPlan;
use crate::bridge::ims_leg::PlainPlan;
use crate::bridge::web_leg::Directions;
use crate::bridge::{BridgeId, Side, Step};
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
    let has_video = session.terms(caller).is_none_or(|terms| terms.has_video);
    let line = main_line(&description, has_video).ok_or(Reject::NoVideo)?;
    let wanted = offer::direction_of(&description, line);
    match leg_of(caller, session, from).access {
        Access::Browser => {
            if has_video && offer::web_codecs(&description).is_empty() {
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
) -> Result<(Vec<u8>, Plans), Reject> {
    let mut description = Description::parse(sdp)?;
    if let Some(address) = &leg.address {
        desk.peers.complete(address, &mut description);
    }
    let told = Description::parse(&leg.told)?;
    let port = main_line(&told, terms.has_video).map(|line| line.port);
    let end = PlainEnd {
        address: desk.policy.media_address,
        rtp_port: port.ok_or(Reject::NoAddress)?,
        session_id: 0, // as the peer knows it, below
        max_bits_per_second: desk.policy.max_video_bits_per_second,
    };
    let other = terms.of_side(side.other());
    let line = main_line(&description, terms.has_video).ok_or(Reject::NoVideo)?;
    let peer = offer::direction_of(&description, line);
    let direction = answering(peer, other.direction);
    let mut plans = Plans::default();
    let mut answer = if terms.has_video {
        let (codec, _) = other.web.ok_or(Reject::NoCommonCodec)?;
        let (answer, mut plan) = offer::answer_plain(&description, end, codec, direction)?;
        plan.silence = silence(peer, other.direction);
        plans.video = Some(plan);
        answer
    } else {
        offer::refusing_answer(&description, end)
    };
    // The port of audio is where it was; who was never told of one has none.
    let port = offer::audio(&told).map(|line| line.port);
    let port = port.or(terms.of_side(side).audio_port);
    if let (Some(port), Some(codec)) = (port, terms.web_audio_beyond(side)) {
        let said = offer::audio(&description).map(|line| offer::direction_of(&description, line));
        let far = other.audio.map_or(Direction::Inactive, |far| far.direction);
        let direction = answering(said.unwrap_or(Direction::Inactive), far);
        plans.audio = offer::answer_audio(&description, &mut answer, port, codec, direction);
        if let (false, Some(plan)) = (terms.has_video, &mut plans.audio) {
            plan.silence = silence(peer, other.direction);
        }
    }
    if plans.video.is_none() && plans.audio.is_none() {
        return Err(Reject::NoCommonCodec);
    }
    answer.origin = told.origin.clone();
    let mut body = answer.to_bytes();
    if body != leg.told {
        answer.origin.version = told.origin.version.saturating_add(1);
        body = answer.to_bytes();
    }
    Ok((body, plans))
}

/// The line that a call's directions are about: that of its video, or the audio of a voice call.
fn main_line(description: &Description, has_video: bool) -> Option<&Media> {
    match has_video {
        true => offer::video(description),
        false => offer::audio(description),
    }
}

/// What the bridge is to know of a plain peer, line by line.
#[derive(Default)]
pub(super) struct Plans {
    pub(super) video: Option<PlainPlan>,
    pub(super) audio: Option<AudioPlan>,
}

impl Plans {
    pub(super) fn connect(self, desk: &mut Desk<'_>, bridge: BridgeId, side: Side) {
        if let Some(plan) = self.video {
            step(desk, bridge, Step::PlainConnect { side, plan });
        }
        if let Some(plan) = self.audio {
            step(desk, bridge, Step::PlainAudio { side, plan });
        }
    }
}

/// Takes a plain peer's answer to our offer; one that does not fit it changes nothing.
pub(super) fn take_plain_answer(
    caller: &mut Leg,
    session: &mut Session,
    side: Side,
    (offer, sdp): (&[u8], Vec<u8>),
    desk: &mut Desk<'_>,
) {
    let ours = match Description::parse(offer).map_err(Reject::from) {
        Ok(ours) => ours,
        Err(error) => return tracing::info!(?side, %error, "answer not taken"),
    };
    let bridge = session.bridge;
    let address = leg_of(caller, session, side).address.as_ref();
    let said = address.map(|address| desk.peers.completed(address, &sdp).into_owned());
    let Some(terms) = session.terms(caller) else {
        return;
    };
    let far = terms.of_side(side.other()).direction;
    let mut plans = Plans::default();
    let spoken = offer::read_audio_answer(&ours, &sdp);
    if terms.has_video {
        let said = said.as_ref().unwrap_or(&sdp);
        let agreement = match offer::read_plain_answer(&ours, said) {
            Ok(agreement) => agreement,
            Err(error) => return tracing::info!(?side, %error, "answer not taken"),
        };
        terms.set_direction(side, agreement.direction);
        let mut plan = agreement.plan;
        plan.silence = silence(agreement.direction, far);
        plans.video = Some(plan);
        terms.note_audio(side, &sdp);
    } else if let Some(spoken) = &spoken {
        terms.set_direction(side, spoken.direction);
    } else {
        return tracing::info!(?side, "answer not taken: it has no audio");
    }
    let is_voice = !terms.has_video;
    plans.audio = spoken
        .filter(|_| terms.of_side(side).audio.is_some())
        .map(|spoken| AudioPlan {
            silence: match is_voice {
                true => silence(spoken.direction, far),
                false => spoken.plan.silence,
            },
            ..spoken.plan
        });
    let leg = leg_of(caller, session, side);
    (leg.sdp, leg.told) = (sdp, offer.to_vec());
    plans.connect(desk, bridge, side);
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

/// What a plain peer was told last, with other directions and then under the next version.
pub(super) fn redirected(told: &[u8], directions: Directions) -> Option<Description> {
    let mut description = Description::parse(told).ok()?;
    let position = |line: Option<&Media>| {
        let mut lines = description.media.iter();
        line.and_then(|line| lines.position(|media| std::ptr::eq(line, media)))
    };
    let video = position(offer::video(&description)).zip(directions.video);
    let audio = position(offer::audio(&description)).zip(directions.audio);
    if video.is_none() && audio.is_none() {
        return None;
    }
    let mut is_changed = false;
    for (index, direction) in [video, audio].into_iter().flatten() {
        let line = &mut description.media[index];
        is_changed |= line.direction != Some(direction);
        line.direction = Some(direction);
    }
    if is_changed {
        description.origin.version = description.origin.version.saturating_add(1);
    }
    Some(description)
}

pub(super) fn direction_in(sdp: &[u8]) -> Direction {
    let description = Description::parse(sdp).ok();
    description
        .as_ref()
        .and_then(|answer| {
            let line = offer::video(answer).or_else(|| offer::audio(answer))?;
            Some(offer::direction_of(answer, line))
        })
        .unwrap_or(Direction::Inactive)
}

pub(super) fn leg_of<'a>(caller: &'a mut Leg, session: &'a mut Session, side: Side) -> &'a mut Leg {
    match side {
        Side::Caller => caller,
        Side::Callee => &mut session.callee,
    }
}
