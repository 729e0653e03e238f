//! Building what runs: the client by Trunk, the gateway by cargo, both in release mode.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::setup;
use crate::shell::{command, step};
use crate::workspace::Workspace;

/// The page and its WebAssembly, into [`Workspace::dist`].
pub fn client(workspace: &Workspace) -> Result<()> {
    trunk(workspace, &["--release"], &workspace.dist())
}

/// Views whose types are erased: the program is a tenth smaller, and as quick for a page like this.
const ERASED: (&str, &str) = (
    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    "--cfg erase_components",
);

/// The page as it is while one works on it, with its gallery; where it was put.
pub fn client_for_development(workspace: &Workspace) -> Result<PathBuf> {
    let dist = workspace.target.join("client-development");
    trunk(workspace, &[], &dist)?;
    Ok(dist)
}

fn trunk(workspace: &Workspace, options: &[&str], dist: &Path) -> Result<()> {
    let mut trunk = command(
        setup::trunk_folder(workspace).join("trunk"),
        &workspace.root,
    );
    trunk
        .arg("build")
        .args(options)
        // Every tool stands on PATH at the version Trunk wants: it downloads nothing.
        .args(["--offline", "--dist"])
        .arg(dist)
        .env("PATH", tool_path(workspace)?)
        .env("CARGO_TARGET_DIR", &workspace.target)
        .envs(options.contains(&"--release").then_some(ERASED))
        // Trunk reads NO_COLOR as a boolean and stops at the customary `1`.
        .env_remove("NO_COLOR");
    step(
        "building the client (trunk)",
        &mut trunk,
        "read the compiler's message above",
    )
}

/// The `sidecam` program in release mode.
pub fn gateway(workspace: &Workspace) -> Result<()> {
    release(workspace, "sidecam-gateway", "building the gateway")
}

/// The load generator in release mode.
pub fn load(workspace: &Workspace) -> Result<()> {
    release(workspace, "load", "building the load generator")
}

/// The same with its WebRTC stack, whose compiling takes minutes.
pub fn load_with_media(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args([
        "build",
        "--release",
        "--package",
        "load",
        "--features",
        "media",
    ]);
    step(
        "building the load generator with media",
        &mut cargo,
        "read the compiler's message above",
    )
}

fn release(workspace: &Workspace, package: &str, title: &str) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--package", package]);
    step(title, &mut cargo, "read the compiler's message above")
}

fn tool_path(workspace: &Workspace) -> Result<OsString> {
    let mut folders = vec![
        setup::trunk_folder(workspace),
        setup::wasm_bindgen_folder(workspace)?,
        setup::wasm_opt_folder(workspace),
    ];
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    Ok(std::env::join_paths(folders)?)
}
