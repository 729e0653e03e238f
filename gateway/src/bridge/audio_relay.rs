//! One direction of a call's sound: from one leg's packets to the other leg's.
//!
//! The same sound on both sides passes as it is. Else its frames go through the codec pool. Keys
//! that are pressed go beside it, at the other line's clock (RFC 4733).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use media::audio_transcode::{AudioInput, AudioOutput};
use media::payload::Payload;
use media::payload::audio::{AudioDepacketizer, AudioFrame, packetize};
use media::payload::telephone_event::Event;
use media::rtp::RtpPacket;
use media::rtp::reorder::ReorderBuffer;

use super::audio_format::AudioStream;
use super::relay::End;
use super::{AudioCodecs, TranscodeJob};

/// How long a hole in a browser's stream is waited for. Sound that is later is not missed less.
const REORDER_HOLD: Duration = Duration::from_millis(40);
/// Packets of one direction in the codec pool: of 20 ms that is 160 ms, beyond which they are of no
/// use.
const MAX_IN_FLIGHT: usize = 8;
/// One frame's time.
const FRAME: Duration = Duration::from_millis(20);
/// After a frame of silence the next is waited for this long before noise is made up.
const SILENCE_SLACK: Duration = Duration::from_millis(40);
/// Comfort noise that is made up behind the last word of a sender: it repeats that every 160 ms
/// (AMR) or 400 ms (Opus), and who says nothing for a second has gone.
const MAX_SILENT_FRAMES: u32 = 50;

#[derive(Debug)]
pub enum AudioRelayOutput {
    /// To the other browser, number and all.
    Forward {
        extended: u64,
        packet: RtpPacket,
    },
    /// To the other leg.
    Sound(Sound),
    Job(TranscodeJob),
    /// The sender wants to receive another mode of AMR.
    ModeWanted(u8),
}

/// A packet to be sent.
#[derive(Debug)]
pub struct Sound {
    pub kind: SoundKind,
    /// In ticks of the target's clock.
    pub timestamp: u32,
    /// When it was taken, in ticks of the source's clock.
    pub source_timestamp: u32,
    pub payload: Payload,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundKind {
    Speech,
    Key,
}

enum Path {
    /// Between browsers: in the order of arrival.
    Forward,
    Pass,
    Transcode(Box<Transcoding>),
}

struct Transcoding {
    depacketizer: AudioDepacketizer,
    in_flight: usize,
    /// The newest frame that came out: its timestamps here and there.
    newest: Option<(u32, u32)>,
    /// When noise is made up next, and for how many frames more.
    silence: Option<(Instant, u32)>,
}

pub struct AudioRelay {
    source: (AudioStream, End),
    target: (AudioStream, End),
    path: Path,
    reorder: ReorderBuffer,
    /// The number of the last packet in order.
    last_sequence: Option<u16>,
    outputs: VecDeque<AudioRelayOutput>,
}

impl AudioRelay {
    pub fn new(source: (AudioStream, End), target: (AudioStream, End)) -> AudioRelay {
        let mut outputs = VecDeque::new();
        let path = if !source.0.passes_to(&target.0) {
            let codecs = AudioCodecs {
                from: source.0.format,
                to: target.0.format,
            };
            outputs.push_back(AudioRelayOutput::Job(TranscodeJob::OpenAudio(codecs)));
            Path::Transcode(Box::new(Transcoding {
                depacketizer: AudioDepacketizer::new(source.0.format),
                in_flight: 0,
                newest: None,
                silence: None,
            }))
        } else if source.1 == End::Browser && target.1 == End::Browser {
            Path::Forward
        } else {
            Path::Pass
        };
        AudioRelay {
            source,
            target,
            path,
            reorder: ReorderBuffer::new(REORDER_HOLD),
            last_sequence: None,
            outputs,
        }
    }

    /// Whether it carries this sound between these ends.
    pub fn connects(&self, source: &(AudioStream, End), target: &(AudioStream, End)) -> bool {
        self.source == *source && self.target == *target
    }

    /// Ticks of the source's clock a second.
    pub fn source_clock_hz(&self) -> u32 {
        self.source.0.format.codec().clock_hz()
    }

    /// A browser's packet, in the order of arrival.
    pub fn handle_web(&mut self, extended: u64, mut packet: RtpPacket, now: Instant) {
        if let Path::Forward = self.path {
            let events = (self.source.0.events, self.target.0.events);
            packet.payload_type = match events {
                (Some(from), to) if from.payload_type == packet.payload_type => match to {
                    Some(to) => to.payload_type,
                    None => return,
                },
                _ => self.target.0.payload_type,
            };
            let forward = AudioRelayOutput::Forward { extended, packet };
            return self.outputs.push_back(forward);
        }
        self.reorder.push(extended, packet, now);
        self.take_ordered(now);
    }

    /// A plain peer's packet, in order.
    pub fn handle_plain(&mut self, packet: RtpPacket, now: Instant) {
        self.handle_ordered(packet, now);
    }

    /// A packet without payload had this number: it is no hole.
    pub fn handle_keepalive(&mut self, sequence: u16) {
        self.last_sequence = Some(sequence);
    }

    /// The sender continues with another SSRC.
    pub fn source_changed(&mut self) {
        self.reorder.reset();
        self.last_sequence = None;
    }

    /// The peer that is sent to wants another mode.
    pub fn set_mode(&mut self, mode: u8) {
        if let Path::Transcode(_) = self.path {
            let wanted = TranscodeJob::SetMode(mode);
            self.outputs.push_back(AudioRelayOutput::Job(wanted));
        }
    }

    pub fn handle_transcoded(&mut self, frames: Vec<AudioOutput>) {
        let Path::Transcode(transcoding) = &mut self.path else {
            return;
        };
        transcoding.in_flight = transcoding.in_flight.saturating_sub(1);
        for frame in frames {
            transcoding.newest = Some((frame.timestamp, frame.source_timestamp));
            self.outputs.push_back(AudioRelayOutput::Sound(Sound {
                kind: SoundKind::Speech,
                timestamp: frame.timestamp,
                source_timestamp: frame.source_timestamp,
                payload: packetize(self.target.0.format, frame.data, frame.marker),
            }));
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.take_ordered(now);
        loop {
            let Path::Transcode(transcoding) = &mut self.path else {
                return;
            };
            let Some((at, left)) = transcoding.silence.filter(|(at, _)| *at <= now) else {
                return;
            };
            transcoding.silence = (left > 1).then_some((at + FRAME, left - 1));
            self.push(vec![AudioInput::Silence]);
        }
    }

    pub fn poll_output(&mut self) -> Option<AudioRelayOutput> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let silence = match &self.path {
            Path::Forward | Path::Pass => None,
            Path::Transcode(transcoding) => transcoding.silence.map(|(at, _)| at),
        };
        [self.reorder.poll_timeout(), silence]
            .into_iter()
            .flatten()
            .min()
    }

    fn take_ordered(&mut self, now: Instant) {
        while let Some(packet) = self.reorder.pop(now) {
            self.handle_ordered(packet, now);
        }
    }

    fn handle_ordered(&mut self, packet: RtpPacket, now: Instant) {
        let expected = self.last_sequence.map(|last| last.wrapping_add(1));
        let after_loss = expected.is_some_and(|expected| expected != packet.sequence);
        self.last_sequence = Some(packet.sequence);
        let events = self.source.0.events;
        if events.is_some_and(|events| events.payload_type == packet.payload_type) {
            return self.handle_key(&packet);
        }
        match self.path {
            Path::Forward | Path::Pass => self.outputs.push_back(AudioRelayOutput::Sound(Sound {
                kind: SoundKind::Speech,
                timestamp: packet.timestamp,
                source_timestamp: packet.timestamp,
                payload: Payload {
                    bytes: packet.payload,
                    marker: packet.marker,
                },
            })),
            Path::Transcode(_) => self.transcode(&packet, after_loss, now),
        }
    }

    fn transcode(&mut self, packet: &RtpPacket, after_loss: bool, now: Instant) {
        let Path::Transcode(transcoding) = &mut self.path else {
            return;
        };
        let frames = match transcoding.depacketizer.push(packet) {
            Ok(frames) => frames,
            Err(error) => return tracing::debug!(%error, "payload dropped"),
        };
        if let Some(mode) = transcoding.depacketizer.take_mode_request() {
            self.outputs.push_back(AudioRelayOutput::ModeWanted(mode));
        }
        let format = self.source.0.format;
        let is_silent = |frame: &AudioFrame| format.is_silence(&frame.data);
        transcoding.silence = frames
            .last()
            .is_some_and(is_silent)
            .then_some((now + SILENCE_SLACK, MAX_SILENT_FRAMES));
        let inputs = frames.into_iter().enumerate();
        let inputs = inputs.map(|(index, frame)| AudioInput::Frame {
            frame,
            after_loss: after_loss && index == 0,
        });
        self.push(inputs.collect());
    }

    fn push(&mut self, inputs: Vec<AudioInput>) {
        if let Path::Transcode(transcoding) = &mut self.path
            && transcoding.in_flight < MAX_IN_FLIGHT
        {
            transcoding.in_flight += 1;
            let job = TranscodeJob::Sound(inputs);
            self.outputs.push_back(AudioRelayOutput::Job(job));
        }
    }

    /// A key goes on as the same key, at the clock of the other line; to a peer that knows none it
    /// does not.
    fn handle_key(&mut self, packet: &RtpPacket) {
        let (Some(from), Some(to)) = (self.source.0.events, self.target.0.events) else {
            return;
        };
        let Ok(event) = Event::parse(&packet.payload) else {
            return;
        };
        let (event, begun) = event.at_clock(from.clock_hz, to.clock_hz);
        let newest = match &self.path {
            Path::Forward | Path::Pass => None,
            Path::Transcode(transcoding) => transcoding.newest,
        };
        let timestamp = match newest {
            // As far from the newest frame there as it is here.
            Some((there, here)) => {
                let since = i64::from(packet.timestamp.wrapping_sub(here) as i32);
                let ticks = since * i64::from(to.clock_hz) / i64::from(from.clock_hz.max(1));
                there.wrapping_add(ticks as u32)
            }
            None => packet.timestamp,
        };
        self.outputs.push_back(AudioRelayOutput::Sound(Sound {
            kind: SoundKind::Key,
            timestamp: timestamp.wrapping_add(begun),
            source_timestamp: packet.timestamp,
            payload: Payload {
                bytes: event.to_bytes().to_vec(),
                marker: packet.marker,
            },
        }));
    }
}
