//! Three watchers on one upload next to three shares with one watcher each.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::e2e;
use crate::shell::step;
use crate::workspace::Workspace;

/// How long each is looked at once it has settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// To see that it runs.
    Short,
    Full,
}

/// Measures both; client and gateway are built.
pub fn measure(workspace: &Workspace, folder: &Path, length: Length) -> Result<Value> {
    let reports = folder.join("watchers");
    let seconds = match length {
        Length::Short => "4",
        Length::Full => "20",
    };
    let mut playwright = e2e::playwright(workspace, "bench");
    playwright
        .arg("bench/watchers.spec.ts")
        .env("SIDECAM_CAMERA", e2e::camera(workspace, folder)?)
        .env("SIDECAM_RUN", folder)
        .env("SIDECAM_MEASURED_SECONDS", seconds)
        .env("SIDECAM_REPORT", &reports);
    step(
        "three watchers, together and apart",
        &mut playwright,
        "`cargo xtask e2e watchers` tests the same",
    )?;
    let report = |name: &str| -> Result<Value> {
        let file = reports.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&file).with_context(|| format!("no report {name}"))?;
        Ok(serde_json::from_str(&text)?)
    };
    Ok(json!({ "one_upload": report("watchers")?, "three_shares": report("separate")? }))
}

pub fn print_table(figures: &Value) {
    println!("\nThree watchers (H.263, H.264, a page)      one upload  three shares");
    for (label, key) in [
        ("gateway, % of a core", "cpu_percent_of_core"),
        ("uplink, bits a second", "uplink_bits_per_second"),
        ("encoders of who shows", "encoders_of_sharers"),
    ] {
        let of = |name: &str| figures[name][key].to_string();
        println!(
            "  {label:<38} {:>12} {:>13}",
            of("one_upload"),
            of("three_shares")
        );
    }
    for name in ["one_upload", "three_shares"] {
        println!(
            "  pictures a second on the handsets, {name}: {}",
            figures[name]["handsets_frames_per_second"]
        );
    }
}
