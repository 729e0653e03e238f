//! RFC 3550 §8: which of the sources that send to us is the peer's, and what it sent.

use std::time::{Duration, Instant};

use super::RtpPacket;
use super::source::{Source, Taken};

/// How long a missing packet is waited for: over the usual reordering, under a picture at 15 a
/// second.
pub(super) const REORDER_HOLD: Duration = Duration::from_millis(60);
/// The same where the peer sends missing packets once more when it is asked: two questions and
/// the way back.
pub(super) const RESENT_HOLD: Duration = Duration::from_millis(250);
/// How long late packets of a source that was left are ignored.
pub(super) const RETIREMENT: Duration = Duration::from_secs(2);

/// The peer's present source, and the one that may follow it.
#[derive(Debug)]
pub(super) struct Inbound {
    clock_hz: u32,
    hold: Duration,
    pub(super) source: Option<Source>,
    /// A new SSRC's first packet; its next one makes it the peer's source.
    candidate: Option<RtpPacket>,
    /// The source before this one and until when its late packets are ignored.
    retired: Option<(u32, Instant)>,
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Received {
    Kept,
    /// Late, repeated or far from the stream's numbers.
    Discarded,
    /// Of a source that is not the peer's.
    Foreign,
    /// It waits for a second one of its source.
    Waiting,
    /// The peer's source is another one from here on, or began anew.
    SourceChanged,
}

impl Inbound {
    pub(super) fn new(clock_hz: u32) -> Inbound {
        Inbound {
            clock_hz,
            hold: REORDER_HOLD,
            source: None,
            candidate: None,
            retired: None,
        }
    }

    pub(super) fn take(&mut self, packet: RtpPacket, now: Instant) -> Received {
        match &mut self.source {
            Some(source) if source.ssrc() != packet.ssrc => self.consider(packet, now),
            Some(source) => match source.take(packet, now) {
                Taken::Kept => Received::Kept,
                Taken::Restarted => Received::SourceChanged,
                Taken::Late | Taken::Duplicate | Taken::Suspect => Received::Discarded,
            },
            None => {
                let mut source = Source::new(&packet, self.hold, self.clock_hz);
                source.take(packet, now);
                self.source = Some(source);
                Received::Kept
            }
        }
    }

    /// Waits this long for a missing packet from here on.
    pub(super) fn set_hold(&mut self, hold: Duration) {
        self.hold = hold;
        if let Some(source) = &mut self.source {
            source.set_hold(hold);
        }
    }

    pub(super) fn ssrc(&self) -> Option<u32> {
        self.source.as_ref().map(Source::ssrc)
    }

    /// The source said goodbye: any other may be the next.
    pub(super) fn forget(&mut self) {
        self.source = None;
        self.candidate = None;
    }

    /// A packet of another SSRC: its source is the peer's new one once two packets in a row came
    /// from it, so that a stray packet does not end the running picture (RFC 3550 A.1).
    fn consider(&mut self, packet: RtpPacket, now: Instant) -> Received {
        if self
            .retired
            .is_some_and(|(ssrc, until)| ssrc == packet.ssrc && now < until)
        {
            return Received::Foreign;
        }
        let continued = self.candidate.take_if(|first| {
            first.ssrc == packet.ssrc && first.sequence.wrapping_add(1) == packet.sequence
        });
        let Some(first) = continued else {
            return match self.candidate.replace(packet) {
                Some(_) => Received::Foreign,
                None => Received::Waiting,
            };
        };
        let mut source = Source::new(&first, self.hold, self.clock_hz);
        source.take(first, now);
        source.take(packet, now);
        if let Some(before) = self.source.replace(source) {
            self.retired = Some((before.ssrc(), now + RETIREMENT));
        }
        Received::SourceChanged
    }
}
