//! `cargo xtask bench share`: from the slide's opening to the first picture, for each model of handset;
//! from the same press to one's own first picture; and three watchers on one upload next to three shares.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::watchers;
use crate::shell::step;
use crate::workspace::Workspace;
use crate::{build, e2e};

/// Shares to each model.
pub const FULL: usize = 20;
/// To see that it runs.
pub const QUICK: usize = 2;

/// Shares so often to each model, and prints how long it took.
pub fn run(workspace: &Workspace, shares: usize, as_json: bool) -> Result<()> {
    build::client(workspace)?;
    build::gateway(workspace)?;
    let folder = workspace.run_folder("bench-share")?;
    let length = match shares <= QUICK {
        true => watchers::Length::Short,
        false => watchers::Length::Full,
    };
    let outcome = measure(workspace, &folder, shares)
        .and_then(|figures| Ok((figures, watchers::measure(workspace, &folder, length)?)));
    std::fs::remove_dir_all(&folder).ok();
    let ((figures, preview), watched) = outcome?;
    if as_json {
        let all = json!({ "models": figures, "preview": preview, "watchers": watched });
        println!("{all}");
    } else {
        print!("{}{}", table(&figures), preview_line(&preview));
        watchers::print_table(&watched);
    }
    Ok(())
}

fn measure(workspace: &Workspace, folder: &Path, shares: usize) -> Result<(Value, Value)> {
    let reports = folder.join("reports");
    let mut playwright = e2e::playwright(workspace, "bench");
    playwright
        .args(["bench/share.spec.ts", "bench/preview.spec.ts"])
        .env("SIDECAM_CAMERA", e2e::camera(workspace, folder)?)
        .env("SIDECAM_RUN", folder)
        .env("SIDECAM_SHARES", shares.to_string())
        .env("SIDECAM_REPORT", &reports);
    step(
        "sharing with every model",
        &mut playwright,
        "`cargo xtask e2e R9.1` tests the same models one by one",
    )?;
    let report = |name: &str| -> Result<Value> {
        let file = reports.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&file).with_context(|| format!("no report {name}"))?;
        Ok(serde_json::from_str(&text)?)
    };
    Ok((report("share")?, report("preview")?))
}

fn preview_line(preview: &Value) -> String {
    let of = &preview["own_preview_ms"];
    format!(
        "\nMilliseconds to one's own first picture, of {}: p50 {}, p95 {}, most {}; aim {}; the first of all {}\n",
        preview["times"],
        of["p50"],
        of["p95"],
        of["most"],
        preview["aim_ms"],
        preview["first_of_all_ms"]
    )
}

fn table(figures: &Value) -> String {
    let mut table = format!(
        "\nMilliseconds to the first decoded picture{:>27}{:>20}\n  {:<20}{:<12}{:>8}{:>8}{:>8}{:>10}{:>8}{:>8}\n",
        "from the slide",
        "from sending",
        "model",
        "codec",
        "p50",
        "p95",
        "most",
        "p50",
        "p95",
        "most"
    );
    for (model, of) in figures.as_object().into_iter().flatten() {
        let codec = of["codec"].as_str().unwrap_or("?");
        table += &format!("  {model:<20}{codec:<12}");
        for (key, width) in [("from_slide_ms", 8), ("from_send_ms", 10)] {
            let [p50, p95, most] = ["p50", "p95", "most"].map(|name| of[key][name].to_string());
            table += &format!("{p50:>width$}{p95:>8}{most:>8}");
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_own_preview_is_told_in_a_line() {
        let preview = json!({
            "times": 40, "aim_ms": 300, "first_of_all_ms": 380,
            "own_preview_ms": { "p50": 90, "p95": 140, "most": 151 },
        });
        let line = preview_line(&preview);
        let expected = "of 40: p50 90, p95 140, most 151; aim 300; the first of all 380";
        assert!(line.trim_end().ends_with(expected), "{line}");
    }

    #[test]
    fn the_table_has_a_line_a_model() {
        let spread = json!({ "p50": 310, "p95": 420, "most": 500 });
        let figures = json!({ "nokia-6680": {
            "codec": "H263-2000", "shares": 20, "from_slide_ms": spread, "from_send_ms": spread
        } });
        let table = table(&figures);
        let line = table.lines().last().unwrap_or_default();
        assert!(
            line.contains("nokia-6680") && line.contains("H263-2000"),
            "{table}"
        );
        assert_eq!(line.split_whitespace().count(), 8, "{table}");
    }
}
