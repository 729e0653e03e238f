//! `cargo xtask setup`: everything the project needs, installed once.
//!
//! Each part first looks whether its result is there, so a second run takes
//! seconds and needs no network.

mod apt;
mod npm;
mod rust;

use anyhow::Result;

use crate::workspace::Workspace;

/// What building, testing and showing needs.
pub fn all(workspace: &Workspace) -> Result<()> {
    apt::install()?;
    rust::wasm_target(workspace)?;
    rust::tools(workspace)?;
    npm::for_releases(workspace)?;
    npm::end_to_end(workspace)
}

/// What `check` needs: C libraries and the WebAssembly target, but no browser.
pub fn for_rust(workspace: &Workspace) -> Result<()> {
    apt::install()?;
    rust::wasm_target(workspace)
}

pub use apt::install_also;
pub use npm::{chromium, esbuild_folder, wasm_opt_folder};
pub use rust::{trunk_folder, wasm_bindgen_folder, wasm_split_folder};
