//! ITU-T H.263 §5.2, §5.3, §6.1.1: where the macroblocks of somebody else's picture begin, and what RFC
//! 2190 mode B must say there. A row that does not fit a packet can then be cut, whoever encoded it.

use std::ops::Range;

use super::codes::{Kind, Type, pass_coefficients, read_luma_blocks, read_type, read_vector};
use super::{EXTENDED_FORMAT, MbInfo, PictureHeader};
use crate::payload::bits::BitReader;

/// A motion vector in half pixels.
type Vector = (i16, i16);

/// The vectors of a macroblock's four blocks of luma; those of one that has one vector are alike, and
/// those of one that has none are zero.
type Vectors = [Vector; 4];

/// Where the macroblocks of a picture begin, in rising order. Empty where the picture is none that is
/// understood to its end: with PB-frames, arithmetic coding, an extended header, or damaged.
pub fn macroblocks(picture: &[u8]) -> Vec<MbInfo> {
    read(picture).unwrap_or_default()
}

fn read(picture: &[u8]) -> Option<Vec<MbInfo>> {
    let header = PictureHeader::parse(picture)?;
    let (columns, rows, rows_of_group) = match header.source_format {
        1 => (8, 6, 1),
        2 => (11, 9, 1),
        3 => (22, 18, 1),
        4 => (44, 36, 2),
        5 => (88, 72, 4),
        _ => return None,
    };
    if header.pb_frames || header.arithmetic_coding || header.source_format == EXTENDED_FORMAT {
        return None;
    }
    let mut bits = BitReader::new(picture);
    // PSC, TR and PTYPE.
    bits.read(22 + 8 + 13)?;
    let quantizer = bits.read(5)? as u8;
    if bits.read(1)? == 1 {
        return None; // several pictures in one
    }
    while bits.read(1)? == 1 {
        bits.read(8)?;
    }
    let mut reader = Reader {
        bits,
        header,
        columns,
        rows_of_group,
        quantizer,
        above: vec![Vectors::default(); columns],
        current: vec![Vectors::default(); columns],
        has_row_above: false,
        found: Vec::with_capacity(rows * columns),
    };
    for row in 0..rows {
        reader.row(row)?;
    }
    Some(reader.found)
}

struct Reader<'a> {
    bits: BitReader<'a>,
    header: PictureHeader,
    /// Macroblocks in a row.
    columns: usize,
    rows_of_group: usize,
    quantizer: u8,
    /// Of the row above, and of this one as far as it is read.
    above: Vec<Vectors>,
    current: Vec<Vectors>,
    /// Whether vectors of the row above count (§6.1.1): not those beyond a group's header.
    has_row_above: bool,
    found: Vec<MbInfo>,
}

impl Reader<'_> {
    fn row(&mut self, row: usize) -> Option<()> {
        std::mem::swap(&mut self.above, &mut self.current);
        self.current.fill(Vectors::default());
        self.has_row_above = row > 0;
        let mut begins_group = row == 0;
        if row > 0 && row.is_multiple_of(self.rows_of_group) && self.is_at_start_code() {
            self.group_header(row / self.rows_of_group)?;
            self.has_row_above = false;
            begins_group = true;
        }
        for column in 0..self.columns {
            let offset_bits = self.bits.position();
            let quantizer = self.quantizer;
            let (first, third) = self.macroblock(column)?;
            if begins_group && column == 0 {
                continue; // mode A begins there
            }
            self.found.push(MbInfo {
                offset_bits,
                quantizer,
                group: (row / self.rows_of_group) as u8,
                macroblock: (row % self.rows_of_group * self.columns + column) as u16,
                horizontal_1: first.0 as i8,
                vertical_1: first.1 as i8,
                horizontal_2: third.0 as i8,
                vertical_2: third.1 as i8,
            });
        }
        Some(())
    }

    /// Whether zeros that fill an octet up, if any, and a start code come next.
    fn is_at_start_code(&self) -> bool {
        let mut ahead = self.bits.clone();
        let mut zeros = 0;
        while zeros < 24 && ahead.read(1) == Some(0) {
            zeros += 1;
        }
        (16..24).contains(&zeros)
    }

    fn group_header(&mut self, group: usize) -> Option<()> {
        while self.bits.read(1)? == 0 {}
        let number = self.bits.read(5)? as usize;
        self.bits.read(2)?; // GFID
        self.quantizer = self.bits.read(5)? as u8;
        (number == group).then_some(())
    }

    /// Reads a macroblock; gives the predictors of its first vector and, with four, of its third.
    fn macroblock(&mut self, column: usize) -> Option<(Vector, Vector)> {
        let Type {
            kind,
            changes_quantizer,
            chroma_blocks,
        } = loop {
            if !self.header.intra && self.bits.read(1)? == 1 {
                // Not coded: as in the picture before.
                return Some((self.predictor(column, 0), (0, 0)));
            }
            let read = read_type(&mut self.bits, self.header.intra)?;
            if read.kind != Kind::Stuffing {
                break read;
            }
        };
        let luma_blocks = read_luma_blocks(&mut self.bits, kind)?;
        if changes_quantizer {
            let step = [-1, -2, 1, 2][self.bits.read(2)? as usize];
            self.quantizer = self.quantizer.saturating_add_signed(step).clamp(1, 31);
        }
        let predictors = match kind {
            Kind::Inter => (self.vector(column, 0..4)?, (0, 0)),
            Kind::Inter4 => {
                let first = self.vector(column, 0..1)?;
                self.vector(column, 1..2)?;
                let third = self.vector(column, 2..3)?;
                self.vector(column, 3..4)?;
                (first, third)
            }
            Kind::Intra | Kind::Stuffing => (self.predictor(column, 0), (0, 0)),
        };
        let coded = luma_blocks << 2 | chroma_blocks;
        for block in (0..6).rev() {
            if kind == Kind::Intra {
                self.bits.read(8)?; // INTRADC
            }
            if coded >> block & 1 == 1 {
                pass_coefficients(&mut self.bits)?;
            }
        }
        Some(predictors)
    }

    /// Reads a vector and gives its predictor; the vector holds for these blocks.
    fn vector(&mut self, column: usize, blocks: Range<usize>) -> Option<Vector> {
        let predictor = self.predictor(column, blocks.start);
        let horizontal = self.component(predictor.0)?;
        let vertical = self.component(predictor.1)?;
        self.current[column][blocks].fill((horizontal, vertical));
        Some(predictor)
    }

    /// §6.1.1, and §D.2 for unrestricted vectors: of the two that a code word can mean the one in range.
    fn component(&mut self, predictor: i16) -> Option<i16> {
        let sum = predictor + read_vector(&mut self.bits)?;
        let folded = match self.header.unrestricted_vectors {
            false if sum < -32 => sum + 64,
            false if sum > 31 => sum - 64,
            true if predictor < -31 && sum < -63 => sum + 64,
            true if predictor > 32 && sum > 63 => sum - 64,
            false | true => sum,
        };
        Some(folded)
    }

    /// The median of three neighbours (figures 12 and F.1).
    fn predictor(&self, column: usize, block: usize) -> Vector {
        let own = self.current[column];
        let before = match column.checked_sub(1) {
            Some(column) => self.current[column],
            None => Vectors::default(),
        };
        let left = match block {
            0 => before[1],
            1 => own[0],
            2 => before[3],
            _ => own[2],
        };
        let (above, aside) = match block {
            0 | 1 if !self.has_row_above => (left, left),
            0 | 1 => {
                let aside = self.above.get(column + 1).map_or((0, 0), |next| next[2]);
                (self.above[column][block + 2], aside)
            }
            _ => (own[0], own[1]),
        };
        (
            median(left.0, above.0, aside.0),
            median(left.1, above.1, aside.1),
        )
    }
}

fn median(one: i16, two: i16, three: i16) -> i16 {
    one.max(two).min(one.min(two).max(three))
}
