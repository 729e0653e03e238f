//! Rosters (RFC 4575) and lists of people (RFC 5366) of any content: `cargo +nightly fuzz run people`.

#![no_main]

#[path = "../../sip/tests/checks/mod.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::people(bytes));
