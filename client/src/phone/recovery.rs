//! Getting a share or a voice call through a lost connection to the gateway and through a broken way for its
//! pictures: an ICE restart (RFC 8445 §2.4) by re-INVITE, tried until a grace is over.

use sip::agent::{CallHandle, RequestId};
use sip::message::{Body, Method, Reason, Response};
use sip::time::{Duration, Instant};
use sip::transport::Hop;

use super::state::Link;
use super::{Desk, PeerEvent, sdp_in};

/// A BYE that waits for the connection.
#[derive(Debug)]
pub(super) struct Farewell {
    pub(super) call: CallHandle,
    pub(super) reason: Option<Reason>,
    /// Until then the gateway waits for us; after that it knows by itself.
    pub(super) until: Instant,
}

impl Farewell {
    /// Says it over the connection that is back.
    pub(super) fn tell_over(self, hop: Hop, desk: &mut Desk<'_>) {
        desk.agent.move_call(self.call, hop);
        self.tell(desk);
    }

    pub(super) fn tell(self, desk: &mut Desk<'_>) {
        desk.agent.hang_up(self.call, self.reason, desk.now);
    }
}

/// What of a share is broken, and what is being done about it.
#[derive(Debug)]
pub(super) struct Recovery {
    grace: Duration,
    signalling: Signalling,
    pictures: Pictures,
    attempt: Attempt,
    /// From the first sign of trouble on: when it is taken for the end.
    give_up_at: Option<Instant>,
}

/// The connection to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signalling {
    Up,
    Down,
}

/// The WebRTC connection, as the browser last said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pictures {
    /// It is being made for the first time.
    Coming,
    Flowing,
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    None,
    /// Pictures are broken, and may come back by themselves until then.
    First(Instant),
    /// The last try is over, and was of no use so far.
    Again(Instant),
    /// The browser makes an offer.
    Offering,
    /// The gateway has the offer.
    Asking(RequestId),
    /// The browser takes the answer.
    Taking,
}

/// What has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Have the browser make an offer with a new way for the pictures.
    Restart,
    GiveUp,
}

impl Recovery {
    pub(super) fn new(grace: Duration) -> Self {
        Self {
            grace,
            signalling: Signalling::Up,
            pictures: Pictures::Coming,
            attempt: Attempt::None,
            give_up_at: None,
        }
    }

    /// Whether the gateway can be told anything.
    pub(super) fn is_cut_off(&self) -> bool {
        self.signalling == Signalling::Down
    }

    /// Whether an offer of ours is being made or is under way.
    pub(super) fn is_under_way(&self) -> bool {
        match self.attempt {
            Attempt::Offering | Attempt::Asking(_) | Attempt::Taking => true,
            Attempt::None | Attempt::First(_) | Attempt::Again(_) => false,
        }
    }

    pub(super) fn signalling_lost(&mut self, now: Instant) {
        self.signalling = Signalling::Down;
        // Whatever was asked will not be answered.
        self.attempt = Attempt::None;
        self.start_grace(now);
    }

    /// Signed in again: the way for the pictures is made anew, whether it seems broken or not.
    pub(super) fn signalling_back(&mut self) {
        self.signalling = Signalling::Up;
        self.attempt = Attempt::Offering;
    }

    pub(super) fn pictures_flow(&mut self) {
        self.pictures = Pictures::Flowing;
        match self.attempt {
            Attempt::None | Attempt::First(_) | Attempt::Again(_) => {
                self.attempt = Attempt::None;
                self.settle();
            }
            Attempt::Offering | Attempt::Asking(_) | Attempt::Taking => {}
        }
    }

    /// They broke off; `patience` is how long they may take to come back by themselves.
    pub(super) fn pictures_broke(&mut self, patience: Duration, now: Instant) {
        self.pictures = Pictures::Broken;
        self.start_grace(now);
        let at = now + patience;
        if self.signalling == Signalling::Down {
            return;
        }
        self.attempt = match self.attempt {
            Attempt::None => Attempt::First(at),
            Attempt::First(earlier) => Attempt::First(earlier.min(at)),
            other @ (Attempt::Again(_)
            | Attempt::Offering
            | Attempt::Asking(_)
            | Attempt::Taking) => other,
        };
    }

    /// Whether the browser's offer is still wanted.
    pub(super) fn wants_offer(&self) -> bool {
        self.attempt == Attempt::Offering
    }

    pub(super) fn asked(&mut self, id: RequestId) {
        self.attempt = Attempt::Asking(id);
    }

    /// The browser has an offer with a new way: asks the gateway for its own, if that is still
    /// wanted.
    pub(super) fn ask(&mut self, call: CallHandle, offer: String, desk: &mut Desk<'_>) {
        if self.wants_offer() {
            let body = Some(Body::sdp(offer));
            let id = desk
                .agent
                .request_in_call(call, Method::Invite, Vec::new(), body, desk.now);
            self.asked(id);
        }
    }

    /// What the gateway says to [`Recovery::ask`]: gives the answer for the browser to take.
    pub(super) fn asked_and_answered(
        &mut self,
        id: RequestId,
        response: &Response,
        now: Instant,
    ) -> Option<String> {
        if !self.asked_by(id) {
            return None;
        }
        let answer = sdp_in(response).filter(|_| response.status.is_success());
        match answer {
            Some(_) => self.answered(),
            // A call that is gone is told as its end.
            None => {
                let wait = response.headers.number("Retry-After").unwrap_or_default();
                let wait = Duration::from_secs(u64::from(wait)).max(TRY_AGAIN);
                self.failed(wait, now);
            }
        }
        answer
    }

    /// What the browser says of a connection that is answered, or not yet. False where that is no
    /// question of getting through.
    pub(super) fn connection_said(
        &mut self,
        event: &PeerEvent,
        answered: bool,
        now: Instant,
    ) -> bool {
        match event {
            PeerEvent::RestartFailed => self.failed(TRY_AGAIN, now),
            PeerEvent::Applied => self.applied(now),
            PeerEvent::Connected => self.pictures_flow(),
            PeerEvent::Silent => self.pictures_broke(SILENCE, now),
            PeerEvent::Failed if answered => self.pictures_broke(FAREWELL, now),
            PeerEvent::NotApplied if self.is_under_way() => self.failed(TRY_AGAIN, now),
            PeerEvent::Failed
            | PeerEvent::NotApplied
            | PeerEvent::Offer(_)
            | PeerEvent::Answer(_)
            | PeerEvent::ChangeReady(_)
            | PeerEvent::ChangeFailed
            | PeerEvent::Restarted(_)
            | PeerEvent::Redirected(_)
            | PeerEvent::SoundOffered(_)
            | PeerEvent::SoundFailed(_)
            | PeerEvent::RedirectFailed
            | PeerEvent::Track
            | PeerEvent::Measured(_) => return false,
        }
        true
    }

    pub(super) fn asked_by(&self, id: RequestId) -> bool {
        self.attempt == Attempt::Asking(id)
    }

    pub(super) fn answered(&mut self) {
        self.attempt = Attempt::Taking;
    }

    /// The browser took the answer.
    pub(super) fn applied(&mut self, now: Instant) {
        if self.attempt != Attempt::Taking {
            return;
        }
        self.attempt = match self.pictures {
            Pictures::Flowing => Attempt::None,
            Pictures::Coming | Pictures::Broken => Attempt::Again(now + CONNECT_WITHIN),
        };
        self.settle();
    }

    /// The try came to nothing; the next one follows after `wait`.
    pub(super) fn failed(&mut self, wait: Duration, now: Instant) {
        if self.is_under_way() && self.signalling == Signalling::Up {
            self.attempt = Attempt::Again(now + wait);
            self.start_grace(now);
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Due> {
        if self.give_up_at.is_some_and(|at| at <= now) {
            return Some(Due::GiveUp);
        }
        match self.attempt {
            Attempt::First(at) | Attempt::Again(at) if at <= now => {
                self.attempt = Attempt::Offering;
                Some(Due::Restart)
            }
            Attempt::None
            | Attempt::First(_)
            | Attempt::Again(_)
            | Attempt::Offering
            | Attempt::Asking(_)
            | Attempt::Taking => None,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let attempt = match self.attempt {
            Attempt::First(at) | Attempt::Again(at) => Some(at),
            Attempt::None | Attempt::Offering | Attempt::Asking(_) | Attempt::Taking => None,
        };
        self.give_up_at.into_iter().chain(attempt).min()
    }

    /// What a person is told. A break that heals by itself at once is not worth a word.
    pub(super) fn show(&self) -> Link {
        match (self.signalling, self.attempt) {
            (Signalling::Up, Attempt::None | Attempt::First(_)) => Link::Up,
            (Signalling::Down, _)
            | (
                Signalling::Up,
                Attempt::Again(_) | Attempt::Offering | Attempt::Asking(_) | Attempt::Taking,
            ) => Link::Reconnecting,
        }
    }

    fn start_grace(&mut self, now: Instant) {
        self.give_up_at.get_or_insert(now + self.grace);
    }

    /// All is well again, if nothing is broken any more.
    fn settle(&mut self) {
        if self.signalling == Signalling::Up
            && self.pictures == Pictures::Flowing
            && self.attempt == Attempt::None
        {
            self.give_up_at = None;
        }
    }
}

/// A round trip to a gateway far away.
pub(super) const BYE_FIRST: Duration = Duration::from_millis(400);
/// What a gateway grants that does not say.
pub(super) const USUAL_GRACE: Duration = Duration::from_secs(60);
/// How long nothing may come before a new way is made.
const SILENCE: Duration = Duration::from_secs(3);
/// Whoever ended it says so by a message of its own; how long that may come after the connection
/// broke off for good.
const FAREWELL: Duration = Duration::from_secs(2);
/// Between two tries to make a new way.
pub(super) const TRY_AGAIN: Duration = Duration::from_secs(2);
/// How long pictures may take on a new way before another is tried.
const CONNECT_WITHIN: Duration = Duration::from_secs(8);
