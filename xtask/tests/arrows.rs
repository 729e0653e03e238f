//! The dependency arrows of ARCHITECTURE.md: who may never know whom.

use std::collections::BTreeSet;
use std::process::Command;

/// Every package that `package` depends on, directly or not.
fn dependencies_of(package: &str, target: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            package,
            "--edges",
            "normal",
            "--target",
            target,
        ])
        .args(["--prefix", "none", "--format", "{p}", "--locked"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo tree starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != package)
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn check(package: &str, never: &[&str]) {
    check_on("all", package, never);
}

#[track_caller]
fn check_on(target: &str, package: &str, never: &[&str]) {
    let dependencies = dependencies_of(package, target);
    assert!(
        !dependencies.is_empty(),
        "cargo tree shows nothing for {package}"
    );
    let found: Vec<_> = never
        .iter()
        .filter(|name| dependencies.contains(**name))
        .collect();
    assert!(found.is_empty(), "{package} must never depend on {found:?}");
}

#[test]
fn sip_knows_no_runtime_no_page_and_no_media() {
    check(
        "sip",
        &[
            "tokio",
            "axum",
            "leptos",
            "media",
            "str0m",
            "sqlx",
            "getrandom",
        ],
    );
}

#[test]
fn the_simulation_knows_nothing_but_sip() {
    check("sim", &["tokio", "axum", "media", "str0m", "getrandom"]);
}

#[test]
fn media_knows_no_runtime_no_signalling_and_no_webrtc() {
    check(
        "media",
        &["tokio", "axum", "sip", "rsip", "str0m", "leptos"],
    );
}

#[test]
fn the_handset_reads_sip_with_other_eyes_than_the_gateway() {
    check(
        "handset",
        &[
            "sip",
            "sidecam-gateway",
            "sidecam-client",
            "str0m",
            "leptos",
        ],
    );
}

#[test]
fn the_client_knows_neither_media_nor_gateway() {
    // Leptos has a server half on other targets; the page is WebAssembly.
    check_on(
        "wasm32-unknown-unknown",
        "sidecam-client",
        &[
            "media",
            "sidecam-gateway",
            "handset",
            "tokio",
            "axum",
            "str0m",
        ],
    );
}

#[test]
fn the_gateway_knows_no_page() {
    check("sidecam-gateway", &["sidecam-client", "leptos", "web-sys"]);
}

#[test]
fn xtask_knows_no_product_crate() {
    check(
        "xtask",
        &[
            "sip",
            "media",
            "handset",
            "sidecam-client",
            "sidecam-gateway",
        ],
    );
}

#[test]
fn the_load_generator_has_a_sip_of_its_own() {
    check("load", &["sip", "sidecam-gateway", "media"]);
}
