//! H.264 payloads of any content: `cargo +nightly fuzz run h264`.

#![no_main]

#[path = "../../media/tests/checks/mod.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::h264(bytes));
