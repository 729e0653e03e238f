//! SIP as the handset reads and writes it: messages through `rsip`, transactions and Digest of its
//! own. Nothing in here is shared with the `sip` crate, so that one misreading cannot cancel itself
//! out at both ends of a test.

pub mod digest;
pub mod message;
pub mod text;
pub mod transaction;
