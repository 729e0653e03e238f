//! Why a description cannot be bridged, and what its sender is answered (RFC 3261 §21.4.26, §20.43).

use sip::agent::Reply;
use sip::message::{Header, Status};
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
    #[error("video by {0} cannot be bridged, RTP/AVP and RTP/AVPF can")]
    Transport(String),
    #[error("the answer does not fit its offer: {0}")]
    Answer(#[from] offer_answer::AnswerError),
    #[error("the peer names no address to send video to")]
    NoAddress,
    #[error("the peer's media is at an address of the other family of IP")]
    AddressFamily,
    #[error("a page's media without DTLS-SRTP (RFC 8827 §6.5)")]
    Unsecured,
    #[error("both ends together would have to reserve, which a gateway does not")]
    Precondition,
}

/// Who warns: a name of ours, no address (RFC 3261 §20.43, `pseudonym`).
const WARN_AGENT: &str = "sidecam";

impl Reject {
    pub fn status(&self) -> Status {
        match self {
            Reject::Description(SdpError::Syntax(_)) => Status::BAD_REQUEST,
            Reject::Precondition => Status::PRECONDITION_FAILURE,
            Reject::NoDescription
            | Reject::Description(_)
            | Reject::NoVideo
            | Reject::NoCommonCodec
            | Reject::Transport(_)
            | Reject::Answer(_)
            | Reject::NoAddress
            | Reject::AddressFamily
            | Reject::Unsecured => Status::NOT_ACCEPTABLE_HERE,
        }
    }

    /// What a Warning says beside the status; the codes are RFC 3261's (§20.43).
    pub fn warning(&self) -> Option<Header> {
        let code = match self {
            Reject::AddressFamily | Reject::NoAddress => 301,
            Reject::Transport(_) | Reject::Unsecured => 302,
            Reject::NoVideo => 304,
            Reject::NoCommonCodec
            | Reject::Answer(offer_answer::AnswerError::NoCommonPayloadType { .. }) => 305,
            Reject::NoDescription | Reject::Description(_) | Reject::Answer(_) => 399,
            // Its status says it all (RFC 3312 §8).
            Reject::Precondition => return None,
        };
        let text = self.to_string().replace(['"', '\\', '\r', '\n'], "'");
        let value = format!("{code} {WARN_AGENT} \"{text}\"");
        Some(Header::fixed("Warning", value))
    }

    /// The answer to the request that brought the description.
    pub fn reply(&self) -> Reply {
        let mut reply = Reply::new(self.status());
        reply.headers.extend(self.warning());
        reply
    }
}
