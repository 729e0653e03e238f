//! What a first visit downloads of the program, held to a limit; beyond it the build fails and says what grew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{files, symbols};
use crate::shell::{self, command, failure, progress};
use crate::workspace::Workspace;

/// Bytes, in brotli, of the part that a first visit waits for.
const LIMIT: usize = 350_000;

/// What the program was made of when its weight was last looked at: a line for each part and each module.
const KNOWN: &str = "client/weight.txt";

/// How many of those that grew are named.
const NAMED: usize = 12;

/// Node compresses: it is there anyway, and its best is a web server's best.
const WEIGH: &str = "
const { readFileSync } = require('node:fs');
const { brotliCompressSync } = require('node:zlib');
console.log(process.argv.slice(1).map((file) => brotliCompressSync(readFileSync(file)).length).join(' '));
";

/// Bytes by name: of parts compressed, of modules before the optimizer and uncompressed.
type Weights = BTreeMap<String, usize>;

/// Weighs the parts in `staging`; an error where a first visit's is too heavy.
pub fn hold(workspace: &Workspace, program: &Path, staging: &Path) -> Result<()> {
    let parts = parts(workspace, staging)?;
    let mut table = String::new();
    for (part, bytes) in &parts {
        progress(format!("{part}: {bytes} bytes in brotli"));
        let _ = writeln!(table, "{part} {bytes}");
    }
    let modules = symbols::by_module(&fs::read(program)?)?;
    for (module, bytes) in &modules {
        let _ = writeln!(table, "{module} {bytes}");
    }
    let now = workspace.target.join("parts/weight.txt");
    fs::write(&now, &table)?;
    let known = fs::read_to_string(workspace.root.join(KNOWN)).context(KNOWN)?;
    let first = parts.get(FIRST).copied().unwrap_or_default();
    let Some(complaint) = complaint(first, &read(&known), &read(&table)) else {
        return Ok(());
    };
    let next = format!(
        "make it smaller or have it come later (`part!`); if it is worth its weight, raise LIMIT in xtask/src/parts/weight.rs and copy {} to {KNOWN}",
        now.display()
    );
    Err(failure(complaint, next))
}

/// The part that a first visit waits for, in the table.
const FIRST: &str = "part:client";

fn parts(workspace: &Workspace, staging: &Path) -> Result<Weights> {
    let files: Vec<PathBuf> = files(staging, |name| name.ends_with(".wasm"))?;
    let mut node = command("node", &workspace.root);
    let printed = shell::read(node.args(["-e", WEIGH]).args(&files))?;
    let sizes = printed.split_whitespace().map(str::parse);
    let named = files.iter().zip(sizes).map(|(file, bytes)| {
        let stem = file.file_stem().context("a file has a name")?;
        // `sidecam-house-0123456789abcdef`, `sidecam-client-0123456789abcdef_bg`.
        let stem = stem.to_string_lossy();
        let part = stem.split('-').nth(1).unwrap_or(&stem);
        Ok((format!("part:{part}"), bytes?))
    });
    named.collect()
}

fn read(table: &str) -> Weights {
    let lines = table.lines().filter_map(|line| line.rsplit_once(' '));
    lines
        .filter_map(|(name, bytes)| Some((name.to_owned(), bytes.parse().ok()?)))
        .collect()
}

/// What is wrong with a first visit of so many bytes, if anything: and what grew most since the weights were known.
fn complaint(first: usize, known: &Weights, now: &Weights) -> Option<String> {
    if first <= LIMIT {
        return None;
    }
    let mut text = format!(
        "a first visit downloads {first} bytes of program in brotli: {} more than {LIMIT}",
        first - LIMIT
    );
    let mut grown: Vec<(usize, &str, usize)> = now
        .iter()
        .map(|(name, bytes)| {
            let before = known.get(name).copied().unwrap_or_default();
            (bytes.saturating_sub(before), name.as_str(), *bytes)
        })
        .filter(|(by, ..)| *by > 0)
        .collect();
    grown.sort_unstable_by(|a, b| b.cmp(a));
    if !grown.is_empty() {
        text.push_str("\nwhat grew (modules: bytes before the optimizer, uncompressed):");
    }
    for (by, name, bytes) in grown.into_iter().take(NAMED) {
        let _ = write!(text, "\n  {name}: {bytes}, {by} more");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_the_limit_passes() {
        let grown = read("part:client 350000\nsip::agent 99999\n");
        assert_eq!(complaint(LIMIT, &Weights::new(), &grown), None);
    }

    #[test]
    fn a_heavier_first_visit_fails_and_names_what_grew_most_first() {
        let known =
            read("part:client 349000\nsip::agent 1000\nsidecam_client::view::me 5000\ncore 700\n");
        let now = read(
            "part:client 350001\nsip::agent 900\nsidecam_client::view::me 9000\nsidecam_client::view::game 8000\ncore 700\n",
        );
        assert_eq!(
            complaint(LIMIT + 1, &known, &now).expect("it is too heavy"),
            "a first visit downloads 350001 bytes of program in brotli: 1 more than 350000\n\
             what grew (modules: bytes before the optimizer, uncompressed):\n  \
             sidecam_client::view::game: 8000, 8000 more\n  \
             sidecam_client::view::me: 9000, 4000 more\n  \
             part:client: 350001, 1001 more"
        );
    }

    #[test]
    fn a_table_that_was_written_is_read() {
        let weights = read("part:client 12\n<sip::agent as core>::fmt 7\nno number here\n");
        assert_eq!(weights.len(), 2);
        assert_eq!(weights["<sip::agent as core>::fmt"], 7);
    }
}
