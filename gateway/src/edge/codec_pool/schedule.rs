//! Whose turn it is: streams that have work stand in a ring, each does one job a turn for each of its
//! lanes, and none is worked on by two threads at once. A stream with many jobs waits no less than one
//! with few; one that is made for several kinds of viewers does a picture for all of them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use super::{Lane, StreamKey};
use crate::bridge::Medium;

/// Pictures of one stream and lane that wait: twice what a bridge lets be under way.
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
    /// Pictures or frames of sound, by lane: a stream has one kind.
    frames: Vec<(Lane, usize)>,
    kept: Option<S>,
    is_taken: bool,
    /// Which lane began the stream's turn; it is over when that one would come again.
    began: Option<Lane>,
}

#[derive(Debug)]
struct Waiting<J> {
    lane: Lane,
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
    pub lane: Lane,
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
    pub(super) fn push(
        &mut self,
        (key, lane): (StreamKey, Lane),
        job: J,
        size: Size,
    ) -> Result<(), J> {
        let stream = self.streams.get_mut(&key);
        let of_stream = stream.map_or(0, |stream| *stream.frames_of(lane));
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
            frames: Vec::new(),
            kept: None,
            is_taken: false,
            began: None,
        });
        if stream.jobs.is_empty() && !stream.is_taken {
            self.ring.push_back(key);
        }
        let of_stream = stream.frames_of(lane);
        match size {
            Size::Picture => (*of_stream, self.pictures) = (*of_stream + 1, self.pictures + 1),
            Size::Sound => (*of_stream, self.sounds) = (*of_stream + 1, self.sounds + 1),
            Size::Nothing => {}
        }
        stream.jobs.push_back(Waiting { lane, job, size });
        Ok(())
    }

    /// The next job; its stream is nobody else's until [`Schedule::give_back`].
    pub(super) fn take(&mut self) -> Option<Turn<J, S>> {
        while let Some(key) = self.ring.pop_front() {
            let Some(stream) = self.streams.get_mut(&key) else {
                continue; // closed meanwhile
            };
            let Some(Waiting { lane, job, size }) = stream.jobs.pop_front() else {
                continue;
            };
            let of_stream = stream.frames_of(lane);
            match size {
                Size::Picture => (*of_stream, self.pictures) = (*of_stream - 1, self.pictures - 1),
                Size::Sound => (*of_stream, self.sounds) = (*of_stream - 1, self.sounds - 1),
                Size::Nothing => {}
            }
            stream.frames.retain(|(_, frames)| *frames > 0);
            stream.is_taken = true;
            stream.began.get_or_insert(lane);
            let kept = stream.kept.take();
            return Some(Turn {
                key,
                lane,
                job,
                kept,
            });
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
        let next = stream.jobs.front().map(|waiting| waiting.lane);
        match next {
            Some(lane) if stream.began.is_some_and(|began| began != lane) => {
                self.ring.push_front(key);
            }
            Some(_) => {
                stream.began = None;
                self.ring.push_back(key);
            }
            None => stream.began = None,
        }
        if is_over {
            entry.remove();
        }
        None
    }

    /// Ends a stream: what waits is not done. What it kept comes back, unless a thread has it.
    pub(super) fn close(&mut self, key: StreamKey) -> Option<S> {
        let stream = self.streams.remove(&key)?;
        let frames: usize = stream.frames.iter().map(|(_, frames)| frames).sum();
        match key.medium {
            Medium::Video => self.pictures -= frames,
            Medium::Audio => self.sounds -= frames,
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

impl<J, S> Stream<J, S> {
    fn frames_of(&mut self, lane: Lane) -> &mut usize {
        let index = match self.frames.iter().position(|(of, _)| *of == lane) {
            Some(index) => index,
            None => {
                self.frames.push((lane, 0));
                self.frames.len() - 1
            }
        };
        &mut self.frames[index].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::{BridgeId, ClassId, Side};

    fn key(bridge: u64) -> StreamKey {
        StreamKey {
            bridge: BridgeId(bridge),
            from: Side::Caller,
            medium: Medium::Video,
        }
    }

    fn picture(schedule: &mut Schedule<u32, &'static str>, bridge: u64, job: u32) -> bool {
        let of = (key(bridge), None);
        schedule.push(of, job, Size::Picture).is_ok()
    }

    #[test]
    fn a_turn_is_a_picture_for_all_lanes_and_each_lane_has_room_of_its_own() {
        let mut schedule = Schedule::new(64, 64);
        let lanes = [None, Some(ClassId(1)), Some(ClassId(2))];
        for job in 0..2 {
            for (number, lane) in lanes.into_iter().enumerate() {
                let pushed = schedule.push((key(1), lane), 10 * number as u32 + job, Size::Picture);
                assert!(pushed.is_ok());
            }
        }
        assert!(picture(&mut schedule, 2, 100));
        let mut order = Vec::new();
        while let Some(turn) = schedule.take() {
            order.push(turn.job);
            schedule.give_back(turn.key, Some("codecs"));
        }
        assert_eq!(order, [0, 10, 20, 100, 1, 11, 21]);
        for lane in lanes {
            let kept = (0..100).filter(|&job| {
                let pushed = schedule.push((key(1), lane), job, Size::Picture);
                pushed.is_ok()
            });
            assert_eq!(kept.count(), MAX_OF_STREAM);
        }
        assert_eq!(schedule.pictures(), 3 * MAX_OF_STREAM);
        schedule.close(key(1));
        assert_eq!(schedule.pictures(), 0);
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
        assert!(schedule.push((key(1), None), 0, Size::Nothing).is_ok());
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
