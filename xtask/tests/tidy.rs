//! The house rules that a machine can hold: sizes, citations, words, whereabouts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file longer than this has two subjects.
const FILE_LINES: usize = 600;
/// A function longer than this is not read in one look.
const FUNCTION_LINES: usize = 70;

/// What is over its limit and by how much it may be. An entry whose subject
/// has become shorter must shrink with it, and go once it fits.
const EXCEPTIONS: &[(&str, usize)] = &[
    // One table of what comes and what is expected then.
    (
        "gateway/src/home/registrar_tests.rs::registers_add_renew_refuse_and_remove",
        146,
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files that git knows or would add, with these endings.
fn files(endings: &[&str]) -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git starts");
    assert!(
        output.status.success(),
        "tidy reads the list of files from git"
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|path| endings.iter().any(|ending| path.ends_with(ending)))
        .filter(|path| root().join(path).is_file())
        .map(str::to_owned)
        .collect()
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// A file that is compiled for tests only: its module is declared under `#[cfg(test)]`.
fn is_test(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else {
        return false;
    };
    let module = name.trim_end_matches(".rs");
    let declaration = format!("#[cfg(test)]\nmod {module};");
    let parents = [
        format!("{folder}/mod.rs"),
        format!("{folder}/lib.rs"),
        format!("{folder}.rs"),
    ];
    folder.contains("/tests")
        || parents
            .iter()
            .any(|parent| text(parent).contains(&declaration))
}

#[track_caller]
fn none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// Compares what is over the limit with [`EXCEPTIONS`].
fn over(found: Vec<(String, usize)>, limit: usize, is_exception: fn(&str) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    for (subject, lines) in &found {
        match EXCEPTIONS.iter().find(|(name, _)| name == subject) {
            Some((_, allowed)) if lines > allowed => {
                complaints.push(format!("{subject}: {lines} lines, {allowed} at most"));
            }
            Some((_, allowed)) if lines < allowed => {
                complaints.push(format!(
                    "{subject}: write {lines} for {allowed} in EXCEPTIONS"
                ));
            }
            Some(_) => {}
            None => complaints.push(format!("{subject}: {lines} lines, {limit} at most")),
        }
    }
    for (name, _) in EXCEPTIONS.iter().filter(|(name, _)| is_exception(name)) {
        if !found.iter().any(|(subject, _)| subject == name) {
            complaints.push(format!("{name} fits: take it out of EXCEPTIONS"));
        }
    }
    complaints
}

#[test]
fn a_file_has_at_most_600_lines() {
    let long = files(&[".rs", ".ts", ".css", ".html", ".sql"])
        .into_iter()
        .map(|path| (path.clone(), text(&path).lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES)
        .collect();
    none(
        "split by concern",
        over(long, FILE_LINES, |name| !name.contains("::")),
    );
}

#[test]
fn a_function_has_at_most_70_lines() {
    let long = files(&[".rs"])
        .into_iter()
        .flat_map(|path| {
            functions(&text(&path))
                .into_iter()
                .map(move |(name, lines)| (format!("{path}::{name}"), lines))
        })
        .filter(|(_, lines)| *lines > FUNCTION_LINES)
        .collect();
    none(
        "split the function",
        over(long, FUNCTION_LINES, |name| name.contains("::")),
    );
}

/// Functions and their lengths. rustfmt puts the closing brace where the `fn` began.
fn functions(source: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let Some(name) = function_name(line.trim_start()) else {
            continue;
        };
        let end = lines[start..]
            .iter()
            .position(|line| line.strip_prefix(indent).is_some_and(|rest| rest == "}"));
        if let Some(length) = end {
            found.push((name.to_owned(), length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let mut words = line;
    loop {
        if let Some(rest) = words.strip_prefix("fn ") {
            let one_line = line.ends_with('}') || line.ends_with(';');
            return if one_line {
                None
            } else {
                rest.split(['(', '<']).next()
            };
        }
        let (word, rest) = words.split_once(' ')?;
        let modifier = word.starts_with("pub") || matches!(word, "async" | "const" | "unsafe");
        words = if modifier { rest } else { return None };
    }
}

#[test]
fn function_lengths_are_counted_from_signature_to_brace() {
    let source =
        "impl A {\n    pub(crate) async fn two(\n        a: u8,\n    ) {\n    }\n}\nfn one() {}\n";
    assert_eq!(functions(source), [("two".to_owned(), 4)]);
}

#[test]
fn protocol_files_cite_their_document_in_the_first_line() {
    const PROTOCOL: &[&str] = &[
        "sip/src/transaction/",
        "sip/src/message/",
        "sip/src/agent/",
        "sip/src/sdp/",
        "sip/src/dialog",
        "sip/src/digest",
        "sip/src/parse",
        "sip/src/stream",
        "media/src/rtp/",
        "media/src/payload/",
    ];
    let silent = files(&[".rs"])
        .into_iter()
        .filter(|path| PROTOCOL.iter().any(|start| path.starts_with(start)))
        .filter(|path| !is_test(path))
        .filter(|path| {
            let source = text(path);
            let first = source.lines().next().unwrap_or_default();
            !first.starts_with("//!")
                || !["RFC ", "H.26", "TS "]
                    .iter()
                    .any(|document| first.contains(document))
        })
        .collect();
    none("the first line names the RFC and section", silent);
}

#[test]
fn the_architecture_names_every_folder_and_crate() {
    let architecture = text("ARCHITECTURE.md");
    let mut folders: Vec<String> = files(&[""])
        .iter()
        .filter_map(|path| path.split_once('/').map(|(folder, _)| format!("{folder}/")))
        .collect();
    folders.sort();
    folders.dedup();
    folders.retain(|folder| !architecture.contains(folder.as_str()));
    none("ARCHITECTURE.md does not name", folders);
}

#[test]
fn every_decision_is_in_the_index() {
    let index = text("docs/adr/README.md");
    let missing = files(&[".md"])
        .into_iter()
        .filter_map(|path| path.strip_prefix("docs/adr/").map(str::to_owned))
        .filter(|name| name != "README.md" && !index.contains(name.as_str()))
        .collect();
    none("docs/adr/README.md does not link", missing);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for path in files(&[".md"]) {
        let folder = root()
            .join(&path)
            .parent()
            .expect("a file has a folder")
            .to_owned();
        for target in text(&path)
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                broken.push(format!("{path}: {target}"));
            }
        }
    }
    none("the link leads nowhere", broken);
}

#[test]
fn pure_crates_neither_sleep_nor_read_the_clock() {
    const NEVER: &[&str] = &[
        "thread::sleep",
        "SystemTime::now",
        "Instant::now",
        "UdpSocket",
        "TcpStream",
        "thread::spawn",
    ];
    let found = files(&[".rs"])
        .into_iter()
        .filter(|path| path.starts_with("sip/src/") || path.starts_with("media/src/"))
        .flat_map(|path| {
            let source = text(&path);
            // Tests come last in a file and may make a first Instant.
            let code = source
                .split("#[cfg(test)]")
                .next()
                .unwrap_or_default()
                .to_owned();
            let code = if is_test(&path) { String::new() } else { code };
            NEVER
                .iter()
                .filter(move |word| code.contains(**word))
                .map(move |word| format!("{path}: {word}"))
        })
        .collect();
    none("time, chance and wires are arguments", found);
}

#[test]
fn nothing_waits_a_fixed_time_end_to_end() {
    let waits = files(&[".ts"])
        .into_iter()
        .filter(|path| text(path).contains("waitForTimeout"))
        .collect();
    none("wait for an event, or poll with a deadline", waits);
}

#[test]
fn no_test_is_switched_off() {
    // Put together here so that this file does not accuse itself.
    let words = [
        ["#[", "ignore"],
        ["test", ".skip("],
        ["test", ".fixme("],
        ["test", ".only("],
    ];
    let found = files(&[".rs", ".ts"])
        .into_iter()
        .filter(|path| words.iter().any(|word| text(path).contains(&word.concat())))
        .collect();
    none("mend the test or remove it", found);
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let words = [
        ["/wo", "rk/"],
        ["/tmp/", "contract"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["TO", "DO"],
    ];
    let found = files(&[
        ".rs", ".ts", ".md", ".toml", ".css", ".html", ".xml", ".json", ".sh", "run",
    ])
    .into_iter()
    .filter(|path| !path.ends_with("package-lock.json"))
    .filter(|path| words.iter().any(|word| text(path).contains(&word.concat())))
    .collect();
    none("say it in the project's own words, or do it", found);
}
