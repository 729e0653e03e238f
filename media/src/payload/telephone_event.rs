//! RFC 4733 §2: keys that were pressed, beside the audio of a call.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     event     |E|R| volume    |          duration             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! All packets of one event have its beginning as their timestamp; the first has the marker, the
//! last three the end bit and the same duration (§2.5.1).

use std::time::Duration;

use super::{Payload, PayloadError};

/// One packet's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// 0 to 9, `*` is 10, `#` 11, A to D 12 to 15, others as registered.
    pub code: u8,
    /// The event is over.
    pub end: bool,
    /// Decibels below 0 dBm0, 0 to 63.
    pub volume: u8,
    /// How long so far, in ticks of the line's clock.
    pub duration: u16,
}

/// How often the last packet of an event is sent (§2.5.1.4).
pub const END_PACKETS: usize = 3;

impl Event {
    /// # Errors
    /// [`PayloadError::Truncated`] below four octets; what follows them is not looked at.
    pub fn parse(payload: &[u8]) -> Result<Event, PayloadError> {
        let [code, flags, high, low, ..] = *payload else {
            let bytes = payload.len();
            return Err(PayloadError::Truncated { bytes });
        };
        Ok(Event {
            code,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        let flags = u8::from(self.end) << 7 | self.volume.min(0x3f);
        [self.code, flags, high, low]
    }

    /// The same at another clock. One that is longer than its duration can say goes on in a new
    /// segment, whose beginning is that many ticks after the event's (§2.5.1.3).
    pub fn at_clock(self, from_hz: u32, to_hz: u32) -> (Event, u32) {
        let ticks = u64::from(self.duration) * u64::from(to_hz) / u64::from(from_hz.max(1));
        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
        let longest = u32::from(u16::MAX);
        let begun = ticks.saturating_sub(1) / longest * longest;
        let event = Event {
            duration: (ticks - begun) as u16,
            ..self
        };
        (event, begun)
    }
}

/// Hears events: each is told once when it begins, however many packets tell of it.
#[derive(Debug, Default)]
pub struct Listener {
    /// Code and timestamp of the event heard last.
    last: Option<(u8, u32)>,
}

impl Listener {
    /// Takes a packet; gives the code of an event that was not told before.
    pub fn hear(&mut self, event: Event, timestamp: u32) -> Option<u8> {
        let heard = (event.code, timestamp);
        if self.last == Some(heard) {
            return None;
        }
        self.last = Some(heard);
        Some(event.code)
    }
}

/// Tells one event: packets while the key is down, then [`END_PACKETS`] of its end.
#[derive(Debug, Clone)]
pub struct Press {
    code: u8,
    volume: u8,
    clock_hz: u32,
    lasts: Duration,
    sent: usize,
    ends: usize,
}

/// Between the packets of an event (§2.5.1.2).
pub const PACKET_EVERY: Duration = Duration::from_millis(50);

impl Press {
    pub fn new(code: u8, clock_hz: u32, lasts: Duration) -> Press {
        Press {
            code,
            volume: 10,
            clock_hz,
            lasts,
            sent: 0,
            ends: 0,
        }
    }

    /// The next packet; `None` after the last. They leave [`PACKET_EVERY`] after each other, and all
    /// have the timestamp of the beginning.
    pub fn next_packet(&mut self) -> Option<Payload> {
        if self.ends == END_PACKETS {
            return None;
        }
        let so_far = PACKET_EVERY * (self.sent as u32 + 1);
        let end = so_far >= self.lasts;
        let duration = so_far.min(self.lasts);
        let ticks = duration.as_millis() as u64 * u64::from(self.clock_hz) / 1000;
        let event = Event {
            code: self.code,
            end,
            volume: self.volume,
            duration: u16::try_from(ticks).unwrap_or(u16::MAX),
        };
        let marker = self.sent == 0;
        self.sent += 1;
        self.ends += usize::from(end);
        Some(Payload {
            bytes: event.to_bytes().to_vec(),
            marker,
        })
    }
}
