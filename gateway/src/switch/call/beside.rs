//! Rules R1.25 to R1.27 where the network tells of voice calls: shares begin beside one and end with it,
//! whoever's they are.

use sip::agent::Reply;
use sip::message::{Reason, Request, Status};
use sip::number::E164;
use sip::sdp::{Description, Kind};
use sip::time::Instant;

use super::ending::Closing;
use super::offered::Offered;
use super::{Call, CallKey, Calls, Leg, Stage};
use crate::home::Home;
use crate::switch::Desk;
use crate::switch::call_context::{Change, Stands};
use crate::switch::identity::Caller;
use crate::switch::route::Whose;

impl Calls {
    /// How two stand towards each other changed: shares between them end, unless they talk.
    pub(in crate::switch) fn beside_changed(
        &mut self,
        change: &Change,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if !desk.context.rules().by_network || change.to.is_some_and(Stands::bears_shares) {
            return;
        }
        let text = match change.to {
            Some(Stands::Held) => "The voice call is on hold",
            Some(Stands::Conference) => "The voice call is a conference",
            Some(Stands::Connected) | None => "The voice call is over",
        };
        let home = &*desk.home;
        let theirs: Vec<CallKey> = self
            .calls
            .iter()
            .filter(|(_, call)| call.is_share() && call.is_between(&change.between, home))
            .map(|(key, _)| *key)
            .collect();
        for key in theirs {
            tracing::info!(call = key.0, why = text, "share ended");
            desk.counters.shares_without_call.count();
            let reason = Reason::sip(Status::TEMPORARILY_UNAVAILABLE, text);
            self.end(key, &Closing::Hangup(Some(reason)), desk, now);
        }
    }
}

impl Call {
    /// Whether pictures are part of it, or may be.
    fn is_share(&self) -> bool {
        match &self.stage {
            Stage::SettingUp(set_up) => has_pictures(&set_up.offered),
            Stage::Established(session) => may_show(&self.caller) && may_show(&session.callee),
        }
    }

    fn is_between(&self, two: &[E164; 2], home: &Home) -> bool {
        let caller = self.caller.who.as_ref().and_then(|who| number(who, home));
        let callee = match &self.stage {
            Stage::SettingUp(set_up) => called(&set_up.asked, home),
            Stage::Established(session) => session
                .callee
                .who
                .as_ref()
                .and_then(|who| number(who, home)),
        };
        let [one, other] = two;
        let pair = (caller.as_ref(), callee.as_ref());
        pair == (Some(one), Some(other)) || pair == (Some(other), Some(one))
    }
}

/// Whether a call may begin beside the voice call that there is, or is not; else its answer.
pub(super) fn admit(
    who: &Caller,
    request: &Request,
    offered: &Offered,
    desk: &Desk<'_>,
    now: Instant,
) -> Result<(), Box<Reply>> {
    let rules = desk.context.rules();
    if !rules.by_network || !has_pictures(offered) {
        return Ok(());
    }
    let home = &*desk.home;
    let (uri, own) = (&request.uri, &home.territory);
    if desk.trials.called(uri, &who.whose, own, now).is_some() {
        // A page tests its connection: nobody sees it, and nobody is talked to.
        return Ok(());
    }
    let between = number(who, home)
        .zip(called(request, home))
        .and_then(|(one, other)| desk.context.between(&[one, other]));
    let status = match between {
        Some(stands) if stands.bears_shares() => return Ok(()),
        Some(_) => Status::TEMPORARILY_UNAVAILABLE,
        None if rules.refuse_without_call => Status::NOT_ACCEPTABLE_ANYWHERE,
        None => return Ok(()),
    };
    desk.counters.shares_without_call.count();
    Err(Box::new(Reply::new(status)))
}

/// An INVITE without an offer may become anything; one upload for several watchers is nothing else.
fn has_pictures(offered: &Offered) -> bool {
    match offered {
        Offered::Nothing | Offered::Fed(_) => true,
        Offered::Video(description) => description
            .media
            .iter()
            .any(|media| media.kind == Kind::Video),
    }
}

/// Whether that side has pictures in what it said last.
fn may_show(leg: &Leg) -> bool {
    Description::parse(&leg.sdp).map_or(true, |description| {
        let mut lines = description.media.iter();
        lines.any(|media| media.kind == Kind::Video && media.port != 0)
    })
}

/// The number of a subscriber of ours, or what the core vouches for.
fn number(who: &Caller, home: &Home) -> Option<E164> {
    match &who.whose {
        Whose::Subscriber(name) => home.subscribers.by_name(name)?.number.parse().ok(),
        Whose::CoreUser(_) | Whose::Core | Whose::Elsewhere => who.shown.uri.number()?.parse().ok(),
    }
}

/// The number that is called.
fn called(request: &Request, home: &Home) -> Option<E164> {
    match home.subscribers.find(&request.uri) {
        Some(subscriber) => subscriber.number.parse().ok(),
        None => request.uri.number()?.parse().ok(),
    }
}
