//! The bare chain of a transcoded share: decode, fit, encode, and nothing around it.
//!
//! It prints one JSON object with the processor time that the chain took, as the measure for what
//! a gateway adds to it:
//!
//! `cargo run --release -p media --example chain -- --from vp8 --to h263 --seconds 20`

mod ffmpeg;
mod measure;

use std::fmt::Write as _;

use measure::{Clip, Failure, codec, processor_seconds, size};
use media::codec::{EncoderConfig, VideoCodec, VideoDecoder};
use media::pattern;
use media::payload::EncodedFrame;
use media::transcode::Transcoder;

const USAGE: &str = "chain [--from CODEC] [--to CODEC] [--size 640x480] [--target 176x144] \
    [--fps 15] [--rate 64000] [--source-rate 800000] [--seconds 20] [--rounds 1] \
    [--beside ffmpeg]; CODEC is \
    h263, h263plus, h264, mpeg4 or vp8";

struct Options {
    source: EncoderConfig,
    target: EncoderConfig,
    seconds: u32,
    /// Measure a bare FFmpeg process that does the same.
    beside_ffmpeg: bool,
    rounds: u32,
}

fn main() -> Result<(), Failure> {
    let options = parse(std::env::args().skip(1))?;
    let size = (options.source.width, options.source.height);
    let clip = Clip::pattern(size, options.seconds * options.source.frames_per_second)?;
    let frames = clip.encode(options.source)?;
    let count = frames.len();
    // The least of several rounds: what else the machine does only adds.
    let (mut spent, mut others) = (f64::INFINITY, None);
    let mut given = Vec::new();
    for _ in 0..options.rounds {
        let mut transcoder = Transcoder::new(options.source.codec, options.target)?;
        given.clear();
        let pictures = frames.clone();
        let start = processor_seconds()?;
        for frame in pictures {
            given.extend(transcoder.push(frame)?);
        }
        spent = spent.min(processor_seconds()? - start);
        if options.beside_ffmpeg {
            let theirs = ffmpeg::processor_seconds(&frames, &options.source, &options.target)?;
            others = Some(theirs.min(others.unwrap_or(f64::INFINITY)));
        }
    }

    println!("{}", report(&options, count, (spent, others), &given)?);
    Ok(())
}

fn report(
    options: &Options,
    count: usize,
    (spent, others): (f64, Option<f64>),
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
         \"cpu_ms_per_frame\":{:.3},\"cpu_percent_of_core\":{:.2},\
         \"shares_per_core\":{:.0}",
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
        seconds / spent,
    )?;
    if let Some(others) = others {
        write!(
            json,
            ",\"ffmpeg_cpu_ms_per_frame\":{:.3},\"cpu_against_ffmpeg\":{:.2}",
            others * 1000.0 / count.max(1) as f64,
            spent / others,
        )?;
    }
    json.push('}');
    Ok(json)
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
    let mut beside_ffmpeg = false;
    let mut rounds = 1;
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
            "--rounds" => rounds = value.parse::<u32>()?.max(1),
            "--beside" if value == "ffmpeg" => beside_ffmpeg = true,
            _ => return Err(USAGE.into()),
        }
    }
    target.frames_per_second = source.frames_per_second;
    Ok(Options {
        source,
        target,
        seconds,
        beside_ffmpeg,
        rounds,
    })
}
