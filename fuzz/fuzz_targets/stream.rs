//! A TCP stream of any content, cut in any way: `cargo +nightly fuzz run stream`.

#![no_main]

#[path = "../../sip/tests/checks/mod.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::stream(bytes));
