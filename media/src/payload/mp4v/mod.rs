//! RFC 6416: MPEG-4 Visual as MP4V-ES.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |V=2|P|X|  CC   |M|     PT      |       sequence number         |  RTP header
//! |                       timestamp, SSRC                         |  (RFC 3550)
//! +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//! |                                                               |
//! |   MPEG-4 Visual stream, byte aligned, no payload header       |
//! |   begins at a start code, a video packet or inside one        |
//! |                               +-------------------------------+
//! +-------------------------------+
//!
//! a VOP:  00 00 01 B6 | type (2) | ...     M is set on its last packet
//! before: 00 00 01 B0 profile and level, B5 object, 00-1F and 20-2F its layer (the configuration),
//!         B3 group of VOPs
//! ```
//!
//! The configuration is sent in band before each picture that stands alone, and `config=` says it
//! too: peers read one or the other (§7.1). Of received streams the first VOP of a timestamp
//! decides whether a decoder may begin there.

mod configuration;

pub use configuration::{Configuration, InvalidConfiguration, MAX_CONFIGURATION_BYTES};

use super::assembly::{Assembly, Finished, Gather};
use super::{EncodedFrame, PacketizeError, Payload, PayloadError};
use crate::rtp::RtpPacket;

/// Cuts pictures into payloads, at headers and video packets where it can.
#[derive(Debug, Default)]
pub struct Packetizer;

/// Puts pictures together.
#[derive(Debug)]
pub struct Depacketizer {
    assembly: Assembly<Joined>,
    /// What a decoder must know before any VOP: from `config=`, or the last that came in band.
    configuration: Vec<u8>,
}

/// How a VOP is coded (ISO/IEC 14496-2 table 6-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VopKind {
    Intra,
    Predicted,
    Bidirectional,
    Sprite,
}

/// The kind of the first VOP in the data; `None` when there is none.
pub fn vop_kind(data: &[u8]) -> Option<VopKind> {
    let at = start_codes(data).find(|&at| data[at + 3] == VOP_START)?;
    Some(match data.get(at + 4)? >> 6 {
        0 => VopKind::Intra,
        1 => VopKind::Predicted,
        2 => VopKind::Bidirectional,
        _ => VopKind::Sprite,
    })
}

/// What stands before the first VOP or group of VOPs when it holds a layer's header, which is
/// the configuration that `config=` says too; empty otherwise.
pub fn configuration_in(data: &[u8]) -> &[u8] {
    let is_picture = |&at: &usize| matches!(data[at + 3], VOP_START | GROUP_START);
    let end = start_codes(data).find(is_picture).unwrap_or(data.len());
    let head = &data[..end];
    let has_layer = start_codes(head).any(|at| LAYER_STARTS.contains(&head[at + 3]));
    if has_layer { head } else { &[] }
}

impl Packetizer {
    pub fn new() -> Packetizer {
        Packetizer
    }

    /// Cuts one picture into payloads of at most `max_payload_bytes`.
    ///
    /// # Errors
    /// [`PacketizeError`] when `frame` does not begin with a start code or `max_payload_bytes`
    /// leaves no room; `out` is then left as it was.
    pub fn packetize(
        &mut self,
        frame: &[u8],
        max_payload_bytes: usize,
        out: &mut Vec<Payload>,
    ) -> Result<(), PacketizeError> {
        if !begins_with_start_code(frame) {
            return Err(PacketizeError::NoStartCode);
        }
        if max_payload_bytes < LEAST_PAYLOAD_BYTES {
            return Err(PacketizeError::PacketTooSmall {
                max: max_payload_bytes,
            });
        }
        let mut rest = frame;
        while !rest.is_empty() {
            let length = if rest.len() <= max_payload_bytes {
                rest.len()
            } else {
                cut_before(rest, max_payload_bytes)
            };
            let (piece, left) = rest.split_at(length);
            rest = left;
            out.push(Payload {
                bytes: piece.to_vec(),
                marker: rest.is_empty(),
            });
        }
        Ok(())
    }
}

impl Depacketizer {
    /// `configuration`: the octets that `config=` says, or none.
    pub fn new(configuration: &[u8]) -> Depacketizer {
        let mut known = Vec::new();
        learn(&mut known, configuration);
        Depacketizer {
            assembly: Assembly::new(),
            configuration: known,
        }
    }

    /// Takes the next packet in order; gives a picture out when one is whole.
    ///
    /// # Errors
    /// [`PayloadError`] when the peer's packet cannot be read.
    pub fn push(&mut self, packet: &RtpPacket) -> Result<Option<EncodedFrame>, PayloadError> {
        let known = &mut self.configuration;
        self.assembly.push(packet, |joined| joined.finish(known))
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

/// One timestamp's part of the stream.
#[derive(Debug, Default)]
struct Joined(Vec<u8>);

impl Gather for Joined {
    fn begin(payload: &[u8]) -> Option<Joined> {
        begins_with_start_code(payload).then(Joined::default)
    }

    fn add(&mut self, payload: &[u8]) -> Result<(), PayloadError> {
        self.0.extend_from_slice(payload);
        Ok(())
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Joined {
    /// Learns the configuration, and puts it before a picture that stands alone and lacks it: a
    /// decoder that begins there must be told.
    fn finish(self, known: &mut Vec<u8>) -> Finished {
        let Joined(mut data) = self;
        let in_band = configuration_in(&data);
        let complete = !in_band.is_empty();
        learn(known, in_band);
        let Some(kind) = vop_kind(&data) else {
            return Finished::Nothing;
        };
        let intra = kind == VopKind::Intra;
        if intra && !complete {
            data.splice(0..0, known.iter().copied());
        }
        let keyframe = intra && (complete || !known.is_empty());
        Finished::Whole { data, keyframe }
    }
}

fn learn(known: &mut Vec<u8>, configuration: &[u8]) {
    let configuration = configuration_in(configuration);
    if !configuration.is_empty() && configuration.len() <= MAX_CONFIGURATION_BYTES {
        known.clear();
        known.extend_from_slice(configuration);
    }
}

/// Where start codes begin that have their last octet.
fn start_codes(data: &[u8]) -> impl Iterator<Item = usize> {
    let windows = data.windows(4).enumerate();
    windows.filter_map(|(at, octets)| (octets[..3] == [0, 0, 1]).then_some(at))
}

fn begins_with_start_code(data: &[u8]) -> bool {
    matches!(data, [0, 0, 1, _, ..])
}

/// Where to end a payload that has room for `room` octets: before the last start code or resync
/// marker that begins within (§5.2: headers are not split, and video packets as little as can be),
/// or else where the room ends.
fn cut_before(data: &[u8], room: usize) -> usize {
    let within = (1..=room).rev();
    within
        .into_iter()
        .find(|&at| begins_a_part(&data[at..]))
        .unwrap_or(room)
}

/// Sixteen zeros and more before a one stand nowhere else in the stream: a start code has 23 of
/// them, a resync marker 16 to 22 (ISO/IEC 14496-2 §5.2.4, §6.3.5.2).
fn begins_a_part(data: &[u8]) -> bool {
    matches!(data, [0, 0, third, ..] if *third != 0)
}

const VOP_START: u8 = 0xb6;
const GROUP_START: u8 = 0xb3;
const LAYER_STARTS: std::ops::RangeInclusive<u8> = 0x20..=0x2f;
/// A start code and what a VOP's header holds at most before its first macroblock.
const LEAST_PAYLOAD_BYTES: usize = 32;
