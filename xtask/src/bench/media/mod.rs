//! `cargo xtask bench media`: what media costs, next to rtpengine, Janus and ffmpeg, from one run.

mod glass;
mod live;
mod machine;
mod network;
mod passing;
mod quality;
mod systems;
mod tables;
mod transcoding;

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use crate::shell::progress;
use crate::workspace::Workspace;
use crate::{build, setup};

pub use passing::{Load, Stream, load};
pub use systems::sidecam;

/// How thoroughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    Full,
    /// Some minutes, to see that all of it runs.
    Quick,
}

/// What is compared with, and nothing else of the project needs.
const PEERS: [&str; 2] = ["rtpengine-daemon", "janus"];

/// Measures everything and prints tables, or one JSON object.
pub fn run(workspace: &Workspace, effort: Effort, as_json: bool) -> Result<()> {
    // Without them their rows say so; ours are worth having all the same.
    if let Err(error) = setup::install_also(&PEERS) {
        progress(format!("{error:#}"));
    }
    build::gateway(workspace)?;
    build::load_with_media(workspace)?;
    let folder = workspace.run_folder("bench-media")?;
    let outcome = measure(workspace, &folder, effort);
    std::fs::remove_dir_all(&folder).ok();
    let figures = outcome?;
    match as_json {
        true => println!("{figures}"),
        false => tables::print(&figures),
    }
    Ok(())
}

fn measure(workspace: &Workspace, folder: &Path, effort: Effort) -> Result<Value> {
    Ok(json!({
        "machine": machine::describe(workspace)?,
        "passed_through": passing::measure(workspace, folder, effort)?,
        "transcoded": transcoding::measure(workspace, folder, effort)?,
        "glass_to_glass": glass::measure(workspace, folder, effort),
        "quality": quality::measure(workspace),
    }))
}

/// A row that could not be measured says why, and no figure stands in its place.
fn row(name: &str, outcome: Result<Value>) -> Value {
    outcome.unwrap_or_else(|error| {
        progress(format!("{name}: {error:#}"));
        json!({ "error": format!("{error:#}") })
    })
}
