//! A direction's packets on their way in: passed on one by one, or gathered to pictures.
//!
//! After a hole nothing that builds on what was lost is shown: freeze, ask, go on.

use std::time::Instant;

use media::buffers;
use media::keyframe::Source;
use media::payload::{EncodedFrame, Payload};
use media::rtp::RtpPacket;
use media::rtp::orientation::orientation;
use media::transcode::PictureId;

use super::cut_through::Verdict;
use super::{Path, Relay, RelayOutput};
use crate::bridge::freeze;

impl Relay {
    pub(super) fn depacketize(&mut self, packet: RtpPacket, now: Instant) {
        let turn = self.source.0.orientation;
        if let Some(rotation) = turn.and_then(|id| orientation(&packet, id)) {
            self.turn(rotation, now);
        }
        let Some(packet) = self.cut_through(packet, now) else {
            return;
        };
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        let pushed = frames.depacketizer.push(&packet);
        frames.last = PictureId {
            ssrc: packet.ssrc,
            sequence: packet.sequence,
            timestamp: match &pushed {
                Ok(Some(frame)) => frame.timestamp,
                Ok(None) | Err(_) => packet.timestamp,
            },
        };
        buffers::give_back(packet.payload);
        let lost = frames.depacketizer.take_loss();
        let (frame, whole) = match pushed {
            Ok(frame) => (frame, true),
            Err(error) => {
                tracing::debug!(%error, "payload dropped");
                (None, false)
            }
        };
        // What was lost lies before this picture, or in one that never comes.
        let is_over = frame.as_ref().is_some_and(|frame| frame.keyframe);
        match (lost || !whole, is_over) {
            (true, true) => self.interrupt(),
            (true, false) => self.lost(now),
            (false, _) => {}
        }
        if let Some(frame) = frame {
            self.handle_picture(frame, now);
        }
    }

    /// Passes a packet on at once, if that can be; else it is given back, to be gathered.
    fn cut_through(&mut self, packet: RtpPacket, now: Instant) -> Option<RtpPacket> {
        let Path::Frames(frames) = &mut self.path else {
            return Some(packet);
        };
        if frames.transcoding.is_some() {
            return Some(packet);
        }
        let verdict = frames.cut.judge(&packet);
        if verdict == Verdict::Gather {
            return Some(packet);
        }
        if self.is_catching_up && verdict == Verdict::Begin {
            self.timeline.cut();
        }
        let timestamp = self.timeline.map(packet.timestamp, now);
        match verdict {
            Verdict::Gather | Verdict::Pass => {}
            Verdict::Broken => {
                self.outputs.push_back(RelayOutput::Gap);
                self.lost(now);
                return Some(packet);
            }
            Verdict::Begin => {
                if let Some(why) = self.watch.examine_timing(timestamp, &self.target) {
                    self.reencode(why, now);
                    return Some(packet);
                }
            }
        }
        let Path::Frames(frames) = &mut self.path else {
            return None;
        };
        frames.depacketizer.skip(packet.sequence);
        let payload = Payload {
            bytes: packet.payload,
            marker: packet.marker,
        };
        if let Some(replay) = &mut frames.replay {
            replay.note(timestamp, &payload);
        }
        self.outputs
            .push_back(RelayOutput::Packet { timestamp, payload });
        let is_due = !frames.cut.is_inside() && std::mem::take(&mut frames.replay_is_due);
        if is_due {
            self.replay(now);
        }
        None
    }

    /// The viewer misses something: what follows is not passed on packet by packet until a keyframe
    /// was.
    pub(super) fn interrupt(&mut self) {
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        if let Some(replay) = &mut frames.replay {
            replay.forget();
            frames.replay_is_due = false;
        }
        if frames.cut.interrupt() {
            self.outputs.push_back(RelayOutput::Gap);
        }
    }

    /// Something of the sender's stream is missing: freeze, ask, go on.
    pub(super) fn lost(&mut self, now: Instant) {
        self.interrupt();
        if let Path::Frames(frames) = &mut self.path {
            frames.freeze.lost(now);
        }
        self.ask(Source::Loss, now);
    }

    /// Whether the picture builds on nothing that was lost.
    pub(super) fn may_pass(&mut self, frame: &EncodedFrame, now: Instant) -> bool {
        let Path::Frames(frames) = &mut self.path else {
            return true;
        };
        match frames.freeze.judge(frame.keyframe, now) {
            freeze::Verdict::Pass => true,
            freeze::Verdict::Hold => false,
            freeze::Verdict::HoldAndAsk => {
                self.ask(Source::Loss, now);
                false
            }
        }
    }
}
