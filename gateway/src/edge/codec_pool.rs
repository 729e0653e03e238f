//! The threads that decode, fit and encode pictures, apart from the threads that move packets.
//!
//! A call's pictures are always handled by the same thread, in order. Mailboxes are bounded; a
//! picture that finds no room is given back as dropped, and the call goes on with its next
//! keyframe.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
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
    threads: Vec<SyncSender<Work>>,
}

impl CodecPool {
    /// Starts `count` codec threads (at least one).
    pub fn start(count: usize) -> std::io::Result<CodecPool> {
        let mut threads = Vec::with_capacity(count.max(1));
        for index in 0..count.max(1) {
            let (sender, receiver) = sync_channel(MAILBOX);
            thread::Builder::new()
                .name(format!("codec-{index}"))
                .spawn(move || run(&receiver))?;
            threads.push(sender);
        }
        Ok(CodecPool { threads })
    }

    /// Hands over a job. Its outcome goes to `done`, which holds no more than the bridge allows in
    /// flight.
    pub fn push(&self, key: StreamKey, job: TranscodeJob, done: &UnboundedSender<Done>) {
        let answers = matches!(job, TranscodeJob::Picture(_));
        let work = Work::Job(key, job, done.clone());
        let failed = match self.thread(key).try_send(work) {
            Ok(()) => false,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => true,
        };
        if failed && answers {
            let result = Transcoded::Dropped;
            // The worker that waits for this may be gone already; then nobody misses it.
            let _ = done.send(Done { key, result });
        }
    }

    /// Ends a stream and frees its codecs.
    pub fn close(&self, key: StreamKey) {
        // Blocking is right here: a lost close would keep a codec for ever.
        let _ = self.thread(key).send(Work::Close(key));
    }

    fn thread(&self, key: StreamKey) -> &SyncSender<Work> {
        let index = key.bridge.0 as usize % self.threads.len();
        &self.threads[index]
    }
}

fn run(mailbox: &Receiver<Work>) {
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
