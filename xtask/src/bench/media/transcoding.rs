//! Shares whose codec changes on the way, each next to ffmpeg doing the same to the same pictures.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::passing::{Load, Stream, load};
use super::{Effort, live, row, systems};
use crate::bench::system::TESTED;
use crate::shell::{self, command, progress};
use crate::workspace::Workspace;

/// One way from a codec to another.
pub struct Chain {
    name: &'static str,
    /// What the browser sends, or is sent.
    pub web: &'static str,
    /// Who sends: `browsers` or `plain`.
    pub from: &'static str,
    pub size: &'static str,
    /// How ffmpeg makes the clip.
    makes: &'static [&'static str],
    ending: &'static str,
    /// How ffmpeg decodes it; as we do.
    pub decodes: &'static str,
    /// How ffmpeg encodes what comes out; as we do.
    encodes: &'static [&'static str],
    /// The codecs as `media/examples/chain` names them.
    bare: (&'static str, &'static str),
}

const VP8: &[&str] = &[
    "-c:v",
    "libvpx",
    "-deadline",
    "realtime",
    "-cpu-used",
    "8",
    "-g",
    "45",
    "-b:v",
];
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
    "-g",
    "45",
    "-b:v",
];
const H263: &[&str] = &["-c:v", "h263", "-ps", "1", "-g", "45", "-f", "h263", "-b:v"];
const TO_H263: &[&str] = &[
    "-c:v", "h263", "-ps", "1", "-mb_info", "200", "-qmin", "5", "-g", "132", "-b:v", "64k",
];
const TO_VP8: &[&str] = &[
    "-c:v",
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
    "-qmin",
    "4",
    "-qmax",
    "56",
    "-g",
    "132",
    "-b:v",
    "400k",
];

const CHAINS: [Chain; 4] = [
    Chain {
        name: "VP8 640x480 to H.263 QCIF",
        web: "vp8",
        from: "browsers",
        size: "640x480",
        makes: VP8,
        ending: "ivf",
        decodes: "libvpx",
        encodes: TO_H263,
        bare: ("vp8", "h263"),
    },
    Chain {
        name: "VP8 176x144 to H.263 QCIF",
        web: "vp8",
        from: "browsers",
        size: "176x144",
        makes: VP8,
        ending: "ivf",
        decodes: "libvpx",
        encodes: TO_H263,
        bare: ("vp8", "h263"),
    },
    Chain {
        name: "H.264 640x480 to H.263 QCIF",
        web: "h264",
        from: "browsers",
        size: "640x480",
        makes: H264,
        ending: "h264",
        decodes: "h264",
        encodes: TO_H263,
        bare: ("h264", "h263"),
    },
    Chain {
        name: "H.263 QCIF to VP8 176x144",
        web: "vp8",
        from: "plain",
        size: "176x144",
        makes: H263,
        ending: "h263",
        decodes: "h263",
        encodes: TO_VP8,
        bare: ("h263", "vp8"),
    },
];

const CLIP_SECONDS: u32 = 10;
pub const PICTURES_PER_SECOND: u32 = 15;

pub fn measure(workspace: &Workspace, folder: &Path, effort: Effort) -> Result<Value> {
    let mut chains = Vec::new();
    for chain in &CHAINS {
        progress(format!("transcoding: {}", chain.name));
        let clip = clip(folder, chain)?;
        let ffmpeg = row("ffmpeg", ffmpeg(folder, chain, &clip));
        let gateway = row(chain.name, shares(workspace, folder, chain, &clip, effort));
        let bare = row("the bare chain", bare(workspace, chain));
        let paced = row(
            "ffmpeg at a camera's pace",
            live::bare(folder, chain, effort),
        );
        let live = row("ffmpeg with RTP", live::in_place(folder, chain, effort));
        chains.push(json!({
            "chain": chain.name,
            "ratio": ratio(&gateway, &ffmpeg),
            "ratio_paced": ratio(&gateway, &paced),
            "ratio_live": ratio(&gateway, &live),
            "gateway": gateway,
            "ffmpeg": ffmpeg,
            "ffmpeg_paced": paced,
            "ffmpeg_live": live,
            "bare_chain": bare,
        }));
    }
    Ok(json!({
        "chains": chains,
        "shares": load_of(effort).0,
        "pictures_per_second": PICTURES_PER_SECOND,
    }))
}

/// A moving picture as its sender would encode it.
fn clip(folder: &Path, chain: &Chain) -> Result<PathBuf> {
    let file = folder.join(format!("{}-{}.{}", chain.from, chain.size, chain.ending));
    shell::read(chain.making(folder, CLIP_SECONDS).arg(&file)).context("making a clip")?;
    Ok(file)
}

impl Chain {
    /// An ffmpeg that makes the clip; where to is to be added.
    pub fn making(&self, folder: &Path, seconds: u32) -> Command {
        let rate = match (self.from, self.size) {
            ("plain", _) => "64k",
            (_, "640x480") => "800k",
            (_, _) => "200k",
        };
        let mut ffmpeg = command("ffmpeg", folder);
        ffmpeg.args(["-y", "-loglevel", "error", "-f", "lavfi", "-i"]);
        ffmpeg.arg(format!(
            "testsrc2=size={}:rate={PICTURES_PER_SECOND}",
            self.size
        ));
        ffmpeg.args(["-t", &seconds.to_string(), "-pix_fmt", "yuv420p"]);
        ffmpeg.args(self.makes).arg(rate);
        ffmpeg
    }

    /// How ffmpeg reads what comes, which is to follow.
    pub fn decoding(&self, ffmpeg: &mut Command) {
        ffmpeg.args(["-threads", "1", "-filter_threads", "1"]);
        ffmpeg.args(["-flags", "low_delay", "-c:v", self.decodes]);
    }

    /// The same crop, size, encoder and rate as ours.
    pub fn fitting_and_encoding(&self, ffmpeg: &mut Command) {
        let fit = "crop=min(iw\\,ih*11/9):min(ih\\,iw*9/11),scale=176:144:flags=area";
        ffmpeg.args(["-vf", fit, "-threads", "1"]);
        ffmpeg.args(self.encodes);
    }
}

/// The same decoder, crop, size, encoder and rate, as fast as it goes, on the same core.
fn ffmpeg(folder: &Path, chain: &Chain, clip: &Path) -> Result<Value> {
    let mut ffmpeg = command("taskset", folder);
    ffmpeg.args(["-c", TESTED, "ffmpeg", "-nostdin", "-hide_banner"]);
    ffmpeg.arg("-benchmark");
    // Only files of pictures without a container say nothing of their rate.
    if chain.ending != "ivf" {
        ffmpeg.args(["-framerate", &PICTURES_PER_SECOND.to_string()]);
    }
    chain.decoding(&mut ffmpeg);
    ffmpeg.arg("-i").arg(clip);
    chain.fitting_and_encoding(&mut ffmpeg);
    ffmpeg.args(["-f", "null", "-"]);
    let output = ffmpeg.output().context("ffmpeg")?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "ffmpeg: {said}");
    let (spent, pictures) =
        spent(&said).with_context(|| format!("ffmpeg did not say what it took: {said}"))?;
    let seconds = pictures / f64::from(PICTURES_PER_SECOND);
    Ok(share(spent / seconds * 100.0))
}

/// Our own chain with nothing around it, and an ffmpeg that is fed the same pictures.
fn bare(workspace: &Workspace, chain: &Chain) -> Result<Value> {
    let mut cargo = workspace.cargo();
    cargo.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "media",
        "--example",
        "chain",
        "--",
    ]);
    cargo.args([
        "--from",
        chain.bare.0,
        "--to",
        chain.bare.1,
        "--size",
        chain.size,
    ]);
    cargo.args(["--target", "176x144", "--rounds", "3", "--beside", "ffmpeg"]);
    cargo.args(match chain.from {
        "plain" => ["--source-rate", "64000", "--rate", "400000"],
        _ => ["--source-rate", "800000", "--rate", "64000"],
    });
    let said = shell::read(&mut cargo)?;
    serde_json::from_str(&said).with_context(|| format!("the bare chain said: {said}"))
}

/// User and system seconds of ffmpeg's `bench:` line, and how many pictures they were for.
fn spent(said: &str) -> Option<(f64, f64)> {
    let line = said
        .lines()
        .find(|line| line.starts_with("bench: utime="))?;
    let value = |name: &str| -> Option<f64> {
        let text = line.split(name).nth(1)?.split('s').next()?;
        text.parse().ok()
    };
    let pictures = said.rsplit("frame=").next()?.split_whitespace().next()?;
    Some((value("utime=")? + value("stime=")?, pictures.parse().ok()?))
}

/// How many shares at once, and for how many seconds: as many as fill most of a core, whose caches are not
/// any one's then.
pub fn load_of(effort: Effort) -> (usize, u32) {
    match effort {
        Effort::Full => (20, 30),
        Effort::Quick => (2, 5),
    }
}

fn shares(
    workspace: &Workspace,
    folder: &Path,
    chain: &Chain,
    clip: &Path,
    effort: Effort,
) -> Result<Value> {
    let (calls, seconds) = load_of(effort);
    let tested = systems::sidecam(workspace, folder, calls)?;
    let wanted = Load {
        calls,
        seconds,
        stream: Stream::Recorded {
            file: clip.to_owned(),
            web: chain.web,
            plain: "h263",
            from: chain.from,
        },
    };
    let report = load(workspace, folder, &tested, &wanted);
    tested.service.stop();
    let report = report?;
    let figures = &report["rates"][0];
    let percent = figures["cpu_percent_of_core"]
        .as_f64()
        .context("no processor time")?;
    let pictures = figures["pictures_per_second_and_call"]
        .as_f64()
        .unwrap_or(0.0);
    // A share that does not flow costs nothing, and says nothing.
    anyhow::ensure!(
        pictures >= f64::from(PICTURES_PER_SECOND) / 2.0,
        "only {pictures} pictures a second arrived"
    );
    let mut share = share(percent / calls as f64);
    share["shares"] = json!(calls);
    share["pictures_per_second"] = figures["pictures_per_second_and_call"].clone();
    share["bytes_a_call"] = report["bytes_a_call"].clone();
    share["alone"] = report["alone"].clone();
    Ok(share)
}

pub fn share(percent: f64) -> Value {
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
        let said = "frame=   75 fps=1\rframe=  150 fps=0.0\n\
             bench: utime=1.250s stime=0.250s rtime=9.000s\nbench: maxrss=1kB\n";
        assert_eq!(spent(said), Some((1.5, 150.0)));
        assert_eq!(spent("nothing"), None);
    }

    #[test]
    fn a_failed_row_has_no_ratio() {
        assert_eq!(ratio(&share(2.2), &share(2.0)), Some(1.1));
        assert_eq!(ratio(&json!({ "error": "no" }), &share(2.0)), None);
    }
}
