//! A plain RTP peer's leg (RTP/AVP of RFC 3551, RTP/AVPF of RFC 4585): own SSRC, compound RTCP both
//! ways.
//!
//! Packets are taken only from where the peer is, which [`super::latch`] decides; everything else
//! is counted and dropped, so that a stranger can neither inject pictures nor redirect ours.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::payload::Payload;
use media::rtp::rtcp::NtpTime;
use media::rtp::session::{self, KeyframeRequest, Session, Silence};
use media::rtp::{RtpPacket, VIDEO_CLOCK_HZ};
use sip::sdp::offer_answer::Destination;

pub use media::rtp::feedback::Feedback;
pub use media::rtp::session::RtcpTerms;

use super::NoRoom;
use super::flood::Flood;
use super::format::StreamFormat;
use super::latch::{Judged, Latch, PlainRules};
use crate::operate::media::MediaCounts;

/// What the SDP said of the peer.
#[derive(Debug, Clone)]
pub struct PlainPlan {
    /// `None` when the peer names none (hold by 0.0.0.0, RFC 3264 §8.4): nothing is sent, and
    /// packets are taken from where it was before.
    pub remote: Option<Destination>,
    /// What we send to the peer; `None` when it does not receive.
    pub to_peer: Option<StreamFormat>,
    /// What the peer may send us, the preferred first; empty when it does not send.
    pub from_peer: Vec<StreamFormat>,
    pub silence: Silence,
    /// What was agreed by `a=rtcp-fb`; the default is RTP/AVP, without any.
    pub feedback: Feedback,
    /// What was agreed of RTCP itself; the default is RFC 3550's.
    pub rtcp: RtcpTerms,
}

#[derive(Debug)]
pub enum ImsOutput {
    Rtp {
        destination: SocketAddr,
        bytes: Vec<u8>,
    },
    Rtcp {
        destination: SocketAddr,
        bytes: Vec<u8>,
    },
    /// The next packet in order.
    Packet(RtpPacket),
    /// An empty packet had this number.
    KeepAlive {
        sequence: u16,
    },
    SourceChanged,
    KeyframeRequested(KeyframeRequest),
    Silent,
    /// When a timestamp of the peer's was, by the peer's clock.
    SenderReport {
        seconds: f64,
        rtp_timestamp: u32,
    },
    /// What the peer says of our stream.
    Report {
        /// Since its last report, in 1/256.
        fraction_lost: u8,
        /// `None` before the peer has seen a sender report of ours.
        round_trip: Option<Duration>,
        jitter: Duration,
    },
    /// The peer wants no more of our stream (TMMBR, RFC 5104 §4.2.1), headers not counted.
    RateLimit {
        bits_per_second: u32,
    },
}

/// Over the encoder's rate: a keyframe is several times a picture, and must not wait for a second.
const PACING_HEADROOM: u32 = 4;

/// What a leg has to know of its line, of video or of audio.
pub trait Plan {
    /// Where the peer receives.
    fn remote(&self) -> Option<Destination>;
    /// Ticks of the payload formats' clock a second.
    fn clock_hz(&self) -> u32;
    /// What the session of the line is told.
    fn change(&self) -> session::Change;
}

pub struct ImsLeg<P = PlainPlan> {
    plan: P,
    latch: Latch,
    flood: Flood,
    session: Session,
    /// What the session does not count.
    counts: MediaCounts,
    /// What was told by [`ImsLeg::take_counts`] before.
    told: MediaCounts,
}

/// Packets on a path of 1,500 bytes are no larger; with larger ones a peer could have us hold and
/// send on what nobody asked for.
const MAX_DATAGRAM_BYTES: usize = 1500;

impl<P: Plan> ImsLeg<P> {
    /// `name` is that of all lines of one peer: by it the far end knows what belongs together (RFC
    /// 3550 §6.5.1). Lines have different seeds. `wall` is the time since 1970 at `now`.
    pub fn new(
        (plan, rules): (P, PlainRules),
        (seed, name): (u64, u64),
        wall: Duration,
        now: Instant,
    ) -> ImsLeg<P> {
        let change = plan.change();
        let mut session = Session::new(session::Config {
            accepted_payload_types: change.accepted_payload_types.clone(),
            payload_type: change.payload_type.unwrap_or_default(),
            cname: format!("{:016x}", name.rotate_left(29) ^ 0x5851_f42d_4c95_7f2d),
            seed,
            pacing_bits_per_second: change.pacing_bits_per_second,
            clock_hz: plan.clock_hz(),
        });
        session.start(NtpTime::from_unix(wall), now);
        session.change(change, now);
        let mut leg = ImsLeg {
            latch: Latch::new(rules, plan.remote()),
            flood: Flood::default(),
            plan,
            session,
            counts: MediaCounts::default(),
            told: MediaCounts::default(),
        };
        leg.count_refused();
        leg
    }

    /// Takes what a new description of the peer said: another address, fewer formats, another
    /// direction. Our SSRC, sequence numbers and timestamps go on.
    pub fn reconnect(&mut self, plan: P, now: Instant) {
        self.session.change(plan.change(), now);
        self.latch.described(plan.remote());
        self.plan = plan;
        self.count_refused();
    }

    pub fn handle_rtp(&mut self, source: SocketAddr, bytes: Vec<u8>, now: Instant) {
        let accepted = self.session.accepted_payload_types();
        let judged = self.latch.judge_rtp(source, &bytes, accepted);
        if let Judged::Latched { before } = &judged {
            tracing::info!(%source, packets = before.len() + 1, "the peer's media come from here");
            self.counts.rtp_latched += 1;
        }
        match judged {
            Judged::Peer => self.take(session::Input::Rtp(bytes), now),
            Judged::Waiting => {}
            Judged::Foreign => self.counts.rtp_foreign_datagrams += 1,
            Judged::Latched { before } => {
                for bytes in before.into_iter().chain([bytes]) {
                    self.take(session::Input::Rtp(bytes), now);
                }
            }
        }
    }

    pub fn handle_rtcp(&mut self, source: SocketAddr, bytes: Vec<u8>, now: Instant) {
        match self.latch.judge_rtcp(source, &bytes) {
            Judged::Peer => self.take(session::Input::Rtcp(bytes), now),
            Judged::Waiting | Judged::Latched { .. } => {}
            Judged::Foreign => self.counts.rtp_foreign_datagrams += 1,
        }
    }

    /// Takes what the peer sent, if it is not too large and not too much.
    fn take(&mut self, input: session::Input, now: Instant) {
        let (session::Input::Rtp(bytes) | session::Input::Rtcp(bytes)) = &input;
        if bytes.len() > MAX_DATAGRAM_BYTES {
            self.counts.rtp_oversized += 1;
        } else if !self.flood.admits(now) {
            self.counts.rtp_too_fast += 1;
        } else {
            self.session.handle(input, now);
        }
    }

    /// Asks the peer to send no more than this, where that was agreed.
    pub fn limit_sender(&mut self, bits_per_second: u32, now: Instant) {
        self.session.request_rate(bits_per_second, now);
    }

    /// Asks the peer for a keyframe, in a way that was agreed with it.
    pub fn request_keyframe(&mut self, how: KeyframeRequest, now: Instant) {
        self.session.request_keyframe(how, now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(now);
    }

    pub fn poll_output(&mut self) -> Option<ImsOutput> {
        loop {
            let output = match self.session.poll_output()? {
                session::Output::Rtp(bytes) => match self.latch.rtp() {
                    Some(destination) => ImsOutput::Rtp { destination, bytes },
                    None => continue,
                },
                session::Output::Rtcp(bytes) => match self.latch.rtcp() {
                    Some(destination) => ImsOutput::Rtcp { destination, bytes },
                    None => continue,
                },
                session::Output::Event(event) => match event {
                    session::Event::Packet(packet) => ImsOutput::Packet(packet),
                    session::Event::KeyframeRequested(how) => ImsOutput::KeyframeRequested(how),
                    session::Event::SourceChanged { .. } => ImsOutput::SourceChanged,
                    session::Event::Silent => ImsOutput::Silent,
                    session::Event::KeepAlive { sequence } => ImsOutput::KeepAlive { sequence },
                    session::Event::PeerReport { report, round_trip } => ImsOutput::Report {
                        fraction_lost: report.fraction_lost,
                        round_trip,
                        jitter: self.session.duration_of(report.jitter),
                    },
                    session::Event::RateLimit { bits_per_second } => {
                        ImsOutput::RateLimit { bits_per_second }
                    }
                    session::Event::SenderReport { ntp, rtp_timestamp } => {
                        ImsOutput::SenderReport {
                            seconds: ntp.seconds(),
                            rtp_timestamp,
                        }
                    }
                    // A BYE is followed by the SIP BYE, which ends the call.
                    session::Event::PeerBye { .. } => continue,
                },
            };
            return Some(output);
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.session.poll_timeout()
    }

    pub fn plan(&self) -> &P {
        &self.plan
    }

    /// Sends what was taken at `captured`; with another payload type than the line's when one is
    /// given.
    pub fn send(
        &mut self,
        timestamp: u32,
        payloads: Vec<Payload>,
        captured: (Instant, Option<u8>),
        now: Instant,
    ) -> Result<(), NoRoom> {
        let sent = self
            .session
            .send_captured(timestamp, payloads, captured, now);
        sent.map_err(|_| NoRoom)
    }

    /// Sends one packet of a picture whose others are not there yet.
    pub fn send_packet(
        &mut self,
        at: (u32, Instant),
        payload: Payload,
        now: Instant,
    ) -> Result<(), NoRoom> {
        self.session
            .send_packet(at, payload, now)
            .map_err(|_| NoRoom)
    }

    /// A picture that was begun will not be ended.
    pub fn leave_gap(&mut self) {
        self.session.leave_gap();
    }

    pub fn stop(&mut self, now: Instant) {
        self.session.stop(now);
        let jitter = self.session.jitter();
        let ended = match jitter.as_millis() {
            0..20 => &mut self.counts.rtp_legs_jitter_below_20_ms,
            20..100 => &mut self.counts.rtp_legs_jitter_below_100_ms,
            100.. => &mut self.counts.rtp_legs_jitter_above,
        };
        *ended += 1;
        let counts = self.counts();
        tracing::info!(
            sent = counts.rtp_sent,
            received = counts.rtp_received,
            lost = counts.rtp_lost,
            jitter_ms = jitter.as_millis() as u64,
            foreign = counts.rtp_foreign_datagrams,
            wrong_payload_type = counts.rtp_wrong_payload_type,
            "plain RTP leg ended"
        );
    }

    /// What was counted since this was asked last.
    pub fn take_counts(&mut self) -> MediaCounts {
        let counts = self.counts();
        let more = counts.since(&self.told);
        self.told = counts;
        more
    }

    fn counts(&self) -> MediaCounts {
        let mut counts = MediaCounts::from(self.session.counters());
        counts.rtp_lost = self.session.lost_packets();
        counts.add(&self.counts);
        counts
    }

    fn count_refused(&mut self) {
        if self.plan.remote().is_some() && self.latch.rtp().is_none() {
            self.counts.rtp_destinations_refused += 1;
        }
    }
}

impl ImsLeg {
    pub fn sends(&self) -> Option<StreamFormat> {
        self.plan.from_peer.first().cloned()
    }

    pub fn receives(&self) -> Option<StreamFormat> {
        self.plan.to_peer.clone()
    }
}

impl Plan for PlainPlan {
    fn remote(&self) -> Option<Destination> {
        self.remote
    }

    fn clock_hz(&self) -> u32 {
        VIDEO_CLOCK_HZ
    }

    fn change(&self) -> session::Change {
        let rate = self.to_peer.as_ref().map_or(64_000, |format| {
            format.limit.bits_per_second.saturating_mul(PACING_HEADROOM)
        });
        let accepted = self.from_peer.iter().map(|format| format.payload_type);
        session::Change {
            accepted_payload_types: accepted.collect(),
            payload_type: self.to_peer.as_ref().map(|format| format.payload_type),
            pacing_bits_per_second: rate,
            silence: self.silence,
            feedback: self.feedback,
            rtcp: self.rtcp,
        }
    }
}
