//! The systems under the same load: started on one core, on addresses that lead nowhere.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::network::{self, Network};
use crate::bench::system::{TESTED, free_port, wait_until_bound};
use crate::services::{self, DOMAIN, Gateway, Start};
use crate::shell::{Service, command, on_path};
use crate::workspace::Workspace;

/// A running system and how the load reaches it.
pub struct Tested {
    pub service: Service,
    /// The load's options that say where it is.
    pub options: Vec<String>,
    network: Option<Network>,
}

impl Tested {
    /// A command for what drives it, in its network.
    pub fn driver(&self, folder: &Path) -> Command {
        match &self.network {
            Some(network) => {
                let mut driver = network.command(folder);
                driver.arg("taskset");
                driver
            }
            None => command("taskset", folder),
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Our own, with as many browsers as calls and one plain phone among its users.
pub fn sidecam(workspace: &Workspace, folder: &Path, calls: usize) -> Result<Tested> {
    let folder = folder.join("sidecam");
    fs::create_dir_all(&folder)?;
    // What an earlier gateway knew is not this one's.
    fs::remove_file(folder.join("sidecam.db")).ok();
    let password = services::fresh_password()?;
    let list = folder.join("users.csv");
    fs::write(&list, users(calls, &password))?;
    let start = Start {
        list: Some(&list),
        core: Some(TESTED),
        // All come from one address and one may fill its core, which the defaults do not grant.
        settings: &[
            ("SIDECAM__LOG__LEVEL", "warn"),
            ("SIDECAM__HTTP__CONNECTIONS_PER_ADDRESS", "100000"),
            ("SIDECAM__LIMITS__STRANGERS_PER_SECOND", "0"),
            ("SIDECAM__LIMITS__MEMBERS_PER_SECOND", "0"),
            ("SIDECAM__LIMITS__REGISTRATIONS_PER_MINUTE", "0"),
            ("SIDECAM__LIMITS__CALLS_PER_USER", "0"),
            ("SIDECAM__LIMITS__CPU_PERCENT", "0"),
            ("SIDECAM__MEDIA__MAX_BITS_PER_SECOND", "20000000"),
        ],
        ..Start::default()
    };
    let gateway = Gateway::start(workspace, &folder, &start)?;
    let at = gateway.page.replacen("http", "ws", 1);
    let options = format!(
        "--system sidecam --at {at}/ws --sip {} --domain {DOMAIN} --password {password}",
        gateway.udp
    );
    Ok(Tested {
        service: gateway.service,
        options: words(&options),
        network: None,
    })
}

/// u0, u1 and so on, and the two plain phones, with numbers from a range kept for drama.
fn users(count: usize, password: &str) -> String {
    let mut list = format!(
        "name,number,password\nplain,+15559999999,{password}\nold,+15559999998,{password}\n"
    );
    for number in 0..count {
        // Writing to a String does not fail.
        let _ = writeln!(list, "u{number},+1555{number:07},{password}");
    }
    list
}

/// rtpengine without its kernel module, controlled by the load itself.
pub fn rtpengine(folder: &Path) -> Result<Tested> {
    let program = on_path("rtpengine").context("rtpengine is not installed")?;
    let port = free_port()?;
    let mut run = command("taskset", folder);
    run.args(["-c", TESTED]).arg(program);
    run.args([
        "--table=-1",
        "--foreground",
        "--log-stderr",
        "--log-level=3",
    ]);
    run.args([
        "--interface=127.0.0.1",
        &format!("--listen-ng=127.0.0.1:{port}"),
    ]);
    run.args(["--port-min=31000", "--port-max=39000"]);
    // One core is what it has: more threads only take turns.
    run.args(["--num-threads=1", "--delete-delay=0"]);
    let log = fs::File::create(folder.join("rtpengine.log"))?;
    run.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let service = Service::spawn(&mut run).context("rtpengine: cannot start")?;
    wait_until_bound(port).map_err(|error| why(&error, &folder.join("rtpengine.log")))?;
    Ok(Tested {
        service,
        options: words(&format!("--system rtpengine --at 127.0.0.1:{port}")),
        network: None,
    })
}

/// Janus with nothing but its WebSockets and its SIP plugin. It gathers no candidates on loopback.
pub fn janus(folder: &Path) -> Result<Tested> {
    let program = on_path("janus").context("janus is not installed")?;
    let network = Network::open(folder).context("Janus needs a network of its own")?;
    let folder = folder.join("janus");
    fs::create_dir_all(&folder)?;
    let library = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib",
    ]
    .into_iter()
    .map(|library| format!("{library}/janus"))
    .find(|library| Path::new(library).is_dir())
    .context("Janus's plugins are not where Debian puts them")?;
    for (name, text) in [
        ("janus.jcfg", include_str!("janus.jcfg")),
        (
            "janus.transport.websockets.jcfg",
            include_str!("janus.transport.websockets.jcfg"),
        ),
        (
            "janus.plugin.sip.jcfg",
            include_str!("janus.plugin.sip.jcfg"),
        ),
    ] {
        let text = text
            .replace("FOLDER", &folder.display().to_string())
            .replace("LIBRARY", &library)
            .replace(
                "PLUGINS_OFF",
                &all_but(&format!("{library}/plugins"), "sip"),
            )
            .replace(
                "TRANSPORTS_OFF",
                &all_but(&format!("{library}/transports"), "websockets"),
            )
            .replace("ADDRESS", network::ADDRESS);
        fs::write(folder.join(name), text)?;
    }
    let log_file = folder.join("janus.log");
    let mut run = network.command(&folder);
    run.args(["taskset", "-c", TESTED]).arg(program);
    run.arg("-F")
        .arg(&folder)
        .arg("-C")
        .arg(folder.join("janus.jcfg"));
    let log = fs::File::create(&log_file)?;
    run.stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let mut service = Service::spawn(&mut run).context("janus: cannot start")?;
    wait_until_it_says(&mut service, &log_file, "WebSockets thread started")?;
    let at = format!("ws://{}:{JANUS_PORT}", network::ADDRESS);
    Ok(Tested {
        service,
        options: words(&format!(
            "--system janus --at {at} --address {}",
            network::ADDRESS
        )),
        network: Some(network),
    })
}

/// In a network of its own every port is free.
const JANUS_PORT: u16 = 8188;

/// Every plugin of a folder but one, as Janus lists them.
fn all_but(folder: &str, wanted: &str) -> String {
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let off: Vec<String> = names
        .filter(|name| name.ends_with(".so") && *name != format!("libjanus_{wanted}.so"))
        .collect();
    off.join(",")
}

fn wait_until_it_says(service: &mut Service, log: &Path, words: &str) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        let said = fs::read_to_string(log).unwrap_or_default();
        if said.contains(words) {
            return Ok(());
        }
        if let Some(status) = service.ended()? {
            return Err(why(&anyhow::anyhow!("it ended: {status}"), log));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(why(&anyhow::anyhow!("it did not start within 10 s"), log))
}

/// Its log goes to standard error: a row has room for a reason alone.
fn why(error: &anyhow::Error, log: &Path) -> anyhow::Error {
    eprintln!("{}", fs::read_to_string(log).unwrap_or_default());
    anyhow::anyhow!("{error}")
}
