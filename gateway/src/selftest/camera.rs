//! What the stand-in for a browser shows and sees: the test pattern as VP8 (RFC 7741), drawn, coded, and
//! read back.

use media::codec::{EncoderConfig, ForceKeyframe, VideoCodec, VideoDecoder, VideoEncoder};
use media::pattern;
use media::payload::{Depacketizer, Format, Packetizer, Payload};
use media::rtp::{RtpPacket, VIDEO_CLOCK_HZ};

/// What a camera gives, and what the handset compares with.
const SIZE: (u32, u32) = (640, 480);
pub(super) const PICTURES_PER_SECOND: u32 = 15;
const BITS_PER_SECOND: u32 = 400_000;

/// Below the path's 1,500 with all that comes around it.
const PAYLOAD_BYTES: usize = 1_100;

/// Draws and codes.
pub(super) struct Camera {
    encoder: VideoEncoder,
    packetizer: Packetizer,
    counter: u16,
    force: ForceKeyframe,
}

/// One coded picture, cut into packets.
pub(super) struct Shot {
    pub(super) timestamp: u32,
    pub(super) payloads: Vec<Payload>,
}

impl Camera {
    /// # Errors
    /// The codec is not there.
    pub(super) fn new() -> anyhow::Result<Camera> {
        let (width, height) = SIZE;
        Ok(Camera {
            encoder: VideoEncoder::new(EncoderConfig {
                codec: VideoCodec::Vp8,
                width,
                height,
                frames_per_second: PICTURES_PER_SECOND,
                bits_per_second: BITS_PER_SECOND,
                max_slice_bytes: PAYLOAD_BYTES,
            })?,
            packetizer: Packetizer::new(&Format::Vp8),
            counter: 0,
            force: ForceKeyframe::No,
        })
    }

    /// The next picture is to stand by itself.
    pub(super) fn force_keyframe(&mut self) {
        self.force = ForceKeyframe::Yes;
    }

    /// The next picture; `None` for one that the encoder left out.
    ///
    /// # Errors
    /// The codec failed.
    pub(super) fn shoot(&mut self) -> anyhow::Result<Option<Shot>> {
        let (width, height) = SIZE;
        self.counter = self.counter.wrapping_add(1);
        let picture = pattern::draw(self.counter, "", width, height)?;
        let step = VIDEO_CLOCK_HZ / PICTURES_PER_SECOND;
        let timestamp = u32::from(self.counter).wrapping_mul(step);
        let force = std::mem::replace(&mut self.force, ForceKeyframe::No);
        let Some(frame) = self.encoder.encode(&picture, timestamp, force)? else {
            return Ok(None);
        };
        let mut payloads = Vec::new();
        self.packetizer
            .packetize(&frame, PAYLOAD_BYTES, &mut payloads)?;
        Ok(Some(Shot {
            timestamp,
            payloads,
        }))
    }
}

/// Decodes and compares with what was drawn.
pub(super) struct Screen {
    depacketizer: Depacketizer,
    decoder: VideoDecoder,
    is_frozen: bool,
    wants_keyframe: bool,
    seen: Seen,
}

/// What came.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Seen {
    /// Pictures whose number could be read and was another than the one before.
    pub(super) right: u64,
    last: Option<u16>,
    db_sum: f64,
}

impl Seen {
    /// Their mean likeness, in decibels; 0 without any.
    pub(super) fn db(&self) -> f64 {
        match self.right {
            0 => 0.0,
            right => self.db_sum / right as f64,
        }
    }
}

impl Screen {
    /// # Errors
    /// The codec is not there.
    pub(super) fn new() -> anyhow::Result<Screen> {
        Ok(Screen {
            depacketizer: Depacketizer::new(&Format::Vp8),
            decoder: VideoDecoder::new(VideoCodec::Vp8)?,
            is_frozen: false,
            wants_keyframe: false,
            seen: Seen::default(),
        })
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen
    }

    /// Whether something was missing since this was asked last.
    pub(super) fn take_wish(&mut self) -> bool {
        std::mem::take(&mut self.wants_keyframe)
    }

    /// The packet with this number was empty.
    pub(super) fn skip(&mut self, sequence: u16) {
        self.depacketizer.skip(sequence);
    }

    pub(super) fn show(&mut self, packet: &RtpPacket) {
        let pushed = self.depacketizer.push(packet);
        self.is_frozen |= self.depacketizer.take_loss();
        let Ok(Some(frame)) = pushed else {
            self.wants_keyframe |= self.is_frozen;
            return;
        };
        self.is_frozen &= !frame.keyframe;
        self.wants_keyframe |= self.is_frozen;
        if self.is_frozen {
            return;
        }
        // What cannot be decoded is not seen: the count says so.
        let Ok(Some(picture)) = self.decoder.decode(&frame.data, frame.timestamp) else {
            return;
        };
        let (width, height) = SOURCE_OF_THE_HANDSET;
        if let Some(score) = pattern::score(&picture, width, height)
            && self.seen.last.replace(score.counter) != Some(score.counter)
        {
            self.seen.right += 1;
            self.seen.db_sum += score.psnr_db;
        }
    }
}

/// QCIF, which every handset of the time sends.
const SOURCE_OF_THE_HANDSET: (u32, u32) = (176, 144);
