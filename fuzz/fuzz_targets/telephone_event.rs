//! Telephone events of any content: `cargo +nightly fuzz run telephone_event`.

#![no_main]

#[path = "../../media/tests/checks/mod.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::telephone_event(bytes));
