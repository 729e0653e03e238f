//! RFC 3550 §6 and §8: one RTP/AVP leg, from its first report to its BYE.
//!
//! Handsets end a share when no RTCP came for 20 s, so a compound packet goes out at once when
//! media starts and at least every 5 s then, whether we send video or only receive it. After every
//! call the owner drains [`Session::poll_output`] until `None`.

mod sending;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::RtpPacket;
use super::feedback::Feedback;
use super::inbound::{Inbound, Received};
use super::outbound::{Outbound, Random};
use super::packet::is_rtcp;
use super::rtcp::{self, Chunk, FirEntry, NtpTime, RateEntry, ReportBlock, Rtcp};
use super::source::Source;
use crate::buffers;

/// The mean time between two compound packets; each is 80 to 120 per cent of it, so below 5 s.
pub const RTCP_INTERVAL: Duration = Duration::from_secs(4);
/// Without RTP and RTCP for this long, the peer is gone.
pub const SILENCE_LIMIT: Duration = Duration::from_secs(20);

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
    /// Ticks of the payload formats' clock a second.
    pub clock_hz: u32,
}

/// What the session description says of RTCP itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RtcpTerms {
    /// Both go through the RTP port (RFC 5761).
    pub is_multiplexed: bool,
    /// `b=RS` and `b=RR` together, for both directions (RFC 3556 §2); 0 switches RTCP off.
    pub bits_per_second: Option<u32>,
}

/// What a new description of the peer changes (RFC 3264 §8). SSRC, sequence numbers and
/// timestamps go on, whatever it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As in [`Config`].
    pub accepted_payload_types: Vec<u8>,
    /// The payload type of what we send; `None` when the peer does not receive: whatever waits is
    /// dropped.
    pub payload_type: Option<u8>,
    /// As in [`Config`].
    pub pacing_bits_per_second: u32,
    pub silence: Silence,
    pub feedback: Feedback,
    pub rtcp: RtcpTerms,
}

/// What it means when neither RTP nor RTCP comes for [`SILENCE_LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The peer is gone.
    IsTheEnd,
    /// Nothing: it is on hold, and many then send not even reports.
    IsExpected,
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
    /// When a timestamp of the peer's was, by the peer's clock (RFC 3550 §6.4.1).
    SenderReport {
        ntp: NtpTime,
        rtp_timestamp: u32,
    },
    /// TMMBR: the peer wants no more of us, headers not counted.
    RateLimit {
        bits_per_second: u32,
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
    silence: Silence,
    feedback: Feedback,
    rtcp: RtcpTerms,
    outbound: Outbound,
    fir_sequence: u8,
    inbound: Inbound,
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

impl Session {
    pub fn new(config: Config) -> Session {
        let mut random = Random(config.seed);
        let rates = (config.pacing_bits_per_second, config.clock_hz);
        let outbound = Outbound::new(config.payload_type, rates, &mut random);
        Session {
            random,
            state: State::New,
            silence: Silence::IsTheEnd,
            feedback: Feedback::default(),
            rtcp: RtcpTerms::default(),
            outbound,
            fir_sequence: 0,
            inbound: Inbound::new(config.clock_hz),
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
            Input::Rtp(bytes) => {
                self.handle_rtp(&bytes, now);
                buffers::give_back(bytes);
            }
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
        let is_watched = self.silence == Silence::IsTheEnd;
        if is_watched && !*silent && now >= heard + SILENCE_LIMIT {
            *silent = true;
            self.outputs.push_back(Output::Event(Event::Silent));
        }
        if now >= report_at {
            self.report(Vec::new(), now);
        }
        self.deliver(now);
        while let Some(bytes) = self.outbound.pop(now) {
            self.outputs.push_back(Output::Rtp(bytes));
        }
        self.counters.sent_packets = self.outbound.packets;
        self.counters.sent_octets = self.outbound.octets;
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
        let is_watched = self.silence == Silence::IsTheEnd;
        let silence = (is_watched && !silent).then_some(heard + SILENCE_LIMIT);
        let hole = self.inbound.source.as_ref().and_then(Source::poll_timeout);
        [
            Some(report_at),
            silence,
            hole,
            self.outbound.pacer.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Asks the peer's sender for a keyframe. Only for a peer that understands it (RFC 4585 §3.1).
    pub fn request_keyframe(&mut self, how: KeyframeRequest, now: Instant) {
        let State::Running { .. } = self.state else {
            return;
        };
        let Some(media) = self.inbound.ssrc() else {
            return;
        };
        let sender = self.outbound.ssrc;
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
                sources: vec![self.outbound.ssrc],
                reason: None,
            }],
            now,
        );
        self.outbound.pacer.clear();
        self.state = State::Stopped;
    }

    /// The peer's description is another one from here on. Silence is counted anew.
    pub fn change(&mut self, change: Change, now: Instant) {
        if change.payload_type != Some(self.outbound.payload_type) {
            self.outbound.pacer.clear();
        }
        if let Some(payload_type) = change.payload_type {
            self.outbound.payload_type = payload_type;
        }
        self.set_pacing_bits_per_second(change.pacing_bits_per_second);
        self.config.accepted_payload_types = change.accepted_payload_types;
        self.silence = change.silence;
        self.feedback = change.feedback;
        self.rtcp = change.rtcp;
        self.heard(now);
    }

    pub fn set_pacing_bits_per_second(&mut self, bits_per_second: u32) {
        self.outbound.pacer.set_bits_per_second(bits_per_second);
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Packets of the peer's present source that never came.
    pub fn lost_packets(&self) -> u64 {
        self.inbound.source.as_ref().map_or(0, Source::lost)
    }

    /// Interarrival jitter of the peer's present source.
    pub fn jitter(&self) -> Duration {
        let ticks = self.inbound.source.as_ref().map_or(0, Source::jitter);
        self.duration_of(ticks)
    }

    /// The time that so many ticks of the stream's clock take.
    pub fn duration_of(&self, ticks: u32) -> Duration {
        Duration::from_secs_f64(f64::from(ticks) / f64::from(self.config.clock_hz.max(1)))
    }

    /// Our own SSRC.
    pub fn ssrc(&self) -> u32 {
        self.outbound.ssrc
    }

    fn handle_rtp(&mut self, bytes: &[u8], now: Instant) {
        let Ok(packet) = RtpPacket::parse(bytes) else {
            self.counters.malformed += 1;
            return;
        };
        if packet.ssrc == self.outbound.ssrc {
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
        let ssrc = packet.ssrc;
        match self.inbound.take(packet, now) {
            Received::Kept | Received::Waiting => {}
            Received::Discarded => self.counters.discarded += 1,
            Received::Foreign => self.counters.foreign += 1,
            Received::SourceChanged => self.event(Event::SourceChanged { ssrc }),
        }
        self.deliver(now);
    }

    fn deliver(&mut self, now: Instant) {
        let Some(source) = &mut self.inbound.source else {
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
                if let Some(source) = self
                    .inbound
                    .source
                    .as_mut()
                    .filter(|source| source.ssrc() == ssrc)
                {
                    source.reported(info.ntp, now);
                    self.outputs.push_back(Output::Event(Event::SenderReport {
                        ntp: info.ntp,
                        rtp_timestamp: info.rtp_timestamp,
                    }));
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
            Rtcp::RateRequest { sender, entries } => self.handle_rate_request(sender, &entries),
            Rtcp::Nack { .. }
            | Rtcp::RateNotification { .. }
            | Rtcp::SourceDescription(_)
            | Rtcp::Other { .. } => {}
        }
    }

    fn handle_reports(&mut self, reports: &[ReportBlock], now: Instant) {
        let Some(wall) = self.wall(now) else { return };
        for report in reports
            .iter()
            .filter(|report| report.ssrc == self.outbound.ssrc)
        {
            let round_trip = report.round_trip(wall);
            self.outputs.push_back(Output::Event(Event::PeerReport {
                report: *report,
                round_trip,
            }));
        }
    }

    /// TMMBR counts the headers of every packet, our encoder does not (RFC 5104 §4.2.1.1).
    fn handle_rate_request(&mut self, _sender: u32, entries: &[RateEntry]) {
        let Some(entry) = entries
            .iter()
            .find(|entry| entry.ssrc == self.outbound.ssrc)
        else {
            return;
        };
        let bits_per_second = u32::try_from(entry.bits_per_second).unwrap_or(u32::MAX);
        self.event(Event::RateLimit { bits_per_second });
    }

    /// A BYE for a source that was left before is no end (RFC 3550 §8.2: a peer that changes its
    /// SSRC says BYE to the old one).
    fn handle_bye(&mut self, sources: &[u32], reason: Option<String>) {
        if self
            .inbound
            .source
            .as_ref()
            .is_some_and(|source| !sources.contains(&source.ssrc()))
        {
            return;
        }
        self.inbound.forget();
        self.event(Event::PeerBye { reason });
    }

    /// One compound: report, description, then `more`; and the time of the next one.
    fn report(&mut self, more: Vec<Rtcp>, now: Instant) {
        let reports: Vec<ReportBlock> = self
            .inbound
            .source
            .as_mut()
            .map(|source| source.report(now))
            .into_iter()
            .collect();
        let ssrc = self.outbound.ssrc;
        let ntp = self.wall(now);
        let first = match ntp.and_then(|ntp| self.outbound.take_sender_info(ntp, now)) {
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
        let percent = 80 + (self.random.next() % 41) as u32;
        if let State::Running { report_at, .. } = &mut self.state {
            *report_at = now + RTCP_INTERVAL * percent / 100;
        }
    }

    fn wall(&self, now: Instant) -> Option<NtpTime> {
        let State::Running { started, ntp, .. } = self.state else {
            return None;
        };
        Some(ntp.plus(now.saturating_duration_since(started)))
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
