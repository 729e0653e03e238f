//! RFC 2190 §4, RFC 6184 §7.3: bits of a byte string, most significant first, as every ITU-T bitstream counts them.

/// Reads bits from the front.
#[derive(Debug, Clone)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub fn new(bytes: &'a [u8]) -> BitReader<'a> {
        BitReader { bytes, at: 0 }
    }

    /// Bits read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next `count` bits, at most 32; `None` past the end.
    pub fn read(&mut self, count: usize) -> Option<u32> {
        let end = self
            .at
            .checked_add(count)
            .filter(|&end| end <= self.bytes.len() * 8)?;
        let mut value = 0;
        while self.at < end {
            value = value << 1 | u32::from(bit(self.bytes, self.at));
            self.at += 1;
        }
        Some(value)
    }

    /// An unsigned Exp-Golomb number (ITU-T H.264 §9.1).
    pub fn read_exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.read(1)? == 0 {
            zeros += 1;
            if zeros == 32 {
                return None;
            }
        }
        let rest = self.read(zeros)?;
        Some((1u32 << zeros) - 1 + rest)
    }
}

/// Puts pieces together that begin and end inside a byte.
#[derive(Debug, Clone, Default)]
pub struct BitJoiner {
    bytes: Vec<u8>,
    /// Bits of the last byte that are not filled yet, 0 to 7; they are zero.
    open_bits: usize,
}

impl BitJoiner {
    /// Appends `piece` without its first `skip_front` and last `skip_back` bits, 0 to 7 each.
    /// Appends nothing when no bit is left.
    pub fn append(&mut self, piece: &[u8], skip_front: usize, skip_back: usize) {
        let Some(count) = (piece.len() * 8).checked_sub(skip_front + skip_back) else {
            return;
        };
        if count == 0 {
            return;
        }
        if (self.open_bits + skip_front).is_multiple_of(8) {
            self.append_in_step(piece, skip_front, skip_back);
            return;
        }
        for at in skip_front..skip_front + count {
            self.push(bit(piece, at));
        }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The whole, filled up with zero bits to a byte.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The piece's first byte continues where the last byte ended.
    fn append_in_step(&mut self, piece: &[u8], skip_front: usize, skip_back: usize) {
        let mut rest = piece;
        if let (Some(last), Some((first, left))) = (self.bytes.last_mut(), piece.split_first())
            && self.open_bits > 0
        {
            *last |= first & (0xff >> skip_front);
            rest = left;
        }
        self.bytes.extend_from_slice(rest);
        if let Some(last) = self.bytes.last_mut() {
            *last &= 0xff << skip_back;
        }
        self.open_bits = skip_back;
    }

    fn push(&mut self, one: bool) {
        if self.open_bits == 0 {
            self.bytes.push(0);
            self.open_bits = 8;
        }
        self.open_bits -= 1;
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(one) << self.open_bits;
        }
    }
}

/// The bit at a position that lies within `bytes`.
pub(super) fn bit(bytes: &[u8], at: usize) -> bool {
    bytes[at / 8] >> (7 - at % 8) & 1 == 1
}
