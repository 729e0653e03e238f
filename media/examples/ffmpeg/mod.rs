//! The same chain in a bare FFmpeg process: the same decoder, crop, size, encoder and rate.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use media::codec::{EncoderConfig, VideoCodec};
use media::payload::EncodedFrame;
use media::scale::fit;

use super::measure::Failure;

/// Seconds of the processor that FFmpeg took from its first picture to its last: its start is not
/// counted, as ours is not.
pub fn processor_seconds(
    frames: &[EncodedFrame],
    source: &EncoderConfig,
    target: &EncoderConfig,
) -> Result<f64, Failure> {
    let path = std::env::temp_dir().join(format!("sidecam-chain-{}.ivf", std::process::id()));
    write_ivf(&path, frames, source)?;
    let measured = run(&path, source, target);
    std::fs::remove_file(&path)?;
    measured
}

fn run(path: &Path, source: &EncoderConfig, target: &EncoderConfig) -> Result<f64, Failure> {
    let decoder = match source.codec {
        VideoCodec::Vp8 => "libvpx",
        VideoCodec::H263 | VideoCodec::H263Plus => "h263",
        VideoCodec::H264 => "h264",
        VideoCodec::Mpeg4 => "mpeg4",
    };
    let encoder: &[&str] = match target.codec {
        VideoCodec::Vp8 => &[
            "libvpx",
            "-deadline",
            "realtime",
            "-cpu-used",
            "-6",
            "-static-thresh",
            "1",
            "-lag-in-frames",
            "0",
            "-auto-alt-ref",
            "0",
            "-max-intra-rate",
            "300",
            "-qmin",
            "4",
            "-qmax",
            "56",
        ],
        VideoCodec::H263 => &[
            "h263", "-ps", "1", "-mb_info", "200", "-qmin", "5", "-g", "132",
        ],
        VideoCodec::H263Plus => &["h263p", "-ps", "1", "-qmin", "5", "-g", "132"],
        VideoCodec::Mpeg4 => &["mpeg4", "-ps", "800", "-qmin", "3", "-g", "132"],
        VideoCodec::H264 => return Err("FFmpeg has no openh264 to compare with".into()),
    };
    let placed = fit((source.width, source.height), (target.width, target.height));
    let crop = placed.crop;
    let filters = format!(
        "crop={}:{}:{}:{},scale={}:{}:flags=area",
        crop.width, crop.height, crop.left, crop.top, target.width, target.height
    );
    let rate = target.bits_per_second.to_string();
    let output = Command::new("ffmpeg")
        .args([
            "-v",
            "info",
            "-benchmark",
            "-threads",
            "1",
            "-filter_threads",
            "1",
        ])
        .args(["-flags", "low_delay", "-c:v", decoder, "-i"])
        .arg(path)
        .args(["-vf", &filters, "-threads", "1", "-c:v"])
        .args(encoder)
        .args(["-b:v", &rate, "-f", "null", "-"])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let time = |name: &str| {
        let (_, rest) = said.split_once(name)?;
        rest.split('s').next()?.parse::<f64>().ok()
    };
    match (output.status.success(), time("utime="), time("stime=")) {
        (true, Some(user), Some(system)) => Ok(user + system),
        (_, _, _) => Err(format!("ffmpeg did not measure itself: {said}").into()),
    }
}

/// A container that holds pictures of any codec, one a frame.
fn write_ivf(path: &Path, frames: &[EncodedFrame], source: &EncoderConfig) -> Result<(), Failure> {
    let name = match source.codec {
        VideoCodec::Vp8 => b"VP80",
        VideoCodec::H263 | VideoCodec::H263Plus => b"H263",
        VideoCodec::H264 => b"H264",
        VideoCodec::Mpeg4 => b"MP4V",
    };
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    file.write_all(b"DKIF\0\0\x20\0")?;
    file.write_all(name)?;
    file.write_all(&(source.width as u16).to_le_bytes())?;
    file.write_all(&(source.height as u16).to_le_bytes())?;
    file.write_all(&source.frames_per_second.to_le_bytes())?;
    file.write_all(&1_u32.to_le_bytes())?;
    file.write_all(&(frames.len() as u32).to_le_bytes())?;
    file.write_all(&[0; 4])?;
    for (number, frame) in frames.iter().enumerate() {
        file.write_all(&(frame.data.len() as u32).to_le_bytes())?;
        file.write_all(&(number as u64).to_le_bytes())?;
        file.write_all(&frame.data)?;
    }
    file.flush()?;
    Ok(())
}
