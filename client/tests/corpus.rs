//! Every input that the fuzz targets started from or found, replayed.

// There are no files in a browser.
#![cfg(not(target_arch = "wasm32"))]

mod checks;

use std::fs;
use std::path::Path;

#[test]
fn cards() {
    replay("vcard", 10, checks::cards);
}

#[test]
fn messages_of_the_page_around() {
    replay("embed", 8, checks::embed::messages);
}

#[test]
fn recording() {
    replay("recording", 6, checks::recording);
}

#[test]
fn packets() {
    replay("packets", 15, checks::packets);
}

fn replay(target: &str, at_least: usize, check: fn(&[u8])) {
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
    assert!(
        replayed >= at_least,
        "{replayed} inputs in {}",
        corpus.display()
    );
}
