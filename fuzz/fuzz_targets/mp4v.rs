//! MPEG-4 Visual payloads (RFC 6416) of any content: `cargo +nightly fuzz run mp4v`.

#![no_main]

#[path = "../../media/tests/checks/mod.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::mp4v(bytes));
