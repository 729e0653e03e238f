//! The bare chain of `media`: decode, scale, encode, with nothing around it.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::{self, command, step};
use crate::workspace::Workspace;

/// As long as the share that it stands beside.
const SECONDS: &str = "20";

/// Runs `media/examples/chain` on what the browser sent, into what the handset received.
pub fn bare(workspace: &Workspace, share: &Value) -> Result<Value> {
    let next = "read the compiler's message above";
    let mut build = workspace.cargo();
    build.args([
        "build",
        "--release",
        "--package",
        "media",
        "--example",
        "chain",
    ]);
    step("building the bare chain", &mut build, next)?;
    let sent = &share["sent_by_browser"];
    let fps = sent["frames_per_second"]
        .as_f64()
        .filter(|fps| *fps >= 1.0)
        .unwrap_or(15.0);
    let mut chain = command(
        workspace.target.join("release/examples/chain"),
        &workspace.root,
    );
    chain
        .args([
            "--from",
            codec(&sent["codec"])?,
            "--to",
            codec(&share["codec"])?,
        ])
        .args(["--size", &size(sent), "--target", &size(share)])
        .args(["--fps", &format!("{fps:.0}")])
        .args(["--source-rate", &sent["bits_per_second"].to_string()])
        .args(["--seconds", SECONDS]);
    let printed = shell::read(&mut chain).context("the bare chain")?;
    serde_json::from_str(&printed).context("the bare chain printed no JSON")
}

fn size(of: &Value) -> String {
    format!("{}x{}", of["width"], of["height"])
}

/// The chain's name of a codec that SDP or the browser names.
fn codec(name: &Value) -> Result<&'static str> {
    match name
        .as_str()
        .unwrap_or_default()
        .trim_start_matches("video/")
    {
        "VP8" => Ok("vp8"),
        "H264" => Ok("h264"),
        "H263" => Ok("h263"),
        "H263-1998" | "H263-2000" => Ok("h263plus"),
        "MP4V-ES" => Ok("mpeg4"),
        other => bail!("the bare chain has no codec {other}"),
    }
}
