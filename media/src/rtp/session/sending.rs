//! RFC 3550 §5.1: what a leg sends, picture by picture or packet by packet.

use std::time::Instant;

use super::super::pacer::QueueFull;
use super::{Session, State};
use crate::payload::Payload;

impl Session {
    /// Sends one picture. `timestamp` counts in the caller's own 90 kHz; the leg adds its offset.
    ///
    /// # Errors
    /// [`QueueFull`] when the picture did not fit the queue and was dropped as a whole; the next
    /// one must be a keyframe.
    pub fn send(
        &mut self,
        timestamp: u32,
        payloads: Vec<Payload>,
        now: Instant,
    ) -> Result<(), QueueFull> {
        self.send_captured(timestamp, payloads, (now, None), now)
    }

    /// The same, of something that was taken before `now`, so that reports relate its timestamp to
    /// that time; with another payload type than the stream's when one is given.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub fn send_captured(
        &mut self,
        timestamp: u32,
        payloads: Vec<Payload>,
        captured: (Instant, Option<u8>),
        now: Instant,
    ) -> Result<(), QueueFull> {
        let State::Running(_) = self.state else {
            return Ok(());
        };
        let count = payloads.len() as u64;
        if let Err(full) = self.outbound.push(timestamp, payloads, captured, now) {
            self.counters.overflowed += count;
            return Err(full);
        }
        self.handle_timeout(now);
        Ok(())
    }

    /// Sends one packet of a picture, with when it was taken, whose others are not there yet.
    ///
    /// # Errors
    /// As [`Session::send`]; the picture is broken then.
    pub fn send_packet(
        &mut self,
        (timestamp, captured): (u32, Instant),
        payload: Payload,
        now: Instant,
    ) -> Result<(), QueueFull> {
        let State::Running(_) = self.state else {
            return Ok(());
        };
        let at = (timestamp, captured);
        if let Err(full) = self.outbound.push_one(at, payload, now) {
            self.counters.overflowed += 1;
            return Err(full);
        }
        self.handle_timeout(now);
        Ok(())
    }

    /// What the next packet should follow will not come: its number is left out.
    pub fn leave_gap(&mut self) {
        self.outbound.leave_gap();
    }
}
