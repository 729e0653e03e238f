//! `cargo xtask bench soak`: many shares for a long time, and what is left of them afterwards.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::media::{Load, Stream, load, sidecam};
use crate::build;
use crate::shell::{self, command, progress};
use crate::workspace::Workspace;

/// How many, of how long.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub shares: usize,
    /// Of these with another codec for the handset.
    pub transcoded: usize,
    pub minutes: u64,
}

/// Holds the shares; an error when something grew or was not given back.
pub fn run(workspace: &Workspace, size: Size, as_json: bool) -> Result<()> {
    build::gateway(workspace)?;
    build::load_with_media(workspace)?;
    let folder = workspace.run_folder("soak")?;
    let outcome = measure(workspace, &folder, size);
    std::fs::remove_dir_all(&folder).ok();
    let report = outcome?;
    match as_json {
        true => println!("{report}"),
        false => print(&report),
    }
    match report["passed"] == true {
        true => Ok(()),
        false => bail!("the soak found: {}", report["complaints"]),
    }
}

fn measure(workspace: &Workspace, folder: &Path, size: Size) -> Result<Value> {
    progress(format!(
        "{} shares for {} minutes, {} of them transcoded",
        size.shares, size.minutes, size.transcoded
    ));
    let tested = sidecam(workspace, folder, size.shares)?;
    let wanted = Load {
        calls: size.shares,
        seconds: 10,
        stream: Stream::Soak {
            file: clip(folder)?,
            transcoded: size.transcoded,
            minutes: size.minutes,
        },
    };
    let report = load(workspace, folder, &tested, &wanted);
    tested.service.stop();
    report
}

/// QCIF at a handset's rate, in slices that fit a packet.
fn clip(folder: &Path) -> Result<PathBuf> {
    let file = folder.join("soak.h264");
    let mut ffmpeg = command("ffmpeg", folder);
    ffmpeg.args(["-y", "-loglevel", "error", "-f", "lavfi"]);
    ffmpeg.args([
        "-i",
        "testsrc2=size=176x144:rate=15",
        "-t",
        "20",
        "-pix_fmt",
        "yuv420p",
    ]);
    ffmpeg.args([
        "-c:v",
        "libx264",
        "-profile:v",
        "baseline",
        "-tune",
        "zerolatency",
    ]);
    ffmpeg.args([
        "-b:v",
        "100k",
        "-g",
        "45",
        "-bsf:v",
        "h264_metadata=aud=insert",
    ]);
    shell::read(ffmpeg.arg(&file)).context("making a clip")?;
    Ok(file)
}

fn print(report: &Value) {
    println!(
        "\n{} shares for {} minutes, {} of them transcoded",
        report["shares"], report["minutes"], report["transcoded"]
    );
    println!(
        "  {:<10}{:>16}{:>10}{:>10}{:>10}{:>10}{:>18}",
        "", "memory bytes", "threads", "files", "sockets", "CPU %", "pictures/s/share"
    );
    line("before", &report["before"]);
    for sample in report["during"].as_array().into_iter().flatten() {
        line(&format!("{} s", sample["seconds"]), sample);
    }
    line("after", &report["after"]);
    match report["passed"] == true {
        true => println!("passed: everything came back, nothing grew"),
        false => println!("failed: {}", report["complaints"]),
    }
}

fn line(label: &str, of: &Value) {
    let shown = |key: &str| match &of[key] {
        Value::Null => String::new(),
        value => value.to_string(),
    };
    println!(
        "  {label:<10}{:>16}{:>10}{:>10}{:>10}{:>10}{:>18}",
        shown("resident_bytes"),
        shown("threads"),
        shown("open_files"),
        shown("sockets"),
        shown("cpu_percent_of_core"),
        shown("pictures_per_second_and_call"),
    );
}
