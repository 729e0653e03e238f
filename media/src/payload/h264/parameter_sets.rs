//! RFC 6184 §8.2.2 and §8.4: parameter sets from the session description and from the stream.

use super::super::bits::BitReader;
use super::NalKind;

/// How many sets of one kind are kept: senders use one or two; ids reach 31 and 255.
pub const MAX_SETS: usize = 8;
/// The largest set kept: scaling lists and usability information together stay under it.
pub const MAX_SET_BYTES: usize = 1024;

/// The parameter sets in force, the latest of each id.
#[derive(Debug, Clone, Default)]
pub struct ParameterSets {
    sequence: Vec<Kept>,
    picture: Vec<Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    id: u32,
    nal: Vec<u8>,
}

impl ParameterSets {
    /// Keeps the NAL unit if it is a parameter set; anything else is passed over.
    pub fn learn(&mut self, nal: &[u8]) {
        let (kind, list) = match NalKind::of(nal) {
            Some(kind @ NalKind::SequenceParameters) => (kind, &mut self.sequence),
            Some(kind @ NalKind::PictureParameters) => (kind, &mut self.picture),
            _ => return,
        };
        let Some(id) = id_of(kind, nal).filter(|_| nal.len() <= MAX_SET_BYTES) else {
            return;
        };
        if list.iter().any(|kept| kept.id == id && kept.nal == nal) {
            return;
        }
        list.retain(|kept| kept.id != id);
        if list.len() == MAX_SETS {
            list.remove(0);
        }
        list.push(Kept {
            id,
            nal: nal.to_vec(),
        });
    }

    /// Sequence parameter sets first, as a decoder wants them.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.sequence
            .iter()
            .chain(&self.picture)
            .map(|kept| kept.nal.as_slice())
    }

    /// The latest sequence parameter set.
    pub fn sequence(&self) -> Option<&[u8]> {
        self.sequence.last().map(|kept| kept.nal.as_slice())
    }

    /// The access unit with the known sets before its first slice, when a decoder may begin with it
    /// and it lacks either kind; otherwise as it is.
    pub(super) fn complete<'a>(&'a self, nals: Vec<&'a [u8]>) -> Vec<&'a [u8]> {
        let has = |kind| nals.iter().any(|nal| NalKind::of(nal) == Some(kind));
        let whole = has(NalKind::SequenceParameters) && has(NalKind::PictureParameters);
        if whole || !super::may_begin(&nals) {
            return nals;
        }
        let mut completed = nals;
        // What the unit has of them is known already, and must follow what it refers to.
        completed.retain(|nal| !is_known(self, nal));
        let is_slice = |nal: &&[u8]| NalKind::of(nal).is_some_and(NalKind::is_slice);
        let before = completed.iter().position(is_slice).unwrap_or(0);
        completed.splice(before..before, self.iter());
        completed
    }
}

fn is_known(sets: &ParameterSets, nal: &[u8]) -> bool {
    sets.iter().any(|known| known == nal)
}

fn id_of(kind: NalKind, nal: &[u8]) -> Option<u32> {
    // A sequence parameter set has profile, constraints and level before its id.
    let before = if kind == NalKind::SequenceParameters {
        4
    } else {
        1
    };
    let limit = if kind == NalKind::SequenceParameters {
        31
    } else {
        255
    };
    BitReader::new(nal.get(before..)?)
        .read_exp_golomb()
        .filter(|&id| id <= limit)
}
