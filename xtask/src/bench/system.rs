//! The systems that are measured: each on a core of its own, on free ports, with its processor time
//! counted over all its processes.

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::shell::{Service, command, failure, on_path};

/// Everything under test runs here, everything that drives it on [`DRIVER`].
pub const TESTED: &str = "0";
pub const DRIVER: &str = "1";

/// A UDP port that nobody has now.
pub fn free_port() -> Result<u16> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(socket.local_addr()?.port())
}

/// Kamailio as a stateful proxy in front of one callee.
pub fn kamailio(folder: &Path, port: u16, callee: u16) -> Result<Service> {
    let program = on_path("kamailio").context("kamailio is not installed")?;
    let modules = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib",
    ]
    .map(|library| format!("{library}/kamailio/modules/"))
    .into_iter()
    .find(|modules| Path::new(modules).is_dir())
    .context("kamailio's modules are not where Debian puts them")?;
    let config = include_str!("kamailio.cfg")
        .replace("PORT", &port.to_string())
        .replace("CALLEE", &callee.to_string())
        .replace("MODULES", &modules)
        // On one core a second process only takes turns with the first.
        .replace("CHILDREN", "1");
    let file = folder.join("kamailio.cfg");
    fs::write(&file, config)?;
    let mut run = command("taskset", folder);
    run.args(["-c", TESTED]).arg(program);
    run.arg("-f")
        .arg(&file)
        .args(["-DD", "-E", "-m", "256", "-M", "32"]);
    run.arg("-Y")
        .arg(folder)
        .arg("-P")
        .arg(folder.join("kamailio.pid"));
    let log = fs::File::create(folder.join("kamailio.log"))?;
    run.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut service = Service::spawn(&mut run).context("kamailio: cannot start")?;
    wait_until_bound(port).map_err(|error| {
        let log = fs::read_to_string(folder.join("kamailio.log")).unwrap_or_default();
        let ended = service.ended().ok().flatten();
        failure(format!("{error} (kamailio ended: {ended:?})"), log)
    })?;
    Ok(service)
}

/// Until a UDP port is taken, at most ten seconds.
pub fn wait_until_bound(port: u16) -> Result<()> {
    for _ in 0..200 {
        if UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    anyhow::bail!("nothing listens on port {port}")
}

/// Processor time of all processes of a group, in microseconds.
pub fn processor_time(group: i32) -> Result<u64> {
    let mut ticks = 0;
    for entry in fs::read_dir("/proc")? {
        let Ok(stat) = fs::read_to_string(entry?.path().join("stat")) else {
            continue;
        };
        ticks += ticks_in_group(&stat, group).unwrap_or(0);
    }
    Ok(ticks * 1_000_000 / rustix::param::clock_ticks_per_second())
}

/// utime and stime of a line of proc_pid_stat(5), if its process is of the group.
fn ticks_in_group(stat: &str, group: i32) -> Option<u64> {
    // The name in parentheses may hold anything; what follows it starts with field 3.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let of: i32 = fields.get(2)?.parse().ok()?;
    let utime: u64 = fields.get(11)?.parse().ok()?;
    let stime: u64 = fields.get(12)?.parse().ok()?;
    (of == group).then_some(utime + stime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_counted_for_the_group_alone_whatever_the_name() {
        let stat = "7 (a b) c) S 1 5 5 0 -1 0 0 0 0 0 30 12 0 0 20 0 1 0";
        assert_eq!(ticks_in_group(stat, 5), Some(42));
        assert_eq!(ticks_in_group(stat, 6), None);
    }
}
