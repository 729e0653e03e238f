//! A network of its own for what refuses loopback: nothing in it leads out.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use rustix::process::geteuid;

use crate::shell::{Service, command};

/// A network namespace with one address, which lives as long as this.
pub struct Network {
    holder: Service,
}

/// From a range for documentation (RFC 5737): nobody has it.
pub const ADDRESS: &str = "192.0.2.10";

const SCRIPT: &str = "ip link set lo up && ip link add v0 type veth peer name v1 && \
    ip addr add 192.0.2.10/32 dev v0 && ip link set v0 up && ip link set v1 up && \
    echo '{\"ready\":true}' && exec sleep infinity";

impl Network {
    pub fn open(folder: &Path) -> Result<Network> {
        let mut unshare = command("unshare", folder);
        match geteuid().is_root() {
            true => unshare.arg("--net"),
            false => unshare.args(["--user", "--map-root-user", "--net"]),
        };
        unshare.args(["sh", "-c", SCRIPT]);
        let within = Duration::from_secs(10);
        let (holder, _) = Service::spawn_until_ready("a network", &mut unshare, within)?;
        Ok(Network { holder })
    }

    /// A command that runs in it.
    pub fn command(&self, folder: &Path) -> Command {
        let mut nsenter = command("nsenter", folder);
        let of = self.holder.group();
        nsenter.arg(format!("--net=/proc/{of}/ns/net"));
        if !geteuid().is_root() {
            nsenter.arg(format!("--user=/proc/{of}/ns/user"));
            nsenter.arg("--preserve-credentials");
        }
        nsenter
    }
}
