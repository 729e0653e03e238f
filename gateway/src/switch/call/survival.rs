//! What becomes of calls whose connection is lost or replaced (RFC 5626): for a grace the other
//! side knows nothing of it, and a device that comes back as the same instance takes its calls
//! along.

use sip::agent::{CallHandle, Reply, ServerRequestId};
use sip::message::{Reason, Status, Text};
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use super::ending::Closing;
use super::gaps::{Due, Missing};
use super::{Call, CallKey, Calls, Leg};
use crate::bridge::{LostCause, Side};
use crate::switch::Desk;

impl Calls {
    /// A connection under a call is gone. A call that is not answered goes with it.
    pub(super) fn flow_lost(
        &mut self,
        handle: CallHandle,
        flow: FlowId,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((key, side)) = self.find(handle) else {
            return;
        };
        let Some(call) = self.calls.get(&key) else {
            return;
        };
        if !call.leg(side).is_some_and(|leg| uses(leg, flow)) {
            return;
        }
        if call.session().is_some() {
            tracing::info!(
                call = key.0,
                ?side,
                "connection lost; the call waits for it"
            );
            let until = now + desk.policy.call_grace;
            self.gaps.open(handle, Missing::Connection(flow), until);
        } else {
            let reason = Reason::sip(Status::TEMPORARILY_UNAVAILABLE, "Connection lost");
            self.end(key, &Closing::Hangup(Some(reason)), desk, now);
        }
    }

    /// A device came back over another connection: its calls go on there, and it hears of those
    /// that ended meanwhile.
    pub fn flow_moved(&mut self, from: FlowId, to: Hop, desk: &mut Desk<'_>, now: Instant) {
        for handle in desk.agent.calls_on(from) {
            let Some((key, _)) = self.find(handle) else {
                continue;
            };
            let call = self.calls.get_mut(&key);
            let mut legs = call.into_iter().flat_map(Call::legs_mut);
            let leg = legs.find(|leg| leg.handle == Some(handle) && uses(leg, from));
            if let Some(leg) = leg {
                leg.hop = to;
                desk.agent.move_call(handle, to);
                self.gaps.reconnected(handle);
            }
        }
        for farewell in self.gaps.farewells(from) {
            desk.agent.move_call(farewell.handle, to);
            desk.agent.hang_up(farewell.handle, farewell.reason, now);
        }
    }

    /// Nothing comes from that side any more: the end, unless a browser may find another way.
    pub(super) fn media_lost(
        &mut self,
        key: CallKey,
        side: Side,
        cause: LostCause,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        tracing::info!(call = key.0, ?side, ?cause, "media lost");
        let text = match cause {
            LostCause::Unreachable => return self.pictures_lost(key, side, desk, now),
            LostCause::Silent | LostCause::Closed | LostCause::Unprotected
                if self.goes_on_without(key, side) =>
            {
                return self.note_media_lost(key);
            }
            LostCause::Silent | LostCause::Closed | LostCause::Unprotected
                if self.is_watched_without(key, side) =>
            {
                let reason = Reason::sip(Status::REQUEST_TIMEOUT, "Media lost");
                return self.part_from_callee(key, Some(reason), desk, now);
            }
            LostCause::Silent => "No media for 20 seconds",
            LostCause::Closed => "Connection of the browser lost",
            LostCause::Unprotected => "No protection of media in common with the browser",
        };
        let reason = Reason::sip(Status::REQUEST_TIMEOUT, text);
        self.end(key, &Closing::Hangup(Some(reason)), desk, now);
    }

    fn pictures_lost(&mut self, key: CallKey, side: Side, desk: &Desk<'_>, now: Instant) {
        let leg = self.calls.get(&key).and_then(|call| call.leg(side));
        if let Some(handle) = leg.and_then(|leg| leg.handle) {
            let until = now + desk.policy.call_grace;
            self.gaps.open(handle, Missing::Pictures, until);
        }
    }

    /// The browser is there, or there again.
    pub(super) fn pictures_pass(&mut self, key: CallKey, side: Side) {
        let leg = self.calls.get(&key).and_then(|call| call.leg(side));
        if let Some(handle) = leg.and_then(|leg| leg.handle) {
            self.gaps.pictures_pass(handle);
        }
    }

    pub fn handle_timeout(&mut self, desk: &mut Desk<'_>, now: Instant) {
        while let Some(due) = self.gaps.pop_due(now) {
            match due {
                Due::Leg(handle) => {
                    let Some((key, side)) = self.find(handle) else {
                        continue;
                    };
                    tracing::info!(call = key.0, ?side, "the leg did not come back");
                    let text = "Connection of the browser lost";
                    let reason = Reason::sip(Status::REQUEST_TIMEOUT, text);
                    self.go_on_without((key, side, handle), reason, desk, now);
                }
                // Nobody is there to hear it: the agent forgets the dialog.
                Due::Farewell(_, handle) => desk.agent.hang_up(handle, None, now),
            }
        }
        self.end_the_longest(desk, now);
        self.end_unwatched(desk, now);
    }

    /// Whoever is at that end may not be here any more.
    pub fn turn_out(&mut self, handle: CallHandle, desk: &mut Desk<'_>, now: Instant) {
        if let Some((key, side)) = self.find(handle) {
            tracing::info!(call = key.0, ?side, "turned out");
            let reason = Reason::sip(Status::FORBIDDEN, "Signed out");
            self.go_on_without((key, side, handle), reason, desk, now);
        }
    }

    /// One end is gone for good: others who watch go on, else that is the end.
    fn go_on_without(
        &mut self,
        (key, side, handle): (CallKey, Side, CallHandle),
        reason: Reason,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if self.goes_on_without(key, side) {
            self.leave(key, side, handle, desk, now);
        } else if self.is_watched_without(key, side) {
            self.part_from_callee(key, None, desk, now);
        } else {
            self.end(key, &Closing::Hangup(Some(reason)), desk, now);
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let gaps = self.gaps.poll_timeout();
        let longest = self.longest.poll_timeout();
        [gaps, longest, self.unwatched_at()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Ends a leg: at once, or when it can hear it.
    pub(super) fn part(
        &mut self,
        handle: CallHandle,
        reason: Option<Reason>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        match self.gaps.close(handle) {
            Some(gap) => self.gaps.tell_later(handle, reason, gap),
            None => desk.agent.hang_up(handle, reason, now),
        }
    }

    /// The answer to a request in a call that came by a connection which is not its leg's, so that
    /// nobody takes a call over who knows its tags.
    pub(super) fn of_a_stranger(
        &self,
        id: ServerRequestId,
        handle: CallHandle,
        desk: &Desk<'_>,
    ) -> Option<Reply> {
        let (key, side) = self.find(handle)?;
        let leg = self.calls.get(&key)?.leg(side)?;
        let by = desk.agent.hop_of(id)?;
        let strange = is_pinned(leg.hop.transport) && by.flow != leg.hop.flow;
        strange.then(|| Reply {
            reason: Some(Text::from("Register First")),
            ..Reply::new(Status::FORBIDDEN)
        })
    }
}

/// Whether requests of that peer come by its own connection and no other: a page has no address to
/// send from. A phone may open another connection, or change its port, in the middle of a call.
fn is_pinned(transport: Transport) -> bool {
    match transport {
        Transport::Ws | Transport::Wss => true,
        Transport::Udp | Transport::Tcp | Transport::Tls => false,
    }
}

/// The flow a leg's messages take.
fn uses(leg: &Leg, flow: FlowId) -> bool {
    leg.hop.flow == flow && leg.hop.transport != Transport::Udp
}
