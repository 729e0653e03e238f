//! Which call of whom was carried by which bridge: what a person may ask about. Kept for a while after the
//! call is over, since that is when somebody asks.

use std::collections::VecDeque;

use sip::message::CallId;

use super::{Call, CallKey};
use crate::bridge::{BridgeId, Side};
use crate::switch::route::Whose;

/// Legs that are remembered, of calls that go on and of those that are over: 200 bytes each.
const LEGS: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Book {
    /// The latest last.
    legs: VecDeque<Written>,
}

#[derive(Debug)]
struct Written {
    key: CallKey,
    side: Side,
    call_id: CallId,
    name: String,
    /// Known at the end of the call at the latest.
    bridge: Option<BridgeId>,
}

impl Book {
    /// A leg to or from one of our own subscribers.
    pub(super) fn write(&mut self, (key, side): (CallKey, Side), whose: &Whose, call_id: &CallId) {
        let Whose::Subscriber(name) = whose else {
            return;
        };
        if self.legs.len() == LEGS {
            self.legs.pop_front();
        }
        self.legs.push_back(Written {
            key,
            side,
            call_id: call_id.clone(),
            name: name.clone(),
            bridge: None,
        });
    }

    /// That call is over.
    pub(super) fn over(&mut self, key: CallKey, call: &Call) {
        let bridge = call.bridges().first().copied();
        for leg in self.legs.iter_mut().filter(|leg| leg.key == key) {
            leg.bridge = leg.bridge.or(bridge);
        }
    }

    /// That person's call of that name: where it is, and on which side of it they are.
    pub(super) fn find(
        &self,
        name: &str,
        call_id: &str,
    ) -> Option<(CallKey, Option<BridgeId>, Side)> {
        let mut latest = self.legs.iter().rev();
        let leg = latest.find(|leg| leg.call_id.as_str() == call_id && leg.name == name)?;
        Some((leg.key, leg.bridge, leg.side))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_by_who_was_in_it_and_by_nobody_else() {
        let mut book = Book::default();
        let nina = Whose::Subscriber("nina".to_owned());
        let call_id: CallId = "a@b".parse().unwrap();
        book.write((CallKey(1), Side::Caller), &nina, &call_id);
        book.write((CallKey(1), Side::Callee), &Whose::Core, &call_id);
        assert_eq!(
            book.find("nina", "a@b"),
            Some((CallKey(1), None, Side::Caller))
        );
        assert_eq!(book.find("otto", "a@b"), None);
        assert_eq!(book.find("nina", "c@d"), None);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut book = Book::default();
        let nina = Whose::Subscriber("nina".to_owned());
        for number in 0..=LEGS {
            let call_id: CallId = number.to_string().parse().unwrap();
            book.write((CallKey(1), Side::Caller), &nina, &call_id);
        }
        assert_eq!(book.find("nina", "0"), None);
        assert!(book.find("nina", "1").is_some());
    }
}
