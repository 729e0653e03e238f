//! The threads that decode, fit and encode pictures, apart from the threads that move packets.
//!
//! A call's pictures are always handled by the same thread, in order. The pictures that may wait
//! are bounded; one that finds no room is given back as dropped, and the call goes on with its
//! next keyframe. Handing over never blocks a media worker.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use media::codec::CodecError;
use media::payload::EncodedFrame;
use media::transcode::Transcoder;
use tokio::sync::mpsc::UnboundedSender;

use crate::bridge::{BridgeId, Side, TargetSize, TranscodeJob, TranscodePlan, Transcoded};

/// Pictures waiting on one codec thread, of all its calls together. A thread does over a hundred
/// VGA pictures a second, so this is under half a second of work.
const MAILBOX: usize = 64;

/// Which direction of which call a job belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamKey {
    pub bridge: BridgeId,
    pub from: Side,
}

/// What came of a job; every picture pushed gives exactly one.
#[derive(Debug)]
pub struct Done {
    pub key: StreamKey,
    pub result: Transcoded,
}

enum Work {
    Job(StreamKey, TranscodeJob, UnboundedSender<Done>),
    Close(StreamKey),
}

/// Handle of the pool; clones share the threads, which end when the last clone is dropped.
#[derive(Clone)]
pub struct CodecPool {
    threads: Vec<Mailbox>,
}

/// A thread's mailbox. Only pictures count towards its limit: what opens, closes and forces is at
/// most a few a second and call, and must not be lost.
#[derive(Clone)]
struct Mailbox {
    sender: Sender<Work>,
    pictures: Arc<AtomicUsize>,
}

impl CodecPool {
    /// Starts `count` codec threads (at least one).
    pub fn start(count: usize) -> std::io::Result<CodecPool> {
        let mut threads = Vec::with_capacity(count.max(1));
        for index in 0..count.max(1) {
            let (sender, receiver) = channel();
            let pictures = Arc::<AtomicUsize>::default();
            let waiting = Arc::clone(&pictures);
            thread::Builder::new()
                .name(format!("codec-{index}"))
                .spawn(move || run(&receiver, &waiting))?;
            threads.push(Mailbox { sender, pictures });
        }
        Ok(CodecPool { threads })
    }

    /// Hands over a job. The outcome of a picture goes to `done`, which holds no more than the
    /// bridge allows in flight.
    pub fn push(&self, key: StreamKey, job: TranscodeJob, done: &UnboundedSender<Done>) {
        let mailbox = self.mailbox(key);
        if let TranscodeJob::Picture(_) = job {
            if mailbox.pictures.load(Ordering::Relaxed) >= MAILBOX {
                let result = Transcoded::Dropped;
                // The worker that waits for this may be gone already; then nobody misses it.
                let _ = done.send(Done { key, result });
                return;
            }
            mailbox.pictures.fetch_add(1, Ordering::Relaxed);
        }
        // The thread lives as long as this handle.
        let _ = mailbox.sender.send(Work::Job(key, job, done.clone()));
    }

    /// Ends a stream and frees its codecs.
    pub fn close(&self, key: StreamKey) {
        let _ = self.mailbox(key).sender.send(Work::Close(key));
    }

    fn mailbox(&self, key: StreamKey) -> &Mailbox {
        let index = key.bridge.0 as usize % self.threads.len();
        &self.threads[index]
    }
}

fn run(mailbox: &Receiver<Work>, waiting: &AtomicUsize) {
    let mut streams: HashMap<StreamKey, Transcoder> = HashMap::new();
    while let Ok(work) = mailbox.recv() {
        match work {
            Work::Close(key) => {
                streams.remove(&key);
            }
            Work::Job(key, TranscodeJob::Open(plan), _) => match open(plan) {
                Ok(transcoder) => {
                    streams.insert(key, transcoder);
                }
                Err(error) => tracing::error!(%error, "no codec for this call"),
            },
            Work::Job(key, TranscodeJob::ForceKeyframe, _) => {
                if let Some(transcoder) = streams.get_mut(&key) {
                    transcoder.request_keyframe();
                }
            }
            Work::Job(key, TranscodeJob::Picture(frame), done) => {
                waiting.fetch_sub(1, Ordering::Relaxed);
                let result = transcode(streams.get_mut(&key), frame);
                let _ = done.send(Done { key, result });
            }
        }
    }
}

fn open(plan: TranscodePlan) -> Result<Transcoder, CodecError> {
    let TranscodePlan { from, to, size } = plan;
    match size {
        TargetSize::Fixed => Transcoder::new(from, to),
        TargetSize::AsSource => Transcoder::keeping_size(from, to),
    }
}

fn transcode(transcoder: Option<&mut Transcoder>, frame: EncodedFrame) -> Transcoded {
    let Some(transcoder) = transcoder else {
        return Transcoded::Dropped;
    };
    match transcoder.push(frame) {
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
        }
    }

    fn noise() -> TranscodeJob {
        TranscodeJob::Picture(EncodedFrame {
            data: vec![0xff; 100],
            timestamp: 0,
            keyframe: true,
            macroblocks: Vec::new(),
        })
    }

    #[tokio::test]
    async fn every_picture_gets_exactly_one_outcome_even_when_there_is_no_room() {
        let pool = CodecPool::start(2).unwrap();
        let (done, mut outcomes) = tokio::sync::mpsc::unbounded_channel();
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
        pool.push(key(1), TranscodeJob::Open(plan), &done);
        let pushed = 10 * MAILBOX;
        for _ in 0..pushed {
            pool.push(key(1), noise(), &done);
        }
        // A stream that was never opened, on the other thread.
        pool.push(key(2), noise(), &done);
        let mut seen = [0, 0];
        for _ in 0..=pushed {
            let Done { key, result } = outcomes.recv().await.unwrap();
            assert!(!matches!(result, Transcoded::Picture(_)), "{result:?}");
            seen[key.bridge.0 as usize - 1] += 1;
        }
        assert_eq!(seen, [pushed, 1]);
        assert!(outcomes.try_recv().is_err());
    }
}
