//! RFC 3550 §5.1: which packets make one picture: the same timestamp, no number missing, and the
//! marker on the last of them.

use std::collections::VecDeque;

use super::{EncodedFrame, MAX_FRAME_BYTES, PayloadError};
use crate::rtp::RtpPacket;

/// The picture being put together. `F` is what the format gathers of it.
#[derive(Debug)]
pub(super) struct Assembly<F> {
    /// The number after the last packet.
    next: Option<u16>,
    picture: Option<Open<F>>,
    /// Pictures of this timestamp have a hole already: the rest of it is passed over.
    spoilt: Option<u32>,
    lost: bool,
    /// A picture that was complete together with the one given out. At most one: the packet that
    /// completed it followed one that gave out nothing.
    ready: VecDeque<EncodedFrame>,
}

#[derive(Debug)]
struct Open<F> {
    timestamp: u32,
    gathered: F,
}

/// What the payloads between two picture boundaries are.
#[derive(Debug)]
pub(super) enum Finished {
    Whole {
        data: Vec<u8>,
        keyframe: bool,
    },
    /// Nothing was missing, but there is no picture in them.
    Nothing,
    /// A part is missing after all.
    Damaged,
}

/// What a format does with its packets.
pub(super) trait Gather: Sized {
    /// A new picture begins with this payload; `None` when the payload is not a picture's
    /// beginning, so that its beginning must have been lost.
    fn begin(payload: &[u8]) -> Option<Self>;

    /// Adds a payload.
    fn add(&mut self, payload: &[u8]) -> Result<(), PayloadError>;

    /// Bytes gathered.
    fn len(&self) -> usize;
}

impl<F: Gather> Assembly<F> {
    pub(super) fn new() -> Assembly<F> {
        Assembly {
            next: None,
            picture: None,
            spoilt: None,
            lost: false,
            ready: VecDeque::new(),
        }
    }

    /// Takes a packet; `finish` says what the gathered payloads are.
    pub(super) fn push(
        &mut self,
        packet: &RtpPacket,
        mut finish: impl FnMut(F) -> Finished,
    ) -> Result<Option<EncodedFrame>, PayloadError> {
        let after_hole = match self.next {
            Some(next) if is_before(packet.sequence, next) => return Ok(self.ready.pop_front()),
            Some(next) => packet.sequence != next,
            None => false,
        };
        self.next = Some(packet.sequence.wrapping_add(1));
        if packet.payload.is_empty() {
            self.spoil_if(after_hole, None);
            return Ok(self.ready.pop_front());
        }
        self.spoil_if(after_hole, Some(packet.timestamp));
        if self
            .picture
            .as_ref()
            .is_some_and(|open| open.timestamp != packet.timestamp)
        {
            // No hole, another time: the sender left the marker out.
            self.close(&mut finish);
        }
        let added = self.add(packet);
        if packet.marker {
            self.close(&mut finish);
            self.spoilt = None;
        }
        added.map(|()| self.ready.pop_front())
    }

    pub(super) fn skip(&mut self, sequence: u16) {
        let Some(next) = self.next else { return };
        if is_before(sequence, next) {
            return;
        }
        self.spoil_if(sequence != next, None);
        self.next = Some(sequence.wrapping_add(1));
    }

    pub(super) fn take_loss(&mut self) -> bool {
        std::mem::take(&mut self.lost)
    }

    fn add(&mut self, packet: &RtpPacket) -> Result<(), PayloadError> {
        if self.spoilt == Some(packet.timestamp) {
            return Ok(());
        }
        if self.picture.is_none() {
            let Some(gathered) = F::begin(&packet.payload) else {
                self.spoil(packet.timestamp);
                return Ok(());
            };
            self.picture = Some(Open {
                timestamp: packet.timestamp,
                gathered,
            });
            self.spoilt = None;
        }
        let Some(open) = &mut self.picture else {
            return Ok(());
        };
        let added = match open.gathered.add(&packet.payload) {
            Ok(()) if open.gathered.len() > MAX_FRAME_BYTES => Err(PayloadError::FrameTooLarge),
            added => added,
        };
        if added.is_err() {
            self.spoil(packet.timestamp);
        }
        added
    }

    fn close(&mut self, finish: &mut impl FnMut(F) -> Finished) {
        let Some(Open {
            timestamp,
            gathered,
        }) = self.picture.take()
        else {
            return;
        };
        match finish(gathered) {
            Finished::Whole { data, keyframe } => {
                self.ready.push_back(EncodedFrame {
                    data,
                    timestamp,
                    keyframe,
                    macroblocks: Vec::new(),
                });
            }
            Finished::Nothing => {}
            Finished::Damaged => self.lost = true,
        }
    }

    /// A hole before a packet: the open picture misses its end. When the packet has the same
    /// timestamp, its picture misses a part; otherwise its own beginning decides.
    fn spoil_if(&mut self, hole: bool, timestamp: Option<u32>) {
        if !hole {
            return;
        }
        self.lost = true;
        let open = self.picture.take().map(|open| open.timestamp);
        if open.is_some() && (open == timestamp || timestamp.is_none()) {
            self.spoilt = open;
        }
    }

    fn spoil(&mut self, timestamp: u32) {
        self.picture = None;
        self.spoilt = Some(timestamp);
        self.lost = true;
    }
}

/// Whether a number lies before `next` within half the number space: repeated or late.
fn is_before(sequence: u16, next: u16) -> bool {
    let behind = next.wrapping_sub(sequence);
    behind != 0 && behind < 1 << 15
}
