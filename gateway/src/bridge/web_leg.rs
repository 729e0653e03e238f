//! A browser's leg: ICE (lite), DTLS and SRTP by `str0m` in RTP mode.
//!
//! The only file that knows `str0m`. The leg takes datagrams and gives plain RTP packets, the
//! browser's wish for a keyframe, and its end. Session descriptions of this leg are written here
//! too, since they carry what the ICE agent and DTLS made up; none of it leaves for the other leg.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::payload::Payload;
use media::payload::h264::PacketizationMode;
use media::rtp::RtpPacket;
use sip::sdp::{self, Attribute, Bandwidth};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::{Codec, CodecConfig};
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, SeqNo, Ssrc};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};
use thiserror::Error;

use super::NoRoom;

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
        extended: u64,
        packet: RtpPacket,
    },
    /// PLI or FIR from the browser.
    KeyframeRequested,
    Connected,
    /// The browser is gone: its page was closed, or its consent expired (RFC 7675).
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

pub struct WebLeg {
    rtc: Rtc,
    local: SocketAddr,
    pending: Option<SdpPendingOffer>,
    mid: Option<Mid>,
    codec: Option<(WebCodec, Pt)>,
    next_sequence: u64,
    forwarded: Option<ForwardBase>,
    source: Option<Ssrc>,
    outputs: VecDeque<WebOutput>,
    timeout: Option<Instant>,
    closed: bool,
}

impl WebLeg {
    /// Takes a browser's offer and answers with one codec.
    pub fn answer(
        offer: &str,
        codec: WebCodec,
        (direction, limit): (sdp::Direction, Option<PictureLimit>),
        local: SocketAddr,
        now: Instant,
    ) -> Result<(WebLeg, String), WebLegError> {
        let mut leg = WebLeg::new(&[codec], local, now)?;
        let offer = SdpOffer::from_sdp_string(offer)
            .map_err(|error| WebLegError::Description(error.to_string()))?;
        let answer = leg.rtc.sdp_api().accept_offer(offer)?.to_sdp_string();
        leg.drain(now);
        let (answer, payload_type) = leg.finish_description(&answer, direction, limit)?;
        leg.codec = Some((codec, payload_type));
        Ok((leg, answer))
    }

    /// Offers video to a browser, in the given order of codecs.
    pub fn offer(
        codecs: &[WebCodec],
        direction: sdp::Direction,
        local: SocketAddr,
        now: Instant,
    ) -> Result<(WebLeg, String), WebLegError> {
        let mut leg = WebLeg::new(codecs, local, now)?;
        let mut api = leg.rtc.sdp_api();
        let mid = api.add_media(MediaKind::Video, direction_of(direction), None, None, None);
        let (offer, pending) = api
            .apply()
            .ok_or_else(|| WebLegError::Own("nothing to offer".to_owned()))?;
        leg.mid = Some(mid);
        leg.pending = Some(pending);
        leg.drain(now);
        Ok((leg, offer.to_sdp_string()))
    }

    /// Takes the browser's answer to [`WebLeg::offer`]; gives the codec it chose.
    pub fn accept_answer(&mut self, answer: &str, now: Instant) -> Result<WebCodec, WebLegError> {
        let pending = self.pending.take().ok_or(WebLegError::NoOffer)?;
        let parsed = SdpAnswer::from_sdp_string(answer)
            .map_err(|error| WebLegError::Description(error.to_string()))?;
        self.rtc.sdp_api().accept_answer(pending, parsed)?;
        self.drain(now);
        let (codec, payload_type) = chosen_codec(answer)?;
        self.codec = Some((codec, payload_type));
        Ok(codec)
    }

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
            mid: None,
            codec: None,
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

    fn handle_event(&mut self, event: Event) {
        match event {
            Event::Connected => self.outputs.push_back(WebOutput::Connected),
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
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) | Event::Closed => {
                self.end();
            }
            _ => {} // events of features that are not switched on; the enum is non-exhaustive
        }
    }

    /// Adds to our answer what the far end can show (RFC 6236, RFC 8866 §6.11), and finds the
    /// payload type the browser will send.
    fn finish_description(
        &self,
        answer: &str,
        direction: sdp::Direction,
        limit: Option<PictureLimit>,
    ) -> Result<(String, Pt), WebLegError> {
        let mut description = sdp::Description::parse(answer.as_bytes())
            .map_err(|error| WebLegError::Own(error.to_string()))?;
        let video = description
            .media
            .iter_mut()
            .find(|media| media.kind == sdp::Kind::Video && media.port != 0)
            .ok_or(WebLegError::NoVideo)?;
        let payload_type = video
            .payload_types
            .first()
            .filter(|payload_type| payload_type.is("VP8") || payload_type.is("H264"))
            .map(|payload_type| payload_type.number)
            .ok_or(WebLegError::NoVideo)?;
        video.direction = Some(direction);
        if let Some(limit) = limit {
            apply_limit(video, limit);
        }
        let bytes = description.to_bytes();
        let text = String::from_utf8(bytes).map_err(|error| WebLegError::Own(error.to_string()))?;
        Ok((text, Pt::from(payload_type)))
    }
}

/// Writes `b=`, `a=framerate` and `a=imageattr` into a description for the browser.
pub fn apply_limit(video: &mut sdp::Media, limit: PictureLimit) {
    let PictureLimit {
        width,
        height,
        frames_per_second,
        bits_per_second,
    } = limit;
    video.bandwidth = vec![Bandwidth::TransportIndependent {
        bits_per_second: u64::from(bits_per_second),
    }];
    video.frame_rate = Some(f32::from(frames_per_second));
    video.attributes.push(Attribute::new(
        "imageattr",
        format_args!("* recv [x={width},y={height}]"),
    ));
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

/// The codec of the first payload type in a browser's answer.
fn chosen_codec(answer: &str) -> Result<(WebCodec, Pt), WebLegError> {
    let description = sdp::Description::parse(answer.as_bytes())
        .map_err(|error| WebLegError::Description(error.to_string()))?;
    let chosen = description
        .media
        .iter()
        .find(|media| media.kind == sdp::Kind::Video && media.port != 0)
        .and_then(|media| media.payload_types.first())
        .ok_or(WebLegError::NoVideo)?;
    let codec = if chosen.is("VP8") {
        WebCodec::Vp8
    } else if chosen.is("H264") {
        h264_of(chosen)
    } else {
        return Err(WebLegError::NoVideo);
    };
    Ok((codec, Pt::from(chosen.number)))
}

/// The H.264 variant that a payload type of a browser's description stands for.
pub fn h264_of(payload_type: &sdp::PayloadType) -> WebCodec {
    let parameter = |name| payload_type.parameters.get(name);
    WebCodec::H264 {
        mode: match parameter("packetization-mode") {
            Some("1") => PacketizationMode::NonInterleaved,
            Some(_) | None => PacketizationMode::SingleNal,
        },
        // RFC 6184 §8.1: absent means Baseline at level 1.
        profile_level_id: parameter("profile-level-id")
            .and_then(|id| u32::from_str_radix(id, 16).ok())
            .unwrap_or(0x42_000a),
    }
}

fn direction_of(direction: sdp::Direction) -> Direction {
    match direction {
        sdp::Direction::SendRecv => Direction::SendRecv,
        sdp::Direction::SendOnly => Direction::SendOnly,
        sdp::Direction::RecvOnly => Direction::RecvOnly,
        sdp::Direction::Inactive => Direction::Inactive,
    }
}

/// Installs the process-wide cryptography of DTLS and SRTP; call once, before the first leg.
pub fn install_cryptography() {
    str0m::crypto::from_feature_flags().install_process_default();
}
