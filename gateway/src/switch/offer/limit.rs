//! How large, how fast and at what rate pictures may be for a peer (R6.4, R6.5): the least of what its
//! codec's level, its `b=` lines (RFC 8866 §5.8), its own sizes and rates (RFC 6236, `a=framerate`,
//! 3GPP `a=framesize`) and the operator allow.

use sip::sdp::{Description, Media, offer_answer};
use thiserror::Error;

use crate::bridge::web_leg::PictureLimit;

/// What a codec's parameters say that their writer can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ability {
    /// The larger first, and at least one.
    pub(super) sizes: Vec<Size>,
    /// `None` where the parameters say nothing of it.
    pub(super) bits_per_second: Option<u32>,
}

/// A size and how often pictures of it may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) frames_per_second: u8,
}

/// What set a limit's rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Ceiling {
    #[error("what its level allows")]
    Level,
    #[error("its b= line, headers not counted")]
    Bandwidth,
    #[error("the operator's cap")]
    Operator,
    #[error("nothing is said of a rate, and networks of the time carried this")]
    Assumed,
    #[error("what the far end can show, and for a transcoded camera some room above it")]
    FarEnd,
    #[error("its b= line is too low for any picture, and is taken for a mistake")]
    Least,
}

/// What a line says of every format in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineLimits {
    bits_per_second: Option<u32>,
    frames_per_second: Option<u8>,
    /// The operator's, bits a second.
    cap: u32,
}

/// Rate of a QCIF share in bits a second: what the 2004 networks carried (R6.5).
pub(super) const QCIF_BITS_PER_SECOND: u32 = 64_000;

/// Below this no QCIF picture is recognisable; a lower `b=` is taken for a mistake.
const MIN_BITS_PER_SECOND: u32 = 20_000;

/// The largest rate where a peer limits pictures by sizes alone: twice what H.263 level 30 allows.
const MAX_UNSAID_BITS_PER_SECOND: u32 = 768_000;

/// Below this many pictures a second a smaller size is better.
const MIN_FRAMES_PER_SECOND: u8 = 12;

/// Below this, 15 sharp pictures a second show more than 30 blurred ones.
const SMOOTH_BITS_PER_SECOND: u32 = 128_000;

/// From which rate on a size is worth it, bits a second by macroblocks: below it the smaller picture
/// is the better one.
const WORTH: [(u32, u32); 4] = [
    (99, 0),
    (396, 128_000),
    (1_200, 400_000),
    (3_600, 1_200_000),
];

impl Size {
    pub(super) const QCIF_15: Size = Size {
        width: 176,
        height: 144,
        frames_per_second: 15,
    };

    pub(super) fn macroblocks(self) -> u32 {
        u32::from(self.width).div_ceil(16) * u32::from(self.height).div_ceil(16)
    }

    fn worth_bits_per_second(self) -> u32 {
        let row = WORTH.iter().find(|(most, _)| self.macroblocks() <= *most);
        row.map_or(u32::MAX, |(_, bits)| *bits)
    }
}

impl LineLimits {
    pub(super) fn of(description: &Description, media: &Media, cap: u32) -> LineLimits {
        let bits = offer_answer::bits_per_second(description, media);
        LineLimits {
            bits_per_second: bits.map(|bits| u32::try_from(bits).unwrap_or(u32::MAX)),
            frames_per_second: media.frame_rate.map(|rate| rate.clamp(1.0, 60.0) as u8),
            cap,
        }
    }

    /// What may be sent in a format with this ability, and what set its rate.
    pub(super) fn fit(
        &self,
        media: &Media,
        payload_type: u8,
        ability: &Ability,
    ) -> (PictureLimit, Ceiling) {
        let (bits_per_second, ceiling) = self.rate(ability.bits_per_second);
        let box_of = largest_said(media, payload_type);
        let fits = |size: &&Size| {
            box_of.is_none_or(|(width, height)| size.width <= width && size.height <= height)
                && size.worth_bits_per_second() <= bits_per_second
                && size.frames_per_second >= MIN_FRAMES_PER_SECOND
        };
        let size = ability.sizes.iter().find(fits);
        let size = size.or(ability.sizes.last()).copied();
        let size = size.unwrap_or(Size::QCIF_15);
        let own_rate = self.frames_per_second.unwrap_or(u8::MAX);
        let own_rate = match bits_per_second < SMOOTH_BITS_PER_SECOND {
            true => own_rate.min(Size::QCIF_15.frames_per_second),
            false => own_rate,
        };
        let limit = PictureLimit {
            width: size.width,
            height: size.height,
            frames_per_second: size.frames_per_second.min(own_rate),
            bits_per_second,
        };
        (limit, ceiling)
    }

    fn rate(&self, level: Option<u32>) -> (u32, Ceiling) {
        let said = self.bits_per_second.map(|bits| (bits, Ceiling::Bandwidth));
        let level = match (level, said) {
            (Some(level), _) => (level, Ceiling::Level),
            (None, Some(_)) => (MAX_UNSAID_BITS_PER_SECOND, Ceiling::Level),
            (None, None) => (QCIF_BITS_PER_SECOND, Ceiling::Assumed),
        };
        let candidates = [Some(level), said, Some((self.cap, Ceiling::Operator))];
        let least = candidates
            .into_iter()
            .flatten()
            .min_by_key(|(bits, _)| *bits);
        match least.unwrap_or(level) {
            (bits, Ceiling::Bandwidth) if bits < MIN_BITS_PER_SECOND => {
                (MIN_BITS_PER_SECOND.min(self.cap), Ceiling::Least)
            }
            (bits, ceiling) => (bits, ceiling),
        }
    }
}

/// The largest picture that its writer receives in this format by `a=imageattr`, else by
/// `a=framesize`.
fn largest_said(media: &Media, payload_type: u8) -> Option<(u16, u16)> {
    let received = media
        .image_attributes()
        .filter(|attributes| attributes.covers(payload_type))
        .flat_map(|attributes| attributes.receives)
        .map(|size| (size.width, size.height));
    let largest = |sizes: &mut dyn Iterator<Item = (u16, u16)>| {
        sizes.max_by_key(|(width, height)| u32::from(*width) * u32::from(*height))
    };
    largest(&mut received.into_iter()).or_else(|| {
        let framed = media
            .frame_sizes()
            .filter(|size| size.payload_type == payload_type)
            .map(|size| (size.width, size.height));
        largest(&mut framed.into_iter())
    })
}
