//! RFC 2190: H.263 in payload type 34, and the picture header of ITU-T H.263 §5.1.
//!
//! ```text
//! Mode A, at the beginning of a picture or a group of blocks
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |F|P|SBIT |EBIT | SRC |I|U|S|A|R      |DBQ| TRB |    TR         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! Mode B, at a macroblock inside a group of blocks
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |F|P|SBIT |EBIT | SRC | QUANT   |  GOBN   |   MBA           |R  |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |I|U|S|A| HMV1        | VMV1        | HMV2        | VMV2        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! Mode C, as B with PB-frames
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | RR                                  |DBQ| TRB |    TR         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Pictures are cut at groups of blocks, so the encoder should put a header on every row: a QCIF
//! row then fits a packet at any rate used here. A group that does not fit is cut at a macroblock
//! (mode B), where the encoder said how, or where the picture is read to its macroblocks. PB-frames are
//! received and not sent.

mod codes;
mod macroblocks;

pub use macroblocks::macroblocks;

use super::assembly::{Assembly, Finished, Gather};
use super::bits::{BitJoiner, BitReader};
use super::{EncodedFrame, PacketizeError, Payload, PayloadError, h263plus};
use crate::rtp::RtpPacket;

/// What the picture layer says about the picture (ITU-T H.263 §5.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureHeader {
    pub temporal_reference: u8,
    /// 1 sub-QCIF, 2 QCIF, 3 CIF, 4 4CIF, 5 16CIF, 7 extended (H.263 version 2).
    pub source_format: u8,
    pub intra: bool,
    pub unrestricted_vectors: bool,
    pub arithmetic_coding: bool,
    pub advanced_prediction: bool,
    pub pb_frames: bool,
}

/// Where a macroblock begins and what a decoder must know there; for mode B.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MbInfo {
    /// From the beginning of the picture.
    pub offset_bits: usize,
    /// QUANT in force, 1 to 31.
    pub quantizer: u8,
    /// Number of its group of blocks.
    pub group: u8,
    /// Its address within the group.
    pub macroblock: u16,
    /// Motion vector predictors in half pixels.
    pub horizontal_1: i8,
    pub vertical_1: i8,
    pub horizontal_2: i8,
    pub vertical_2: i8,
}

/// Cuts pictures into payloads.
#[derive(Debug, Default)]
pub struct Packetizer;

/// Puts pictures together.
#[derive(Debug)]
pub struct Depacketizer {
    assembly: Assembly<Joined>,
}

impl PictureHeader {
    /// Reads the header at the beginning of `picture`; `None` without a picture start code.
    pub fn parse(picture: &[u8]) -> Option<PictureHeader> {
        let mut bits = BitReader::new(picture);
        if bits.read(22)? != PICTURE_START {
            return None;
        }
        let temporal_reference = bits.read(8)? as u8;
        // "10", split screen, document camera, freeze release.
        bits.read(5)?;
        let source_format = bits.read(3)? as u8;
        let mut header = PictureHeader {
            temporal_reference,
            source_format,
            intra: false,
            unrestricted_vectors: false,
            arithmetic_coding: false,
            advanced_prediction: false,
            pb_frames: false,
        };
        if source_format == EXTENDED_FORMAT {
            // PLUSPTYPE (§5.1.4): the optional part is there when UFEP is 1.
            if bits.read(3)? == 1 {
                bits.read(18)?;
            }
            header.intra = bits.read(3)? == 0;
            return Some(header);
        }
        header.intra = bits.read(1)? == 0;
        header.unrestricted_vectors = bits.read(1)? == 1;
        header.arithmetic_coding = bits.read(1)? == 1;
        header.advanced_prediction = bits.read(1)? == 1;
        header.pb_frames = bits.read(1)? == 1;
        Some(header)
    }
}

impl MbInfo {
    /// Reads FFmpeg's side data `AV_PKT_DATA_H263_MB_INFO`: twelve bytes each, little-endian.
    pub fn from_side_data(bytes: &[u8]) -> Vec<MbInfo> {
        let entries = bytes.chunks_exact(12).map(|entry| MbInfo {
            offset_bits: u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]) as usize,
            quantizer: entry[4],
            group: entry[5],
            macroblock: u16::from_le_bytes([entry[6], entry[7]]),
            horizontal_1: entry[8] as i8,
            vertical_1: entry[9] as i8,
            horizontal_2: entry[10] as i8,
            vertical_2: entry[11] as i8,
        });
        entries.collect()
    }
}

impl Packetizer {
    pub fn new() -> Packetizer {
        Packetizer
    }

    /// Cuts one picture at groups of blocks into payloads of at most `max_payload_bytes`.
    ///
    /// # Errors
    /// [`PacketizeError`] when a group does not fit, or the picture is none that RFC 2190 can
    /// carry; `out` is then left as it was.
    pub fn packetize(
        &mut self,
        frame: &[u8],
        max_payload_bytes: usize,
        out: &mut Vec<Payload>,
    ) -> Result<(), PacketizeError> {
        self.packetize_with(frame, &[], max_payload_bytes, out)
    }

    /// The same; a group that does not fit is cut at the macroblocks given or, if there are none, at
    /// those that are found.
    ///
    /// # Errors
    /// As [`Packetizer::packetize`].
    pub fn packetize_with(
        &mut self,
        frame: &[u8],
        macroblocks: &[MbInfo],
        max_payload_bytes: usize,
        out: &mut Vec<Payload>,
    ) -> Result<(), PacketizeError> {
        let picture = PictureHeader::parse(frame).ok_or(PacketizeError::NoStartCode)?;
        if picture.source_format == EXTENDED_FORMAT || picture.pb_frames {
            return Err(PacketizeError::Unsupported(
                "RFC 2190 is not sent for H.263 options",
            ));
        }
        if max_payload_bytes <= MODE_B_BYTES {
            return Err(PacketizeError::PacketTooSmall {
                max: max_payload_bytes,
            });
        }
        let cutter = Cutter {
            end: frame.len() * 8,
            groups: group_starts(frame),
            macroblocks,
            max_payload_bytes,
        };
        let cuts = match cutter.cuts() {
            Err(PacketizeError::GroupTooLarge { .. }) if macroblocks.is_empty() => {
                let found = self::macroblocks(frame);
                let cutter = Cutter {
                    macroblocks: &found,
                    ..cutter
                };
                cutter.cuts()?
            }
            cuts => cuts?,
        };
        for (index, cut) in cuts.iter().enumerate() {
            let marker = index + 1 == cuts.len();
            out.push(Payload {
                bytes: cut.payload(frame, picture),
                marker,
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

/// From where to where one payload goes, in bits.
#[derive(Debug, Clone, Copy)]
struct Cut {
    start: usize,
    end: usize,
    /// `None` at the beginning of a group: mode A.
    inside: Option<MbInfo>,
}

struct Cutter<'a> {
    end: usize,
    groups: Vec<usize>,
    macroblocks: &'a [MbInfo],
    max_payload_bytes: usize,
}

impl Cutter<'_> {
    fn cuts(&self) -> Result<Vec<Cut>, PacketizeError> {
        let mut cuts = Vec::new();
        let mut start = 0;
        let mut inside = None;
        while start < self.end {
            let header = if inside.is_some() {
                MODE_B_BYTES
            } else {
                MODE_A_BYTES
            };
            let room = self.max_payload_bytes - header;
            let fits = |end: usize| end > start && end.div_ceil(8) - start / 8 <= room;
            let end = if fits(self.end) {
                Some(self.end)
            } else {
                self.groups.iter().copied().rfind(|&group| fits(group))
            };
            let (end, next) = match end {
                Some(end) => (end, None),
                None => {
                    let mut candidates = self.macroblocks.iter();
                    let next = candidates
                        .rfind(|info| info.offset_bits < self.end && fits(info.offset_bits))
                        .copied();
                    (next.ok_or(self.too_large(start))?.offset_bits, next)
                }
            };
            cuts.push(Cut { start, end, inside });
            (start, inside) = (end, next);
        }
        Ok(cuts)
    }

    fn too_large(&self, start: usize) -> PacketizeError {
        let next = self.groups.iter().copied().find(|&group| group > start);
        let bytes = next.unwrap_or(self.end).div_ceil(8) - start / 8;
        PacketizeError::GroupTooLarge {
            bytes,
            max: self.max_payload_bytes - MODE_A_BYTES,
        }
    }
}

impl Cut {
    fn payload(&self, frame: &[u8], picture: PictureHeader) -> Vec<u8> {
        let data = &frame[self.start / 8..self.end.div_ceil(8)];
        let skip_front = (self.start % 8) as u8;
        let skip_back = (self.end.next_multiple_of(8) - self.end) as u8;
        let inside = u8::from(self.inside.is_some());
        let source = picture.source_format << 5;
        let flags = u8::from(!picture.intra) << 3
            | u8::from(picture.unrestricted_vectors) << 2
            | u8::from(picture.arithmetic_coding) << 1
            | u8::from(picture.advanced_prediction);
        let mut payload = Vec::with_capacity(MODE_B_BYTES + data.len());
        payload.push(inside << 7 | skip_front << 3 | skip_back);
        match self.inside {
            // DBQ, TRB and TR are zero without PB-frames.
            None => payload.extend_from_slice(&[source | flags << 1, 0, 0]),
            Some(info) => {
                let word =
                    u32::from(info.group & 0x1f) << 11 | u32::from(info.macroblock & 0x1ff) << 2;
                payload.push(source | info.quantizer & 0x1f);
                payload.extend_from_slice(&(word as u16).to_be_bytes());
                let vectors = [
                    info.horizontal_1,
                    info.vertical_1,
                    info.horizontal_2,
                    info.vertical_2,
                ];
                let vectors = vectors.iter().fold(u32::from(flags), |word, &vector| {
                    word << 7 | u32::from(vector as u8 & 0x7f)
                });
                payload.extend_from_slice(&vectors.to_be_bytes());
            }
        }
        payload.extend_from_slice(data);
        payload
    }
}

/// One picture of either format seen in payload type 34.
#[derive(Debug)]
enum Joined {
    Rfc2190(BitJoiner),
    /// Some peers send the newer format under the static payload type as well.
    Rfc4629(h263plus::Joined),
}

impl Gather for Joined {
    fn begin(payload: &[u8]) -> Option<Joined> {
        if is_newer_format(payload) {
            return h263plus::Joined::begin(payload).map(Joined::Rfc4629);
        }
        let (skip_front, _, data) = split(payload).ok()?;
        let mut bits = BitReader::new(data);
        bits.read(skip_front)?;
        (bits.read(22)? == PICTURE_START).then(|| Joined::Rfc2190(BitJoiner::default()))
    }

    fn add(&mut self, payload: &[u8]) -> Result<(), PayloadError> {
        match self {
            Joined::Rfc4629(joined) => joined.add(payload),
            Joined::Rfc2190(joiner) => {
                let (skip_front, skip_back, data) = split(payload)?;
                joiner.append(data, skip_front, skip_back);
                Ok(())
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Joined::Rfc2190(joiner) => joiner.len(),
            Joined::Rfc4629(joined) => joined.len(),
        }
    }
}

impl Joined {
    fn finish(self) -> Finished {
        match self {
            Joined::Rfc4629(joined) => joined.finish(),
            Joined::Rfc2190(joiner) => {
                let data = joiner.into_bytes();
                match PictureHeader::parse(&data) {
                    Some(header) => Finished::Whole {
                        data,
                        keyframe: header.intra,
                    },
                    None => Finished::Damaged,
                }
            }
        }
    }
}

/// SBIT, EBIT and the bitstream of a payload of any mode.
fn split(payload: &[u8]) -> Result<(usize, usize, &[u8]), PayloadError> {
    let truncated = PayloadError::Truncated {
        bytes: payload.len(),
    };
    let first = *payload.first().ok_or(truncated)?;
    let header = match first >> 6 {
        0 | 1 => MODE_A_BYTES,
        2 => MODE_B_BYTES,
        _ => MODE_C_BYTES,
    };
    let data = payload
        .get(header..)
        .filter(|data| !data.is_empty())
        .ok_or(truncated)?;
    Ok((usize::from(first >> 3 & 7), usize::from(first & 7), data))
}

/// Whether a picture begins here in the format of RFC 4629: read as mode A it would have the
/// forbidden source format 0.
fn is_newer_format(payload: &[u8]) -> bool {
    matches!(payload, [0x04, 0x00, third, ..] if third & 0xfc == 0x80)
}

/// The bits at which pictures and groups of blocks begin: sixteen zeros and a one.
fn group_starts(frame: &[u8]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut zeros = 0;
    for (index, &byte) in frame.iter().enumerate() {
        if byte == 0 {
            zeros += 8;
            continue;
        }
        let leading = byte.leading_zeros() as usize;
        if zeros + leading >= 16 {
            starts.push(index * 8 + leading - 16);
        }
        // No start code begins and ends inside one byte: only its last zeros count.
        zeros = byte.trailing_zeros() as usize;
    }
    starts
}

/// Sixteen zeros, a one, and the group number 0 (ITU-T H.263 §5.1.1).
const PICTURE_START: u32 = 0x20;
const EXTENDED_FORMAT: u8 = 7;
const MODE_A_BYTES: usize = 4;
const MODE_B_BYTES: usize = 8;
const MODE_C_BYTES: usize = 12;
