//! `cargo xtask bench sip`: signalling beside what others measure themselves with. Messages read and
//! written, calls between two plain peers, registered browsers.

mod calls;
mod registrations;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::build;
use crate::shell::{self, progress};
use crate::workspace::Workspace;

/// Measures all three and prints tables, or one JSON object.
pub fn run(workspace: &Workspace, as_json: bool) -> Result<()> {
    build::gateway(workspace)?;
    build::load(workspace)?;
    let folder = workspace.run_folder("bench-sip")?;
    let outcome = measure(workspace, &folder);
    std::fs::remove_dir_all(&folder).ok();
    let figures = outcome?;
    match as_json {
        true => println!("{figures}"),
        false => print_tables(&figures),
    }
    Ok(())
}

fn measure(workspace: &Workspace, folder: &std::path::Path) -> Result<Value> {
    Ok(json!({
        "messages": messages(workspace)?,
        "calls": calls::measure(workspace, folder)?,
        "registrations": registrations::measure(workspace, folder)?,
    }))
}

/// Reading and writing an INVITE as an IMS sends it, next to two other libraries.
fn messages(workspace: &Workspace) -> Result<Value> {
    progress("reading and writing messages");
    let mut cargo = workspace.cargo();
    cargo.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "sip",
        "--example",
        "parse_speed",
    ]);
    let text = shell::read(&mut cargo)?;
    serde_json::from_str(&text).with_context(|| format!("parse_speed said: {text}"))
}

fn print_tables(figures: &Value) {
    let messages = &figures["messages"];
    println!(
        "\nAn INVITE of {} bytes, messages a second        read   read and written",
        messages["message_bytes"]
    );
    for name in ["sidecam", "rsip", "sipx-sip"] {
        println!(
            "  {name:<42} {:>9} {:>18}",
            messages["parse"][name], messages["parse_and_write"][name]
        );
    }
    println!("Calls by UDP, INVITE to BYE, one core each        held/s   CPU µs a call");
    for (name, label) in [
        ("sidecam", "Sidecam, back-to-back"),
        ("kamailio", "Kamailio, record-routing proxy"),
    ] {
        let of = &figures["calls"][name];
        println!(
            "  {label:<46} {:>8} {:>15}",
            of["calls_per_second_held"], of["cpu_microseconds_per_call"]
        );
    }
    let registrations = &figures["registrations"];
    println!(
        "{} browsers registered by WebSocket",
        registrations["clients"]
    );
    println!(
        "  memory                 {:>8} bytes each",
        registrations["bytes_each"]
    );
    for (key, label) in [
        ("registered", "at a pace"),
        ("refresh_storm", "refreshed at once"),
        ("reconnect_storm", "reconnected at once"),
    ] {
        let phase = &registrations[key];
        println!(
            "  {label:<22} {:>8} s, {} failed, {} put off by 503",
            phase["seconds"], phase["failed"], phase["put_off_by_503"]
        );
    }
}
