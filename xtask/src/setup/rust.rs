//! The WebAssembly target and the Rust tools, built once for each version.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::shell::{self, command, failure, on_path, progress, step};
use crate::workspace::Workspace;

/// Newer versions want a newer compiler than the project's.
const TRUNK: &str = "0.21.14";
/// Splits the program as `wasm_split_helpers`, which Leptos brings, marks it.
const WASM_SPLIT: &str = "0.2.3";
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Where `trunk` is kept.
pub fn trunk_folder(workspace: &Workspace) -> PathBuf {
    workspace.tools.join(format!("trunk-{TRUNK}")).join("bin")
}

/// Where the `wasm-bindgen` that matches Cargo.lock is kept.
pub fn wasm_bindgen_folder(workspace: &Workspace) -> Result<PathBuf> {
    let version = workspace.locked_version("wasm-bindgen")?;
    Ok(workspace
        .tools
        .join(format!("wasm-bindgen-{version}"))
        .join("bin"))
}

/// Where `wasm-split-cli` is kept.
pub fn wasm_split_folder(workspace: &Workspace) -> PathBuf {
    workspace
        .tools
        .join(format!("wasm-split-{WASM_SPLIT}"))
        .join("bin")
}

/// Adds the WebAssembly target by rustup.
pub fn wasm_target(workspace: &Workspace) -> Result<()> {
    let sysroot = shell::read(command("rustc", &workspace.root).args(["--print", "sysroot"]))?;
    if Path::new(&sysroot)
        .join("lib/rustlib")
        .join(WASM_TARGET)
        .join("lib")
        .is_dir()
    {
        return Ok(());
    }
    let next = format!(
        "`rustup target add {WASM_TARGET}` needs static.rust-lang.org; without it install a \
         toolchain that carries the target (Debian: rustc-web, cargo-web, libstd-rust-web-dev-wasm32)"
    );
    if on_path("rustup").is_none() {
        return Err(failure(
            "the WebAssembly target is missing and there is no rustup",
            next,
        ));
    }
    let mut rustup = command("rustup", &workspace.root);
    step(
        "rustup target add wasm32-unknown-unknown",
        rustup.args(["target", "add", WASM_TARGET]),
        &next,
    )
}

/// Builds trunk, the splitter and the tools of wasm-bindgen where they are not in the cache.
pub fn tools(workspace: &Workspace) -> Result<()> {
    let trunk = Tool {
        package: "trunk",
        version: TRUNK.to_owned(),
        programs: &["trunk"],
        // The default features bring two TLS stacks; none at all does not compile.
        options: &["--locked", "--no-default-features", "--features", "rustls"],
    };
    let wasm_bindgen = Tool {
        package: "wasm-bindgen-cli",
        version: workspace.locked_version("wasm-bindgen")?,
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        // Its lock file asks for a release that was withdrawn.
        options: &["--no-default-features"],
    };
    let wasm_split = Tool {
        package: "wasm_split_cli_support",
        version: WASM_SPLIT.to_owned(),
        programs: &["wasm-split-cli"],
        options: &["--locked", "--features", "build-binary"],
    };
    trunk.install(workspace, &trunk_folder(workspace))?;
    wasm_split.install(workspace, &wasm_split_folder(workspace))?;
    wasm_bindgen.install(workspace, &wasm_bindgen_folder(workspace)?)
}

struct Tool {
    package: &'static str,
    version: String,
    programs: &'static [&'static str],
    options: &'static [&'static str],
}

impl Tool {
    fn install(&self, workspace: &Workspace, folder: &Path) -> Result<()> {
        if self
            .programs
            .iter()
            .all(|program| folder.join(program).is_file())
        {
            return Ok(());
        }
        let root = folder.parent().context("a tool folder has a parent")?;
        progress(format!(
            "building {} {} once (about 5 minutes on two cores)",
            self.package, self.version
        ));
        let mut cargo = workspace.cargo();
        cargo
            .args([
                "install",
                self.package,
                "--version",
                &self.version,
                "--force",
                "--root",
            ])
            .arg(root)
            .args(self.options)
            .args(self.programs.iter().flat_map(|program| ["--bin", program]))
            // A build folder of its own: the tools' profile must not evict the project's.
            .env("CARGO_TARGET_DIR", workspace.tools.join("build"))
            // Run a few times a build: compile time matters more than speed.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        let next = format!(
            "crates.io must be reachable once; {} is then cached",
            root.display()
        );
        step(
            &format!("cargo install {}", self.package),
            &mut cargo,
            &next,
        )?;
        std::fs::remove_dir_all(workspace.tools.join("build")).ok();
        Ok(())
    }
}
