//! What somebody's phone can do, in a word or two.

use crate::phone::state::Can;

pub struct CapabilityWords {
    pub live_video: &'static str,
    pub pictures_only: &'static str,
    pub nothing: &'static str,
}

pub(super) const ENGLISH: CapabilityWords = CapabilityWords {
    live_video: "Can watch live video",
    pictures_only: "Can take pictures, not live video",
    nothing: "Cannot watch now",
};

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
