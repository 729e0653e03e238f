//! `cargo xtask bench`: what a share, a packet, a call and a visit cost, from one run.

mod chain;
mod media;
mod share;
mod sip;
mod size;
mod soak;
pub mod system;
mod watchers;

use std::path::Path;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::shell::step;
use crate::workspace::Workspace;
use crate::{build, e2e};

#[derive(Args, Clone)]
pub struct Options {
    /// What to measure
    #[arg(value_enum, default_value_t = What::Shares)]
    what: What,
    /// Print one JSON object on standard output; progress goes to standard error
    #[arg(long)]
    json: bool,
    /// Few calls and short, to see that it runs; for `media`, `share` and `watchers`
    #[arg(long)]
    quick: bool,
    /// Only these parts; for `media`
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<media::Part>,
    /// Shares at once; for `soak`
    #[arg(long, default_value_t = 100)]
    shares: usize,
    /// Of these, how many change their codec on the way; for `soak`
    #[arg(long, default_value_t = 20)]
    transcoded: usize,
    /// For how long; for `soak`
    #[arg(long, default_value_t = 10)]
    minutes: u64,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
enum What {
    /// CPU a share, packets, call set-up time, the client's size
    Shares,
    /// Time from the slide's opening to the first picture, p50 and p95, for each model of handset; and to one's own
    Share,
    /// Messages, calls and registrations, next to other programs
    Sip,
    /// Three watchers on one upload, next to three shares
    Watchers,
    /// Packets, calls and pictures, next to rtpengine, Janus and ffmpeg
    Media,
    /// Many shares for minutes: memory, files and threads before, during and after
    Soak,
}

/// Measures what was asked for and prints a table, or one JSON object.
pub fn run(workspace: &Workspace, options: Options) -> Result<()> {
    match options.what {
        What::Shares => shares(workspace, options.json),
        What::Share => {
            let shares = match options.quick {
                true => share::QUICK,
                false => share::FULL,
            };
            share::run(workspace, shares, options.json)
        }
        What::Sip => sip::run(workspace, options.json),
        What::Media => {
            let effort = match options.quick {
                true => media::Effort::Quick,
                false => media::Effort::Full,
            };
            media::run(workspace, effort, &options.only, options.json)
        }
        What::Watchers => {
            let length = match options.quick {
                true => watchers::Length::Short,
                false => watchers::Length::Full,
            };
            watched(workspace, length, options.json)
        }
        What::Soak => {
            let size = soak::Size {
                shares: options.shares,
                transcoded: options.transcoded.min(options.shares),
                minutes: options.minutes,
            };
            soak::run(workspace, size, options.json)
        }
    }
}

fn shares(workspace: &Workspace, as_json: bool) -> Result<()> {
    build::client(workspace)?;
    build::gateway(workspace)?;
    let folder = workspace.run_folder("bench")?;
    let outcome = measure(workspace, &folder);
    std::fs::remove_dir_all(&folder).ok();
    let figures = outcome?;
    match as_json {
        true => println!("{figures}"),
        false => print_table(&figures),
    }
    Ok(())
}

fn watched(workspace: &Workspace, length: watchers::Length, as_json: bool) -> Result<()> {
    build::client(workspace)?;
    build::gateway(workspace)?;
    let folder = workspace.run_folder("bench")?;
    let outcome = watchers::measure(workspace, &folder, length);
    std::fs::remove_dir_all(&folder).ok();
    let figures = outcome?;
    match as_json {
        true => println!("{figures}"),
        false => watchers::print_table(&figures),
    }
    Ok(())
}

fn measure(workspace: &Workspace, folder: &Path) -> Result<Value> {
    let reports = folder.join("reports");
    let mut playwright = e2e::playwright(workspace, "bench");
    playwright
        .args(["bench/shares.spec.ts", "bench/calls.spec.ts"])
        .env("SIDECAM_CAMERA", e2e::camera(workspace, folder)?)
        .env("SIDECAM_RUN", folder)
        .env("SIDECAM_REPORT", &reports);
    step(
        "sharing and calling",
        &mut playwright,
        "`cargo xtask e2e` tests the same paths one by one",
    )?;
    let report = |name: &str| -> Result<Value> {
        let file = reports.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&file).with_context(|| format!("no report {name}"))?;
        Ok(serde_json::from_str(&text)?)
    };
    let share = report("h263")?;
    let bare = chain::bare(workspace, &share)?;
    Ok(json!({
        "h263_share": { "gateway": share, "bare_chain": bare, "ratio": ratio(&share, &bare) },
        "h264_pass_through": report("h264")?,
        "invite_to_200": report("calls")?,
        "client_wasm": size::wasm(workspace)?,
    }))
}

/// The gateway's processor time for a share over the bare chain's, two decimals.
fn ratio(share: &Value, bare: &Value) -> Option<f64> {
    let share = share["cpu_percent_of_core"].as_f64()?;
    let bare = bare["cpu_percent_of_core"]
        .as_f64()
        .filter(|percent| *percent > 0.0)?;
    Some((share / bare * 100.0).round() / 100.0)
}

fn print_table(figures: &Value) {
    let share = &figures["h263_share"];
    let sent = &share["gateway"]["sent_by_browser"];
    let relay = &figures["h264_pass_through"];
    let calls = &figures["invite_to_200"];
    let wasm = &figures["client_wasm"];
    println!(
        "\nOne H.263 share ({} {}x{} from the browser, {} pictures a second to the handset)",
        sent["codec"].as_str().unwrap_or("?"),
        sent["width"],
        sent["height"],
        share["gateway"]["frames_per_second"]
    );
    println!(
        "  gateway                {:>8} % of a core",
        share["gateway"]["cpu_percent_of_core"]
    );
    println!(
        "  bare chain             {:>8} % of a core",
        share["bare_chain"]["cpu_percent_of_core"]
    );
    println!(
        "  ratio                  {:>8} (aim: at most 1.3)",
        share["ratio"]
    );
    println!("H.264 passed through");
    println!(
        "  packets                {:>8} a second and core",
        relay["packets_per_second_and_core"]
    );
    println!(
        "  at one share           {:>8} a second, {} % of a core",
        relay["packets_per_second"], relay["cpu_percent_of_core"]
    );
    println!(
        "From INVITE to 200, milliseconds over {} calls      p50      p99",
        calls["calls"]
    );
    for (label, key) in [
        ("direct", "direct_ms"),
        ("through the gateway", "through_gateway_ms"),
        ("added", "added_ms"),
    ] {
        println!(
            "  {label:<46} {:>8} {:>8}",
            calls[key]["p50"], calls[key]["p99"]
        );
    }
    print_size(wasm);
}

fn print_size(wasm: &Value) {
    println!(
        "The client, bytes              raw     gzip   brotli (aim for .wasm: at most 350000)"
    );
    let row = |label: &str, part: &Value| {
        let (raw, gzip, brotli) = (&part["raw"], &part["gzip"], &part["brotli"]);
        println!("  {label:<22} {raw:>8} {gzip:>8} {brotli:>8}");
    };
    row("WebAssembly", wasm);
    for (label, key) in [
        ("of it code", "code"),
        ("of it data", "data"),
        ("scripts", "scripts"),
        ("styles", "styles"),
    ] {
        row(label, &wasm[key]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_needs_both_measurements() {
        let percent = |value: f64| json!({ "cpu_percent_of_core": value });
        assert_eq!(ratio(&percent(1.3), &percent(1.0)), Some(1.3));
        assert_eq!(ratio(&percent(1.3), &json!({})), None);
        assert_eq!(ratio(&percent(1.3), &percent(0.0)), None);
    }
}
