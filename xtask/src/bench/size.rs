//! The size of what a first visit downloads, and of what comes later.

use anyhow::Result;
use serde_json::Value;

use crate::shell::{self, command};
use crate::workspace::Workspace;

/// Node compresses: it is there anyway, and its levels are a web server's best.
const COMPRESS: &str = "
const { readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { gzipSync, brotliCompressSync } = require('node:zlib');
const [folder] = process.argv.slice(1);
// The part a first visit waits for is the client; the others come when they are wanted.
const all_wasm = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
const wasm = join(folder, all_wasm.find((name) => name.startsWith('sidecam-client-')));
const later = all_wasm.filter((name) => !name.startsWith('sidecam-client-'));
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
const parts = Object.fromEntries(later.map((name) => [name.split('-')[1], weigh(readFileSync(join(folder, name)))]));
console.log(JSON.stringify({ ...weigh(bytes), later: parts, code: weigh(sections[10]), data: weigh(sections[11]), scripts: all('.js'), styles: all('.css') }));
";

/// Bytes of the .wasm that a first visit waits for: raw, gzip, brotli, and the same of its sections, of the parts that come
/// later and of what loads beside it.
pub fn wasm(workspace: &Workspace) -> Result<Value> {
    let printed = shell::read(
        command("node", &workspace.root)
            .args(["-e", COMPRESS])
            .arg(workspace.dist()),
    )?;
    Ok(serde_json::from_str(&printed)?)
}
