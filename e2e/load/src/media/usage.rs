//! What a group of processes uses, as Linux says it (proc_pid_stat(5), proc_pid_status(5)).

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// One moment of a process group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub cpu_microseconds: u64,
    pub resident_bytes: u64,
    pub threads: u64,
    /// Open files of any kind.
    pub files: u64,
    /// Of these, sockets.
    pub sockets: u64,
}

impl Usage {
    /// Adds up all processes of a group.
    pub fn of_group(group: i32) -> Result<Usage> {
        let mut all = Usage::default();
        let mut processes = 0;
        for entry in fs::read_dir("/proc")? {
            let folder = entry?.path();
            let Ok(stat) = fs::read_to_string(folder.join("stat")) else {
                continue;
            };
            let Some(ticks) = ticks_in_group(&stat, group) else {
                continue;
            };
            processes += 1;
            all.cpu_microseconds += ticks * 1_000_000 / rustix::param::clock_ticks_per_second();
            let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
            all.resident_bytes += field(&status, "VmRSS:") * 1024;
            all.threads += field(&status, "Threads:");
            let (files, sockets) = open_files(&folder.join("fd"));
            all.files += files;
            all.sockets += sockets;
        }
        ensure!(processes > 0, "no process of group {group} is there");
        Ok(all)
    }

    pub fn report(&self) -> Value {
        json!({
            "resident_bytes": self.resident_bytes,
            "threads": self.threads,
            "open_files": self.files,
            "sockets": self.sockets,
        })
    }
}

/// utime and stime of a line of `stat`, if its process is of the group.
fn ticks_in_group(stat: &str, group: i32) -> Option<u64> {
    // The name in parentheses may hold anything; what follows it starts with field 3.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let of: i32 = fields.get(2)?.parse().ok()?;
    let utime: u64 = fields.get(11)?.parse().ok()?;
    let stime: u64 = fields.get(12)?.parse().ok()?;
    (of == group).then_some(utime + stime)
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

fn open_files(folder: &Path) -> (u64, u64) {
    let Ok(entries) = fs::read_dir(folder) else {
        return (0, 0);
    };
    let mut counts = (0, 0);
    for entry in entries.flatten() {
        counts.0 += 1;
        let target = fs::read_link(entry.path()).unwrap_or_default();
        counts.1 += u64::from(target.to_string_lossy().starts_with("socket:"));
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let group = rustix::process::getpgrp().as_raw_nonzero().get();
        let usage = Usage::of_group(group).unwrap();
        assert!(usage.resident_bytes > 0 && usage.threads > 0 && usage.files > 0);
        assert!(Usage::of_group(i32::MAX).is_err());
    }

    #[test]
    fn ticks_are_counted_for_the_group_alone_whatever_the_name() {
        let stat = "7 (a b) c) S 1 5 5 0 -1 0 0 0 0 0 30 12 0 0 20 0 1 0";
        assert_eq!(ticks_in_group(stat, 5), Some(42));
        assert_eq!(ticks_in_group(stat, 6), None);
    }
}
