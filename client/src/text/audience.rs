//! How somebody who was asked to watch stands.

use super::AudienceWords;
use crate::phone::state::Standing;

impl AudienceWords {
    pub fn of(&self, standing: Standing) -> &'static str {
        match standing {
            Standing::Asked => self.asked,
            Standing::Rings => self.rings,
            Standing::Watches => self.watches,
            Standing::Left => self.left,
            Standing::Removed => self.removed,
            Standing::Declined => self.declined,
            Standing::Busy => self.busy,
            Standing::NoAnswer => self.no_answer,
            Standing::NotFound => self.not_found,
            Standing::CannotWatch => self.cannot_watch,
            Standing::Full => self.full,
            Standing::Failed => self.failed,
        }
    }
}
