//! The size of what a first visit downloads.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell::{self, command};
use crate::workspace::Workspace;

/// Node compresses: it is there anyway, and its levels are a web server's best.
const COMPRESS: &str = "
const { readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { gzipSync, brotliCompressSync } = require('node:zlib');
const [wasm, folder] = process.argv.slice(1);
const weigh = (bytes) => ({ raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length });
const files = (ending) => readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(ending)).map((name) => readFileSync(join(folder, name)));
const all = (ending) => files(ending).map(weigh).reduce((sum, one) => ({ raw: sum.raw + one.raw, gzip: sum.gzip + one.gzip, brotli: sum.brotli + one.brotli }), { raw: 0, gzip: 0, brotli: 0 });
const bytes = readFileSync(wasm);
// WebAssembly core specification, 5.5.2: sections by number and length.
const sections = {};
for (let at = 8; at < bytes.length; ) {
  const id = bytes[at++];
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  sections[id] = bytes.subarray(at, at + length);
  at += length;
}
console.log(JSON.stringify({ ...weigh(bytes), code: weigh(sections[10]), data: weigh(sections[11]), scripts: all('.js'), styles: all('.css') }));
";

/// Bytes of the client's .wasm: raw, gzip, brotli, and the same of its parts and of what loads beside it.
pub fn wasm(workspace: &Workspace) -> Result<Value> {
    let file = wasm_file(workspace)?;
    let printed = shell::read(
        command("node", &workspace.root)
            .args(["-e", COMPRESS])
            .arg(file)
            .arg(workspace.dist()),
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
