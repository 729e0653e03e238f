//! What is written to a browser: pictures of our own, and packets that are passed on.

use std::sync::Arc;
use std::time::Instant;

use media::buffers;
use media::payload::Payload;
use media::rtp::RtpPacket;
use str0m::rtp::{RtpWrite, SeqNo};

use super::WebLeg;
use crate::bridge::{Medium, NoRoom};

/// How the numbers of a forwarded stream map to ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct ForwardBase {
    ssrc: u32,
    theirs: u64,
    ours: u64,
}

impl WebLeg {
    /// Sends one picture. `timestamp` is in units of 1/90000 s.
    pub fn send_picture(
        &mut self,
        timestamp: u32,
        payloads: Vec<Payload>,
        now: Instant,
    ) -> Result<(), NoRoom> {
        for payload in payloads {
            let sequence = self.streams[Medium::Video.index()].next_sequence;
            self.write(
                Medium::Video,
                sequence,
                payload.bytes,
                (payload.marker, timestamp),
                now,
            );
        }
        self.handle_timeout(now);
        Ok(())
    }

    /// Sends one packet of a picture whose others are not there yet.
    pub fn send_packet(&mut self, timestamp: u32, payload: Payload, now: Instant) {
        let sequence = self.streams[Medium::Video.index()].next_sequence;
        let at = (payload.marker, timestamp);
        self.write(Medium::Video, sequence, payload.bytes, at, now);
        self.handle_timeout(now);
    }

    /// A picture that was begun will not be ended: a number is left out.
    pub fn leave_gap(&mut self) {
        self.streams[Medium::Video.index()].next_sequence += 1;
    }

    /// Passes a packet of another browser on. Numbers keep their distances, so that a packet
    /// that was recovered late takes its own place.
    pub fn forward(&mut self, extended: u64, packet: RtpPacket, now: Instant) {
        let stream = &mut self.streams[Medium::Video.index()];
        let continued = stream.forwarded.filter(|base| base.ssrc == packet.ssrc);
        let base = continued.unwrap_or(ForwardBase {
            ssrc: packet.ssrc,
            theirs: extended,
            ours: stream.next_sequence,
        });
        stream.forwarded = Some(base);
        let Some(distance) = extended.checked_sub(base.theirs) else {
            return; // from before the first packet that was passed on
        };
        let sequence = base.ours + distance;
        let at = (packet.marker, packet.timestamp);
        self.write(Medium::Video, sequence, packet.payload, at, now);
        self.handle_timeout(now);
    }

    fn write(
        &mut self,
        medium: Medium,
        sequence: u64,
        payload: Vec<u8>,
        (marker, time): (bool, u32),
        now: Instant,
    ) {
        let stream = &mut self.streams[medium.index()];
        let (Some(mid), Some(payload_type)) = (stream.mid, stream.payload_type) else {
            return;
        };
        let mut api = self.rtc.direct_api();
        let Some(sender) = api.stream_tx_by_mid(mid, None) else {
            return;
        };
        stream.next_sequence = stream.next_sequence.max(sequence + 1);
        let shared = Arc::<[u8]>::from(payload.as_slice());
        buffers::give_back(payload);
        let write = RtpWrite::new(payload_type, SeqNo::from(sequence), time, now, shared)
            .marker(marker)
            .nackable(medium == Medium::Video);
        sender.write_rtp(write);
    }

    /// The pictures that follow are of another source, or some were left out.
    pub fn forward_anew(&mut self) {
        self.streams[Medium::Video.index()].forwarded = None;
    }
}
