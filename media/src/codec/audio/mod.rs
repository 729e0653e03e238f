//! Audio codecs: samples become frames and the reverse.
//!
//! Opus by libopus, AMR by opencore-amr and vo-amrwbenc, all three in Debian and under licences
//! that ask for nothing but their notice; G.711 is a table. All is mono, 16 bits a sample.

mod amr;
mod g711;
mod opus;

use thiserror::Error;

/// The audio codecs of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudioCodec {
    Opus,
    /// AMR narrowband.
    Amr,
    AmrWb,
    Pcmu,
    Pcma,
}

impl AudioCodec {
    pub const ALL: [AudioCodec; 5] = [
        AudioCodec::Opus,
        AudioCodec::Amr,
        AudioCodec::AmrWb,
        AudioCodec::Pcmu,
        AudioCodec::Pcma,
    ];

    /// Ticks of its RTP timestamps a second.
    pub fn clock_hz(self) -> u32 {
        match self {
            AudioCodec::Opus => 48_000,
            AudioCodec::AmrWb => 16_000,
            AudioCodec::Amr | AudioCodec::Pcmu | AudioCodec::Pcma => 8000,
        }
    }

    /// Samples a second that it is made of; `None` of Opus, which takes what the other side has.
    fn samples_per_second(self) -> Option<u32> {
        match self {
            AudioCodec::Opus => None,
            AudioCodec::AmrWb => Some(16_000),
            AudioCodec::Amr | AudioCodec::Pcmu | AudioCodec::Pcma => Some(8000),
        }
    }
}

impl std::fmt::Display for AudioCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            AudioCodec::Opus => "Opus",
            AudioCodec::Amr => "AMR",
            AudioCodec::AmrWb => "AMR-WB",
            AudioCodec::Pcmu => "PCMU",
            AudioCodec::Pcma => "PCMA",
        })
    }
}

/// Who erred when sound did not become another form of itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AudioError {
    /// The sender's data is no frame of that codec.
    #[error("a damaged {0} frame")]
    Damaged(AudioCodec),
    /// The library failed, which is nobody's fault outside.
    #[error("the {codec} library failed: {reason}")]
    Library {
        codec: AudioCodec,
        reason: &'static str,
    },
}

/// The longest packet that is decoded, in milliseconds: what Opus has at most (RFC 6716 §3.2.5).
pub const MAX_PACKET_MS: u32 = 120;

/// What one of our own frames lasts. All codecs have it, and more would only be delay.
pub const FRAME_MS: u32 = 20;

/// The sample rates between a decoder and an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    pub decoded: u32,
    pub encoded: u32,
}

impl Rates {
    /// Opus works at the rate of the other side, so that nothing is resampled beside it.
    pub fn between(from: AudioCodec, to: AudioCodec) -> Rates {
        let (from, to) = (from.samples_per_second(), to.samples_per_second());
        let either = from.or(to).unwrap_or(16_000);
        Rates {
            decoded: from.or(to).unwrap_or(either),
            encoded: to.or(from).unwrap_or(either),
        }
    }
}

/// The decoder of any codec.
pub enum AudioDecoder {
    Opus(opus::Decoder),
    Amr(amr::NarrowDecoder),
    AmrWb(amr::WideDecoder),
    G711(g711::Decoder),
}

impl AudioDecoder {
    /// # Errors
    /// [`AudioError::Library`] when the library has no memory or not that rate.
    pub fn new(codec: AudioCodec, samples_per_second: u32) -> Result<AudioDecoder, AudioError> {
        Ok(match codec {
            AudioCodec::Opus => AudioDecoder::Opus(opus::Decoder::new(samples_per_second)?),
            AudioCodec::Amr => AudioDecoder::Amr(amr::NarrowDecoder::new()?),
            AudioCodec::AmrWb => AudioDecoder::AmrWb(amr::WideDecoder::new()?),
            AudioCodec::Pcmu => AudioDecoder::G711(g711::Decoder::new(g711::Law::Mu)),
            AudioCodec::Pcma => AudioDecoder::G711(g711::Decoder::new(g711::Law::A)),
        })
    }

    /// Decodes one frame behind what is in `samples`.
    ///
    /// # Errors
    /// [`AudioError::Damaged`] when it is none.
    pub fn decode(&mut self, data: &[u8], samples: &mut Vec<i16>) -> Result<(), AudioError> {
        match self {
            AudioDecoder::Opus(inner) => inner.decode(data, samples),
            AudioDecoder::Amr(inner) => inner.decode(data, samples),
            AudioDecoder::AmrWb(inner) => inner.decode(data, samples),
            AudioDecoder::G711(inner) => {
                inner.decode(data, samples);
                Ok(())
            }
        }
    }

    /// Makes up `count` samples of what never came, or comfort noise after a frame of silence.
    /// `next` is the packet behind the hole, which may know something of it (Opus, RFC 6716
    /// §2.1.7).
    pub fn conceal(&mut self, count: usize, next: Option<&[u8]>, samples: &mut Vec<i16>) {
        match self {
            AudioDecoder::Opus(inner) => inner.conceal(count, next, samples),
            AudioDecoder::Amr(inner) => inner.conceal(count, samples),
            AudioDecoder::AmrWb(inner) => inner.conceal(count, samples),
            AudioDecoder::G711(inner) => inner.conceal(count, samples),
        }
    }
}

/// The encoder of any codec.
pub enum AudioEncoder {
    Opus(opus::Encoder),
    Amr(amr::NarrowEncoder),
    AmrWb(amr::WideEncoder),
    G711(g711::Law),
}

impl AudioEncoder {
    /// # Errors
    /// [`AudioError::Library`] when the library has no memory or not that rate.
    pub fn new(codec: AudioCodec, samples_per_second: u32) -> Result<AudioEncoder, AudioError> {
        Ok(match codec {
            AudioCodec::Opus => AudioEncoder::Opus(opus::Encoder::new(samples_per_second)?),
            AudioCodec::Amr => AudioEncoder::Amr(amr::NarrowEncoder::new()?),
            AudioCodec::AmrWb => AudioEncoder::AmrWb(amr::WideEncoder::new()?),
            AudioCodec::Pcmu => AudioEncoder::G711(g711::Law::Mu),
            AudioCodec::Pcma => AudioEncoder::G711(g711::Law::A),
        })
    }

    /// The mode of AMR; other codecs have none.
    pub fn set_mode(&mut self, mode: u8) {
        match self {
            AudioEncoder::Amr(inner) => inner.set_mode(mode),
            AudioEncoder::AmrWb(inner) => inner.set_mode(mode),
            AudioEncoder::Opus(_) | AudioEncoder::G711(_) => {}
        }
    }

    /// Encodes one frame of [`FRAME_MS`].
    ///
    /// # Errors
    /// [`AudioError::Library`] when it cannot be, which no samples cause.
    pub fn encode(&mut self, samples: &[i16]) -> Result<Vec<u8>, AudioError> {
        match self {
            AudioEncoder::Opus(inner) => inner.encode(samples),
            AudioEncoder::Amr(inner) => inner.encode(samples),
            AudioEncoder::AmrWb(inner) => inner.encode(samples),
            AudioEncoder::G711(law) => Ok(law.encode(samples)),
        }
    }
}
