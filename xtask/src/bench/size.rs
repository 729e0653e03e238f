//! The size of what a first visit downloads.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell::{self, command};
use crate::workspace::Workspace;

/// Node compresses: it is there anyway, and its levels are a web server's best.
const COMPRESS: &str = "
const { readFileSync } = require('node:fs');
const { gzipSync, brotliCompressSync } = require('node:zlib');
const bytes = readFileSync(process.argv[1]);
const gzip = gzipSync(bytes, { level: 9 }).length;
console.log(JSON.stringify({ raw: bytes.length, gzip, brotli: brotliCompressSync(bytes).length }));
";

/// Bytes of the client's .wasm: raw, gzip, brotli.
pub fn wasm(workspace: &Workspace) -> Result<Value> {
    let file = wasm_file(workspace)?;
    let printed = shell::read(
        command("node", &workspace.root)
            .args(["-e", COMPRESS])
            .arg(file),
    )?;
    Ok(serde_json::from_str(&printed)?)
}

fn wasm_file(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.dist();
    std::fs::read_dir(&folder)
        .with_context(|| format!("{}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|ending| ending == "wasm"))
        .with_context(|| format!("no .wasm in {}", folder.display()))
}
