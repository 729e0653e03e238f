//! RFC 6416 §7.1: `config=`, the hexadecimal octets of a visual object's headers, and what they say
//! (ISO/IEC 14496-2 §6.2.2, §6.2.3).

use std::fmt;
use std::str::FromStr;

use super::super::bits::BitReader;
use super::{LAYER_STARTS, configuration_in, start_codes};

/// The longest configuration taken. Encoders write 30 to 60 octets, with their name as user data
/// a hundred.
pub const MAX_CONFIGURATION_BYTES: usize = 1024;

/// A configuration that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The octets, from the first start code on.
    pub bytes: Vec<u8>,
    /// `profile_and_level_indication`, the number that `profile-level-id` is; `None` when the
    /// configuration has none.
    pub profile_level: Option<u8>,
    /// Pixels; `None` for a layer that is not rectangular.
    pub size: Option<(u16, u16)>,
}

/// The parameter does not hold a layer's header in hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a config is the hexadecimal octets of a video object layer's headers")]
pub struct InvalidConfiguration;

impl Configuration {
    /// Reads the headers.
    ///
    /// # Errors
    /// When there is no layer's header in them, or too many octets.
    pub fn parse(bytes: &[u8]) -> Result<Configuration, InvalidConfiguration> {
        let bytes = configuration_in(bytes);
        if bytes.is_empty() || bytes.len() > MAX_CONFIGURATION_BYTES {
            return Err(InvalidConfiguration);
        }
        let body = |starts: std::ops::RangeInclusive<u8>| {
            let at = start_codes(bytes).find(|&at| starts.contains(&bytes[at + 3]))?;
            Some(&bytes[at + 4..])
        };
        let profile_level = body(PROFILE_START..=PROFILE_START).and_then(|body| body.first());
        let layer = body(LAYER_STARTS).ok_or(InvalidConfiguration)?;
        Ok(Configuration {
            bytes: bytes.to_vec(),
            profile_level: profile_level.copied(),
            size: layer_size(layer),
        })
    }
}

impl FromStr for Configuration {
    type Err = InvalidConfiguration;

    fn from_str(text: &str) -> Result<Configuration, InvalidConfiguration> {
        let digits = text.as_bytes();
        if !digits.len().is_multiple_of(2) || digits.len() > 2 * MAX_CONFIGURATION_BYTES {
            return Err(InvalidConfiguration);
        }
        let nibble = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
        let bytes: Option<Vec<u8>> = digits
            .chunks_exact(2)
            .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
            .collect();
        Configuration::parse(&bytes.ok_or(InvalidConfiguration)?)
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// Width and height of a rectangular layer, from what follows its start code.
fn layer_size(layer: &[u8]) -> Option<(u16, u16)> {
    let mut bits = BitReader::new(layer);
    // random_accessible_vol, video_object_type_indication
    bits.read(9)?;
    let mut version = 1;
    if bits.read(1)? == 1 {
        version = bits.read(4)?;
        bits.read(3)?;
    }
    if bits.read(4)? == EXTENDED_ASPECT {
        bits.read(16)?;
    }
    if bits.read(1)? == 1 {
        // chroma_format, low_delay, and the parameters of the rate buffer
        bits.read(3)?;
        if bits.read(1)? == 1 {
            bits.read(32)?;
            bits.read(32)?;
            bits.read(15)?;
        }
    }
    let shape = bits.read(2)?;
    if shape == GREY_SHAPE && version != 1 {
        bits.read(4)?;
    }
    bits.read(1)?;
    let ticks = bits.read(16)?;
    bits.read(1)?;
    if bits.read(1)? == 1 {
        bits.read(bits_for(ticks))?;
    }
    if shape != RECTANGLE {
        return None;
    }
    bits.read(1)?;
    let width = bits.read(13)? as u16;
    bits.read(1)?;
    let height = bits.read(13)? as u16;
    Some((width, height))
}

/// How many bits hold a tick below `resolution`: at least one.
fn bits_for(resolution: u32) -> usize {
    let last = resolution.saturating_sub(1);
    (u32::BITS - last.leading_zeros()).max(1) as usize
}

const PROFILE_START: u8 = 0xb0;
const EXTENDED_ASPECT: u32 = 15;
const RECTANGLE: u32 = 0;
const GREY_SHAPE: u32 = 3;
