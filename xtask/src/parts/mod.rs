//! The last step of a release build of the client, in Trunk's staging folder: the program is split into the parts that
//! `part!` declares, each is made small, and what a first visit downloads is held to its limit.

mod split;
mod symbols;
mod weight;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::shell::failure;
use crate::workspace::Workspace;

/// What Trunk's hook calls; it names the folder and the profile.
pub fn pack(workspace: &Workspace) -> Result<()> {
    if env::var("TRUNK_PROFILE").is_ok_and(|profile| profile != "release") {
        return Ok(());
    }
    let staging = env::var_os("TRUNK_STAGING_DIR")
        .map(PathBuf::from)
        .ok_or_else(|| failure("no TRUNK_STAGING_DIR", "`trunk build --release` calls this"))?;
    let program = workspace
        .target
        .join("wasm32-unknown-unknown/wasm-release/sidecam-client.wasm");
    split::into_parts(workspace, &program, &staging)?;
    split::minify_rest(workspace, &staging)?;
    weight::hold(workspace, &program, &staging)
}

/// The files in a folder whose names have this form.
fn files(folder: &Path, is_one: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if is_one(&entry.file_name().to_string_lossy()) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
