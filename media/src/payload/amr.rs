//! RFC 4867: AMR and AMR-WB.
//!
//! ```text
//! octet-aligned                              bandwidth-efficient
//!  0 1 2 3 4 5 6 7                            0 1 2 3 4 5 6 7 8 9
//! +-+-+-+-+-+-+-+-+                          +-+-+-+-+-+-+-+-+-+-+
//! |  CMR  |R|R|R|R|   payload header         |  CMR  |F|  FT   |Q| ...
//! +-+-+-+-+-+-+-+-+                          +-+-+-+-+-+-+-+-+-+-+
//! |F|  FT   |Q|P|P|   one for each frame     one F, FT, Q for each frame, then the bits
//! +-+-+-+-+-+-+-+-+                          of all frames without a gap, zeroes at the end
//! | bits, filled  |
//! | to an octet   |
//! +-+-+-+-+-+-+-+-+
//! ```
//!
//! A frame by itself is kept in the storage form of §5.3: an octet `0 FT Q 0 0`, then its bits.

use super::PayloadError;
use super::bits::{BitJoiner, BitReader};

/// Narrowband at 8 kHz, or wideband at 16 kHz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Band {
    Narrow,
    Wide,
}

/// How the parts of a payload are put together (`octet-align`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alignment {
    BandwidthEfficient,
    Octets,
}

/// What the session description settled. Interleaving, CRCs and robust sorting are not spoken: an
/// offer of them is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Config {
    pub band: Band,
    pub alignment: Alignment,
    pub modes: ModeSet,
    /// `mode-change-period=2`: the mode changes in every other frame only.
    pub changes_every_other: bool,
    /// `mode-change-neighbor=1`: by one step of the set at a time.
    pub changes_by_steps: bool,
}

/// The modes that may be sent (`mode-set`), one bit each; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModeSet(u16);

/// No request (§4.3.1).
pub const NO_REQUEST: u8 = 15;
/// A frame without bits: nothing was sent for its 20 ms.
pub const NO_DATA: u8 = 15;
/// Frames taken of one packet: a second, which is what FFmpeg packs and beyond any `maxptime`.
pub const MAX_FRAMES: usize = 50;
/// Ticks of a frame's 20 ms, by band.
const TICKS: [u32; 2] = [160, 320];

/// Bits of the speech modes, and of the comfort noise behind them (§3.6; 3GPP TS 26.101, 26.201).
const NARROW_BITS: [usize; 9] = [95, 103, 118, 134, 148, 159, 204, 244, 39];
const WIDE_BITS: [usize; 10] = [132, 177, 253, 285, 317, 365, 397, 461, 477, 40];
/// Comfort noise in AMR-WB.
const WIDE_NOISE: u8 = 9;
/// Comfort noise in AMR.
const NARROW_NOISE: u8 = 8;
/// AMR-WB alone: a frame was lost before it was sent.
const SPEECH_LOST: u8 = 14;

impl Band {
    fn table(self) -> &'static [usize] {
        match self {
            Band::Narrow => &NARROW_BITS,
            Band::Wide => &WIDE_BITS,
        }
    }

    /// Ticks of one frame.
    pub fn frame_ticks(self) -> u32 {
        match self {
            Band::Narrow => TICKS[0],
            Band::Wide => TICKS[1],
        }
    }

    /// The highest speech mode.
    pub fn top_mode(self) -> u8 {
        match self {
            Band::Narrow => 7,
            Band::Wide => 8,
        }
    }
}

/// Bits of a frame of that type; `None` when the type is none (§4.3.2).
pub fn frame_bits(band: Band, kind: u8) -> Option<usize> {
    match (band, kind) {
        (_, NO_DATA) | (Band::Wide, SPEECH_LOST) => Some(0),
        (band, kind) => band.table().get(usize::from(kind)).copied(),
    }
}

/// Octets of a frame of that type, without the one in front.
pub fn frame_octets(band: Band, kind: u8) -> Option<usize> {
    frame_bits(band, kind).map(|bits| bits.div_ceil(8))
}

/// Whether a frame is comfort noise or nothing: the sender is silent.
pub fn is_silence(band: Band, frame: &[u8]) -> bool {
    let noise = match band {
        Band::Narrow => NARROW_NOISE,
        Band::Wide => WIDE_NOISE,
    };
    let kind = frame.first().map_or(NO_DATA, |header| header >> 3 & 15);
    kind == noise || kind == NO_DATA
}

impl ModeSet {
    /// All modes of a band.
    pub fn all(band: Band) -> ModeSet {
        ModeSet((1 << (band.top_mode() + 1)) - 1)
    }

    /// The modes that are there; `None` when none is.
    pub fn of(band: Band, modes: impl IntoIterator<Item = u8>) -> Option<ModeSet> {
        let known = modes.into_iter().filter(|mode| *mode <= band.top_mode());
        let bits = known.fold(0, |bits, mode| bits | 1 << mode);
        (bits != 0).then_some(ModeSet(bits))
    }

    pub fn contains(self, mode: u8) -> bool {
        mode < 16 && self.0 & 1 << mode != 0
    }

    /// The highest mode up to that one, or the lowest of all.
    pub fn at_most(self, mode: u8) -> u8 {
        let below = (0..=mode.min(15)).rev().find(|mode| self.contains(*mode));
        below.unwrap_or(self.0.trailing_zeros() as u8)
    }

    /// The modes, rising.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..16).filter(move |mode| self.contains(*mode))
    }

    /// The next step from one mode towards another.
    pub fn step(self, from: u8, to: u8) -> u8 {
        let next = match from < to {
            true => self.iter().find(|mode| *mode > from),
            false => self.iter().filter(|mode| *mode < from).last(),
        };
        next.unwrap_or(to)
    }
}

/// One packet's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// CMR: the mode that its sender wants to receive.
    pub mode_request: Option<u8>,
    /// In the storage form, 20 ms each.
    pub frames: Vec<Vec<u8>>,
}

impl Packet {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`PayloadError`] when it ends inside itself or has a frame of a type that is none, for which
    /// the whole is dropped (§4.3.2).
    pub fn parse(payload: &[u8], config: &Config) -> Result<Packet, PayloadError> {
        let bytes = payload.len();
        let truncated = PayloadError::Truncated { bytes };
        let mut reader = BitReader::new(payload);
        let (filler, padding) = match config.alignment {
            Alignment::Octets => (4, 2),
            Alignment::BandwidthEfficient => (0, 0),
        };
        let request = reader.read(4).ok_or(truncated)? as u8;
        reader.read(filler).ok_or(truncated)?;
        let mut entries = Vec::new();
        loop {
            let entry = reader.read(6).ok_or(truncated)? as u8;
            reader.read(padding).ok_or(truncated)?;
            let (kind, quality) = (entry >> 1 & 15, entry & 1);
            let bits = frame_bits(config.band, kind)
                .ok_or(PayloadError::Malformed("a frame of a type that is none"))?;
            entries.push((kind << 3 | quality << 2, bits));
            if entries.len() > MAX_FRAMES {
                return Err(PayloadError::Malformed("more frames than a second has"));
            }
            if entry & 1 << 5 == 0 {
                break;
            }
        }
        let mut frames = Vec::with_capacity(entries.len());
        for (header, bits) in entries {
            let mut frame = vec![header];
            let mut left = bits;
            while left > 0 {
                let count = left.min(8);
                let octet = reader.read(count).ok_or(truncated)? as u8;
                frame.push(octet << (8 - count));
                left -= count;
            }
            if config.alignment == Alignment::Octets && !bits.is_multiple_of(8) {
                reader.read(8 - bits % 8).ok_or(truncated)?;
            }
            frames.push(frame);
        }
        let is_mode = request <= config.band.top_mode();
        Ok(Packet {
            mode_request: is_mode.then_some(request),
            frames,
        })
    }

    /// Writes a payload. A frame that is not as long as its type says is written as none.
    pub fn to_bytes(&self, config: &Config) -> Vec<u8> {
        let request = self.mode_request.unwrap_or(NO_REQUEST);
        let filled = config.alignment == Alignment::Octets;
        let mut joiner = BitJoiner::default();
        joiner.append(&[request << 4], 0, if filled { 0 } else { 4 });
        let kinds: Vec<(u8, usize)> = self.frames.iter().map(|of| kind_of(config, of)).collect();
        for (index, (header, _)) in kinds.iter().enumerate() {
            let more = u8::from(index + 1 < kinds.len()) << 7;
            joiner.append(&[more | header], 0, if filled { 0 } else { 2 });
        }
        for (frame, (_, bits)) in self.frames.iter().zip(kinds) {
            let octets = bits.div_ceil(8);
            let unused = if filled { 0 } else { octets * 8 - bits };
            joiner.append(frame.get(1..1 + octets).unwrap_or_default(), 0, unused);
        }
        joiner.into_bytes()
    }
}

/// A frame's header, and its bits; nothing when it is not as long as that.
fn kind_of(config: &Config, frame: &[u8]) -> (u8, usize) {
    let header = frame.first().copied().unwrap_or(NO_DATA << 3) & 0x7c;
    match frame_bits(config.band, header >> 3) {
        Some(bits) if frame.len() == 1 + bits.div_ceil(8) => (header, bits),
        Some(_) | None => (NO_DATA << 3 | 1 << 2, 0),
    }
}
