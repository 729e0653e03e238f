//! Files of cards of any content: `cargo +nightly fuzz run vcard`.

#![no_main]

#[path = "../../client/tests/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::cards(bytes));
