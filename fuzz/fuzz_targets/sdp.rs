//! Session descriptions of any content: `cargo +nightly fuzz run sdp`.

#![no_main]

#[path = "../../sip/tests/checks/mod.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::description(bytes));
