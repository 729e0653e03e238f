//! RFC 3261 §17, timers: who wants to be woken when, an ordered index over many deadlines.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::time::Instant;

/// At most one deadline for each key, the earliest found without a search. Its size is bounded
/// by that of the table whose keys it holds.
#[derive(Debug)]
pub(crate) struct Deadlines<K> {
    by_key: HashMap<K, Instant>,
    by_time: BTreeSet<(Instant, K)>,
}

impl<K: Copy + Ord + Hash> Deadlines<K> {
    pub(crate) fn new() -> Self {
        Deadlines {
            by_key: HashMap::new(),
            by_time: BTreeSet::new(),
        }
    }

    /// Replaces the key's deadline; `None` removes it.
    pub(crate) fn set(&mut self, key: K, at: Option<Instant>) {
        let before = match at {
            Some(at) => self.by_key.insert(key, at),
            None => self.by_key.remove(&key),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, key));
        }
        if let Some(at) = at {
            self.by_time.insert((at, key));
        }
    }

    /// The earliest deadline of all.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest key whose deadline has come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<K> {
        let (at, key) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.set(key, None);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use std::time::Duration;

    use super::*;

    #[test]
    fn due_keys_come_in_order_of_time_and_once() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut deadlines = Deadlines::new();
        deadlines.set(1, Some(at(30)));
        deadlines.set(2, Some(at(10)));
        deadlines.set(3, Some(at(20)));
        deadlines.set(3, None);
        deadlines.set(1, Some(at(5)));
        assert_eq!(deadlines.next(), Some(at(5)));
        assert_eq!(deadlines.pop_due(at(4)), None);
        assert_eq!(deadlines.pop_due(at(40)), Some(1));
        assert_eq!(deadlines.pop_due(at(40)), Some(2));
        assert_eq!(deadlines.pop_due(at(40)), None);
    }
}
