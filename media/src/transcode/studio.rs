//! RFC 3550 §2.3, at the place of a mixer's encoders: several kinds of viewers of one stream. It is
//! decoded once, fitted once into each size, and encoded for each kind.

use std::collections::BTreeMap;

use super::outlet::{Outlet, Size};
use super::source::Source;
use crate::codec::{CodecError, EncoderConfig, VideoCodec};
use crate::payload::EncodedFrame;
use crate::picture::Rotation;

/// Which picture of a stream, for all who look at the stream the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PictureId {
    pub ssrc: u32,
    /// Of the packet with which it was whole.
    pub sequence: u16,
    /// The sender's own.
    pub timestamp: u32,
}

/// Decoders and encoders of one sender's pictures. `K` names a kind of viewers.
pub struct Studio<K> {
    /// One for each codec that somebody's outlet is fed with: in practice one.
    inlets: Vec<Inlet<K>>,
    outlets: BTreeMap<K, (VideoCodec, Outlet)>,
}

struct Inlet<K> {
    source: Source,
    last: Option<Last<K>>,
    /// Pictures that went through the decoder.
    decoded: u64,
}

/// The picture that a decoder was given last.
struct Last<K> {
    id: PictureId,
    /// Who brought it first.
    by: K,
    outcome: Result<bool, CodecError>,
}

impl<K: Copy + Ord> Default for Studio<K> {
    fn default() -> Self {
        Studio {
            inlets: Vec::new(),
            outlets: BTreeMap::new(),
        }
    }
}

impl<K: Copy + Ord> Studio<K> {
    /// Opens an outlet, in the place of one of the same name. It begins with a keyframe; its pictures
    /// must begin with one of the source's.
    ///
    /// # Errors
    /// As [`super::Transcoder::new`]; there is no outlet of that name then.
    pub fn open(
        &mut self,
        key: K,
        from: VideoCodec,
        to: EncoderConfig,
        size: Size,
    ) -> Result<(), CodecError> {
        self.close(key);
        let outlet = Outlet::new(to, size)?;
        if !self.inlets.iter().any(|inlet| inlet.source.codec() == from) {
            self.inlets.push(Inlet {
                source: Source::new(from)?,
                last: None,
                decoded: 0,
            });
        }
        self.outlets.insert(key, (from, outlet));
        Ok(())
    }

    /// Closes an outlet; a decoder that nobody needs any more goes with it.
    pub fn close(&mut self, key: K) {
        if self.outlets.remove(&key).is_none() {
            return;
        }
        let outlets = &self.outlets;
        self.inlets.retain_mut(|inlet| {
            inlet.source.forget_sizes();
            let codec = inlet.source.codec();
            outlets.values().any(|(from, _)| *from == codec)
        });
    }

    /// Whether no outlet is open.
    pub fn is_empty(&self) -> bool {
        self.outlets.is_empty()
    }

    /// Takes the next picture for an outlet and gives its new form out. A picture that another
    /// outlet brought just before is not decoded again. The frame's timestamp is the outlet's own.
    ///
    /// # Errors
    /// As [`super::Transcoder::push`]. An outlet that lags behind what was decoded meanwhile needs a
    /// keyframe. One that is not open gives nothing.
    pub fn push(
        &mut self,
        key: K,
        id: PictureId,
        frame: &EncodedFrame,
    ) -> Result<Option<EncodedFrame>, CodecError> {
        let Some((codec, outlet)) = self.outlets.get_mut(&key) else {
            return Ok(None);
        };
        let mut inlets = self.inlets.iter_mut();
        let Some(inlet) = inlets.find(|inlet| inlet.source.codec() == *codec) else {
            return Err(CodecError::NeedsKeyframe(*codec));
        };
        let outcome = inlet.decode(key, id, frame);
        outlet.push(frame, outcome, &mut inlet.source)
    }

    /// As [`super::Transcoder::request_keyframe`].
    pub fn request_keyframe(&mut self, key: K) {
        if let Some((_, outlet)) = self.outlets.get_mut(&key) {
            outlet.keyframe_wanted = true;
        }
    }

    /// As [`super::Transcoder::set_rotation`].
    pub fn set_rotation(&mut self, key: K, rotation: Rotation) {
        if let Some((_, outlet)) = self.outlets.get_mut(&key) {
            outlet.rotation = rotation;
        }
    }

    /// As [`super::Transcoder::hold`].
    ///
    /// # Errors
    /// As [`super::Transcoder::hold`].
    pub fn hold(&mut self, key: K, bits_per_second: u32) -> Result<(), CodecError> {
        match self.outlets.get_mut(&key) {
            Some((_, outlet)) => outlet.hold(bits_per_second),
            None => Ok(()),
        }
    }

    /// How many outlets are open.
    pub fn outlets(&self) -> usize {
        self.outlets.len()
    }

    /// Whether an outlet of that name is open.
    pub fn is_open(&self, key: K) -> bool {
        self.outlets.contains_key(&key)
    }

    /// Pictures that went through the decoders that are open.
    pub fn decoded(&self) -> u64 {
        self.inlets.iter().map(|inlet| inlet.decoded).sum()
    }
}

impl<K: Copy + Ord> Inlet<K> {
    fn decode(&mut self, key: K, id: PictureId, frame: &EncodedFrame) -> Result<bool, CodecError> {
        if let Some(last) = &self.last
            && last.by != key
            && last.id.ssrc == id.ssrc
        {
            if last.id == id {
                return last.outcome.clone();
            }
            if is_before(id.sequence, last.id.sequence) {
                return Err(CodecError::NeedsKeyframe(self.source.codec()));
            }
        }
        self.decoded += 1;
        let outcome = self.source.decode(&frame.data);
        self.last = Some(Last {
            id,
            by: key,
            outcome: outcome.clone(),
        });
        outcome
    }
}

/// Whether a number lies before another within half the number space, or is the same.
fn is_before(sequence: u16, other: u16) -> bool {
    other.wrapping_sub(sequence) < 1 << 15
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{ForceKeyframe, VideoDecoder, VideoEncoder};
    use crate::pattern;

    fn config(codec: VideoCodec, (width, height): (u32, u32)) -> EncoderConfig {
        EncoderConfig {
            codec,
            width,
            height,
            frames_per_second: 15,
            bits_per_second: 128_000,
            max_slice_bytes: 1100,
        }
    }

    fn frames(count: u16) -> Vec<(PictureId, EncodedFrame)> {
        let mut encoder = VideoEncoder::new(config(VideoCodec::Vp8, (352, 288))).unwrap();
        let mut frames = Vec::new();
        for counter in 0..count {
            let picture = pattern::draw(counter, "", 352, 288).unwrap();
            let timestamp = u32::from(counter) * 6000;
            let frame = encoder.encode(&picture, timestamp, ForceKeyframe::No);
            let id = PictureId {
                ssrc: 7,
                sequence: 65_500_u16.wrapping_add(counter * 3),
                timestamp,
            };
            frames.push((id, frame.unwrap().unwrap()));
        }
        frames
    }

    /// The counters that are read out of what was given out.
    fn counters(codec: VideoCodec, given: &[EncodedFrame]) -> Vec<u16> {
        let mut decoder = VideoDecoder::new(codec).unwrap();
        let shown = given
            .iter()
            .filter_map(|frame| decoder.decode(&frame.data, frame.timestamp).unwrap());
        shown
            .filter_map(|picture| pattern::read(&picture))
            .collect()
    }

    #[test]
    fn a_stream_is_decoded_once_for_all_its_viewers_and_fitted_once_into_each_size() {
        let mut studio = Studio::default();
        let kinds = [
            ("handsets", VideoCodec::H263, (176, 144)),
            ("newer", VideoCodec::Mpeg4, (176, 144)),
            ("larger", VideoCodec::H264, (352, 288)),
        ];
        let mut given: BTreeMap<&str, Vec<EncodedFrame>> = BTreeMap::new();
        for (name, codec, size) in kinds {
            let to = config(codec, size);
            studio
                .open(name, VideoCodec::Vp8, to, Size::Targets)
                .unwrap();
        }
        for (id, frame) in frames(30) {
            for (name, ..) in kinds {
                let made = studio.push(name, id, &frame).unwrap();
                given.entry(name).or_default().extend(made);
            }
            assert_eq!(studio.inlets[0].source.sizes(), 2);
        }
        assert_eq!(studio.decoded(), 30);
        for (name, codec, _) in kinds {
            let seen = counters(codec, &given[name]);
            assert!(seen.len() > 25, "{name}: {seen:?}");
            assert!(seen.is_sorted());
        }
    }

    #[test]
    fn who_joins_late_or_lags_behind_spoils_nothing_for_the_others() {
        let mut studio = Studio::default();
        let to = config(VideoCodec::H263, (176, 144));
        studio.open(1, VideoCodec::Vp8, to, Size::Targets).unwrap();
        studio.open(2, VideoCodec::Vp8, to, Size::Targets).unwrap();
        let frames = frames(20);
        let mut given = Vec::new();
        for (number, (id, frame)) in frames.iter().enumerate() {
            given.extend(studio.push(1, *id, frame).unwrap());
            if number == 9 {
                let (id, frame) = &frames[5];
                let late = studio.push(2, *id, frame);
                assert_eq!(late, Err(CodecError::NeedsKeyframe(VideoCodec::Vp8)));
            }
        }
        assert_eq!(studio.decoded(), 20);
        assert!(counters(VideoCodec::H263, &given).len() > 16);
        studio.close(1);
        studio.close(2);
        assert!(studio.is_empty());
        assert_eq!(studio.decoded(), 0, "no decoder without viewers");
    }

    #[test]
    fn a_damaged_picture_is_damaged_for_all_and_another_sender_is_no_lag() {
        let mut studio = Studio::default();
        let to = config(VideoCodec::H263, (176, 144));
        studio.open(1, VideoCodec::Vp8, to, Size::Targets).unwrap();
        studio.open(2, VideoCodec::Vp8, to, Size::Sources).unwrap();
        let frames = frames(3);
        let (id, _) = frames[1];
        let noise = EncodedFrame {
            data: vec![0xff; 40],
            ..frames[1].1.clone()
        };
        let first = studio.push(1, id, &noise).unwrap_err();
        assert_eq!(studio.push(2, id, &noise).unwrap_err(), first);
        assert_eq!(studio.decoded(), 1);
        let (id, frame) = &frames[0];
        let other = PictureId { ssrc: 8, ..*id };
        assert!(studio.push(2, other, frame).unwrap().is_some());
        assert!(studio.push(1, other, frame).unwrap().is_some());
        assert_eq!(studio.decoded(), 2);
    }
}
