//! What terminals of Video Share look for in a description beside its formats (3GPP TS 26.234 §5.3.3.2
//! for `a=framesize`): the operators' session attributes and the size of pictures, and what is not
//! offered to who is known not to have it (R1.5, R1.16).

use sip::sdp::picture::FrameSize;
use sip::sdp::{Attribute, Bandwidth, Description, Kind, Media, PayloadType};

use super::H264_ENCODING;
use super::reason::Offer;

/// CIF and QCIF, in pixels.
const CIF: (u16, u16) = (352, 288);
const QCIF: (u16, u16) = (176, 144);

/// The size that handsets write beside H.263. H.264 has it in its level, and an INVITE has to fit a
/// datagram.
pub(super) fn frame_sizes(formats: &[(PayloadType, Offer)]) -> Vec<Attribute> {
    let said = formats.iter().filter_map(|(said, why)| {
        let size = match why {
            Offer::H263 => QCIF,
            Offer::Later
            | Offer::Handsets
            | Offer::SingleNal
            | Offer::OlderH263
            | Offer::OldestH263
            | Offer::Transcoded => return None,
            // Said to browsers.
            Offer::Common | Offer::EveryBrowser | Offer::AfterVp8 => return None,
        };
        Some(frame_size(said.number, size))
    });
    said.collect()
}

/// The size in our answer, for handsets: what is larger comes as a browser sends it.
pub(super) fn answered_frame_size(payload_type: u8, size: (u16, u16)) -> Option<Attribute> {
    let (width, height) = size;
    (width <= CIF.0 && height <= CIF.1).then(|| frame_size(payload_type, size))
}

fn frame_size(payload_type: u8, (width, height): (u16, u16)) -> Attribute {
    let size = FrameSize {
        payload_type,
        width,
        height,
    };
    Attribute::new("framesize", size)
}

/// Our offer for a peer that named H.263 alone when it was asked: without H.264 (R1.16).
pub fn without_h264(offer: &mut Description) {
    for line in &mut offer.media {
        if line.kind == Kind::Video {
            without_h264_in(line);
        }
    }
}

/// What an offer of ours may do without.
#[derive(Debug, Clone, Copy)]
pub enum Spare {
    FrameSize,
    /// `b=TIAS`, where `b=AS` says it too.
    RateWithoutHeaders,
    /// For decoders of H.264 that take no picture in pieces.
    SingleNal,
    OlderH263,
    OldestH263,
}

impl Spare {
    /// What is said by another line as well.
    pub const SAID_TWICE: &[Spare] = &[Spare::FrameSize, Spare::RateWithoutHeaders];
    /// Formats for peers that have none of the others.
    pub const FOR_FEW: &[Spare] = &[Spare::OlderH263, Spare::SingleNal, Spare::OldestH263];

    fn is_format(self, said: &PayloadType) -> bool {
        match self {
            Spare::FrameSize | Spare::RateWithoutHeaders => false,
            Spare::SingleNal => {
                said.is(H264_ENCODING) && said.parameters.get("packetization-mode") != Some("1")
            }
            Spare::OlderH263 => said.is("H263-1998"),
            Spare::OldestH263 => said.is("H263"),
        }
    }
}

/// Leaves out of our offer one of these after the other, until it has no more than that many bytes.
pub fn shorten(offer: &mut Description, spares: &[Spare], bytes: usize) {
    for spare in spares {
        if offer.to_bytes().len() <= bytes {
            return;
        }
        let lines = offer.media.iter_mut();
        for line in lines.filter(|line| line.kind == Kind::Video) {
            if line.payload_types.iter().all(|said| spare.is_format(said)) {
                continue;
            }
            match spare {
                Spare::FrameSize => line.attributes.retain(|said| said.name != "framesize"),
                Spare::RateWithoutHeaders => {
                    let is_with_headers =
                        |said: &Bandwidth| matches!(said, Bandwidth::ApplicationSpecific { .. });
                    if line.bandwidth.iter().any(is_with_headers) {
                        line.bandwidth.retain(is_with_headers);
                    }
                }
                Spare::SingleNal | Spare::OlderH263 | Spare::OldestH263 => {
                    line.payload_types.retain(|said| !spare.is_format(said));
                }
            }
        }
    }
}

fn without_h264_in(line: &mut Media) {
    let is_h264 = |said: &PayloadType| said.is(H264_ENCODING);
    if line.payload_types.iter().all(is_h264) {
        return;
    }
    let numbers: Vec<u8> = line
        .payload_types
        .extract_if(.., |said| is_h264(said))
        .map(|said| said.number)
        .collect();
    line.attributes.retain(|attribute| {
        let value = attribute.value.as_deref().unwrap_or_default();
        let number = value.split_ascii_whitespace().next();
        let number = number.and_then(|number| number.parse().ok());
        let is_of_format = attribute.name == "framesize" || attribute.name == "rtcp-fb";
        !(is_of_format && number.is_some_and(|number| numbers.contains(&number)))
    });
}
