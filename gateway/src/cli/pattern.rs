//! `sidecam pattern`: writes the test pattern for a fake camera, and scores a picture of it.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Context;
use clap::{Args, Subcommand};
use media::pattern;
use media::picture::Picture;
use media::y4m::{FrameRate, Header, Writer};
use serde_json::json;

#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write frames of the pattern, counted from 0, as a Y4M file.
    Write {
        file: PathBuf,
        #[arg(long, default_value = "640x480")]
        size: Size,
        /// Frames a second.
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=120))]
        fps: u32,
        #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..=65536))]
        frames: u32,
    },
    /// Read the frame counter of a raw RGBA picture and compare it with that frame.
    Score {
        /// Width times height times four bytes.
        #[arg(long)]
        rgba: PathBuf,
        #[arg(long)]
        size: Size,
        /// Size of the pattern before it was cropped and scaled.
        #[arg(long, default_value = "640x480")]
        source: Size,
    },
}

/// Width and height in pixels, written as 640x480.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    width: u32,
    height: u32,
}

impl FromStr for Size {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text
            .split_once('x')
            .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        let Some((width, height)) = numbers else {
            return Err("write a size as 640x480");
        };
        Ok(Size { width, height })
    }
}

pub fn run(options: Options) -> anyhow::Result<ExitCode> {
    match options.command {
        Command::Write {
            file,
            size,
            fps,
            frames,
        } => write(&file, size, fps, frames),
        Command::Score { rgba, size, source } => score(&rgba, size, source),
    }
}

fn write(path: &PathBuf, size: Size, fps: u32, frames: u32) -> anyhow::Result<ExitCode> {
    let file =
        File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    let header = Header {
        width: size.width,
        height: size.height,
        rate: FrameRate::whole(fps),
    };
    let mut writer = Writer::new(BufWriter::new(file), header)?;
    for counter in (0..=u16::MAX).take(frames as usize) {
        writer.write(&pattern::draw(counter, "", size.width, size.height)?)?;
    }
    writer.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Prints one line of JSON; fails when the picture shows no counter.
fn score(path: &PathBuf, size: Size, source: Size) -> anyhow::Result<ExitCode> {
    let rgba = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let picture = Picture::from_rgba(size.width, size.height, &rgba)?;
    match pattern::score(&picture, source.width, source.height) {
        Some(score) => {
            println!(
                "{}",
                json!({ "counter": score.counter, "psnr_db": score.psnr_db })
            );
            Ok(ExitCode::SUCCESS)
        }
        None => {
            println!("{}", json!({ "counter": null, "psnr_db": null }));
            Ok(ExitCode::FAILURE)
        }
    }
}
