//! The sound of a call: which relays there are, and what they put out moved to the legs.

use std::time::Instant;

use super::audio_format::AudioStream;
use super::audio_relay::{AudioRelay, AudioRelayOutput, Sound, SoundKind};
use super::leg::Leg;
use super::relay::End;
use super::timeline::Timeline;
use super::{Bridge, Flows, InPool, Medium, Output, SIDES, Side, TranscodeJob, Transcoded};

/// What carries a call's sound.
#[derive(Default)]
pub(super) struct Sounds {
    /// By the side that speaks.
    relays: [Option<AudioRelay>; 2],
    /// By the side that speaks.
    in_pool: [InPool; 2],
    /// By the side that listens.
    timelines: [Timeline; 2],
}

impl Sounds {
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let relays = self.relays.iter().flatten();
        relays.filter_map(AudioRelay::poll_timeout).min()
    }
}

impl Bridge {
    pub(super) fn start_sound(&mut self, flows: Flows) {
        for from in SIDES {
            let source = self.legs[from.index()].as_ref().and_then(Leg::speaks);
            let listener = self.legs[from.other().index()].as_ref();
            let target = listener.and_then(Leg::listens);
            let (true, Some(source), Some(target)) = (flows.includes(from), source, target) else {
                self.stop_sound(from);
                continue;
            };
            let stands = self.sound.relays[from.index()].as_ref();
            if !stands.is_some_and(|relay| relay.connects(&source, &target)) {
                self.start_sound_relay(from, source, target);
            }
        }
    }

    fn start_sound_relay(
        &mut self,
        from: Side,
        source: (AudioStream, End),
        target: (AudioStream, End),
    ) {
        self.stop_sound(from);
        let to = from.other().index();
        let timeline = &mut self.sound.timelines[to];
        timeline.set_clock(target.0.format.codec().clock_hz());
        timeline.cut();
        if let Some(Leg::Web(listener)) = &mut self.legs[to] {
            listener.forward_anew(Medium::Audio);
        }
        self.sound.relays[from.index()] = Some(AudioRelay::new(source, target));
    }

    pub(super) fn stop_sound(&mut self, from: Side) {
        self.sound.relays[from.index()] = None;
        let in_pool = &mut self.sound.in_pool[from.index()];
        in_pool.unwanted = in_pool.all;
    }

    pub(super) fn with_sound(&mut self, from: Side, act: impl FnOnce(&mut AudioRelay)) {
        if let Some(relay) = &mut self.sound.relays[from.index()] {
            act(relay);
        }
    }

    /// What the codec pool made of a frame.
    pub(super) fn handle_sound(&mut self, from: Side, result: Transcoded) {
        let in_pool = &mut self.sound.in_pool[from.index()];
        in_pool.all = in_pool.all.saturating_sub(1);
        if in_pool.unwanted > 0 {
            in_pool.unwanted -= 1;
            return;
        }
        let frames = match result {
            Transcoded::Sound(frames) => frames,
            // A frame that was damaged or found no room is a hole, no more.
            Transcoded::Picture(_)
            | Transcoded::Skipped
            | Transcoded::Dropped
            | Transcoded::Broken => Vec::new(),
        };
        self.with_sound(from, |relay| relay.handle_transcoded(frames));
    }

    /// The speaker continues with another SSRC.
    pub(super) fn speaker_changed(&mut self, side: Side) {
        self.sound.timelines[side.other().index()].cut();
        self.with_sound(side, AudioRelay::source_changed);
    }

    pub(super) fn settle_sound(&mut self, from: Side, now: Instant) -> bool {
        let mut moved = false;
        while let Some(output) = self.sound.relays[from.index()]
            .as_mut()
            .and_then(AudioRelay::poll_output)
        {
            moved = true;
            let to = from.other();
            match output {
                AudioRelayOutput::Job(job) => {
                    if let TranscodeJob::Sound(_) = job {
                        self.sound.in_pool[from.index()].all += 1;
                    }
                    self.outputs.push_back(Output::Transcode {
                        from,
                        medium: Medium::Audio,
                        class: None,
                        job,
                    });
                }
                AudioRelayOutput::ModeWanted(mode) => {
                    self.with_sound(to, |relay| relay.set_mode(mode));
                }
                AudioRelayOutput::Forward {
                    extended,
                    mut packet,
                } => {
                    let captured = self.spoken(from, packet.timestamp, now);
                    let timeline = &mut self.sound.timelines[to.index()];
                    packet.timestamp = timeline.map(packet.timestamp, now);
                    if let Some(Leg::Web(leg)) = &mut self.legs[to.index()] {
                        leg.forward_sound(extended, packet, captured, now);
                    }
                }
                AudioRelayOutput::Sound(sound) => self.say(from, sound, now),
            }
        }
        moved
    }

    /// When a timestamp of the speaker's was.
    fn spoken(&self, from: Side, timestamp: u32, now: Instant) -> Instant {
        let Some(relay) = &self.sound.relays[from.index()] else {
            return now;
        };
        let clock = &self.clocks[from.index()];
        clock.captured(Medium::Audio, (timestamp, relay.source_clock_hz()), now)
    }

    fn say(&mut self, from: Side, sound: Sound, now: Instant) {
        let captured = self.spoken(from, sound.source_timestamp, now);
        let to = from.other().index();
        let timeline = &mut self.sound.timelines[to];
        let timestamp = match sound.kind {
            SoundKind::Speech => timeline.map(sound.timestamp, now),
            // A key's timestamp is that of its beginning, which says nothing of now.
            SoundKind::Key => sound.timestamp.wrapping_add(timeline.offset()),
        };
        let payload = sound.payload;
        match &mut self.legs[to] {
            Some(Leg::Web(leg)) => {
                leg.send_sound(sound.kind, (timestamp, captured), payload, now);
            }
            Some(Leg::Plain(legs)) => {
                let Some(leg) = &mut legs.audio else {
                    return;
                };
                let events = leg.plan().to_peer.and_then(|stream| stream.events);
                let payload_type = match sound.kind {
                    SoundKind::Speech => None,
                    SoundKind::Key => events.map(|events| events.payload_type),
                };
                let at = (captured, payload_type);
                if leg.send(timestamp, vec![payload], at, now).is_err() {
                    tracing::debug!("sound dropped: its queue is full");
                }
            }
            Some(Leg::Fed(_)) | None => {}
        }
    }
}
