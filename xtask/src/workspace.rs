//! Where things are: the clone, the build folder and the cache outside it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::{self, command};

pub struct Workspace {
    /// The clone.
    pub root: PathBuf,
    /// Cargo's build folder (`CARGO_TARGET_DIR`, or `target` in the clone).
    pub target: PathBuf,
    /// Tools built once, by version: `~/.cache/sidecam/tools`.
    pub tools: PathBuf,
}

impl Workspace {
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask has no parent folder")?
            .to_owned();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        let cache = match std::env::var_os("XDG_CACHE_HOME") {
            Some(folder) => PathBuf::from(folder),
            None => {
                PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache")
            }
        };
        Ok(Self {
            root,
            target,
            tools: cache.join("sidecam/tools"),
        })
    }

    pub fn cargo(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = command(cargo, &self.root);
        cargo.env("CARGO_TARGET_DIR", &self.target);
        // `cargo run` describes xtask to its child; the cargo called here must not see it.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO_PKG_") {
                cargo.env_remove(name);
            }
        }
        cargo
            .env_remove("CARGO_MANIFEST_DIR")
            .env_remove("CARGO_MANIFEST_PATH");
        cargo
    }

    /// The end-to-end tests' folder.
    pub fn e2e(&self) -> PathBuf {
        self.root.join("e2e")
    }

    /// The client as Trunk builds it.
    pub fn dist(&self) -> PathBuf {
        self.target.join("client")
    }

    /// The `sidecam` program, built in release mode.
    pub fn sidecam(&self) -> PathBuf {
        self.target.join("release/sidecam")
    }

    /// The load generator, built in release mode.
    pub fn load(&self) -> PathBuf {
        self.target.join("release/load")
    }

    /// A fresh folder for one run's database, configuration and pictures.
    pub fn run_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = std::env::temp_dir().join(format!("sidecam-{name}-{}", std::process::id()));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
        Ok(folder)
    }

    /// The version of a package in Cargo.lock.
    pub fn locked_version(&self, package: &str) -> Result<String> {
        let lock = std::fs::read_to_string(self.root.join("Cargo.lock")).context("Cargo.lock")?;
        let name = format!("name = \"{package}\"");
        lock.split("[[package]]")
            .filter(|entry| entry.lines().any(|line| line == name))
            .find_map(|entry| {
                entry
                    .lines()
                    .find_map(|line| line.strip_prefix("version = "))
            })
            .map(|version| version.trim_matches('"').to_owned())
            .with_context(|| format!("Cargo.lock does not list {package}"))
    }

    pub fn node_version(&self) -> Result<String> {
        shell::read(command("node", &self.root).arg("--version"))
    }
}
