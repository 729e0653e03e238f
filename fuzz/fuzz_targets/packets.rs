//! What a gateway tells of a call's packets, of any content: `cargo +nightly fuzz run packets`.

#![no_main]

#[path = "../../client/tests/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::packets(bytes));
