//! A device's INVITE, and the next one where the first came to nothing: RFC 3261 §13.2.1, RFC 3263
//! §4.3, RFC 5626 §7, RFC 3312 §11.

use sip::agent::{End, Invite};
use sip::message::Header;
use sip::time::Instant;

use super::branches::{Branch, BranchStage, Tries};
use super::refusals::Refusal;
use super::setup::{BREADTH, InvitePlan};
use super::shorter::shorten;
use super::{CallKey, Calls, contact, recording, sdp_body};
use crate::bridge::{BridgeId, Side};
use crate::switch::offer::{self, precondition::Preconditions};
use crate::switch::privacy::{self, Audience};
use crate::switch::route::{Access, Target};
use crate::switch::{ALLOW_IN_CALL, Desk, capability};

/// What the device may send inside the call, and how far it may fork.
fn what_is_understood(branch: &Branch) -> Vec<Header> {
    let mut headers = vec![Header::fixed("Allow", ALLOW_IN_CALL)];
    if branch.leg.access == Access::Browser {
        headers.push(recording::taken());
    }
    if branch.breadth != BREADTH {
        headers.push(Header::fixed("Max-Breadth", branch.breadth));
    }
    headers
}

impl Calls {
    /// The device's media is open, or our offer to it is written: it can be invited.
    pub(super) fn invite(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        body: Vec<u8>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let tags = self.calls.get(&key).map(|call| call.caller.tags);
        let tags = tags.unwrap_or_default();
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let InvitePlan {
            from,
            to,
            max_forwards,
            ..
        } = set_up.invite.clone();
        let asked = set_up.asked.headers.clone();
        let Some(branch) = set_up.branch(bridge) else {
            return;
        };
        let audience = match branch.leg.is_core() {
            true => Audience::Core,
            false => Audience::Device,
        };
        let presented = privacy::present(from, &asked, audience, &branch.headers);
        let mut headers = what_is_understood(branch);
        headers.extend(capability::wanted_by(&asked));
        headers.extend(presented.headers);
        headers.extend(branch.headers.iter().cloned());
        if branch.leg.is_core() {
            headers.extend(desk.guard.proofs_for_others(&asked).cloned());
        }
        let contact = tags.on(contact(desk, branch.leg.hop.transport));
        let mut invite = Invite {
            hop: branch.leg.hop,
            uri: branch.uri.clone(),
            from: presented.from,
            to,
            max_forwards,
            contact,
            route: branch.route.clone(),
            headers,
            body: None,
            credentials: None,
            answer_within: desk.policy.answer_within,
        };
        let body = match &mut branch.plain_offer {
            Some(offer) => {
                shorten(&mut invite, offer, audience, desk);
                offer.to_bytes()
            }
            None => body,
        };
        branch.leg.told = body.clone();
        invite.body = sdp_body(body);
        let handle = desk.agent.invite(invite, now);
        branch.leg.handle = Some(handle);
        branch.stage = BranchStage::Ringing;
        let whose = branch.leg.who.as_ref().map(|who| who.whose.clone());
        self.by_handle.insert(handle, (key, Side::Callee));
        if let (Some(whose), Some(call_id)) = (whose, desk.agent.call_id(handle)) {
            self.book.write((key, Side::Callee), &whose, call_id);
        }
    }

    /// Invites a device by the next of its addresses (RFC 3263 §4.3); false when there is none.
    pub(super) fn invite_elsewhere(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some(branch) = self.set_up(key).and_then(|set_up| set_up.branch(bridge)) else {
            return false;
        };
        let Some(hop) = branch.hops.pop_front() else {
            return false;
        };
        branch.leg.hop = hop;
        let body = branch.leg.told.clone();
        tracing::debug!(bridge = bridge.0, "invited by another address");
        self.invite(key, bridge, body, desk, now);
        true
    }

    /// Invites a plain device again that insists on preconditions (RFC 3312 §11); false when that
    /// was done, or it insists on something else.
    pub(super) fn invite_with_preconditions(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        end: &End,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let response = end.response.as_ref();
        let wants = response.is_some_and(|said| said.headers.lists("Require", "precondition"));
        let Some(branch) = self.set_up(key).and_then(|set_up| set_up.branch(bridge)) else {
            return false;
        };
        let Some(offer) = branch.plain_offer.as_mut() else {
            return false;
        };
        if !wants || Preconditions::of(offer).is_some() {
            return false;
        }
        Preconditions::to_offer().write(offer);
        offer.origin.version += 1;
        let body = offer.to_bytes();
        tracing::debug!(bridge = bridge.0, "invited again with preconditions");
        self.invite(key, bridge, body, desk, now);
        true
    }

    /// Invites a plain device again that refused the description; false when that was done, or is
    /// of no use.
    pub(super) fn invite_with_audio(
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
        if offer::audio(offer).is_some() {
            return false;
        }
        let offer = offer::with_silent_audio(offer);
        let body = offer.to_bytes();
        branch.plain_offer = Some(offer);
        branch.tries = Tries::WithAudio;
        tracing::debug!(bridge = bridge.0, "invited again with an audio line");
        self.invite(key, bridge, body, desk, now);
        true
    }

    /// Rings a device by its next flow, as if it was another one: what it had of this is over. False
    /// when it has no other, or no other can take the call.
    pub(super) fn ring_other_flow(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        end: &End,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some(set_up) = self.set_up(key) else {
            return false;
        };
        let has_own_bridge = set_up.reservation.is_none();
        if has_own_bridge && !set_up.media.is_open() {
            return false; // the caller has its description; nobody else could answer to it
        }
        let mut branches = set_up.branches.iter_mut();
        let Some(at) = branches.position(|of| of.bridge == bridge && !of.flows.is_empty()) else {
            return false;
        };
        let failed = set_up.branches.remove(at);
        let mut flows = failed.flows;
        let next = Target {
            flows: flows.split_off(1),
            ..flows.remove(0)
        };
        if let Some(refusal) = Refusal::of(end, false) {
            set_up.refused(refusal);
        }
        if has_own_bridge {
            self.close_bridge(bridge);
        }
        tracing::debug!(call = key.0, "rung by another flow");
        if let Some(bridge) = self.locate(key, next, failed.breadth, desk) {
            self.open_branch(key, bridge, desk, now);
        } else if self.set_up(key).is_some_and(|set_up| set_up.is_quiet()) {
            self.ring_next(key, desk, now);
        }
        true
    }
}
