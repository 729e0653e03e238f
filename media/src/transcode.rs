//! One stream of pictures becomes another: decode, fit, encode.

mod outlet;
mod pace;
mod source;
mod studio;

use crate::codec::{CodecError, EncoderConfig, VideoCodec};
use crate::payload::EncodedFrame;
use crate::picture::Rotation;
use outlet::Outlet;
pub use outlet::{Size, Statistics};
use source::Source;
pub use studio::{PictureId, Studio};

/// Turns the pictures of one codec and any size into those of an [`EncoderConfig`].
///
/// Pictures beyond the target's frame rate are decoded, since later ones build on them, and then
/// left out.
pub struct Transcoder {
    source: Source,
    outlet: Outlet,
}

impl Transcoder {
    /// A transcoder that waits for a keyframe and gives one out first.
    ///
    /// # Errors
    /// When the target's codec does not have that size or rate, or the installed FFmpeg lacks one
    /// of the codecs.
    pub fn new(from: VideoCodec, to: EncoderConfig) -> Result<Self, CodecError> {
        Self::with_size(from, to, Size::Targets)
    }

    /// The same for a viewer that shows any size: pictures are given out as large as they came in,
    /// and the target's size is only that of the first encoder.
    ///
    /// # Errors
    /// As [`Transcoder::new`].
    pub fn keeping_size(from: VideoCodec, to: EncoderConfig) -> Result<Self, CodecError> {
        Self::with_size(from, to, Size::Sources)
    }

    fn with_size(from: VideoCodec, to: EncoderConfig, size: Size) -> Result<Self, CodecError> {
        Ok(Self {
            source: Source::new(from)?,
            outlet: Outlet::new(to, size)?,
        })
    }

    /// Takes the next picture and gives its new form out; `None` when it is left out or shows
    /// nothing.
    ///
    /// # Errors
    /// When the picture cannot be decoded ([`CodecError::wants_keyframe`] tells whether its sender
    /// can mend that) or the encoder fails. The next picture can be pushed after every error.
    pub fn push(&mut self, frame: EncodedFrame) -> Result<Option<EncodedFrame>, CodecError> {
        let decoded = self.source.decode(&frame.data);
        self.outlet.push(&frame, decoded, &mut self.source)
    }

    /// Turns the pictures from the next one on.
    pub fn set_rotation(&mut self, rotation: Rotation) {
        self.outlet.rotation = rotation;
    }

    /// Makes the next picture given out a keyframe.
    pub fn request_keyframe(&mut self) {
        self.outlet.keyframe_wanted = true;
    }

    /// Sends this many bits a second from the next picture on, at most the agreed rate: by fewer
    /// pictures, poorer ones or both (see [`crate::rate::steering::steer`]).
    ///
    /// # Errors
    /// When the target's codec does not have that rate; the old one holds then.
    pub fn hold(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        self.outlet.hold(bits_per_second)
    }

    /// What it makes, with the rate last set.
    pub fn target(&self) -> &EncoderConfig {
        self.outlet.target()
    }

    /// What it has done so far.
    pub fn statistics(&self) -> Statistics {
        self.outlet.statistics
    }
}
