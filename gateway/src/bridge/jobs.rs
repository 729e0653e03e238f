//! What is for the codec pool of one sender's pictures, in an order in which each is decoded once.
//!
//! When a hole in the stream is filled, each relay has several pictures at once, one relay after the
//! other. The decoder that they share must see the first picture of all of them, then the second.

use std::collections::VecDeque;

use media::transcode::PictureId;

use super::{ClassId, TranscodeJob};

/// The jobs of one sender's viewers, by whose they are. The bridge empties it each time it settles.
#[derive(Default)]
pub(super) struct Jobs {
    queues: Vec<(Option<ClassId>, VecDeque<TranscodeJob>)>,
}

impl Jobs {
    pub(super) fn push(&mut self, class: Option<ClassId>, job: TranscodeJob) {
        let mut queues = self.queues.iter_mut();
        match queues.find(|(of, _)| *of == class) {
            Some((_, queue)) => queue.push_back(job),
            None => self.queues.push((class, VecDeque::from([job]))),
        }
    }

    /// The next job. Each viewer's stay in their order; of the pictures that are the next of somebody
    /// the oldest comes first.
    pub(super) fn pop(&mut self) -> Option<(Option<ClassId>, TranscodeJob)> {
        self.queues.retain(|(_, queue)| !queue.is_empty());
        let mut oldest: Option<(usize, PictureId)> = None;
        for (index, (_, queue)) in self.queues.iter().enumerate() {
            match queue.front() {
                Some(TranscodeJob::Picture(id, _)) => {
                    let is_next = oldest.is_none_or(|(_, of)| is_older(*id, of));
                    oldest = if is_next { Some((index, *id)) } else { oldest };
                }
                Some(_) => return self.take(index),
                None => {}
            }
        }
        oldest.and_then(|(index, _)| self.take(index))
    }

    fn take(&mut self, index: usize) -> Option<(Option<ClassId>, TranscodeJob)> {
        let (class, queue) = self.queues.get_mut(index)?;
        queue.pop_front().map(|job| (*class, job))
    }
}

/// Whether a picture lies before another of the same sender.
fn is_older(one: PictureId, other: PictureId) -> bool {
    let behind = other.sequence.wrapping_sub(one.sequence);
    one.ssrc == other.ssrc && behind != 0 && behind < 1 << 15
}

#[cfg(test)]
mod tests {
    use media::payload::EncodedFrame;

    use super::*;

    fn picture(sequence: u16) -> TranscodeJob {
        let id = PictureId {
            ssrc: 1,
            sequence,
            timestamp: 0,
        };
        let frame = EncodedFrame {
            data: Vec::new(),
            timestamp: 0,
            keyframe: false,
            macroblocks: Vec::new(),
        };
        TranscodeJob::Picture(id, frame)
    }

    #[test]
    fn pictures_come_in_the_senders_order_and_each_viewers_jobs_in_theirs() {
        let mut jobs = Jobs::default();
        let (one, two) = (None, Some(ClassId(2)));
        for sequence in [65_534, 0, 2] {
            jobs.push(one, picture(sequence));
        }
        jobs.push(two, TranscodeJob::ForceKeyframe);
        jobs.push(two, picture(65_534));
        jobs.push(two, picture(0));
        jobs.push(two, TranscodeJob::Close);
        let mut order = Vec::new();
        while let Some((class, job)) = jobs.pop() {
            order.push((
                class.map_or(1, |class| class.0),
                match job {
                    TranscodeJob::Picture(id, _) => format!("{}", id.sequence),
                    other => format!("{other:?}"),
                },
            ));
        }
        let order: Vec<(u32, &str)> = order.iter().map(|(of, job)| (*of, job.as_str())).collect();
        assert_eq!(
            order,
            [
                (2, "ForceKeyframe"),
                (1, "65534"),
                (2, "65534"),
                (1, "0"),
                (2, "0"),
                (2, "Close"),
                (1, "2"),
            ]
        );
    }
}
