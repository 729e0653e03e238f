//! Every input the fuzz targets started from or found, replayed.

// There are no files in a browser.
#![cfg(not(target_arch = "wasm32"))]

mod checks;

use std::fs;
use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let mut replayed = 0;
    for entry in fs::read_dir(&corpus).expect("the corpus is in the repository") {
        let path = entry.expect("an entry").path();
        println!("{}", path.display());
        check(&fs::read(&path).expect("a file"));
        replayed += 1;
    }
    assert!(replayed >= 10, "{replayed} inputs in {}", corpus.display());
}

#[test]
fn messages() {
    replay("message", checks::message);
}

#[test]
fn streams() {
    replay("stream", checks::stream);
}

#[test]
fn descriptions() {
    replay("sdp", checks::description);
}

#[test]
fn rosters_and_lists_of_people() {
    replay("people", checks::people);
}
