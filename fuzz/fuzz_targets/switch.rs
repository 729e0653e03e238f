//! Any sequence of operations on a whole switch: `cargo +nightly fuzz run -s none switch`. There is no
//! unsafe code of ours for a sanitizer to watch, and without one a core does about 190 drills a
//! second, each of many minutes of simulated time; unoptimised it does 25.

#![no_main]
#![allow(dead_code)]

#[path = "../../gateway/tests/simulated/drill/mod.rs"]
mod drill;
#[path = "../../gateway/tests/simulated/script.rs"]
mod script;
#[path = "../../gateway/tests/simulated/stage.rs"]
mod stage;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drill::run(bytes));
