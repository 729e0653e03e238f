//! What is decided of any description: `cargo +nightly fuzz run offer`.

#![no_main]
#![allow(dead_code)]

#[path = "../../gateway/tests/simulated/decisions.rs"]
mod decisions;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decisions::decide(bytes));
