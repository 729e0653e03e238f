//! Shares whose codec changes on the way, each next to ffmpeg doing the same to the same pictures.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::passing::{Load, Stream, load};
use super::{Effort, row, systems};
use crate::bench::system::TESTED;
use crate::shell::{self, command, progress};
use crate::workspace::Workspace;

/// One way from a browser's codec to a handset's.
struct Chain {
    name: &'static str,
    web: &'static str,
    size: &'static str,
    encoder: &'static [&'static str],
    ending: &'static str,
}

const VP8: &[&str] = &["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"];
const H264: &[&str] = &[
    "-c:v",
    "libx264",
    "-profile:v",
    "baseline",
    "-preset",
    "veryfast",
    "-tune",
    "zerolatency",
    "-bsf:v",
    "h264_metadata=aud=insert",
];

const CHAINS: [Chain; 3] = [
    Chain {
        name: "VP8 640x480 to H.263 QCIF",
        web: "vp8",
        size: "640x480",
        encoder: VP8,
        ending: "ivf",
    },
    Chain {
        name: "VP8 176x144 to H.263 QCIF",
        web: "vp8",
        size: "176x144",
        encoder: VP8,
        ending: "ivf",
    },
    Chain {
        name: "H.264 640x480 to H.263 QCIF",
        web: "h264",
        size: "640x480",
        encoder: H264,
        ending: "h264",
    },
];

const CLIP_SECONDS: u32 = 10;
const PICTURES_PER_SECOND: u32 = 15;

pub fn measure(workspace: &Workspace, folder: &Path, effort: Effort) -> Result<Value> {
    let mut chains = Vec::new();
    for chain in &CHAINS {
        progress(format!("transcoding: {}", chain.name));
        let clip = clip(folder, chain)?;
        let bare = row("ffmpeg", ffmpeg(folder, &clip));
        let gateway = row(chain.name, shares(workspace, folder, chain, &clip, effort));
        let ratio = ratio(&gateway, &bare);
        chains.push(json!({
            "chain": chain.name,
            "gateway": gateway,
            "ffmpeg": bare,
            "ratio": ratio,
        }));
    }
    Ok(json!({
        "chains": chains,
        "pictures_per_second": PICTURES_PER_SECOND,
    }))
}

/// A moving picture as a browser would encode it.
fn clip(folder: &Path, chain: &Chain) -> Result<PathBuf> {
    let file = folder.join(format!("{}-{}.{}", chain.web, chain.size, chain.ending));
    let rate = if chain.size == "640x480" {
        "800k"
    } else {
        "200k"
    };
    let mut ffmpeg = command("ffmpeg", folder);
    ffmpeg.args(["-y", "-loglevel", "error", "-f", "lavfi", "-i"]);
    ffmpeg.arg(format!(
        "testsrc2=size={}:rate={PICTURES_PER_SECOND}",
        chain.size
    ));
    ffmpeg.args(["-t", &CLIP_SECONDS.to_string(), "-pix_fmt", "yuv420p"]);
    ffmpeg
        .args(chain.encoder)
        .args(["-b:v", rate, "-g", "45"])
        .arg(&file);
    shell::read(&mut ffmpeg).context("making a clip")?;
    Ok(file)
}

/// The same crop, scale and rate, as fast as it goes, on the same core.
fn ffmpeg(folder: &Path, clip: &Path) -> Result<Value> {
    const ROUNDS: u32 = 6;
    let mut ffmpeg = command("taskset", folder);
    ffmpeg.args([
        "-c",
        TESTED,
        "ffmpeg",
        "-nostdin",
        "-hide_banner",
        "-benchmark",
    ]);
    ffmpeg.args(["-threads", "1", "-stream_loop", &(ROUNDS - 1).to_string()]);
    ffmpeg
        .args(["-r", &PICTURES_PER_SECOND.to_string(), "-i"])
        .arg(clip);
    ffmpeg.args([
        "-vf",
        "crop=min(iw\\,ih*11/9):min(ih\\,iw*9/11),scale=176:144",
    ]);
    ffmpeg.args(["-c:v", "h263", "-threads", "1", "-b:v", "64k", "-g", "45"]);
    // As ours goes to its packetizer: to a writer that keeps nothing.
    ffmpeg.args(["-f", "rawvideo", "/dev/null", "-y"]);
    let output = ffmpeg.output().context("ffmpeg")?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "ffmpeg: {said}");
    let spent = spent(&said).with_context(|| format!("ffmpeg did not say what it took: {said}"))?;
    Ok(share(spent / f64::from(CLIP_SECONDS * ROUNDS) * 100.0))
}

/// User and system seconds of ffmpeg's `bench:` line.
fn spent(said: &str) -> Option<f64> {
    let line = said
        .lines()
        .find(|line| line.starts_with("bench: utime="))?;
    let value = |name: &str| -> Option<f64> {
        let text = line.split(name).nth(1)?.split('s').next()?;
        text.parse().ok()
    };
    Some(value("utime=")? + value("stime=")?)
}

fn shares(
    workspace: &Workspace,
    folder: &Path,
    chain: &Chain,
    clip: &Path,
    effort: Effort,
) -> Result<Value> {
    let (calls, seconds) = match effort {
        Effort::Full => (8, 30),
        Effort::Quick => (2, 5),
    };
    let tested = systems::sidecam(workspace, folder, calls)?;
    let wanted = Load {
        calls,
        seconds,
        stream: Stream::Recorded {
            file: clip.to_owned(),
            web: chain.web,
            plain: "h263",
        },
    };
    let report = load(workspace, folder, &tested, &wanted);
    tested.service.stop();
    let report = report?;
    let figures = &report["rates"][0];
    let percent = figures["cpu_percent_of_core"]
        .as_f64()
        .context("no processor time")?;
    let mut share = share(percent / calls as f64);
    share["shares"] = json!(calls);
    share["pictures_per_second"] = figures["pictures_per_second_and_call"].clone();
    share["bytes_a_call"] = report["bytes_a_call"].clone();
    Ok(share)
}

fn share(percent: f64) -> Value {
    json!({
        "cpu_percent_of_core": (percent * 100.0).round() / 100.0,
        "shares_per_core": (100.0 / percent.max(0.001)).floor(),
    })
}

fn ratio(gateway: &Value, bare: &Value) -> Option<f64> {
    let gateway = gateway["cpu_percent_of_core"].as_f64()?;
    let bare = bare["cpu_percent_of_core"]
        .as_f64()
        .filter(|percent| *percent > 0.0)?;
    Some((gateway / bare * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ffmpegs_time_is_user_and_system() {
        let said = "frame=1\nbench: utime=1.250s stime=0.250s rtime=9.000s\nbench: maxrss=1kB\n";
        assert_eq!(spent(said), Some(1.5));
        assert_eq!(spent("nothing"), None);
    }

    #[test]
    fn a_failed_row_has_no_ratio() {
        assert_eq!(ratio(&share(2.2), &share(2.0)), Some(1.1));
        assert_eq!(ratio(&json!({ "error": "no" }), &share(2.0)), None);
    }
}
