//! `cargo xtask demo`: everything on one machine, for a person to try.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::integrator::{About, Site};
use crate::services::{Account, Gateway, Handset, Start, page_port};
use crate::shell::{failure, progress, step};
use crate::workspace::Workspace;
use crate::{build, e2e};

/// Tried first, so that a bookmark keeps working.
const PAGE_PORT: u16 = 8080;
const PROFILE: &str = "nokia-6680";

#[derive(Args, Clone, Copy)]
pub struct Options {
    /// Share a fake camera to the handset and back, score the pictures, and end
    #[arg(long)]
    smoke: bool,
    /// Print one JSON object on standard output; progress goes to standard error
    #[arg(long)]
    json: bool,
}

pub fn run(workspace: &Workspace, options: Options) -> Result<()> {
    build::client(workspace)?;
    build::gateway(workspace)?;
    let folder = workspace.run_folder("demo")?;
    let outcome = start(workspace, options, &folder);
    // The passwords of this run are in there.
    std::fs::remove_dir_all(&folder).ok();
    outcome
}

fn start(workspace: &Workspace, options: Options, folder: &Path) -> Result<()> {
    let first = Account::new("first", "First", "+447700900001")?;
    let second = Account::new("second", "Second", "+447700900002")?;
    let phone = Account::new("handset", "Nokia 6680", "+447700900003")?;
    let port = if options.smoke {
        0
    } else {
        page_port(PAGE_PORT)
    };
    let site = Site::bind()?;
    let settings = site.settings(folder)?;
    let settings: Vec<(&str, &str)> = settings
        .iter()
        .map(|(key, value)| (*key, &**value))
        .collect();
    let start = Start {
        accounts: &[&first, &second, &phone],
        page_port: port,
        settings: &settings,
        ..Start::default()
    };
    let mut gateway = Gateway::start(workspace, folder, &start)?;
    // A person likes to read the time in the pictures; a score wants them bare.
    let text = if options.smoke { "none" } else { "time" };
    let words = ["--pattern-text", text];
    let mut handset = Handset::start(workspace, folder, &gateway, &phone, PROFILE, &words)?;
    if options.smoke {
        let report = smoke(workspace, folder, &gateway, &handset, &first, &phone)?;
        handset.service.stop();
        gateway.service.stop();
        return finish(report, options.json);
    }
    let embedded = site.origin.clone();
    site.serve(
        workspace,
        About {
            gateway: gateway.page.trim_start_matches("http://").to_owned(),
            subscriber: second.name,
            to: phone.number,
        },
    )?;
    let sign_ins = [&first, &second]
        .map(|one| json!({ "name": one.name, "number": one.number, "password": one.password }));
    let invitation = json!({
        "page": gateway.page,
        "sign_ins": sign_ins,
        "handset": { "number": phone.number, "page": handset.page, "profile": PROFILE },
        "embedded": embedded,
    });
    match options.json {
        true => println!("{invitation}"),
        false => {
            welcome(&gateway, &handset, &[&first, &second], &phone);
            println!(
                "  Inside somebody else's page, signed in there as {}: {embedded}/\n",
                second.name
            );
        }
    }
    loop {
        if let Some(status) = gateway.service.ended()? {
            bail!("the gateway ended by itself ({status})");
        }
        if let Some(status) = handset.service.ended()? {
            bail!("the handset ended by itself ({status})");
        }
        thread::sleep(Duration::from_millis(500));
    }
}

fn welcome(gateway: &Gateway, handset: &Handset, people: &[&Account], phone: &Account) {
    println!("\n  Sidecam      {}/", gateway.page);
    for account in people {
        println!(
            "  sign in as   {}   password {}",
            account.name, account.password
        );
    }
    println!(
        "  a handset    {}   its screen {}",
        phone.number, handset.page
    );
    println!("\n  Sign in, choose the handset, slide the camera open. Ctrl-C ends everything.\n");
}

/// A browser without a window shares its camera to the handset, then the handset shares back.
fn smoke(
    workspace: &Workspace,
    folder: &Path,
    gateway: &Gateway,
    handset: &Handset,
    person: &Account,
    phone: &Account,
) -> Result<Value> {
    let report = folder.join("smoke.json");
    let mut playwright = e2e::playwright(workspace, "smoke");
    playwright
        .env("SIDECAM_CAMERA", e2e::camera(workspace, folder)?)
        .env("SIDECAM_RUN", folder)
        .env("SIDECAM_PAGE", &gateway.page)
        .env("SIDECAM_NAME", person.name)
        .env("SIDECAM_NUMBER", person.number)
        .env("SIDECAM_PASSWORD", &person.password)
        .env("SIDECAM_HANDSET_PAGE", &handset.page)
        .env("SIDECAM_HANDSET_NUMBER", phone.number)
        .env("SIDECAM_REPORT", &report);
    step(
        "sharing both ways",
        &mut playwright,
        "`cargo xtask e2e` tests each part by itself",
    )?;
    let text = std::fs::read_to_string(&report).context("the smoke test left no report")?;
    Ok(serde_json::from_str(&text)?)
}

fn finish(mut report: Value, json: bool) -> Result<()> {
    let shortfalls: Vec<String> = DIRECTIONS
        .iter()
        .flat_map(|way| shortfalls(way, &report[way]))
        .collect();
    report["ok"] = json!(shortfalls.is_empty());
    match json {
        true => println!("{report}"),
        false => println!("{report:#}"),
    }
    if !shortfalls.is_empty() {
        return Err(failure(
            shortfalls.join("; "),
            "`cargo xtask e2e` tests each part by itself",
        ));
    }
    progress("both directions showed the right pictures");
    Ok(())
}

const DIRECTIONS: [&str; 2] = ["browser_to_handset", "handset_to_browser"];
/// Enough that a lucky keyframe is no proof.
const RIGHT_PICTURES: u64 = 30;
/// Below this a person sees the damage.
const PSNR_DB: f64 = 25.0;

/// What one direction lacks.
fn shortfalls(way: &str, report: &Value) -> Vec<String> {
    let right = report["right_pictures"].as_u64().unwrap_or(0);
    let psnr = report["psnr_db"].as_f64().unwrap_or(0.0);
    let mut found = Vec::new();
    if right < RIGHT_PICTURES {
        found.push(format!(
            "{way}: {right} right pictures, {RIGHT_PICTURES} wanted"
        ));
    }
    if psnr < PSNR_DB {
        found.push(format!("{way}: {psnr:.1} dB, {PSNR_DB} wanted"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direction_without_pictures_fails() {
        assert_eq!(shortfalls("there", &json!({})).len(), 2);
        assert_eq!(
            shortfalls("there", &json!({ "right_pictures": 29, "psnr_db": 31.0 })).len(),
            1
        );
        assert_eq!(
            shortfalls("there", &json!({ "right_pictures": 30, "psnr_db": 24.9 })).len(),
            1
        );
    }

    #[test]
    fn thirty_right_pictures_at_twenty_five_decibels_pass() {
        let report = json!({ "right_pictures": 30, "psnr_db": 25.0 });
        assert_eq!(shortfalls("there", &report), Vec::<String>::new());
    }
}
