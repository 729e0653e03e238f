//! From one leg's session description to the other's, by meaning and never by text.
//!
//! A description of a browser and one of a plain RTP peer have no line in common that is copied:
//! both are written from the same typed facts (direction, codecs, limits). Nothing here does I/O.

mod audio;
mod bandwidth;
mod direction;
pub mod explain;
mod feedback;
mod format;
mod h263;
mod h264;
mod limit;
mod line;
mod mp4v;
mod plain_answer;
mod plain_offer;
pub mod precondition;
mod reason;
mod reject;
mod share;
mod web;

use std::net::IpAddr;

pub use audio::{
    AudioAgreement, add_audio_offer, answer_audio, audio, read_audio_answer, refusing_answer,
    voice_offer, web_audio, web_audio_for, web_audio_for_plain,
};
pub use bandwidth::offered as bandwidth_of;
pub use direction::{direction_of, flows, mirrored};
pub use limit::Ceiling;
pub use line::video;
pub use plain_answer::{
    PlainAgreement, answer_plain, explained_answer, explained_plain_answer, read_plain_answer,
};
pub use plain_offer::{explained_plain_offer, plain_offer, with_silent_audio};
pub use precondition::without_preconditions;
pub use reason::{About, Choice, Offer, Reason, Reasons, Why};
pub use reject::Reject;
pub use share::{Spare, shorten, without_h264};
pub use web::{
    explained_web_codecs, is_webrtc, offered_h264, web_codec_for, web_codecs, web_codecs_for_plain,
    web_h264, web_kinds, web_limit,
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
    /// The operator's cap for each direction of video, headers not counted.
    pub max_bits_per_second: u32,
}

#[cfg(test)]
mod tests;
