//! The session timer of a call: RFC 4028 §7 to §10.

use super::SessionTimers;
use super::call::{Call, Offerer};
use crate::message::{Headers, MinSe, Refresher, Request, SessionExpires};
use crate::time::{Duration, Instant};

/// A session that ends unless somebody refreshes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) interval: Duration,
    /// Which side sends the next refresh.
    pub(super) refresher: Offerer,
    refresh_at: Option<Instant>,
    expire_at: Instant,
}

/// What a session wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Refresh,
    Expire,
}

impl Session {
    /// From the moment of a 2xx on. The refresher acts after half of the interval, and both sides
    /// take the session for over a little before its end (§10).
    pub(super) fn start(interval: Duration, refresher: Offerer, now: Instant) -> Session {
        let margin = (interval / 3).min(MARGIN_AT_MOST);
        Session {
            interval,
            refresher,
            refresh_at: match refresher {
                Offerer::Us => Some(now + interval / 2),
                Offerer::Peer => None,
            },
            expire_at: now + interval - margin,
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.refresh_at
            .map_or(self.expire_at, |at| at.min(self.expire_at))
    }

    /// What is to be done at that time, once.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Due> {
        if self.expire_at <= now {
            return Some(Due::Expire);
        }
        self.refresh_at
            .take_if(|at| *at <= now)
            .map(|_| Due::Refresh)
    }

    /// A refresh failed: once more after half of what is left, unless that is next to nothing.
    pub(super) fn refresh_failed(&mut self, now: Instant) {
        let left = self.expire_at.saturating_duration_since(now);
        if left > LEFT_AT_LEAST {
            self.refresh_at = Some(now + left / 2);
        }
    }

    /// The peer refuses intervals as short as ours.
    pub(super) fn refresh_again(&mut self, interval: Duration, now: Instant) {
        self.interval = interval;
        self.refresh_at = Some(now);
    }
}

impl Call {
    /// Asks for a session timer in an INVITE or UPDATE of ours, in the roles that there are.
    pub(super) fn ask_session(&self, timers: &SessionTimers, headers: &mut Headers) {
        ask(self.session.as_ref(), self.least(timers), timers, headers);
    }

    /// Takes what a 2xx to an INVITE or UPDATE of ours says: without Session-Expires there is no
    /// timer, even if there was one (§7.2).
    pub(super) fn take_session(&mut self, headers: &Headers, now: Instant) {
        let granted = headers.typed::<SessionExpires>().and_then(Result::ok);
        self.session = granted.map(|granted| {
            let refresher = match granted.refresher() {
                Some(Refresher::Uac) | None => Offerer::Us,
                Some(Refresher::Uas) => Offerer::Peer,
            };
            let interval = granted.interval.clamp(MIN_SE_AT_LEAST, INTERVAL_AT_MOST);
            Session::start(interval, refresher, now)
        });
    }

    /// What our 2xx to an INVITE or UPDATE of the peer's grants (§9, table 2), if anything. The
    /// timer runs from here.
    pub(super) fn grant_session(
        &mut self,
        timers: &SessionTimers,
        request: &Request,
        now: Instant,
    ) -> Option<SessionExpires> {
        let headers = &request.headers;
        let supported = supports_timer(headers);
        let asked = headers.typed::<SessionExpires>().and_then(Result::ok);
        let least = min_se(headers).max(self.least(timers));
        let (interval, refresher) = match (&asked, &self.session) {
            (Some(asked), before) => {
                let interval = asked.interval.min(timers.expires).max(least);
                let before = before.map(|session| session.refresher);
                let refresher = match asked.refresher() {
                    _ if !supported => Offerer::Us,
                    Some(Refresher::Uac) => Offerer::Peer,
                    Some(Refresher::Uas) => Offerer::Us,
                    None => before.unwrap_or(Offerer::Peer),
                };
                (interval, refresher)
            }
            (None, Some(session)) => (session.interval.max(least), session.refresher),
            (None, None) if supported => (timers.expires.max(least), Offerer::Us),
            (None, None) => return None,
        };
        self.session = Some(Session::start(interval, refresher, now));
        Some(
            SessionExpires::new(interval).with_refresher(match refresher {
                Offerer::Us => Refresher::Uas,
                Offerer::Peer => Refresher::Uac,
            }),
        )
    }

    /// Takes the least of a 422 into account. `false` if that changes nothing.
    pub(super) fn raise_least(&mut self, headers: &Headers, timers: &SessionTimers) -> bool {
        let asked = self
            .session
            .map_or(timers.expires, |session| session.interval);
        let least = min_se(headers).min(INTERVAL_AT_MOST);
        if least <= asked.max(self.least(timers)) || self.lengthened >= MAX_LENGTHENED {
            return false;
        }
        self.lengthened += 1;
        self.least_interval = Some(least);
        if let Some(session) = &mut self.session {
            session.interval = least;
        }
        true
    }

    /// Makes the INVITE ask for as much as a 422 wants. `false` if it did.
    pub(super) fn lengthen_invite(&mut self, headers: &Headers, timers: &SessionTimers) -> bool {
        if !self.raise_least(headers, timers) {
            return false;
        }
        self.invite.headers.remove("Session-Expires");
        let least = self.least(timers);
        ask(None, least, timers, &mut self.invite.headers);
        true
    }

    fn least(&self, timers: &SessionTimers) -> Duration {
        self.least_interval
            .unwrap_or(timers.min)
            .max(MIN_SE_AT_LEAST)
    }
}

/// Asks for a session timer in the INVITE of a new call.
pub(super) fn ask_first(timers: &SessionTimers, headers: &mut Headers) {
    ask(None, timers.min.max(MIN_SE_AT_LEAST), timers, headers);
}

/// What the owner has written stays.
fn ask(session: Option<&Session>, least: Duration, timers: &SessionTimers, headers: &mut Headers) {
    if headers.has("Session-Expires") {
        return;
    }
    let interval = session.map_or(timers.expires, |session| session.interval);
    let mut asked = SessionExpires::new(interval.max(least));
    if let Some(session) = session {
        asked = asked.with_refresher(match session.refresher {
            Offerer::Us => Refresher::Uac,
            Offerer::Peer => Refresher::Uas,
        });
    }
    headers.set_typed(&asked);
    if least > MIN_SE_AT_LEAST {
        headers.set_typed(&MinSe::new(least));
    }
}

/// Whether the sender of a request can be told of a timer at all.
pub(super) fn supports_timer(headers: &Headers) -> bool {
    headers.lists("Supported", "timer") || headers.lists("Require", "timer")
}

/// Whether a request asks for less than we agree to, from a sender that can be told so (§9).
pub(super) fn asks_too_little(headers: &Headers, timers: &SessionTimers) -> bool {
    let asked = headers.typed::<SessionExpires>().and_then(Result::ok);
    let least = timers.min.max(MIN_SE_AT_LEAST);
    supports_timer(headers) && asked.is_some_and(|asked| asked.interval < least)
}

fn min_se(headers: &Headers) -> Duration {
    let read = headers.typed::<MinSe>().and_then(Result::ok);
    read.map_or(MIN_SE_AT_LEAST, |least| least.interval)
}

/// §4: no interval is shorter.
pub(super) const MIN_SE_AT_LEAST: Duration = Duration::from_secs(90);

/// A day. A longer one watches nothing, and a time further away may not be one.
const INTERVAL_AT_MOST: Duration = Duration::from_secs(24 * 3600);

/// How often a call takes a 422 for an answer: each element on the way may have its own least,
/// and more than a few are a game.
const MAX_LENGTHENED: u8 = 4;

/// §10: how much before the end a session counts as over.
const MARGIN_AT_MOST: Duration = Duration::from_secs(32);

/// With less time left a refresh that failed is not tried again.
const LEFT_AT_LEAST: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_refresher_acts_at_half_and_both_give_up_before_the_end() {
        let start = Instant::now();
        let mut ours = Session::start(90 * SECOND, Offerer::Us, start);
        assert_eq!(ours.deadline(), start + 45 * SECOND);
        assert_eq!(ours.take_due(start + 44 * SECOND), None);
        assert_eq!(ours.take_due(start + 45 * SECOND), Some(Due::Refresh));
        assert_eq!(ours.take_due(start + 45 * SECOND), None);
        assert_eq!(ours.deadline(), start + 60 * SECOND);
        assert_eq!(ours.take_due(start + 60 * SECOND), Some(Due::Expire));
        let theirs = Session::start(1800 * SECOND, Offerer::Peer, start);
        assert_eq!(theirs.deadline(), start + 1768 * SECOND);
    }

    #[test]
    fn a_refresh_that_failed_is_tried_at_half_of_what_is_left_and_not_for_ever() {
        let start = Instant::now();
        let mut ours = Session::start(90 * SECOND, Offerer::Us, start);
        let mut tries = Vec::new();
        while ours.take_due(ours.deadline()) == Some(Due::Refresh) {
            let latest = tries.last().map_or(45 * SECOND, |(at, left)| *at + *left);
            ours.refresh_failed(start + latest);
            let left = 60 * SECOND - latest;
            tries.push((latest, left / 2));
        }
        let at: Vec<f64> = tries.iter().map(|(at, _)| at.as_secs_f64()).collect();
        assert_eq!(at, [45.0, 52.5, 56.25]);
    }
}
