//! The handset as a whole: real sockets, real codecs, peers of its own kind and of others.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod shares;
mod sipp;
mod support;
mod voices;
