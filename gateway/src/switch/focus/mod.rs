//! RFC 4579 §3, RFC 4575: the focus of one share: who was asked to watch, and what became of it. It
//! knows nothing of calls and bridges; [`super::call`] does what it is asked and says what came of it.

mod wish;

use std::time::Duration;

use sip::conference::{Conference, Extent, Left, MOST_USERS, Status as Shown, User};
use sip::message::{Reason, Status, Text, Uri};
use sip::time::Instant;

pub use wish::{Act, Wish};

/// Watchers at a time where no limit is set: more than this is a broadcast.
const MOST_WATCHERS: usize = 64;

/// How long a share goes on that nobody watches or is asked to: time to think of somebody else.
const ALONE_FOR: Duration = Duration::from_secs(30);

/// The share's roster and who is told of it.
pub struct Focus {
    /// The conference's address.
    entity: String,
    /// Who is in it, and who was: at most [`MOST_USERS`], those that left longest ago are forgotten.
    roster: Vec<Watcher>,
    subscription: Option<Subscription>,
    last_id: u32,
    alone_since: Option<Instant>,
}

/// Names one who was asked, for as long as the share lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WatcherId(u32);

struct Watcher {
    id: WatcherId,
    uri: Uri,
    name: Option<Text>,
    standing: Standing,
}

/// How it stands with one who was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Asked,
    Rings,
    Watches,
    /// Did not take it; with the status of the refusal and its words.
    Declined(Status, Option<Text>),
    Left(Left),
}

#[derive(Debug, Clone, Copy)]
struct Subscription {
    version: u32,
    expires_at: Instant,
}

/// There are as many watchers as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Focus {
    pub fn new(entity: String) -> Focus {
        Focus {
            entity,
            roster: Vec::new(),
            subscription: None,
            last_id: 0,
            alone_since: None,
        }
    }

    /// Somebody is to be asked. `None` when that was done and they are still there. `limit` is the
    /// operator's, 0 for none.
    ///
    /// # Errors
    /// There are as many as may be.
    pub fn ask(
        &mut self,
        uri: &Uri,
        name: Option<Text>,
        limit: u32,
    ) -> Result<Option<WatcherId>, Full> {
        let known = self.roster.iter().position(|of| of.uri.same_as(uri));
        if known.is_some_and(|at| self.roster[at].standing.is_active()) {
            return Ok(None);
        }
        if self.active() >= most(limit) {
            return Err(Full);
        }
        if let Some(at) = known {
            let watcher = &mut self.roster[at];
            watcher.standing = Standing::Asked;
            watcher.name = name.or(watcher.name.take());
            return Ok(Some(watcher.id));
        }
        if self.roster.len() >= MOST_USERS
            && let Some(oldest) = self.roster.iter().position(|of| !of.standing.is_active())
        {
            self.roster.remove(oldest);
        }
        self.last_id += 1;
        let id = WatcherId(self.last_id);
        self.roster.push(Watcher {
            id,
            uri: uri.clone(),
            name,
            standing: Standing::Asked,
        });
        Ok(Some(id))
    }

    /// What became of one. Whether that is news.
    pub fn set(&mut self, id: WatcherId, standing: Standing) -> bool {
        let Some(watcher) = self.roster.iter_mut().find(|of| of.id == id) else {
            return false;
        };
        let is_over = !watcher.standing.is_active() && !standing.is_active();
        if watcher.standing == standing || is_over {
            return false;
        }
        watcher.standing = standing;
        true
    }

    /// Who watches or is asked under that address.
    pub fn active_at(&self, uri: &Uri) -> Option<WatcherId> {
        let mut active = self.roster.iter().filter(|of| of.standing.is_active());
        active.find(|of| of.uri.same_as(uri)).map(|of| of.id)
    }

    /// How many watch or are asked.
    pub fn active(&self) -> usize {
        let active = self.roster.iter().filter(|of| of.standing.is_active());
        active.count()
    }

    /// Notes whether anybody is left; a share that is alone ends after a while.
    pub fn note_alone(&mut self, now: Instant) {
        match self.active() {
            0 => self.alone_since = self.alone_since.or(Some(now)),
            _ => self.alone_since = None,
        }
    }

    /// When the share is to end.
    pub fn ends_at(&self) -> Option<Instant> {
        self.alone_since.map(|since| since + ALONE_FOR)
    }

    /// The sharer wants to know for so long, 0 for no longer.
    pub fn subscribe(&mut self, seconds: u32, now: Instant) {
        let version = self.subscription.map_or(0, |of| of.version);
        let expires_at = now + Duration::from_secs(seconds.into());
        self.subscription = Some(Subscription {
            version,
            expires_at,
        });
    }

    /// The next document for who subscribed, and how long the subscription still lasts, with nothing
    /// left in its last one. `None` when nobody did.
    pub fn document(
        &mut self,
        of: Option<WatcherId>,
        now: Instant,
    ) -> Option<(Conference, Duration)> {
        let subscription = self.subscription.as_mut()?;
        subscription.version += 1;
        let version = subscription.version;
        let left = subscription.expires_at.saturating_duration_since(now);
        if left.is_zero() {
            self.subscription = None;
        }
        let wanted = |watcher: &&Watcher| of.is_none_or(|id| watcher.id == id);
        let document = Conference {
            entity: self.entity.clone(),
            version,
            extent: match of {
                Some(_) => Extent::Partial,
                None => Extent::Full,
            },
            users: self.roster.iter().filter(wanted).map(shown).collect(),
        };
        Some((document, left))
    }
}

impl Standing {
    fn is_active(&self) -> bool {
        match self {
            Standing::Asked | Standing::Rings | Standing::Watches => true,
            Standing::Declined(..) | Standing::Left(_) => false,
        }
    }
}

/// How many may watch one share.
pub fn most(limit: u32) -> usize {
    match usize::try_from(limit) {
        Ok(0) | Err(_) => MOST_WATCHERS,
        Ok(limit) => limit.min(MOST_WATCHERS),
    }
}

fn shown(watcher: &Watcher) -> User {
    let (status, left, reason) = match &watcher.standing {
        Standing::Asked => (Shown::DialingOut, None, None),
        Standing::Rings => (Shown::Alerting, None, None),
        Standing::Watches => (Shown::Connected, None, None),
        Standing::Declined(status, text) => {
            let left = match status.code() {
                486 | 600 => Left::Busy,
                _ => Left::Failed,
            };
            let text = text.as_deref().unwrap_or_else(|| status.default_reason());
            let reason = Reason::sip(*status, text).to_string();
            (Shown::Disconnected, Some(left), Some(reason))
        }
        Standing::Left(left) => (Shown::Disconnected, Some(*left), None),
    };
    User {
        entity: watcher.uri.to_string(),
        name: watcher.name.as_ref().map(|name| name.to_string()),
        status,
        left,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(number: u32) -> Uri {
        format!("sip:{number}@example.net").parse().unwrap()
    }

    #[test]
    fn no_more_are_asked_than_may_watch_and_a_place_is_free_again_when_one_leaves() {
        let mut focus = Focus::new("sip:share@example.org".to_owned());
        let first = focus.ask(&uri(1), None, 2).unwrap().unwrap();
        assert_eq!(focus.ask(&uri(1), None, 2), Ok(None), "asked already");
        focus.ask(&uri(2), None, 2).unwrap();
        assert_eq!(focus.ask(&uri(3), None, 2), Err(Full));
        assert!(focus.set(first, Standing::Left(Left::Departed)));
        assert!(
            !focus.set(first, Standing::Left(Left::Booted)),
            "gone already"
        );
        assert!(focus.ask(&uri(3), None, 2).unwrap().is_some());
        for number in 10..400 {
            let id = focus.ask(&uri(number), None, 3).unwrap().unwrap();
            focus.set(id, Standing::Declined(Status::DECLINE, None));
        }
        assert!(focus.roster.len() <= MOST_USERS);
    }

    #[test]
    fn a_share_that_nobody_is_left_in_ends_after_half_a_minute() {
        let now = Instant::now();
        let mut focus = Focus::new(String::new());
        focus.note_alone(now);
        assert_eq!(focus.ends_at(), Some(now + ALONE_FOR));
        focus.note_alone(now + Duration::from_secs(5));
        assert_eq!(
            focus.ends_at(),
            Some(now + ALONE_FOR),
            "it is alone since then"
        );
        focus.ask(&uri(1), None, 0).unwrap();
        focus.note_alone(now);
        assert_eq!(focus.ends_at(), None);
    }

    #[test]
    fn documents_are_numbered_and_say_no_more_than_changed() {
        let now = Instant::now();
        let mut focus = Focus::new("sip:share@example.org".to_owned());
        let id = focus.ask(&uri(1), Some("Ben".into()), 0).unwrap().unwrap();
        focus.ask(&uri(2), None, 0).unwrap();
        assert!(focus.document(None, now).is_none(), "nobody asked");
        focus.subscribe(60, now);
        let (document, left) = focus.document(None, now).unwrap();
        assert_eq!((document.extent, document.users.len()), (Extent::Full, 2));
        assert_eq!(left, Duration::from_secs(60));
        let words = Text::from("Not now");
        focus.set(id, Standing::Declined(Status::DECLINE, Some(words)));
        let (next, _) = focus.document(Some(id), now).unwrap();
        assert_eq!(
            (next.extent, next.version),
            (Extent::Partial, document.version + 1)
        );
        let [ben] = next.users.as_slice() else {
            panic!("{next:?}");
        };
        assert_eq!(
            ben.reason.as_deref(),
            Some("SIP;cause=603;text=\"Not now\"")
        );
        assert_eq!(
            (ben.status, ben.left),
            (Shown::Disconnected, Some(Left::Failed))
        );
        focus.subscribe(0, now);
        let (_, left) = focus.document(None, now).unwrap();
        assert!(left.is_zero());
        assert!(
            focus.document(None, now).is_none(),
            "told for the last time"
        );
    }
}
