//! One decoder and one encoder for all codecs.

use super::ffmpeg;
use super::h264_encoder::H264Encoder;
use super::{CodecError, EncoderConfig, ForceKeyframe, VideoCodec, check_rate};
use crate::payload::EncodedFrame;
use crate::payload::mp4v::Configuration;
use crate::picture::{Picture, View};

/// Decodes the pictures of one stream, in their order.
pub struct VideoDecoder {
    codec: VideoCodec,
    decoder: ffmpeg::Decoder,
}

impl VideoDecoder {
    /// A decoder that waits for a keyframe.
    ///
    /// # Errors
    /// When the installed FFmpeg lacks the codec.
    pub fn new(codec: VideoCodec) -> Result<Self, CodecError> {
        Ok(Self {
            codec,
            decoder: ffmpeg::Decoder::new(codec)?,
        })
    }

    /// What it decodes.
    pub fn codec(&self) -> VideoCodec {
        self.codec
    }

    /// Decodes the data of exactly one picture; `None` when there is nothing to show. The size
    /// may change from picture to picture.
    ///
    /// # Errors
    /// When the data is damaged, needs a picture that was never seen, or is too large. The decoder
    /// can go on with the next picture after every error.
    pub fn decode(&mut self, data: &[u8], _timestamp: u32) -> Result<Option<Picture>, CodecError> {
        let mut picture = blank();
        let shown = self.decode_into(data, &mut picture)?;
        Ok(shown.then_some(picture))
    }

    /// Like [`VideoDecoder::decode`], into a picture that keeps its memory; `false` when there is
    /// nothing to show.
    ///
    /// # Errors
    /// As [`VideoDecoder::decode`].
    pub fn decode_into(&mut self, data: &[u8], picture: &mut Picture) -> Result<bool, CodecError> {
        let shown = self.decoder.decode(data)?;
        if shown {
            self.decoder.take_samples(picture)?;
        }
        Ok(shown)
    }

    /// Decodes without giving the picture out, for those that are left out; `false` when there is
    /// nothing to show.
    ///
    /// # Errors
    /// As [`VideoDecoder::decode`].
    pub fn decode_only(&mut self, data: &[u8]) -> Result<bool, CodecError> {
        self.decoder.decode(data)
    }

    /// The picture that was decoded last, where it lies. Only after a call that had something to show.
    ///
    /// # Errors
    /// When its samples are not 8-bit 4:2:0.
    pub fn view(&self) -> Result<View<'_>, CodecError> {
        self.decoder.view()
    }

    /// The picture that was decoded last, into one that keeps its memory. Only after a call that
    /// had something to show.
    ///
    /// # Errors
    /// When its samples are not 8-bit 4:2:0.
    pub fn take_into(&mut self, picture: &mut Picture) -> Result<(), CodecError> {
        self.decoder.take_samples(picture)
    }
}

/// Encodes pictures of one size into one stream. The first is a keyframe.
pub struct VideoEncoder {
    config: EncoderConfig,
    kind: Kind,
}

enum Kind {
    Ffmpeg(ffmpeg::Encoder),
    H264(Box<H264Encoder>),
}

impl VideoEncoder {
    /// An encoder as configured.
    ///
    /// # Errors
    /// When the codec does not have that size or rate, or the installed FFmpeg not the codec.
    pub fn new(config: EncoderConfig) -> Result<Self, CodecError> {
        config.check()?;
        let kind = match config.codec {
            VideoCodec::H264 => Kind::H264(Box::new(H264Encoder::new(&config)?)),
            VideoCodec::H263 | VideoCodec::H263Plus | VideoCodec::Mpeg4 | VideoCodec::Vp8 => {
                Kind::Ffmpeg(ffmpeg::Encoder::new(&config)?)
            }
        };
        Ok(Self { config, kind })
    }

    /// What it makes, with the rate last set.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// Holds another rate from the next picture on. For H.263, MPEG-4 and VP8 that picture is a
    /// keyframe,
    /// so small corrections are not worth it.
    ///
    /// # Errors
    /// When the codec does not have that rate; the old one holds then.
    pub fn set_rate(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        check_rate(self.config.codec, bits_per_second)?;
        if bits_per_second == self.config.bits_per_second {
            return Ok(());
        }
        let config = EncoderConfig {
            bits_per_second,
            ..self.config
        };
        match &mut self.kind {
            Kind::Ffmpeg(encoder) => encoder.set_rate(&config)?,
            Kind::H264(encoder) => encoder.set_rate(&config)?,
        }
        self.config = config;
        Ok(())
    }

    /// Encodes a picture taken at `timestamp` (units of 1/90000 s, wrapping); `None` when the
    /// encoder left it out to hold the rate.
    ///
    /// # Errors
    /// When the picture has another size than the encoder, or the encoder fails.
    pub fn encode(
        &mut self,
        picture: &Picture,
        timestamp: u32,
        force: ForceKeyframe,
    ) -> Result<Option<EncodedFrame>, CodecError> {
        let EncoderConfig { width, height, .. } = self.config;
        if (picture.width(), picture.height()) != (width, height) {
            return Err(CodecError::OtherSize {
                width,
                height,
                found_width: picture.width(),
                found_height: picture.height(),
            });
        }
        match &mut self.kind {
            Kind::Ffmpeg(encoder) => encoder.encode(picture, timestamp, force),
            Kind::H264(encoder) => encoder.encode(picture, timestamp, force),
        }
    }
}

/// What an MPEG-4 encoder made like this says before its pictures, for `config=` (RFC 6416 §7.1).
///
/// # Errors
/// When the codec does not have that size or rate, or the installed FFmpeg not the codec.
pub fn mpeg4_configuration(config: &EncoderConfig) -> Result<Configuration, CodecError> {
    let codec = VideoCodec::Mpeg4;
    let failed = |reason: String| CodecError::Encoder { codec, reason };
    let mut encoder = VideoEncoder::new(EncoderConfig { codec, ..*config })?;
    let picture = Picture::black(config.width, config.height);
    let picture = picture.map_err(|error| failed(error.to_string()))?;
    let frame = encoder.encode(&picture, 0, ForceKeyframe::No)?;
    let data = frame.map(|frame| frame.data).unwrap_or_default();
    Configuration::parse(&data).map_err(|error| failed(error.to_string()))
}

fn blank() -> Picture {
    Picture::black(2, 2).expect("2x2 is a picture's size")
}
