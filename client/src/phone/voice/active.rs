//! One voice call on its way: the stages it goes through, and its clock.

use sip::agent::{CallHandle, Invite, Reply};
use sip::message::{Body, Header, NameAddr, Status};
use sip::time::{Duration, Instant};

use super::hold::{Change, Hold};
use super::wire::{Sound, VoiceAct, VoiceId};
use crate::phone::recovery::Recovery;
use crate::phone::state::{
    Direction, Held, MicrophoneProblem, Peer, Talk, TalkPhase, Voice, VoiceAsked,
};
use crate::phone::{Desk, Effect, Identity};

#[derive(Debug)]
pub(super) struct Active {
    pub(super) id: VoiceId,
    /// None until the INVITE is on its way.
    pub(super) call: Option<CallHandle>,
    pub(super) peer: Peer,
    pub(super) direction: Direction,
    pub(super) stage: Stage,
    /// When they accepted, or we did.
    pub(super) answered: Option<Instant>,
    /// As of the last tick.
    seconds: u64,
    pub(super) next_tick: Option<Instant>,
    pub(super) recovery: Recovery,
    pub(super) hold: Hold,
    pub(super) held_by_them: bool,
    /// What the other side wants changed, while the browser sees to it.
    pub(super) change: Option<Change>,
    pub(super) muted: bool,
    /// Why the microphone did not open for an answer, or that it has gone.
    pub(super) problem: Option<MicrophoneProblem>,
    pub(super) silenced: bool,
}

/// Where a voice call stands.
#[derive(Debug)]
pub(super) enum Stage {
    /// They call; this is their offer.
    Asked {
        offer: String,
        contact: NameAddr,
    },
    /// The browser opens the microphone, for this.
    Opening(Purpose),
    /// The browser makes an offer.
    Offering,
    Calling,
    Ringing,
    /// The browser makes an answer.
    Answering {
        contact: NameAddr,
    },
    Talking,
}

#[derive(Debug)]
pub(super) enum Purpose {
    Call,
    Answer {
        offer: String,
        contact: Box<NameAddr>,
    },
}

impl Active {
    pub(super) fn new(id: VoiceId, peer: Peer, direction: Direction, stage: Stage) -> Self {
        Self {
            id,
            call: None,
            peer,
            direction,
            stage,
            answered: None,
            seconds: 0,
            next_tick: None,
            recovery: Recovery::new(super::USUAL_GRACE),
            hold: Hold::new(),
            held_by_them: false,
            change: None,
            muted: false,
            problem: None,
            silenced: false,
        }
    }

    pub(super) fn act(&self, act: VoiceAct, desk: &mut Desk<'_>) {
        let call = self.id;
        desk.effects.push_back(Effect::Voice { call, act });
    }

    /// The microphone is open: on with what it was opened for.
    pub(super) fn microphone_opened(&mut self, desk: &mut Desk<'_>) {
        if self.problem.take().is_some() && matches!(self.stage, Stage::Talking) {
            self.act(VoiceAct::SendMicrophone, desk);
            if self.muted {
                self.act(VoiceAct::Mute, desk);
            }
        }
        self.stage = match std::mem::replace(&mut self.stage, Stage::Talking) {
            Stage::Opening(Purpose::Call) => {
                self.act(VoiceAct::Offer, desk);
                Stage::Offering
            }
            Stage::Opening(Purpose::Answer { offer, contact }) => {
                self.act(VoiceAct::Answer(offer), desk);
                Stage::Answering { contact: *contact }
            }
            other => other,
        };
    }

    /// The microphone is gone in mid call: any other does, as with a headset that is unplugged.
    pub(super) fn look_for_microphone(&self, desk: &mut Desk<'_>) {
        if self.problem.is_some() && matches!(self.stage, Stage::Talking) {
            self.act(VoiceAct::OpenMicrophone, desk);
        }
    }

    /// The browser's offer is ready: ask them.
    pub(super) fn invite(&mut self, offer: String, identity: Identity, desk: &mut Desk<'_>) {
        let (Stage::Offering, Some(uri)) = (&self.stage, self.peer.uri()) else {
            return;
        };
        self.call = Some(desk.agent.invite(
            Invite {
                hop: identity.hop,
                uri: uri.clone(),
                from: identity.from,
                to: NameAddr::new(uri),
                contact: identity.contact,
                route: Vec::new(),
                max_forwards: None,
                headers: vec![Header::fixed("Accept", "application/sdp")],
                body: Some(Body::sdp(offer)),
                credentials: Some(identity.credentials),
                answer_within: ANSWER_WITHIN,
            },
            desk.now,
        ));
        self.stage = Stage::Calling;
    }

    /// The browser's answer is ready: tell them. False when the caller has gone.
    pub(super) fn accept(&mut self, answer: String, desk: &mut Desk<'_>) -> bool {
        let (Stage::Answering { contact }, Some(call)) = (&self.stage, self.call) else {
            return false;
        };
        let reply = Reply::new(Status::OK)
            .with_contact(contact.clone())
            .with_body(Body::sdp(answer));
        // A caller who has gone is told as the end of the call.
        let accepted = desk.agent.accept(call, reply, desk.now).is_ok();
        if accepted {
            self.start_clock(desk.now);
        }
        accepted
    }

    pub(super) fn start_clock(&mut self, now: Instant) {
        self.stage = Stage::Talking;
        self.answered = Some(now);
        self.next_tick = Some(now + TICK);
    }

    pub(super) fn tick(&mut self, now: Instant) {
        if let (Some(answered), Some(next)) = (self.answered, self.next_tick)
            && now >= next
        {
            // Kept in step with the answer, however late this is.
            self.seconds = (now - answered).as_secs();
            self.next_tick = Some(answered + Duration::from_secs(self.seconds + 1));
        }
    }

    pub(super) fn held(&self) -> Held {
        Held {
            by_me: self.hold.wanted() == Sound::OnHold,
            by_them: self.held_by_them,
        }
    }

    pub(super) fn show(&self) -> Voice {
        let phase = match &self.stage {
            Stage::Asked { .. } => {
                return Voice::Asked(VoiceAsked {
                    peer: self.peer.clone(),
                    problem: self.problem,
                });
            }
            Stage::Opening(_) => TalkPhase::Opening,
            Stage::Offering | Stage::Calling | Stage::Answering { .. } => TalkPhase::Calling,
            Stage::Ringing => TalkPhase::Ringing,
            Stage::Talking => TalkPhase::Connected,
        };
        Voice::Up(Talk {
            peer: self.peer.clone(),
            phase,
            seconds: self.seconds,
            link: self.recovery.show(),
            muted: self.muted,
            held: self.held(),
            microphone_gone: self.problem.is_some(),
            silenced: self.silenced,
        })
    }
}

/// How long the other phone may ring.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// The clock that a person reads.
const TICK: Duration = Duration::from_secs(1);
