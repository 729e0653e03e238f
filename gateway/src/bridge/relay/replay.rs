//! RFC 3551, RFC 5168 §6: pictures of a sender that cannot be asked for a keyframe. RTP/AVP has no
//! feedback, and INFO is the peer's choice; who begins to watch such a sender would see nothing until
//! its next keyframe, and some handsets send but one. All since the last keyframe is kept instead, and
//! sent at once to who needs it.

use std::time::Instant;

use media::buffers;
use media::keyframe;
use media::payload::{EncodedFrame, Payload, h264};

use super::{Frames, Path, Relay, RelayOutput};

/// What is kept at most: six seconds of the largest share that a handset sends, 384 kbit/s.
const MAX_BYTES: usize = 288 * 1024;

/// And in packets: pictures of small shares are one each.
const MAX_PACKETS: usize = 720;

/// One of the pictures that are sent once more.
pub struct Replayed {
    pub timestamp: u32,
    pub payloads: Vec<Payload>,
    pub keyframe: bool,
}

/// What the viewer was sent since the last keyframe, if that is all there.
#[derive(Debug, Default)]
pub struct Replay {
    /// All payloads, one behind the other.
    bytes: Vec<u8>,
    packets: Vec<Kept>,
    /// From a keyframe on, without a hole.
    is_whole: bool,
    /// When all of it was last sent.
    sent_at: Option<Instant>,
}

#[derive(Debug)]
struct Kept {
    timestamp: u32,
    marker: bool,
    /// Where it ends in the bytes.
    end: usize,
}

impl Replay {
    /// A keyframe follows: nothing before it is needed any more.
    pub fn begin(&mut self) {
        self.forget();
        self.is_whole = true;
    }

    /// The viewer is sent this.
    pub fn note(&mut self, timestamp: u32, payload: &Payload) {
        if !self.is_whole {
            return;
        }
        let is_full =
            self.packets.len() == MAX_PACKETS || self.bytes.len() + payload.bytes.len() > MAX_BYTES;
        if is_full {
            return self.forget();
        }
        self.bytes.extend_from_slice(&payload.bytes);
        self.packets.push(Kept {
            timestamp,
            marker: payload.marker,
            end: self.bytes.len(),
        });
    }

    /// Something is missing: what follows builds on what nobody has.
    pub fn forget(&mut self) {
        self.bytes.clear();
        self.packets.clear();
        self.is_whole = false;
    }

    /// Whether there is something to send, and it wasn't sent just now.
    pub fn is_ready(&self, now: Instant) -> bool {
        let is_due = self
            .sent_at
            .is_none_or(|at| now >= at + keyframe::MIN_INTERVAL);
        is_due && !self.packets.is_empty()
    }

    /// All pictures, the keyframe first, one tick after the other from the last one's time on: the viewer
    /// decodes them as fast as they come, shows the last, and is where the sender is.
    pub fn pictures(&mut self, now: Instant) -> Vec<Replayed> {
        self.sent_at = Some(now);
        let mut pictures: Vec<Replayed> = Vec::new();
        let last = self.packets.last().map_or(0, |kept| kept.timestamp);
        let (mut before, mut start) = (None, 0);
        for kept in &self.packets {
            if before.replace(kept.timestamp) != Some(kept.timestamp) {
                pictures.push(Replayed {
                    timestamp: last.wrapping_add(pictures.len() as u32 + 1),
                    payloads: Vec::new(),
                    keyframe: pictures.is_empty(),
                });
            }
            let bytes = buffers::copy(&self.bytes[start..kept.end]);
            start = kept.end;
            if let Some(picture) = pictures.last_mut() {
                let marker = kept.marker;
                picture.payloads.push(Payload { bytes, marker });
            }
        }
        pictures
    }
}

impl Frames {
    pub(super) fn note_for_replay(&mut self, frame: &EncodedFrame, payloads: &[Payload]) {
        let Some(replay) = self.replay.as_mut().filter(|_| self.transcoding.is_none()) else {
            return;
        };
        if h264::is_idr(&frame.data) {
            replay.begin();
        }
        for payload in payloads {
            replay.note(frame.timestamp, payload);
        }
    }
}

impl Relay {
    /// Where its sender does not take requests for keyframes, and its viewer needs one.
    pub(super) fn replay_in_senders_place(&mut self, now: Instant) {
        if !self.broker.can_ask_sender() {
            self.replay(now);
        }
    }

    /// Sends the viewer all since the last keyframe, if that is there.
    pub(super) fn replay(&mut self, now: Instant) {
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        let ready = frames.replay.as_mut().filter(|replay| replay.is_ready(now));
        let Some(replay) = ready.filter(|_| frames.transcoding.is_none()) else {
            return;
        };
        if frames.cut.is_inside() {
            frames.replay_is_due = true;
            return;
        }
        let pictures = replay.pictures(now);
        tracing::debug!(
            pictures = pictures.len(),
            "sent once more from the keyframe on"
        );
        for picture in pictures {
            self.outputs.push_back(RelayOutput::Picture {
                timestamp: picture.timestamp,
                payloads: picture.payloads,
                keyframe: picture.keyframe,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn payload(bytes: usize) -> Payload {
        Payload {
            bytes: vec![7; bytes],
            marker: true,
        }
    }

    #[test]
    fn all_since_the_last_keyframe_is_sent_once_more_and_once_a_second() {
        let start = Instant::now();
        let mut replay = Replay::default();
        replay.note(1, &payload(10));
        assert!(!replay.is_ready(start), "no keyframe yet");
        replay.begin();
        for (timestamp, bytes) in [(6000, 10), (6000, 20), (u32::MAX - 1, 30)] {
            replay.note(timestamp, &payload(bytes));
        }
        assert!(replay.is_ready(start));
        let seen: Vec<_> = replay
            .pictures(start)
            .into_iter()
            .map(|picture| {
                let sizes: Vec<_> = picture.payloads.iter().map(|one| one.bytes.len()).collect();
                (picture.timestamp, picture.keyframe, sizes)
            })
            .collect();
        assert_eq!(
            seen,
            [(u32::MAX, true, vec![10, 20]), (0, false, vec![30])],
            "after the last one's time, over the wrap"
        );
        assert!(!replay.is_ready(start + Duration::from_millis(900)));
        assert!(replay.is_ready(start + Duration::from_secs(1)));
        replay.forget();
        assert!(!replay.is_ready(start + Duration::from_secs(2)));
    }

    #[test]
    fn a_sender_without_keyframes_does_not_fill_the_memory() {
        for bytes in [1, 1400] {
            let mut replay = Replay::default();
            replay.begin();
            for number in 0..10_000 {
                replay.note(number * 3000, &payload(bytes));
                assert!(replay.bytes.len() <= MAX_BYTES && replay.packets.len() <= MAX_PACKETS);
            }
            assert!(
                !replay.is_ready(Instant::now()),
                "what is left builds on what is gone"
            );
            replay.begin();
            replay.note(0, &payload(bytes));
            assert!(replay.is_ready(Instant::now()));
        }
    }
}
