//! Formatting, lints, house rules and unit tests.

use anyhow::Result;

use crate::setup;
use crate::shell::step;
use crate::workspace::Workspace;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What is quick enough to run before each commit.
pub fn check(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    step(
        "formatting",
        cargo.args(["fmt", "--all", "--check"]),
        "cargo fmt --all",
    )?;

    let mut cargo = workspace.cargo();
    cargo.args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]);
    step("clippy, native", &mut cargo, "mend what clippy names above")?;

    let mut cargo = workspace.cargo();
    cargo.args([
        "clippy",
        "--quiet",
        "--package",
        "sip",
        "--package",
        "sidecam-client",
        "--locked",
    ]);
    cargo.args(["--target", WASM_TARGET, "--", "-D", "warnings"]);
    step(
        "clippy, WebAssembly",
        &mut cargo,
        "mend what clippy names above",
    )?;

    let mut cargo = workspace.cargo();
    cargo.args([
        "test",
        "--quiet",
        "--locked",
        "--no-fail-fast",
        "--package",
        "xtask",
    ]);
    step(
        "house rules",
        &mut cargo,
        "each rule says above what it wants",
    )
}

/// Unit tests: every crate natively, and `sip` in WebAssembly under Node as the browser runs it.
pub fn unit_tests(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args([
        "test",
        "--locked",
        "--no-fail-fast",
        "--workspace",
        "--exclude",
        "xtask",
    ]);
    step(
        "unit tests, native",
        &mut cargo,
        "cargo test --package NAME repeats one crate's",
    )?;

    let runner = setup::wasm_bindgen_folder(workspace)?.join("wasm-bindgen-test-runner");
    let mut cargo = workspace.cargo();
    cargo
        .args([
            "test",
            "--locked",
            "--package",
            "sip",
            "--target",
            WASM_TARGET,
        ])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    step(
        "unit tests, WebAssembly",
        &mut cargo,
        "the same tests run natively with cargo test -p sip",
    )
}
