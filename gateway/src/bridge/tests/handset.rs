//! A plain peer with an RTP session of its own: reports, feedback, a camera and a screen.

use std::time::{Duration, Instant};

use media::codec::ForceKeyframe;
use media::payload::Payload;
use media::rtp::VIDEO_CLOCK_HZ;
use media::rtp::feedback::Feedback;
use media::rtp::rtcp::NtpTime;
use media::rtp::session::{Change, Config, Event, Input, Output, RtcpTerms, Session, Silence};

use super::stand_ins::{Camera, Screen};

/// How it asks for a keyframe when it lost something, if not by RTCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// By what was agreed, or not at all.
    ByRtcp,
    /// SIP INFO.
    ByInfo,
}

pub(super) enum Sent {
    Rtp(Vec<u8>),
    Rtcp(Vec<u8>),
    /// picture_fast_update.
    Info,
}

pub(super) struct Handset {
    session: Session,
    feedback: Feedback,
    asks: Asks,
    asked_at: Option<Instant>,
    pub(super) camera: Option<Camera>,
    pub(super) screen: Option<Screen>,
    sent: Vec<Sent>,
}

impl Handset {
    pub(super) fn new(feedback: Feedback, asks: Asks, now: Instant) -> Handset {
        let mut session = Session::new(Config {
            accepted_payload_types: vec![96],
            payload_type: 96,
            cname: "handset".to_owned(),
            seed: 77,
            pacing_bits_per_second: 512_000,
            clock_hz: VIDEO_CLOCK_HZ,
        });
        session.start(NtpTime::from_unix(Duration::from_secs(1_600_000_000)), now);
        let change = Change {
            accepted_payload_types: vec![96],
            payload_type: Some(96),
            pacing_bits_per_second: 512_000,
            silence: Silence::IsExpected,
            feedback,
            rtcp: RtcpTerms::default(),
        };
        session.change(change, now);
        Handset {
            session,
            feedback,
            asks,
            asked_at: None,
            camera: None,
            screen: None,
            sent: Vec::new(),
        }
    }

    pub(super) fn shoot(&mut self, now: Instant) {
        let Some(camera) = &mut self.camera else {
            return;
        };
        let packets = camera.shoot();
        let Some(timestamp) = packets.first().map(|packet| packet.timestamp) else {
            return;
        };
        let payloads = packets.into_iter().map(|packet| Payload {
            bytes: packet.payload,
            marker: packet.marker,
        });
        self.session
            .send(timestamp, payloads.collect(), now)
            .unwrap();
    }

    /// INFO picture_fast_update came.
    pub(super) fn asked_by_info(&mut self) {
        if let Some(camera) = &mut self.camera {
            camera.force = ForceKeyframe::Yes;
        }
    }

    pub(super) fn receive(&mut self, input: Input, now: Instant) {
        self.session.handle(input, now);
    }

    /// Handles its timers and gives what it sends.
    pub(super) fn poll(&mut self, now: Instant) -> Vec<Sent> {
        if self.session.poll_timeout().is_some_and(|at| at <= now) {
            self.session.handle_timeout(now);
        }
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Rtp(bytes) => self.sent.push(Sent::Rtp(bytes)),
                Output::Rtcp(bytes) => self.sent.push(Sent::Rtcp(bytes)),
                Output::Event(event) => self.handle(event, now),
            }
        }
        std::mem::take(&mut self.sent)
    }

    fn handle(&mut self, event: Event, now: Instant) {
        match event {
            Event::Packet(packet) => {
                let Some(screen) = &mut self.screen else {
                    return;
                };
                screen.show(&packet);
                if screen.take_wish() {
                    self.ask(now);
                }
            }
            Event::KeepAlive { sequence } => {
                if let Some(screen) = &mut self.screen {
                    screen.skip(sequence);
                }
            }
            Event::KeyframeRequested(_) => self.asked_by_info(),
            Event::PeerReport { .. }
            | Event::SourceChanged { .. }
            | Event::Silent
            | Event::PeerBye { .. }
            | Event::SenderReport { .. }
            | Event::RateLimit { .. } => {}
        }
    }

    fn ask(&mut self, now: Instant) {
        let is_soon = |at: Instant| now < at + Duration::from_millis(500);
        if self.asked_at.is_some_and(is_soon) {
            return;
        }
        self.asked_at = Some(now);
        match (self.asks, self.feedback.keyframe_request()) {
            (Asks::ByInfo, _) => self.sent.push(Sent::Info),
            (Asks::ByRtcp, Some(how)) => self.session.request_keyframe(how, now),
            (Asks::ByRtcp, None) => {}
        }
    }
}
