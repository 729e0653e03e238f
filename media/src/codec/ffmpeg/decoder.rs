//! Decoding by FFmpeg, without delay and on the calling thread.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::{Context, Flags, Id};
use ffmpeg::format::Pixel;
use ffmpeg::util::frame::Video as Frame;
use ffmpeg::{Error, Packet, picture};

use super::initialise;
use crate::codec::{CodecError, MAX_DECODED_PIXELS, VideoCodec};
use crate::payload::h263::PictureHeader;
use crate::payload::h264;
use crate::payload::h264::sequence_parameters::{SequenceParameters, is_recovery_point};
use crate::payload::mp4v;
use crate::picture::{Picture, Samples, View};

/// A decoder of one stream.
pub struct Decoder {
    codec: VideoCodec,
    context: ffmpeg::decoder::Video,
    /// What FFmpeg writes to.
    frame: Frame,
    /// The last picture that came out.
    shown: Frame,
    /// Whether a picture was decoded that later ones can build on.
    started: bool,
    /// Whether the decoder was given something that may have left it in a wrong mode.
    troubled: bool,
}

impl Decoder {
    pub fn new(codec: VideoCodec) -> Result<Self, CodecError> {
        Ok(Self {
            codec,
            context: open_decoder(codec)?,
            frame: Frame::empty(),
            shown: Frame::empty(),
            started: false,
            troubled: false,
        })
    }

    /// Decodes one picture's data; `false` when it shows nothing.
    pub fn decode(&mut self, data: &[u8]) -> Result<bool, CodecError> {
        self.check(data)?;
        if self.started && self.begins_anew(data) {
            self.context = open_decoder(self.codec)?;
            self.troubled = false;
        }
        // From a recovery point on FFmpeg shows pictures when they are whole, which takes a while.
        if self.codec == VideoCodec::H264 && !self.started {
            self.started = h264::annex_b::split(data).any(is_recovery_point);
        }
        let result = self.feed(data);
        // In a stream without reordering, one that shows nothing has begun to hold pictures back.
        self.troubled |= !matches!(result, Ok(true));
        match result {
            Ok(false) if !self.started => Err(CodecError::NeedsKeyframe(self.codec)),
            result => result,
        }
    }

    fn feed(&mut self, data: &[u8]) -> Result<bool, CodecError> {
        self.context
            .send_packet(&Packet::borrow(data))
            .map_err(|error| self.damaged(error))?;
        let mut shown = false;
        loop {
            match self.context.receive_frame(&mut self.frame) {
                Ok(()) => {
                    self.check_reference()?;
                    std::mem::swap(&mut self.frame, &mut self.shown);
                    shown = true;
                }
                Err(Error::Other { .. } | Error::Eof) => return Ok(shown),
                Err(error) => return Err(self.damaged(error)),
            }
        }
    }

    /// What must be known before a decoder sees the data.
    fn check(&self, data: &[u8]) -> Result<(), CodecError> {
        let damaged = |reason: &str| CodecError::Damaged {
            codec: self.codec,
            reason: reason.to_owned(),
        };
        if data.is_empty() {
            // To FFmpeg no data means the end of the stream.
            return Err(damaged("no data"));
        }
        if self.codec != VideoCodec::Vp8 {
            return Ok(());
        }
        match vp8_keyframe_size(data) {
            // libvpx would allocate the picture before its size is looked at.
            Some((width, height)) if width * height > MAX_DECODED_PIXELS => {
                Err(CodecError::TooLarge {
                    codec: self.codec,
                    width,
                    height,
                })
            }
            Some(_) => Ok(()),
            None if data[0] & 1 == 0 => Err(damaged("a keyframe without its header")),
            None if self.started => Ok(()),
            None => Err(CodecError::NeedsKeyframe(self.codec)),
        }
    }

    /// Whether a new decoder must take the picture, and can.
    ///
    /// FFmpeg keeps the modes of an extended H.263 header for pictures with a plain one, and the
    /// reordering that an H.264 or MPEG-4 picture claimed; a single damaged header would spoil all that
    /// follow. With a new decoder it spoils none beyond the next keyframe.
    fn begins_anew(&self, data: &[u8]) -> bool {
        match self.codec {
            VideoCodec::H263 | VideoCodec::H263Plus => {
                PictureHeader::parse(data).is_some_and(|header| header.intra)
            }
            VideoCodec::H264 => {
                self.troubled && h264::is_idr(data) && SequenceParameters::of_stream(data).is_some()
            }
            VideoCodec::Mpeg4 => self.troubled && !mp4v::configuration_in(data).is_empty(),
            VideoCodec::Vp8 => false,
        }
    }

    /// FFmpeg shows an H.263 or MPEG-4 picture that builds on nothing as if it built on grey.
    fn check_reference(&mut self) -> Result<(), CodecError> {
        let stands_alone = match self.codec {
            VideoCodec::H263 | VideoCodec::H263Plus | VideoCodec::Mpeg4 => {
                self.frame.kind() == picture::Type::I
            }
            VideoCodec::H264 | VideoCodec::Vp8 => true,
        };
        self.started |= stands_alone;
        if self.started {
            Ok(())
        } else {
            Err(CodecError::NeedsKeyframe(self.codec))
        }
    }

    /// The samples of the picture that [`Decoder::decode`] showed last.
    pub fn view(&self) -> Result<View<'_>, CodecError> {
        let frame = &self.shown;
        if !matches!(frame.format(), Pixel::YUV420P | Pixel::YUVJ420P) || frame.planes() < 3 {
            return Err(CodecError::Samples(self.codec));
        }
        Ok(View {
            width: frame.width(),
            height: frame.height(),
            planes: [0, 1, 2].map(|index| Samples {
                data: frame.data(index),
                stride: frame.stride(index),
            }),
        })
    }

    /// Copies the samples of the picture that [`Decoder::decode`] showed last.
    pub fn take_samples(&self, picture: &mut Picture) -> Result<(), CodecError> {
        let view = self.view()?;
        let (width, height) = (view.width, view.height);
        picture
            .reshape(width, height)
            .map_err(|_| CodecError::TooLarge {
                codec: self.codec,
                width,
                height,
            })?;
        view.copy_to(picture);
        Ok(())
    }

    fn damaged(&self, error: Error) -> CodecError {
        CodecError::Damaged {
            codec: self.codec,
            reason: error.to_string(),
        }
    }
}

fn open_decoder(codec: VideoCodec) -> Result<ffmpeg::decoder::Video, CodecError> {
    initialise();
    let found = match codec {
        VideoCodec::H263 | VideoCodec::H263Plus => ffmpeg::decoder::find(Id::H263),
        VideoCodec::H264 => ffmpeg::decoder::find(Id::H264),
        VideoCodec::Mpeg4 => ffmpeg::decoder::find(Id::MPEG4),
        // libvpx takes two thirds of the time of FFmpeg's own decoder.
        VideoCodec::Vp8 => {
            ffmpeg::decoder::find_by_name("libvpx").or_else(|| ffmpeg::decoder::find(Id::VP8))
        }
    }
    .ok_or(CodecError::Missing(codec))?;
    let mut context = Context::new_with_codec(found);
    // Each picture comes out as soon as it is in: no reordering, no frame threads.
    context.set_flags(Flags::LOW_DELAY);
    // SAFETY: the context is allocated and not yet opened, which is when these fields are set.
    unsafe {
        let raw = &mut *context.as_mut_ptr();
        raw.thread_count = 1;
        raw.max_pixels = i64::from(MAX_DECODED_PIXELS);
    }
    context
        .decoder()
        .open_as(found)
        .and_then(ffmpeg::codec::decoder::Opened::video)
        .map_err(|_| CodecError::Missing(codec))
}

/// Width and height in a VP8 keyframe's header (RFC 6386 §9.1).
fn vp8_keyframe_size(data: &[u8]) -> Option<(u32, u32)> {
    match data {
        [tag, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..] if tag & 1 == 0 => Some((
            u32::from(u16::from_le_bytes([*w0, *w1]) & 0x3fff),
            u32::from(u16::from_le_bytes([*h0, *h1]) & 0x3fff),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vp8_keyframe_tells_its_size() {
        let data = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x41, 0];
        assert_eq!(vp8_keyframe_size(&data), Some((640, 480)));
        assert_eq!(vp8_keyframe_size(&data[..9]), None);
        assert_eq!(vp8_keyframe_size(&[0x11; 20]), None);
    }
}
