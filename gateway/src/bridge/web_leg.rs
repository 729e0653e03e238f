//! A browser's leg: ICE (lite), DTLS and SRTP by `str0m` in RTP mode.
//!
//! The only folder that knows `str0m`. The leg takes datagrams and gives plain RTP packets, the
//! browser's wish for a keyframe, and its end. Session descriptions of this leg are written here
//! too, in [`negotiation`], since they carry what the ICE agent and DTLS made up; none of it leaves
//! for the other leg.

mod lines;
mod negotiation;
mod patience;
mod rate;
mod sending;

pub use lines::{
    AudioLine, AudioOffer, Directions, PictureLimit, VideoLine, VideoOffer, WebAudio, WebCodec,
};

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use media::buffers;
use media::payload::audio::AudioFormat;
use media::rtp::RtpPacket;
use media::rtp::session::KeyframeRequest;
use rate::{FIRST_ESTIMATE_BITS_PER_SECOND, Wanted};
use str0m::bwe::Bitrate;
use str0m::media::{KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{Extension, ExtensionMap, Ssrc};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};
use thiserror::Error;

use super::Medium;
use super::audio_format::{AudioStream, Events};
use negotiation::{Offered, Own};
use patience::Patience;
use sending::ForwardBase;

/// Why a browser's leg could not be opened, or had to be given up.
#[derive(Debug, Error)]
pub enum WebLegError {
    #[error("the browser's session description cannot be used: {0}")]
    Description(String),
    #[error("the browser offers nothing that can be bridged")]
    NoMedia,
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
    Rtp {
        medium: Medium,
        extended: u64,
        packet: RtpPacket,
    },
    /// When a timestamp of the browser's was, by the browser's clock.
    SenderReport {
        medium: Medium,
        seconds: f64,
        rtp_timestamp: u32,
    },
    /// PLI or FIR from the browser.
    KeyframeRequested(KeyframeRequest),
    /// What the browser's network bears of ours.
    Estimate { bits_per_second: u32 },
    /// DTLS is up, or a way to the browser stands again.
    Connected,
    /// The browser's consent expired (RFC 7675).
    Unreachable,
    /// The browser is gone: its page was closed.
    Closed,
    /// DTLS came up, and with it no profile of SRTP (RFC 5764 §4.1.2): no media can pass. The leg is over.
    Unprotected,
}

/// Packets kept for answering NACKs: a second of a large stream.
const SEND_BUFFER_PACKETS: usize = 512;

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
    /// Whether the leg is agreed.
    agreed: bool,
    codec: Option<WebCodec>,
    audio: Option<WebAudio>,
    /// What our next description may have on its audio line.
    audio_said: Vec<WebAudio>,
    /// The payload type of keys, and its clock.
    events: Option<(Pt, u32)>,
    /// By medium.
    streams: [Stream; 2],
    wanted: Wanted,
    way: Way,
    ice: IceConnectionState,
    /// DTLS is up.
    secured: bool,
    patience: Patience,
    outputs: VecDeque<WebOutput>,
    timeout: Option<Instant>,
    closed: bool,
}

/// One line's streams, ours and the browser's.
#[derive(Debug)]
struct Stream {
    mid: Option<Mid>,
    payload_type: Option<Pt>,
    next_sequence: u64,
    forwarded: Option<ForwardBase>,
    source: Option<Ssrc>,
    /// The timestamp of the browser's last sender report.
    reported: Option<u64>,
}

impl Default for Stream {
    fn default() -> Stream {
        Stream {
            mid: None,
            payload_type: None,
            // str0m wants the first sequence number below the first rollover.
            next_sequence: 1,
            forwarded: None,
            source: None,
            reported: None,
        }
    }
}

impl WebLeg {
    /// The part of the STUN user name that is ours; datagrams find their leg by it.
    pub fn ice_user(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// Whether DTLS is up and a way to the browser stands.
    pub fn is_up(&self) -> bool {
        self.way == Way::Up
    }

    /// Whether DTLS was never up.
    pub fn is_new(&self) -> bool {
        self.way == Way::New
    }

    pub fn codec(&self) -> Option<WebCodec> {
        self.codec
    }

    pub fn audio(&self) -> Option<WebAudio> {
        self.audio
    }

    /// The sound of the leg, the same both ways.
    pub fn audio_stream(&self) -> Option<AudioStream> {
        let format = match self.audio? {
            WebAudio::Opus => AudioFormat::Opus,
            WebAudio::Pcmu => AudioFormat::Pcmu,
            WebAudio::Pcma => AudioFormat::Pcma,
        };
        let payload_type = self.streams[Medium::Audio.index()].payload_type?;
        Some(AudioStream {
            format,
            payload_type: *payload_type,
            events: self.events.map(|(number, clock_hz)| Events {
                payload_type: *number,
                clock_hz,
            }),
        })
    }

    // The four verbs.

    /// Whether a STUN message proves that its sender knows our password (RFC 8445 §7.3), so that
    /// its address is the browser's.
    pub fn accepts(&self, source: SocketAddr, datagram: &[u8], now: Instant) -> bool {
        let Ok(contents) = datagram.try_into() else {
            return false;
        };
        let receive = Receive {
            proto: Protocol::Udp,
            source,
            destination: self.local,
            contents,
        };
        self.rtc.accepts(&Input::Receive(now, receive))
    }

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
        // It looks at its timers too.
        self.patience.handled(now);
        let _ = self.feed(Input::Receive(now, receive), now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.patience.handled(now);
        let _ = self.feed(Input::Timeout(now), now);
    }

    pub fn poll_output(&mut self) -> Option<WebOutput> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    /// Asks the browser for a picture that needs no earlier one (PLI, RFC 4585 §6.3.1).
    pub fn request_keyframe(&mut self, now: Instant) {
        let Some(source) = self.streams[Medium::Video.index()].source else {
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

    fn new(
        (video, audio): (&[WebCodec], &[WebAudio]),
        local: SocketAddr,
        now: Instant,
    ) -> Result<WebLeg, WebLegError> {
        let mut config = RtcConfig::new()
            .clear_codecs()
            .set_rtp_mode(true)
            .set_ice_lite(true)
            .set_send_buffer_video(SEND_BUFFER_PACKETS)
            .set_extension_map(without_orientation())
            .enable_bwe(Some(Bitrate::bps(FIRST_ESTIMATE_BITS_PER_SECOND)));
        lines::configure(config.codec_config(), video, audio);
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
            agreed: false,
            codec: None,
            audio: None,
            audio_said: audio.to_vec(),
            events: None,
            streams: Default::default(),
            wanted: Wanted::default(),
            way: Way::New,
            ice: IceConnectionState::New,
            secured: false,
            patience: Patience::default(),
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
                    let due = self.patience.due(at, self.rtc.last_timeout_reason());
                    self.timeout = (at < far && !self.closed).then_some(due);
                    return;
                }
                Ok(Output::Transmit(transmit)) => self.outputs.push_back(WebOutput::Transmit {
                    destination: transmit.destination,
                    bytes: transmit.contents.into(),
                }),
                Ok(Output::Event(event)) => self.handle_event(event, now),
                Err(error) => {
                    tracing::debug!(%error, "browser leg failed");
                    self.end();
                    return;
                }
            }
        }
    }

    fn follow_ice(&mut self, state: IceConnectionState) {
        self.ice = state;
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

    fn handle_event(&mut self, event: Event, now: Instant) {
        match event {
            // With ICE up and DTLS up, what is missing are the keys of SRTP.
            Event::Connected if self.ice.is_connected() && !self.rtc.is_connected() => {
                tracing::info!("a browser's DTLS agreed on no protection of media");
                self.outputs.push_back(WebOutput::Unprotected);
                (self.closed, self.timeout) = (true, None);
                // Its goodbye is drained with the event.
                let _ = self.rtc.close();
            }
            Event::Connected => {
                (self.way, self.secured) = (Way::Up, true);
                self.outputs.push_back(WebOutput::Connected);
            }
            Event::IceConnectionStateChange(state) => self.follow_ice(state),
            Event::MediaAdded(added) => {
                let medium = match added.kind {
                    MediaKind::Video => Medium::Video,
                    MediaKind::Audio => Medium::Audio,
                };
                self.streams[medium.index()].mid.get_or_insert(added.mid);
            }
            Event::RtpPacket(packet) => self.handle_packet(packet, now),
            Event::EgressBitrateEstimate(kind) => self.handle_estimate(kind),
            Event::KeyframeRequest(request) => {
                let how = match request.kind {
                    KeyframeRequestKind::Pli => KeyframeRequest::Pli,
                    KeyframeRequestKind::Fir => KeyframeRequest::Fir,
                };
                self.outputs.push_back(WebOutput::KeyframeRequested(how));
            }
            Event::Closed => self.end(),
            _ => {} // events of features that are not switched on; the enum is non-exhaustive
        }
    }

    /// Each report is told once, however many packets follow it.
    fn note_report(&mut self, medium: Medium, ntp: SystemTime, rtp: u64) {
        let stream = &mut self.streams[medium.index()];
        if stream.reported.replace(rtp) == Some(rtp) {
            return;
        }
        if let Ok(since_1970) = ntp.duration_since(SystemTime::UNIX_EPOCH) {
            self.outputs.push_back(WebOutput::SenderReport {
                medium,
                seconds: since_1970.as_secs_f64(),
                rtp_timestamp: rtp as u32,
            });
        }
    }

    /// Which line a source of the browser's is on.
    fn medium_of(&mut self, ssrc: Ssrc) -> Option<Medium> {
        let streams = &self.streams;
        let is_known = |medium: &Medium| streams[medium.index()].source == Some(ssrc);
        if let Some(medium) = Medium::ALL.into_iter().find(is_known) {
            return Some(medium);
        }
        let mid = self.rtc.direct_api().stream_rx(&ssrc).map(|rx| rx.mid())?;
        let is_of = |medium: &Medium| self.streams[medium.index()].mid == Some(mid);
        Medium::ALL.into_iter().find(is_of)
    }

    fn handle_packet(&mut self, packet: str0m::rtp::RtpPacket, now: Instant) {
        // Padding for bandwidth probes has no payload, but may use up a number.
        let ssrc = packet.header.ssrc;
        let Some(medium) = self.medium_of(ssrc) else {
            return; // of a line that was refused
        };
        if medium == Medium::Audio && packet.payload.is_empty() {
            return;
        }
        self.streams[medium.index()].source = Some(ssrc);
        self.patience.received(medium, *packet.seq_no, now);
        self.repeat_limit(now);
        if let Some(report) = packet.last_sender_info {
            self.note_report(medium, report.ntp_time, report.rtp_time.numer());
        }
        self.outputs.push_back(WebOutput::Rtp {
            medium,
            extended: *packet.seq_no,
            packet: RtpPacket {
                payload_type: *packet.header.payload_type,
                marker: packet.header.marker,
                sequence: packet.header.sequence_number,
                timestamp: packet.header.timestamp,
                ssrc: *ssrc,
                contributing: Vec::new(),
                extension: None,
                payload: buffers::copy(&packet.payload),
            },
        });
    }
}

/// What `str0m` agrees to, but not the orientation of pictures (R0 and R1 of 3GPP TS 26.114): a
/// handset would not turn them, so a browser must before it encodes (RFC 7742 §4).
fn without_orientation() -> ExtensionMap {
    let mut agreed = ExtensionMap::empty();
    for (id, extension) in ExtensionMap::standard().iter() {
        if *extension != Extension::VideoOrientation {
            agreed.set(id, extension.clone());
        }
    }
    agreed
}

/// Installs the process-wide cryptography of DTLS and SRTP; call once, before the first leg.
pub fn install_cryptography() {
    str0m::crypto::from_feature_flags().install_process_default();
}
