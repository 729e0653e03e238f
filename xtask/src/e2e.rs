//! End-to-end tests: Playwright drives Chromium against the programs that ship.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::shell::{command, step};
use crate::workspace::Workspace;
use crate::{build, setup};

#[derive(Args, Default)]
pub struct Filter {
    /// Only tests whose title or file matches
    filter: Option<String>,
}

/// Builds what ships and runs the tests of `e2e/` against it.
pub fn run(workspace: &Workspace, filter: &Filter) -> Result<()> {
    build::client(workspace)?;
    build::gateway(workspace)?;
    let mut types = command("node", &workspace.e2e());
    types.args(["node_modules/typescript/bin/tsc", "--noEmit"]);
    step(
        "types of the end-to-end tests",
        &mut types,
        "mend what the compiler names above",
    )?;
    let folder = workspace.run_folder("e2e")?;
    let camera = camera(workspace, &folder)?;
    let results = folder.join("results.json");
    let mut playwright = playwright(workspace, "tests");
    playwright
        .env("SIDECAM_CAMERA", camera)
        .env("SIDECAM_RUN", &folder)
        .env("SIDECAM_RESULTS", &results);
    if let Some(filter) = &filter.filter {
        playwright.args(["--grep", filter]);
    }
    step(
        "end-to-end tests",
        &mut playwright,
        &format!(
            "`cargo xtask e2e \"part of a title\"` repeats one; traces are in e2e/test-results, \
             what each program said in {}/logs",
            folder.display()
        ),
    )?;
    println!("{}", tally(&std::fs::read_to_string(results)?)?);
    std::fs::remove_dir_all(folder).ok();
    Ok(())
}

/// The closing line, from Playwright's JSON report.
fn tally(report: &str) -> Result<String> {
    let report: Value = serde_json::from_str(report)?;
    let count = |key: &str| report["stats"][key].as_u64().unwrap_or(0);
    Ok(format!(
        "{} passed, {} failed",
        count("expected"),
        count("unexpected")
    ))
}

/// Takes the documents' pictures anew, into `docs/images`.
pub fn pictures(workspace: &Workspace) -> Result<()> {
    build::client(workspace)?;
    build::gateway(workspace)?;
    let folder = workspace.run_folder("pictures")?;
    let mut playwright = playwright(workspace, "pictures");
    playwright
        .env("SIDECAM_CAMERA", camera(workspace, &folder)?)
        .env("SIDECAM_RUN", &folder)
        .env("SIDECAM_REPORT", workspace.root.join("docs/images"));
    step(
        "taking pictures",
        &mut playwright,
        "`cargo xtask e2e` tests the same paths",
    )?;
    std::fs::remove_dir_all(folder).ok();
    Ok(())
}

#[derive(Args, Default)]
pub struct Screens {
    /// Only scenes whose name matches this expression
    scenes: Option<String>,
    /// Where the pictures go; a folder of the system's for temporary files without it
    #[arg(long)]
    to: Option<PathBuf>,
}

/// Photographs the gallery, which only a development build of the client has.
pub fn screens(workspace: &Workspace, screens: &Screens) -> Result<()> {
    let built = build::client_for_development(workspace)?;
    build::gateway(workspace)?;
    let folder = workspace.run_folder("screens")?;
    let pictures = match &screens.to {
        Some(to) => std::path::absolute(to)?,
        None => std::env::temp_dir().join("sidecam-screens"),
    };
    let mut playwright = playwright(workspace, "screens");
    playwright
        .env("SIDECAM_CLIENT", built)
        .env("SIDECAM_CAMERA", camera(workspace, &folder)?)
        .env("SIDECAM_RUN", &folder)
        .env("SIDECAM_REPORT", &pictures)
        .env(
            "SIDECAM_SCENES",
            screens.scenes.as_deref().unwrap_or_default(),
        );
    let taken = step(
        "photographing the gallery",
        &mut playwright,
        "what is named above is wrong on the scene named; mend its view or style",
    );
    println!("{}/index.html shows them all", pictures.display());
    std::fs::remove_dir_all(folder).ok();
    taken
}

/// Playwright on one of the projects in `e2e/playwright.config.ts`.
pub fn playwright(workspace: &Workspace, project: &str) -> Command {
    let mut node = command("node", &workspace.e2e());
    node.args(["node_modules/@playwright/test/cli.js", "test"])
        .arg(format!("--project={project}"))
        .env("SIDECAM_PROGRAM", workspace.sidecam())
        .env("SIDECAM_CLIENT", workspace.dist());
    if let Some(chromium) = setup::chromium() {
        node.env("SIDECAM_CHROMIUM", chromium);
    }
    node
}

/// The fake camera's film: ten seconds of the test pattern, every frame numbered.
pub fn camera(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let film = folder.join("camera.y4m");
    let mut write = command(workspace.sidecam(), folder);
    write.args(["pattern", "write"]).arg(&film);
    write.args(["--size", "640x480", "--fps", "15", "--frames", "150"]);
    step(
        "drawing the fake camera's film",
        &mut write,
        "build the gateway again",
    )?;
    Ok(film)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_counts_tests() -> Result<()> {
        let report = r#"{ "stats": { "expected": 31, "unexpected": 0, "flaky": 0 } }"#;
        assert_eq!(tally(report)?, "31 passed, 0 failed");
        Ok(())
    }
}
