//! The line that every figure needs beside it: on what it was measured.

use std::fs;

use anyhow::Result;
use serde_json::{Value, json};

use crate::shell::{self, command};
use crate::workspace::Workspace;

pub fn describe(workspace: &Workspace) -> Result<Value> {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, name)| name);
    let cores = std::thread::available_parallelism()?.get();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let version = |package: &str| {
        let mut query = command("dpkg-query", &workspace.root);
        query.args(["--show", "--showformat=${Version}", package]);
        shell::read(&mut query).unwrap_or_else(|_| "not installed".to_owned())
    };
    Ok(json!({
        "processor": model,
        "cores": cores,
        "kernel": kernel.trim(),
        "load_before": load.split(' ').next(),
        "rtpengine": version("rtpengine-daemon"),
        "janus": version("janus"),
        "ffmpeg": version("ffmpeg"),
    }))
}
