//! RFC 3550 §5.1 and §6.4.1: our own stream: numbers, timestamps and what a sender report says.

use std::time::Instant;

use super::RtpPacket;
use super::pacer::{Pacer, QueueFull};
use super::resend::Kept;
use super::rtcp::{NtpTime, SenderInfo};
use crate::buffers;
use crate::payload::Payload;

/// The stream that we send.
#[derive(Debug)]
pub(super) struct Outbound {
    pub(super) ssrc: u32,
    pub(super) payload_type: u8,
    clock_hz: u32,
    sequence: u16,
    timestamp_base: u32,
    pub(super) pacer: Pacer<Queued>,
    gap: bool,
    kept: Kept,
    /// Whether what was sent is kept.
    keeps: bool,
    first_sent: Option<Instant>,
    last_sent: Option<(u32, Instant)>,
    sent_since_report: bool,
    pub(super) packets: u64,
    /// Payload bytes.
    pub(super) octets: u64,
}

/// A payload that waits for its time; numbered when it goes.
#[derive(Debug)]
pub(super) struct Queued {
    timestamp: u32,
    /// When it was taken.
    captured: Instant,
    /// Another payload type than the stream's: its timestamp says nothing of the stream's clock.
    payload_type: Option<u8>,
    payload: Payload,
    /// What should have gone before it will not come.
    after_gap: bool,
}

impl Outbound {
    /// A stream whose numbers begin at chance, as RFC 3550 §5.1 wants them.
    pub(super) fn new(
        payload_type: u8,
        (pacing_bits_per_second, clock_hz): (u32, u32),
        random: &mut Random,
    ) -> Outbound {
        Outbound {
            ssrc: random.next() as u32,
            payload_type,
            clock_hz,
            sequence: random.next() as u16,
            timestamp_base: random.next() as u32,
            pacer: Pacer::new(pacing_bits_per_second),
            gap: false,
            kept: Kept::default(),
            keeps: false,
            first_sent: None,
            last_sent: None,
            sent_since_report: false,
            packets: 0,
            octets: 0,
        }
    }

    pub(super) fn push(
        &mut self,
        timestamp: u32,
        payloads: Vec<Payload>,
        (captured, payload_type): (Instant, Option<u8>),
        now: Instant,
    ) -> Result<(), QueueFull> {
        let queued = payloads.into_iter().map(|payload| {
            (
                payload.bytes.len(),
                Queued {
                    timestamp,
                    captured: captured.min(now),
                    payload_type,
                    payload,
                    after_gap: std::mem::take(&mut self.gap),
                },
            )
        });
        self.pacer.push(queued.collect(), now)
    }

    /// One packet of a picture whose others are not there yet.
    pub(super) fn push_one(
        &mut self,
        (timestamp, captured): (u32, Instant),
        payload: Payload,
        now: Instant,
    ) -> Result<(), QueueFull> {
        let queued = Queued {
            timestamp,
            captured: captured.min(now),
            payload_type: None,
            payload,
            after_gap: std::mem::take(&mut self.gap),
        };
        self.pacer.push_one(queued.payload.bytes.len(), queued, now)
    }

    /// The number of the next packet is left out, so that the peer knows that something is missing.
    pub(super) fn leave_gap(&mut self) {
        self.gap = true;
    }

    /// The next datagram whose time has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Vec<u8>> {
        let queued = self.pacer.pop(now)?;
        self.sequence = self.sequence.wrapping_add(u16::from(queued.after_gap));
        let timestamp = self.timestamp_base.wrapping_add(queued.timestamp);
        let packet = RtpPacket {
            payload_type: queued.payload_type.unwrap_or(self.payload_type),
            marker: queued.payload.marker,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
            payload: queued.payload.bytes,
            ..RtpPacket::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.packets += 1;
        self.octets += packet.payload.len() as u64;
        self.first_sent.get_or_insert(now);
        if queued.payload_type.is_none() {
            self.last_sent = Some((timestamp, queued.captured));
        }
        self.sent_since_report = true;
        let bytes = packet.to_bytes();
        if self.keeps {
            self.kept.keep(packet.sequence, bytes.clone(), now);
        }
        buffers::give_back(packet.payload);
        Some(bytes)
    }

    /// Keeps what is sent from here on, or keeps nothing.
    pub(super) fn set_keeping(&mut self, keeps: bool) {
        self.keeps = keeps;
        if !keeps {
            self.kept.clear();
        }
    }

    /// A packet that the peer missed.
    pub(super) fn again(&mut self, sequence: u16, now: Instant) -> Option<Vec<u8>> {
        self.kept.again(sequence, now)
    }

    /// The mean since the first packet.
    pub(super) fn packets_per_second(&self, now: Instant) -> f64 {
        let Some(first_sent) = self.first_sent else {
            return 0.0;
        };
        let seconds = now.saturating_duration_since(first_sent).as_secs_f64();
        self.packets as f64 / seconds.max(1.0)
    }

    /// What the next report says of the stream; `None` when nothing was sent since the last one,
    /// so that a receiver report goes out (RFC 3550 §6.4). `ntp` is the time of day at `now`.
    pub(super) fn take_sender_info(&mut self, ntp: NtpTime, now: Instant) -> Option<SenderInfo> {
        if !std::mem::take(&mut self.sent_since_report) {
            return None;
        }
        let (timestamp, captured) = self.last_sent?;
        let since = now.saturating_duration_since(captured).as_secs_f64();
        let ticks = (since * f64::from(self.clock_hz)) as u32;
        Some(SenderInfo {
            ntp,
            rtp_timestamp: timestamp.wrapping_add(ticks),
            packets: self.packets as u32,
            octets: self.octets as u32,
        })
    }
}

/// SplitMix64: enough to tell streams apart; nothing here is a secret.
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
