//! What a peer says of its recording, of any content: `cargo +nightly fuzz run recording`.

#![no_main]

#[path = "../../client/tests/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::recording(bytes));
