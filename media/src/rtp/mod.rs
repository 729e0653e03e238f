//! RTP and RTCP (RFC 3550) with the feedback messages of RFC 4585 and RFC 5104.
//!
//! `packet` and `rtcp` are the wire, `feedback` what is agreed of it; `sequence`, `reorder`, `source`, `inbound`, `outbound` and
//! `pacer` the parts; `session` one leg put together from them.

mod asking;
pub mod feedback;
mod inbound;
pub mod orientation;
mod outbound;
pub mod pacer;
pub mod packet;
pub mod reorder;
mod resend;
pub mod rtcp;
mod schedule;
pub mod sequence;
pub mod session;
pub mod source;

pub use packet::{RtpError, RtpPacket};

/// The clock of every video payload format used here, in ticks a second (RFC 3551 §5).
pub const VIDEO_CLOCK_HZ: u32 = 90_000;
