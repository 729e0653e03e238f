//! RFC 6184: H.264 in packetization modes 0 and 1.
//!
//! ```text
//! +---------------+  +---------------+---------------+  Type 1-23 single NAL unit
//! |0|1|2|3|4|5|6|7|  |0|1|2|3|4|5|6|7|0|1|2|3|4|5|6|7|       24 STAP-A
//! +-+-+-+-+-+-+-+-+  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+       28 FU-A
//! |F|NRI|  Type   |  |F|NRI|   28    |S|E|R|  Type   |
//! +---------------+  +---------------+---------------+
//!  STAP-A: |STAP-A header| size (16) | NAL unit | size (16) | NAL unit | ...
//! ```
//!
//! Pictures are Annex B on our side. Parameter sets are kept as they pass and stand before every
//! picture that a decoder may begin with: an IDR picture, or a recovery point of a stream that has
//! no others.

pub mod annex_b;
mod gather;
pub mod parameter_sets;
pub mod profile_level_id;
pub mod sequence_parameters;

use super::assembly::Assembly;
use super::{EncodedFrame, PacketizeError, Payload, PayloadError};
use crate::rtp::RtpPacket;
use gather::Units;
use parameter_sets::ParameterSets;

/// What `packetization-mode` says (RFC 6184 §6.2, §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketizationMode {
    /// 0: one NAL unit a packet.
    SingleNal,
    /// 1: also STAP-A and FU-A.
    NonInterleaved,
}

/// The kind of a NAL unit (ITU-T H.264 table 7-1), by its first octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NalKind {
    Slice,
    IdrSlice,
    SequenceParameters,
    PictureParameters,
    AccessUnitDelimiter,
    Filler,
    Other(u8),
}

/// Cuts access units into payloads.
#[derive(Debug)]
pub struct Packetizer {
    mode: PacketizationMode,
    parameter_sets: ParameterSets,
}

/// Puts access units together.
#[derive(Debug)]
pub struct Depacketizer {
    assembly: Assembly<Units>,
    parameter_sets: ParameterSets,
}

impl NalKind {
    /// The kind of a whole NAL unit; `None` for an empty one.
    pub fn of(nal: &[u8]) -> Option<NalKind> {
        Some(match nal.first()? & TYPE_BITS {
            1 => NalKind::Slice,
            5 => NalKind::IdrSlice,
            7 => NalKind::SequenceParameters,
            8 => NalKind::PictureParameters,
            9 => NalKind::AccessUnitDelimiter,
            12 => NalKind::Filler,
            other => NalKind::Other(other),
        })
    }

    pub fn is_slice(self) -> bool {
        matches!(self, NalKind::Slice | NalKind::IdrSlice)
    }
}

/// Whether an Annex B access unit is an IDR picture: the only kind that a browser begins with.
pub fn is_idr(stream: &[u8]) -> bool {
    annex_b::split(stream).any(|nal| NalKind::of(nal) == Some(NalKind::IdrSlice))
}

/// Whether a decoder may begin with one of the NAL units' access unit.
fn may_begin(nals: &[&[u8]]) -> bool {
    let begins = |nal: &&[u8]| {
        NalKind::of(nal) == Some(NalKind::IdrSlice) || sequence_parameters::is_recovery_point(nal)
    };
    nals.iter().any(begins)
}

impl Packetizer {
    pub fn new(mode: PacketizationMode) -> Packetizer {
        Packetizer {
            mode,
            parameter_sets: ParameterSets::default(),
        }
    }

    /// Cuts one access unit in Annex B form into payloads of at most `max_payload_bytes`.
    /// Delimiters and filler stay behind; known parameter sets are put before an IDR picture.
    ///
    /// # Errors
    /// [`PacketizeError`] when there is no NAL unit in `frame`, or in mode 0 one that does not
    /// fit; `out` is then left as it was.
    pub fn packetize(
        &mut self,
        frame: &[u8],
        max_payload_bytes: usize,
        out: &mut Vec<Payload>,
    ) -> Result<(), PacketizeError> {
        let mut nals: Vec<&[u8]> = annex_b::split(frame).collect();
        nals.retain(|nal| match NalKind::of(nal) {
            None | Some(NalKind::AccessUnitDelimiter | NalKind::Filler) => false,
            Some(_) => true,
        });
        if nals.is_empty() {
            return Err(PacketizeError::NoStartCode);
        }
        if max_payload_bytes <= FU_HEADER_BYTES {
            return Err(PacketizeError::PacketTooSmall {
                max: max_payload_bytes,
            });
        }
        nals.iter().for_each(|nal| self.parameter_sets.learn(nal));
        let nals = self.parameter_sets.complete(nals);
        let payloads = match self.mode {
            PacketizationMode::SingleNal => single_nals(&nals, max_payload_bytes)?,
            PacketizationMode::NonInterleaved => non_interleaved(&nals, max_payload_bytes),
        };
        let last = payloads.len().saturating_sub(1);
        let marked = payloads.into_iter().enumerate();
        out.extend(marked.map(|(index, bytes)| Payload {
            bytes,
            marker: index == last,
        }));
        Ok(())
    }
}

impl Depacketizer {
    /// `parameter_sets`: the NAL units of `sprop-parameter-sets`.
    pub fn new(parameter_sets: &[Vec<u8>]) -> Depacketizer {
        let mut known = ParameterSets::default();
        parameter_sets.iter().for_each(|nal| known.learn(nal));
        Depacketizer {
            assembly: Assembly::new(),
            parameter_sets: known,
        }
    }

    /// Takes the next packet in order; gives an access unit out when one is whole.
    ///
    /// # Errors
    /// [`PayloadError`] when the peer's packet cannot be read.
    pub fn push(&mut self, packet: &RtpPacket) -> Result<Option<EncodedFrame>, PayloadError> {
        // Learned from every packet: a lost slice should not cost the parameter sets beside it.
        gather::parameter_sets_in(&packet.payload, |nal| self.parameter_sets.learn(nal));
        let known = &self.parameter_sets;
        self.assembly.push(packet, |units| units.finish(known))
    }

    /// The packet with this number was empty: it is no hole.
    pub fn skip(&mut self, sequence: u16) {
        self.assembly.skip(sequence);
    }

    /// Whether something was lost since the last call.
    pub fn take_loss(&mut self) -> bool {
        self.assembly.take_loss()
    }

    /// The parameter sets seen or given so far, for `sprop-parameter-sets`.
    pub fn parameter_sets(&self) -> &ParameterSets {
        &self.parameter_sets
    }
}

fn single_nals(nals: &[&[u8]], max: usize) -> Result<Vec<Vec<u8>>, PacketizeError> {
    match nals.iter().find(|nal| nal.len() > max) {
        Some(nal) => Err(PacketizeError::NalTooLarge {
            bytes: nal.len(),
            max,
        }),
        None => Ok(nals.iter().map(|nal| nal.to_vec()).collect()),
    }
}

/// RFC 6184 §6.3: neighbours that fit one packet go into a STAP-A, NAL units that do not fit one
/// into FU-As.
fn non_interleaved(nals: &[&[u8]], max: usize) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    let mut rest = nals;
    while let Some((first, others)) = rest.split_first() {
        if first.len() > max {
            fragment(first, max, &mut payloads);
            rest = others;
            continue;
        }
        let mut size = 1;
        let fits = |nal: &&&[u8]| {
            size += STAP_SIZE_BYTES + nal.len();
            size <= max && nal.len() <= usize::from(u16::MAX)
        };
        let count = rest.iter().take_while(fits).count().max(1);
        let (together, others) = rest.split_at(count);
        payloads.push(if count == 1 {
            first.to_vec()
        } else {
            aggregate(together)
        });
        rest = others;
    }
    payloads
}

fn aggregate(nals: &[&[u8]]) -> Vec<u8> {
    // F is set when any has it, NRI is the highest of them (RFC 6184 §5.7.1).
    let headers = nals.iter().filter_map(|nal| nal.first());
    let forbidden = headers.clone().fold(0, |bit, header| bit | header & F_BIT);
    let importance = headers.map(|header| header & NRI_BITS).max().unwrap_or(0);
    let mut payload = vec![forbidden | importance | STAP_A];
    for nal in nals {
        payload.extend_from_slice(&(nal.len() as u16).to_be_bytes());
        payload.extend_from_slice(nal);
    }
    payload
}

fn fragment(nal: &[u8], max: usize, payloads: &mut Vec<Vec<u8>>) {
    let Some((header, body)) = nal.split_first() else {
        return;
    };
    let room = max - FU_HEADER_BYTES;
    let even = body.len().div_ceil(body.len().div_ceil(room));
    let mut pieces = body.chunks(even).peekable();
    let mut start = START_BIT;
    while let Some(piece) = pieces.next() {
        let end = if pieces.peek().is_none() { END_BIT } else { 0 };
        let mut payload = Vec::with_capacity(FU_HEADER_BYTES + piece.len());
        payload.push(header & !TYPE_BITS | FU_A);
        payload.push(start | end | header & TYPE_BITS);
        payload.extend_from_slice(piece);
        payloads.push(payload);
        start = 0;
    }
}

const TYPE_BITS: u8 = 0x1f;
const NRI_BITS: u8 = 0x60;
const F_BIT: u8 = 0x80;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const START_BIT: u8 = 0x80;
const END_BIT: u8 = 0x40;
const FU_HEADER_BYTES: usize = 2;
const STAP_SIZE_BYTES: usize = 2;
