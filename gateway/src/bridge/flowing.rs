//! Which relays there are: one for each direction in which both legs are agreed.

use std::time::Instant;

use super::fed::Wish;
use super::format::StreamFormat;
use super::leg::Leg;
use super::relay::{End, Relay};
use super::{Bridge, Flows, Medium, Output, SIDES, Side, TranscodeJob, Transcoded};

impl Bridge {
    /// Another leg takes a side: what was gathered of the one before is worthless, and video flows
    /// again at [`Step::Start`].
    pub(super) fn stop_relays(&mut self) {
        for from in SIDES {
            self.stop_relay(from);
            self.stop_sound(from);
        }
    }

    pub(super) fn start(&mut self, flows: Flows, now: Instant) {
        for from in SIDES {
            if !flows.includes(from) {
                if let Some(Leg::Fed(_)) = &self.legs[from.index()] {
                    self.leave_source();
                }
                self.stop_relay(from);
                continue;
            }
            let source = self.legs[from.index()].as_ref().and_then(Leg::sends);
            let target = self.legs[from.other().index()]
                .as_ref()
                .and_then(Leg::receives);
            if let Some(Leg::Fed(leg)) = &self.legs[from.index()] {
                let join = target.map_or(Wish::Leave, |target| Wish::Join(Box::new(target)));
                let source = leg.source;
                self.outputs.push_back(Output::Wish { source, wish: join });
                continue;
            }
            let (Some(source), Some(target)) = (source, target) else {
                tracing::warn!(?from, "a leg is not agreed; nothing flows this way");
                self.stop_relay(from);
                continue;
            };
            match &mut self.relays[from.index()] {
                Some(relay) if relay.connects(&source, &target) => relay.resumed(now),
                Some(_) | None => self.start_relay(from, source, target, now),
            }
        }
        self.take_early(now);
    }

    fn start_relay(
        &mut self,
        from: Side,
        source: (StreamFormat, End),
        target: (StreamFormat, End),
        now: Instant,
    ) {
        self.stop_relay(from);
        let to = from.other().index();
        self.timelines[to].cut();
        let mut relay = Relay::new(source, target);
        // Whoever is not connected yet can neither be asked nor shown anything: it begins when it is,
        // and a keyframe before would only keep it waiting for the next.
        let mut legs = self.legs.iter().flatten();
        if legs.all(Leg::is_up) {
            relay.begin(now);
        }
        if let Some(Leg::Web(viewer)) = &mut self.legs[to] {
            viewer.forward_anew(Medium::Video);
            viewer.prepare_to_send(relay.ceiling_bits_per_second(), now);
        }
        self.relays[from.index()] = Some(relay);
    }

    /// What the pool still works on is of a format that the next relay may not have.
    fn stop_relay(&mut self, from: Side) {
        if let Some(mut relay) = self.relays[from.index()].take() {
            self.counts.add(&relay.take_counts());
            if relay.is_transcoding() {
                self.jobs[from.index()].push(None, TranscodeJob::Close);
            }
            if from == Side::Caller {
                self.audience.note_callee(None);
            }
        }
        let in_pool = &mut self.in_pool[from.index()];
        in_pool.unwanted = in_pool.all;
    }

    pub(super) fn handle_transcoded(&mut self, from: Side, result: Transcoded, now: Instant) {
        let in_pool = &mut self.in_pool[from.index()];
        in_pool.all = in_pool.all.saturating_sub(1);
        if in_pool.unwanted > 0 {
            in_pool.unwanted -= 1;
            return;
        }
        self.with_relay(from, |relay| relay.handle_transcoded(result, now));
    }

    pub(super) fn with_relay(&mut self, from: Side, act: impl FnOnce(&mut Relay)) {
        if let Some(relay) = &mut self.relays[from.index()] {
            act(relay);
        }
    }
}
