//! `sidecam selftest`: a real call, and what of it broke.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use sidecam_gateway::config::LogForm;
use sidecam_gateway::selftest::{self, Report, Running, Step, Subject};

use super::{ConfigFile, asynchronous, start_log};

/// Place a real call through WebSocket, DTLS, transcoder and UDP, and say what broke.
///
/// Without --url a gateway of the configuration is started for it, on loopback and free ports, with a
/// store in memory: nothing of a gateway that runs is touched. Exits with 0 when all works, 1 when
/// something broke, 2 when it could not be tried.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// Test a gateway that runs, such as ws://127.0.0.1:8080/ws
    #[arg(long, requires_all = ["user", "password_file"])]
    url: Option<String>,
    /// A user of that gateway whom nobody else is signed in as: its other devices would ring too
    #[arg(long, requires = "url")]
    user: Option<String>,
    /// A file whose first line is the user's password
    #[arg(long, value_name = "FILE", requires = "url")]
    password_file: Option<PathBuf>,
    /// Where that gateway speaks SIP over UDP; the host of the URL and port 5060 where it is left out
    #[arg(long, value_name = "ADDRESS", requires = "url")]
    sip: Option<SocketAddr>,
    /// Call the handset that gateway has itself: tests the way of a page alone, and wants no SIP over UDP
    /// from here
    #[arg(long, requires = "url", conflicts_with = "sip")]
    handset_there: bool,
    /// Print one JSON object at the end; steps go to standard error
    #[arg(long)]
    json: bool,
}

/// What could not be tried.
const USAGE: u8 = 2;

pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let subject = match subject(options) {
        Ok(subject) => subject,
        Err(error) => {
            eprintln!("{error:#}");
            return Ok(ExitCode::from(USAGE));
        }
    };
    start_log("error", LogForm::Text);
    let tell = |step: &Step| {
        let line = line_of(step);
        match options.json {
            true => eprintln!("{line}"),
            false => println!("{line}"),
        }
    };
    let report = asynchronous()?.block_on(selftest::run(subject, tell));
    match options.json {
        true => println!("{}", serde_json::to_string(&report)?),
        false => println!("{}", verdict(&report)),
    }
    Ok(match report.ok {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn subject(options: &Options) -> anyhow::Result<Subject> {
    let (Some(url), Some(name), Some(file)) = (&options.url, &options.user, &options.password_file)
    else {
        return Ok(Subject::Own(Box::new(options.file.load()?)));
    };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let running = Running {
        url: url.clone(),
        sip: options.sip,
        name: name.clone(),
        password: text.lines().next().unwrap_or_default().to_owned(),
    };
    Ok(match options.handset_there {
        true => Subject::There(running),
        false => Subject::Running(running),
    })
}

fn line_of(step: &Step) -> String {
    let seen = step.seen.as_ref().map(|seen| format!("  ({seen})"));
    let words = step.step.words();
    format!("{:>6} ms  {words}{}", step.ms, seen.unwrap_or_default())
}

fn verdict(report: &Report) -> String {
    match &report.broke {
        None => format!("All works, after {} ms.", report.ms),
        Some(broke) => {
            let words = broke.step.words();
            format!(
                "   broke:  {words}\n{}\n    next step: {}",
                broke.sentence, broke.next_step
            )
        }
    }
}
