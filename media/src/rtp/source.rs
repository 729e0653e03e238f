//! RFC 3550 §6.4 and A.3, A.8: one source received: order, loss, jitter and the report about it.

use std::time::{Duration, Instant};

use super::RtpPacket;
use super::reorder::{Pushed, ReorderBuffer};
use super::rtcp::{NtpTime, ReportBlock};
use super::sequence::{Arrival, SequenceTracker};

/// One synchronization source of the peer.
#[derive(Debug)]
pub struct Source {
    ssrc: u32,
    tracker: SequenceTracker,
    reorder: ReorderBuffer,
    received: u64,
    jitter: Jitter,
    last_report: Option<(NtpTime, Instant)>,
    expected_before: u64,
    received_before: u64,
}

/// What became of a packet of this source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Kept,
    Late,
    Duplicate,
    /// Far from the stream's numbers: dropped unless the next packet continues it.
    Suspect,
    /// Kept, the first of a stream that began anew.
    Restarted,
}

impl Source {
    /// A source whose first packet is about to be taken.
    /// `clock_hz` is the payload format's.
    pub fn new(first: &RtpPacket, hold: Duration, clock_hz: u32) -> Source {
        Source {
            ssrc: first.ssrc,
            tracker: SequenceTracker::new(first.sequence),
            reorder: ReorderBuffer::new(hold),
            received: 0,
            jitter: Jitter::new(clock_hz),
            last_report: None,
            expected_before: 0,
            received_before: 0,
        }
    }

    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Takes a packet that carries this source's SSRC.
    pub fn take(&mut self, packet: RtpPacket, now: Instant) -> Taken {
        let mut is_restarted = false;
        let extended = match self.tracker.update(packet.sequence) {
            Arrival::Accepted(extended) => extended,
            Arrival::Suspect => return Taken::Suspect,
            Arrival::Restarted(extended) => {
                is_restarted = true;
                self.reorder.reset();
                self.jitter.reset();
                (self.received, self.expected_before, self.received_before) = (0, 0, 0);
                extended
            }
        };
        self.received += 1;
        self.jitter.update(packet.timestamp, now);
        match self.reorder.push(extended, packet, now) {
            Pushed::Kept if is_restarted => Taken::Restarted,
            Pushed::Kept => Taken::Kept,
            Pushed::Late => Taken::Late,
            Pushed::Duplicate => Taken::Duplicate,
        }
    }

    /// The next packet in order.
    pub fn pop(&mut self, now: Instant) -> Option<RtpPacket> {
        self.reorder.pop(now)
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.reorder.poll_timeout()
    }

    /// Waits this long for a missing packet from here on.
    pub fn set_hold(&mut self, hold: Duration) {
        self.reorder.set_hold(hold);
    }

    /// The extended numbers of the packets that are missing at present, in rising order.
    pub fn holes(&self) -> impl Iterator<Item = u64> {
        self.reorder.holes()
    }

    /// A sender report of this source came.
    pub fn reported(&mut self, ntp: NtpTime, now: Instant) {
        self.last_report = Some((ntp, now));
    }

    /// Packets that never came, as far as the numbers tell; late ones count as received.
    pub fn lost(&self) -> u64 {
        self.tracker.expected().saturating_sub(self.received)
    }

    /// In ticks of the stream's clock.
    pub fn jitter(&self) -> u32 {
        self.jitter.estimate as u32
    }

    /// The report block for our next RTCP packet; begins a new interval (RFC 3550 A.3).
    pub fn report(&mut self, now: Instant) -> ReportBlock {
        let expected = self.tracker.expected();
        let expected_now = expected - self.expected_before;
        let received_now = self.received - self.received_before;
        (self.expected_before, self.received_before) = (expected, self.received);
        let lost_now = expected_now.saturating_sub(received_now);
        let fraction = (lost_now * 256).checked_div(expected_now).unwrap_or(0);
        let lost = expected as i64 - self.received as i64;
        let (last_sender_report, delay_since_last) = match self.last_report {
            Some((ntp, arrived)) => {
                let delay = now.saturating_duration_since(arrived);
                (ntp.middle(), (delay.as_secs_f64() * 65536.0) as u32)
            }
            None => (0, 0),
        };
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: fraction.min(255) as u8,
            cumulative_lost: lost.clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_sequence: self.tracker.reported_highest(),
            jitter: self.jitter(),
            last_sender_report,
            delay_since_last,
        }
    }
}

/// The interarrival jitter of RFC 3550 §6.4.1 and A.8.
#[derive(Debug)]
struct Jitter {
    clock_hz: f64,
    /// In ticks.
    estimate: f64,
    last: Option<(u32, Instant)>,
}

impl Jitter {
    fn new(clock_hz: u32) -> Jitter {
        Jitter {
            clock_hz: f64::from(clock_hz),
            estimate: 0.0,
            last: None,
        }
    }

    fn reset(&mut self) {
        (self.estimate, self.last) = (0.0, None);
    }

    fn update(&mut self, timestamp: u32, now: Instant) {
        if let Some((last_timestamp, last_arrival)) = self.last {
            let arrived = now.saturating_duration_since(last_arrival).as_secs_f64();
            let arrived_ticks = arrived * self.clock_hz;
            let sent_ticks = f64::from(timestamp.wrapping_sub(last_timestamp) as i32);
            let deviation = (arrived_ticks - sent_ticks).abs();
            // A leap of the sender's clock is no jitter; without a bound it would stand for minutes.
            let deviation = deviation.min(10.0 * self.clock_hz);
            self.estimate += (deviation - self.estimate) / 16.0;
        }
        self.last = Some((timestamp, now));
    }
}
