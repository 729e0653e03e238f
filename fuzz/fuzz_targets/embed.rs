//! Messages of the page around ours, of any content: `cargo +nightly fuzz run embed`.

#![no_main]

#[path = "../../client/tests/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::embed::messages(bytes));
