//! R2.5: sound beside the pictures of a share. One's own microphone goes by a line of its own, which a
//! re-INVITE adds (RFC 3264 §8.1); the other side is told, and opens no microphone for it.

use sip::agent::RequestId;
use sip::message::{Body, Method, Response};
use sip::sdp::{Description, Kind};

use super::Shares;
use super::active::{Active, Stage};
use crate::phone::state::{MicrophoneProblem, OurSound, ShareSound};
use crate::phone::{Desk, Effect};

/// One's own sound beside a share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sound {
    #[default]
    Off,
    /// The browser opens the microphone and makes an offer.
    Offering,
    Asked(RequestId),
    On,
    TheyCannot,
    NoMicrophone(MicrophoneProblem),
}

impl Sound {
    fn is_under_way(self) -> bool {
        match self {
            Self::Offering | Self::Asked(_) => true,
            Self::Off | Self::On | Self::TheyCannot | Self::NoMicrophone(_) => false,
        }
    }

    fn show(self) -> OurSound {
        match self {
            Self::Off => OurSound::Off,
            Self::Offering | Self::Asked(_) => OurSound::Asking,
            Self::On => OurSound::On,
            Self::TheyCannot => OurSound::TheyCannot,
            Self::NoMicrophone(problem) => OurSound::NoMicrophone(problem),
        }
    }
}

impl Shares {
    /// Lets whoever sees our pictures hear us too.
    pub(in crate::phone) fn speak(&mut self, desk: &mut Desk<'_>) {
        let ready = |active: &&mut Active| {
            matches!(active.stage, Stage::Showing)
                && !matches!(active.sound, Sound::On)
                && !active.sound.is_under_way()
                && active.change.is_none()
                && !active.recovery.is_under_way()
                && !active.recovery.is_cut_off()
        };
        if let Some(active) = self.active.iter_mut().find(ready) {
            active.sound = Sound::Offering;
            let share = active.id;
            desk.effects.push_back(Effect::Speak { share });
        }
    }

    /// They hear us no more, at once: the line stays, and nothing is on it.
    pub(in crate::phone) fn fall_silent(&mut self, desk: &mut Desk<'_>) {
        for active in &mut self.active {
            if active.sound != Sound::Off {
                active.silence(desk);
            }
        }
    }

    pub(in crate::phone) fn show_sound(&self) -> ShareSound {
        let ours = self.active.iter().map(|active| active.sound);
        ShareSound {
            ours: ours
                .max_by_key(|sound| *sound != Sound::Off)
                .unwrap_or_default()
                .show(),
            theirs: self.active.iter().any(|active| active.hears),
        }
    }
}

impl Active {
    /// The microphone is closed, whatever was under way with it.
    pub(super) fn silence(&mut self, desk: &mut Desk<'_>) {
        if std::mem::take(&mut self.sound) != Sound::Off {
            let share = self.id;
            desk.effects.push_back(Effect::Silence { share });
        }
    }

    /// The browser has an offer with our sound: tell the gateway.
    pub(super) fn sound_offered(&mut self, offer: String, desk: &mut Desk<'_>) {
        if let (Sound::Offering, Some(call)) = (self.sound, self.call) {
            let body = Some(Body::sdp(offer));
            let id = desk
                .agent
                .request_in_call(call, Method::Invite, Vec::new(), body, desk.now);
            self.sound = Sound::Asked(id);
        }
    }

    /// The browser has no microphone, or can make no offer with it.
    pub(super) fn sound_failed(&mut self, problem: Option<MicrophoneProblem>, desk: &mut Desk<'_>) {
        if self.sound == Sound::Offering {
            self.silence(desk);
            self.sound = match problem {
                Some(problem) => Sound::NoMicrophone(problem),
                None => Sound::TheyCannot,
            };
        }
    }

    pub(super) fn is_asking_to_hear(&self) -> bool {
        self.sound.is_under_way()
    }

    pub(super) fn asked_to_hear_by(&self, id: RequestId) -> bool {
        self.sound == Sound::Asked(id)
    }

    /// What the gateway says to our sound; `None` when it says nothing.
    pub(super) fn sound_answered(&mut self, said: Option<&Response>, desk: &mut Desk<'_>) {
        let answer = said
            .filter(|said| said.status.is_success())
            .and_then(|said| said.content("application/sdp"))
            .map(|sdp| String::from_utf8_lossy(sdp).into_owned());
        let taken = answer.as_deref().is_some_and(has_sound);
        let share = self.id;
        if let Some(answer) = answer {
            self.take_flow(&answer);
            desk.effects.push_back(Effect::Apply { share, answer });
        }
        if taken {
            self.sound = Sound::On;
        } else {
            self.silence(desk);
            self.sound = Sound::TheyCannot;
        }
    }

    /// Whether their description lets us hear them.
    pub(super) fn take_their_sound(&mut self, sdp: &str) {
        let description = Description::parse(sdp.as_bytes()).ok();
        self.hears = description.is_some_and(|said| {
            let mut lines = said.media.iter();
            let audio = lines.find(|media| media.kind == Kind::Audio && media.port != 0);
            audio.is_some_and(|audio| said.direction_of(audio).sends())
        });
    }
}

fn has_sound(answer: &str) -> bool {
    let description = Description::parse(answer.as_bytes()).ok();
    description.is_some_and(|said| {
        let mut lines = said.media.iter();
        lines.any(|media| media.kind == Kind::Audio && media.port != 0)
    })
}
