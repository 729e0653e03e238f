//! RFC 8285 §5: `a=extmap`, which number a header extension of RTP has.

use std::fmt;
use std::str::FromStr;

use super::Direction;

/// Lines read of one media line. A browser writes about a dozen; there are 14 one-byte numbers.
pub const MAX_EXTENSIONS: usize = 32;

/// Which way up a picture is (3GPP TS 26.114 §7.4.5).
pub const VIDEO_ORIENTATION: &str = "urn:3gpp:video-orientation";

/// One `a=extmap` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// 1 to 14 in one-byte headers, up to 255 in two-byte ones; 4096 and up ask for a number.
    pub id: u16,
    pub direction: Option<Direction>,
    pub uri: String,
    /// What follows the URI, in one piece.
    pub attributes: Option<String>,
}

/// The value is no number and a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a=extmap has a number, a direction where one is meant, and a URI")]
pub struct InvalidExtension;

impl FromStr for Extension {
    type Err = InvalidExtension;

    fn from_str(value: &str) -> Result<Self, InvalidExtension> {
        let mut words = value.split_ascii_whitespace();
        let mapped = words.next().ok_or(InvalidExtension)?;
        let (id, direction) = match mapped.split_once('/') {
            None => (mapped, None),
            Some((id, name)) => {
                let direction = Direction::from_name(name).ok_or(InvalidExtension)?;
                (id, Some(direction))
            }
        };
        let id: u16 = id.parse().map_err(|_| InvalidExtension)?;
        let uri = words.next().ok_or(InvalidExtension)?.to_owned();
        let rest: Vec<&str> = words.collect();
        Ok(Extension {
            id,
            direction,
            uri,
            attributes: (!rest.is_empty()).then(|| rest.join(" ")),
        })
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if let Some(direction) = self.direction {
            write!(f, "/{}", direction.name())?;
        }
        write!(f, " {}", self.uri)?;
        match &self.attributes {
            Some(attributes) => write!(f, " {attributes}"),
            None => Ok(()),
        }
    }
}
