//! AMR and AMR-WB payloads of any content: `cargo +nightly fuzz run amr`.

#![no_main]

#[path = "../../media/tests/checks/mod.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::amr(bytes));
