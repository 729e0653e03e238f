//! Sound of one codec becomes sound of another: frames of any length in, frames of 20 ms out.
//!
//! What goes out waits for nothing but a whole frame. The output's clock follows the input's
//! timestamps, so that nothing drifts however long a call lasts; what was lost is made up by the
//! decoder, and a silence of the sender stays one.

use crate::codec::{AudioCodec, AudioDecoder, AudioEncoder, AudioError, FRAME_MS, Rates};
use crate::payload::amr;
use crate::payload::audio::{AudioFormat, AudioFrame};
use crate::resample::Resampler;

/// What goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AudioInput {
    Frame {
        frame: AudioFrame,
        /// Packets are missing before it: a hole is a loss and not a silence.
        after_loss: bool,
    },
    /// The sender fell silent 20 ms ago or more: comfort noise for the next 20.
    Silence,
}

/// What comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioOutput {
    pub data: Vec<u8>,
    /// In ticks of the target's clock.
    pub timestamp: u32,
    /// Where its first sample was in the source, in ticks of the source's clock.
    pub source_timestamp: u32,
    /// The first after a silence (RFC 3551 §4.1).
    pub marker: bool,
}

/// All clocks of sound divide this one: positions are counted in it.
const TICKS_HZ: u32 = 48_000;
/// The longest hole that is made up: beyond it a decoder has nothing to say.
const MAX_CONCEALED: i64 = TICKS_HZ as i64 * 120 / 1000;
/// How far a frame may lie behind what was made up for it before it counts as of another clock.
const MAX_OVERLAP: i64 = TICKS_HZ as i64 / 2;
/// The longest silence in which the clock goes on by the sender's word.
const MAX_SILENCE: i64 = TICKS_HZ as i64 * 60;
/// Where positions begin: far from zero, so that nothing is before it.
const BEGIN: i64 = 1 << 40;

/// One direction of a call's sound.
pub struct AudioTranscoder {
    from: AudioFormat,
    to: AudioFormat,
    rates: Rates,
    decoder: AudioDecoder,
    encoder: AudioEncoder,
    resampler: Resampler,
    /// The timestamp of the frame before, and its position.
    last: Option<(u32, i64)>,
    /// Where the next frame is expected.
    next: i64,
    /// The position of what is in `pending`, and by how much the output is later than the input.
    head: i64,
    late: i64,
    pending: Vec<i16>,
    decoded: Vec<i16>,
    marker: bool,
    mode: u8,
    wanted_mode: u8,
    frames: u64,
}

impl AudioTranscoder {
    /// # Errors
    /// [`AudioError`] when a library has no memory.
    pub fn new(from: AudioFormat, to: AudioFormat) -> Result<AudioTranscoder, AudioError> {
        let rates = Rates::between(from.codec(), to.codec());
        let codec = AudioCodec::Opus;
        let reason = "rates that are not twice one another";
        let resampler = Resampler::new(rates.decoded, rates.encoded);
        let first_mode = match to {
            AudioFormat::Amr(config) => config.modes.at_most(first_mode(config.band)),
            AudioFormat::Opus | AudioFormat::Pcmu | AudioFormat::Pcma => 0,
        };
        let mut encoder = AudioEncoder::new(to.codec(), rates.encoded)?;
        encoder.set_mode(first_mode);
        Ok(AudioTranscoder {
            from,
            to,
            rates,
            decoder: AudioDecoder::new(from.codec(), rates.decoded)?,
            encoder,
            resampler: resampler.ok_or(AudioError::Library { codec, reason })?,
            last: None,
            next: BEGIN,
            head: BEGIN,
            late: 0,
            pending: Vec::new(),
            decoded: Vec::new(),
            marker: true,
            mode: first_mode,
            wanted_mode: first_mode,
            frames: 0,
        })
    }

    /// Takes what came and gives what can leave.
    ///
    /// # Errors
    /// [`AudioError`] when the frame is damaged; the next one goes on.
    pub fn push(&mut self, input: AudioInput) -> Result<Vec<AudioOutput>, AudioError> {
        match input {
            AudioInput::Frame { frame, after_loss } => {
                let position = self.position(frame.timestamp);
                self.approach(position, after_loss, &frame.data)?;
                self.decoded.clear();
                self.decoder.decode(&frame.data, &mut self.decoded)?;
            }
            AudioInput::Silence => {
                self.decoded.clear();
                let count = self.rates.decoded * FRAME_MS / 1000;
                let samples = &mut self.decoded;
                self.decoder.conceal(count as usize, None, samples);
            }
        }
        self.advance();
        self.drain()
    }

    /// The peer asked for another mode of AMR: what is sent follows as its description allows (RFC
    /// 4867 §4.3.1).
    pub fn set_mode(&mut self, mode: u8) {
        if let AudioFormat::Amr(config) = self.to {
            self.wanted_mode = config.modes.at_most(mode);
        }
    }

    /// A timestamp's position, over any number of wraps.
    fn position(&mut self, timestamp: u32) -> i64 {
        let ratio = i64::from(TICKS_HZ / self.from.codec().clock_hz());
        let position = match self.last {
            Some((last, position)) => {
                let since = timestamp.wrapping_sub(last) as i32;
                position + i64::from(since) * ratio
            }
            None => BEGIN + i64::from(timestamp) * ratio,
        };
        if self.last.is_none() {
            (self.next, self.head) = (position, position);
        }
        self.last = Some((timestamp, position));
        position
    }

    /// Goes to where the frame is: over what was lost, over a silence, or back over what was made
    /// up while the frame was on its way.
    fn approach(&mut self, position: i64, after_loss: bool, data: &[u8]) -> Result<(), AudioError> {
        let gap = position - self.next;
        self.next = position;
        if gap == 0 {
            return Ok(());
        }
        if after_loss && (1..=MAX_CONCEALED).contains(&gap) {
            let count = gap * i64::from(self.rates.decoded) / i64::from(TICKS_HZ);
            self.decoded.clear();
            let next = (self.from == AudioFormat::Opus).then_some(data);
            let samples = &mut self.decoded;
            self.decoder.conceal(count as usize, next, samples);
            let made_up = std::mem::take(&mut self.decoded);
            self.resampler.push(&made_up, &mut self.pending);
            self.decoded = made_up;
            return Ok(());
        }
        // The end of what is waiting is where the output stands.
        let waiting = self.pending.len() as i64 * i64::from(TICKS_HZ / self.rates.encoded);
        let end = self.head + waiting;
        let is_of_another_clock = !(-MAX_OVERLAP..=MAX_SILENCE).contains(&gap);
        self.late = match is_of_another_clock {
            true => end - position,
            false => (end - position).max(0),
        };
        let jump = position + self.late - end;
        if jump > 0 {
            // What waits is a part of a frame: it is dropped with the silence.
            self.pending.clear();
            self.head = position + self.late;
            self.marker = true;
        }
        Ok(())
    }

    fn advance(&mut self) {
        let count = self.decoded.len() as i64;
        self.next += count * i64::from(TICKS_HZ) / i64::from(self.rates.decoded);
        self.resampler.push(&self.decoded, &mut self.pending);
    }

    /// Encodes every whole frame.
    fn drain(&mut self) -> Result<Vec<AudioOutput>, AudioError> {
        let frame = (self.rates.encoded * FRAME_MS / 1000) as usize;
        let out_ratio = i64::from(TICKS_HZ / self.to.codec().clock_hz());
        let in_ratio = i64::from(TICKS_HZ / self.from.codec().clock_hz());
        let mut outputs = Vec::new();
        while self.pending.len() >= frame {
            self.follow_mode();
            let data = self.encoder.encode(&self.pending[..frame])?;
            self.pending.drain(..frame);
            outputs.push(AudioOutput {
                data,
                timestamp: (self.head / out_ratio) as u32,
                source_timestamp: ((self.head - self.late - BEGIN) / in_ratio) as u32,
                marker: std::mem::take(&mut self.marker),
            });
            self.head += i64::from(TICKS_HZ * FRAME_MS / 1000);
        }
        Ok(outputs)
    }

    fn follow_mode(&mut self) {
        self.frames += 1;
        let AudioFormat::Amr(config) = self.to else {
            return;
        };
        let may = !config.changes_every_other || self.frames.is_multiple_of(2);
        if self.mode == self.wanted_mode || !may {
            return;
        }
        self.mode = match config.changes_by_steps {
            true => config.modes.step(self.mode, self.wanted_mode),
            false => self.wanted_mode,
        };
        self.encoder.set_mode(self.mode);
    }
}

/// What telephony sends: 12.2 and 12.65 kbit/s.
fn first_mode(band: amr::Band) -> u8 {
    match band {
        amr::Band::Narrow => 7,
        amr::Band::Wide => 2,
    }
}
