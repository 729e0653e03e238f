//! One share on its way: the stages it goes through, its clock and its figures.

use sip::agent::{CallHandle, Invite, Reply};
use sip::message::{Body, Header, NameAddr, Status};
use sip::time::{Duration, Instant};

use super::change::Change;
use super::moving::Moving;
use super::sound::Sound;
use super::two_ways::Other;
use super::{Sample, ShareId};
use crate::phone::quality::Meter;
use crate::phone::recording::message::taken;
use crate::phone::recovery::Recovery;
use crate::phone::state::{
    Direction, Flow, No, Peer, SendPhase, Sending, Share, WatchPhase, Watching,
};
use crate::phone::{Desk, Effect, Identity};

#[derive(Debug)]
pub(super) struct Active {
    pub(super) id: ShareId,
    /// None until the INVITE is on its way.
    pub(super) call: Option<CallHandle>,
    pub(super) peer: Peer,
    pub(super) stage: Stage,
    /// When they accepted, or we did.
    pub(super) answered: Option<Instant>,
    /// As of the last tick.
    seconds: u64,
    pub(super) next_tick: Option<Instant>,
    pub(super) meter: Meter,
    /// Pictures counted so far.
    frames: Option<u64>,
    /// Samples in a row without a new picture.
    still: u32,
    pub(super) recovery: Recovery,
    pub(super) flow: Flow,
    /// The call that it is about to go on in.
    pub(super) moving: Option<Moving>,
    /// Somebody else has taken the place of whoever it began with.
    pub(super) moved: bool,
    /// What the gateway wants changed, while the browser sees to it.
    pub(super) change: Option<Change>,
    /// The other direction, over the same connection.
    pub(super) other: Other,
    pub(super) sound: Sound,
    /// They let us hear them.
    pub(super) hears: bool,
    /// Their first description let pictures go both ways: a later one that does is no new wish.
    pub(super) is_open_both_ways: bool,
    /// Until then it is known that we want the other direction.
    pub(super) wanted_until: Option<Instant>,
    /// What came of it.
    pub(super) told: Option<No>,
}

/// Where a share stands.
#[derive(Debug)]
pub(super) enum Stage {
    /// The browser makes an offer.
    Offering,
    Calling,
    Ringing,
    Showing,
    /// They ask; this is their offer.
    Asked {
        offer: String,
        contact: NameAddr,
        /// We are asked no longer than this, whatever they do.
        until: Instant,
    },
    /// The browser makes an answer.
    Answering {
        contact: NameAddr,
    },
    /// Accepted, no picture yet.
    Waiting,
    Watching,
    Frozen,
}

impl Stage {
    pub(super) fn direction(&self) -> Direction {
        match self {
            Self::Offering | Self::Calling | Self::Ringing | Self::Showing => Direction::Out,
            Self::Asked { .. }
            | Self::Answering { .. }
            | Self::Waiting
            | Self::Watching
            | Self::Frozen => Direction::In,
        }
    }
}

impl Active {
    pub(super) fn new(id: ShareId, peer: Peer, stage: Stage, recovery: Recovery) -> Self {
        Self {
            id,
            call: None,
            peer,
            stage,
            answered: None,
            seconds: 0,
            next_tick: None,
            meter: Meter::default(),
            frames: None,
            still: 0,
            recovery,
            flow: Flow::Running,
            moving: None,
            moved: false,
            change: None,
            other: Other::Off,
            sound: Sound::Off,
            hears: false,
            is_open_both_ways: false,
            wanted_until: None,
            told: None,
        }
    }

    /// The browser's offer is ready: ask them.
    pub(super) fn invite(&mut self, offer: String, identity: Identity, desk: &mut Desk<'_>) {
        let (Stage::Offering, Some(uri)) = (&self.stage, self.peer.uri()) else {
            return;
        };
        let toward = identity.toward;
        let uri = toward.address.unwrap_or(uri);
        let accept = Header::fixed("Accept", "application/sdp");
        // The last says that others may be asked to watch later (RFC 5366).
        let supported = Header::fixed("Supported", "timer, replaces, recipient-list-invite");
        self.call = Some(
            desk.agent.invite(
                Invite {
                    hop: identity.hop,
                    uri: uri.clone(),
                    from: identity.from,
                    to: NameAddr::new(uri),
                    contact: identity.contact,
                    route: Vec::new(),
                    max_forwards: None,
                    headers: toward
                        .accept_contact
                        .into_iter()
                        .chain([accept, supported, taken()])
                        .collect(),
                    body: Some(Body::sdp(offer)),
                    credentials: Some(identity.credentials),
                    answer_within: ANSWER_WITHIN,
                },
                desk.now,
            ),
        );
        self.stage = Stage::Calling;
    }

    /// The browser's answer is ready: tell them.
    pub(super) fn accept(&mut self, answer: String, desk: &mut Desk<'_>) {
        let (Stage::Answering { contact }, Some(call)) = (&self.stage, self.call) else {
            return;
        };
        let reply = Reply::new(Status::OK)
            .with_contact(contact.clone())
            .with_header(taken())
            .with_body(Body::sdp(answer));
        // A caller who has gone is told as the end of the call.
        if desk.agent.accept(call, reply, desk.now).is_ok() {
            self.stage = Stage::Waiting;
            self.start_clock(desk.now);
        }
    }

    pub(super) fn start_clock(&mut self, now: Instant) {
        self.answered = Some(now);
        self.next_tick = Some(now + TICK);
    }

    pub(super) fn tick(&mut self, desk: &mut Desk<'_>) {
        let (Some(answered), Some(next)) = (self.answered, self.next_tick) else {
            return;
        };
        if desk.now < next {
            return;
        }
        // Kept in step with the answer, however late this is.
        self.seconds = (desk.now - answered).as_secs();
        self.next_tick = Some(answered + Duration::from_secs(self.seconds + 1));
        desk.effects.push_back(Effect::ReadStats { share: self.id });
    }

    pub(super) fn asked_until(&self) -> Option<Instant> {
        match self.stage {
            Stage::Asked { until, .. } => Some(until),
            Stage::Offering
            | Stage::Calling
            | Stage::Ringing
            | Stage::Showing
            | Stage::Answering { .. }
            | Stage::Waiting
            | Stage::Watching
            | Stage::Frozen => None,
        }
    }

    pub(super) fn seconds(&self) -> u64 {
        self.seconds
    }

    pub(super) fn measured(&mut self, sample: Sample) {
        let is_ours = sample.is_sent == (self.stage.direction() == Direction::Out);
        if self.back_measured(&sample) || !is_ours {
            return;
        }
        let before = self.frames.replace(sample.frames);
        let moved = before.is_none_or(|before| sample.frames > before);
        self.still = if moved { 0 } else { self.still + 1 };
        self.stage = match std::mem::replace(&mut self.stage, Stage::Waiting) {
            Stage::Waiting if sample.frames > 0 => Stage::Watching,
            Stage::Watching if self.still >= FROZEN_AFTER_SAMPLES => Stage::Frozen,
            Stage::Frozen if self.still == 0 => Stage::Watching,
            other => other,
        };
        self.meter.take(sample);
    }

    /// The page shows a picture of that size.
    pub(super) fn picture_seen(&mut self, width: u32, height: u32) {
        if self.back_seen() {
            return;
        }
        if matches!(self.stage, Stage::Waiting) {
            self.stage = Stage::Watching;
        }
        if self.stage.direction() == Direction::In {
            self.meter.seen(width, height);
        }
    }

    /// Whether one's own pictures are part of it.
    pub(super) fn sends(&self) -> bool {
        self.has(Direction::Out)
    }

    /// Whether theirs are part of it, as opposed to being offered.
    pub(super) fn is_watched(&self) -> bool {
        if self.is_both() {
            return true;
        }
        match self.stage {
            Stage::Answering { .. } | Stage::Waiting | Stage::Watching | Stage::Frozen => true,
            Stage::Offering
            | Stage::Calling
            | Stage::Ringing
            | Stage::Showing
            | Stage::Asked { .. } => false,
        }
    }

    /// Other pictures have other figures.
    pub(super) fn forget_figures(&mut self) {
        (self.meter, self.frames, self.still) = (Meter::default(), None, 0);
    }

    pub(super) fn show(&self) -> Share {
        let sending = |phase| {
            Share::Sending(Sending {
                peer: self.peer.clone(),
                phase,
                seconds: self.seconds,
                quality: self.meter.show(),
                link: self.recovery.show(),
                flow: self.flow,
                moved: self.moved,
            })
        };
        let watching = |phase| {
            Share::Watching(Watching {
                peer: self.peer.clone(),
                phase,
                seconds: self.seconds,
                quality: self.meter.show(),
                link: self.recovery.show(),
                flow: self.flow,
                moved: self.moved,
            })
        };
        match self.stage {
            Stage::Offering | Stage::Calling => sending(SendPhase::Calling),
            Stage::Ringing => sending(SendPhase::Ringing),
            Stage::Showing => sending(SendPhase::Live),
            Stage::Asked { .. } => Share::Asked(self.peer.clone()),
            Stage::Answering { .. } | Stage::Waiting => watching(WatchPhase::Waiting),
            Stage::Watching => watching(WatchPhase::Live),
            Stage::Frozen => watching(WatchPhase::Frozen),
        }
    }
}

/// How long the other phone may ring, as the handsets of the time had it.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// The clock that a person reads, and the figures.
const TICK: Duration = Duration::from_secs(1);
/// After so many samples without a new picture it is said.
const FROZEN_AFTER_SAMPLES: u32 = 2;
