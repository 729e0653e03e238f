//! The devices that ring: one branch each, those of equal preference at once (RFC 3261 §16.6).

use std::collections::VecDeque;

use sip::agent::{CallHandle, End, How, Invite, Reason, Reply};
use sip::message::{Header, Response, Status, Uri, Value};
use sip::sdp::{self, Description};
use sip::time::Instant;

use super::refusals::Refusal;
use super::setup::{Agreed, AgreedWith, InvitePlan, SetUp};
use super::{
    CallKey, Calls, Closing, Info, Leg, command, contact, plain_end, sdp_body, sdp_of, step,
};
use crate::bridge::web_leg::WebCodec;
use crate::bridge::{BridgeCommand, BridgeId, Side, Step};
use crate::switch::Desk;
use crate::switch::offer::{self, Reject};
use crate::switch::route::{Access, Target, Way};

/// Devices that are rung for one call, one after the other or at once. A user has at most as many
/// as the registrar keeps.
pub(super) const MAX_BRANCHES: usize = 16;

/// One device that rings, or is about to.
pub(super) struct Branch {
    pub(super) bridge: BridgeId,
    pub(super) leg: Leg,
    uri: Uri,
    pub(super) stage: BranchStage,
    /// Our own offer, when the device is a plain peer and we wrote one.
    plain_offer: Option<Description>,
    tries: Tries,
}

/// How far a branch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BranchStage {
    /// Its media is being opened.
    Opening,
    /// It has the INVITE.
    Ringing,
    /// It answered, and no other branch is left.
    Answered,
}

/// How often a plain device was invited: once more, with a silent audio line, after a refusal of
/// video by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tries {
    VideoAlone,
    WithAudio,
}

/// Targets in the order in which they ring: those of equal preference together.
pub(super) fn groups(targets: Vec<Target>) -> VecDeque<Vec<Target>> {
    let mut groups: VecDeque<Vec<Target>> = VecDeque::new();
    for target in targets.into_iter().take(MAX_BRANCHES) {
        match groups.back_mut() {
            Some(group) if group[0].preference == target.preference => group.push(target),
            Some(_) | None => groups.push_back(vec![target]),
        }
    }
    groups
}

impl SetUp {
    /// The branch of that dialog.
    pub(super) fn rings_at(&self, handle: CallHandle) -> Option<BridgeId> {
        let mut branches = self.branches.iter();
        let found = branches.find(|branch| branch.leg.handle == Some(handle));
        found.map(|branch| branch.bridge)
    }

    pub(super) fn branch(&mut self, bridge: BridgeId) -> Option<&mut Branch> {
        let mut branches = self.branches.iter_mut();
        branches.find(|branch| branch.bridge == bridge)
    }
}

impl Calls {
    /// Rings the next devices; when there are none left, the caller is told why.
    pub(super) fn ring_next(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        if let Some(group) = set_up.groups.pop_front() {
            for target in group {
                self.open_branch(key, target, desk, now);
            }
            return;
        }
        let refusal = set_up.refusal.take();
        let refusal = refusal.unwrap_or(Refusal::new(Status::TEMPORARILY_UNAVAILABLE));
        tracing::info!(call = key.0, status = refusal.status.code(), "call refused");
        self.end(key, &Closing::Refuse(refusal), desk, now);
    }

    fn open_branch(&mut self, key: CallKey, target: Target, desk: &mut Desk<'_>, now: Instant) {
        let bridge = self.next_bridge();
        let Way::Hop(hop) = target.way else {
            let nowhere = Refusal::new(Status::SERVICE_UNAVAILABLE);
            return self.branch_failed(key, bridge, nowhere, desk, now);
        };
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let caller = call.caller.access;
        let Some(set_up) = call.set_up() else {
            return;
        };
        let branch = Branch {
            bridge,
            leg: Leg::new(hop, target.access),
            uri: target.uri,
            stage: BranchStage::Opening,
            plain_offer: None,
            tries: Tries::VideoAlone,
        };
        let side = Side::Callee;
        let first = match (caller, branch.leg.access) {
            (Access::Plain, Access::Plain) => Ok(First::Invite),
            (Access::Browser, Access::Plain) => set_up
                .offered
                .check_bridged(caller)
                .map(|()| First::Open(BridgeCommand::OpenPlain { side })),
            (Access::Browser | Access::Plain, Access::Browser) => {
                set_up.offered.web_offer(caller).map(First::Open)
            }
        };
        tracing::info!(call = key.0, bridge = bridge.0, to = ?target.whose, "ringing");
        set_up.branches.push(branch);
        self.by_bridge.insert(bridge, key);
        match first {
            Ok(First::Open(first)) => command(desk, bridge, first),
            Ok(First::Invite) => {
                let sdp = self.calls.get(&key).map(|call| call.caller.sdp.clone());
                self.invite(key, bridge, sdp.unwrap_or_default(), desk, now);
            }
            Err(error) => {
                tracing::debug!(bridge = bridge.0, %error, "not rung");
                self.branch_failed(key, bridge, Refusal::new(error.status()), desk, now);
            }
        }
    }

    /// The device's media is open, or our offer to it is written: it can be invited.
    pub(super) fn invite(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        body: Vec<u8>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let InvitePlan {
            from,
            to,
            max_forwards,
        } = set_up.invite.clone();
        let Some(branch) = set_up.branch(bridge) else {
            return;
        };
        let identity = Header {
            name: Header::fixed("P-Asserted-Identity", "").name,
            value: Value::from(from.to_string()),
        };
        branch.leg.told = body.clone();
        let invite = Invite {
            hop: branch.leg.hop,
            uri: branch.uri.clone(),
            from,
            to,
            max_forwards,
            contact: contact(desk, branch.leg.hop.transport),
            route: Vec::new(),
            headers: vec![identity],
            body: sdp_body(body),
            credentials: None,
            answer_within: desk.policy.answer_within,
        };
        let handle = desk.agent.invite(invite, now);
        branch.leg.handle = Some(handle);
        branch.stage = BranchStage::Ringing;
        self.by_handle.insert(handle, (key, Side::Callee));
    }

    /// A plain device's ports are open: our offer to it can be written.
    pub(super) fn plain_callee_opened(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        port: u16,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let end = plain_end(desk, bridge, port);
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let caller = call.caller.access;
        let Some(set_up) = call.set_up() else {
            return;
        };
        let written = set_up.offered.plain_offer(caller, end);
        let Some(branch) = set_up.branch(bridge) else {
            return;
        };
        match written {
            Ok(offer) => {
                let body = offer.to_bytes();
                branch.plain_offer = Some(offer);
                self.invite(key, bridge, body, desk, now);
            }
            Err(error) => {
                self.branch_failed(key, bridge, Refusal::new(error.status()), desk, now);
            }
        }
    }

    pub(super) fn progress(
        &mut self,
        handle: CallHandle,
        response: &Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((key, Side::Callee)) = self.find(handle) else {
            return;
        };
        let caller = self.calls.get(&key).map(|call| &call.caller);
        let Some((caller, transport)) =
            caller.and_then(|leg| Some((leg.handle?, leg.hop.transport)))
        else {
            return;
        };
        let passed = Reply::new(response.status).with_contact(contact(desk, transport));
        if let Err(error) = desk.agent.progress(caller, passed, now) {
            tracing::debug!(%error, "progress not passed on");
        }
    }

    /// The first device that answers has the call; the others are told so.
    pub(super) fn answered(
        &mut self,
        handle: CallHandle,
        response: &Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((key, Side::Callee)) = self.find(handle) else {
            return;
        };
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let Some(bridge) = set_up.rings_at(handle) else {
            return;
        };
        set_up.groups.clear();
        let elsewhere = Reason::sip(Status::OK, "Call completed elsewhere");
        self.cancel_others(key, Some(bridge), &elsewhere, desk, now);
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let is_direct = call.caller.access == Access::Plain;
        let Some(branch) = call.set_up().and_then(|set_up| set_up.branch(bridge)) else {
            return;
        };
        branch.stage = BranchStage::Answered;
        branch.leg.sdp = sdp_of(response.content("application/sdp"));
        branch.leg.info = Info::of(&response.headers);
        match branch.leg.access {
            Access::Browser => {
                let answer = String::from_utf8_lossy(&branch.leg.sdp).into_owned();
                let side = Side::Callee;
                step(desk, bridge, Step::WebAccept { side, answer });
            }
            Access::Plain if is_direct => {
                let body = branch.leg.sdp.clone();
                self.accept(key, body, desk, now);
            }
            Access::Plain => self.plain_answered(key, bridge, desk, now),
        }
    }

    fn plain_answered(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(branch) = self.set_up(key).and_then(|set_up| set_up.branch(bridge)) else {
            return;
        };
        let offer = branch.plain_offer.as_ref();
        let agreement = offer
            .ok_or(Reject::NoDescription)
            .and_then(|offer| offer::read_plain_answer(offer, &branch.leg.sdp));
        match agreement {
            Ok(agreement) => {
                let plan = agreement.plan.clone();
                let side = Side::Callee;
                step(desk, bridge, Step::PlainConnect { side, plan });
                let agreed = Agreed {
                    direction: agreement.direction,
                    with: AgreedWith::Plain(Box::new(agreement)),
                };
                self.answer_caller(key, bridge, agreed, desk, now);
            }
            Err(error) => self.give_up(key, error.status(), &error.to_string(), desk, now),
        }
    }

    /// The answer of a browser was taken.
    pub(super) fn web_accepted(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        codec: WebCodec,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(branch) = self.set_up(key).and_then(|set_up| set_up.branch(bridge)) else {
            return;
        };
        let direction = Description::parse(&branch.leg.sdp)
            .ok()
            .and_then(|answer| Some(answer.direction_of(offer::video(&answer)?)))
            .unwrap_or(sdp::Direction::Inactive);
        let agreed = Agreed {
            direction,
            with: AgreedWith::Browser(codec),
        };
        self.answer_caller(key, bridge, agreed, desk, now);
    }

    /// A device's INVITE is over without an answer, or its answered dialog is.
    pub(super) fn branch_ended(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        end: &End,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if end.how == How::Refused(Status::NOT_ACCEPTABLE_HERE)
            && self.invite_with_audio(key, bridge, desk, now)
        {
            return;
        }
        match Refusal::of(end) {
            Some(refusal) => self.branch_failed(key, bridge, refusal, desk, now),
            None => self.end(key, &Closing::Hangup(end.reason.clone()), desk, now),
        }
    }

    /// One device will not take the call. The others go on ringing, then the next ones do.
    pub(super) fn branch_failed(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        refusal: Refusal,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        self.close_bridge(bridge);
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        set_up.branches.retain(|branch| branch.bridge != bridge);
        let is_global = refusal.is_global();
        let reason = Reason::sip(refusal.status, refusal.text.as_deref().unwrap_or_default());
        set_up.refusal = Some(match set_up.refusal.take() {
            Some(before) => before.or(refusal),
            None => refusal,
        });
        if is_global {
            set_up.groups.clear();
            self.cancel_others(key, None, &reason, desk, now);
        }
        let rings = self
            .set_up(key)
            .is_some_and(|set_up| !set_up.branches.is_empty());
        if !rings {
            self.ring_next(key, desk, now);
        }
    }

    /// Ends all branches but one.
    fn cancel_others(
        &mut self,
        key: CallKey,
        but: Option<BridgeId>,
        reason: &Reason,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let is_other = |branch: &mut Branch| Some(branch.bridge) != but;
        let others: Vec<Branch> = set_up.branches.extract_if(.., is_other).collect();
        for other in others {
            if let Some(handle) = other.leg.handle {
                self.by_handle.remove(&handle);
                desk.agent.hang_up(handle, Some(reason.clone()), now);
            }
            self.close_bridge(other.bridge);
        }
    }

    /// Invites a plain device again that refused the description; false when that was done, or is
    /// of no use.
    fn invite_with_audio(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some(branch) = self.set_up(key).and_then(|set_up| set_up.branch(bridge)) else {
            return false;
        };
        let (Some(offer), Tries::VideoAlone) = (&branch.plain_offer, branch.tries) else {
            return false;
        };
        let offer = offer::with_silent_audio(offer);
        let body = offer.to_bytes();
        branch.plain_offer = Some(offer);
        branch.tries = Tries::WithAudio;
        tracing::debug!(bridge = bridge.0, "invited again with an audio line");
        self.invite(key, bridge, body, desk, now);
        true
    }
}

/// What has to be done first for a branch.
enum First {
    Open(BridgeCommand),
    /// Two plain peers: the callee gets the caller's own offer.
    Invite,
}
