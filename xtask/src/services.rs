//! The programs a run consists of, started on loopback from a fresh folder.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell::{self, Service, command};
use crate::workspace::Workspace;

/// Reserved for names that never leave this machine (RFC 6761).
pub const DOMAIN: &str = "sidecam.localhost";
const READY_WITHIN: Duration = Duration::from_secs(20);

/// One sign-in. The numbers come from the range kept for drama: nobody has them.
pub struct Account {
    pub name: &'static str,
    /// What others read.
    pub display: &'static str,
    pub number: &'static str,
    pub password: String,
}

impl Account {
    pub fn new(name: &'static str, display: &'static str, number: &'static str) -> Result<Self> {
        Ok(Self {
            name,
            display,
            number,
            password: fresh_password()?,
        })
    }

    /// Writes the password where a program can read it without it showing in a process list.
    fn password_file(&self, folder: &Path) -> Result<PathBuf> {
        let file = folder.join(format!("{}.password", self.name));
        fs::write(&file, &self.password)?;
        Ok(file)
    }
}

pub struct Gateway {
    pub service: Service,
    /// The page's address.
    pub page: String,
    /// Host and port of SIP over UDP.
    pub udp: String,
}

/// What a gateway is started with.
#[derive(Default)]
pub struct Start<'a> {
    pub accounts: &'a [&'a Account],
    /// More accounts, as `sidecam user import` reads them.
    pub list: Option<&'a Path>,
    /// 0 for any that is free.
    pub page_port: u16,
    /// The one processor core it may use.
    pub core: Option<&'a str>,
    /// Settings beyond our own, as environment variables.
    pub settings: &'a [(&'a str, &'a str)],
}

impl Gateway {
    /// Writes the configuration, adds the accounts and starts `sidecam run`.
    pub fn start(workspace: &Workspace, folder: &Path, start: &Start<'_>) -> Result<Self> {
        let config = folder.join("sidecam.toml");
        fs::write(&config, configuration(workspace, folder, start.page_port))?;
        for account in start.accounts {
            let password = account.password_file(folder)?;
            let mut add = sidecam(workspace, &config, "user", &["add", account.name]);
            add.args([
                "--display",
                account.display,
                "--number",
                account.number,
                "--password-file",
            ]);
            add.arg(&password);
            shell::read(&mut add).with_context(|| format!("adding {}", account.name))?;
        }
        if let Some(list) = start.list {
            let mut import = sidecam(workspace, &config, "user", &["import"]);
            shell::read(import.arg(list)).context("adding the accounts of a list")?;
        }
        let mut run = sidecam(workspace, &config, "run", &["--ready-json"]);
        if let Some(core) = start.core {
            let program = run;
            run = command("taskset", &workspace.root);
            run.args(["-c", core]).arg(program.get_program());
            run.args(program.get_args());
        }
        run.envs(start.settings.iter().copied());
        let (service, ready) = Service::spawn_until_ready("the gateway", &mut run, READY_WITHIN)?;
        let page = text(&ready, "http")?.trim_end_matches('/').to_owned();
        Ok(Self {
            service,
            page,
            udp: text(&ready, "udp")?,
        })
    }
}

pub struct Handset {
    pub service: Service,
    pub page: String,
}

impl Handset {
    /// Starts a simulated handset and waits until it is registered.
    pub fn start(
        workspace: &Workspace,
        folder: &Path,
        gateway: &Gateway,
        account: &Account,
        profile: &str,
        options: &[&str],
    ) -> Result<Self> {
        let mut handset = command(workspace.sidecam(), folder);
        handset
            .args(["handset", "--profile", profile, "--registrar", &gateway.udp])
            .args([
                "--domain",
                DOMAIN,
                "--user",
                account.name,
                "--number",
                account.number,
            ])
            .arg("--password-file")
            .arg(account.password_file(folder)?)
            .arg("--snapshots")
            .arg(folder.join("snapshots"))
            .args(options);
        let (service, ready) =
            Service::spawn_until_ready("the handset", &mut handset, READY_WITHIN)?;
        Ok(Self {
            service,
            page: text(&ready, "page")?,
        })
    }
}

/// `preferred` when nothing listens there, else a port the system chooses.
pub fn page_port(preferred: u16) -> u16 {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, preferred)) {
        Ok(_) => preferred,
        Err(_) => 0,
    }
}

/// `sidecam TASK --config FILE WORDS…`
fn sidecam(workspace: &Workspace, config: &Path, task: &str, words: &[&str]) -> Command {
    let mut sidecam = command(workspace.sidecam(), &workspace.root);
    sidecam.arg(task).arg("--config").arg(config).args(words);
    sidecam
}

fn configuration(workspace: &Workspace, folder: &Path, page_port: u16) -> String {
    let client = workspace.dist();
    let database = folder.join("sidecam.db");
    format!(
        "[http]\nlisten = \"127.0.0.1:{page_port}\"\nclient_dir = \"{}\"\n\n\
         [sip]\nudp = \"127.0.0.1:0\"\ntcp = \"127.0.0.1:0\"\n\n\
         [home]\ndomain = \"{DOMAIN}\"\n\n\
         [store]\nurl = \"sqlite:{}\"\n\n\
         [media]\naddress = \"127.0.0.1\"\n",
        client.display(),
        database.display()
    )
}

fn text(ready: &Value, key: &str) -> Result<String> {
    let value = ready.get(key).and_then(Value::as_str);
    Ok(value
        .with_context(|| format!("the ready line has no {key}: {ready}"))?
        .to_owned())
}

/// 100 bits from the kernel, in letters that are not mistaken for one another.
pub fn fresh_password() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0; 20];
    fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(random
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_password_is_another() -> Result<()> {
        let (one, other) = (fresh_password()?, fresh_password()?);
        assert_eq!(one.len(), 20);
        assert_ne!(one, other);
        Ok(())
    }
}
