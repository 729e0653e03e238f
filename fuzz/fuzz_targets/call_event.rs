//! Events of voice calls of any content: `cargo +nightly fuzz run call_event`.

#![no_main]
#![allow(dead_code)]

#[path = "../../gateway/tests/simulated/call_events.rs"]
mod call_events;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| call_events::tell(bytes));
