//! Every input the fuzz target of cards started from or found, replayed.

// There are no files in a browser.
#![cfg(not(target_arch = "wasm32"))]

mod checks;

use std::fs;
use std::path::Path;

#[test]
fn cards() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/vcard");
    let mut replayed = 0;
    for entry in fs::read_dir(&corpus).expect("the corpus is in the repository") {
        let path = entry.expect("an entry").path();
        println!("{}", path.display());
        checks::cards(&fs::read(&path).expect("a file"));
        replayed += 1;
    }
    assert!(replayed >= 10, "{replayed} inputs in {}", corpus.display());
}
