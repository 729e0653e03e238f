//! Splitting, binding, optimizing, minifying: each by its tool.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};

use super::{files, symbols};
use crate::setup;
use crate::shell::{command, failure, step};
use crate::workspace::Workspace;

/// What the splitter calls the script that fetches parts.
const LOADER: &str = "__wasm_split.js";

/// What every browser has that runs the page: the compiler emits these instructions.
const OPTIMIZE: &[&str] = &[
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Puts the program's parts where Trunk put the program in one piece.
pub fn into_parts(workspace: &Workspace, program: &Path, staging: &Path) -> Result<()> {
    let work = workspace.target.join("parts");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let bound = work.join("bound");
    fs::create_dir_all(&bound)?;
    let version = version(workspace, program)?;
    let name = format!("sidecam-client-{version}");
    let mut split = command(
        setup::wasm_split_folder(workspace).join("wasm-split-cli"),
        &work,
    );
    split.arg(program).arg(&work).args(["--out-name", &name]);
    step(
        "splitting the program",
        &mut split,
        "it has relocations where client/build.rs asked for them",
    )?;
    let mut bind = command(
        setup::wasm_bindgen_folder(workspace)?.join("wasm-bindgen"),
        &work,
    );
    bind.arg(format!("{name}.wasm"))
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports"])
        .args(["--out-name", &name, "--out-dir"])
        .arg(&bound);
    step("wasm-bindgen", &mut bind, "read its message above")?;
    forget_unsplit(staging, &name)?;
    let whole = format!("{name}_bg.wasm");
    optimize(workspace, &bound.join(&whole), &staging.join(&whole))?;
    let loader = work.join(LOADER);
    let mut script = fs::read_to_string(&loader).with_context(|| LOADER)?;
    for part in files(&work, |name| {
        name.ends_with(".wasm") && !name.starts_with("sidecam-")
    })? {
        let plain = file_name(&part)?;
        let named = named(&plain, &version);
        optimize(workspace, &part, &staging.join(&named))?;
        script = script.replace(&format!("./{plain}"), &format!("./{named}"));
    }
    fs::write(bound.join(LOADER), script)?;
    // Both scripts become one.
    let mut minify = esbuild(workspace, &bound);
    minify
        .arg(format!("{name}.js"))
        // wasm-bindgen names the loader once for each part.
        .args([
            "--bundle",
            "--format=esm",
            "--log-override:duplicate-object-key=silent",
        ])
        .arg(format!(
            "--outfile={}",
            staging.join(format!("{name}.js")).display()
        ));
    step(
        "minifying the script",
        &mut minify,
        "read esbuild's message above",
    )
}

/// `sidecam-house-….wasm` for `split_house.wasm`.
fn named(plain: &str, version: &str) -> String {
    let stem = plain.trim_end_matches(".wasm");
    let stem = stem.strip_prefix("split_").unwrap_or(stem);
    format!("sidecam-{stem}-{version}.wasm")
}

/// All files of a build have one version, of what they are made from and by.
fn version(workspace: &Workspace, program: &Path) -> Result<String> {
    let bytes = fs::read(program).with_context(|| format!("{}", program.display()))?;
    let mut hasher = DefaultHasher::new();
    (bytes, OPTIMIZE).hash(&mut hasher);
    let tools = [
        setup::wasm_split_folder(workspace),
        setup::wasm_bindgen_folder(workspace)?,
        setup::wasm_opt_folder(workspace),
        setup::esbuild_folder(workspace),
    ];
    for tool in tools {
        tool.strip_prefix(&workspace.tools)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Takes away what Trunk put there, and has the page name what comes in its place.
fn forget_unsplit(staging: &Path, name: &str) -> Result<()> {
    let scripts = files(staging, |name| {
        name.starts_with("sidecam-client-") && name.ends_with(".js")
    })?;
    let [script] = scripts.as_slice() else {
        return Err(failure(
            format!("{} scripts of Trunk's for one program", scripts.len()),
            "the staging folder is Trunk's alone: build again",
        ));
    };
    let old = file_name(script)?;
    let old = old.trim_end_matches(".js");
    let page = staging.join("index.html");
    let text = fs::read_to_string(&page)?;
    fs::write(&page, text.replace(old, name))?;
    fs::remove_file(script)?;
    Ok(fs::remove_file(staging.join(format!("{old}_bg.wasm")))?)
}

fn optimize(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from)?;
    fs::write(from, symbols::without_names(&bytes)?)?;
    let mut optimize = command(
        setup::wasm_opt_folder(workspace).join("wasm-opt"),
        &workspace.root,
    );
    optimize.args(OPTIMIZE).arg(from).arg("-o").arg(to);
    step(
        &format!("wasm-opt {}", file_name(to)?),
        &mut optimize,
        "read its message above",
    )
}

/// Style sheets, and the scripts that are no copies: what Trunk would do, but for a script it cannot read.
pub fn minify_rest(workspace: &Workspace, staging: &Path) -> Result<()> {
    let mut minify = esbuild(workspace, staging);
    minify.args(["--allow-overwrite", "--outbase=.", "--outdir=."]);
    let mut all = files(staging, |name| {
        name.ends_with(".css") || (name.starts_with("offline-") && name.ends_with(".js"))
    })?;
    let sheets = staging.join("css");
    for folder in files(&sheets, |_| true)? {
        all.extend(files(&folder, |name| name.ends_with(".css"))?);
    }
    for file in &all {
        minify.arg(file.strip_prefix(staging)?);
    }
    step(
        "minifying style sheets",
        &mut minify,
        "read esbuild's message above",
    )
}

fn esbuild(workspace: &Workspace, folder: &Path) -> std::process::Command {
    let mut esbuild = command(setup::esbuild_folder(workspace).join("esbuild"), folder);
    esbuild.args(["--minify", "--log-level=warning"]);
    esbuild
}

fn file_name(file: &Path) -> Result<String> {
    let name = file.file_name().context("a file has a name")?;
    Ok(name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_part_is_named_after_its_module_and_its_build() {
        let version = "0123456789abcdef";
        assert_eq!(
            named("split_house.wasm", version),
            "sidecam-house-0123456789abcdef.wasm"
        );
        assert_eq!(
            named("chunk_4.wasm", version),
            "sidecam-chunk_4-0123456789abcdef.wasm"
        );
    }

    #[test]
    fn the_page_names_what_was_split_and_nothing_else_is_left() {
        let folder = env_folder("page");
        fs::write(
            folder.join("index.html"),
            "'/sidecam-client-aa.js' '/sidecam-client-aa_bg.wasm'",
        )
        .expect("written");
        for file in ["sidecam-client-aa.js", "sidecam-client-aa_bg.wasm"] {
            fs::write(folder.join(file), "").expect("written");
        }
        forget_unsplit(&folder, "sidecam-client-bb").expect("there is one program");
        let page = fs::read_to_string(folder.join("index.html")).expect("read");
        assert_eq!(page, "'/sidecam-client-bb.js' '/sidecam-client-bb_bg.wasm'");
        let left = files(&folder, |name| name.starts_with("sidecam-")).expect("read");
        assert_eq!(left, Vec::<PathBuf>::new());
        fs::remove_dir_all(folder).expect("removed");
    }

    fn env_folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("sidecam-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        folder
    }
}
