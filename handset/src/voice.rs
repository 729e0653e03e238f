//! RFC 3551: the sound of one call: a tone goes out, and what comes in is listened to.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

use media::{
    codec::{AudioDecoder, AudioEncoder, AudioError, Rates},
    payload::audio::{AudioDepacketizer, AudioFormat, packetize},
    rtp::{
        rtcp::NtpTime,
        session::{Config, Counters, Event, Input, Output as SessionOutput, Session},
    },
    tone::{self, Heard, Tone},
};

use crate::audio::AudioAgreement;

/// What one packet has.
const FRAME: Duration = Duration::from_millis(20);
/// Of the tone: 12 dB below the loudest.
const AMPLITUDE: i16 = 8000;
/// Packets of sound leave as they come.
const UNPACED: u32 = 10_000_000;

#[derive(Debug)]
pub enum Output {
    Rtp(Vec<u8>),
    Rtcp(Vec<u8>),
}

/// The sound of one call.
pub struct Voice {
    session: Session,
    agreement: AudioAgreement,
    format: AudioFormat,
    rate: u32,
    mouth: Option<Mouth>,
    /// The peer holds the call: nothing is said.
    held: bool,
    depacketizer: AudioDepacketizer,
    decoder: AudioDecoder,
    /// The last second.
    heard: VecDeque<i16>,
    outputs: VecDeque<Output>,
}

struct Mouth {
    tone: Tone,
    encoder: AudioEncoder,
    timestamp: u32,
    due_at: Instant,
}

/// What the page says of it.
#[derive(Debug, Clone, Copy)]
pub struct VoiceView<'a> {
    pub agreement: &'a AudioAgreement,
    pub counters: &'a Counters,
    pub heard: Heard,
}

impl Voice {
    /// Opens the sound of an agreed call; `tone` is the frequency that is sent, `None` when the
    /// model only listens.
    ///
    /// # Errors
    /// When the codec's library has no memory.
    pub fn open(
        agreement: &AudioAgreement,
        tone: Option<f64>,
        seed: u64,
        wall: NtpTime,
        now: Instant,
    ) -> Result<Self, AudioError> {
        let format = agreement.format();
        let codec = format.codec();
        let rate = Rates::between(codec, codec).decoded;
        let mouth = match tone {
            Some(hz) => Some(Mouth {
                tone: Tone::new(hz, AMPLITUDE, rate),
                encoder: AudioEncoder::new(codec, rate)?,
                timestamp: 0,
                due_at: now,
            }),
            None => None,
        };
        let payload_type = agreement.codec.payload_type;
        let mut session = Session::new(Config {
            accepted_payload_types: vec![payload_type],
            payload_type,
            cname: format!("{seed:016x}"),
            // Other numbers than those of the pictures, under the same name.
            seed: seed.rotate_left(32),
            pacing_bits_per_second: UNPACED,
            clock_hz: codec.clock_hz(),
        });
        session.start(wall, now);
        let mut voice = Self {
            session,
            agreement: agreement.clone(),
            format,
            rate,
            mouth,
            held: false,
            depacketizer: AudioDepacketizer::new(format),
            decoder: AudioDecoder::new(codec, rate)?,
            heard: VecDeque::new(),
            outputs: VecDeque::new(),
        };
        voice.settle();
        Ok(voice)
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        self.session.handle(input, now);
        self.settle();
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(now);
        self.speak(now);
        self.settle();
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let frame = self.mouth.as_ref().map(|mouth| mouth.due_at);
        [self.session.poll_timeout(), frame]
            .into_iter()
            .flatten()
            .min()
    }

    pub fn agreement(&self) -> &AudioAgreement {
        &self.agreement
    }

    /// The peer has moved, or holds the call.
    pub fn change(&mut self, remote: SocketAddr, held: bool) {
        self.agreement.remote = remote;
        self.held = held;
    }

    /// RTCP BYE goes out; nothing after it.
    pub fn close(&mut self, now: Instant) {
        self.session.stop(now);
        self.settle();
    }

    pub fn view(&self) -> VoiceView<'_> {
        let samples: Vec<i16> = self.heard.iter().copied().collect();
        VoiceView {
            agreement: &self.agreement,
            counters: self.session.counters(),
            heard: tone::listen(&samples, self.rate),
        }
    }

    /// Sends the frames that are due. After a pause of the machine the clock goes on from now.
    fn speak(&mut self, now: Instant) {
        let Some(mouth) = &mut self.mouth else {
            return;
        };
        if now > mouth.due_at + 10 * FRAME {
            mouth.due_at = now;
        }
        while now >= mouth.due_at {
            mouth.due_at += FRAME;
            let samples = mouth.tone.samples((self.rate / 50) as usize);
            let frame = match mouth.encoder.encode(&samples) {
                Ok(frame) => frame,
                Err(error) => return tracing::debug!(%error, "a frame was not sent"),
            };
            let payload = packetize(self.format, frame, mouth.timestamp == 0);
            let timestamp = mouth.timestamp;
            mouth.timestamp = timestamp.wrapping_add(self.format.codec().clock_hz() / 50);
            if self.held {
                continue;
            }
            if let Err(full) = self.session.send(timestamp, vec![payload], now) {
                tracing::debug!(error = %full, "a frame was not sent");
            }
        }
    }

    fn settle(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                SessionOutput::Rtp(bytes) => self.outputs.push_back(Output::Rtp(bytes)),
                SessionOutput::Rtcp(bytes) => self.outputs.push_back(Output::Rtcp(bytes)),
                SessionOutput::Event(Event::Packet(packet)) => {
                    let mut samples = Vec::new();
                    for frame in self.depacketizer.push(&packet).unwrap_or_default() {
                        if let Err(error) = self.decoder.decode(&frame.data, &mut samples) {
                            tracing::trace!(%error, "unusable sound");
                        }
                    }
                    self.hear(samples);
                }
                // The pictures tell whether the peer is there.
                SessionOutput::Event(
                    Event::KeepAlive { .. }
                    | Event::KeyframeRequested(_)
                    | Event::PeerReport { .. }
                    | Event::SourceChanged { .. }
                    | Event::Silent
                    | Event::PeerBye { .. }
                    | Event::SenderReport { .. }
                    | Event::RateLimit { .. },
                ) => {}
            }
        }
    }

    fn hear(&mut self, samples: Vec<i16>) {
        self.heard.extend(samples);
        let second = self.rate as usize;
        let old = self.heard.len().saturating_sub(second);
        self.heard.drain(..old);
    }
}
