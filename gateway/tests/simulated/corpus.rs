//! Every input that the fuzz targets found or started from, and many drills that chance wrote.

use std::path::Path;

use sip::id::IdSource;

use super::{call_events, drill, socket};

#[test]
fn drills_of_the_corpus_hold() {
    replay("switch", drill::run);
}

#[test]
fn frames_of_the_corpus_are_taken_whole_or_not_at_all() {
    replay("websocket", socket::run);
}

#[test]
fn events_of_the_corpus_leave_the_table_whole() {
    replay("call_event", call_events::tell);
}

fn replay(target: &str, run: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let mut replayed = 0;
    for entry in std::fs::read_dir(&corpus).expect("the corpus is in the repository") {
        let path = entry.expect("an entry").path();
        println!("{}", path.display());
        run(&std::fs::read(&path).expect("a file"));
        replayed += 1;
    }
    assert!(replayed >= 10, "{replayed} inputs in {}", corpus.display());
}

/// A failing seed is the last one printed.
#[test]
fn drills_that_chance_wrote_hold() {
    for seed in 0..1_000_u32 {
        println!("seed {seed}");
        let mut key = [0; 32];
        key[..4].copy_from_slice(&seed.to_be_bytes());
        let mut chance = IdSource::new(key);
        let bytes: Vec<u8> = (0..10).flat_map(|_| chance.bytes::<32>()).collect();
        drill::run(&bytes);
    }
}

/// Operations that have nina's page call pia's phone, and the phone answer.
const CALL: [u8; 17] = [
    0, 0, 2, 0x30, // INVITE
    23, 1, // the bridge opens ports
    2, 0, 0, 0, 15, // 200
    23, 1, // the bridge writes the answer
    5, 1, 1, 0, // ACK
];

/// Chance goes on in an answered call after a REFER of either side.
#[test]
fn drills_of_transfers_hold() {
    for seed in 0..1_000_u32 {
        println!("seed {seed}");
        let mut key = [1; 32];
        key[..4].copy_from_slice(&seed.to_be_bytes());
        let mut chance = IdSource::new(key);
        let mut bytes = CALL.to_vec();
        let side = seed as u8 & 1;
        for _ in 0..=(seed >> 1 & 3) {
            bytes.extend([5, side, 6, 0]);
        }
        bytes.extend((0..6).flat_map(|_| chance.bytes::<32>()));
        drill::run(&bytes);
    }
}
