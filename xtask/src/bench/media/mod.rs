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
use clap::ValueEnum;
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

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// SRTP to RTP without another codec, next to rtpengine and Janus
    PassedThrough,
    /// Another codec on the way, next to ffmpeg
    Transcoded,
    /// First pictures, and the delay of all
    GlassToGlass,
    /// What is left of a picture, for every pair of codecs
    Quality,
}

/// What is compared with, and nothing else of the project needs.
const PEERS: [&str; 2] = ["rtpengine-daemon", "janus"];

/// Measures everything, or those parts that are named, and prints tables, or one JSON object.
pub fn run(workspace: &Workspace, effort: Effort, only: &[Part], as_json: bool) -> Result<()> {
    // Without them their rows say so; ours are worth having all the same.
    if let Err(error) = setup::install_also(&PEERS) {
        progress(format!("{error:#}"));
    }
    build::gateway(workspace)?;
    build::load_with_media(workspace)?;
    let folder = workspace.run_folder("bench-media")?;
    let outcome = measure(workspace, &folder, effort, only);
    std::fs::remove_dir_all(&folder).ok();
    let figures = outcome?;
    match as_json {
        true => println!("{figures}"),
        false => tables::print(&figures),
    }
    Ok(())
}

fn measure(workspace: &Workspace, folder: &Path, effort: Effort, only: &[Part]) -> Result<Value> {
    let mut figures = json!({ "machine": machine::describe(workspace)? });
    for part in Part::value_variants() {
        if !only.is_empty() && !only.contains(part) {
            continue;
        }
        let (name, measured) = match part {
            Part::PassedThrough => (
                "passed_through",
                passing::measure(workspace, folder, effort)?,
            ),
            Part::Transcoded => (
                "transcoded",
                transcoding::measure(workspace, folder, effort)?,
            ),
            Part::GlassToGlass => ("glass_to_glass", glass::measure(workspace, folder, effort)),
            Part::Quality => ("quality", quality::measure(workspace)),
        };
        figures[name] = measured;
    }
    Ok(figures)
}

/// A row that could not be measured says why, and no figure stands in its place.
fn row(name: &str, outcome: Result<Value>) -> Value {
    outcome.unwrap_or_else(|error| {
        progress(format!("{name}: {error:#}"));
        json!({ "error": format!("{error:#}") })
    })
}
