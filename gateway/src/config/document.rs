//! docs/configuration.md names every setting, and its defaults are those of the code.

use std::collections::BTreeMap;
use std::path::Path;

use super::Config;
use super::reader::Reader;

const DOCUMENT: &str = include_str!("../../../docs/configuration.md");

/// Section and key, with the default as TOML; `None` for a setting that is left out.
fn documented() -> BTreeMap<(String, String), Option<String>> {
    let mut found = BTreeMap::new();
    let mut section = String::new();
    for line in DOCUMENT.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = quoted(heading).next().unwrap_or_default().to_owned();
            continue;
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let [keys, defaults, _] = cells[..] else {
            continue;
        };
        let defaults: Vec<&str> = quoted(defaults).collect();
        for (at, key) in quoted(keys).enumerate() {
            // One default stands for all keys of its row.
            let default = defaults.get(at).or(defaults.first());
            let section = section.trim_matches(['[', ']']).to_owned();
            let default = default.map(|default| (*default).to_owned());
            found.insert((section, key.to_owned()), default);
        }
    }
    found
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_document_names_every_setting_and_no_other() {
    let mut reader = Reader::new(None, std::iter::empty());
    Config::take(&mut reader);
    let known: Vec<(String, String)> = reader
        .known()
        .map(|(section, key)| (section.to_owned(), key.to_owned()))
        .collect();
    let documented: Vec<(String, String)> = documented().into_keys().collect();
    assert_eq!(documented, known);
}

#[test]
fn the_documents_defaults_are_the_defaults() {
    let mut text = String::new();
    for ((section, key), default) in documented() {
        if let Some(default) = default {
            text.push_str(&format!("{section}.{key} = {default}\n"));
        }
    }
    let written = Config::read(
        Some((Path::new("document.toml"), &text)),
        std::iter::empty(),
    );
    let without = Config::read(None, std::iter::empty()).unwrap();
    assert_eq!(written.unwrap(), without);
}

#[test]
fn the_documents_example_is_sound() {
    let example = DOCUMENT.split("```").nth(1).unwrap();
    let example = example.strip_prefix("toml\n").unwrap();
    Config::read(
        Some((Path::new("example.toml"), example)),
        std::iter::empty(),
    )
    .unwrap();
}
