//! What was shown and watched: kept by the browser, so that it outlives the tab.

use std::collections::VecDeque;

use sip::time::Instant;

use super::Effect;
use super::diagnosis::CallKey;
use super::json::Json;
use super::kept::Kept;
use super::state::Past;
use super::wire::PeopleEffect;

/// More than anybody scrolls through.
pub const LIMIT: usize = 50;

#[derive(Debug, Default)]
pub(super) struct History {
    newest_first: VecDeque<Past>,
}

impl History {
    pub(super) fn add(&mut self, past: Past) {
        self.newest_first.push_front(past);
        self.newest_first.truncate(LIMIT);
    }

    /// What the browser had kept takes the place of what is here, except for what is newer than
    /// all of that: it ended while the browser was being asked. Lines of a kind that is not known
    /// are left out. True if there is more here than was kept.
    pub(super) fn stored(&mut self, text: Option<&str>) -> bool {
        let lines = text.and_then(Json::parse).unwrap_or(Json::Null);
        let kept = lines.list().iter().filter_map(Past::read);
        let kept: Vec<Past> = kept.take(LIMIT).collect();
        let newest = kept.first().and_then(|past| past.at);
        self.newest_first.retain(|past| past.at > newest);
        let more = !self.newest_first.is_empty();
        self.newest_first.extend(kept);
        self.newest_first.truncate(LIMIT);
        more
    }

    /// `owner` as the browser's store has it; none if the browser was not read yet or keeps nothing.
    pub(super) fn keep(&self, owner: Option<&str>, effects: &mut VecDeque<Effect>) {
        if let Some(owner) = owner {
            effects.push_back(Effect::People(PeopleEffect::KeepHistory {
                owner: owner.to_owned(),
                text: Json::List(self.newest_first.iter().map(Past::write).collect()).to_string(),
            }));
        }
    }

    /// `is_kept` knows of which calls there is still something to see.
    pub(super) fn show(&self, is_kept: impl Fn(CallKey) -> bool) -> Vec<Past> {
        let with_call = |past: &Past| Past {
            call: past.call.filter(|call| is_kept(*call)),
            ..past.clone()
        };
        self.newest_first.iter().map(with_call).collect()
    }
}

/// The time of day, from when the page began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calendar {
    pub(super) began: Instant,
    pub(super) unix_seconds: u64,
}

impl Calendar {
    /// Seconds since 1970.
    pub(super) fn at(self, now: Instant) -> u64 {
        self.unix_seconds + now.saturating_duration_since(self.began).as_secs()
    }
}
