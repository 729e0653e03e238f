//! RFC 3550 §6 and §8: one RTP/AVP or RTP/AVPF leg, from its first report to its BYE.
//!
//! Handsets end a share when no RTCP came for 20 s, so a compound packet goes out at once when
//! media starts and at least every 5 s then, whether we send video or only receive it. After every
//! call the owner drains [`Session::poll_output`] until `None`.

mod heard;
mod sending;
mod terms;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::RtpPacket;
use super::asking::Asking;
use super::feedback::Feedback;
use super::inbound::{Inbound, REORDER_HOLD, RESENT_HOLD, Received};
use super::outbound::{Outbound, Random};
use super::packet::is_rtcp;
use super::rtcp::{self, Chunk, FirEntry, Missing, NtpTime, RateEntry, ReportBlock, Rtcp};
use super::schedule::Schedule;
use super::source::Source;
use crate::buffers;

pub use super::schedule::RTCP_INTERVAL;
pub use terms::{
    Change, Config, Counters, Event, Input, KeyframeRequest, Output, RtcpTerms, Silence,
};

/// IP, UDP and RTP headers of a packet, which TMMBR counts.
const HEADER_BYTES: u16 = 40;
/// Two packets a picture at 15 pictures a second.
const USUAL_PACKETS_PER_SECOND: u64 = 30;
/// Without RTP and RTCP for this long, the peer is gone.
pub const SILENCE_LIMIT: Duration = Duration::from_secs(20);

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
    /// The newest FIR of the peer: who asked, and its number.
    fir_heard: Option<(u32, u8)>,
    inbound: Inbound,
    asking: Asking,
    counters: Counters,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    New,
    Running(Running),
    Stopped,
}

#[derive(Debug)]
struct Running {
    started: Instant,
    /// The time of day at `started`.
    ntp: NtpTime,
    schedule: Schedule,
    heard: Instant,
    silent: bool,
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
            fir_heard: None,
            inbound: Inbound::new(config.clock_hz),
            asking: Asking::default(),
            counters: Counters::default(),
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Media starts: the first report goes out at once. `wall` is the time of day at `now`.
    pub fn start(&mut self, wall: NtpTime, now: Instant) {
        let State::New = self.state else { return };
        self.state = State::Running(Running {
            started: now,
            ntp: wall,
            schedule: Schedule::new(
                self.rtcp,
                stream_rate(self.config.pacing_bits_per_second),
                now,
            ),
            heard: now,
            silent: false,
        });
        self.handle_timeout(now);
    }

    /// Takes a datagram. Bytes that are neither RTP nor RTCP are counted.
    pub fn handle(&mut self, input: Input, now: Instant) {
        let State::Running(_) = self.state else {
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
        let is_watched = self.is_watched();
        let State::Running(running) = &mut self.state else {
            return;
        };
        if is_watched && !running.silent && now >= running.heard + SILENCE_LIMIT {
            running.silent = true;
            self.outputs.push_back(Output::Event(Event::Silent));
        }
        if running.schedule.report_at().is_some_and(|at| at <= now) {
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
        let State::Running(running) = &self.state else {
            return None;
        };
        let is_watched = self.is_watched() && !running.silent;
        let silence = is_watched.then_some(running.heard + SILENCE_LIMIT);
        let hole = self.inbound.source.as_ref().and_then(Source::poll_timeout);
        let question = self.asking.poll_timeout();
        [
            running.schedule.report_at(),
            silence,
            hole,
            question.map(|at| at.max(running.schedule.room_at())),
            self.outbound.pacer.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Asks the peer's sender for a keyframe. Only for a peer that understands it (RFC 4585 §3.1).
    pub fn request_keyframe(&mut self, how: KeyframeRequest, now: Instant) {
        let State::Running(_) = self.state else {
            return;
        };
        let Some(media) = self.inbound.ssrc() else {
            return;
        };
        let sender = self.outbound.ssrc;
        let request = match how {
            KeyframeRequest::Pli => Rtcp::PictureLoss { sender, media },
            KeyframeRequest::Fir => {
                // Always a new command: a repeated one may be passed over, and the picture that
                // answered the first may be lost (RFC 5104 §4.3.1.2).
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

    /// Asks the peer to send no more than this, headers not counted (TMMBR, RFC 5104 §4.2.1).
    /// Nothing where that was not agreed.
    pub fn request_rate(&mut self, bits_per_second: u32, now: Instant) {
        let State::Running(_) = self.state else {
            return;
        };
        let (true, Some(media)) = (self.feedback.tmmbr, self.inbound.ssrc()) else {
            return;
        };
        let headers = u64::from(HEADER_BYTES) * 8 * USUAL_PACKETS_PER_SECOND;
        let entry = RateEntry {
            ssrc: media,
            bits_per_second: u64::from(bits_per_second) + headers,
            overhead_bytes: HEADER_BYTES,
        };
        let request = Rtcp::RateRequest {
            sender: self.outbound.ssrc,
            entries: vec![entry],
        };
        self.report(vec![request], now);
    }

    /// Media ends: BYE goes out, whatever waits is dropped.
    pub fn stop(&mut self, now: Instant) {
        let State::Running(_) = self.state else {
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
        self.outbound.set_keeping(change.feedback.nack);
        let hold = if change.feedback.nack {
            RESENT_HOLD
        } else {
            REORDER_HOLD
        };
        self.inbound.set_hold(hold);
        self.asking.clear();
        if let State::Running(running) = &mut self.state {
            let stream = stream_rate(change.pacing_bits_per_second);
            running.schedule.agree(change.rtcp, stream, now);
        }
        self.heard(now);
    }

    pub fn set_pacing_bits_per_second(&mut self, bits_per_second: u32) {
        self.outbound.pacer.set_bits_per_second(bits_per_second);
    }

    /// Payload types that the peer may send.
    pub fn accepted_payload_types(&self) -> &[u8] {
        &self.config.accepted_payload_types
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
        // A keepalive may carry any payload type (RFC 6263 §4.6); its number is used up.
        let is_accepted = self
            .config
            .accepted_payload_types
            .contains(&packet.payload_type);
        if !is_accepted && !packet.payload.is_empty() {
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
            Received::SourceChanged => {
                self.asking.clear();
                self.event(Event::SourceChanged { ssrc });
            }
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
        if self.feedback.nack {
            self.asking.follow(source.holes(), now);
            self.ask_again(now);
        }
    }

    /// Names what is missing, where the peer sends it once more and RTCP has room.
    fn ask_again(&mut self, now: Instant) {
        let State::Running(running) = &self.state else {
            return;
        };
        let Some(media) = self.inbound.ssrc() else {
            return;
        };
        if running.schedule.room_at() > now {
            return;
        }
        let numbers = self.asking.take_due(now);
        if numbers.is_empty() {
            return;
        }
        self.counters.asked_again += numbers.len() as u64;
        let nack = Rtcp::Nack {
            sender: self.outbound.ssrc,
            media,
            missing: Missing::of(numbers),
        };
        self.report(vec![nack], now);
    }

    /// One compound: report, description, then `more`; and the time of the next one.
    fn report(&mut self, more: Vec<Rtcp>, now: Instant) {
        if self.rtcp.bits_per_second == Some(0) {
            return;
        }
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
        let bytes = rtcp::to_bytes(&compound);
        let percent = 80 + (self.random.next() % 41) as u32;
        if let State::Running(running) = &mut self.state {
            running.schedule.sent(bytes.len(), percent, now);
        }
        self.counters.sent_rtcp += 1;
        self.outputs.push_back(if self.rtcp.is_multiplexed {
            Output::Rtp(bytes)
        } else {
            Output::Rtcp(bytes)
        });
    }

    /// Whether silence means something: a peer that sends no video may have agreed to send no
    /// reports either.
    fn is_watched(&self) -> bool {
        let must_send = !self.config.accepted_payload_types.is_empty();
        let must_report = self.rtcp.bits_per_second != Some(0);
        self.silence == Silence::IsTheEnd && (must_send || must_report)
    }

    fn wall(&self, now: Instant) -> Option<NtpTime> {
        let State::Running(running) = &self.state else {
            return None;
        };
        Some(
            running
                .ntp
                .plus(now.saturating_duration_since(running.started)),
        )
    }

    fn heard(&mut self, now: Instant) {
        if let State::Running(running) = &mut self.state {
            (running.heard, running.silent) = (now, false);
        }
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

/// A stream is paced at a few times its rate; two is the least.
fn stream_rate(pacing_bits_per_second: u32) -> u32 {
    pacing_bits_per_second / 2
}
