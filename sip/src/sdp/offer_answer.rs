//! Offer and answer (RFC 3264): what an answer may say, and what it must repeat.

use std::net::IpAddr;

use thiserror::Error;

use super::attribute::{Bandwidth, Direction};
use super::media::{Media, PayloadType};
use super::{Description, HOLD_ADDRESS};

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnswerError {
    #[error("the answer has {answered} media lines where the offer has {offered}")]
    MediaCount { offered: usize, answered: usize },
    #[error("media line {line} changed from {offered} to {answered}")]
    MediaChanged {
        line: usize,
        offered: String,
        answered: String,
    },
    #[error("media line {line} is accepted without a payload type that was offered")]
    NoCommonPayloadType { line: usize },
    #[error("media line {line} has no address to send to")]
    NoAddress { line: usize },
}

/// Checks the shape of an answer against its offer (RFC 3264 §6): same number of lines, same
/// kinds and transports, and in each accepted line at least one encoding that was offered.
/// Payload type numbers may differ between the two directions (§5.1), so encodings are compared.
pub fn check_answer(offer: &Description, answer: &Description) -> Result<(), AnswerError> {
    if offer.media.len() != answer.media.len() {
        return Err(AnswerError::MediaCount {
            offered: offer.media.len(),
            answered: answer.media.len(),
        });
    }
    for (line, (offered, answered)) in offer.media.iter().zip(&answer.media).enumerate() {
        if offered.kind != answered.kind || offered.protocol != answered.protocol {
            return Err(AnswerError::MediaChanged {
                line,
                offered: title(offered),
                answered: title(answered),
            });
        }
        if answered.port == 0 {
            continue;
        }
        if offered.protocol.is_rtp() && common(offered, answered).is_none() {
            return Err(AnswerError::NoCommonPayloadType { line });
        }
        if answer.address_of(answered).is_none() {
            return Err(AnswerError::NoAddress { line });
        }
    }
    Ok(())
}

/// The answerer's first payload type whose encoding and clock rate were offered.
pub fn common<'a>(offered: &Media, answered: &'a Media) -> Option<&'a PayloadType> {
    answered.payload_types.iter().find(|chosen| {
        offered
            .payload_types
            .iter()
            .any(|pt| pt.is(&chosen.encoding) && pt.clock_rate == chosen.clock_rate)
    })
}

/// Refuses a line: port 0, everything else as small as the grammar allows (RFC 3264 §6).
pub fn refuse(offered: &Media) -> Media {
    Media {
        port: 0,
        connection: None,
        bandwidth: Vec::new(),
        direction: None,
        payload_types: offered.payload_types.iter().take(1).cloned().collect(),
        rtcp_port: None,
        frame_rate: None,
        attributes: Vec::new(),
        ..offered.clone()
    }
}

/// Accepts a line with one payload type, which keeps the offerer's number (RFC 3264 §6.1).
pub fn accept(offered: &Media, port: u16, chosen: PayloadType, direction: Direction) -> Media {
    Media {
        port,
        connection: None,
        bandwidth: Vec::new(),
        direction: Some(direction),
        payload_types: vec![chosen],
        rtcp_port: None,
        frame_rate: offered.frame_rate,
        attributes: Vec::new(),
        ..offered.clone()
    }
}

/// Where and how fast the peer wants its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination {
    pub address: IpAddr,
    pub rtp_port: u16,
    pub rtcp_port: u16,
}

/// Where the writer of `description` receives `media`; `None` when the line is refused or held
/// by the old zero address.
pub fn destination(description: &Description, media: &Media) -> Option<Destination> {
    let address = description.address_of(media)?;
    if media.port == 0 || address == HOLD_ADDRESS {
        return None;
    }
    Some(Destination {
        address,
        rtp_port: media.port,
        rtcp_port: media.rtcp_port(),
    })
}

/// IP, UDP and RTP headers of one packet, bytes (IPv4). `b=AS` counts them, an encoder does not.
const OVERHEAD_BYTES: u64 = 40;
/// Bytes in a typical packet of a small video stream, for the overhead's share.
const TYPICAL_PACKET_BYTES: u64 = 600;

/// The encoder's ceiling in bits a second from `b=` lines, the media's before the session's:
/// `TIAS` as it stands, `AS` less the headers it includes.
pub fn bits_per_second(description: &Description, media: &Media) -> Option<u64> {
    let of = |lines: &[Bandwidth]| {
        lines
            .iter()
            .filter_map(|line| match line {
                Bandwidth::TransportIndependent { bits_per_second } => Some(*bits_per_second),
                Bandwidth::ApplicationSpecific {
                    kilobits_per_second,
                } => Some(
                    kilobits_per_second.saturating_mul(1000) / TYPICAL_PACKET_BYTES
                        * (TYPICAL_PACKET_BYTES - OVERHEAD_BYTES),
                ),
                Bandwidth::Other { .. } => None,
            })
            .min()
    };
    of(&media.bandwidth).or_else(|| of(&description.bandwidth))
}

/// Bits a second that the RTCP of a sender and of a receiver may take: `b=RS` and `b=RR` (RFC 3556),
/// the media's before the session's.
pub fn rtcp_bits_per_second(
    description: &Description,
    media: &Media,
) -> (Option<u64>, Option<u64>) {
    let of = |wanted: &str| {
        let lines = media.bandwidth.iter().chain(&description.bandwidth);
        lines
            .filter_map(|line| match line {
                Bandwidth::Other { kind, value } if kind == wanted => Some(*value),
                Bandwidth::Other { .. }
                | Bandwidth::ApplicationSpecific { .. }
                | Bandwidth::TransportIndependent { .. } => None,
            })
            .next()
    };
    (of("RS"), of("RR"))
}

fn title(media: &Media) -> String {
    format!("{} {}", media.kind.name(), media.protocol.name())
}
