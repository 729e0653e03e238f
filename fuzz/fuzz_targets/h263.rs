//! H.263 payloads (RFC 2190) of any content: `cargo +nightly fuzz run h263`.

#![no_main]

#[path = "../../media/tests/checks/mod.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::h263(bytes));
