//! RFC 3551 §4.5.14 (G.711), RFC 7587 (Opus) and RFC 4867 (AMR): sound in packets.
//!
//! A packet of G.711 or Opus has nothing but the codec's data, of any length; one of AMR may have
//! several frames and a request (see [`super::amr`]).

use super::amr::{self, Band};
use super::{Payload, PayloadError};
use crate::codec::AudioCodec;
use crate::rtp::RtpPacket;

/// An audio payload format with what the session description says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudioFormat {
    Opus,
    Pcmu,
    Pcma,
    Amr(amr::Config),
}

impl AudioFormat {
    pub fn codec(self) -> AudioCodec {
        match self {
            AudioFormat::Opus => AudioCodec::Opus,
            AudioFormat::Pcmu => AudioCodec::Pcmu,
            AudioFormat::Pcma => AudioCodec::Pcma,
            AudioFormat::Amr(config) => match config.band {
                Band::Narrow => AudioCodec::Amr,
                Band::Wide => AudioCodec::AmrWb,
            },
        }
    }

    /// Whether the sender falls silent behind this frame: nothing need come for a while.
    pub fn is_silence(self, data: &[u8]) -> bool {
        match self {
            // RFC 7587 §3.1.3: one or two octets are a frame that was not sent.
            AudioFormat::Opus => data.len() <= 2,
            AudioFormat::Pcmu | AudioFormat::Pcma => false,
            AudioFormat::Amr(config) => amr::is_silence(config.band, data),
        }
    }
}

/// One frame of sound, or as many samples as a packet of G.711 has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioFrame {
    /// In the codec's own form; AMR in the storage form.
    pub data: Vec<u8>,
    /// In ticks of the codec's clock; wraps around.
    pub timestamp: u32,
}

/// Takes sound out of packets.
#[derive(Debug)]
pub struct AudioDepacketizer {
    format: AudioFormat,
    mode_request: Option<u8>,
}

impl AudioDepacketizer {
    pub fn new(format: AudioFormat) -> AudioDepacketizer {
        AudioDepacketizer {
            format,
            mode_request: None,
        }
    }

    /// The frames of a packet, in order.
    ///
    /// # Errors
    /// [`PayloadError`] when the peer's packet cannot be read.
    pub fn push(&mut self, packet: &RtpPacket) -> Result<Vec<AudioFrame>, PayloadError> {
        let timestamp = packet.timestamp;
        let config = match self.format {
            AudioFormat::Opus | AudioFormat::Pcmu | AudioFormat::Pcma => {
                let data = packet.payload.clone();
                return Ok(vec![AudioFrame { data, timestamp }]);
            }
            AudioFormat::Amr(config) => config,
        };
        let read = amr::Packet::parse(&packet.payload, &config)?;
        self.mode_request = read.mode_request.or(self.mode_request);
        let frames = read.frames.into_iter().zip(0..);
        Ok(frames
            .map(|(data, index): (Vec<u8>, u32)| AudioFrame {
                data,
                timestamp: timestamp.wrapping_add(index * config.band.frame_ticks()),
            })
            .collect())
    }

    /// The mode that the peer wants to receive from here on, if it asked since the last call.
    pub fn take_mode_request(&mut self) -> Option<u8> {
        self.mode_request.take()
    }
}

/// Puts one frame into a packet.
pub fn packetize(format: AudioFormat, data: Vec<u8>, marker: bool) -> Payload {
    let bytes = match format {
        AudioFormat::Opus | AudioFormat::Pcmu | AudioFormat::Pcma => data,
        AudioFormat::Amr(config) => {
            let packet = amr::Packet {
                mode_request: None,
                frames: vec![data],
            };
            packet.to_bytes(&config)
        }
    };
    Payload { bytes, marker }
}
