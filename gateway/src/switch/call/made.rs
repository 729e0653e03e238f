//! How many calls each user has made that are not over: one account must not take all there is room
//! for (RFC 3261 §26.3.2.4).

use std::collections::HashMap;

use crate::switch::route::Whose;
use sip::agent::Reply;
use sip::message::{Status, Text};

/// The calls under way by who made them. An entry is there as long as its user has a call, so that
/// there are never more than calls.
#[derive(Debug, Default)]
pub(super) struct Made {
    by: HashMap<Whose, u32>,
}

impl Made {
    /// Whether that user may make one more call. 0 is no limit.
    pub(super) fn has_room(&self, who: &Whose, limit: u32) -> bool {
        limit == 0 || self.by.get(who).is_none_or(|made| *made < limit)
    }

    /// A call begins. Those of the core are for the core to count.
    pub(super) fn begun(&mut self, who: &Whose) {
        match who {
            // Nobody elsewhere is believed, so nobody there makes calls.
            Whose::Core | Whose::Elsewhere => {}
            Whose::Subscriber(_) | Whose::CoreUser(_) => {
                *self.by.entry(who.clone()).or_default() += 1;
            }
        }
    }

    /// A call is over.
    pub(super) fn over(&mut self, who: &Whose) {
        if let Some(made) = self.by.get_mut(who) {
            *made = made.saturating_sub(1);
            if *made == 0 {
                self.by.remove(who);
            }
        }
    }
}

/// What a caller is told who has too many. Not 486, which says that the callee is busy, and not 503,
/// after which a client takes this gateway for overloaded and tries another (RFC 3263 §4.3): the
/// gateway understood, and refuses this one caller (RFC 3261 §21.4.4).
pub(super) fn too_many() -> Box<Reply> {
    Box::new(Reply {
        reason: Some(Text::from("Too Many Calls At Once")),
        ..Reply::new(Status::FORBIDDEN)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_a_count_of_their_own_that_is_gone_with_their_last_call() {
        let (nina, otto) = (
            Whose::Subscriber("nina".to_owned()),
            Whose::CoreUser("nina".to_owned()),
        );
        let mut made = Made::default();
        made.begun(&nina);
        made.begun(&nina);
        assert!(!made.has_room(&nina, 2));
        assert!(made.has_room(&nina, 0), "0 is no limit");
        assert!(made.has_room(&otto, 2));
        made.over(&nina);
        assert!(made.has_room(&nina, 2));
        made.over(&nina);
        made.begun(&Whose::Core);
        assert!(made.by.is_empty());
    }
}
