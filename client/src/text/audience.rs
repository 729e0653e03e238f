//! Words around those who see what one shows.

use crate::phone::state::Standing;

pub struct AudienceWords {
    pub title: &'static str,
    pub one_watches: &'static str,
    pub many_watch: &'static str,
    pub nobody_watches: &'static str,
    pub add: &'static str,
    pub add_done: &'static str,
    pub typed: &'static str,
    pub ask: &'static str,
    pub typed_wrong: &'static str,
    pub ask_person: &'static str,
    pub remove: &'static str,

    pub asked: &'static str,
    pub rings: &'static str,
    pub watches: &'static str,
    pub left: &'static str,
    pub removed: &'static str,
    pub declined: &'static str,
    pub busy: &'static str,
    pub no_answer: &'static str,
    pub not_found: &'static str,
    pub cannot_watch: &'static str,
    pub full: &'static str,
    pub failed: &'static str,
}

pub(super) const ENGLISH: AudienceWords = AudienceWords {
    title: "Who sees it",
    one_watches: "One person is watching",
    many_watch: "{count} people are watching",
    nobody_watches: "Nobody is watching yet",
    add: "Add someone",
    add_done: "Done",
    typed: "Number or address",
    ask: "Ask",
    typed_wrong: "That is neither a phone number nor an address.",
    ask_person: "Ask {who} to watch too",
    remove: "Stop showing {who}",

    asked: "Being asked…",
    rings: "Their phone rings…",
    watches: "Watching",
    left: "Stopped watching",
    removed: "You stopped showing them",
    declined: "Said not now",
    busy: "Is busy",
    no_answer: "Did not answer",
    not_found: "Nobody has this number",
    cannot_watch: "Their phone cannot show it",
    full: "No more people can watch",
    failed: "Could not be asked",
};

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
