//! The whole switch in simulated time: no socket, no disk, no media, and peers that do anything.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod call_events;
mod corpus;
mod decisions;
mod drill;
mod node;
mod script;
mod seeds;
mod socket;
mod stage;
