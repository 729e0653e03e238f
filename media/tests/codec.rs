//! Each codec against the test pattern: what comes out is the frame that went in, at the rate that
//! was asked for, with keyframes when they are asked for.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use media::codec::{
    CodecError, EncoderConfig, ForceKeyframe, VideoCodec, VideoDecoder, VideoEncoder,
};
use media::pattern;
use media::payload::EncodedFrame;
use media::picture::{Picture, Plane};
use media::scale::Scaler;

const SOURCE: (u32, u32) = (640, 480);
const FRAMES_PER_SECOND: u32 = 15;
/// Timestamp units between two frames.
const INTERVAL: u32 = 90_000 / FRAMES_PER_SECOND;

fn qcif(codec: VideoCodec) -> EncoderConfig {
    EncoderConfig {
        codec,
        width: 176,
        height: 144,
        frames_per_second: FRAMES_PER_SECOND,
        bits_per_second: 64_000,
        max_slice_bytes: 1100,
    }
}

/// The pattern as a handset's camera would take it.
struct Camera(Scaler);

impl Camera {
    fn new(config: &EncoderConfig) -> Self {
        Self(Scaler::new(config.width, config.height).unwrap())
    }

    fn take(&mut self, counter: u32) -> Picture {
        let source = pattern::draw(counter as u16, "", SOURCE.0, SOURCE.1).unwrap();
        self.0.scale(&source).unwrap()
    }

    /// With the grain of a small sensor in the dark, which needs more bits than there are.
    fn take_grainy(&mut self, counter: u32) -> Picture {
        let mut picture = self.take(counter);
        let mut state = counter.wrapping_mul(2_654_435_761);
        for sample in picture.plane_mut(Plane::Y) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = sample.saturating_add((state >> 28) as u8);
        }
        picture
    }
}

/// Encodes `frames` frames of the pattern, from counter 0 on.
fn encode(config: EncoderConfig, frames: u32) -> Vec<EncodedFrame> {
    let mut camera = Camera::new(&config);
    let mut encoder = VideoEncoder::new(config).unwrap();
    (0..frames)
        .filter_map(|counter| {
            encoder
                .encode(&camera.take(counter), counter * INTERVAL, ForceKeyframe::No)
                .unwrap()
        })
        .collect()
}

fn mean_rate(frames: &[EncodedFrame]) -> f64 {
    let bits: usize = frames.iter().map(|frame| frame.data.len() * 8).sum();
    let seconds = frames.len() as f64 / f64::from(FRAMES_PER_SECOND);
    bits as f64 / seconds
}

#[test]
fn every_codec_gives_the_pattern_back_at_64_kbit_per_second() {
    for codec in VideoCodec::ALL {
        let frames = encode(qcif(codec), 300);
        let mut decoder = VideoDecoder::new(codec).unwrap();
        let (mut right, mut psnr_sum, mut psnr_least) = (0, 0.0, f64::MAX);
        for frame in &frames {
            let picture = decoder.decode(&frame.data, frame.timestamp).unwrap();
            let score = pattern::score(&picture.unwrap(), SOURCE.0, SOURCE.1);
            let Some(score) = score else { continue };
            if u32::from(score.counter) == frame.timestamp / INTERVAL {
                right += 1;
                psnr_sum += score.psnr_db;
                psnr_least = psnr_least.min(score.psnr_db);
            }
        }
        let mean = psnr_sum / f64::from(right);
        let rate = mean_rate(&frames);
        let largest = frames.iter().map(|frame| frame.data.len()).max().unwrap();
        println!(
            "{codec}: {right} of {} right, {mean:.1} dB (least {psnr_least:.1}), \
             {rate:.0} bit/s, first {} and largest {largest} bytes",
            frames.len(),
            frames[0].data.len()
        );
        assert!(
            frames.len() >= 295,
            "{codec} left out {}",
            300 - frames.len()
        );
        assert!(right * 100 >= frames.len() as u32 * 95, "{codec}: {right}");
        assert!(mean >= 28.0 && psnr_least >= 24.0, "{codec}: {mean} dB");
        assert!(rate < 64_000.0 * 1.03, "{codec}: {rate} bit/s");
    }
}

#[test]
fn the_first_picture_is_a_keyframe_and_a_forced_one_comes_at_once() {
    for codec in VideoCodec::ALL {
        let config = qcif(codec);
        let mut camera = Camera::new(&config);
        let mut encoder = VideoEncoder::new(config).unwrap();
        let keyframes: Vec<u32> = (0..40)
            .filter(|counter| {
                let force = if *counter == 17 {
                    ForceKeyframe::Yes
                } else {
                    ForceKeyframe::No
                };
                let frame = encoder.encode(&camera.take(*counter), counter * INTERVAL, force);
                frame.unwrap().unwrap().keyframe
            })
            .collect();
        assert_eq!(keyframes, [0, 17], "of {codec}");
    }
}

#[test]
fn a_decoder_waits_for_a_keyframe_and_takes_any() {
    for codec in VideoCodec::ALL {
        let config = qcif(codec);
        let mut camera = Camera::new(&config);
        let mut encoder = VideoEncoder::new(config).unwrap();
        let mut decoder = VideoDecoder::new(codec).unwrap();
        for counter in 0..20 {
            let force = if counter == 12 {
                ForceKeyframe::Yes
            } else {
                ForceKeyframe::No
            };
            let frame = encoder
                .encode(&camera.take(counter), counter * INTERVAL, force)
                .unwrap()
                .unwrap();
            match counter {
                0..8 => {}
                8..12 => {
                    let error = decoder.decode(&frame.data, frame.timestamp).unwrap_err();
                    assert!(error.wants_keyframe(), "{codec}: {error}");
                }
                _ => {
                    let picture = decoder.decode(&frame.data, frame.timestamp).unwrap();
                    let read = pattern::read(&picture.unwrap());
                    assert_eq!(read, Some(counter as u16), "of {codec}");
                }
            }
        }
    }
}

#[test]
fn the_rate_is_held_and_so_is_a_new_one() {
    const RATES: [u32; 3] = [64_000, 48_000, 96_000];
    for codec in VideoCodec::ALL {
        let config = qcif(codec);
        let mut camera = Camera::new(&config);
        let mut encoder = VideoEncoder::new(config).unwrap();
        let mut rates = Vec::new();
        for (part, bits_per_second) in RATES.into_iter().enumerate() {
            encoder.set_rate(bits_per_second).unwrap();
            assert_eq!(encoder.config().bits_per_second, bits_per_second);
            let frames: Vec<EncodedFrame> = (0..150)
                .map(|index| part as u32 * 150 + index)
                .filter_map(|counter| {
                    encoder
                        .encode(
                            &camera.take_grainy(counter),
                            counter * INTERVAL,
                            ForceKeyframe::No,
                        )
                        .unwrap()
                })
                .collect();
            rates.push(mean_rate(&frames));
        }
        println!("{codec}: {rates:.0?} bit/s");
        for (rate, wanted) in rates.iter().zip(RATES.map(f64::from)) {
            assert!((rate / wanted - 1.0).abs() < 0.05, "{codec}: {rates:?}");
        }
        assert!(encoder.set_rate(100).is_err());
        assert_eq!(encoder.config().bits_per_second, RATES[2]);
    }
}

#[test]
fn the_temporal_reference_of_h263_follows_the_timestamps() {
    for codec in [VideoCodec::H263, VideoCodec::H263Plus] {
        let config = qcif(codec);
        let mut camera = Camera::new(&config);
        let mut encoder = VideoEncoder::new(config).unwrap();
        let mut decoder = VideoDecoder::new(codec).unwrap();
        let timestamps = [0, 6006, 12012, 30030, 36036, 900_900, 906_906];
        let references: Vec<u8> = timestamps
            .into_iter()
            .enumerate()
            .map(|(index, timestamp)| {
                let picture = camera.take(index as u32);
                let frame = encoder
                    .encode(&picture, timestamp, ForceKeyframe::No)
                    .unwrap()
                    .unwrap();
                let shown = decoder.decode(&frame.data, timestamp).unwrap().unwrap();
                assert_eq!(pattern::read(&shown), Some(index as u16));
                assert_eq!(frame.data[..2], [0, 0]);
                assert_eq!(frame.data[2] & 0xfc, 0x80, "a picture start code");
                frame.data[2] << 6 | frame.data[3] >> 2
            })
            .collect();
        assert_eq!(references, [0, 2, 4, 10, 12, 44, 46], "of {codec}");
    }
}

#[test]
fn h263_has_a_header_in_each_row_of_blocks_and_no_custom_clock() {
    for codec in [VideoCodec::H263, VideoCodec::H263Plus] {
        for frame in encode(qcif(codec), 20) {
            // Start codes of groups 1 to 8: sixteen zeros, a one, the group's number.
            let groups: Vec<u8> = frame
                .data
                .windows(3)
                .filter(|bytes| bytes[..2] == [0, 0] && bytes[2] & 0x80 != 0)
                .map(|bytes| bytes[2] >> 2 & 0x1f)
                .collect();
            assert_eq!(groups, [0, 1, 2, 3, 4, 5, 6, 7, 8], "of {codec}");
            if codec == VideoCodec::H263Plus {
                // Behind 22 bits of start code, 8 of reference and 5 of PTYPE: source format
                // "extended", then the update field 001, the format, and the custom clock's bit.
                let bits = u64::from_be_bytes(frame.data[..8].try_into().unwrap()) << 35;
                assert_eq!(bits >> 61, 0b111, "source format");
                assert_eq!(bits << 3 >> 61, 0b001, "extended update");
                assert_eq!(bits << 6 >> 61, 0b010, "QCIF");
                assert_eq!(bits << 9 >> 63, 0, "the standard picture clock");
            }
        }
    }
}

#[test]
fn h264_is_constrained_baseline_in_slices_that_fit_with_its_parameter_sets() {
    let config = EncoderConfig {
        bits_per_second: 128_000,
        ..qcif(VideoCodec::H264)
    };
    for frame in encode(config, 40) {
        let mut starts: Vec<usize> = frame
            .data
            .windows(3)
            .enumerate()
            .filter(|(_, bytes)| *bytes == [0, 0, 1])
            .map(|(at, _)| at + 3)
            .collect();
        let kinds: Vec<u8> = starts.iter().map(|at| frame.data[*at] & 0x1f).collect();
        if frame.keyframe {
            assert_eq!(kinds[..3], [7, 8, 5], "SPS, PPS, IDR");
            let profile = &frame.data[starts[0] + 1..starts[0] + 4];
            assert_eq!(profile[0], 66, "baseline");
            assert_eq!(profile[1] & 0b0100_0000, 0b0100_0000, "constrained");
            println!("profile-level-id {profile:02x?}");
        } else {
            assert!(kinds.iter().all(|kind| *kind == 1), "{kinds:?}");
        }
        starts.push(frame.data.len() + 3);
        for pair in starts.windows(2) {
            assert!(pair[1] - 3 - pair[0] <= 1100, "a slice of {pair:?}");
        }
    }
}

#[test]
fn a_decoder_follows_a_change_of_size() {
    for codec in VideoCodec::ALL {
        let mut decoder = VideoDecoder::new(codec).unwrap();
        for (width, height) in [(176, 144), (352, 288), (128, 96), (352, 288)] {
            let config = EncoderConfig {
                width,
                height,
                bits_per_second: 384_000,
                ..qcif(codec)
            };
            for frame in encode(config, 5) {
                let picture = decoder
                    .decode(&frame.data, frame.timestamp)
                    .unwrap()
                    .unwrap();
                assert_eq!((picture.width(), picture.height()), (width, height));
                let counter = (frame.timestamp / INTERVAL) as u16;
                // At 128x96 the pattern's sides are cut like a 4:3 picture's: not at all.
                assert_eq!(pattern::read(&picture), Some(counter), "{codec} {width}");
            }
        }
    }
}

#[test]
fn what_a_codec_cannot_do_is_refused_with_the_reason() {
    let cases = [
        (
            VideoCodec::H263,
            (320, 240),
            "H.263 cannot be encoded at 320x240",
        ),
        (
            VideoCodec::H263Plus,
            (178, 144),
            "H.263+ cannot be encoded at 178x144",
        ),
        (
            VideoCodec::Vp8,
            (175, 144),
            "VP8 cannot be encoded with an odd side: 175x144",
        ),
        (VideoCodec::H264, (4, 4), "H.264 cannot be encoded at 4x4"),
        (
            VideoCodec::H264,
            (4096, 2160),
            "H.264 cannot be encoded at 4096x2160",
        ),
    ];
    for (codec, (width, height), expected) in cases {
        let config = EncoderConfig {
            width,
            height,
            ..qcif(codec)
        };
        let error = VideoEncoder::new(config).err().unwrap();
        assert_eq!(error.to_string(), expected);
    }
    for config in [
        EncoderConfig {
            frames_per_second: 0,
            ..qcif(VideoCodec::Vp8)
        },
        EncoderConfig {
            bits_per_second: 0,
            ..qcif(VideoCodec::H263)
        },
        EncoderConfig {
            max_slice_bytes: 0,
            ..qcif(VideoCodec::H264)
        },
    ] {
        assert!(VideoEncoder::new(config).is_err(), "{config:?}");
    }
    let mut encoder = VideoEncoder::new(qcif(VideoCodec::H263)).unwrap();
    let other = Picture::black(352, 288).unwrap();
    assert!(matches!(
        encoder.encode(&other, 0, ForceKeyframe::No),
        Err(CodecError::OtherSize { .. })
    ));
}

#[test]
fn codecs_can_move_to_another_thread() {
    fn check<T: Send>() {}
    check::<VideoDecoder>();
    check::<VideoEncoder>();
    check::<media::transcode::Transcoder>();
}
