//! H.264 in a description (RFC 6184 §8), by the meaning of its parameters (R6.8).

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use media::payload;
use media::payload::h264::profile_level_id::{Level, Profile, ProfileLevelId};
use media::payload::h264::{NalKind, PacketizationMode};
use sip::sdp::{FormatParameters, PayloadType};

use super::H264_ENCODING;
use super::limit::{Ability, Size};
use super::reason::Why;

/// What a payload type says.
pub(super) struct Declared {
    pub(super) mode: PacketizationMode,
    pub(super) id: ProfileLevelId,
    pub(super) ability: Ability,
    parameter_sets: Vec<Vec<u8>>,
}

/// As handsets write it: with padding, or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Sizes of a share, the larger first.
const SIZES: [(u16, u16); 5] = [(1280, 720), (640, 480), (352, 288), (320, 240), (176, 144)];

/// A share has no more pictures a second, whatever the level.
const MAX_FRAMES_PER_SECOND: u32 = 30;

/// Parameter sets taken of one description. Handsets have one of each kind; an encoder that changes
/// its size has a few.
const MAX_PARAMETER_SETS: usize = 8;

/// Characters of `sprop-parameter-sets` that are looked at: eight sets of 128 octets.
const MAX_SPROP_CHARACTERS: usize = 1_400;

impl Declared {
    /// Reads the parameters; what is remarkable about them goes into `remarks`.
    ///
    /// # Errors
    /// [`Why::Interleaved`] for a mode that no handset and no browser has.
    pub(super) fn read(
        parameters: &FormatParameters,
        remarks: &mut Vec<Why>,
    ) -> Result<Declared, Why> {
        let mode = match parameters.get("packetization-mode") {
            None | Some("0") => PacketizationMode::SingleNal,
            Some("1") => PacketizationMode::NonInterleaved,
            Some(other) => return Err(Why::Interleaved(other.to_owned())),
        };
        let id = match parameters.get("profile-level-id") {
            None => ProfileLevelId::DEFAULT,
            Some(text) => text.parse().unwrap_or_else(|_| {
                remarks.push(Why::BadProfileLevelId(text.to_owned()));
                ProfileLevelId::DEFAULT
            }),
        };
        remarks.push(Why::H264 {
            profile: id.profile(),
            level: id.level(),
        });
        let ability = ability(id.level(), parameters, remarks);
        let parameter_sets = parameters
            .get("sprop-parameter-sets")
            .map_or(Vec::new(), parameter_sets);
        if !parameter_sets.is_empty() {
            remarks.push(Why::ParameterSets(parameter_sets.len()));
        }
        Ok(Declared {
            mode,
            id,
            ability,
            parameter_sets,
        })
    }

    pub(super) fn payload(self) -> payload::Format {
        payload::Format::H264 {
            mode: self.mode,
            parameter_sets: self.parameter_sets,
        }
    }
}

/// Whether a browser's H.264, which is constrained baseline, and a peer's of this profile may be the
/// same stream. Baseline handsets send no more than its constrained part (R6.8).
pub(super) fn is_baseline(id: ProfileLevelId) -> bool {
    matches!(
        id.profile(),
        Profile::ConstrainedBaseline | Profile::Baseline
    )
}

/// How we answer a payload type: the same profile and level (§8.2.2: neither the profile nor the mode
/// may change), and asymmetric levels where the peer has them. Nothing else is repeated.
pub(super) fn answer(offered: &PayloadType) -> PayloadType {
    let repeated = [
        "profile-level-id",
        "packetization-mode",
        "level-asymmetry-allowed",
    ];
    let parameters = repeated.iter().filter_map(|name| {
        let value = offered.parameters.get(name)?;
        let is_worth = *name != "profile-level-id" || value.parse::<ProfileLevelId>().is_ok();
        is_worth.then(|| ((*name).to_owned(), Some(value.to_owned())))
    });
    PayloadType {
        parameters: FormatParameters(parameters.collect()),
        ..offered.clone()
    }
}

/// H.264 as we offer it.
pub(super) fn offered(number: u8, profile_level_id: &str, mode: PacketizationMode) -> PayloadType {
    let mode = match mode {
        PacketizationMode::SingleNal => 0,
        PacketizationMode::NonInterleaved => 1,
    };
    let parameters = format!("profile-level-id={profile_level_id};packetization-mode={mode}");
    PayloadType::new(number, H264_ENCODING, 90000, &parameters)
}

/// What a level allows, raised by `max-mbps`, `max-fs` and `max-br` (§8.1: they are ignored where they
/// say less than the level).
fn ability(level: Level, parameters: &FormatParameters, remarks: &mut Vec<Why>) -> Ability {
    let limits = level.limits();
    let mut raised = false;
    let mut at_least = |name: &str, least: u32, unit: u32| {
        let said = parameters
            .get(name)
            .and_then(|value| value.parse::<u32>().ok());
        let said = said.map_or(0, |value| value.saturating_mul(unit));
        raised |= said > least;
        said.max(least)
    };
    let macroblocks_per_second = at_least("max-mbps", limits.macroblocks_per_second, 1);
    let macroblocks = at_least("max-fs", limits.macroblocks, 1);
    let bits_per_second = at_least("max-br", limits.bits_per_second, 1000);
    if raised {
        remarks.push(Why::LevelRaised);
    }
    let sizes = SIZES.iter().filter_map(|&(width, height)| {
        let size = |frames_per_second| Size {
            width,
            height,
            frames_per_second,
        };
        let needed = size(0).macroblocks();
        let rate = (macroblocks_per_second / needed).min(MAX_FRAMES_PER_SECOND);
        (needed <= macroblocks && rate > 0).then(|| size(rate as u8))
    });
    Ability {
        sizes: sizes.collect(),
        bits_per_second: Some(bits_per_second),
    }
}

/// The sets in `sprop-parameter-sets` (§8.1: base64, between commas); what is none is passed over.
fn parameter_sets(text: &str) -> Vec<Vec<u8>> {
    let text = text.get(..MAX_SPROP_CHARACTERS).unwrap_or(text);
    let texts = text.split(',').take(MAX_PARAMETER_SETS);
    let sets = texts.filter_map(|text| BASE64.decode(text.trim()).ok());
    sets.filter(|set| {
        matches!(
            NalKind::of(set),
            Some(NalKind::SequenceParameters | NalKind::PictureParameters)
        )
    })
    .collect()
}
