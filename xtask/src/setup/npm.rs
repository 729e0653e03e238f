//! npm packages: wasm-opt, esbuild, Playwright, and a browser where Debian has none.

use std::path::PathBuf;

use anyhow::Result;

use crate::shell::{command, failure, on_path, step};
use crate::workspace::Workspace;

/// The release of binaryen that knows the instructions the compiler emits;
/// Debian's does not.
const BINARYEN: &str = "132.0.0";

/// What minifies the page's scripts and style sheets.
const ESBUILD: &str = "0.28.2";

/// Playwright reads TypeScript itself from this version of Node on.
const NODE_MAJOR: u32 = 18;

const REACH: &str = "the npm registry must be reachable once; the packages are then kept";

/// Where `wasm-opt` is kept.
pub fn wasm_opt_folder(workspace: &Workspace) -> PathBuf {
    programs(workspace, "binaryen", BINARYEN)
}

/// Where `esbuild` is kept.
pub fn esbuild_folder(workspace: &Workspace) -> PathBuf {
    programs(workspace, "esbuild", ESBUILD)
}

/// Installs what makes a release of the page small into the tool cache.
pub fn for_releases(workspace: &Workspace) -> Result<()> {
    tool(workspace, "binaryen", BINARYEN, "wasm-opt")?;
    tool(workspace, "esbuild", ESBUILD, "esbuild")
}

fn programs(workspace: &Workspace, package: &str, version: &str) -> PathBuf {
    workspace
        .tools
        .join(format!("{package}-{version}"))
        .join("node_modules/.bin")
}

fn tool(workspace: &Workspace, package: &str, version: &str, program: &str) -> Result<()> {
    if programs(workspace, package, version).join(program).exists() {
        return Ok(());
    }
    let folder = workspace.tools.join(format!("{package}-{version}"));
    std::fs::create_dir_all(&folder)?;
    let mut npm = command("npm", &folder);
    npm.args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(&folder)
        .arg(format!("{package}@{version}"));
    step(
        &format!("npm install {package} ({program})"),
        &mut npm,
        REACH,
    )
}

/// Installs the packages of `e2e/` exactly as its lock file lists them.
pub fn end_to_end(workspace: &Workspace) -> Result<()> {
    let version = workspace.node_version()?;
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|n| n.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_MAJOR) {
        return Err(failure(
            format!("Node {version} is too old"),
            format!("install Node {NODE_MAJOR} or newer (Debian 12: apt-get install nodejs npm)"),
        ));
    }
    let e2e = workspace.e2e();
    let lock = std::fs::read(e2e.join("package-lock.json"))?;
    let stamp = e2e.join("node_modules/.sidecam-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return browser(workspace);
    }
    let mut npm = command("npm", &e2e);
    npm.args(["ci", "--no-audit", "--no-fund"])
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    step("npm ci (e2e)", &mut npm, REACH)?;
    std::fs::write(&stamp, lock)?;
    browser(workspace)
}

/// Debian's Chromium, if it is installed.
pub fn chromium() -> Option<PathBuf> {
    std::env::var_os("SIDECAM_CHROMIUM")
        .map(PathBuf::from)
        .or_else(|| on_path("chromium"))
}

/// Where no Chromium is installed, Playwright downloads its own.
fn browser(workspace: &Workspace) -> Result<()> {
    if chromium().is_some() {
        return Ok(());
    }
    let mut playwright = command("npx", &workspace.e2e());
    playwright.args(["playwright", "install", "chromium"]);
    step(
        "playwright install chromium",
        &mut playwright,
        "install a Chromium and name it in SIDECAM_CHROMIUM",
    )
}
