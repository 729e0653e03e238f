//! The bare chain of `media`: decode, scale, encode, with nothing around it.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell::{self, step};
use crate::workspace::Workspace;

/// Twenty seconds at 15 frames a second, as in the share beside it.
const FRAMES: &str = "300";

/// Runs `media/examples/chain` on pictures of the size and rate that the browser sent.
pub fn bare(workspace: &Workspace, sent: &Value) -> Result<Value> {
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
    let mut chain = shell::command(
        workspace.target.join("release/examples/chain"),
        &workspace.root,
    );
    chain.args(["--json", "--frames", FRAMES]);
    chain.args(["--size", &format!("{}x{}", sent["width"], sent["height"])]);
    chain.args([
        "--fps",
        &format!("{:.0}", sent["frames_per_second"].as_f64().unwrap_or(15.0)),
    ]);
    chain.args(["--bits", &sent["bits_per_second"].to_string()]);
    let printed = shell::read(&mut chain).context("the bare chain")?;
    serde_json::from_str(&printed).context("the bare chain printed no JSON")
}
