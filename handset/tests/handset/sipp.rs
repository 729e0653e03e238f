//! The handset against SIPp, which others wrote. Left out where SIPp is not installed.

use std::{path::Path, process::Stdio};

use crate::support::{Running, options, within};
use tokio::process::Command;

const SIPP: &str = "/usr/bin/sipp";

#[tokio::test]
async fn sipp_shares_with_the_handset_twenty_times() {
    if !Path::new(SIPP).exists() {
        eprintln!("left out: there is no {SIPP}");
        return;
    }
    let handset = Running::start(options(&["--profile", "nokia-6680"])).await;
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/handset/watch.xml");
    let calls = Command::new(SIPP)
        .arg(handset.ready.sip.to_string())
        .args(["-sf".as_ref(), scenario.as_os_str()])
        // One after the other: the handset takes one call at a time.
        .args([
            "-m",
            "20",
            "-l",
            "1",
            "-r",
            "10",
            "-i",
            "127.0.0.1",
            "-timeout",
            "20s",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    let result = within("SIPp ends", calls).await.unwrap();
    assert!(result.success(), "{result}");
    let status = handset.status().await;
    assert_eq!(status["ended_calls"], 20, "{status:#}");
    assert_eq!(status["malformed"], 0, "{status:#}");
    handset.stop().await;
}
