//! What do the SIP documents say happens next?
//!
//! Messages, SDP, transactions, dialogs, a user agent and Digest, written so that time, chance
//! and wires are arguments: nothing in here opens a socket, reads a clock or spawns a task, and
//! everything compiles to WebAssembly.

pub mod agent;
pub mod bearer;
pub mod conference;
pub mod dialog;
pub mod digest;
pub mod id;
pub mod limits;
pub mod message;
pub mod number;
pub mod parse;
pub mod resource_lists;
pub mod sdp;
pub mod stream;
pub mod time;
pub mod transaction;
pub mod transport;
pub mod video_share;
