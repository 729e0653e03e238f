//! What is left of a picture: every codec pair, by `media/examples/quality`.

use serde_json::Value;

use super::row;
use crate::shell::{self, progress};
use crate::workspace::Workspace;

pub fn measure(workspace: &Workspace) -> Value {
    progress("quality of every codec pair");
    let mut cargo = workspace.cargo();
    cargo.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "media",
        "--example",
        "quality",
    ]);
    cargo.args(["--", "--json"]);
    let outcome = shell::read(&mut cargo).and_then(|text| Ok(serde_json::from_str(&text)?));
    row("quality", outcome)
}
