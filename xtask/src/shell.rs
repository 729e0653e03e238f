//! Running programs: every child in a process group of its own, ended by id.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// A failed step together with what the person can do about it.
#[derive(Debug)]
pub struct Failure {
    pub what: String,
    pub next: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

/// An error that carries the next step, printed after it by `main`.
pub fn failure(what: impl Into<String>, next: impl Into<String>) -> anyhow::Error {
    Failure {
        what: what.into(),
        next: next.into(),
    }
    .into()
}

/// Says on standard error what is being done.
pub fn progress(text: impl fmt::Display) {
    eprintln!("▸ {text}");
}

/// Runs one step to its end with its output shown, and times it.
pub fn step(title: &str, command: &mut Command, next: &str) -> Result<()> {
    progress(title);
    let start = Instant::now();
    // Standard output belongs to results (`--json`): steps speak on standard error.
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    let child = Service::spawn(command).with_context(|| format!("{title}: cannot start"))?;
    let status = child
        .wait()
        .with_context(|| format!("{title}: cannot wait"))?;
    if !status.success() {
        return Err(failure(format!("{title}: failed ({status})"), next));
    }
    let elapsed = start.elapsed();
    if elapsed > Duration::from_secs(2) {
        eprintln!("  {title}: {:.0} s", elapsed.as_secs_f64());
    }
    Ok(())
}

/// Standard output of a short, quiet command; an error when it fails.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where `name` stands on PATH.
pub fn on_path(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

pub fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// A started program; dropping it ends its whole process group.
pub struct Service {
    child: Child,
    group: Pid,
}

impl Service {
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let child = command.process_group(0).spawn()?;
        let id = i32::try_from(child.id()).context("process id out of range")?;
        let group = Pid::from_raw(id).context("process id zero")?;
        children().insert(id);
        Ok(Self { child, group })
    }

    /// Starts a program that prints one line of JSON when it is ready.
    ///
    /// Later output is drained so that the program never blocks on a full pipe.
    pub fn spawn_until_ready(
        name: &str,
        command: &mut Command,
        within: Duration,
    ) -> Result<(Self, serde_json::Value)> {
        let mut service = Self::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()))
            .with_context(|| format!("{name}: cannot start"))?;
        let stdout = service
            .child
            .stdout
            .take()
            .context("standard output was not piped")?;
        let (lines, first) = mpsc::sync_channel(1);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // The receiver takes one line; the rest only has to be drained.
                lines.try_send(line).ok();
            }
        });
        let line = first.recv_timeout(within).map_err(|_| {
            failure(
                format!("{name}: said nothing within {} s", within.as_secs()),
                "read its messages above; `RUST_LOG=debug` shows more",
            )
        })?;
        let ready = serde_json::from_str(&line)
            .with_context(|| format!("{name}: its first line is not JSON: {line}"))?;
        Ok((service, ready))
    }

    /// The exit status when the program has ended by itself.
    pub fn ended(&mut self) -> Result<Option<std::process::ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// The id of its process group, which is that of its first process.
    pub fn group(&self) -> i32 {
        self.group.as_raw_nonzero().get()
    }

    /// Waits until the program ends by itself.
    pub fn wait(mut self) -> Result<std::process::ExitStatus> {
        let status = self.child.wait()?;
        self.forget();
        Ok(status)
    }

    /// Asks the program to end (SIGTERM), waits, then ends it.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        kill_process_group(self.group, Signal::TERM).ok();
        let deadline = Instant::now() + STOP_WITHIN;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        if test_kill_process_group(self.group).is_ok() {
            kill_process_group(self.group, Signal::KILL).ok();
        }
        self.child.wait().ok();
        self.forget();
    }

    fn forget(&mut self) {
        children().remove(&self.group.as_raw_nonzero().get());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if children().contains(&self.group.as_raw_nonzero().get()) {
            self.end();
        }
    }
}

/// Ends every group that is still running, politely first.
pub fn end_children() {
    let groups: Vec<Pid> = children()
        .iter()
        .copied()
        .filter_map(Pid::from_raw)
        .collect();
    for group in &groups {
        kill_process_group(*group, Signal::TERM).ok();
    }
    let deadline = Instant::now() + STOP_WITHIN;
    while Instant::now() < deadline {
        if groups
            .iter()
            .all(|group| test_kill_process_group(*group).is_err())
        {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    for group in groups {
        kill_process_group(group, Signal::KILL).ok();
    }
}

/// Ctrl-C, SIGTERM and a closed terminal end what was started before xtask ends.
pub fn end_children_on_signal() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        progress("signals cannot be caught: started programs may outlive a Ctrl-C");
        return;
    };
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            eprintln!("\n▸ stopping");
            end_children();
            std::process::exit(128 + signal);
        }
    });
}

/// A gateway hangs up its calls on SIGTERM and may wait this long for the answers.
const STOP_WITHIN: Duration = Duration::from_secs(6);

static CHILDREN: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

fn children() -> std::sync::MutexGuard<'static, BTreeSet<i32>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}
