//! Every way to a call's end.

use sip::agent::{CallHandle, End, EndedBy, Reply};
use sip::conference::Left;
use sip::message::{Reason, Status};
use sip::time::Instant;

use super::change::Change;
use super::refusals::Refusal;
use super::{Call, CallKey, Calls, Stage, reject};
use crate::bridge::BridgeId;
use crate::switch::Desk;
use crate::switch::offer::Reject;

/// How the legs that still stand are ended.
pub(super) enum Closing {
    /// The caller, not answered yet, gets this.
    Refuse(Refusal),
    Hangup(Option<Reason>),
}

impl Calls {
    /// One dialog is over; so is the call, unless others ring.
    pub(super) fn ended(
        &mut self,
        handle: CallHandle,
        end: &End,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((key, side)) = self.by_handle.remove(&handle) else {
            return self.newcomer_ended(handle, desk, now);
        };
        self.gaps.close(handle);
        tracing::info!(call = key.0, ?side, by = ?end.by, how = ?end.how, "leg ended");
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let rang = call.set_up().and_then(|set_up| set_up.rings_at(handle));
        for leg in call.legs_mut().filter(|leg| leg.handle == Some(handle)) {
            leg.handle = None;
        }
        match rang {
            Some(bridge) => self.branch_ended(key, bridge, end, desk, now),
            None if self.goes_on_without(key, side) => {}
            None if self.is_watched_without(key, side) => {
                self.callee_left(key, Left::Departed, desk, now);
            }
            None => self.end(key, &Closing::Hangup(why(end)), desk, now),
        }
    }

    /// Set-up failed on our side.
    pub(super) fn give_up(
        &mut self,
        key: CallKey,
        status: Status,
        why: &str,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        tracing::info!(call = key.0, %why, "call given up");
        self.end(key, &Closing::Refuse(Refusal::new(status)), desk, now);
    }

    /// Ends a call whose media cannot be bridged.
    pub(super) fn reject(
        &mut self,
        key: CallKey,
        error: &Reject,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        tracing::info!(call = key.0, %error, "call given up");
        self.end(key, &Closing::Refuse(Refusal::rejected(error)), desk, now);
    }

    /// Ends all calls (shutdown).
    pub fn drain(&mut self, desk: &mut Desk<'_>, now: Instant) {
        let calls: Vec<CallKey> = self.calls.keys().copied().collect();
        let reason = Reason::sip(Status::SERVICE_UNAVAILABLE, "Gateway is shutting down");
        for key in calls {
            self.end(key, &Closing::Hangup(Some(reason.clone())), desk, now);
        }
    }

    /// Bridges whose call, or whose branch of one, ended since this was asked last: their media is
    /// closed once the BYEs have left, so that the other side hears who ended the call before it
    /// sees its media gone.
    pub fn take_over(&mut self) -> Vec<BridgeId> {
        std::mem::take(&mut self.over)
    }

    pub(super) fn end(
        &mut self,
        key: CallKey,
        closing: &Closing,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(mut call) = self.calls.remove(&key) else {
            return;
        };
        self.made.over(&call.made_by);
        self.forget_its_time(key, call.until);
        self.audience_ended(key, &call, closing, desk, now);
        self.abandon_transfer(key, &mut call, desk, now);
        self.refuse_replacement(&mut call, desk, now);
        let caller = call.caller.handle.take();
        let others: Vec<CallHandle> = call.legs_mut().filter_map(|leg| leg.handle).collect();
        if let Some(handle) = caller {
            self.by_handle.remove(&handle);
            match (&call.stage, closing) {
                (Stage::SettingUp(_), Closing::Refuse(refusal)) => {
                    reject(desk, handle, refusal.reply(), now);
                }
                (Stage::SettingUp(_) | Stage::Established(_), _) => {
                    self.part(handle, closing.reason(), desk, now);
                }
            }
        }
        for handle in others {
            self.by_handle.remove(&handle);
            self.part(handle, closing.reason(), desk, now);
        }
        self.book.over(key, &call);
        for bridge in call.bridges() {
            self.close_bridge(bridge);
        }
        self.tickets.retain(|_, of| *of != key);
        self.updates.retain(|_, (of, _)| *of != key);
        self.fast_updates.retain(|_, (of, _)| *of != key);
        self.offers.retain(|_, of| *of != key);
        self.joining.retain(|_, of| *of != key);
        self.hanging_up.retain(|_, of| of.key != key);
        self.passed.retain(|_, passed| !passed.is_of(key));
        self.lose_partner(key, desk, now);
    }

    /// Nobody is left whose place could be taken (RFC 3891 §3).
    fn refuse_replacement(&mut self, call: &mut Call, desk: &mut Desk<'_>, now: Instant) {
        let Some((_, session)) = call.established() else {
            return;
        };
        let new = session.change.take().and_then(Change::into_new);
        if let Some(handle) = new.and_then(|(_, _, leg)| leg.handle) {
            reject(desk, handle, Reply::new(Status::DECLINE), now);
        }
    }

    pub(super) fn close_bridge(&mut self, bridge: BridgeId) {
        self.by_bridge.remove(&bridge);
        self.over.push(bridge);
    }
}

/// What the other side is told: the reason that was given, or how the dialog was found to be gone.
fn why(end: &End) -> Option<Reason> {
    let found = match (end.by, end.status) {
        (EndedBy::Timeout, _) => {
            let text = "The other side does not answer";
            Some(Reason::sip(Status::REQUEST_TIMEOUT, text))
        }
        (EndedBy::Peer, Some(status)) => Some(Reason::sip(status, "")),
        (EndedBy::Us | EndedBy::Peer | EndedBy::Transport, _) => None,
    };
    end.reason.clone().or(found)
}

impl Closing {
    /// How a watcher left whose call ended so.
    pub(super) fn left(&self) -> Left {
        match self.reason().and_then(|reason| reason.cause) {
            None | Some(200) => Left::Departed,
            Some(_) => Left::Failed,
        }
    }

    fn reason(&self) -> Option<Reason> {
        match self {
            Closing::Refuse(refusal) => Some(Reason::sip(refusal.status, "")),
            Closing::Hangup(reason) => reason.clone(),
        }
    }
}
