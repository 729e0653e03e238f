//! RFC 6184 §5.6 to §5.8: the NAL units in single NAL unit packets, STAP-A and FU-A.

use super::super::PayloadError;
use super::super::assembly::{Finished, Gather};
use super::parameter_sets::ParameterSets;
use super::sequence_parameters::first_macroblock;
use super::{END_BIT, FU_A, FU_HEADER_BYTES, NalKind, STAP_A, START_BIT, TYPE_BITS, annex_b};

/// NAL units in one access unit: one a macroblock row would be 68 at the largest level; a peer
/// that sends empty ones should not make the list long.
const MAX_UNITS: usize = 512;

/// The NAL units of one access unit.
#[derive(Debug, Default)]
pub(super) struct Units {
    nals: Vec<Vec<u8>>,
    bytes: usize,
    /// Whether the last unit's end is still missing.
    fragment_open: bool,
}

impl Gather for Units {
    fn begin(payload: &[u8]) -> Option<Units> {
        let inside_fragment = matches!(payload, [first, second, ..] if first & TYPE_BITS == FU_A && second & START_BIT == 0);
        (!inside_fragment).then(Units::default)
    }

    fn add(&mut self, payload: &[u8]) -> Result<(), PayloadError> {
        let kind = payload.first().map_or(0, |first| first & TYPE_BITS);
        if self.fragment_open && kind != FU_A {
            return Err(PayloadError::Malformed(
                "a fragmented NAL unit lacks its end",
            ));
        }
        match kind {
            1..=23 => self.keep(payload.to_vec()),
            STAP_A => {
                for nal in aggregated(payload) {
                    self.keep(nal?.to_vec())?;
                }
                Ok(())
            }
            FU_A => self.add_fragment(payload),
            25..=27 | 29 => Err(PayloadError::Malformed(
                "an interleaved packet was not agreed on",
            )),
            // 0, 30 and 31 are to be ignored (RFC 6184 §5.2).
            _ => Ok(()),
        }
    }

    fn len(&self) -> usize {
        self.bytes
    }
}

impl Units {
    /// The access unit in Annex B form, completed with `known` parameter sets.
    pub(super) fn finish(self, known: &ParameterSets) -> Finished {
        let mut nals: Vec<&[u8]> = self.nals.iter().map(Vec::as_slice).collect();
        nals.retain(|nal| NalKind::of(nal) != Some(NalKind::Filler));
        if known.sequence().is_some_and(allows_any_order) {
            put_in_order(&mut nals);
        }
        let Some(first) = nals.iter().find(|nal| is_slice(nal)) else {
            return Finished::Nothing;
        };
        // The first slice begins at macroblock 0, a number that is coded as a single one.
        let begins = first.get(1).is_some_and(|octet| octet & 0x80 != 0);
        if !begins || self.fragment_open {
            return Finished::Damaged;
        }
        let keyframe = super::may_begin(&nals);
        Finished::Whole {
            data: annex_b::join(&known.complete(nals)),
            keyframe,
        }
    }

    fn keep(&mut self, nal: Vec<u8>) -> Result<(), PayloadError> {
        if self.nals.len() == MAX_UNITS {
            return Err(PayloadError::Malformed(
                "too many NAL units in one access unit",
            ));
        }
        self.bytes += nal.len();
        self.nals.push(nal);
        Ok(())
    }

    fn add_fragment(&mut self, payload: &[u8]) -> Result<(), PayloadError> {
        let truncated = PayloadError::Truncated {
            bytes: payload.len(),
        };
        let (&[indicator, header], piece) = payload
            .split_first_chunk::<FU_HEADER_BYTES>()
            .ok_or(truncated)?;
        let starts = header & START_BIT != 0;
        match (starts, self.fragment_open) {
            (true, false) => self.keep(vec![indicator & !TYPE_BITS | header & TYPE_BITS])?,
            (false, true) => {}
            (true, true) => return Err(PayloadError::Malformed("a fragment begins twice")),
            (false, false) => return Err(PayloadError::Malformed("a fragment has no beginning")),
        }
        if let Some(nal) = self.nals.last_mut() {
            nal.extend_from_slice(piece);
            self.bytes += piece.len();
        }
        self.fragment_open = header & END_BIT == 0;
        Ok(())
    }
}

/// Calls `learn` with every whole parameter set in the payload.
pub(super) fn parameter_sets_in(payload: &[u8], mut learn: impl FnMut(&[u8])) {
    match payload.first().map(|first| first & TYPE_BITS) {
        Some(7 | 8) => learn(payload),
        Some(STAP_A) => aggregated(payload).flatten().for_each(learn),
        Some(_) | None => {}
    }
}

/// The NAL units of a STAP-A; an error ends them.
fn aggregated(payload: &[u8]) -> impl Iterator<Item = Result<&[u8], PayloadError>> {
    let mut rest = payload.get(1..).unwrap_or(&[]);
    std::iter::from_fn(move || {
        let (size, left) = match rest.split_first_chunk::<2>() {
            Some((size, left)) => (usize::from(u16::from_be_bytes(*size)), left),
            None if rest.is_empty() => return None,
            None => {
                rest = &[];
                return Some(Err(PayloadError::Truncated {
                    bytes: payload.len(),
                }));
            }
        };
        let Some((nal, after)) = left.split_at_checked(size).filter(|_| size > 0) else {
            rest = &[];
            return Some(Err(PayloadError::Truncated {
                bytes: payload.len(),
            }));
        };
        rest = after;
        Some(Ok(nal))
    })
}

/// Whether slices may come in any order: in Baseline and Extended they may, and FFmpeg's decoder
/// would take one that comes late for another picture's (ITU-T H.264 §A.2.1).
fn allows_any_order(sequence: &[u8]) -> bool {
    matches!(sequence.get(1), Some(66 | 88))
}

/// Sorts the slices of a picture; other NAL units keep their places.
fn put_in_order(nals: &mut [&[u8]]) {
    let places: Vec<usize> = (0..nals.len()).filter(|&at| is_slice(nals[at])).collect();
    let mut slices: Vec<(u32, &[u8])> = places
        .iter()
        .map(|&at| (first_macroblock(nals[at]).unwrap_or(u32::MAX), nals[at]))
        .collect();
    if slices.is_sorted_by_key(|(first, _)| *first) {
        return;
    }
    slices.sort_by_key(|(first, _)| *first);
    for (at, (_, slice)) in places.into_iter().zip(slices) {
        nals[at] = slice;
    }
}

fn is_slice(nal: &[u8]) -> bool {
    NalKind::of(nal).is_some_and(NalKind::is_slice)
}
