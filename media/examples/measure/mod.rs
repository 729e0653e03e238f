//! What the measurements share: names of codecs, clips, and the processor's time.

#![allow(dead_code, reason = "each example uses its part")]

use std::fs::{self, File};
use std::io::BufReader;

use media::codec::{EncoderConfig, ForceKeyframe, VideoCodec, VideoEncoder};
use media::payload::EncodedFrame;
use media::picture::{Picture, Plane};
use media::scale::Scaler;
use media::{pattern, y4m};

pub type Failure = Box<dyn std::error::Error>;

/// Codecs by the names that arguments and reports use.
pub const CODECS: [(&str, VideoCodec); 5] = [
    ("vp8", VideoCodec::Vp8),
    ("h264", VideoCodec::H264),
    ("h263", VideoCodec::H263),
    ("h263plus", VideoCodec::H263Plus),
    ("mpeg4", VideoCodec::Mpeg4),
];

pub fn codec(name: &str) -> Result<VideoCodec, Failure> {
    let found = CODECS.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, codec)| *codec)
        .ok_or_else(|| format!("no codec is called {name}").into())
}

pub fn size(text: &str) -> Result<(u32, u32), Failure> {
    let (width, height) = text.split_once('x').ok_or("a size is WIDTHxHEIGHT")?;
    Ok((width.parse()?, height.parse()?))
}

/// Pictures of one size.
pub struct Clip {
    pub pictures: Vec<Picture>,
}

impl Clip {
    /// The test pattern, counters from 0 on.
    pub fn pattern((width, height): (u32, u32), frames: u32) -> Result<Clip, Failure> {
        let draw = |number: u32| pattern::draw((number % 0x1_0000) as u16, "", width, height);
        let pictures: Result<Vec<Picture>, _> = (0..frames).map(draw).collect();
        Ok(Clip {
            pictures: pictures?,
        })
    }

    /// The same as a small sensor sees it in the dark: grain, which needs more bits than there are.
    pub fn grainy(size: (u32, u32), frames: u32) -> Result<Clip, Failure> {
        let mut clip = Clip::pattern(size, frames)?;
        let mut state = 1_u32;
        for picture in &mut clip.pictures {
            for sample in picture.plane_mut(Plane::Y) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *sample = sample.saturating_add((state >> 28) as u8);
            }
        }
        Ok(clip)
    }

    /// A Y4M file's pictures, fitted to the size, forwards and backwards until there are enough.
    pub fn of_file(path: &str, size: (u32, u32), frames: u32) -> Result<Clip, Failure> {
        let mut reader = y4m::Reader::new(BufReader::new(File::open(path)?))?;
        let mut scaler = Scaler::new(size.0, size.1)?;
        let mut pictures = Vec::new();
        while pictures.len() < frames as usize {
            match reader.read()? {
                Some(picture) => pictures.push(scaler.scale(&picture)?),
                None => break,
            }
        }
        let read = pictures.len();
        if read < 2 {
            return Err(format!("{path} has too few pictures").into());
        }
        for number in read..frames as usize {
            let at = number % (2 * read - 2);
            pictures.push(pictures[at.min(2 * read - 2 - at)].clone());
        }
        Ok(Clip { pictures })
    }

    /// The clip as its sender would encode it.
    pub fn encode(&self, config: EncoderConfig) -> Result<Vec<EncodedFrame>, Failure> {
        let mut encoder = VideoEncoder::new(config)?;
        let mut frames = Vec::new();
        for (number, picture) in self.pictures.iter().enumerate() {
            let timestamp = (number as u32).wrapping_mul(90_000 / config.frames_per_second);
            frames.extend(encoder.encode(picture, timestamp, ForceKeyframe::No)?);
        }
        Ok(frames)
    }
}

/// Processor time of this process in seconds: user and system, in all its threads.
///
/// The kernel counts nanoseconds on the run queue in `schedstat`; `stat` has hundredths only.
pub fn processor_seconds() -> Result<f64, Failure> {
    let mut nanoseconds = 0_u64;
    for task in fs::read_dir("/proc/self/task")? {
        let path = task?.path().join("schedstat");
        let text = fs::read_to_string(path)?;
        let first = text.split_whitespace().next().ok_or("an empty schedstat")?;
        nanoseconds += first.parse::<u64>()?;
    }
    Ok(nanoseconds as f64 / 1e9)
}
