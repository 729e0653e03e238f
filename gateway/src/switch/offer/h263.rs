//! H.263 in a description: H263-2000 and H263-1998 (RFC 4629 §8), and payload type 34 (RFC 3551 §5).

use sip::sdp::{FormatParameters, PayloadType};

use super::limit::{Ability, Size};
use super::reason::Why;

/// What a payload type says, one of three ways (RFC 4629 §8.2).
pub(super) struct Declared {
    /// 0 where none is named: no options.
    pub(super) profile: u8,
    pub(super) ability: Ability,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Level,
    Sizes,
    Nothing,
}

/// A size by its parameter's name, the larger first. What a peer takes beyond CIF is sent as CIF, the
/// largest that a Video Share peer has.
const SIZES: [(&str, u16, u16); 5] = [
    ("CIF16", 352, 288),
    ("CIF4", 352, 288),
    ("CIF", 352, 288),
    ("QCIF", 176, 144),
    ("SQCIF", 128, 96),
];

/// Annex X, table X.2: level, pictures a second of CIF (0 for none) and of QCIF, bits a second.
const LEVELS: [(u8, u8, u8, u32); 8] = [
    (10, 0, 15, 64_000),
    (20, 15, 30, 128_000),
    (30, 30, 30, 384_000),
    (40, 30, 30, 2_048_000),
    (45, 0, 15, 128_000),
    (50, 30, 30, 4_096_000),
    (60, 30, 30, 8_192_000),
    (70, 30, 30, 16_384_000),
];

/// `MAXBR` counts hundreds of bits a second (RFC 4629 §8.1.1).
const MAX_BR_UNIT: u32 = 100;

impl Declared {
    /// Reads the parameters of any of the three formats; what is remarkable goes into `remarks`.
    pub(super) fn read(parameters: &FormatParameters, remarks: &mut Vec<Why>) -> Declared {
        let sizes = sizes(parameters);
        let profile = parameters
            .get("profile")
            .and_then(|text| text.parse::<u8>().ok());
        let level = parameters.get("level");
        let by_level = (profile.is_some() || level.is_some())
            .then(|| by_level(profile.unwrap_or(0), level, remarks));
        let bits_per_second = parameters
            .get("maxbr")
            .and_then(|text| text.parse::<u32>().ok())
            .filter(|value| *value > 0)
            .map(|value| value.saturating_mul(MAX_BR_UNIT));
        let (form, ability) = match (by_level, sizes.is_empty()) {
            (Some(ability), true) => (Form::Level, ability),
            (Some(ability), false) => {
                remarks.push(Why::H263Mix);
                (Form::Level, lesser(ability, &sizes))
            }
            (None, false) => {
                remarks.push(Why::H263Sizes);
                let ability = Ability {
                    sizes,
                    bits_per_second,
                };
                (Form::Sizes, ability)
            }
            (None, true) => {
                remarks.push(Why::H263Nothing);
                let ability = Ability {
                    sizes: vec![Size::QCIF_15],
                    bits_per_second,
                };
                (Form::Nothing, ability)
            }
        };
        Declared {
            profile: profile.unwrap_or(0),
            ability,
            form,
        }
    }

    /// How we answer: profile and level, or sizes without any option, or nothing, as it was offered
    /// (RFC 4629 §8.2.1: the profile must not change). The mix of both is never written.
    pub(super) fn answer(&self, offered: &PayloadType) -> PayloadType {
        let names: &[&str] = match self.form {
            Form::Level => &["profile", "level"],
            Form::Sizes => &["CIF", "QCIF", "SQCIF", "MAXBR"],
            Form::Nothing => &[],
        };
        let kept = |(name, _): &&(String, Option<String>)| {
            names.iter().any(|kept| kept.eq_ignore_ascii_case(name))
        };
        let parameters = offered.parameters.0.iter().filter(kept).cloned();
        let mut parameters = FormatParameters(parameters.collect());
        if self.form == Form::Level && parameters.get("level").is_none() {
            let level = ("level".to_owned(), Some("10".to_owned()));
            parameters.0.push(level);
        }
        if self.form == Form::Level && parameters.get("profile").is_none() {
            let profile = ("profile".to_owned(), Some("0".to_owned()));
            parameters.0.insert(0, profile);
        }
        PayloadType {
            parameters,
            ..offered.clone()
        }
    }
}

fn by_level(profile: u8, level: Option<&str>, remarks: &mut Vec<Why>) -> Ability {
    let number = level.and_then(|text| text.parse::<u8>().ok());
    let row = LEVELS.iter().find(|(known, ..)| Some(*known) == number);
    if let (None, Some(text)) = (row, level) {
        remarks.push(Why::H263UnknownLevel(text.to_owned()));
    }
    let (level, cif, qcif, bits) = *row.unwrap_or(&LEVELS[0]);
    remarks.push(Why::H263Level { profile, level });
    if profile != 0 {
        remarks.push(Why::H263Options(profile));
    }
    let named = |width, height, frames_per_second| Size {
        width,
        height,
        frames_per_second,
    };
    let sizes = [named(352, 288, cif), named(176, 144, qcif)];
    Ability {
        sizes: sizes
            .into_iter()
            .filter(|size| size.frames_per_second > 0)
            .collect(),
        bits_per_second: Some(bits),
    }
}

/// The sizes that are named with the interval of their pictures in 1.001/30 s, 1 to 32. `CUSTOM` is
/// passed over: nothing here has such sizes.
fn sizes(parameters: &FormatParameters) -> Vec<Size> {
    let named = SIZES.iter().filter_map(|(name, width, height)| {
        let interval = parameters.get(name)?.parse::<u8>().ok()?;
        (1..=32).contains(&interval).then(|| Size {
            width: *width,
            height: *height,
            frames_per_second: (30 / interval).max(1),
        })
    });
    let mut sizes: Vec<Size> = named.collect();
    sizes.dedup_by_key(|size| size.width);
    // Who takes CIF takes QCIF at least as often (ITU-T H.263 §5.1.4).
    if let [only] = sizes.as_slice()
        && only.width == 352
    {
        sizes.push(Size {
            width: 176,
            height: 144,
            ..*only
        });
    }
    sizes
}

/// What both the level and the sizes allow; what the level allows when they have nothing in common.
fn lesser(level: Ability, sizes: &[Size]) -> Ability {
    let both: Vec<Size> = level
        .sizes
        .iter()
        .filter_map(|allowed| {
            let named = sizes.iter().find(|size| size.width == allowed.width)?;
            let frames_per_second = allowed.frames_per_second.min(named.frames_per_second);
            Some(Size {
                frames_per_second,
                ..*allowed
            })
        })
        .collect();
    match both.is_empty() {
        true => level,
        false => Ability {
            sizes: both,
            ..level
        },
    }
}
