//! Why a description cannot be bridged, and what its sender is answered (RFC 3261 §21.4.26).

use sip::message::Status;
use sip::sdp::{SdpError, offer_answer};
use thiserror::Error;

/// Why a call's media cannot be bridged, and what the caller is answered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reject {
    #[error("the INVITE has no session description")]
    NoDescription,
    #[error("{0}")]
    Description(#[from] SdpError),
    #[error("no video is offered")]
    NoVideo,
    #[error("no video codec is common to both sides")]
    NoCommonCodec,
    #[error("the answer does not fit its offer: {0}")]
    Answer(#[from] offer_answer::AnswerError),
    #[error("the peer names no address to send video to")]
    NoAddress,
    #[error("both ends together would have to reserve, which a gateway does not")]
    Precondition,
}

impl Reject {
    pub fn status(&self) -> Status {
        match self {
            Reject::Description(SdpError::Syntax(_)) => Status::BAD_REQUEST,
            Reject::Precondition => Status::PRECONDITION_FAILURE,
            Reject::NoDescription
            | Reject::Description(_)
            | Reject::NoVideo
            | Reject::NoCommonCodec
            | Reject::Answer(_)
            | Reject::NoAddress => Status::NOT_ACCEPTABLE_HERE,
        }
    }
}
