//! What is left of a picture: every codec pair, by `media/examples/quality`.

use serde_json::{Value, json};

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
    let pairs = shell::read(&mut cargo).and_then(|text| {
        let pairs: Value = serde_json::from_str(&text)?;
        Ok(json!({ "pairs": pairs }))
    });
    row("quality", pairs)
}
