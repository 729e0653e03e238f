//! What a person does about their own side of what goes on.

use sip::time::Instant;

use super::recording::{OnAir, RecordingEvent};
use super::state::{Direction, OwnCommand, Peer, RecordingCommand, Share};
use super::{Effect, Phone, desk};

impl Phone {
    pub(super) fn own(&mut self, command: OwnCommand, now: Instant) {
        let sends = self.shares.sends();
        let desk = desk(&mut self.agent, &mut self.effects, now);
        match command {
            OwnCommand::UseCamera(id) => self.slot.use_camera(id, desk.effects),
            OwnCommand::Light(on) => self.slot.light(on, desk.effects),
            OwnCommand::Zoom(to) => self.slot.zoom(to, desk.effects),
            // What nobody sees needs no pause.
            OwnCommand::Pause if sends => self.slot.pause(desk.effects),
            OwnCommand::Pause => {}
            OwnCommand::GoOn => self.slot.go_on(desk.effects),
            OwnCommand::Mute(on) => self.slot.mute(on),
            OwnCommand::KeepPicture => self.keep_picture(),
        }
    }

    fn keep_picture(&mut self) {
        let (of, peer) = match self.shown_large() {
            Some((of, peer)) => (of, Some(peer)),
            None if self.slot.is_open() => (Direction::Out, None),
            None => return,
        };
        let who = peer.and_then(|peer| peer.called()).unwrap_or_default();
        self.effects.push_back(Effect::KeepPicture { of, who });
    }

    /// Whose pictures the page shows large: ours, or theirs.
    pub(super) fn shown_large(&self) -> Option<(Direction, Peer)> {
        match self.shares.show_state().0 {
            Share::Sending(sending) => Some((Direction::Out, sending.peer)),
            Share::Watching(watching) => Some((Direction::In, watching.peer)),
            Share::None | Share::Asked(_) | Share::Ended(_) => None,
        }
    }

    /// The browser lets the microphone beside shares be heard, or not: also one that it opens later.
    pub(super) fn hear_or_not(&mut self) {
        let hushed = self.slot.is_silent();
        if std::mem::replace(&mut self.hushed, hushed) != hushed {
            self.effects.push_back(Effect::Hear(!hushed));
        }
    }

    pub(super) fn record(&mut self, command: RecordingCommand, now: Instant) {
        let on_air = self.on_air();
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.recorder.command(command, &on_air, desk);
    }

    pub(super) fn recording_said(&mut self, event: RecordingEvent, now: Instant) {
        let on_air = self.on_air();
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.recorder.heard(event, &on_air, desk);
    }

    /// Whatever happened, nobody is recorded who does not know.
    pub(super) fn go_on_recording(&mut self, now: Instant) {
        let on_air = self.on_air();
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.recorder.go_on(&on_air, desk);
    }

    fn on_air(&self) -> OnAir {
        let (calls, ways) = self.shares.on_air();
        let large = self.shown_large().filter(|(of, _)| ways.contains(of));
        OnAir {
            calls,
            ways,
            large: large.map(|(of, peer)| (of, peer.called().unwrap_or_default())),
            watching: self.audience.show(&self.contacts).watching(),
        }
    }
}
