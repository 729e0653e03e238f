//! What `GET /api/status` says of the handset.

use std::time::Instant;

use serde::Serialize;

use crate::{
    agent::{CallView, Can, Direction, End, OnInvite, Stage},
    leg::LegView,
    screen::PatternView,
    voice::VoiceView,
};

#[derive(Debug, Clone, Serialize)]
pub struct Status {
    pub profile: String,
    pub number: String,
    pub registered: bool,
    pub on_invite: OnInvite,
    /// What the phone at the other end of the voice call said that it can do.
    pub peer_can: Can,
    pub call: Option<CallStatus>,
    /// Of the call that is watched, or of the last one that was.
    pub receive: Receive,
    /// Of the call that shows, or of the last one that did.
    pub send: Sent,
    /// Of the call, or of the last one, that had any.
    pub audio: Option<Sound>,
    pub last_end: Option<End>,
    pub ended_calls: u64,
    /// Datagrams on the SIP port that were no SIP.
    pub malformed: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct CallStatus {
    pub id: String,
    pub direction: Direction,
    pub peer: String,
    pub state: Stage,
    pub since_ms: u64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Receive {
    pub frames: u64,
    pub codec: Option<String>,
    pub payload_type: Option<u8>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub frames_per_second: f64,
    /// After our 200.
    pub first_picture_ms: Option<u64>,
    pub pattern: Option<PatternView>,
    pub rtp: Rtp,
    pub rtcp: Rtcp,
}

#[derive(Debug, Clone, Serialize)]
pub struct Sound {
    pub codec: String,
    pub payload_type: u8,
    pub sent_packets: u64,
    pub received_packets: u64,
    /// What was heard in the last second: its level, as the root of the mean square of 16-bit samples.
    pub rms: f64,
    /// The loudest frequency; 0 in silence.
    pub hertz: f64,
}

impl Sound {
    pub fn of(voice: &VoiceView<'_>) -> Self {
        Self {
            codec: voice.agreement.codec.encoding.name().to_owned(),
            payload_type: voice.agreement.codec.payload_type,
            sent_packets: voice.counters.sent_packets,
            received_packets: voice.counters.received_packets,
            rms: voice.heard.rms,
            hertz: voice.heard.hz,
        }
    }
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Sent {
    pub frames: u64,
    pub codec: Option<String>,
    pub payload_type: Option<u8>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub frames_per_second: u32,
    /// The camera is shut until the phone's user says yes.
    pub waits_for_user: bool,
    pub rtp: Rtp,
    pub rtcp: Rtcp,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Rtp {
    pub packets: u64,
    pub lost: u64,
    /// Payload bytes.
    pub bytes: u64,
}

/// Reports of the peer.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rtcp {
    pub sr: u64,
    pub rr: u64,
}

impl CallStatus {
    pub fn of(call: CallView, now: Instant) -> Self {
        Self {
            id: call.id.to_string(),
            direction: call.direction,
            peer: call.peer,
            state: call.stage,
            since_ms: now.saturating_duration_since(call.since).as_millis() as u64,
        }
    }
}

impl Receive {
    /// None: the leg shows and does not watch.
    pub fn of(leg: &LegView<'_>, now: Instant) -> Option<Self> {
        let screen = leg.screen?;
        let size = screen.size();
        Some(Self {
            frames: screen.frames(),
            codec: Some(leg.encoding.name().to_owned()),
            payload_type: Some(leg.payload_type),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            frames_per_second: screen.frames_per_second(now),
            first_picture_ms: screen.first_picture_ms(),
            pattern: screen.pattern(),
            rtp: Rtp {
                packets: leg.counters.received_packets,
                lost: leg.lost_packets,
                bytes: leg.counters.received_octets,
            },
            rtcp: reports(leg),
        })
    }
}

impl Sent {
    /// None: the leg watches and does not show.
    pub fn of(leg: &LegView<'_>) -> Option<Self> {
        let sent = leg.sent?;
        Some(Self {
            frames: sent.frames,
            codec: Some(leg.encoding.name().to_owned()),
            payload_type: Some(leg.payload_type),
            width: Some(sent.width),
            height: Some(sent.height),
            frames_per_second: sent.frames_per_second,
            waits_for_user: sent.waits_for_user,
            rtp: Rtp {
                packets: leg.counters.sent_packets,
                lost: 0,
                bytes: leg.counters.sent_octets,
            },
            rtcp: reports(leg),
        })
    }
}

fn reports(leg: &LegView<'_>) -> Rtcp {
    Rtcp {
        sr: leg.counters.received_sender_reports,
        rr: leg.counters.received_receiver_reports,
    }
}
