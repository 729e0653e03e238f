//! Pictures that go through the codec pool: of another codec than the viewer's, or of the same one where
//! passing them on would not do.

use std::collections::VecDeque;
use std::time::Instant;

use media::keyframe::Source;
use media::payload::{EncodedFrame, h264};
use media::picture::Rotation;
use media::transcode::PictureId;

use super::{End, Path, Reencoding, Relay, RelayOutput};
use crate::bridge::format::StreamFormat;
use crate::bridge::freeze::Freeze;
use crate::bridge::{TargetSize, TranscodeJob, TranscodePlan, Transcoded};

/// Pictures of one direction in the codec pool. At 15 pictures a second four are a quarter of a
/// second: older ones are of no use to somebody who watches live.
const MAX_IN_FLIGHT: usize = 4;

/// Pictures that came before their sender's answer, and wait for those in the codec pool: none of them
/// can be left out.
const MAX_WAITING: usize = 64;

/// What is known of the pictures in the codec pool.
#[derive(Default)]
pub(super) struct Transcoding {
    in_flight: usize,
    waiting: VecDeque<(PictureId, EncodedFrame)>,
    /// A picture of our encoder did not reach the viewer: those that build on it are not sent.
    pub(super) viewer_needs_keyframe: bool,
    /// Why pictures of the viewer's own codec are encoded anew.
    why: Option<Reencoding>,
}

impl Transcoding {
    pub(super) fn because(why: Option<Reencoding>) -> Transcoding {
        Transcoding {
            why,
            ..Transcoding::default()
        }
    }
}

impl Relay {
    pub fn handle_transcoded(&mut self, result: Transcoded, now: Instant) {
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        if frames.abandoned > 0 {
            frames.abandoned -= 1;
            return;
        }
        let Some(transcoding) = &mut frames.transcoding else {
            return;
        };
        transcoding.in_flight = transcoding.in_flight.saturating_sub(1);
        if let Some((id, frame)) = transcoding.waiting.pop_front() {
            transcoding.in_flight += 1;
            let job = TranscodeJob::Picture(id, frame);
            self.outputs.push_back(RelayOutput::Job(job));
        }
        match result {
            Transcoded::Picture(frame) => {
                if let Err(error) = self.send(&frame, now) {
                    self.not_sent(&error, now);
                }
            }
            Transcoded::Skipped | Transcoded::Sound(_) => {}
            Transcoded::Dropped | Transcoded::Broken => {
                transcoding.waiting.clear();
                self.lost(now);
            }
        }
    }

    pub fn is_transcoding(&self) -> bool {
        match &self.path {
            Path::Forward => false,
            Path::Frames(frames) => frames.transcoding.is_some(),
        }
    }

    pub(super) fn transcode(&mut self, frame: EncodedFrame, now: Instant) {
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        let Some(transcoding) = &mut frames.transcoding else {
            return;
        };
        if transcoding.in_flight >= MAX_IN_FLIGHT {
            let is_behind = self.is_catching_up || !transcoding.waiting.is_empty();
            if is_behind && transcoding.waiting.len() < MAX_WAITING {
                transcoding.waiting.push_back((frames.last, frame));
                return;
            }
            return self.lost(now);
        }
        transcoding.in_flight += 1;
        let job = TranscodeJob::Picture(frames.last, frame);
        self.outputs.push_back(RelayOutput::Job(job));
    }

    /// Pictures that were passed on go through the codec pool from here on.
    pub fn reencode(&mut self, why: Reencoding, now: Instant) {
        self.interrupt();
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        frames.transcoding = Some(Transcoding::because(Some(why)));
        frames.freeze = Freeze::until_keyframe();
        let plan = plan(&self.source, &self.target);
        let turn = TranscodeJob::SetRotation(frames.rotation);
        self.outputs.extend([
            RelayOutput::Job(TranscodeJob::Open(plan)),
            RelayOutput::Job(turn),
            RelayOutput::Reencoding(why),
        ]);
        self.renew_rate();
        self.broker.encode_here();
        self.ask(Source::Loss, now);
    }

    /// Whether the sender came down to what the viewer can take: browsers begin with large pictures
    /// now and then, before they do what they were told. From this picture on they are passed on.
    pub(super) fn may_pass_again(&mut self, frame: &EncodedFrame, now: Instant) -> bool {
        let Path::Frames(frames) = &mut self.path else {
            return false;
        };
        let began_too_large = frames
            .transcoding
            .as_ref()
            .is_some_and(|transcoding| transcoding.why == Some(Reencoding::TooLarge));
        if !began_too_large
            || !h264::is_idr(&frame.data)
            || self.watch.examine(frame, &self.target, now).is_some()
        {
            return false;
        }
        if let Some(transcoding) = frames.transcoding.take() {
            frames.abandoned += transcoding.in_flight;
            self.outputs
                .push_back(RelayOutput::Job(TranscodeJob::Close));
        }
        self.broker.pass_on();
        self.renew_rate();
        true
    }

    /// The sender says how its pictures must be turned from this one on.
    pub(super) fn turn(&mut self, rotation: Rotation, now: Instant) {
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        if std::mem::replace(&mut frames.rotation, rotation) == rotation {
            return;
        }
        if self.is_transcoding() {
            let turn = TranscodeJob::SetRotation(rotation);
            self.outputs.push_back(RelayOutput::Job(turn));
        } else {
            self.reencode(Reencoding::Turned, now);
        }
    }
}

pub(super) fn plan(
    (source, _): &(StreamFormat, End),
    (target, to): &(StreamFormat, End),
) -> TranscodePlan {
    TranscodePlan {
        from: source.codec(),
        to: target.encoder(),
        size: match to {
            End::Plain(_) => TargetSize::Fixed,
            End::Browser => TargetSize::AsSource,
        },
    }
}
