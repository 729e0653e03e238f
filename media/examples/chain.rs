//! The bare chain of a transcoded share: decode, fit, encode, and nothing around it.
//!
//! It prints one JSON object with the processor time that the chain took, as the measure for what
//! a gateway adds to it:
//!
//! `cargo run --release -p media --example chain -- --from vp8 --to h263 --seconds 20`

use std::fmt::Write as _;
use std::fs;

use media::codec::{EncoderConfig, ForceKeyframe, VideoCodec, VideoDecoder, VideoEncoder};
use media::pattern;
use media::payload::EncodedFrame;
use media::transcode::Transcoder;

const USAGE: &str = "chain [--from CODEC] [--to CODEC] [--size 640x480] [--target 176x144] \
    [--fps 15] [--rate 64000] [--source-rate 800000] [--seconds 20]; CODEC is h263, h263plus, \
    h264 or vp8";

type Failure = Box<dyn std::error::Error>;

struct Options {
    source: EncoderConfig,
    target: EncoderConfig,
    seconds: u32,
}

fn main() -> Result<(), Failure> {
    let options = parse(std::env::args().skip(1))?;
    let frames = source(&options)?;
    let count = frames.len();
    let mut transcoder = Transcoder::new(options.source.codec, options.target)?;
    let mut given = Vec::with_capacity(count);

    let start = processor_seconds()?;
    for frame in frames {
        given.extend(transcoder.push(frame)?);
    }
    let spent = processor_seconds()? - start;

    println!("{}", report(&options, count, spent, &given)?);
    Ok(())
}

/// The pattern as a browser would send it.
fn source(options: &Options) -> Result<Vec<EncodedFrame>, Failure> {
    let config = options.source;
    let mut encoder = VideoEncoder::new(config)?;
    let mut frames = Vec::new();
    for number in 0..options.seconds * config.frames_per_second {
        let counter = (number % 0x1_0000) as u16;
        let picture = pattern::draw(counter, "", config.width, config.height)?;
        let timestamp = number.wrapping_mul(90_000 / config.frames_per_second);
        frames.extend(encoder.encode(&picture, timestamp, ForceKeyframe::No)?);
    }
    Ok(frames)
}

fn report(
    options: &Options,
    count: usize,
    spent: f64,
    given: &[EncodedFrame],
) -> Result<String, Failure> {
    let (source, target) = (options.source, options.target);
    let mut decoder = VideoDecoder::new(target.codec)?;
    let (mut right, mut psnr_sum) = (0_u32, 0.0);
    for frame in given {
        let Some(picture) = decoder.decode(&frame.data, frame.timestamp)? else {
            continue;
        };
        if let Some(score) = pattern::score(&picture, source.width, source.height) {
            right += 1;
            psnr_sum += score.psnr_db;
        }
    }
    let seconds = f64::from(options.seconds);
    let bits: usize = given.iter().map(|frame| frame.data.len() * 8).sum();
    let mut json = String::new();
    write!(
        json,
        "{{\"from\":\"{} {}x{}\",\"to\":\"{} {}x{}\",\"frames_per_second\":{},\
         \"frames_in\":{count},\"frames_out\":{},\"frames_right\":{right},\
         \"psnr_db\":{:.1},\"bits_per_second\":{:.0},\
         \"cpu_ms_per_frame\":{:.3},\"cpu_percent_of_core\":{:.2}}}",
        source.codec,
        source.width,
        source.height,
        target.codec,
        target.width,
        target.height,
        source.frames_per_second,
        given.len(),
        psnr_sum / f64::from(right.max(1)),
        bits as f64 / seconds,
        spent * 1000.0 / count.max(1) as f64,
        spent / seconds * 100.0,
    )?;
    Ok(json)
}

/// Processor time of this process in seconds: user and system, in all its threads.
///
/// The kernel counts nanoseconds on the run queue in `schedstat`; `stat` has hundredths only.
fn processor_seconds() -> Result<f64, Failure> {
    let mut nanoseconds = 0_u64;
    for task in fs::read_dir("/proc/self/task")? {
        let path = task?.path().join("schedstat");
        let text = fs::read_to_string(path)?;
        let first = text.split_whitespace().next().ok_or("an empty schedstat")?;
        nanoseconds += first.parse::<u64>()?;
    }
    Ok(nanoseconds as f64 / 1e9)
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, Failure> {
    let mut source = EncoderConfig {
        codec: VideoCodec::Vp8,
        width: 640,
        height: 480,
        frames_per_second: 15,
        bits_per_second: 800_000,
        max_slice_bytes: 1100,
    };
    let mut target = EncoderConfig {
        codec: VideoCodec::H263,
        width: 176,
        height: 144,
        bits_per_second: 64_000,
        ..source
    };
    let mut seconds = 20;
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match name.as_str() {
            "--from" => source.codec = codec(&value)?,
            "--to" => target.codec = codec(&value)?,
            "--size" => (source.width, source.height) = size(&value)?,
            "--target" => (target.width, target.height) = size(&value)?,
            "--fps" => source.frames_per_second = value.parse()?,
            "--rate" => target.bits_per_second = value.parse()?,
            "--source-rate" => source.bits_per_second = value.parse()?,
            "--seconds" => seconds = value.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    target.frames_per_second = source.frames_per_second;
    Ok(Options {
        source,
        target,
        seconds,
    })
}

fn codec(name: &str) -> Result<VideoCodec, Failure> {
    match name {
        "h263" => Ok(VideoCodec::H263),
        "h263plus" => Ok(VideoCodec::H263Plus),
        "h264" => Ok(VideoCodec::H264),
        "vp8" => Ok(VideoCodec::Vp8),
        _ => Err(USAGE.into()),
    }
}

fn size(text: &str) -> Result<(u32, u32), Failure> {
    let (width, height) = text.split_once('x').ok_or(USAGE)?;
    Ok((width.parse()?, height.parse()?))
}
