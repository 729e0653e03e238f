//! What somebody's phone can do with what we show, as far as it told us.

use std::collections::BTreeMap;

use super::Peer;

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

/// Whether one lets others show one something at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Willing {
    #[default]
    Yes,
    /// Switched off: others are told no at once, and nothing rings.
    No,
}

/// What is known, by the word where they are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abilities(BTreeMap<String, Can>);

impl Abilities {
    pub fn of(&self, peer: &Peer) -> Can {
        let known = peer.reached_at().and_then(|at| self.0.get(at));
        known.copied().unwrap_or_default()
    }
}

impl FromIterator<(String, Can)> for Abilities {
    fn from_iter<T: IntoIterator<Item = (String, Can)>>(known: T) -> Self {
        let mut all = BTreeMap::new();
        // Put in one by one: to collect would bring a sorter of its own.
        all.extend(known);
        Self(all)
    }
}
