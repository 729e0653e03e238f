//! ITU-T H.263 §5.3 and §5.4: the code words of the macroblock and block layers, as far as one must know
//! them to find where a macroblock ends.

use crate::payload::bits::BitReader;

/// A code word: its bits and their number.
type Word = (u16, u8);

/// How a macroblock is coded (table 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Inter,
    /// With a vector for each block of luma.
    Inter4,
    Intra,
    /// No macroblock at all.
    Stuffing,
}

/// MCBPC, and what it says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) kind: Kind,
    /// DQUANT follows.
    pub(super) changes_quantizer: bool,
    /// Which of the two blocks of chroma have coefficients, the first being the higher bit.
    pub(super) chroma_blocks: u8,
}

const STUFFING: Word = (1, 9);

/// Tables 7 and 8: the words for no chroma block, the second, the first, both.
const OF_INTRA_PICTURES: [(Kind, bool, [Word; 4]); 2] = [
    (Kind::Intra, false, [(1, 1), (1, 3), (2, 3), (3, 3)]),
    (Kind::Intra, true, [(1, 4), (1, 6), (2, 6), (3, 6)]),
];
const OF_INTER_PICTURES: [(Kind, bool, [Word; 4]); 6] = [
    (Kind::Inter, false, [(1, 1), (3, 4), (2, 4), (5, 6)]),
    (Kind::Inter, true, [(3, 3), (7, 7), (6, 7), (5, 9)]),
    (Kind::Inter4, false, [(2, 3), (5, 7), (4, 7), (5, 8)]),
    (Kind::Intra, false, [(3, 5), (4, 8), (3, 8), (3, 7)]),
    (Kind::Intra, true, [(4, 6), (4, 9), (3, 9), (2, 9)]),
    (Kind::Inter4, true, [(2, 11), (12, 13), (14, 13), (15, 13)]),
];

/// Table 13, by the blocks of luma that have coefficients in an intra macroblock, the first block
/// being the highest bit; inter macroblocks say the reverse.
const LUMA_BLOCKS: [Word; 16] = [
    (3, 4),
    (5, 5),
    (4, 5),
    (9, 4),
    (3, 5),
    (7, 4),
    (2, 6),
    (11, 4),
    (2, 5),
    (3, 6),
    (5, 4),
    (10, 4),
    (4, 4),
    (8, 4),
    (6, 4),
    (3, 2),
];

/// Table 14 without signs, by half pixels.
const VECTORS: [Word; 33] = [
    (1, 1),
    (1, 2),
    (1, 3),
    (1, 4),
    (3, 6),
    (5, 7),
    (4, 7),
    (3, 7),
    (11, 9),
    (10, 9),
    (9, 9),
    (17, 10),
    (16, 10),
    (15, 10),
    (14, 10),
    (13, 10),
    (12, 10),
    (11, 10),
    (10, 10),
    (9, 10),
    (8, 10),
    (7, 10),
    (6, 10),
    (5, 10),
    (4, 10),
    (7, 11),
    (6, 11),
    (5, 11),
    (4, 11),
    (3, 11),
    (2, 11),
    (3, 12),
    (2, 12),
];

/// Table 16 without signs: words of so many bits between two values, and whether the coefficient is
/// its block's last. Lengths rise.
const COEFFICIENTS: [(u8, u16, u16, bool); 22] = [
    (2, 0x2, 0x2, false),
    (3, 0x6, 0x6, false),
    (4, 0x7, 0x7, true),
    (4, 0xe, 0xf, false),
    (5, 0xb, 0xd, false),
    (6, 0xc, 0xf, true),
    (6, 0x10, 0x15, false),
    (7, 0x10, 0x13, true),
    (7, 0x14, 0x17, false),
    (8, 0x13, 0x1a, true),
    (8, 0x1b, 0x1f, false),
    (9, 0x11, 0x19, true),
    (9, 0x1a, 0x25, false),
    (10, 0x4, 0x7, true),
    (10, 0x8, 0xf, false),
    (10, 0x20, 0x21, false),
    (11, 0x4, 0x5, true),
    (11, 0x6, 0x7, false),
    (11, 0x20, 0x23, false),
    (11, 0x24, 0x27, true),
    (12, 0x50, 0x57, false),
    (12, 0x58, 0x5f, true),
];

/// LAST, six bits of RUN and eight of LEVEL follow.
const ESCAPE: Word = (3, 7);

/// A block has no more.
const MAX_COEFFICIENTS: usize = 64;

/// Reads MCBPC.
pub(super) fn read_type(bits: &mut BitReader<'_>, intra_picture: bool) -> Option<Type> {
    let table: &[(Kind, bool, [Word; 4])] = match intra_picture {
        true => &OF_INTRA_PICTURES,
        false => &OF_INTER_PICTURES,
    };
    let all = table.iter().flat_map(|(kind, changes_quantizer, words)| {
        let blocks = words.iter().zip(0..);
        blocks.map(|(word, chroma_blocks)| {
            let kind = Type {
                kind: *kind,
                changes_quantizer: *changes_quantizer,
                chroma_blocks,
            };
            (*word, kind)
        })
    });
    let stuffing = Type {
        kind: Kind::Stuffing,
        changes_quantizer: false,
        chroma_blocks: 0,
    };
    read_word(bits, all.chain([(STUFFING, stuffing)]))
}

/// Reads CBPY: which blocks of luma have coefficients, the first being the highest of four bits.
pub(super) fn read_luma_blocks(bits: &mut BitReader<'_>, kind: Kind) -> Option<u8> {
    let words = LUMA_BLOCKS.into_iter().zip(0_u8..);
    let coded = read_word(bits, words)?;
    match kind {
        Kind::Intra => Some(coded),
        Kind::Inter | Kind::Inter4 => Some(coded ^ 0xf),
        Kind::Stuffing => None,
    }
}

/// Reads a component of MVD, in half pixels.
pub(super) fn read_vector(bits: &mut BitReader<'_>) -> Option<i16> {
    let magnitude = read_word(bits, VECTORS.into_iter().zip(0_i16..))?;
    if magnitude == 0 {
        return Some(0);
    }
    let is_negative = bits.read(1)? == 1;
    Some(if is_negative { -magnitude } else { magnitude })
}

/// Reads over the coefficients of a block that has any.
pub(super) fn pass_coefficients(bits: &mut BitReader<'_>) -> Option<()> {
    for _ in 0..MAX_COEFFICIENTS {
        if pass_coefficient(bits)? {
            return Some(());
        }
    }
    None
}

/// Whether it was the last.
fn pass_coefficient(bits: &mut BitReader<'_>) -> Option<bool> {
    let (mut word, mut length) = (0, 0);
    for (of_length, first, last, is_last) in COEFFICIENTS {
        let more = usize::from(of_length - length);
        word = word << more | bits.read(more)? as u16;
        length = of_length;
        if (word, length) == ESCAPE {
            let is_last = bits.read(1)? == 1;
            bits.read(6)?;
            bits.read(8)?;
            return Some(is_last);
        }
        if (first..=last).contains(&word) {
            // The sign.
            bits.read(1)?;
            return Some(is_last);
        }
    }
    None
}

/// Reads the word of a table that comes next; no table has longer ones than thirteen bits.
fn read_word<T>(
    bits: &mut BitReader<'_>,
    words: impl Iterator<Item = (Word, T)> + Clone,
) -> Option<T> {
    let mut read = 0;
    for length in 1..=13 {
        read = read << 1 | bits.read(1)? as u16;
        let found = words.clone().find(|(word, _)| *word == (read, length));
        if let Some((_, meaning)) = found {
            return Some(meaning);
        }
    }
    None
}
