//! The gateway as a whole, started on free ports and spoken to over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod call_events;
mod crowded;
mod draining;
mod edges;
mod forwarding;
mod numbers;
mod person;
mod registration;
mod resolver;
mod scanners;
mod selftest;
mod signals;
mod support;
mod tls;
mod tokens;
mod transport;
