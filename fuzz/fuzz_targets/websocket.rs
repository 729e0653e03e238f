//! Any bytes on a page's WebSocket, cut in any way: `cargo +nightly fuzz run websocket`.

#![no_main]

#[path = "../../gateway/tests/simulated/socket.rs"]
mod socket;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| socket::run(bytes));
