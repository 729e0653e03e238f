//! Browsers that are registered and idle: what each costs, and whether they can all come back at once.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::system::{DRIVER, TESTED};
use crate::services::{self, DOMAIN, Gateway, Start};
use crate::shell::{self, command, progress};
use crate::workspace::Workspace;

const CLIENTS: usize = 10_000;

pub fn measure(workspace: &Workspace, folder: &Path) -> Result<Value> {
    let folder = folder.join("registrations");
    fs::create_dir_all(&folder)?;
    progress(format!("registering {CLIENTS} browsers"));
    let password = services::fresh_password()?;
    // All come from one address here, which limits are not made for.
    let connections = (2 * CLIENTS).to_string();
    let list = folder.join("users.csv");
    fs::write(&list, users(&password))?;
    let start = Start {
        list: Some(&list),
        core: Some(TESTED),
        settings: &[
            ("SIDECAM__LOG__LEVEL", "warn"),
            ("SIDECAM__HTTP__CONNECTIONS_PER_ADDRESS", &connections),
            ("SIDECAM__LIMITS__STRANGERS_PER_SECOND", "0"),
            ("SIDECAM__LIMITS__REGISTRATIONS_PER_MINUTE", "0"),
        ],
        ..Start::default()
    };
    let gateway = Gateway::start(workspace, &folder, &start)?;
    let mut load = command("taskset", &folder);
    load.args(["-c", DRIVER]).arg(workspace.load());
    load.args(["registrations", "--domain", DOMAIN, "--password", &password]);
    load.args([
        "--url",
        &format!("{}/ws", gateway.page.replacen("http", "ws", 1)),
    ]);
    load.args(["--clients", &CLIENTS.to_string()]);
    load.args(["--process", &gateway.service.group().to_string()]);
    let report = shell::read(&mut load).context("registering")?;
    gateway.service.stop();
    Ok(serde_json::from_str(&report)?)
}

/// u0, u1 and so on, with numbers from a range kept for drama.
fn users(password: &str) -> String {
    let mut list = String::from("name,number,password\n");
    for number in 0..CLIENTS {
        // Writing to a String does not fail.
        let _ = writeln!(list, "u{number},+1555{number:07},{password}");
    }
    list
}
