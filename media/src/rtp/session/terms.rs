//! What a leg is told, and what it tells (RFC 3550 §6, RFC 4585 §3).

use std::time::Duration;

use crate::rtp::RtpPacket;
use crate::rtp::feedback::Feedback;
use crate::rtp::rtcp::{NtpTime, ReportBlock};

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
    /// A new wish for a keyframe; a repeated FIR is none (RFC 5104 §4.3.1.2).
    KeyframeRequested(KeyframeRequest),
    /// What the peer says of our stream.
    PeerReport {
        report: ReportBlock,
        round_trip: Option<Duration>,
    },
    /// The peer continues with another SSRC or other numbers: what was gathered of a picture is worthless.
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
    /// Packets that the peer missed and was sent once more.
    pub resent: u64,
    /// Packets that we missed and asked for, each time counted.
    pub asked_again: u64,
    /// FIRs that said the same as the one before.
    pub repeated_fir: u64,
}
