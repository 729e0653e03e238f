//! What one viewer, or those who are shown the same, are sent of a source: an encoder and its pace.

use super::pace::Pace;
use super::source::Source;
use crate::codec::{CodecError, EncoderConfig, ForceKeyframe, VideoEncoder};
use crate::payload::EncodedFrame;
use crate::picture::Rotation;
use crate::rate::steering::{Steering, steer};

/// Encodes a source's pictures for one kind of viewer.
pub(super) struct Outlet {
    encoder: VideoEncoder,
    /// The agreed rates; [`Outlet::hold`] goes below them for a while.
    agreed: EncoderConfig,
    pace: Pace,
    size: Size,
    pub(super) keyframe_wanted: bool,
    pub(super) rotation: Rotation,
    pub(super) statistics: Statistics,
}

/// Whose size the pictures have that are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// As the encoder is set.
    Targets,
    /// As large as they came in.
    Sources,
}

/// What a transcoder has done since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Pictures pushed.
    pub frames_in: u64,
    /// Pictures given out.
    pub frames_out: u64,
    /// Pictures decoded and left out to hold the frame rate or the bit rate.
    pub frames_left_out: u64,
    /// Pictures that could not be decoded.
    pub frames_undecodable: u64,
    /// Keyframes among the pictures pushed.
    pub keyframes_in: u64,
    /// Keyframes among the pictures given out.
    pub keyframes_out: u64,
    /// Width and height of the last decoded picture.
    pub input_size: Option<(u32, u32)>,
}

impl Outlet {
    pub(super) fn new(to: EncoderConfig, size: Size) -> Result<Self, CodecError> {
        Ok(Self {
            encoder: VideoEncoder::new(to)?,
            agreed: to,
            pace: Pace::new(to.frames_per_second),
            size,
            keyframe_wanted: false,
            rotation: Rotation::None,
            statistics: Statistics::default(),
        })
    }

    /// Gives the new form of the picture that the source decoded last, with the outcome given, out.
    pub(super) fn push(
        &mut self,
        frame: &EncodedFrame,
        decoded: Result<bool, CodecError>,
        source: &mut Source,
    ) -> Result<Option<EncodedFrame>, CodecError> {
        self.statistics.frames_in += 1;
        self.statistics.keyframes_in += u64::from(frame.keyframe);
        let is_shown = decoded.inspect_err(|_| self.statistics.frames_undecodable += 1)?;
        if !is_shown {
            return Ok(None);
        }
        if !self.pace.admits(frame.timestamp) {
            self.statistics.frames_left_out += 1;
            return Ok(None);
        }
        self.statistics.input_size = source.size();
        if self.size == Size::Sources
            && let Some(size) = source.size()
        {
            self.follow_size(turned(size, self.rotation))?;
        }
        self.encode(frame.timestamp, source)
    }

    /// As [`super::Transcoder::hold`].
    pub(super) fn hold(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        let Steering {
            encoder_bits_per_second,
            frames_per_second,
        } = steer(&self.agreed, bits_per_second);
        if encoder_bits_per_second != self.encoder.config().bits_per_second {
            self.encoder.set_rate(encoder_bits_per_second)?;
        }
        self.pace.set(frames_per_second);
        Ok(())
    }

    pub(super) fn target(&self) -> &EncoderConfig {
        self.encoder.config()
    }

    /// Makes the encoder anew when the source's size changed; it begins with a keyframe.
    fn follow_size(&mut self, (width, height): (u32, u32)) -> Result<(), CodecError> {
        let to = *self.encoder.config();
        // Encoders want even sides; a row or column less is not seen.
        let (width, height) = (width & !1, height & !1);
        if (width, height) == (to.width, to.height) {
            return Ok(());
        }
        self.encoder = VideoEncoder::new(EncoderConfig {
            width,
            height,
            ..to
        })?;
        (self.agreed.width, self.agreed.height) = (width, height);
        Ok(())
    }

    fn encode(
        &mut self,
        timestamp: u32,
        source: &mut Source,
    ) -> Result<Option<EncodedFrame>, CodecError> {
        let EncoderConfig { width, height, .. } = *self.encoder.config();
        let fitted = source.fitted(self.rotation, (width, height))?;
        let force = if self.keyframe_wanted {
            ForceKeyframe::Yes
        } else {
            ForceKeyframe::No
        };
        let Some(frame) = self.encoder.encode(fitted, timestamp, force)? else {
            self.statistics.frames_left_out += 1;
            return Ok(None);
        };
        if frame.keyframe {
            self.keyframe_wanted = false;
            self.statistics.keyframes_out += 1;
        }
        self.statistics.frames_out += 1;
        Ok(Some(frame))
    }
}

/// A size after a turn.
fn turned((width, height): (u32, u32), rotation: Rotation) -> (u32, u32) {
    match rotation {
        Rotation::None | Rotation::Half => (width, height),
        Rotation::Quarter | Rotation::ThreeQuarters => (height, width),
    }
}
