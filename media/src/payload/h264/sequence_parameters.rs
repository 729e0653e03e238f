//! ITU-T H.264 §7.3.2 and §D.1.8, as far as a gateway must look into a stream: how large its pictures
//! are (RFC 6184 §8.1 says what a receiver can take), where a decoder may begin, and where slices belong.

use super::super::bits::BitReader;
use super::profile_level_id::ProfileLevelId;
use super::{NalKind, annex_b};

/// What a sequence parameter set says of its pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceParameters {
    pub profile_level_id: ProfileLevelId,
    /// Macroblocks in a row, 16 pixels each.
    pub columns: u32,
    /// Macroblocks in a column of a whole picture.
    pub rows: u32,
}

impl SequenceParameters {
    /// Reads a sequence parameter set NAL unit; `None` when it ends inside.
    pub fn parse(nal: &[u8]) -> Option<SequenceParameters> {
        let profile_level_id = ProfileLevelId::from_sequence_parameters(nal)?;
        let payload = without_emulation(nal.get(4..)?);
        let mut bits = BitReader::new(&payload);
        bits.read_exp_golomb()?;
        if HIGH_PROFILES.contains(&profile_level_id.profile_idc) {
            skip_high_profile(&mut bits)?;
        }
        bits.read_exp_golomb()?; // log2_max_frame_num_minus4
        match bits.read_exp_golomb()? {
            0 => {
                bits.read_exp_golomb()?;
            }
            1 => {
                bits.read(1)?;
                bits.read_exp_golomb()?;
                bits.read_exp_golomb()?;
                // §7.4.2.1.1: at most 255 offsets.
                for _ in 0..bits.read_exp_golomb()?.min(255) {
                    bits.read_exp_golomb()?;
                }
            }
            _ => {}
        }
        bits.read_exp_golomb()?; // max_num_ref_frames
        bits.read(1)?;
        let columns = bits.read_exp_golomb()?.checked_add(1)?;
        let map_units = bits.read_exp_golomb()?.checked_add(1)?;
        let frames_only = bits.read(1)? == 1;
        let rows = map_units.checked_mul(if frames_only { 1 } else { 2 })?;
        Some(SequenceParameters {
            profile_level_id,
            columns,
            rows,
        })
    }

    /// Those of the first set in an Annex B stream.
    pub fn of_stream(stream: &[u8]) -> Option<SequenceParameters> {
        let is_set = |nal: &&[u8]| NalKind::of(nal) == Some(NalKind::SequenceParameters);
        SequenceParameters::parse(annex_b::split(stream).find(is_set)?)
    }

    /// Macroblocks in a picture.
    pub fn macroblocks(self) -> u64 {
        u64::from(self.columns) * u64::from(self.rows)
    }
}

/// Whether the NAL unit says that a decoder may begin with its access unit, and shows whole
/// pictures soon: a recovery point, as encoders send that renew a part of each picture.
pub fn is_recovery_point(nal: &[u8]) -> bool {
    if nal.first().is_none_or(|octet| octet & 0x1f != INFORMATION) {
        return false;
    }
    let payload = without_emulation(&nal[1..]);
    let mut rest = &payload[..];
    // A message is its type and its size, each a row of 255s and a last octet.
    while let Some((kind, after)) = read_number(rest) {
        let Some((size, after)) = read_number(after) else {
            return false;
        };
        if kind == RECOVERY_POINT {
            return true;
        }
        rest = after.get(size..).unwrap_or(&[]);
    }
    false
}

/// The macroblock that a slice begins with; its number stands first in the slice.
pub(super) fn first_macroblock(slice: &[u8]) -> Option<u32> {
    BitReader::new(slice.get(1..)?).read_exp_golomb()
}

fn skip_high_profile(bits: &mut BitReader<'_>) -> Option<()> {
    let chroma = bits.read_exp_golomb()?;
    if chroma == 3 {
        bits.read(1)?;
    }
    bits.read_exp_golomb()?;
    bits.read_exp_golomb()?;
    bits.read(1)?;
    if bits.read(1)? == 0 {
        return Some(());
    }
    for list in 0..if chroma == 3 { 12 } else { 8 } {
        if bits.read(1)? == 1 {
            skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
        }
    }
    Some(())
}

fn skip_scaling_list(bits: &mut BitReader<'_>, length: usize) -> Option<()> {
    let mut last = 8_i64;
    for _ in 0..length {
        let coded = i64::from(bits.read_exp_golomb()?);
        let delta = if coded % 2 == 1 {
            (coded + 1) / 2
        } else {
            -coded / 2
        };
        last = (last + delta).rem_euclid(256);
        if last == 0 {
            return Some(());
        }
    }
    Some(())
}

/// The octets without those that keep start codes from appearing (§7.4.1).
fn without_emulation(nal: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(nal.len());
    let mut zeros = 0;
    for &octet in nal {
        if zeros >= 2 && octet == 3 {
            zeros = 0;
            continue;
        }
        zeros = if octet == 0 { zeros + 1 } else { 0 };
        out.push(octet);
    }
    out
}

fn read_number(octets: &[u8]) -> Option<(usize, &[u8])> {
    let full = octets.iter().take_while(|octet| **octet == 255).count();
    let (last, rest) = octets.get(full..)?.split_first()?;
    Some((full * 255 + usize::from(*last), rest))
}

/// Profiles whose sets also say the chroma format (§7.3.2.1.1).
const HIGH_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/// The type of NAL units with supplemental enhancement information.
const INFORMATION: u8 = 6;
const RECOVERY_POINT: usize = 6;
