//! Whose turn it is: streams that have work stand in a ring, each does one job a turn, and none is
//! worked on by two threads at once. A stream with many jobs waits no less than one with few.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use super::StreamKey;
use crate::bridge::Medium;

/// Pictures of one stream that wait: twice what a bridge lets be under way.
pub(super) const MAX_OF_STREAM: usize = 8;

/// The streams, the jobs `J` that wait for each, and what each keeps between jobs, `S`.
#[derive(Debug)]
pub(super) struct Schedule<J, S> {
    streams: HashMap<StreamKey, Stream<J, S>>,
    /// Those that have work and that nobody works on.
    ring: VecDeque<StreamKey>,
    /// Pictures waiting, of all streams.
    pictures: usize,
    max_pictures: usize,
    /// Frames of sound waiting, of all streams.
    sounds: usize,
    max_sounds: usize,
}

#[derive(Debug)]
struct Stream<J, S> {
    jobs: VecDeque<Waiting<J>>,
    /// Pictures or frames of sound: a stream has one kind.
    frames: usize,
    kept: Option<S>,
    is_taken: bool,
}

#[derive(Debug)]
struct Waiting<J> {
    job: J,
    size: Size,
}

/// What a job counts towards the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Picture,
    /// A frame of sound, a tenth of a picture's work and less.
    Sound,
    /// What opens, forces and sets is at most a few a second and stream, and must not be lost.
    Nothing,
}

/// A job to do, with what its stream keeps.
#[derive(Debug)]
pub(super) struct Turn<J, S> {
    pub key: StreamKey,
    pub job: J,
    pub kept: Option<S>,
}

impl<J, S> Schedule<J, S> {
    /// How many pictures and how many frames of sound may wait, of all streams together.
    pub(super) fn new(max_pictures: usize, max_sounds: usize) -> Schedule<J, S> {
        Schedule {
            streams: HashMap::new(),
            ring: VecDeque::new(),
            pictures: 0,
            max_pictures,
            sounds: 0,
            max_sounds,
        }
    }

    /// Queues a job.
    ///
    /// # Errors
    /// The job, when as many pictures wait as may.
    pub(super) fn push(&mut self, key: StreamKey, job: J, size: Size) -> Result<(), J> {
        let of_stream = self.streams.get(&key).map_or(0, |stream| stream.frames);
        let is_full = match size {
            Size::Picture => of_stream >= MAX_OF_STREAM || self.pictures >= self.max_pictures,
            Size::Sound => of_stream >= MAX_OF_STREAM || self.sounds >= self.max_sounds,
            Size::Nothing => false,
        };
        if is_full {
            return Err(job);
        }
        let stream = self.streams.entry(key).or_insert_with(|| Stream {
            jobs: VecDeque::new(),
            frames: 0,
            kept: None,
            is_taken: false,
        });
        if stream.jobs.is_empty() && !stream.is_taken {
            self.ring.push_back(key);
        }
        match size {
            Size::Picture => {
                (stream.frames, self.pictures) = (stream.frames + 1, self.pictures + 1)
            }
            Size::Sound => (stream.frames, self.sounds) = (stream.frames + 1, self.sounds + 1),
            Size::Nothing => {}
        }
        stream.jobs.push_back(Waiting { job, size });
        Ok(())
    }

    /// The next job; its stream is nobody else's until [`Schedule::give_back`].
    pub(super) fn take(&mut self) -> Option<Turn<J, S>> {
        while let Some(key) = self.ring.pop_front() {
            let Some(stream) = self.streams.get_mut(&key) else {
                continue; // closed meanwhile
            };
            let Some(Waiting { job, size }) = stream.jobs.pop_front() else {
                continue;
            };
            match size {
                Size::Picture => {
                    (stream.frames, self.pictures) = (stream.frames - 1, self.pictures - 1);
                }
                Size::Sound => (stream.frames, self.sounds) = (stream.frames - 1, self.sounds - 1),
                Size::Nothing => {}
            }
            stream.is_taken = true;
            let kept = stream.kept.take();
            return Some(Turn { key, job, kept });
        }
        None
    }

    /// A job is done. What a closed stream kept comes back, to be dropped where no lock is held.
    pub(super) fn give_back(&mut self, key: StreamKey, kept: Option<S>) -> Option<S> {
        let Entry::Occupied(mut entry) = self.streams.entry(key) else {
            return kept;
        };
        let stream = entry.get_mut();
        stream.is_taken = false;
        let is_over = kept.is_none() && stream.jobs.is_empty();
        stream.kept = kept;
        if !stream.jobs.is_empty() {
            self.ring.push_back(key);
        }
        if is_over {
            entry.remove();
        }
        None
    }

    /// Ends a stream: what waits is not done. What it kept comes back, unless a thread has it.
    pub(super) fn close(&mut self, key: StreamKey) -> Option<S> {
        let stream = self.streams.remove(&key)?;
        match key.medium {
            Medium::Video => self.pictures -= stream.frames,
            Medium::Audio => self.sounds -= stream.frames,
        }
        stream.kept
    }

    /// Streams that are open or have work.
    pub(super) fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Pictures that wait.
    pub(super) fn pictures(&self) -> usize {
        self.pictures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::{BridgeId, Side};

    fn key(bridge: u64) -> StreamKey {
        StreamKey {
            bridge: BridgeId(bridge),
            from: Side::Caller,
            medium: Medium::Video,
            class: None,
        }
    }

    fn picture(schedule: &mut Schedule<u32, &'static str>, bridge: u64, job: u32) -> bool {
        schedule.push(key(bridge), job, Size::Picture).is_ok()
    }

    #[test]
    fn a_burst_of_one_call_delays_another_by_one_picture() {
        let mut schedule = Schedule::new(64, 64);
        for job in 0..5 {
            assert!(picture(&mut schedule, 1, job));
        }
        assert!(picture(&mut schedule, 2, 100));
        let mut order = Vec::new();
        while let Some(turn) = schedule.take() {
            order.push(turn.job);
            schedule.give_back(turn.key, Some("codecs"));
        }
        assert_eq!(order, [0, 100, 1, 2, 3, 4]);
    }

    #[test]
    fn a_stream_is_in_one_pair_of_hands_and_its_jobs_stay_in_order() {
        let mut schedule = Schedule::new(64, 64);
        picture(&mut schedule, 1, 0);
        picture(&mut schedule, 1, 1);
        let first = schedule.take().unwrap();
        assert!(schedule.take().is_none(), "the stream is taken");
        picture(&mut schedule, 1, 2);
        assert!(schedule.take().is_none());
        schedule.give_back(first.key, Some("codecs"));
        let second = schedule.take().unwrap();
        assert_eq!((second.job, second.kept), (1, Some("codecs")));
    }

    #[test]
    fn no_call_takes_all_the_room_and_all_together_take_no_more_than_there_is() {
        let mut schedule = Schedule::new(2 * MAX_OF_STREAM, 64);
        let kept = (0..100).filter(|&job| picture(&mut schedule, 1, job));
        assert_eq!(kept.count(), MAX_OF_STREAM);
        let kept = (0..100).filter(|&job| picture(&mut schedule, 2 + u64::from(job), job));
        assert_eq!(kept.count(), MAX_OF_STREAM);
        assert_eq!(schedule.pictures(), 2 * MAX_OF_STREAM);
        assert!(schedule.push(key(1), 0, Size::Nothing).is_ok());
    }

    #[test]
    fn nothing_is_left_of_streams_that_are_closed() {
        let mut schedule = Schedule::new(64, 64);
        for bridge in 0..20 {
            picture(&mut schedule, bridge, 0);
            picture(&mut schedule, bridge, 1);
        }
        let taken = schedule.take().unwrap();
        for bridge in 0..20 {
            schedule.close(key(bridge));
        }
        assert_eq!(
            schedule.give_back(taken.key, Some("codecs")),
            Some("codecs")
        );
        assert_eq!((schedule.streams(), schedule.pictures()), (0, 0));
        assert!(schedule.take().is_none());
    }

    #[test]
    fn a_stream_that_was_never_opened_is_forgotten_after_its_work() {
        let mut schedule = Schedule::new(64, 64);
        picture(&mut schedule, 1, 0);
        let turn = schedule.take().unwrap();
        schedule.give_back(turn.key, None);
        assert_eq!(schedule.streams(), 0);
    }
}
