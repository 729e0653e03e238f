//! RFC 4629: H.263 as H263-1998 and H263-2000.
//!
//! ```text
//!  0                   1
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   RR    |P|V|   PLEN    |PEBIT|
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+   V: one octet of video redundancy coding (§5.2)
//! |  TID  | Trun  |S|                 PLEN: octets of an extra picture header (§5.3)
//! +-+-+-+-+-+-+-+-+
//! ```
//!
//! P says that a start code begins here and that its two zero octets were left out. Video
//! redundancy coding and the extra picture header are read over: a picture with a hole is not
//! shown, so nothing is repaired from them.

use super::assembly::{Assembly, Finished, Gather};
use super::h263::PictureHeader;
use super::{EncodedFrame, PacketizeError, Payload, PayloadError};
use crate::rtp::RtpPacket;

/// Cuts pictures into payloads, at groups of blocks where it can.
#[derive(Debug, Default)]
pub struct Packetizer;

/// Puts pictures together.
#[derive(Debug)]
pub struct Depacketizer {
    assembly: Assembly<Joined>,
}

impl Packetizer {
    pub fn new() -> Packetizer {
        Packetizer
    }

    /// Cuts one picture into payloads of at most `max_payload_bytes`.
    ///
    /// # Errors
    /// [`PacketizeError`] when `frame` is no picture or `max_payload_bytes` leaves no room.
    pub fn packetize(
        &mut self,
        frame: &[u8],
        max_payload_bytes: usize,
        out: &mut Vec<Payload>,
    ) -> Result<(), PacketizeError> {
        if PictureHeader::parse(frame).is_none() {
            return Err(PacketizeError::NoStartCode);
        }
        if max_payload_bytes <= HEADER_BYTES + 1 {
            return Err(PacketizeError::PacketTooSmall {
                max: max_payload_bytes,
            });
        }
        let room = max_payload_bytes - HEADER_BYTES;
        let mut rest = frame;
        while !rest.is_empty() {
            let at_start_code = begins_with_start_code(rest);
            let data = if at_start_code {
                &rest[START_CODE_ZEROS..]
            } else {
                rest
            };
            let length = if data.len() <= room {
                data.len()
            } else {
                cut_before(data, room)
            };
            let first = if at_start_code { P_BIT } else { 0 };
            let mut bytes = vec![first, 0];
            bytes.extend_from_slice(&data[..length]);
            rest = &data[length..];
            out.push(Payload {
                bytes,
                marker: rest.is_empty(),
            });
        }
        Ok(())
    }
}

impl Depacketizer {
    pub fn new() -> Depacketizer {
        Depacketizer {
            assembly: Assembly::new(),
        }
    }

    /// Takes the next packet in order; gives a picture out when one is whole.
    ///
    /// # Errors
    /// [`PayloadError`] when the peer's packet cannot be read.
    pub fn push(&mut self, packet: &RtpPacket) -> Result<Option<EncodedFrame>, PayloadError> {
        self.assembly.push(packet, Joined::finish)
    }

    /// The packet with this number was empty: it is no hole.
    pub fn skip(&mut self, sequence: u16) {
        self.assembly.skip(sequence);
    }

    /// Whether something was lost since the last call.
    pub fn take_loss(&mut self) -> bool {
        self.assembly.take_loss()
    }
}

impl Default for Depacketizer {
    fn default() -> Depacketizer {
        Depacketizer::new()
    }
}

/// One picture's bitstream.
#[derive(Debug, Default)]
pub(super) struct Joined(Vec<u8>);

impl Gather for Joined {
    fn begin(payload: &[u8]) -> Option<Joined> {
        let (at_start_code, data) = split(payload).ok()?;
        // After the two zero octets: "1 00000" is a picture, other numbers are groups of blocks.
        let picture = at_start_code && data.first().is_some_and(|byte| byte & 0xfc == 0x80);
        picture.then(Joined::default)
    }

    fn add(&mut self, payload: &[u8]) -> Result<(), PayloadError> {
        let (at_start_code, data) = split(payload)?;
        if at_start_code {
            self.0.extend_from_slice(&[0; START_CODE_ZEROS]);
        }
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Joined {
    pub(super) fn finish(self) -> Finished {
        match PictureHeader::parse(&self.0) {
            Some(header) => Finished::Whole {
                data: self.0,
                keyframe: header.intra,
            },
            None => Finished::Damaged,
        }
    }
}

/// Whether the payload begins at a start code, and its data.
fn split(payload: &[u8]) -> Result<(bool, &[u8]), PayloadError> {
    let truncated = PayloadError::Truncated {
        bytes: payload.len(),
    };
    let &[first, second] = payload.first_chunk::<HEADER_BYTES>().ok_or(truncated)?;
    let redundancy = usize::from(first & V_BIT != 0);
    let extra = usize::from(first & 1) << 5 | usize::from(second >> 3);
    let data = payload
        .get(HEADER_BYTES + redundancy + extra..)
        .ok_or(truncated)?;
    Ok((first & P_BIT != 0, data))
}

/// Where to end a payload that has room for `room` octets: before the last start code that lies
/// within, or else where the room ends.
fn cut_before(data: &[u8], room: usize) -> usize {
    let within = (1..=room).rev();
    within
        .into_iter()
        .find(|&at| begins_with_start_code(&data[at..]))
        .unwrap_or(room)
}

fn begins_with_start_code(data: &[u8]) -> bool {
    matches!(data, [0, 0, third, ..] if third & 0x80 != 0)
}

const HEADER_BYTES: usize = 2;
const P_BIT: u8 = 0x04;
const V_BIT: u8 = 0x02;
const START_CODE_ZEROS: usize = 2;
