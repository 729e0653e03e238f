//! A plain RTP peer's leg (RTP/AVP, RFC 3551): separate RTP and RTCP ports, own SSRC, compound
//! RTCP both ways.
//!
//! Packets are taken only from the address that the peer's SDP names; everything else is counted
//! and dropped, so that a stranger can neither inject pictures nor redirect ours.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use media::payload::Payload;
use media::rtp::rtcp::NtpTime;
use media::rtp::session::{self, Session, Silence};
use media::rtp::{RtpPacket, VIDEO_CLOCK_HZ};
use sip::sdp::offer_answer::Destination;

pub use media::rtp::feedback::Feedback;
pub use media::rtp::session::RtcpTerms;

use super::NoRoom;
use super::format::StreamFormat;

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
    KeyframeRequested,
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
    /// Where the peer is, or was before it was put on hold without an address.
    peer: Option<IpAddr>,
    session: Session,
    /// Datagrams from elsewhere than the peer's address.
    foreign_datagrams: u64,
}

impl<P: Plan> ImsLeg<P> {
    /// `name` is that of all lines of one peer: by it the far end knows what belongs together (RFC
    /// 3550 §6.5.1). Lines have different seeds.
    pub fn new(plan: P, (seed, name): (u64, u64), wall: Duration, now: Instant) -> ImsLeg<P> {
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
        ImsLeg {
            peer: plan.remote().map(|remote| remote.address),
            plan,
            session,
            foreign_datagrams: 0,
        }
    }

    /// Takes what a new description of the peer said: another address, fewer formats, another
    /// direction. Our SSRC, sequence numbers and timestamps go on.
    pub fn reconnect(&mut self, plan: P, now: Instant) {
        self.session.change(plan.change(), now);
        self.peer = plan.remote().map(|remote| remote.address).or(self.peer);
        self.plan = plan;
    }

    pub fn handle_rtp(&mut self, source: SocketAddr, bytes: Vec<u8>, now: Instant) {
        if self.is_peer(source) {
            self.session.handle(session::Input::Rtp(bytes), now);
        }
    }

    pub fn handle_rtcp(&mut self, source: SocketAddr, bytes: Vec<u8>, now: Instant) {
        if self.is_peer(source) {
            self.session.handle(session::Input::Rtcp(bytes), now);
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(now);
    }

    pub fn poll_output(&mut self) -> Option<ImsOutput> {
        loop {
            let output = match self.session.poll_output()? {
                session::Output::Rtp(bytes) => match self.plan.remote() {
                    Some(remote) => ImsOutput::Rtp {
                        destination: SocketAddr::new(remote.address, remote.rtp_port),
                        bytes,
                    },
                    None => continue,
                },
                session::Output::Rtcp(bytes) => match self.plan.remote() {
                    Some(remote) => ImsOutput::Rtcp {
                        destination: SocketAddr::new(remote.address, remote.rtcp_port),
                        bytes,
                    },
                    None => continue,
                },
                session::Output::Event(event) => match event {
                    session::Event::Packet(packet) => ImsOutput::Packet(packet),
                    session::Event::KeyframeRequested(_) => ImsOutput::KeyframeRequested,
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
        let counters = self.session.counters();
        tracing::info!(
            sent = counters.sent_packets,
            received = counters.received_packets,
            lost = self.session.lost_packets(),
            foreign = self.foreign_datagrams,
            wrong_payload_type = counters.wrong_payload_type,
            "plain RTP leg ended"
        );
    }

    fn is_peer(&mut self, source: SocketAddr) -> bool {
        let is_peer = self.peer == Some(source.ip());
        if !is_peer {
            self.foreign_datagrams += 1;
        }
        is_peer
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
