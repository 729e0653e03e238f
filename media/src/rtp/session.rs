//! RFC 3550 §6 and §8: one RTP/AVP leg, from its first report to its BYE.
//!
//! Handsets end a share when no RTCP came for 20 s, so a compound packet goes out at once when
//! media starts and at least every 5 s then, whether we send video or only receive it. After every
//! call the owner drains [`Session::poll_output`] until `None`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::pacer::{Pacer, QueueFull};
use super::packet::is_rtcp;
use super::rtcp::{self, Chunk, FirEntry, NtpTime, ReportBlock, Rtcp, SenderInfo};
use super::source::{Source, Taken};
use super::{RtpPacket, VIDEO_CLOCK_HZ};
use crate::payload::Payload;

/// The mean time between two compound packets; each is 80 to 120 per cent of it, so below 5 s.
pub const RTCP_INTERVAL: Duration = Duration::from_secs(4);
/// Without RTP and RTCP for this long, the peer is gone.
pub const SILENCE_LIMIT: Duration = Duration::from_secs(20);
/// How long a missing packet is waited for: over the usual reordering, under a picture at 15 a
/// second.
pub const REORDER_HOLD: Duration = Duration::from_millis(60);

/// How one leg is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Payload types the answer allows towards us; others are dropped and counted.
    pub accepted_payload_types: Vec<u8>,
    /// The payload type of what we send.
    pub payload_type: u8,
    /// Our canonical name (RFC 3550 §6.5.1): random, and without user or address.
    pub cname: String,
    /// Where SSRC, first sequence number, first timestamp and the jitter of reports come from.
    pub seed: u64,
    /// At what rate a picture's packets are spread.
    pub pacing_bits_per_second: u32,
}

/// What a socket received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// From the RTP port; RTCP that strayed there is recognised (RFC 5761 §4).
    Rtp(Vec<u8>),
    /// From the RTCP port.
    Rtcp(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// To be sent from the RTP port.
    Rtp(Vec<u8>),
    /// To be sent from the RTCP port.
    Rtcp(Vec<u8>),
    Event(Event),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The next packet of the peer in order; a missing number is a lost packet.
    Packet(RtpPacket),
    /// A packet without payload had this number: no loss, and nothing to depacketize.
    KeepAlive {
        sequence: u16,
    },
    KeyframeRequested(KeyframeRequest),
    /// What the peer says of our stream.
    PeerReport {
        report: ReportBlock,
        round_trip: Option<Duration>,
    },
    /// The peer continues with another SSRC: what was gathered of a picture is worthless.
    SourceChanged {
        ssrc: u32,
    },
    /// Neither RTP nor RTCP came for [`SILENCE_LIMIT`]. Said once until something comes again.
    Silent,
    PeerBye {
        reason: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyframeRequest {
    Pli,
    Fir,
}

/// What went through the leg, and what did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub sent_packets: u64,
    /// Payload bytes.
    pub sent_octets: u64,
    pub sent_rtcp: u64,
    pub received_packets: u64,
    /// Payload bytes.
    pub received_octets: u64,
    pub received_rtcp: u64,
    pub received_sender_reports: u64,
    pub received_receiver_reports: u64,
    pub keepalives: u64,
    /// Came after their place was given up, twice, or far from the stream's numbers.
    pub discarded: u64,
    pub wrong_payload_type: u64,
    pub malformed: u64,
    /// Of a source that is not the peer's present one, or with our own SSRC.
    pub foreign: u64,
    /// Packets of pictures for which the sending queue had no room.
    pub overflowed: u64,
}

/// One leg. Before [`Session::start`] and after [`Session::stop`] it sends nothing.
#[derive(Debug)]
pub struct Session {
    config: Config,
    random: Random,
    state: State,
    ssrc: u32,
    sequence: u16,
    timestamp_base: u32,
    fir_sequence: u8,
    pacer: Pacer<Queued>,
    last_sent: Option<(u32, Instant)>,
    sent_since_report: bool,
    source: Option<Source>,
    /// A new SSRC's first packet; its next one makes it the peer's source.
    candidate: Option<RtpPacket>,
    /// The source before this one and until when its late packets are ignored.
    retired: Option<(u32, Instant)>,
    counters: Counters,
    outputs: VecDeque<Output>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    New,
    Running {
        started: Instant,
        ntp: NtpTime,
        report_at: Instant,
        heard: Instant,
        silent: bool,
    },
    Stopped,
}

#[derive(Debug)]
struct Queued {
    timestamp: u32,
    queued_at: Instant,
    payload: Payload,
}

impl Session {
    pub fn new(config: Config) -> Session {
        let mut random = Random(config.seed);
        let (ssrc, sequence, timestamp_base) = (
            random.next() as u32,
            random.next() as u16,
            random.next() as u32,
        );
        Session {
            random,
            state: State::New,
            ssrc,
            sequence,
            timestamp_base,
            fir_sequence: 0,
            pacer: Pacer::new(config.pacing_bits_per_second),
            last_sent: None,
            sent_since_report: false,
            source: None,
            candidate: None,
            retired: None,
            counters: Counters::default(),
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Media starts: the first report goes out at once. `wall` is the time of day at `now`.
    pub fn start(&mut self, wall: NtpTime, now: Instant) {
        let State::New = self.state else { return };
        self.state = State::Running {
            started: now,
            ntp: wall,
            report_at: now,
            heard: now,
            silent: false,
        };
        self.handle_timeout(now);
    }

    /// Takes a datagram. Bytes that are neither RTP nor RTCP are counted.
    pub fn handle(&mut self, input: Input, now: Instant) {
        let State::Running { .. } = self.state else {
            return;
        };
        match input {
            Input::Rtp(bytes) if is_rtcp(&bytes) => self.handle_rtcp(&bytes, now),
            Input::Rtp(bytes) => self.handle_rtp(&bytes, now),
            Input::Rtcp(bytes) => self.handle_rtcp(&bytes, now),
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        let State::Running {
            report_at,
            heard,
            ref mut silent,
            ..
        } = self.state
        else {
            return;
        };
        if !*silent && now >= heard + SILENCE_LIMIT {
            *silent = true;
            self.outputs.push_back(Output::Event(Event::Silent));
        }
        if now >= report_at {
            self.report(Vec::new(), now);
        }
        self.deliver(now);
        while let Some(queued) = self.pacer.pop(now) {
            self.transmit(queued);
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let State::Running {
            report_at,
            heard,
            silent,
            ..
        } = self.state
        else {
            return None;
        };
        let silence = (!silent).then_some(heard + SILENCE_LIMIT);
        let hole = self.source.as_ref().and_then(Source::poll_timeout);
        [Some(report_at), silence, hole, self.pacer.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

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
        let State::Running { .. } = self.state else {
            return Ok(());
        };
        let count = payloads.len() as u64;
        let queued = payloads.into_iter().map(|payload| {
            (
                payload.bytes.len(),
                Queued {
                    timestamp,
                    queued_at: now,
                    payload,
                },
            )
        });
        if let Err(full) = self.pacer.push(queued.collect(), now) {
            self.counters.overflowed += count;
            return Err(full);
        }
        self.handle_timeout(now);
        Ok(())
    }

    /// Asks the peer's sender for a keyframe. Only for a peer that understands it (RFC 4585 §3.1).
    pub fn request_keyframe(&mut self, how: KeyframeRequest, now: Instant) {
        let State::Running { .. } = self.state else {
            return;
        };
        let Some(media) = self.source.as_ref().map(Source::ssrc) else {
            return;
        };
        let sender = self.ssrc;
        let request = match how {
            KeyframeRequest::Pli => Rtcp::PictureLoss { sender, media },
            KeyframeRequest::Fir => {
                self.fir_sequence = self.fir_sequence.wrapping_add(1);
                let entry = FirEntry {
                    ssrc: media,
                    sequence: self.fir_sequence,
                };
                Rtcp::FullIntraRequest {
                    sender,
                    entries: vec![entry],
                }
            }
        };
        self.report(vec![request], now);
    }

    /// Media ends: BYE goes out, whatever waits is dropped.
    pub fn stop(&mut self, now: Instant) {
        let State::Running { .. } = self.state else {
            self.state = State::Stopped;
            return;
        };
        self.report(
            vec![Rtcp::Bye {
                sources: vec![self.ssrc],
                reason: None,
            }],
            now,
        );
        self.pacer.clear();
        self.state = State::Stopped;
    }

    pub fn set_pacing_bits_per_second(&mut self, bits_per_second: u32) {
        self.pacer.set_bits_per_second(bits_per_second);
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Packets of the peer's present source that never came.
    pub fn lost_packets(&self) -> u64 {
        self.source.as_ref().map_or(0, Source::lost)
    }

    /// Interarrival jitter of the peer's present source.
    pub fn jitter(&self) -> Duration {
        let ticks = self.source.as_ref().map_or(0, Source::jitter);
        Duration::from_secs_f64(f64::from(ticks) / f64::from(VIDEO_CLOCK_HZ))
    }

    /// Our own SSRC.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    fn handle_rtp(&mut self, bytes: &[u8], now: Instant) {
        let Ok(packet) = RtpPacket::parse(bytes) else {
            self.counters.malformed += 1;
            return;
        };
        if packet.ssrc == self.ssrc {
            // Our own stream came back, or a collision: neither is the peer's video.
            self.counters.foreign += 1;
            return;
        }
        self.heard(now);
        if !self
            .config
            .accepted_payload_types
            .contains(&packet.payload_type)
        {
            self.counters.wrong_payload_type += 1;
            return;
        }
        self.counters.received_packets += 1;
        self.counters.received_octets += packet.payload.len() as u64;
        match &self.source {
            None => self.adopt(vec![packet], now),
            Some(source) if source.ssrc() == packet.ssrc => self.take(packet, now),
            Some(_) => self.consider(packet, now),
        }
        self.deliver(now);
    }

    /// A packet of another SSRC: its source is the peer's new one once two packets in a row came
    /// from it, so that a stray packet does not end the running picture (RFC 3550 A.1).
    fn consider(&mut self, packet: RtpPacket, now: Instant) {
        let late = self
            .retired
            .is_some_and(|(ssrc, until)| ssrc == packet.ssrc && now < until);
        if late {
            self.counters.foreign += 1;
            return;
        }
        let continued = self.candidate.take_if(|first| {
            first.ssrc == packet.ssrc && first.sequence.wrapping_add(1) == packet.sequence
        });
        if let Some(first) = continued {
            self.adopt(vec![first, packet], now);
        } else if self.candidate.replace(packet).is_some() {
            self.counters.foreign += 1;
        }
    }

    fn adopt(&mut self, packets: Vec<RtpPacket>, now: Instant) {
        let Some(first) = packets.first() else { return };
        let ssrc = first.ssrc;
        let before = self.source.replace(Source::new(first, REORDER_HOLD));
        if let Some(before) = before {
            self.retired = Some((before.ssrc(), now + RETIREMENT));
            self.outputs
                .push_back(Output::Event(Event::SourceChanged { ssrc }));
        }
        packets
            .into_iter()
            .for_each(|packet| self.take(packet, now));
    }

    fn take(&mut self, packet: RtpPacket, now: Instant) {
        let Some(source) = &mut self.source else {
            return;
        };
        match source.take(packet, now) {
            Taken::Kept => {}
            Taken::Late | Taken::Duplicate | Taken::Suspect => self.counters.discarded += 1,
        }
    }

    fn deliver(&mut self, now: Instant) {
        let Some(source) = &mut self.source else {
            return;
        };
        while let Some(packet) = source.pop(now) {
            let event = if packet.payload.is_empty() {
                self.counters.keepalives += 1;
                Event::KeepAlive {
                    sequence: packet.sequence,
                }
            } else {
                Event::Packet(packet)
            };
            self.outputs.push_back(Output::Event(event));
        }
    }

    fn handle_rtcp(&mut self, bytes: &[u8], now: Instant) {
        let Ok(packets) = rtcp::parse(bytes) else {
            self.counters.malformed += 1;
            return;
        };
        self.counters.received_rtcp += 1;
        self.heard(now);
        for packet in packets {
            self.handle_rtcp_packet(packet, now);
        }
    }

    fn handle_rtcp_packet(&mut self, packet: Rtcp, now: Instant) {
        match packet {
            Rtcp::SenderReport {
                ssrc,
                info,
                reports,
            } => {
                self.counters.received_sender_reports += 1;
                if let Some(source) = self.source.as_mut().filter(|source| source.ssrc() == ssrc) {
                    source.reported(info.ntp, now);
                }
                self.handle_reports(&reports, now);
            }
            Rtcp::ReceiverReport { reports, .. } => {
                self.counters.received_receiver_reports += 1;
                self.handle_reports(&reports, now);
            }
            // A leg carries one stream each way, so a request that names another SSRC (some
            // peers write 0) can only mean ours.
            Rtcp::PictureLoss { .. } => self.event(Event::KeyframeRequested(KeyframeRequest::Pli)),
            Rtcp::FullIntraRequest { .. } => {
                self.event(Event::KeyframeRequested(KeyframeRequest::Fir));
            }
            Rtcp::Bye { sources, reason } => self.handle_bye(&sources, reason),
            Rtcp::SourceDescription(_) | Rtcp::Other { .. } => {}
        }
    }

    fn handle_reports(&mut self, reports: &[ReportBlock], now: Instant) {
        let Some(wall) = self.wall(now) else { return };
        for report in reports.iter().filter(|report| report.ssrc == self.ssrc) {
            let round_trip = report.round_trip(wall);
            self.outputs.push_back(Output::Event(Event::PeerReport {
                report: *report,
                round_trip,
            }));
        }
    }

    /// A BYE for a source that was left before is no end (RFC 3550 §8.2: a peer that changes its
    /// SSRC says BYE to the old one).
    fn handle_bye(&mut self, sources: &[u32], reason: Option<String>) {
        if self
            .source
            .as_ref()
            .is_some_and(|source| !sources.contains(&source.ssrc()))
        {
            return;
        }
        self.source = None;
        self.event(Event::PeerBye { reason });
    }

    /// One compound: report, description, then `more`; and the time of the next one.
    fn report(&mut self, more: Vec<Rtcp>, now: Instant) {
        let reports: Vec<ReportBlock> = self
            .source
            .as_mut()
            .map(|source| source.report(now))
            .into_iter()
            .collect();
        let ssrc = self.ssrc;
        let first = match self.sender_info(now).filter(|_| self.sent_since_report) {
            Some(info) => Rtcp::SenderReport {
                ssrc,
                info,
                reports,
            },
            None => Rtcp::ReceiverReport { ssrc, reports },
        };
        let chunk = Chunk {
            ssrc,
            cname: Some(self.config.cname.clone()),
        };
        let mut compound = vec![first, Rtcp::SourceDescription(vec![chunk])];
        compound.extend(more);
        self.outputs
            .push_back(Output::Rtcp(rtcp::to_bytes(&compound)));
        self.counters.sent_rtcp += 1;
        self.sent_since_report = false;
        let percent = 80 + (self.random.next() % 41) as u32;
        if let State::Running { report_at, .. } = &mut self.state {
            *report_at = now + RTCP_INTERVAL * percent / 100;
        }
    }

    fn sender_info(&self, now: Instant) -> Option<SenderInfo> {
        let (timestamp, taken_at) = self.last_sent?;
        let since = now.saturating_duration_since(taken_at).as_secs_f64();
        let ticks = (since * f64::from(VIDEO_CLOCK_HZ)) as u32;
        Some(SenderInfo {
            ntp: self.wall(now)?,
            rtp_timestamp: timestamp.wrapping_add(ticks),
            packets: self.counters.sent_packets as u32,
            octets: self.counters.sent_octets as u32,
        })
    }

    fn wall(&self, now: Instant) -> Option<NtpTime> {
        let State::Running { started, ntp, .. } = self.state else {
            return None;
        };
        Some(ntp.plus(now.saturating_duration_since(started)))
    }

    fn transmit(&mut self, queued: Queued) {
        let timestamp = self.timestamp_base.wrapping_add(queued.timestamp);
        let packet = RtpPacket {
            payload_type: self.config.payload_type,
            marker: queued.payload.marker,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
            payload: queued.payload.bytes,
            ..RtpPacket::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.counters.sent_packets += 1;
        self.counters.sent_octets += packet.payload.len() as u64;
        self.last_sent = Some((timestamp, queued.queued_at));
        self.sent_since_report = true;
        self.outputs.push_back(Output::Rtp(packet.to_bytes()));
    }

    fn heard(&mut self, now: Instant) {
        if let State::Running { heard, silent, .. } = &mut self.state {
            (*heard, *silent) = (now, false);
        }
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

/// SplitMix64: enough to tell streams apart; nothing here is a secret.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

/// How long late packets of a source that was left are ignored.
const RETIREMENT: Duration = Duration::from_secs(2);
