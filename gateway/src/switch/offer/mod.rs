//! From one leg's session description to the other's, by meaning and never by text.
//!
//! A description of a browser and one of a plain RTP peer have no line in common that is copied:
//! both are written from the same typed facts (direction, codecs, limits). Nothing here does I/O.

mod bandwidth;
mod direction;
mod format;
mod h263;
mod h264;
mod plain_answer;
mod plain_offer;
pub mod precondition;
mod reject;
mod web;

use std::net::IpAddr;

use sip::sdp::{Description, Kind, Media};

pub use direction::{direction_of, flows, mirrored};
pub use plain_answer::{PlainAgreement, answer_plain, read_plain_answer};
pub use plain_offer::{plain_offer, with_silent_audio};
pub use precondition::without_preconditions;
pub use reject::Reject;
pub use web::{
    is_webrtc, offered_h264, web_codec_for, web_codecs, web_codecs_for_plain, web_h264, web_kinds,
    web_limit,
};

/// The encoding name that both kinds of peers write.
const H264_ENCODING: &str = "H264";

/// Our own end of a plain leg.
#[derive(Debug, Clone, Copy)]
pub struct PlainEnd {
    pub address: IpAddr,
    pub rtp_port: u16,
    /// For `o=`; unlike any other session's.
    pub session_id: u64,
}

/// The video line of a description, if there is one in use.
pub fn video(description: &Description) -> Option<&Media> {
    description
        .media
        .iter()
        .find(|media| media.kind == Kind::Video && media.protocol.is_rtp() && media.port != 0)
}

#[cfg(test)]
mod tests;
