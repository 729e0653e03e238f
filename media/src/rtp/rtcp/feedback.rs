//! RFC 4585 §6.2.1 (generic NACK) and §6.3.1 (PLI), RFC 5104 §4.2.1 (TMMBR), §4.2.2 (TMMBN) and
//! §4.3.1 (FIR).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |              PID              |              BLP              | NACK
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                              SSRC                             | TMMBR, TMMBN
//! | MxTBR Exp |  MxTBR Mantissa                 |Measured Overhead|
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                              SSRC                             | FIR
//! | Seq nr.       |    Reserved                                   |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use super::{MAX_COUNT, PAYLOAD_FEEDBACK, Rtcp, TRANSPORT_FEEDBACK, push_u32, take_u32};

/// One packet that is missing, and which of the 16 after it are too (RFC 4585 §6.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    pub first: u16,
    /// Bit 0 stands for `first + 1`.
    pub following: u16,
}

/// A rate that a stream may not exceed (RFC 5104 §4.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateEntry {
    /// Of the stream's sender in a TMMBR, of the one who asked in a TMMBN.
    pub ssrc: u32,
    /// With the headers that `overhead_bytes` counts. On the wire 17 bits are kept, the rest is
    /// rounded down.
    pub bits_per_second: u64,
    /// A packet, at most 511.
    pub overhead_bytes: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirEntry {
    pub ssrc: u32,
    /// Rises by one with every new request; a repetition keeps it (RFC 5104 §4.3.1.2).
    pub sequence: u8,
}

impl Missing {
    /// The numbers in as few entries as they need, at most [`MAX_MISSING`]. `numbers` rise, but
    /// for the wrap around.
    pub fn of(numbers: impl IntoIterator<Item = u16>) -> Vec<Missing> {
        let mut list: Vec<Missing> = Vec::new();
        for number in numbers {
            if let Some(last) = list.last_mut() {
                let distance = number.wrapping_sub(last.first);
                if (1..=16).contains(&distance) {
                    last.following |= 1 << (distance - 1);
                    continue;
                }
            }
            if list.len() == MAX_MISSING {
                break;
            }
            list.push(Missing {
                first: number,
                following: 0,
            });
        }
        list
    }

    /// The numbers that are meant.
    pub fn numbers(self) -> impl Iterator<Item = u16> {
        let following = (0..16).filter(move |bit| self.following & 1 << bit != 0);
        std::iter::once(self.first)
            .chain(following.map(move |bit| self.first.wrapping_add(bit + 1)))
    }
}

pub(super) fn parse_transport(format: usize, mut body: &[u8]) -> Option<Rtcp> {
    if !matches!(format, FORMAT_NACK | FORMAT_TMMBR | FORMAT_TMMBN) {
        return Some(Rtcp::Other {
            packet_type: TRANSPORT_FEEDBACK,
        });
    }
    let sender = take_u32(&mut body)?;
    let media = take_u32(&mut body)?;
    match format {
        FORMAT_NACK => {
            let missing = body.chunks_exact(4).take(MAX_MISSING).map(|entry| Missing {
                first: u16::from_be_bytes([entry[0], entry[1]]),
                following: u16::from_be_bytes([entry[2], entry[3]]),
            });
            Some(Rtcp::Nack {
                sender,
                media,
                missing: missing.collect(),
            })
        }
        FORMAT_TMMBR => Some(Rtcp::RateRequest {
            sender,
            entries: parse_rates(body),
        }),
        _ => Some(Rtcp::RateNotification {
            sender,
            entries: parse_rates(body),
        }),
    }
}

pub(super) fn parse_payload(format: usize, mut body: &[u8]) -> Option<Rtcp> {
    if !matches!(format, FORMAT_PLI | FORMAT_FIR) {
        return Some(Rtcp::Other {
            packet_type: PAYLOAD_FEEDBACK,
        });
    }
    let sender = take_u32(&mut body)?;
    let media = take_u32(&mut body)?;
    match format {
        FORMAT_PLI => Some(Rtcp::PictureLoss { sender, media }),
        _ => {
            let entries = body.chunks_exact(8).take(MAX_COUNT);
            let entries = entries.map(|entry| FirEntry {
                ssrc: u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]]),
                sequence: entry[4],
            });
            Some(Rtcp::FullIntraRequest {
                sender,
                entries: entries.collect(),
            })
        }
    }
}

/// The format and the packet type of what was written, here and below.
pub(super) fn write_pli(out: &mut Vec<u8>, sender: u32, media: u32) -> (usize, u8) {
    push_u32(out, sender);
    push_u32(out, media);
    (FORMAT_PLI, PAYLOAD_FEEDBACK)
}

pub(super) fn write_fir(out: &mut Vec<u8>, sender: u32, entries: &[FirEntry]) -> (usize, u8) {
    push_u32(out, sender);
    push_u32(out, MEDIA_IN_ENTRIES);
    for entry in entries.iter().take(MAX_COUNT) {
        push_u32(out, entry.ssrc);
        out.extend_from_slice(&[entry.sequence, 0, 0, 0]);
    }
    (FORMAT_FIR, PAYLOAD_FEEDBACK)
}

pub(super) fn write_nack(
    out: &mut Vec<u8>,
    (sender, media): (u32, u32),
    missing: &[Missing],
) -> (usize, u8) {
    push_u32(out, sender);
    push_u32(out, media);
    for entry in missing.iter().take(MAX_MISSING) {
        push_u32(
            out,
            u32::from(entry.first) << 16 | u32::from(entry.following),
        );
    }
    (FORMAT_NACK, TRANSPORT_FEEDBACK)
}

pub(super) fn write_rates(out: &mut Vec<u8>, sender: u32, entries: &[RateEntry]) {
    push_u32(out, sender);
    push_u32(out, MEDIA_IN_ENTRIES);
    for entry in entries.iter().take(MAX_COUNT) {
        let significant = u64::BITS - entry.bits_per_second.leading_zeros();
        let exponent = significant.saturating_sub(MANTISSA_BITS);
        let mantissa = (entry.bits_per_second >> exponent) as u32;
        let overhead = u32::from(entry.overhead_bytes.min(MAX_OVERHEAD));
        push_u32(out, entry.ssrc);
        push_u32(out, exponent << 26 | mantissa << 9 | overhead);
    }
}

fn parse_rates(body: &[u8]) -> Vec<RateEntry> {
    let mut entries = Vec::new();
    let mut rest = body;
    while entries.len() < MAX_COUNT {
        let (Some(ssrc), Some(word)) = (take_u32(&mut rest), take_u32(&mut rest)) else {
            break;
        };
        let (exponent, mantissa) = (word >> 26, u64::from(word >> 9 & 0x1_ffff));
        // An exponent that does not fit means no limit at all.
        let fits = mantissa.leading_zeros() >= exponent;
        entries.push(RateEntry {
            ssrc,
            bits_per_second: if fits { mantissa << exponent } else { u64::MAX },
            overhead_bytes: (word & 0x1ff) as u16,
        });
    }
    entries
}

/// Entries of one NACK: with 17 numbers each more than a reorder buffer can miss; a peer that asks
/// for more gets these.
pub const MAX_MISSING: usize = 32;
/// The media source of FIR, TMMBR and TMMBN is zero: the entries name it (RFC 5104 §4.2.1.2,
/// §4.3.1.2).
const MEDIA_IN_ENTRIES: u32 = 0;
const FORMAT_NACK: usize = 1;
pub(super) const FORMAT_TMMBR: usize = 3;
pub(super) const FORMAT_TMMBN: usize = 4;
const FORMAT_PLI: usize = 1;
const FORMAT_FIR: usize = 4;
const MANTISSA_BITS: u32 = 17;
const MAX_OVERHEAD: u16 = 0x1ff;
