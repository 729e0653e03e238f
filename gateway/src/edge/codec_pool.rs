//! The threads that decode, fit and encode pictures, apart from the threads that move packets.
//!
//! A sender's pictures are handled one at a time, in order, by whichever thread is free: one decoder
//! serves all its viewers. Senders take turns, one picture each. The pictures that may wait are bounded; one that finds no room is given
//! back as dropped, and the call goes on with its next keyframe. Handing over never blocks a media
//! worker for longer than it takes to put a job into a list.

mod schedule;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use media::audio_transcode::{AudioInput, AudioTranscoder};
use media::payload::EncodedFrame;
use media::transcode::{PictureId, Size as PictureSize, Studio};
use mio::Waker;

use super::load::{LoadBoard, ThreadClock};
use crate::bridge::{
    AudioCodecs, BridgeId, ClassId, Medium, Side, TargetSize, TranscodeJob, TranscodePlan,
    Transcoded,
};
use schedule::{Schedule, Size, Turn};

/// How much less urgent codec threads are than media workers.
const NICE: i32 = 5;

/// Pictures that may wait, for each codec thread. A thread does over a hundred VGA pictures a
/// second, so this is under half a second of work.
const MAILBOX: usize = 64;

/// Frames of sound that may wait, for each codec thread. One takes 0.2 ms at most, so this is a
/// tenth of a second of work.
const SOUND_MAILBOX: usize = 512;

/// Which direction of which call a job belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamKey {
    pub bridge: BridgeId,
    pub from: Side,
    pub medium: Medium,
}

/// Whose viewers a job is for: a class of watchers, or the other one of a call.
pub type Lane = Option<ClassId>;

/// What came of a job; every picture pushed gives exactly one, unless its stream is closed before.
#[derive(Debug)]
pub struct Done {
    pub key: StreamKey,
    pub class: Lane,
    pub result: Transcoded,
}

/// Where a worker gets its outcomes: no more than its bridges allow in flight.
#[derive(Clone)]
pub struct Outcomes {
    sender: Sender<Done>,
    waker: Option<Arc<Waker>>,
}

impl Outcomes {
    /// `waker` is woken for every outcome.
    pub fn new(waker: Option<Arc<Waker>>) -> (Outcomes, Receiver<Done>) {
        let (sender, receiver) = channel();
        (Outcomes { sender, waker }, receiver)
    }

    fn tell(&self, (key, class): (StreamKey, Lane), result: Transcoded) {
        // The worker that waits for this may be gone already; then nobody misses it.
        if self.sender.send(Done { key, class, result }).is_ok()
            && let Some(waker) = &self.waker
            && let Err(error) = waker.wake()
        {
            tracing::error!(%error, "a media worker cannot be woken");
        }
    }
}

/// Handle of the pool; clones share the threads, which end when the last clone is dropped.
#[derive(Clone)]
pub struct CodecPool {
    owner: Arc<Owner>,
}

struct Owner(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    load: Arc<LoadBoard>,
}

/// What a stream keeps between its jobs.
enum Codecs {
    Pictures(Box<Studio<Lane>>),
    Sound(Box<AudioTranscoder>),
}

struct State {
    schedule: Schedule<(TranscodeJob, Outcomes), Codecs>,
    is_over: bool,
}

impl CodecPool {
    /// Starts `count` codec threads (at least one).
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(count: usize, load: Arc<LoadBoard>) -> std::io::Result<CodecPool> {
        let count = count.max(1);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                schedule: Schedule::new(MAILBOX * count, SOUND_MAILBOX * count),
                is_over: false,
            }),
            work: Condvar::new(),
            load,
        });
        let owner = Arc::new(Owner(Arc::clone(&shared)));
        for index in 0..count {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("codec-{index}"))
                .spawn(move || shared.run())?;
        }
        Ok(CodecPool { owner })
    }

    /// Hands over a job. The outcome of a picture goes to `done`.
    pub fn push(&self, (key, lane): (StreamKey, Lane), job: TranscodeJob, done: &Outcomes) {
        let shared = &self.owner.0;
        let size = match job {
            TranscodeJob::Picture(..) => Size::Picture,
            TranscodeJob::Sound(_) => Size::Sound,
            TranscodeJob::OpenAudio(_)
            | TranscodeJob::SetMode(_)
            | TranscodeJob::Open(_)
            | TranscodeJob::Close
            | TranscodeJob::ForceKeyframe
            | TranscodeJob::SetRotation(_)
            | TranscodeJob::HoldRate { .. } => Size::Nothing,
        };
        let of = (key, lane);
        let pushed = shared.with(|state| state.schedule.push(of, (job, done.clone()), size));
        match pushed {
            Ok(()) => shared.work.notify_one(),
            Err(_) => done.tell(of, Transcoded::Dropped),
        }
    }

    /// Ends a stream and frees its codecs.
    pub fn close(&self, key: StreamKey) {
        let codecs = self.owner.0.with(|state| state.schedule.close(key));
        drop(codecs);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.with(|state| state.is_over = true);
        self.0.work.notify_all();
    }
}

impl Shared {
    /// Under the lock, which is held for as long as a list takes; never while a picture is worked on.
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        // A thread that panicked did so over a picture, outside of the lock.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut state);
        let schedule = &state.schedule;
        self.load.note_pool(schedule.streams(), schedule.pictures());
        result
    }

    fn run(&self) {
        // Packets go first: where both want a core, a picture can wait and a packet should not.
        if let Err(error) = rustix::process::nice(NICE) {
            tracing::debug!(%error, "codec threads are as urgent as media workers");
        }
        let mut clock = ThreadClock::default();
        while let Some(turn) = self.next() {
            let Turn {
                key,
                lane,
                job,
                mut kept,
            } = turn;
            let (job, done) = job;
            let result = work(lane, job, &mut kept);
            let closed = self.with(|state| state.schedule.give_back(key, kept));
            drop(closed);
            if let Some(result) = result {
                done.tell((key, lane), result);
            }
            clock.charge(&self.load.pictures);
        }
    }

    /// Sleeps until there is work; `None` when the pool ends.
    fn next(&self) -> Option<Turn<(TranscodeJob, Outcomes), Codecs>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.is_over {
                return None;
            }
            if let Some(turn) = state.schedule.take() {
                return Some(turn);
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Does one job; a picture or a frame of sound gives an outcome.
fn work(lane: Lane, job: TranscodeJob, codecs: &mut Option<Codecs>) -> Option<Transcoded> {
    match job {
        TranscodeJob::Open(plan) => {
            open(lane, plan, codecs);
            None
        }
        TranscodeJob::Close => {
            if let Some(Codecs::Pictures(studio)) = codecs {
                studio.close(lane);
                if studio.is_empty() {
                    *codecs = None;
                }
            }
            None
        }
        TranscodeJob::OpenAudio(AudioCodecs { from, to }) => {
            match AudioTranscoder::new(from, to) {
                Ok(transcoder) => *codecs = Some(Codecs::Sound(Box::new(transcoder))),
                Err(error) => tracing::error!(%error, "no codec for the sound of this call"),
            }
            None
        }
        TranscodeJob::ForceKeyframe => {
            if let Some(Codecs::Pictures(studio)) = codecs {
                studio.request_keyframe(lane);
            }
            None
        }
        TranscodeJob::SetRotation(rotation) => {
            if let Some(Codecs::Pictures(studio)) = codecs {
                studio.set_rotation(lane, rotation);
            }
            None
        }
        TranscodeJob::HoldRate { bits_per_second } => {
            if let Some(Codecs::Pictures(studio)) = codecs
                && let Err(error) = studio.hold(lane, bits_per_second)
            {
                tracing::warn!(%error, "the rate of a call was left as it is");
            }
            None
        }
        TranscodeJob::SetMode(mode) => {
            if let Some(Codecs::Sound(transcoder)) = codecs {
                transcoder.set_mode(mode);
            }
            None
        }
        TranscodeJob::Picture(id, frame) => Some(transcode(lane, codecs.as_mut(), (id, &frame))),
        TranscodeJob::Sound(inputs) => Some(transcode_sound(codecs.as_mut(), inputs)),
    }
}

fn open(lane: Lane, plan: TranscodePlan, codecs: &mut Option<Codecs>) {
    let TranscodePlan { from, to, size } = plan;
    let size = match size {
        TargetSize::Fixed => PictureSize::Targets,
        TargetSize::AsSource => PictureSize::Sources,
    };
    let mut studio = match codecs.take() {
        Some(Codecs::Pictures(studio)) => studio,
        Some(Codecs::Sound(_)) | None => Box::default(),
    };
    if let Err(error) = studio.open(lane, from, to, size) {
        tracing::error!(%error, "no codec for this call");
    }
    *codecs = Some(Codecs::Pictures(studio));
}

fn transcode_sound(codecs: Option<&mut Codecs>, inputs: Vec<AudioInput>) -> Transcoded {
    let Some(Codecs::Sound(transcoder)) = codecs else {
        return Transcoded::Dropped;
    };
    let mut frames = Vec::new();
    for input in inputs {
        match transcoder.push(input) {
            Ok(more) => frames.extend(more),
            Err(error) => tracing::debug!(%error, "sound not transcoded"),
        }
    }
    Transcoded::Sound(frames)
}

fn transcode(
    lane: Lane,
    codecs: Option<&mut Codecs>,
    (id, frame): (PictureId, &EncodedFrame),
) -> Transcoded {
    let Some(Codecs::Pictures(studio)) = codecs else {
        return Transcoded::Dropped;
    };
    if !studio.is_open(lane) {
        return Transcoded::Dropped;
    }
    match studio.push(lane, id, frame) {
        Ok(Some(picture)) => Transcoded::Picture(picture),
        Ok(None) => Transcoded::Skipped,
        Err(error) => {
            tracing::debug!(%error, "picture not transcoded");
            Transcoded::Broken
        }
    }
}

#[cfg(test)]
mod tests {
    use media::codec::{EncoderConfig, VideoCodec};

    use super::*;

    fn key(bridge: u64) -> StreamKey {
        StreamKey {
            bridge: BridgeId(bridge),
            from: Side::Caller,
            medium: Medium::Video,
        }
    }

    fn noise() -> TranscodeJob {
        let frame = EncodedFrame {
            data: vec![0xff; 100],
            timestamp: 0,
            keyframe: true,
            macroblocks: Vec::new(),
        };
        TranscodeJob::Picture(PictureId::default(), frame)
    }

    #[test]
    fn every_picture_gets_exactly_one_outcome_even_when_there_is_no_room() {
        let pool = CodecPool::start(2, Arc::default()).unwrap();
        let (done, outcomes) = Outcomes::new(None);
        let plan = TranscodePlan {
            from: VideoCodec::H263,
            to: EncoderConfig {
                codec: VideoCodec::Vp8,
                width: 176,
                height: 144,
                frames_per_second: 15,
                bits_per_second: 64_000,
                max_slice_bytes: 1100,
            },
            size: TargetSize::AsSource,
        };
        pool.push((key(1), None), TranscodeJob::Open(plan), &done);
        let pushed = 10 * MAILBOX;
        for _ in 0..pushed {
            pool.push((key(1), None), noise(), &done);
        }
        // A stream that was never opened, on the other thread.
        pool.push((key(2), None), noise(), &done);
        let mut seen = [0, 0];
        for _ in 0..=pushed {
            let Done { key, result, .. } = outcomes.recv().unwrap();
            assert!(!matches!(result, Transcoded::Picture(_)), "{result:?}");
            seen[key.bridge.0 as usize - 1] += 1;
        }
        assert_eq!(seen, [pushed, 1]);
        assert!(outcomes.try_recv().is_err());
    }
}
