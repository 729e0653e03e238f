//! A transcoder that is told to send less sends less, and its viewer goes on seeing pictures.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use media::codec::{EncoderConfig, ForceKeyframe, VideoCodec, VideoEncoder};
use media::pattern;
use media::payload::EncodedFrame;
use media::transcode::Transcoder;

const QCIF: (u32, u32) = (176, 144);
const FRAMES_PER_SECOND: u32 = 15;

fn config(codec: VideoCodec, bits_per_second: u32) -> EncoderConfig {
    EncoderConfig {
        codec,
        width: QCIF.0,
        height: QCIF.1,
        frames_per_second: FRAMES_PER_SECOND,
        bits_per_second,
        max_slice_bytes: 1100,
    }
}

/// The pattern moving for this many seconds.
fn source(seconds: u32) -> Vec<EncodedFrame> {
    let mut encoder = VideoEncoder::new(config(VideoCodec::Vp8, 300_000)).unwrap();
    (0..seconds * FRAMES_PER_SECOND)
        .filter_map(|counter| {
            let picture = pattern::draw(counter as u16, "", QCIF.0, QCIF.1).unwrap();
            let timestamp = counter * 90_000 / FRAMES_PER_SECOND;
            encoder
                .encode(&picture, timestamp, ForceKeyframe::No)
                .unwrap()
        })
        .collect()
}

/// Bits a second and keyframes of what comes out between two seconds of the source.
fn measure(given: &[EncodedFrame], from: u32, to: u32) -> (u32, usize) {
    let within = |frame: &&EncodedFrame| (from..to).contains(&(frame.timestamp / 90_000));
    let frames: Vec<_> = given.iter().filter(within).collect();
    let bytes: usize = frames.iter().map(|frame| frame.data.len()).sum();
    let keyframes = frames.iter().filter(|frame| frame.keyframe).count();
    (bytes as u32 * 8 / (to - from), keyframes)
}

#[test]
fn a_lower_rate_is_held_and_the_agreed_one_taken_up_again() {
    // Only VP8 begins anew.
    for (codec, full, keyframes) in [
        (VideoCodec::H263, 64_000, 0),
        (VideoCodec::H263Plus, 64_000, 0),
        (VideoCodec::H264, 64_000, 0),
        (VideoCodec::Vp8, 160_000, 1),
    ] {
        let mut transcoder = Transcoder::new(VideoCodec::Vp8, config(codec, full)).unwrap();
        let mut given = Vec::new();
        for (index, frame) in source(24).into_iter().enumerate() {
            match index as u32 / FRAMES_PER_SECOND {
                6 => transcoder.hold(full / 2).unwrap(),
                14 => transcoder.hold(full).unwrap(),
                _ => {}
            }
            given.extend(transcoder.push(frame).unwrap());
        }
        let (agreed, _) = measure(&given, 2, 6);
        // The first second after a change is left out: a rate buffer empties in it.
        let (lower, _) = measure(&given, 8, 14);
        let (again, _) = measure(&given, 16, 24);
        println!("{codec}: {agreed}, {lower}, {again} bit/s");
        let per_cent = |rate: u32| rate * 100 / full;
        assert!((60..=110).contains(&per_cent(agreed)), "{codec}: {agreed}");
        assert!((35..=62).contains(&per_cent(lower)), "{codec}: {lower}");
        assert!((60..=110).contains(&per_cent(again)), "{codec}: {again}");
        let (_, made) = measure(&given, 6, 8);
        assert_eq!(made, keyframes, "{codec} at the lower rate");
    }
}
