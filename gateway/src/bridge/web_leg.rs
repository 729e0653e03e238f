//! A browser's leg: ICE (lite), DTLS and SRTP by `str0m` in RTP mode.
//!
//! The only folder that knows `str0m`. The leg takes datagrams and gives plain RTP packets, the
//! browser's wish for a keyframe, and its end. Session descriptions of this leg are written here
//! too, in [`negotiation`], since they carry what the ICE agent and DTLS made up; none of it leaves
//! for the other leg.

mod negotiation;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::payload::Payload;
use media::payload::h264::PacketizationMode;
use media::rtp::RtpPacket;
use str0m::format::{Codec, CodecConfig};
use str0m::media::{KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, SeqNo, Ssrc};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};
use thiserror::Error;

use super::NoRoom;
use negotiation::{Offered, Own};

/// A codec on the browser's leg. Every browser has VP8; H.264 is constrained baseline, the only
/// profile that browsers and handsets share (RFC 7742 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebCodec {
    Vp8,
    H264 {
        mode: PacketizationMode,
        /// `profile-level-id` as in RFC 6184 §8.1, 24 bits.
        profile_level_id: u32,
    },
}

/// What the far end can show at most; told to the browser, so that it sends no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLimit {
    pub width: u16,
    pub height: u16,
    pub frames_per_second: u8,
    pub bits_per_second: u32,
}

/// Why a browser's leg could not be opened, or had to be given up.
#[derive(Debug, Error)]
pub enum WebLegError {
    #[error("the browser's session description cannot be used: {0}")]
    Description(String),
    #[error("the browser offers no video that can be bridged")]
    NoVideo,
    #[error("the browser's answer came without an offer")]
    NoOffer,
    #[error("the leg is not agreed yet")]
    NotAgreed,
    #[error("a later offer cannot change {0}")]
    Unchangeable(&'static str),
    #[error("the leg's own description could not be written: {0}")]
    Own(String),
    #[error("WebRTC failed: {0}")]
    Rtc(#[from] str0m::RtcError),
}

/// What the leg wants done.
#[derive(Debug)]
pub enum WebOutput {
    Transmit {
        destination: SocketAddr,
        bytes: Vec<u8>,
    },
    /// A packet in the order of arrival, with its sequence number beyond rollovers.
    Rtp { extended: u64, packet: RtpPacket },
    /// PLI or FIR from the browser.
    KeyframeRequested,
    /// DTLS is up, or a way to the browser stands again.
    Connected,
    /// The browser's consent expired (RFC 7675).
    Unreachable,
    /// The browser is gone: its page was closed.
    Closed,
}

/// Packets kept for answering NACKs: a second of a large stream.
const SEND_BUFFER_PACKETS: usize = 512;

/// How the numbers of a forwarded stream map to ours.
#[derive(Debug, Clone, Copy)]
struct ForwardBase {
    ssrc: u32,
    theirs: u64,
    ours: u64,
}

/// How the way to the browser is (RFC 8445 §6.1.1, RFC 7675).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// DTLS isn't up yet.
    New,
    Up,
    /// It is looked for anew.
    Checking,
    Lost,
}

pub struct WebLeg {
    rtc: Rtc,
    local: SocketAddr,
    pending: Option<Offered>,
    own: Option<Own>,
    /// The browser's certificate, which stays for the whole call.
    fingerprint: Option<String>,
    mid: Option<Mid>,
    codec: Option<(WebCodec, Pt)>,
    way: Way,
    /// DTLS is up.
    secured: bool,
    next_sequence: u64,
    forwarded: Option<ForwardBase>,
    source: Option<Ssrc>,
    outputs: VecDeque<WebOutput>,
    timeout: Option<Instant>,
    closed: bool,
}

impl WebLeg {
    /// The part of the STUN user name that is ours; datagrams find their leg by it.
    pub fn ice_user(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    pub fn codec(&self) -> Option<WebCodec> {
        self.codec.map(|(codec, _)| codec)
    }

    // The four verbs.

    pub fn handle(&mut self, source: SocketAddr, datagram: &[u8], now: Instant) {
        let Ok(contents) = datagram.try_into() else {
            return; // neither STUN, DTLS nor SRTP
        };
        let receive = Receive {
            proto: Protocol::Udp,
            source,
            destination: self.local,
            contents,
        };
        let _ = self.feed(Input::Receive(now, receive), now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = self.feed(Input::Timeout(now), now);
    }

    pub fn poll_output(&mut self) -> Option<WebOutput> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    /// Sends one picture. `timestamp` is in units of 1/90000 s.
    pub fn send_picture(
        &mut self,
        timestamp: u32,
        payloads: Vec<Payload>,
        now: Instant,
    ) -> Result<(), NoRoom> {
        for payload in payloads {
            let sequence = self.next_sequence;
            self.write(sequence, payload.bytes, payload.marker, timestamp, now);
        }
        self.handle_timeout(now);
        Ok(())
    }

    /// Passes a packet of another browser on. Numbers keep their distances, so that a packet
    /// that was recovered late takes its own place.
    pub fn forward(&mut self, extended: u64, packet: RtpPacket, now: Instant) {
        let continued = self.forwarded.filter(|base| base.ssrc == packet.ssrc);
        let base = continued.unwrap_or(ForwardBase {
            ssrc: packet.ssrc,
            theirs: extended,
            ours: self.next_sequence,
        });
        self.forwarded = Some(base);
        let Some(distance) = extended.checked_sub(base.theirs) else {
            return; // from before the first packet that was passed on
        };
        let sequence = base.ours + distance;
        self.write(
            sequence,
            packet.payload,
            packet.marker,
            packet.timestamp,
            now,
        );
        self.handle_timeout(now);
    }

    fn write(&mut self, sequence: u64, payload: Vec<u8>, marker: bool, time: u32, now: Instant) {
        let (Some(mid), Some((_, payload_type))) = (self.mid, self.codec) else {
            return;
        };
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(mid, None) else {
            return;
        };
        self.next_sequence = self.next_sequence.max(sequence + 1);
        let write = RtpWrite::new(payload_type, SeqNo::from(sequence), time, now, payload)
            .marker(marker)
            .nackable(true);
        stream.write_rtp(write);
    }

    /// Asks the browser for a picture that needs no earlier one (PLI, RFC 4585 §6.3.1).
    pub fn request_keyframe(&mut self, now: Instant) {
        let Some(source) = self.source else {
            return;
        };
        if let Some(stream) = self.rtc.direct_api().stream_rx(&source) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
        self.handle_timeout(now);
    }

    pub fn close(&mut self, now: Instant) {
        let _ = self.rtc.close();
        self.drain(now);
        self.closed = true;
    }

    fn new(codecs: &[WebCodec], local: SocketAddr, now: Instant) -> Result<WebLeg, WebLegError> {
        let mut config = RtcConfig::new()
            .clear_codecs()
            .set_rtp_mode(true)
            .set_ice_lite(true)
            .set_send_buffer_video(SEND_BUFFER_PACKETS);
        configure(config.codec_config(), codecs);
        let mut rtc = config.build(now);
        let candidate =
            Candidate::host(local, "udp").map_err(|error| WebLegError::Own(error.to_string()))?;
        rtc.add_local_candidate(candidate);
        Ok(WebLeg {
            rtc,
            local,
            pending: None,
            own: None,
            fingerprint: None,
            mid: None,
            codec: None,
            way: Way::New,
            secured: false,
            // str0m wants the first sequence number below the first rollover.
            next_sequence: 1,
            forwarded: None,
            source: None,
            outputs: VecDeque::new(),
            timeout: None,
            closed: false,
        })
    }

    fn feed(&mut self, input: Input<'_>, now: Instant) -> Result<(), ()> {
        if self.closed {
            return Err(());
        }
        if let Err(error) = self.rtc.handle_input(input) {
            tracing::debug!(%error, "browser leg failed");
            self.end();
            return Err(());
        }
        self.drain(now);
        Ok(())
    }

    fn end(&mut self) {
        if !self.closed {
            self.closed = true;
            self.timeout = None;
            self.outputs.push_back(WebOutput::Closed);
        }
    }

    /// Drains the session to its next timeout, as it must be after every mutation.
    fn drain(&mut self, now: Instant) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    // A deadline far away is the session's way to say there is none.
                    let far = now + Duration::from_secs(3600);
                    self.timeout = (at < far && !self.closed).then_some(at);
                    return;
                }
                Ok(Output::Transmit(transmit)) => self.outputs.push_back(WebOutput::Transmit {
                    destination: transmit.destination,
                    bytes: transmit.contents.to_vec(),
                }),
                Ok(Output::Event(event)) => self.handle_event(event),
                Err(error) => {
                    tracing::debug!(%error, "browser leg failed");
                    self.end();
                    return;
                }
            }
        }
    }

    fn follow_ice(&mut self, state: IceConnectionState) {
        match state {
            IceConnectionState::Disconnected => {
                if self.way != Way::Lost {
                    self.way = Way::Lost;
                    self.outputs.push_back(WebOutput::Unreachable);
                }
            }
            IceConnectionState::Checking => {
                if self.way == Way::Up {
                    self.way = Way::Checking;
                }
            }
            IceConnectionState::Connected | IceConnectionState::Completed => {
                if self.secured && self.way != Way::Up {
                    self.way = Way::Up;
                    self.outputs.push_back(WebOutput::Connected);
                }
            }
            IceConnectionState::New => {}
        }
    }

    /// The pictures that follow are of another source, or some were left out.
    pub fn forward_anew(&mut self) {
        self.forwarded = None;
    }

    fn handle_event(&mut self, event: Event) {
        match event {
            Event::Connected => {
                (self.way, self.secured) = (Way::Up, true);
                self.outputs.push_back(WebOutput::Connected);
            }
            Event::IceConnectionStateChange(state) => self.follow_ice(state),
            Event::MediaAdded(added) if added.kind == MediaKind::Video => {
                self.mid.get_or_insert(added.mid);
            }
            Event::RtpPacket(packet) => {
                // Padding for bandwidth probes has no payload: nothing to bridge.
                if packet.payload.is_empty() {
                    return;
                }
                self.source = Some(packet.header.ssrc);
                self.outputs.push_back(WebOutput::Rtp {
                    extended: *packet.seq_no,
                    packet: RtpPacket {
                        payload_type: *packet.header.payload_type,
                        marker: packet.header.marker,
                        sequence: packet.header.sequence_number,
                        timestamp: packet.header.timestamp,
                        ssrc: *packet.header.ssrc,
                        contributing: Vec::new(),
                        extension: None,
                        payload: packet.payload.to_vec(),
                    },
                });
            }
            Event::KeyframeRequest(_) => self.outputs.push_back(WebOutput::KeyframeRequested),
            Event::Closed => self.end(),
            _ => {} // events of features that are not switched on; the enum is non-exhaustive
        }
    }
}

fn configure(config: &mut CodecConfig, codecs: &[WebCodec]) {
    // Dynamic payload types of our own offers; in answers the browser's numbers are kept.
    for (index, codec) in codecs.iter().enumerate() {
        let number = 96 + 2 * index as u8;
        let (payload_type, resend) = (Pt::from(number), Some(Pt::from(number + 1)));
        match codec {
            WebCodec::Vp8 => config.add_config(
                payload_type,
                resend,
                Codec::Vp8,
                str0m::media::Frequency::NINETY_KHZ,
                None,
                str0m::format::FormatParams::default(),
            ),
            WebCodec::H264 {
                mode,
                profile_level_id,
            } => config.add_h264(
                payload_type,
                resend,
                *mode == PacketizationMode::NonInterleaved,
                *profile_level_id,
            ),
        }
    }
}

/// Installs the process-wide cryptography of DTLS and SRTP; call once, before the first leg.
pub fn install_cryptography() {
    str0m::crypto::from_feature_flags().install_process_default();
}
