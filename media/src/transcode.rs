//! One stream of pictures becomes another: decode, fit, encode.

use crate::codec::{
    CodecError, EncoderConfig, ForceKeyframe, VideoCodec, VideoDecoder, VideoEncoder,
};
use crate::payload::EncodedFrame;
use crate::picture::{Picture, PictureError, Rotation};
use crate::rate::steering::{Steering, steer};
use crate::scale::Scaler;

/// Turns the pictures of one codec and any size into those of an [`EncoderConfig`].
///
/// Pictures beyond the target's frame rate are decoded, since later ones build on them, and then
/// left out.
pub struct Transcoder {
    decoder: VideoDecoder,
    scaler: Scaler,
    encoder: VideoEncoder,
    /// The agreed rates; [`Transcoder::hold`] goes below them for a while.
    agreed: EncoderConfig,
    pace: Pace,
    size: Size,
    keyframe_wanted: bool,
    rotation: Rotation,
    decoded: Picture,
    /// The decoded picture, turned.
    upright: Picture,
    fitted: Picture,
    statistics: Statistics,
}

/// Whose size the pictures have that are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Targets,
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

impl Transcoder {
    /// A transcoder that waits for a keyframe and gives one out first.
    ///
    /// # Errors
    /// When the target's codec does not have that size or rate, or the installed FFmpeg lacks one
    /// of the codecs.
    pub fn new(from: VideoCodec, to: EncoderConfig) -> Result<Self, CodecError> {
        let (encoder, scaler, fitted) = encoding(to)?;
        Ok(Self {
            decoder: VideoDecoder::new(from)?,
            scaler,
            encoder,
            agreed: to,
            pace: Pace::new(to.frames_per_second),
            size: Size::Targets,
            keyframe_wanted: false,
            rotation: Rotation::None,
            decoded: fitted.clone(),
            upright: fitted.clone(),
            fitted,
            statistics: Statistics::default(),
        })
    }

    /// The same for a viewer that shows any size: pictures are given out as large as they came in,
    /// and the target's size is only that of the first encoder.
    ///
    /// # Errors
    /// As [`Transcoder::new`].
    pub fn keeping_size(from: VideoCodec, to: EncoderConfig) -> Result<Self, CodecError> {
        let mut transcoder = Self::new(from, to)?;
        transcoder.size = Size::Sources;
        Ok(transcoder)
    }

    /// Takes the next picture and gives its new form out; `None` when it is left out or shows
    /// nothing.
    ///
    /// # Errors
    /// When the picture cannot be decoded ([`CodecError::wants_keyframe`] tells whether its sender
    /// can mend that) or the encoder fails. The next picture can be pushed after every error.
    pub fn push(&mut self, frame: EncodedFrame) -> Result<Option<EncodedFrame>, CodecError> {
        self.statistics.frames_in += 1;
        self.statistics.keyframes_in += u64::from(frame.keyframe);
        let decoded = self.decoder.decode_only(&frame.data);
        if !self.counting_damage(decoded)? {
            return Ok(None);
        }
        if !self.pace.admits(frame.timestamp) {
            self.statistics.frames_left_out += 1;
            return Ok(None);
        }
        let taken = self.decoder.take_into(&mut self.decoded);
        self.counting_damage(taken)?;
        self.statistics.input_size = Some((self.decoded.width(), self.decoded.height()));
        self.turn_upright()?;
        if self.size == Size::Sources {
            self.follow_size()?;
        }
        self.encode(frame.timestamp)
    }

    /// Turns the pictures from the next one on.
    pub fn set_rotation(&mut self, rotation: Rotation) {
        self.rotation = rotation;
    }

    /// Makes the next picture given out a keyframe.
    pub fn request_keyframe(&mut self) {
        self.keyframe_wanted = true;
    }

    /// Sends this many bits a second from the next picture on, at most the agreed rate: by fewer
    /// pictures, poorer ones or both (see [`steer`]).
    ///
    /// # Errors
    /// When the target's codec does not have that rate; the old one holds then.
    pub fn hold(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
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

    /// What it makes, with the rate last set.
    pub fn target(&self) -> &EncoderConfig {
        self.encoder.config()
    }

    /// What it has done so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    fn counting_damage<T>(&mut self, result: Result<T, CodecError>) -> Result<T, CodecError> {
        result.inspect_err(|_| self.statistics.frames_undecodable += 1)
    }

    fn turn_upright(&mut self) -> Result<(), CodecError> {
        if self.rotation == Rotation::None {
            return Ok(());
        }
        self.decoded
            .rotate_into(self.rotation, &mut self.upright)
            .map_err(|error| self.unfit(&error))?;
        std::mem::swap(&mut self.decoded, &mut self.upright);
        Ok(())
    }

    fn unfit(&self, error: &PictureError) -> CodecError {
        CodecError::Encoder {
            codec: self.encoder.config().codec,
            reason: error.to_string(),
        }
    }

    /// Makes the encoder anew when the source's size changed; it begins with a keyframe.
    fn follow_size(&mut self) -> Result<(), CodecError> {
        let to = *self.encoder.config();
        // Encoders want even sides; a row or column less is not seen.
        let (width, height) = (self.decoded.width() & !1, self.decoded.height() & !1);
        if (width, height) == (to.width, to.height) {
            return Ok(());
        }
        let to = EncoderConfig {
            width,
            height,
            ..to
        };
        (self.encoder, self.scaler, self.fitted) = encoding(to)?;
        (self.agreed.width, self.agreed.height) = (width, height);
        Ok(())
    }

    fn encode(&mut self, timestamp: u32) -> Result<Option<EncodedFrame>, CodecError> {
        let fitted = self.scaler.scale_into(&self.decoded, &mut self.fitted);
        fitted.map_err(|error| self.unfit(&error))?;
        let force = if self.keyframe_wanted {
            ForceKeyframe::Yes
        } else {
            ForceKeyframe::No
        };
        let Some(frame) = self.encoder.encode(&self.fitted, timestamp, force)? else {
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

/// What makes pictures of a size: encoder, scaler and the picture between them.
fn encoding(to: EncoderConfig) -> Result<(VideoEncoder, Scaler, Picture), CodecError> {
    let encoder = VideoEncoder::new(to)?;
    let target = Picture::black(to.width, to.height);
    let (Ok(fitted), Ok(scaler)) = (target, Scaler::new(to.width, to.height)) else {
        return Err(CodecError::Unsupported {
            codec: to.codec,
            what: format!("at {}x{}", to.width, to.height),
        });
    };
    Ok((encoder, scaler, fitted))
}

/// Admits pictures up to a frame rate, by their timestamps.
#[derive(Debug)]
struct Pace {
    /// Units of 1/90000 s between two pictures.
    interval: u32,
    due: Option<u32>,
}

impl Pace {
    fn new(frames_per_second: u32) -> Self {
        Self {
            interval: 90_000 / frames_per_second.max(1),
            due: None,
        }
    }

    fn set(&mut self, frames_per_second: u32) {
        self.interval = Pace::new(frames_per_second).interval;
    }

    /// A picture may come a third of an interval early, for cameras are not punctual; being due
    /// moves on by whole intervals, so the mean rate holds all the same.
    fn admits(&mut self, timestamp: u32) -> bool {
        let Some(due) = self.due else {
            self.due = Some(timestamp.wrapping_add(self.interval));
            return true;
        };
        let late = timestamp.wrapping_sub(due).cast_signed();
        let interval = self.interval.cast_signed();
        if late < -interval / 3 && late >= -interval * MAX_INTERVALS_EARLY {
            return false;
        }
        // After a gap, or a step of the sender's clock, counting begins again.
        let base = if (-interval..interval).contains(&late) {
            due
        } else {
            timestamp
        };
        self.due = Some(base.wrapping_add(self.interval));
        true
    }
}

/// A picture this much too early does not come early: its sender's clock was set back.
const MAX_INTERVALS_EARLY: i32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a second's pictures from a source are admitted by a target.
    fn admitted(source: u32, target: u32, start: u32) -> usize {
        let mut pace = Pace::new(target);
        (0..source)
            .filter(|index| pace.admits(start.wrapping_add(index * 90_000 / source)))
            .count()
    }

    #[test]
    fn the_targets_frame_rate_is_the_most_that_is_admitted() {
        for (source, target, expected) in [
            (15, 15, 15),
            (30, 15, 15),
            (20, 15, 15),
            (25, 15, 15),
            (60, 15, 15),
            (10, 15, 10),
            (30, 8, 8),
        ] {
            let found = admitted(source, target, 0);
            assert!(
                found.abs_diff(expected) <= 1,
                "{found} of {source} at {target}"
            );
            let wrapping = admitted(source, target, u32::MAX - 45_000);
            assert_eq!(found, wrapping, "over a wrap of the timestamp");
        }
    }

    #[test]
    fn an_unpunctual_camera_loses_nothing() {
        let mut pace = Pace::new(15);
        let jitter = [0, 1500, -1500, 900, -1200, 0, 1800];
        for index in 0..150_u32 {
            let offset = jitter[index as usize % jitter.len()];
            let timestamp = (100_000 + index * 6000).wrapping_add_signed(offset);
            assert!(pace.admits(timestamp), "picture {index}");
        }
    }

    #[test]
    fn a_gap_is_not_made_up_for_and_a_clock_set_back_not_waited_for() {
        let mut pace = Pace::new(15);
        assert!(pace.admits(1_000_000));
        assert!(pace.admits(2_000_000));
        assert!(!pace.admits(2_003_000));
        assert!(pace.admits(2_006_000));
        assert!(pace.admits(5_000));
        assert!(!pace.admits(8_000));
        assert!(pace.admits(11_000));
    }
}
