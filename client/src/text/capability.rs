//! What somebody's phone can do, in a word or two.

use super::CapabilityWords;
use crate::phone::state::Can;

impl CapabilityWords {
    /// Nothing is said of what is not known.
    pub fn of(&self, can: Can) -> Option<&'static str> {
        match can {
            Can::Unknown => None,
            Can::LiveVideo => Some(self.live_video),
            Can::PicturesOnly => Some(self.pictures_only),
            Can::Nothing => Some(self.nothing),
        }
    }
}
