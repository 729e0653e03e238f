//! RFC 6184 §8.1: `profile-level-id`, read by what it means: three octets of the sequence
//! parameter set: profile, constraint flags, level.

use std::fmt;
use std::str::FromStr;

/// The value of the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileLevelId {
    pub profile_idc: u8,
    /// constraint_set0_flag is the highest bit.
    pub constraints: u8,
    pub level_idc: u8,
}

/// A profile, whatever flags say so (RFC 6184 table 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    ConstrainedBaseline,
    Baseline,
    Main,
    Extended,
    ConstrainedHigh,
    High,
    /// By profile_idc: 4:2:2, 4:4:4 and the like, which nothing here sends or shows.
    Other(u8),
}

/// A level; ordered, with 1b between 1 and 1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level {
    /// Twice level_idc; level 1b is 21.
    rank: u16,
}

/// The parameter is not six hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a profile-level-id is six hexadecimal digits")]
pub struct InvalidProfileLevelId;

impl ProfileLevelId {
    /// What a description without the parameter means: Baseline at level 1 (RFC 6184 §8.1).
    pub const DEFAULT: ProfileLevelId = ProfileLevelId {
        profile_idc: 66,
        constraints: 0,
        level_idc: 10,
    };

    /// From a sequence parameter set NAL unit.
    pub fn from_sequence_parameters(nal: &[u8]) -> Option<ProfileLevelId> {
        let &[header, profile_idc, constraints, level_idc] = nal.first_chunk::<4>()?;
        (header & 0x1f == 7).then_some(ProfileLevelId {
            profile_idc,
            constraints,
            level_idc,
        })
    }

    pub fn profile(self) -> Profile {
        let set = |index: u8| self.constraints & 0x80 >> index != 0;
        match self.profile_idc {
            66 if set(1) => Profile::ConstrainedBaseline,
            66 => Profile::Baseline,
            77 if set(0) => Profile::ConstrainedBaseline,
            77 => Profile::Main,
            88 if set(0) && set(1) => Profile::ConstrainedBaseline,
            88 if set(0) => Profile::Baseline,
            88 => Profile::Extended,
            100 if set(4) && set(5) => Profile::ConstrainedHigh,
            100 => Profile::High,
            other => Profile::Other(other),
        }
    }

    pub fn level(self) -> Level {
        if self.level_idc == 11 && self.has_1b_flag() || self.level_idc == 9 {
            return Level::L1B;
        }
        Level {
            rank: u16::from(self.level_idc) * 2,
        }
    }

    /// The same profile, flag by flag, at another level: what an answer may change.
    pub fn at_level(self, level: Level) -> ProfileLevelId {
        let mut changed = self;
        let flagged = matches!(self.profile_idc, 66 | 77 | 88);
        if flagged {
            changed.constraints &= !LEVEL_1B_FLAG;
        }
        changed.level_idc = match (level == Level::L1B, flagged) {
            (true, true) => {
                changed.constraints |= LEVEL_1B_FLAG;
                11
            }
            (true, false) => 9,
            (false, _) => (level.rank / 2) as u8,
        };
        changed
    }

    /// Whether both name the same profile, as an answer must (RFC 6184 §8.2.2); levels may differ.
    pub fn same_profile(self, other: ProfileLevelId) -> bool {
        self.profile() == other.profile()
    }

    /// Whether a receiver that declared this can take `stream`: its profile or one contained in
    /// it, at its level or a lower one.
    pub fn takes(self, stream: ProfileLevelId) -> bool {
        let contained = match (self.profile(), stream.profile()) {
            (receiver, profile) if receiver == profile => true,
            (Profile::Other(_), _) | (_, Profile::Other(_)) => false,
            // Tools of the constrained profile are in all others.
            (_, Profile::ConstrainedBaseline) => true,
            (Profile::Extended, Profile::Baseline) => true,
            (Profile::High, Profile::Main | Profile::ConstrainedHigh) => true,
            (_, _) => false,
        };
        contained && stream.level() <= self.level()
    }

    fn has_1b_flag(self) -> bool {
        matches!(self.profile_idc, 66 | 77 | 88) && self.constraints & LEVEL_1B_FLAG != 0
    }
}

impl Level {
    pub const L1: Level = Level { rank: 20 };
    /// QCIF at 15 pictures and 128 kbit/s: what Video Share handsets have.
    pub const L1B: Level = Level { rank: 21 };
    pub const L1_1: Level = Level { rank: 22 };
    pub const L1_2: Level = Level { rank: 24 };
    pub const L1_3: Level = Level { rank: 26 };
    pub const L3_1: Level = Level { rank: 62 };
}

/// What a decoder of a level can take (ITU-T H.264 table A-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelLimits {
    pub macroblocks_per_second: u32,
    /// Macroblocks of one picture.
    pub macroblocks: u32,
    /// Of the Baseline, Main and Extended profiles.
    pub bits_per_second: u32,
}

impl Level {
    /// Of a level that the table does not know, those of the highest one below it.
    pub fn limits(self) -> LevelLimits {
        let row = TABLE_A1.iter().rfind(|(rank, ..)| *rank <= self.rank);
        let (_, macroblocks_per_second, macroblocks, kilobits) = row.unwrap_or(&TABLE_A1[0]);
        LevelLimits {
            macroblocks_per_second: *macroblocks_per_second,
            macroblocks: *macroblocks,
            bits_per_second: kilobits * 1000,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Level::L1B {
            return f.write_str("1b");
        }
        let level_idc = self.rank / 2;
        match level_idc % 10 {
            0 => write!(f, "{}", level_idc / 10),
            tenth => write!(f, "{}.{tenth}", level_idc / 10),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Profile::ConstrainedBaseline => "Constrained Baseline",
            Profile::Baseline => "Baseline",
            Profile::Main => "Main",
            Profile::Extended => "Extended",
            Profile::ConstrainedHigh => "Constrained High",
            Profile::High => "High",
            Profile::Other(number) => return write!(f, "profile_idc {number}"),
        })
    }
}

/// Rank, macroblocks a second, macroblocks a picture, kilobits a second.
const TABLE_A1: [(u16, u32, u32, u32); 17] = [
    (20, 1_485, 99, 64),
    (21, 1_485, 99, 128),
    (22, 3_000, 396, 192),
    (24, 6_000, 396, 384),
    (26, 11_880, 396, 768),
    (40, 11_880, 396, 2_000),
    (42, 19_800, 792, 4_000),
    (44, 20_250, 1_620, 4_000),
    (60, 40_500, 1_620, 10_000),
    (62, 108_000, 3_600, 14_000),
    (64, 216_000, 5_120, 20_000),
    (80, 245_760, 8_192, 20_000),
    (82, 245_760, 8_192, 50_000),
    (84, 522_240, 8_704, 50_000),
    (100, 589_824, 22_080, 135_000),
    (102, 983_040, 36_864, 240_000),
    (104, 2_073_600, 36_864, 240_000),
];

impl FromStr for ProfileLevelId {
    type Err = InvalidProfileLevelId;

    fn from_str(text: &str) -> Result<ProfileLevelId, InvalidProfileLevelId> {
        let digits = text.len() == 6 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let value = u32::from_str_radix(text, 16).ok().filter(|_| digits);
        let [_, profile_idc, constraints, level_idc] =
            value.ok_or(InvalidProfileLevelId)?.to_be_bytes();
        Ok(ProfileLevelId {
            profile_idc,
            constraints,
            level_idc,
        })
    }
}

impl fmt::Display for ProfileLevelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:02x}{:02x}{:02x}",
            self.profile_idc, self.constraints, self.level_idc
        )
    }
}

/// constraint_set3_flag: with level_idc 11 it means level 1b.
const LEVEL_1B_FLAG: u8 = 0x10;
