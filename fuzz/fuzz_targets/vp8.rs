//! VP8 payloads of any content: `cargo +nightly fuzz run vp8`.

#![no_main]

#[path = "../../media/tests/checks/mod.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::vp8(bytes));
