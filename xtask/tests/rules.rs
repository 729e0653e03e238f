//! `docs/video-share-rules.md` keeps its promises: every test named there exists and names its rule.

use std::fs;
use std::path::Path;

const TABLE: &str = "docs/video-share-rules.md";

/// One row: the rule and its third column.
struct Row {
    rule: String,
    tests: String,
}

fn rows(table: &str) -> Vec<Row> {
    table
        .lines()
        .filter_map(|line| line.strip_prefix("| R"))
        .filter_map(|line| {
            let mut cells = line.trim_end_matches(" |").splitn(3, " | ");
            Some(Row {
                rule: format!("R{}", cells.next()?.trim()),
                tests: cells.nth(1)?.trim().to_owned(),
            })
        })
        .collect()
}

/// `` `file` the test's name``, several of them with `<br>` between.
fn faults(row: &Row, root: &Path) -> Vec<String> {
    let Row { rule, tests } = row;
    if tests.is_empty() {
        return vec![format!("{rule}: neither a test nor **not done**")];
    }
    let mut faults = Vec::new();
    for named in tests.split("<br>").map(str::trim) {
        // The part of a rule that is missing is said in bold, behind or instead of a test.
        if named.starts_with("**") {
            continue;
        }
        let Some((file, name)) = named
            .strip_prefix('`')
            .and_then(|rest| rest.split_once("` "))
        else {
            faults.push(format!("{rule}: \"{named}\" is not `file` name"));
            continue;
        };
        let text = fs::read_to_string(root.join(file)).unwrap_or_default();
        if !text.contains(name) {
            faults.push(format!("{rule}: {file} has no test \"{name}\""));
        }
        if !text.contains(rule.as_str()) {
            faults.push(format!("{rule}: {file} does not name the rule"));
        }
    }
    faults
}

#[test]
fn every_rule_names_its_test_or_says_that_it_is_not_done() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = fs::read_to_string(root.join(TABLE)).expect("the table of rules");
    let rows = rows(&table);
    assert!(rows.len() > 50, "the table was not read");
    let faults: Vec<String> = rows.iter().flat_map(|row| faults(row, &root)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
