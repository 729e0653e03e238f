//! Is every word that a person reads among the words of `words/`?

use std::fs;
use std::path::{Path, PathBuf};

/// Attributes whose values are read aloud or shown.
const SPOKEN: &[&str] = &[
    "aria-label",
    "title",
    "placeholder",
    "alt",
    "aria-description",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            // The list of all scenes is for whoever works on them, in development builds alone.
            if path.file_name().is_none_or(|name| name != "gallery") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The string literals of a source with what stands before each, and the line.
fn literals(source: &str) -> Vec<(usize, &str, &str)> {
    let bytes = source.as_bytes();
    let (mut found, mut at, mut line_start) = (Vec::new(), 0, true);
    while at < bytes.len() {
        let rest = &source[at..];
        if line_start && rest.trim_start_matches(' ').starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        line_start = bytes[at] == b'\n' || (line_start && bytes[at] == b' ');
        if rest.starts_with("'\"'") {
            at += 3;
        } else if bytes[at] == b'"' {
            let end = end_of(bytes, at + 1);
            let line = source[..at].matches('\n').count() + 1;
            found.push((line, source[..at].trim_end(), &source[at + 1..end]));
            at = end + 1;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

fn end_of(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// Whether a literal is something to read: where text stands, where a name stands, or by its look.
fn is_read(before: &str, literal: &str) -> bool {
    let has_letters = literal.chars().any(char::is_alphabetic);
    let closes_tag = before.ends_with('>') && !before.ends_with("=>") && !before.ends_with("->");
    let names = SPOKEN
        .iter()
        .any(|name| before.ends_with(&format!(" {name}=")));
    let mut letters = literal.chars();
    let sentence = letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_lowercase)
        && literal.contains(' ');
    has_letters && (closes_tag || names || sentence)
}

#[test]
fn no_word_is_written_in_a_view() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![root.join("app.rs")];
    sources(&root.join("view"), &mut files);
    sources(&root.join("text"), &mut files);
    let mut outside = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).expect("a source");
        let code = source
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default();
        for (line, before, literal) in literals(code) {
            if is_read(before, literal) {
                let file = file.strip_prefix(&root).unwrap_or(&file).display();
                outside.push(format!("src/{file}:{line}: {literal}"));
            }
        }
    }
    let said = outside.join("\n");
    assert!(
        outside.is_empty(),
        "these belong into client/words/:\n{said}"
    );
}

#[test]
fn what_is_read_is_told_from_what_is_not() {
    let view = r#"view! { <p class="small quiet" title="Stop it">"Now" {more}</p> }"#;
    let read: Vec<&str> = literals(view)
        .into_iter()
        .filter(|(_, before, literal)| is_read(before, literal))
        .map(|(_, _, literal)| literal)
        .collect();
    assert_eq!(read, ["Stop it", "Now"]);
    let code = "match x { A => \"live\", _ => say(\"Try it again.\") } // \"No\"";
    assert!(!is_read("match x { A =>", "live"));
    assert_eq!(literals(code)[1].2, "Try it again.");
}
