//! RFC 3550 A.1: sequence numbers that wrap around, go missing, come late or start again.

/// A jump forward of this many numbers or more is a restart, not a loss (RFC 3550 A.1).
pub const MAX_DROPOUT: u16 = 3_000;
/// A number this far behind the highest or further is a restart, not a late packet (RFC 3550 A.1).
pub const MAX_MISORDER: u16 = 100;

/// What a sequence number means after those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Part of the stream, in order, late or repeated; the number extended to 64 bits.
    Accepted(u64),
    /// Far away from the stream: dropped unless the next packet continues it.
    Suspect,
    /// The source began anew, as the second packet of the new numbers shows.
    Restarted(u64),
}

/// Extends the 16-bit numbers of one source. Counting begins at 65536 plus the first number, so
/// that packets older than the first have numbers too.
#[derive(Debug, Clone)]
pub struct SequenceTracker {
    first: u64,
    highest: u64,
    suspect_next: Option<u16>,
}

impl SequenceTracker {
    pub fn new(first: u16) -> SequenceTracker {
        let extended = CYCLE + u64::from(first);
        SequenceTracker {
            first: extended,
            highest: extended,
            suspect_next: None,
        }
    }

    /// Takes the next packet's number.
    pub fn update(&mut self, sequence: u16) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        if ahead < MAX_DROPOUT {
            self.highest += u64::from(ahead);
            self.suspect_next = None;
            return Arrival::Accepted(self.highest);
        }
        let behind = ahead.wrapping_neg();
        if behind < MAX_MISORDER {
            return Arrival::Accepted(self.highest - u64::from(behind));
        }
        if self.suspect_next == Some(sequence) {
            *self = SequenceTracker::new(sequence);
            return Arrival::Restarted(self.highest);
        }
        self.suspect_next = Some(sequence.wrapping_add(1));
        Arrival::Suspect
    }

    /// The highest extended number seen.
    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// How many wraps and which number, as a report block wants it (RFC 3550 §6.4.1).
    pub fn reported_highest(&self) -> u32 {
        (self.highest - CYCLE) as u32
    }

    /// How many packets the source has sent as far as the numbers tell.
    pub fn expected(&self) -> u64 {
        self.highest - self.first + 1
    }
}

const CYCLE: u64 = 1 << 16;
