//! What is written to a browser: pictures of our own, and packets that are passed on.

use std::sync::Arc;
use std::time::Instant;

use media::buffers;
use media::payload::Payload;
use media::rtp::RtpPacket;
use str0m::media::Pt;
use str0m::rtp::{RtpWrite, SeqNo};

use super::WebLeg;
use crate::bridge::audio_relay::SoundKind;
use crate::bridge::{Medium, NoRoom};

/// How the numbers of a forwarded stream map to ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct ForwardBase {
    ssrc: u32,
    theirs: u64,
    ours: u64,
}

/// The header of a packet to be written.
struct Written {
    sequence: u64,
    payload_type: Pt,
    timestamp: u32,
    /// When what it has was taken, which our sender reports say.
    captured: Instant,
}

impl WebLeg {
    /// Sends one picture, with when it was taken. `timestamp` is in units of 1/90000 s.
    pub fn send_picture(
        &mut self,
        (timestamp, captured): (u32, Instant),
        payloads: Vec<Payload>,
        now: Instant,
    ) -> Result<(), NoRoom> {
        let medium = Medium::Video;
        let Some(payload_type) = self.streams[medium.index()].payload_type else {
            return Ok(());
        };
        for payload in payloads {
            let sequence = self.streams[medium.index()].next_sequence;
            let packet = Written {
                sequence,
                payload_type,
                timestamp,
                captured,
            };
            self.write(medium, packet, payload, now);
        }
        self.handle_timeout(now);
        Ok(())
    }

    /// Sends one packet of a picture, with when it was taken, whose others are not there yet.
    pub fn send_packet(
        &mut self,
        (timestamp, captured): (u32, Instant),
        payload: Payload,
        now: Instant,
    ) {
        let stream = &self.streams[Medium::Video.index()];
        let Some(payload_type) = stream.payload_type else {
            return;
        };
        let packet = Written {
            sequence: stream.next_sequence,
            payload_type,
            timestamp,
            captured,
        };
        self.write(Medium::Video, packet, payload, now);
        self.handle_timeout(now);
    }

    /// A picture that was begun will not be ended: a number is left out.
    pub fn leave_gap(&mut self) {
        self.streams[Medium::Video.index()].next_sequence += 1;
    }

    /// Sends one packet of sound, or of a key. `timestamp` is in ticks of the codec's clock.
    pub fn send_sound(
        &mut self,
        kind: SoundKind,
        (timestamp, captured): (u32, Instant),
        payload: Payload,
        now: Instant,
    ) {
        let medium = Medium::Audio;
        let stream = &self.streams[medium.index()];
        let payload_type = match kind {
            SoundKind::Speech => stream.payload_type,
            SoundKind::Key => self.events.map(|(number, _)| number),
        };
        let Some(payload_type) = payload_type else {
            return;
        };
        let packet = Written {
            sequence: stream.next_sequence,
            payload_type,
            timestamp,
            captured,
        };
        self.write(medium, packet, payload, now);
        self.handle_timeout(now);
    }

    /// Passes a packet of another browser on. Numbers keep their distances, so that a packet
    /// that was recovered late takes its own place.
    pub fn forward(&mut self, extended: u64, packet: RtpPacket, captured: Instant, now: Instant) {
        let payload_type = self.streams[Medium::Video.index()].payload_type;
        if let Some(payload_type) = payload_type {
            self.pass(
                Medium::Video,
                (extended, payload_type),
                packet,
                captured,
                now,
            );
        }
    }

    /// The same of sound. The packet has a payload type of this leg.
    pub fn forward_sound(
        &mut self,
        extended: u64,
        packet: RtpPacket,
        captured: Instant,
        now: Instant,
    ) {
        let payload_type = Pt::from(packet.payload_type);
        self.pass(
            Medium::Audio,
            (extended, payload_type),
            packet,
            captured,
            now,
        );
    }

    fn pass(
        &mut self,
        medium: Medium,
        (extended, payload_type): (u64, Pt),
        packet: RtpPacket,
        captured: Instant,
        now: Instant,
    ) {
        let stream = &mut self.streams[medium.index()];
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
        let written = Written {
            sequence: base.ours + distance,
            payload_type,
            timestamp: packet.timestamp,
            captured,
        };
        let payload = Payload {
            bytes: packet.payload,
            marker: packet.marker,
        };
        self.write(medium, written, payload, now);
        self.handle_timeout(now);
    }

    fn write(&mut self, medium: Medium, packet: Written, payload: Payload, now: Instant) {
        let stream = &mut self.streams[medium.index()];
        let Some(mid) = stream.mid else {
            return;
        };
        let mut api = self.rtc.direct_api();
        let Some(sender) = api.stream_tx_by_mid(mid, None) else {
            return;
        };
        stream.next_sequence = stream.next_sequence.max(packet.sequence + 1);
        let shared = Arc::<[u8]>::from(payload.bytes.as_slice());
        buffers::give_back(payload.bytes);
        let write = RtpWrite::new(
            packet.payload_type,
            SeqNo::from(packet.sequence),
            packet.timestamp,
            packet.captured.min(now),
            shared,
        );
        let write = write
            .marker(payload.marker)
            .nackable(medium == Medium::Video);
        sender.write_rtp(write);
    }

    /// What follows is of another source, or some of it was left out.
    pub fn forward_anew(&mut self, medium: Medium) {
        self.streams[medium.index()].forwarded = None;
    }
}
