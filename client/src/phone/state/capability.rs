//! What somebody's phone can do with what we show, as far as it told us.

use std::collections::BTreeMap;

use super::Number;

/// What the phone at the other end can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Can {
    /// Not asked, or not answered yet. Showing may be tried all the same.
    #[default]
    Unknown,
    /// Watch a camera, live.
    LiveVideo,
    /// Take pictures, but not watch.
    PicturesOnly,
    Nothing,
}

impl Can {
    /// The word in `data-can`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::LiveVideo => "live-video",
            Self::PicturesOnly => "pictures-only",
            Self::Nothing => "nothing",
        }
    }
}

/// What is known, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abilities(BTreeMap<Number, Can>);

impl Abilities {
    pub fn of(&self, number: &Number) -> Can {
        self.0.get(number).copied().unwrap_or_default()
    }
}

impl FromIterator<(Number, Can)> for Abilities {
    fn from_iter<T: IntoIterator<Item = (Number, Can)>>(known: T) -> Self {
        Self(known.into_iter().collect())
    }
}
