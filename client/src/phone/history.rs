//! What was shown and watched, for as long as this tab lives.

use std::collections::VecDeque;

use super::state::Past;

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

    pub(super) fn show(&self) -> Vec<Past> {
        self.newest_first.iter().cloned().collect()
    }
}
