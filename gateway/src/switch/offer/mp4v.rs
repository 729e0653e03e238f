//! MPEG-4 Visual in a description (RFC 6416 §7.1).

use media::payload;
use media::payload::mp4v::Configuration;
use sip::sdp::{FormatParameters, PayloadType};

use super::limit::{Ability, Size};
use super::reason::Why;

/// What a payload type says.
pub(super) struct Declared {
    pub(super) ability: Ability,
    configuration: Vec<u8>,
}

/// `profile_and_level_indication` (ISO/IEC 14496-2 table G-1, N-1): number, CIF and QCIF pictures a
/// second, bits a second. Simple 0, 0b, 1 to 3, 4a, 5; Advanced Simple 0 to 5, which contains Simple.
const LEVELS: [(u8, u8, u8, u32); 13] = [
    (8, 0, 15, 64_000),
    (9, 0, 15, 128_000),
    (1, 0, 15, 64_000),
    (2, 15, 15, 128_000),
    (3, 30, 30, 384_000),
    (4, 30, 30, 4_000_000),
    (5, 30, 30, 8_000_000),
    (240, 0, 30, 128_000),
    (241, 0, 30, 128_000),
    (242, 15, 30, 384_000),
    (243, 30, 30, 768_000),
    (244, 30, 30, 3_000_000),
    (245, 30, 30, 8_000_000),
];

/// What a description without the parameter means: Simple, level 1 (§7.1).
const DEFAULT_LEVEL: u8 = 1;

impl Declared {
    pub(super) fn read(parameters: &FormatParameters, remarks: &mut Vec<Why>) -> Declared {
        let number = parameters
            .get("profile-level-id")
            .and_then(|text| text.parse::<u8>().ok());
        let row = |wanted: u8| LEVELS.iter().find(move |(known, ..)| *known == wanted);
        let known = number.and_then(row).or_else(|| row(DEFAULT_LEVEL));
        let (level, cif, qcif, bits) = *known.unwrap_or(&LEVELS[0]);
        remarks.push(Why::Mp4v(level));
        let configuration = match parameters.get("config").map(str::parse::<Configuration>) {
            Some(Ok(configuration)) => {
                remarks.push(Why::Mp4vConfiguration);
                configuration.bytes
            }
            Some(Err(_)) => {
                remarks.push(Why::BadConfiguration);
                Vec::new()
            }
            None => Vec::new(),
        };
        let size = |width, height, frames_per_second| Size {
            width,
            height,
            frames_per_second,
        };
        let sizes = [size(352, 288, cif), size(176, 144, qcif)];
        Declared {
            ability: Ability {
                sizes: sizes
                    .into_iter()
                    .filter(|size| size.frames_per_second > 0)
                    .collect(),
                bits_per_second: Some(bits),
            },
            configuration,
        }
    }

    pub(super) fn payload(self) -> payload::Format {
        payload::Format::Mp4v {
            configuration: self.configuration,
        }
    }
}

/// How we answer: at the same level. Our own headers go in band, before each keyframe.
pub(super) fn answer(offered: &PayloadType) -> PayloadType {
    let kept = |(name, value): &&(String, Option<String>)| {
        let number = value.as_deref().map(str::parse::<u8>);
        name.eq_ignore_ascii_case("profile-level-id") && matches!(number, Some(Ok(_)))
    };
    let parameters = offered.parameters.0.iter().filter(kept).cloned();
    PayloadType {
        parameters: FormatParameters(parameters.collect()),
        ..offered.clone()
    }
}
