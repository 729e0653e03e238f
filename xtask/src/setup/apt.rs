//! Debian packages: compilers, codec libraries, the browser and the peers that the tests talk to.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::shell::{self, failure, on_path, progress, step};

/// Packages by what they are for. One missing entry is installed together with the others.
const PACKAGES: &[&str] = &[
    // media/: bindings are generated against the headers, openh264 is assembled.
    "build-essential",
    "clang",
    "libclang-dev",
    "nasm",
    "cmake",
    "pkg-config",
    "libavcodec-dev",
    "libavformat-dev",
    "libavutil-dev",
    "libvpx-dev",
    // media/tests/oracle: other packetizers, with FFmpeg as the encoder.
    "gstreamer1.0-tools",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "libopus-dev",
    "libopencore-amrnb-dev",
    "libopencore-amrwb-dev",
    "libvo-amrwbenc-dev",
    // gateway/tests: the DNS server that has the numbers (ENUM).
    "bind9",
    // e2e/: the browsers, the peers and the clips that they send.
    "chromium",
    "firefox-esr",
    "ffmpeg",
    "sip-tester",
    "baresip-core",
    "baresip-ffmpeg",
    "openssl",
    "kamailio",
    "kamailio-websocket-modules",
];

/// Installs what is missing, or says which command would.
pub fn install() -> Result<()> {
    if on_path("dpkg-query").is_none() {
        progress("not a Debian system: install the equivalents of the packages yourself");
        eprintln!("  {}", PACKAGES.join(" "));
        return Ok(());
    }
    let mut missing = missing_packages(PACKAGES, &installed()?);
    if on_path("node").is_none() {
        missing.push("nodejs");
    }
    if on_path("npm").is_none() {
        missing.push("npm");
    }
    install_missing(&missing)
}

/// Installs what one task alone needs, where that is missing.
pub fn install_also(packages: &[&'static str]) -> Result<()> {
    if on_path("dpkg-query").is_none() {
        progress(format!(
            "not a Debian system: install {} yourself",
            packages.join(" ")
        ));
        return Ok(());
    }
    install_missing(&missing_packages(packages, &installed()?))
}

fn install_missing(missing: &[&str]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let command = format!(
        "apt-get install --yes --no-install-recommends {}",
        missing.join(" ")
    );
    let next = format!("as root: apt-get update && {command}");
    let Some(prefix) = root_prefix() else {
        return Err(failure(
            format!("{} Debian packages are missing", missing.len()),
            next,
        ));
    };
    progress(format!(
        "installing {} Debian packages: {}",
        missing.len(),
        missing.join(" ")
    ));
    step(
        "apt-get update",
        &mut apt(prefix, &["update", "--quiet=2"]),
        &next,
    )?;
    let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    arguments.extend(missing);
    step("apt-get install", &mut apt(prefix, &arguments), &next)?;
    if !Path::new("/run/systemd/system").exists() {
        return Ok(());
    }
    let servers = SERVERS
        .iter()
        .filter(|(package, _)| missing.contains(package));
    servers
        .into_iter()
        .try_for_each(|(_, service)| keep_off(prefix, service))
}

/// Of the packages, those with a server that Debian starts, and the name of its service.
const SERVERS: &[(&str, &str)] = &[
    ("bind9", "named"),
    ("kamailio", "kamailio"),
    ("rtpengine-daemon", "rtpengine-daemon"),
    ("janus", "janus"),
];

/// Debian starts the servers it installs, and at each boot; here only tests and measurements do.
fn keep_off(prefix: &[&str], server: &str) -> Result<()> {
    let words = ["systemctl", "disable", "--now", server];
    let mut systemctl = as_root(prefix, &words);
    step(
        &format!("systemctl disable {server}"),
        &mut systemctl,
        &format!("as root: systemctl disable --now {server}"),
    )
}

/// Names of installed packages, without their architecture.
fn installed() -> Result<String> {
    shell::read(
        Command::new("dpkg-query")
            .args(["--show", "--showformat=${db:Status-Abbrev} ${Package}\n"]),
    )
}

fn missing_packages(wanted: &[&'static str], installed: &str) -> Vec<&'static str> {
    let is_installed = |package: &str| {
        installed
            .lines()
            .any(|line| line.starts_with("ii") && line.split_whitespace().nth(1) == Some(package))
    };
    wanted
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect()
}

/// How to become root without asking: not at all, by `sudo -n`, or not possible.
fn root_prefix() -> Option<&'static [&'static str]> {
    if rustix::process::geteuid().is_root() {
        return Some(&[]);
    }
    let sudo = Path::new("/usr/bin/sudo");
    let allowed = sudo.exists() && shell::read(Command::new(sudo).args(["-n", "true"])).is_ok();
    allowed.then_some(&["/usr/bin/sudo", "-n"])
}

fn apt(prefix: &[&str], arguments: &[&str]) -> Command {
    let mut words = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    words.extend(arguments);
    as_root(prefix, &words)
}

fn as_root(prefix: &[&str], words: &[&str]) -> Command {
    let all = [prefix, words].concat();
    let mut command = Command::new(all[0]);
    command.args(&all[1..]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_package_counts_as_missing() {
        let mut listing: String = PACKAGES
            .iter()
            .map(|name| format!("ii  {name}\n"))
            .collect();
        assert_eq!(missing_packages(PACKAGES, &listing), Vec::<&str>::new());
        listing = listing.replace("ii  nasm\n", "rc  nasm\n");
        assert_eq!(missing_packages(PACKAGES, &listing), ["nasm"]);
    }
}
