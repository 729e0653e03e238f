//! Calls a second between two plain peers: SIPp calls SIPp through each system, with the same
//! scenario, at rising rates, until calls fail or have to be sent twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::bench::system::{DRIVER, TESTED, free_port, kamailio, processor_time, wait_until_bound};
use crate::services::{Account, DOMAIN, Gateway, Start};
use crate::shell::{Service, command, progress, read};
use crate::workspace::Workspace;

/// Calls a second, tried one after another.
const RATES: [u32; 9] = [100, 500, 1000, 1500, 2000, 3000, 4000, 5000, 6000];
/// The rate at which processor time is compared.
const COMPARED_AT: u32 = 1000;
const SECONDS: u32 = 6;
/// Calls that may have a message sent again: a driver that shares the machine stumbles too.
const RESENT_AT_MOST: f64 = 0.01;

/// What SIPp drives: where, and whose processor time counts.
struct Target {
    port: u16,
    group: i32,
    domain: String,
    callee_number: String,
    caller_port: u16,
}

/// One rate's outcome.
struct Run {
    calls: u64,
    failed: u64,
    resent: u64,
    cpu_microseconds_per_call: u64,
}

pub fn measure(workspace: &Workspace, folder: &Path) -> Result<Value> {
    Ok(json!({
        "sidecam": through_gateway(workspace, folder)?,
        "kamailio": through_kamailio(workspace, folder)?,
        "seconds_a_rate": SECONDS,
        "cores": { "tested": 1, "driver": 1 },
    }))
}

fn through_gateway(workspace: &Workspace, folder: &Path) -> Result<Value> {
    let caller = Account::new("caller", "Caller", "+15550101")?;
    let callee = Account::new("callee", "Callee", "+15550102")?;
    let start = Start {
        accounts: &[&caller, &callee],
        core: Some(TESTED),
        // As the yardstick, which neither asks for passwords nor counts who calls how often.
        settings: &[
            ("SIDECAM__LOG__LEVEL", "warn"),
            ("SIDECAM__LIMITS__MEMBERS_PER_SECOND", "0"),
            ("SIDECAM__LIMITS__CALLS_PER_USER", "0"),
            ("SIDECAM__HOME__AUTHENTICATE", "registered-address"),
        ],
        ..Start::default()
    };
    let gateway = Gateway::start(workspace, folder, &start)?;
    let port = port_of(&gateway.udp)?;
    let (caller_port, callee_port) = (free_port()?, free_port()?);
    for (account, at) in [(&caller, caller_port), (&callee, callee_port)] {
        let mut register = sipp(workspace, folder, "register", at, port);
        register.args(["-m", "1", "-key", "user", account.name]);
        register.args(["-key", "domain", DOMAIN]);
        register.args(["-au", account.name, "-ap", &account.password]);
        read(&mut register).context("registering SIPp")?;
    }
    let target = Target {
        port,
        group: gateway.service.group(),
        domain: DOMAIN.to_owned(),
        callee_number: callee.number.to_owned(),
        caller_port,
    };
    let figures = climb(workspace, folder, &target, callee_port);
    gateway.service.stop();
    figures
}

fn through_kamailio(workspace: &Workspace, folder: &Path) -> Result<Value> {
    let (port, callee_port) = (free_port()?, free_port()?);
    let service = kamailio(folder, port, callee_port)?;
    let target = Target {
        port,
        group: service.group(),
        domain: format!("127.0.0.1:{port}"),
        callee_number: "callee".to_owned(),
        caller_port: free_port()?,
    };
    let figures = climb(workspace, folder, &target, callee_port);
    service.stop();
    figures
}

/// The highest rate of the ladder at which everything went right.
fn climb(workspace: &Workspace, folder: &Path, target: &Target, callee_port: u16) -> Result<Value> {
    let mut answers = sipp(workspace, folder, "answers", callee_port, target.port);
    answers.stdout(Stdio::null()).stderr(Stdio::null());
    let answering = Service::spawn(&mut answers).context("sipp: cannot start")?;
    wait_until_bound(callee_port)?;
    let mut held = 0;
    let mut compared = None;
    let mut total = (0, 0);
    for rate in RATES {
        let run = call(workspace, folder, target, rate)?;
        total = (total.0 + run.calls, total.1 + run.failed);
        progress(format!(
            "{rate} calls a second: {} made, {} failed, {} sent again, {} µs of processor each",
            run.calls, run.failed, run.resent, run.cpu_microseconds_per_call
        ));
        let went_right =
            run.failed == 0 && (run.resent as f64) <= run.calls as f64 * RESENT_AT_MOST;
        if rate == COMPARED_AT {
            compared = Some(run.cpu_microseconds_per_call);
        }
        if !went_right {
            break;
        }
        held = rate;
    }
    answering.stop();
    let cpu = compared.context("it does not even hold the lowest rates")?;
    Ok(json!({
        "calls_per_second_held": held,
        "cpu_microseconds_per_call": cpu,
        "compared_at_calls_per_second": COMPARED_AT,
        "calls_made": total.0,
        "calls_failed": total.1,
    }))
}

fn call(workspace: &Workspace, folder: &Path, target: &Target, rate: u32) -> Result<Run> {
    let count = rate * SECONDS;
    let statistics = folder.join(format!("calls-{}-{rate}.csv", target.port));
    let mut calls = sipp(workspace, folder, "calls", target.caller_port, target.port);
    calls.args(["-r", &rate.to_string(), "-m", &count.to_string()]);
    // Room for every call to be under way at once: a slow system is to fail by its own limits.
    calls.args(["-l", &count.to_string()]);
    calls.args([
        "-key",
        "domain",
        &target.domain,
        "-key",
        "callee",
        &target.callee_number,
    ]);
    calls.args(["-timeout", "60s", "-recv_timeout", "20000", "-trace_stat"]);
    calls.arg("-stf").arg(&statistics);
    let before = processor_time(target.group)?;
    Service::spawn(calls.stdout(Stdio::null()).stderr(Stdio::null()))?.wait()?;
    let spent = processor_time(target.group)?.saturating_sub(before);
    let table = fs::read_to_string(&statistics).context("SIPp left no statistics")?;
    let value = |name: &str| last(&table, name).and_then(|text| text.parse::<u64>().ok());
    let calls = value("SuccessfulCall(C)").unwrap_or(0);
    Ok(Run {
        calls,
        failed: u64::from(count).saturating_sub(calls),
        resent: value("Retransmissions(C)").unwrap_or(0),
        cpu_microseconds_per_call: spent / calls.max(1),
    })
}

/// A column's value in the last line of SIPp's statistics.
fn last(table: &str, name: &str) -> Option<String> {
    let mut lines = table.lines();
    let place = lines.next()?.split(';').position(|column| column == name)?;
    Some(lines.last()?.split(';').nth(place)?.to_owned())
}

fn sipp(workspace: &Workspace, folder: &Path, scenario: &str, local: u16, remote: u16) -> Command {
    let file: PathBuf = workspace.e2e().join(format!("bench/sipp/{scenario}.xml"));
    let mut sipp = command("taskset", folder);
    sipp.args(["-c", DRIVER, "sipp", &format!("127.0.0.1:{remote}"), "-sf"]);
    sipp.arg(file);
    sipp.args([
        "-i",
        "127.0.0.1",
        "-p",
        &local.to_string(),
        "-t",
        "u1",
        "-nostdin",
    ]);
    sipp.args(["-buff_size", "4194304"]);
    sipp
}

fn port_of(address: &str) -> Result<u16> {
    let (_, port) = address.rsplit_once(':').context("an address has a port")?;
    Ok(port.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_the_statistics_counts() {
        let table = "A;SuccessfulCall(C);B\nx;1;y\nx;25;y\n";
        assert_eq!(last(table, "SuccessfulCall(C)").as_deref(), Some("25"));
        assert_eq!(last(table, "C"), None);
    }
}
