//! How good the pictures are that come out of each pair of codecs, at the rates of a share.
//!
//! The sender's picture (QCIF at 15 pictures and 256 kbit/s) is decoded and encoded anew at 64 and
//! 128 kbit/s; what its viewer sees is compared with what its camera saw.
//!
//! `cargo run --release -p media --example quality -- --json`

mod measure;

use measure::{CODECS, Clip, Failure, processor_seconds, size};
use media::codec::{EncoderConfig, VideoCodec, VideoDecoder};
use media::quality::psnr_luma;
use media::transcode::Transcoder;

const USAGE: &str = "quality [--json] [--clip FILE.y4m] [--size 176x144] [--seconds 10]";
const FRAMES_PER_SECOND: u32 = 15;
const SENDERS_RATE: u32 = 256_000;
const VIEWERS_RATES: [u32; 2] = [64_000, 128_000];

struct Options {
    json: bool,
    clip: Option<String>,
    size: (u32, u32),
    seconds: u32,
}

/// What came of one pair at one rate.
struct Measured {
    clip: &'static str,
    from: &'static str,
    to: &'static str,
    rate: u32,
    psnr_db: f64,
    least_psnr_db: f64,
    frames_per_second: f64,
    bits_per_second: f64,
    cpu_ms_per_picture: f64,
}

fn main() -> Result<(), Failure> {
    let options = parse(std::env::args().skip(1))?;
    let frames = options.seconds * FRAMES_PER_SECOND;
    let clips = match &options.clip {
        None => vec![
            ("pattern", Clip::pattern(options.size, frames)?),
            ("grain", Clip::grainy(options.size, frames)?),
        ],
        Some(path) => vec![("file", Clip::of_file(path, options.size, frames)?)],
    };
    let mut all = Vec::new();
    for (name, clip) in &clips {
        for from in CODECS {
            for to in CODECS {
                for rate in VIEWERS_RATES {
                    let measured = measure_pair(clip, &options, (from, to), rate)?;
                    all.push(Measured {
                        clip: name,
                        ..measured
                    });
                }
            }
        }
    }
    if options.json {
        let rows: Vec<String> = all.iter().map(Measured::json).collect();
        println!("[{}]", rows.join(",\n "));
    } else {
        println!(
            "clip     from      to        kbit/s  got     PSNR dB (least)  pictures/s  CPU ms/picture"
        );
        all.iter().for_each(Measured::print);
    }
    Ok(())
}

fn measure_pair(
    clip: &Clip,
    options: &Options,
    (from, to): ((&'static str, VideoCodec), (&'static str, VideoCodec)),
    rate: u32,
) -> Result<Measured, Failure> {
    let (width, height) = options.size;
    let source = EncoderConfig {
        codec: from.1,
        width,
        height,
        frames_per_second: FRAMES_PER_SECOND,
        bits_per_second: SENDERS_RATE,
        max_slice_bytes: 1100,
    };
    let target = EncoderConfig {
        codec: to.1,
        bits_per_second: rate,
        ..source
    };
    let sent = clip.encode(source)?;
    let pictures = sent.len();
    let mut transcoder = Transcoder::new(source.codec, target)?;
    let mut given = Vec::new();
    let start = processor_seconds()?;
    for frame in sent {
        given.extend(transcoder.push(frame)?);
    }
    let spent = processor_seconds()? - start;
    let mut decoder = VideoDecoder::new(target.codec)?;
    let mut ratios = Vec::new();
    for frame in &given {
        let number = frame.timestamp / (90_000 / FRAMES_PER_SECOND);
        if let Some(shown) = decoder.decode(&frame.data, frame.timestamp)? {
            ratios.push(psnr_luma(&shown, &clip.pictures[number as usize]));
        }
    }
    let seconds = f64::from(options.seconds);
    let bits: usize = given.iter().map(|frame| frame.data.len() * 8).sum();
    Ok(Measured {
        clip: "",
        from: from.0,
        to: to.0,
        rate,
        psnr_db: ratios.iter().sum::<f64>() / ratios.len().max(1) as f64,
        least_psnr_db: ratios.iter().copied().fold(f64::INFINITY, f64::min),
        frames_per_second: ratios.len() as f64 / seconds,
        bits_per_second: bits as f64 / seconds,
        cpu_ms_per_picture: spent * 1000.0 / pictures.max(1) as f64,
    })
}

impl Measured {
    fn json(&self) -> String {
        format!(
            "{{\"clip\":\"{}\",\"from\":\"{}\",\"to\":\"{}\",\"target_bits_per_second\":{},\"psnr_db\":{:.2},\
             \"least_psnr_db\":{:.2},\"frames_per_second\":{:.2},\"bits_per_second\":{:.0},\
             \"cpu_ms_per_picture\":{:.3}}}",
            self.clip,
            self.from,
            self.to,
            self.rate,
            self.psnr_db,
            self.least_psnr_db,
            self.frames_per_second,
            self.bits_per_second,
            self.cpu_ms_per_picture,
        )
    }

    fn print(&self) {
        println!(
            "{:8} {:9} {:9} {:6}  {:6.1}  {:7.1} ({:5.1})  {:10.1}  {:14.2}",
            self.clip,
            self.from,
            self.to,
            self.rate / 1000,
            self.bits_per_second / 1000.0,
            self.psnr_db,
            self.least_psnr_db,
            self.frames_per_second,
            self.cpu_ms_per_picture,
        );
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, Failure> {
    let mut options = Options {
        json: false,
        clip: None,
        size: (176, 144),
        seconds: 10,
    };
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or(USAGE);
        match name.as_str() {
            "--json" => options.json = true,
            "--clip" => options.clip = Some(value()?),
            "--size" => options.size = size(&value()?)?,
            "--seconds" => options.seconds = value()?.parse::<u32>()?.max(1),
            _ => return Err(USAGE.into()),
        }
    }
    Ok(options)
}
