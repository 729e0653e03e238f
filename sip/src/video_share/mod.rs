//! What Video Share adds to SIP and SDP so that two phones find out what they can do for each other:
//! feature tags (RFC 3840 §9, 3GPP TS 24.279 annex A) and what stands in an answer to OPTIONS
//! (RFC 3261 §11, RFC 3264 §9).

mod abilities;
mod tags;

pub use abilities::{Abilities, Files, MAX_ACCEPT_TYPES, VideoCodec, session_attributes};
pub use tags::Tags;
