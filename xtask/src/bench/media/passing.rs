//! SRTP from browsers to plain RTP, the codec untouched: ours, rtpengine and Janus, one after the
//! other, with the same calls and packets.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::systems::{self, Tested};
use super::{Effort, row};
use crate::bench::system::DRIVER;
use crate::shell::{self, progress};
use crate::workspace::Workspace;

/// What a handset of 2004 bears, as `b=AS` in its answer.
const HANDSET_KILOBITS: u32 = 64;

/// What the load is told beyond where the system is.
pub struct Load {
    pub calls: usize,
    pub seconds: u32,
    pub stream: Stream,
}

pub enum Stream {
    /// Stamped packets at these rates a second, and back at the last.
    Stamped { rates: Vec<u32>, echo: u32 },
    /// What an encoder made, at 15 pictures a second in each call.
    Recorded {
        file: PathBuf,
        web: &'static str,
        plain: &'static str,
        /// `browsers` or `plain`.
        from: &'static str,
    },
    /// Calls one after the other, with a camera and a screen at both ends.
    Glass {
        web: &'static str,
        plain: &'static str,
        kilobits: u32,
    },
    /// H.264 for so long, some of it to a phone that knows H.263 alone.
    Soak {
        file: PathBuf,
        transcoded: usize,
        minutes: u64,
    },
}

pub fn measure(workspace: &Workspace, folder: &Path, effort: Effort) -> Result<Value> {
    let (calls, seconds, rates) = match effort {
        // At most 100 packets a second in each call, which are 12 pictures of eight. Of more pictures
        // than the peer agreed to, Sidecam makes fewer, and these cannot be decoded.
        Effort::Full => (200, 20, vec![1000, 2000, 5000, 10_000, 20_000]),
        Effort::Quick => (10, 3, vec![500, 1000]),
    };
    let load_of = |tested: Result<Tested>| -> Result<Value> {
        let stream = Stream::Stamped {
            rates: rates.clone(),
            echo: rates[0],
        };
        let wanted = Load {
            calls,
            seconds,
            stream,
        };
        let tested = tested?;
        let figures = load(workspace, folder, &tested, &wanted);
        tested.service.stop();
        figures
    };
    let mut systems = serde_json::Map::new();
    let mut add = |name: &str, outcome: Result<Value>| {
        systems.insert(name.to_owned(), row(name, outcome));
    };
    progress("passing through: Sidecam");
    add(
        "sidecam",
        load_of(systems::sidecam(workspace, folder, calls)),
    );
    progress("passing through: rtpengine");
    add("rtpengine", load_of(systems::rtpengine(folder)));
    progress("passing through: Janus");
    add("janus", load_of(systems::janus(folder)));
    Ok(json!({
        "systems": systems,
        "calls": calls,
        "payload_bytes": 1000,
        "seconds_a_rate": seconds,
        "srtp": "AEAD_AES_128_GCM",
        "cores": { "tested": 1, "driver": 1 },
    }))
}

/// Runs the load against a system and gives its report.
pub fn load(workspace: &Workspace, folder: &Path, tested: &Tested, wanted: &Load) -> Result<Value> {
    let mut load = tested.driver(folder);
    load.args(["-c", DRIVER]).arg(workspace.load());
    load.arg("media").args(&tested.options);
    load.args(["--group", &tested.service.group().to_string()]);
    load.args(["--calls", &wanted.calls.to_string()]);
    load.args(["--seconds", &wanted.seconds.to_string()]);
    match &wanted.stream {
        Stream::Stamped { rates, echo } => {
            let rates: Vec<String> = rates.iter().map(u32::to_string).collect();
            load.args(["--rates", &rates.join(",")]);
            load.args(["--echo-rate", &echo.to_string()]);
        }
        Stream::Recorded {
            file,
            web,
            plain,
            from,
        } => {
            load.arg("--pictures").arg(file);
            load.args(["--web", web, "--plain", plain, "--from", from]);
            load.args(["--plain-kilobits", &HANDSET_KILOBITS.to_string()]);
        }
        Stream::Glass {
            web,
            plain,
            kilobits,
        } => {
            load.args(["--glass", &wanted.calls.to_string()]);
            load.args(["--web", web, "--plain", plain]);
            load.args(["--plain-kilobits", &kilobits.to_string()]);
        }
        Stream::Soak {
            file,
            transcoded,
            minutes,
        } => {
            load.arg("--pictures").arg(file);
            load.args(["--transcoded", &transcoded.to_string()]);
            load.args(["--soak-minutes", &minutes.to_string()]);
        }
    }
    let report = shell::read(&mut load).context("the load")?;
    serde_json::from_str(&report).with_context(|| format!("the load said: {report}"))
}
