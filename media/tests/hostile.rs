//! Damaged and invented data: each decoder says so, goes on, and shows the next good keyframe.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use media::codec::{
    CodecError, EncoderConfig, ForceKeyframe, VideoCodec, VideoDecoder, VideoEncoder,
};
use media::pattern;
use media::payload::EncodedFrame;
use media::transcode::Transcoder;

const ROUNDS: u32 = 2_000;

/// A small generator of repeatable chance.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end.max(1)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

fn config(codec: VideoCodec) -> EncoderConfig {
    EncoderConfig {
        codec,
        width: 176,
        height: 144,
        frames_per_second: 15,
        bits_per_second: 64_000,
        max_slice_bytes: 1100,
    }
}

/// Thirty frames of the pattern, the first and the fifteenth being keyframes.
fn good_stream(codec: VideoCodec) -> Vec<EncodedFrame> {
    let mut encoder = VideoEncoder::new(config(codec)).unwrap();
    (0..30)
        .map(|counter: u16| {
            let picture = pattern::draw(counter, "", 176, 144).unwrap();
            let force = if counter == 15 {
                ForceKeyframe::Yes
            } else {
                ForceKeyframe::No
            };
            let frame = encoder.encode(&picture, u32::from(counter) * 6000, force);
            frame.unwrap().unwrap()
        })
        .collect()
}

/// One way after another to spoil good data.
fn spoil(chance: &mut Chance, good: &[EncodedFrame]) -> Vec<u8> {
    let mut data = good[chance.below(good.len())].data.clone();
    match chance.below(6) {
        0 => {
            let length = chance.below(1500);
            data = chance.bytes(length);
        }
        1 => data.truncate(chance.below(data.len())),
        2 => {
            for _ in 0..=chance.below(8) {
                let at = chance.below(data.len());
                data[at] ^= 1 << chance.below(8);
            }
        }
        3 => {
            // A good header in front of noise.
            let kept = chance.below(data.len().min(24));
            data.truncate(kept);
            let length = chance.below(800);
            data.extend(chance.bytes(length));
        }
        4 => {
            // Two pictures in one, the first cut short.
            data.truncate(chance.below(data.len()));
            data.extend_from_slice(&good[chance.below(good.len())].data);
        }
        _ => {
            let (from, to) = (chance.below(data.len()), chance.below(data.len()));
            data.drain(from.min(to)..from.max(to));
        }
    }
    data
}

#[test]
fn spoilt_data_never_ends_more_than_its_picture() {
    for codec in VideoCodec::ALL {
        let good = good_stream(codec);
        let mut chance = Chance(7);
        let mut decoder = VideoDecoder::new(codec).unwrap();
        let (mut shown, mut refused) = (0, 0);
        for round in 0..ROUNDS {
            match decoder.decode(&spoil(&mut chance, &good), round * 6000) {
                Ok(Some(picture)) => {
                    shown += 1;
                    assert!(picture.width() > 0 && picture.height() > 0);
                }
                Ok(None) => {}
                Err(error) => {
                    refused += 1;
                    assert!(!error.to_string().is_empty());
                }
            }
        }
        println!("{codec}: {shown} shown, {refused} refused of {ROUNDS}");
        assert!(refused > 0, "{codec} refused nothing");
        let mut right = 0;
        for frame in &good[15..] {
            let picture = decoder.decode(&frame.data, frame.timestamp);
            let read = picture.ok().flatten().as_ref().and_then(pattern::read);
            right += u32::from(read == Some((frame.timestamp / 6000) as u16));
        }
        assert!(right >= 14, "{codec}: {right} of 15 after a keyframe");
    }
}

#[test]
fn a_new_decoder_takes_spoilt_data_first() {
    for codec in VideoCodec::ALL {
        let good = good_stream(codec);
        let mut chance = Chance(11);
        for round in 0..100 {
            let mut decoder = VideoDecoder::new(codec).unwrap();
            for _ in 0..4 {
                // Whatever it says, it says it: nothing panics and nothing aborts.
                let _ = decoder.decode(&spoil(&mut chance, &good), round);
            }
        }
    }
}

#[test]
fn a_transcoder_outlives_spoilt_pictures_and_counts_them() {
    for from in VideoCodec::ALL {
        let good = good_stream(from);
        let mut chance = Chance(13);
        for make in [Transcoder::new, Transcoder::keeping_size] {
            let mut transcoder = make(from, config(VideoCodec::Vp8)).unwrap();
            for round in 0..500 {
                let data = spoil(&mut chance, &good);
                let frame = EncodedFrame {
                    data,
                    timestamp: round * 6000,
                    keyframe: false,
                    macroblocks: Vec::new(),
                };
                let _ = transcoder.push(frame);
            }
            let statistics = transcoder.statistics();
            assert_eq!(statistics.frames_in, 500);
            assert!(statistics.frames_undecodable > 0, "{from}");
            assert!(statistics.frames_out <= 500);
        }
    }
}

#[test]
fn no_data_is_damage() {
    for codec in VideoCodec::ALL {
        let mut decoder = VideoDecoder::new(codec).unwrap();
        for _ in 0..3 {
            assert!(matches!(
                decoder.decode(&[], 0),
                Err(CodecError::Damaged { .. })
            ));
        }
        let good = good_stream(codec);
        assert!(decoder.decode(&good[0].data, 0).unwrap().is_some());
    }
}

#[test]
fn a_keyframe_that_claims_a_huge_picture_is_refused_before_it_is_made() {
    let mut vp8 = good_stream(VideoCodec::Vp8).remove(0).data;
    vp8[6..10].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    let mut decoder = VideoDecoder::new(VideoCodec::Vp8).unwrap();
    assert_eq!(
        decoder.decode(&vp8, 0).unwrap_err(),
        CodecError::TooLarge {
            codec: VideoCodec::Vp8,
            width: 16_383,
            height: 16_383,
        }
    );
    vp8[6..10].copy_from_slice(&[0, 0, 0, 0]);
    assert!(decoder.decode(&vp8, 0).is_err());
}
