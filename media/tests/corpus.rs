//! Every input the fuzz targets started from or found, replayed.

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
fn rtp() {
    replay("rtp", checks::rtp);
}

#[test]
fn rtcp() {
    replay("rtcp", checks::rtcp);
}

#[test]
fn h263() {
    replay("h263", checks::h263);
}

#[test]
fn h263plus() {
    replay("h263plus", checks::h263plus);
}

#[test]
fn h264() {
    replay("h264", checks::h264);
}

#[test]
fn mp4v() {
    replay("mp4v", checks::mp4v);
}

#[test]
fn vp8() {
    replay("vp8", checks::vp8);
}

#[test]
fn amr() {
    replay("amr", checks::amr);
}

#[test]
fn telephone_event() {
    replay("telephone_event", checks::telephone_event);
}
