//! Any sequence of operations on a whole switch: `cargo +nightly fuzz run switch`.

#![no_main]
#![allow(dead_code)]

#[path = "../../gateway/tests/simulated/drill/mod.rs"]
mod drill;
#[path = "../../gateway/tests/simulated/script.rs"]
mod script;
#[path = "../../gateway/tests/simulated/stage.rs"]
mod stage;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drill::run(bytes));
