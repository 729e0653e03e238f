//! Stand-ins for the ends of a bridge: a camera, a screen, a browser.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::codec::{
    AudioCodec, AudioDecoder, AudioEncoder, EncoderConfig, ForceKeyframe, Rates, VideoCodec,
    VideoDecoder, VideoEncoder,
};
use media::payload::audio::AudioFrame;
use media::payload::{Depacketizer, Format, Packetizer};
use media::picture::{Picture, Rotation};
use media::rtp::RtpPacket;
use media::rtp::packet::Extension;
use media::rtp::reorder::ReorderBuffer;
use media::tone::{self, Heard, Tone};
use media::{pattern, quality};
use sip::sdp;
use str0m::bwe::{Bitrate, BweKind};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Candidate, Event, Output as RtcOutput, Rtc, RtcConfig};

use super::worker;
use crate::bridge::format::MAX_PAYLOAD_BYTES;
use crate::bridge::web_leg::{WebAudio, WebCodec};

/// Makes coded pictures of the test pattern.
pub(super) struct Camera {
    encoder: VideoEncoder,
    packetizer: Packetizer,
    counter: u16,
    size: (u32, u32),
    sequence: u16,
    /// SSRC, and where its timestamps begin.
    source: (u32, u32),
    pub(super) force: ForceKeyframe,
    /// Holds the camera askew, and says so in this header extension.
    pub(super) askew: Option<(Rotation, Extension)>,
}

impl Camera {
    pub(super) fn new(
        codec: VideoCodec,
        format: &Format,
        (width, height): (u32, u32),
        rate: u32,
    ) -> Camera {
        let config = EncoderConfig {
            codec,
            width,
            height,
            frames_per_second: 15,
            bits_per_second: rate,
            max_slice_bytes: 1100,
        };
        Camera::with(config, format)
    }

    pub(super) fn with(config: EncoderConfig, format: &Format) -> Camera {
        Camera {
            encoder: VideoEncoder::new(config).unwrap(),
            packetizer: Packetizer::new(format),
            counter: 0,
            size: (config.width, config.height),
            sequence: 65_500,
            source: (0x1234_5678, 0),
            force: ForceKeyframe::No,
            askew: None,
        }
    }

    /// Its last sequence number and picture.
    pub(super) fn place(&self) -> (u16, u16) {
        (self.sequence, self.counter)
    }

    /// Goes on in another's place.
    pub(super) fn go_on_at(&mut self, sequence: u16, counter: u16) {
        (self.sequence, self.counter) = (sequence, counter);
    }

    /// Restarts, as a phone does whose camera application crashed: another SSRC, other numbers, another
    /// clock.
    pub(super) fn restart(&mut self, chance: u32) {
        self.source = (self.source.0.wrapping_add(1), chance);
        self.sequence = chance as u16;
        self.force = ForceKeyframe::Yes;
    }

    pub(super) fn shoot(&mut self) -> Vec<RtpPacket> {
        self.counter += 1;
        let picture = self.look();
        let timestamp = u32::from(self.counter).wrapping_mul(6000);
        let timestamp = timestamp.wrapping_add(self.source.1);
        let force = std::mem::replace(&mut self.force, ForceKeyframe::No);
        let Some(frame) = self.encoder.encode(&picture, timestamp, force).unwrap() else {
            return Vec::new();
        };
        let mut payloads = Vec::new();
        self.packetizer
            .packetize(&frame, MAX_PAYLOAD_BYTES, &mut payloads)
            .unwrap();
        payloads
            .into_iter()
            .map(|payload| {
                self.sequence = self.sequence.wrapping_add(1);
                RtpPacket {
                    payload_type: 96,
                    marker: payload.marker,
                    sequence: self.sequence,
                    timestamp,
                    ssrc: self.source.0,
                    contributing: Vec::new(),
                    extension: self.askew.as_ref().map(|(_, extension)| extension.clone()),
                    payload: payload.bytes,
                }
            })
            .collect()
    }

    pub(super) fn time(&self) -> u16 {
        self.counter
    }

    /// Another camera in the same hand.
    pub(super) fn go_on_from(&mut self, counter: u16) {
        self.counter = counter;
    }

    fn look(&self) -> Picture {
        let (width, height) = self.size;
        let draw = |width, height| pattern::draw(self.counter, "", width, height).unwrap();
        let Some((rotation, _)) = self.askew else {
            return draw(width, height);
        };
        let mut picture = draw(width, height);
        draw(height, width)
            .rotate_into(rotation, &mut picture)
            .unwrap();
        picture
    }
}

/// Decodes what arrives and reads the counters. After a hole it waits for a keyframe, as browsers
/// and good handsets do.
pub(super) struct Screen {
    depacketizer: Depacketizer,
    decoder: VideoDecoder,
    is_frozen: bool,
    /// Its decoder lost its way.
    pub(super) wish: bool,
    /// Pictures that are not what was drawn.
    pub(super) garbage: usize,
    pub(super) counters: Vec<u16>,
    pub(super) sizes: Vec<(u32, u32)>,
}

impl Screen {
    pub(super) fn new(codec: VideoCodec, format: &Format) -> Screen {
        Screen {
            depacketizer: Depacketizer::new(format),
            decoder: VideoDecoder::new(codec).unwrap(),
            is_frozen: false,
            wish: false,
            garbage: 0,
            counters: Vec::new(),
            sizes: Vec::new(),
        }
    }

    pub(super) fn show(&mut self, packet: &RtpPacket) {
        let pushed = self.depacketizer.push(packet);
        let is_lost = self.depacketizer.take_loss();
        self.is_frozen |= is_lost;
        let Ok(Some(frame)) = pushed else {
            self.wish |= is_lost;
            return;
        };
        self.is_frozen &= !frame.keyframe;
        self.wish |= self.is_frozen;
        if self.is_frozen {
            return;
        }
        let Ok(Some(picture)) = self.decoder.decode(&frame.data, frame.timestamp) else {
            return;
        };
        self.sizes.push((picture.width(), picture.height()));
        let counter = pattern::read(&picture);
        let is_right = counter.is_some_and(|counter| {
            let drawn = pattern::draw(counter, "", picture.width(), picture.height()).unwrap();
            quality::psnr_luma(&drawn, &picture) > LIKENESS_DB
        });
        self.garbage += usize::from(!is_right);
        self.counters.extend(counter);
    }

    /// The packet with this number was empty.
    pub(super) fn skip(&mut self, sequence: u16) {
        self.depacketizer.skip(sequence);
    }

    /// Whether it wants a keyframe.
    pub(super) fn take_wish(&mut self) -> bool {
        std::mem::take(&mut self.wish)
    }
}

/// The payload type of keys on the browser's line.
const KEYS: u8 = 110;

/// A mouth with a tone, and an ear.
pub(super) struct Voice {
    pub(super) codec: AudioCodec,
    tone: Tone,
    encoder: AudioEncoder,
    decoder: AudioDecoder,
    rate: u32,
    timestamp: u32,
    sequence: u64,
    pt: Pt,
    pub(super) heard: Vec<i16>,
    pub(super) times: Vec<u32>,
    pub(super) keys: Vec<(Vec<u8>, u32)>,
}

impl Voice {
    pub(super) fn new(codec: AudioCodec, hz: f64) -> Voice {
        let rate = Rates::between(codec, codec).decoded;
        Voice {
            codec,
            tone: Tone::new(hz, 8000, rate),
            encoder: AudioEncoder::new(codec, rate).unwrap(),
            decoder: AudioDecoder::new(codec, rate).unwrap(),
            rate,
            timestamp: 77_000,
            sequence: 1,
            pt: 0.into(),
            heard: Vec::new(),
            times: Vec::new(),
            keys: Vec::new(),
        }
    }

    pub(super) fn frame(&mut self) -> AudioFrame {
        let data = self.tone.samples((self.rate / 50) as usize);
        let data = self.encoder.encode(&data).unwrap();
        self.timestamp += self.codec.clock_hz() / 50;
        let timestamp = self.timestamp;
        AudioFrame { data, timestamp }
    }

    pub(super) fn timestamp(&self) -> u32 {
        self.timestamp
    }

    pub(super) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    pub(super) fn hear(&mut self, data: &[u8], timestamp: u32) {
        self.decoder.decode(data, &mut self.heard).unwrap();
        self.times.push(timestamp);
    }

    /// What was heard in the last second.
    pub(super) fn last_second(&self) -> Heard {
        let from = self.heard.len().saturating_sub(self.rate as usize);
        tone::listen(&self.heard[from..], self.rate)
    }
}
/// Below this a picture is none that was drawn: twice coded at a low rate it has some 24.
const LIKENESS_DB: f64 = 17.0;

/// Whether a browser begins ICE anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ice {
    Kept,
    Anew,
}

/// A browser stand-in: a full ICE agent.
pub(super) struct Browser {
    pub(super) rtc: Rtc,
    pub(super) local: SocketAddr,
    mid: Option<Mid>,
    pt: Pt,
    pub(super) camera: Option<Camera>,
    pub(super) screen: Option<Screen>,
    jitter_buffer: ReorderBuffer,
    source: Option<Ssrc>,
    asked_at: Option<Instant>,
    pub(super) pending: Option<SdpPendingOffer>,
    sequence: u64,
    sent: Vec<Vec<u8>>,
    connected: bool,
    pub(super) keyframes_asked: usize,
    /// Speaks and hears on the audio line, if there is one.
    pub(super) voice: Option<Voice>,
    pub(super) voice_mid: Option<Mid>,
    /// SSRC, packet index (RFC 3711 §3.3.1) and timestamp of what came.
    pub(super) seen: Vec<(u32, u64, u32)>,
    /// Bits a second that we are asked to stay below, by REMB.
    pub(super) limits: Vec<u64>,
}

impl Browser {
    /// One that has VP8, or H.264 alone.
    pub(super) fn new(port: u16, first: WebCodec, now: Instant) -> Browser {
        let mut config = RtcConfig::new().clear_codecs().set_rtp_mode(true);
        config = config
            .enable_vp8(first == WebCodec::Vp8)
            .enable_h264(first != WebCodec::Vp8);
        let mut rtc = config.build(now);
        let local: SocketAddr = format!("127.0.0.1:{port}").parse().unwrap();
        rtc.add_local_candidate(Candidate::host(local, "udp").unwrap());
        Browser {
            rtc,
            local,
            mid: None,
            pt: 0.into(),
            camera: None,
            screen: None,
            jitter_buffer: ReorderBuffer::new(Duration::from_millis(300)),
            source: None,
            asked_at: None,
            pending: None,
            sequence: 1,
            sent: Vec::new(),
            connected: false,
            keyframes_asked: 0,
            voice: None,
            voice_mid: None,
            seen: Vec::new(),
            limits: Vec::new(),
        }
    }

    pub(super) fn offer(&mut self, direction: str0m::media::Direction) -> String {
        let mut api = self.rtc.sdp_api();
        if self.voice.is_some() {
            let both = str0m::media::Direction::SendRecv;
            self.voice_mid = Some(api.add_media(MediaKind::Audio, both, None, None, None));
        }
        self.mid = Some(api.add_media(MediaKind::Video, direction, None, None, None));
        let (offer, pending) = api.apply().unwrap();
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// An offer inside the call: another direction, ICE begun anew, or both.
    pub(super) fn offer_again(
        &mut self,
        direction: Option<str0m::media::Direction>,
        ice: Ice,
    ) -> String {
        let mut api = self.rtc.sdp_api();
        if let (Some(mid), Some(direction)) = (self.mid, direction) {
            let away = match direction {
                str0m::media::Direction::SendRecv => str0m::media::Direction::Inactive,
                _ => str0m::media::Direction::SendRecv,
            };
            api.set_direction(mid, away);
            api.set_direction(mid, direction);
        }
        if ice == Ice::Anew {
            api.ice_restart(true);
        }
        let (offer, pending) = api.apply().unwrap();
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// One with a microphone, that has this sound alone.
    pub(super) fn with_voice(port: u16, sound: WebAudio, now: Instant) -> Browser {
        let mut config = RtcConfig::new().clear_codecs().set_rtp_mode(true);
        config = config.enable_vp8(true);
        config = match sound {
            WebAudio::Opus => config.enable_opus(true, false),
            WebAudio::Pcmu => config.enable_pcmu(true, false),
            WebAudio::Pcma => config.enable_pcma(true, false),
        };
        let keys = match sound {
            WebAudio::Opus => str0m::media::Frequency::FORTY_EIGHT_KHZ,
            WebAudio::Pcmu | WebAudio::Pcma => str0m::media::Frequency::EIGHT_KHZ,
        };
        config.codec_config().add_config(
            KEYS.into(),
            None,
            str0m::format::Codec::Tele,
            keys,
            None,
            str0m::format::FormatParams::default(),
        );
        let mut rtc = config.build(now);
        let mut browser = Browser::new(port, WebCodec::Vp8, now);
        rtc.add_local_candidate(Candidate::host(browser.local, "udp").unwrap());
        browser.rtc = rtc;
        let codec = match sound {
            WebAudio::Opus => AudioCodec::Opus,
            WebAudio::Pcmu => AudioCodec::Pcmu,
            WebAudio::Pcma => AudioCodec::Pcma,
        };
        browser.voice = Some(Voice::new(codec, 700.0));
        browser
    }

    pub(super) fn speak(&mut self, now: Instant) {
        let (Some(voice), Some(mid), true) = (&mut self.voice, self.voice_mid, self.connected)
        else {
            return;
        };
        let frame = voice.frame();
        let sequence = voice.next_sequence().into();
        let write = RtpWrite::new(voice.pt, sequence, frame.timestamp, now, frame.data);
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(mid, None).unwrap().write_rtp(write);
    }

    /// Presses a key: a packet of the key's line.
    pub(super) fn press(&mut self, payload: Vec<u8>, timestamp: u32, now: Instant) {
        let (Some(voice), Some(mid)) = (&mut self.voice, self.voice_mid) else {
            panic!("no voice");
        };
        let sequence = voice.next_sequence().into();
        let write = RtpWrite::new(KEYS.into(), sequence, timestamp, now, payload);
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(mid, None).unwrap().write_rtp(write);
        self.drain(now);
    }

    pub(super) fn take_answer(&mut self, answer: &str) {
        self.pt = first_payload_type(answer);
        self.take_sound(answer);
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
    }

    pub(super) fn answer(&mut self, offer: &str) -> String {
        let offer = SdpOffer::from_sdp_string(offer).unwrap();
        let answer = self.rtc.sdp_api().accept_offer(offer).unwrap();
        let answer = answer.to_sdp_string();
        self.pt = first_payload_type(&answer);
        self.take_sound(&answer);
        answer
    }

    pub(super) fn shoot(&mut self, now: Instant) {
        let (Some(camera), Some(mid), true) = (&mut self.camera, self.mid, self.connected) else {
            return;
        };
        for packet in camera.shoot() {
            let sequence = self.sequence.into();
            self.sequence += 1;
            let write = RtpWrite::new(self.pt, sequence, packet.timestamp, now, packet.payload)
                .marker(packet.marker)
                .nackable(true);
            let mut api = self.rtc.direct_api();
            api.stream_tx_by_mid(mid, None).unwrap().write_rtp(write);
        }
    }

    /// Says what its network bears of the stream it watches (REMB).
    pub(super) fn limit_sender(&mut self, bits_per_second: u64) {
        let Some((ssrc, _, _)) = self.seen.last() else {
            return;
        };
        if let Some(stream) = self.rtc.direct_api().stream_rx(&(*ssrc).into()) {
            stream.request_remb(Bitrate::bps(bits_per_second));
        }
    }

    fn take_sound(&mut self, answer: &str) {
        let description = sdp::Description::parse(answer.as_bytes()).unwrap();
        let mut lines = description.media.iter();
        let sound = lines.find(|media| media.kind == sdp::Kind::Audio && media.port != 0);
        if let (Some(voice), Some(sound)) = (&mut self.voice, sound) {
            voice.pt = sound.payload_types[0].number.into();
        }
    }

    /// Handles its timers and gives what it sends.
    pub(super) fn poll(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let _ = self.rtc.handle_input(str0m::Input::Timeout(now));
        self.drain(now);
        self.watch(now);
        std::mem::take(&mut self.sent)
    }

    /// Shows what is in order by now, and asks for a keyframe when something is missing.
    fn watch(&mut self, now: Instant) {
        let mut wish = false;
        while let Some(packet) = self.jitter_buffer.pop(now) {
            let Some(screen) = &mut self.screen else {
                continue;
            };
            if packet.payload.is_empty() {
                screen.skip(packet.sequence);
            } else {
                screen.show(&packet);
            }
            wish |= screen.take_wish();
        }
        let is_soon = |at: Instant| now < at + Duration::from_millis(300);
        if !wish || self.asked_at.is_some_and(is_soon) {
            return;
        }
        self.asked_at = Some(now);
        let mut api = self.rtc.direct_api();
        if let Some(stream) = self.source.and_then(|source| api.stream_rx(&source)) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
        let _ = self.rtc.handle_input(str0m::Input::Timeout(now));
        self.drain(now);
    }

    /// A session must be drained after each packet: it holds one at a time.
    pub(super) fn drain(&mut self, now: Instant) {
        loop {
            match self.rtc.poll_output().unwrap() {
                RtcOutput::Timeout(_) => return,
                RtcOutput::Transmit(transmit) => self.sent.push(transmit.contents.to_vec()),
                RtcOutput::Event(Event::Connected) => self.connected = true,
                RtcOutput::Event(Event::MediaAdded(added)) => match added.kind {
                    MediaKind::Video => self.mid = Some(added.mid),
                    MediaKind::Audio => self.voice_mid = Some(added.mid),
                },
                RtcOutput::Event(Event::KeyframeRequest(_)) => {
                    self.keyframes_asked += 1;
                    if let Some(camera) = &mut self.camera {
                        camera.force = ForceKeyframe::Yes;
                    }
                }
                RtcOutput::Event(Event::RtpPacket(packet)) => {
                    let mut api = self.rtc.direct_api();
                    let of = api.stream_rx(&packet.header.ssrc).map(|of| of.mid());
                    if of.is_some() && of == self.voice_mid {
                        let number = *packet.header.payload_type;
                        let time = packet.header.timestamp;
                        let voice = self.voice.as_mut().unwrap();
                        match number == KEYS {
                            true => voice.keys.push((packet.payload.to_vec(), time)),
                            false => voice.hear(&packet.payload, time),
                        }
                        continue;
                    }
                    if !packet.payload.is_empty() {
                        let header = &packet.header;
                        self.seen
                            .push((*header.ssrc, *packet.seq_no, header.timestamp));
                    }
                    self.source = Some(packet.header.ssrc);
                    let taken = RtpPacket {
                        payload_type: *packet.header.payload_type,
                        marker: packet.header.marker,
                        sequence: packet.header.sequence_number,
                        timestamp: packet.header.timestamp,
                        ssrc: *packet.header.ssrc,
                        contributing: Vec::new(),
                        extension: None,
                        payload: packet.payload.to_vec(),
                    };
                    self.jitter_buffer.push(*packet.seq_no, taken, now);
                }
                RtcOutput::Event(Event::EgressBitrateEstimate(BweKind::Remb {
                    estimate, ..
                })) => {
                    self.limits.push(estimate.as_u64());
                }
                RtcOutput::Event(_) => {}
            }
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8], now: Instant) {
        let receive = Receive {
            proto: Protocol::Udp,
            source: worker(),
            destination: self.local,
            contents: bytes.try_into().unwrap(),
        };
        let _ = self.rtc.handle_input(str0m::Input::Receive(now, receive));
        self.drain(now);
        self.watch(now);
    }
}

fn first_payload_type(sdp: &str) -> Pt {
    let description = sdp::Description::parse(sdp.as_bytes()).unwrap();
    let mut lines = description.media.iter();
    let video = lines.find(|media| media.kind == sdp::Kind::Video && media.port != 0);
    video
        .map_or(0, |video| video.payload_types[0].number)
        .into()
}
