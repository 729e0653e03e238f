//! From a camera's stream to a handset's and back: the pattern's frames come through.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use media::codec::{EncoderConfig, ForceKeyframe, VideoCodec, VideoDecoder, VideoEncoder};
use media::pattern;
use media::payload::EncodedFrame;
use media::transcode::{Statistics, Transcoder};

fn config(codec: VideoCodec, size: (u32, u32), bits_per_second: u32) -> EncoderConfig {
    EncoderConfig {
        codec,
        width: size.0,
        height: size.1,
        frames_per_second: 15,
        bits_per_second,
        max_slice_bytes: 1100,
    }
}

/// The pattern in a codec, at a frame rate; the counter is the frame's number.
fn source(config: EncoderConfig, frames_per_second: u32, frames: u16) -> Vec<EncodedFrame> {
    let mut encoder = VideoEncoder::new(EncoderConfig {
        frames_per_second,
        ..config
    })
    .unwrap();
    (0..frames)
        .filter_map(|counter| {
            let picture = pattern::draw(counter, "", config.width, config.height).unwrap();
            let timestamp = u32::from(counter) * 90_000 / frames_per_second;
            encoder
                .encode(&picture, timestamp, ForceKeyframe::No)
                .unwrap()
        })
        .collect()
}

#[test]
fn each_pair_of_codecs_brings_the_pattern_through() {
    const VGA: (u32, u32) = (640, 480);
    const QCIF: (u32, u32) = (176, 144);
    let pairs = [
        (VideoCodec::Vp8, VGA, 600_000, VideoCodec::H263, 64_000),
        (VideoCodec::H264, VGA, 600_000, VideoCodec::H263, 64_000),
        (VideoCodec::Vp8, VGA, 600_000, VideoCodec::H263Plus, 64_000),
        (VideoCodec::Vp8, VGA, 600_000, VideoCodec::H264, 64_000),
        (VideoCodec::H263, QCIF, 64_000, VideoCodec::Vp8, 200_000),
        (VideoCodec::H263, QCIF, 64_000, VideoCodec::H264, 128_000),
        (VideoCodec::H263Plus, QCIF, 64_000, VideoCodec::Vp8, 200_000),
        (VideoCodec::H264, QCIF, 64_000, VideoCodec::Vp8, 200_000),
    ];
    for (from, size, from_rate, to, to_rate) in pairs {
        let frames = source(config(from, size, from_rate), 15, 90);
        let sent = frames.len() as u64;
        let mut transcoder = Transcoder::new(from, config(to, QCIF, to_rate)).unwrap();
        let mut decoder = VideoDecoder::new(to).unwrap();
        let (mut right, mut psnr_sum, mut bits) = (0_u32, 0.0, 0);
        for frame in frames {
            let counter = (frame.timestamp / 6000) as u16;
            let Some(frame) = transcoder.push(frame).unwrap() else {
                continue;
            };
            bits += frame.data.len() * 8;
            let picture = decoder.decode(&frame.data, frame.timestamp).unwrap();
            let score = pattern::score(&picture.unwrap(), size.0, size.1);
            if let Some(score) = score.filter(|score| score.counter == counter) {
                right += 1;
                psnr_sum += score.psnr_db;
            }
        }
        let mean = psnr_sum / f64::from(right);
        println!(
            "{from} {size:?} to {to}: {right} of {sent} right, {mean:.1} dB, {} bit/s",
            bits / 6
        );
        assert!(
            u64::from(right) * 100 >= sent * 95,
            "{from} to {to}: {right}"
        );
        assert!(mean >= 30.0, "{from} to {to}: {mean} dB");
        let statistics = transcoder.statistics();
        assert_eq!(statistics.input_size, Some(size));
        assert_eq!(statistics.frames_in, sent);
        assert_eq!(statistics.frames_undecodable, 0);
    }
}

#[test]
fn a_faster_source_is_thinned_to_the_targets_rate_with_a_keyframe_first() {
    let frames = source(config(VideoCodec::Vp8, (320, 240), 300_000), 30, 60);
    let to = config(VideoCodec::H263, (176, 144), 64_000);
    let mut transcoder = Transcoder::new(VideoCodec::Vp8, to).unwrap();
    let given: Vec<EncodedFrame> = frames
        .into_iter()
        .filter_map(|frame| transcoder.push(frame).unwrap())
        .collect();
    let timestamps: Vec<u32> = given.iter().map(|frame| frame.timestamp / 3000).collect();
    let every_other: Vec<u32> = (0..60).step_by(2).collect();
    assert_eq!(timestamps, every_other);
    assert!(given[0].keyframe);
    assert_eq!(
        transcoder.statistics(),
        Statistics {
            frames_in: 60,
            frames_out: 30,
            frames_left_out: 30,
            frames_undecodable: 0,
            keyframes_in: 1,
            keyframes_out: 1,
            input_size: Some((320, 240)),
        }
    );
}

#[test]
fn a_requested_keyframe_is_the_next_picture_given_out() {
    let frames = source(config(VideoCodec::Vp8, (320, 240), 300_000), 30, 30);
    for to in VideoCodec::ALL {
        let to = config(to, (176, 144), 64_000);
        let mut transcoder = Transcoder::new(VideoCodec::Vp8, to).unwrap();
        let mut keyframes = Vec::new();
        for (index, frame) in frames.iter().cloned().enumerate() {
            if index == 11 {
                // A picture that is left out: the request waits for the next.
                transcoder.request_keyframe();
            }
            if transcoder
                .push(frame)
                .unwrap()
                .is_some_and(|frame| frame.keyframe)
            {
                keyframes.push(index);
            }
        }
        assert_eq!(keyframes, [0, 12], "of {}", to.codec);
    }
}

#[test]
fn a_stream_joined_midway_waits_for_its_keyframe() {
    let frames = source(config(VideoCodec::Vp8, (320, 240), 300_000), 15, 10);
    let to = config(VideoCodec::H263, (176, 144), 64_000);
    let mut transcoder = Transcoder::new(VideoCodec::Vp8, to).unwrap();
    for frame in &frames[3..] {
        let error = transcoder.push(frame.clone()).unwrap_err();
        assert!(error.wants_keyframe(), "{error}");
    }
    assert!(transcoder.push(frames[0].clone()).unwrap().is_some());
    assert_eq!(transcoder.statistics().frames_undecodable, 7);
}

#[test]
fn a_viewer_of_any_size_gets_the_sources_even_when_it_changes() {
    let to = config(VideoCodec::Vp8, (176, 144), 200_000);
    let mut transcoder = Transcoder::keeping_size(VideoCodec::H263, to).unwrap();
    let mut decoder = VideoDecoder::new(VideoCodec::Vp8).unwrap();
    for size in [(176, 144), (352, 288), (128, 96)] {
        for frame in source(config(VideoCodec::H263, size, 128_000), 15, 5) {
            let given = transcoder.push(frame).unwrap().unwrap();
            let picture = decoder
                .decode(&given.data, given.timestamp)
                .unwrap()
                .unwrap();
            assert_eq!((picture.width(), picture.height()), size);
        }
    }
    assert_eq!(transcoder.statistics().keyframes_out, 3);
}
