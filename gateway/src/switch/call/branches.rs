//! The devices that ring: one branch each, those of equal preference at once, the next ones when
//! all of these failed (RFC 3261 §16.6, RFC 5393 §5).

use std::collections::VecDeque;

use sip::agent::{CallHandle, End, How};
use sip::message::{Header, NameAddr, Reason, Status, Uri};
use sip::sdp::Description;
use sip::time::Instant;
use sip::transport::Hop;

use super::early::EarlyAnswer;
use super::redirect::redirection;
use super::refusals::Refusal;
use super::setup::SetUp;
use super::{CallKey, Calls, Closing, Leg, command, plain_end};
use crate::bridge::{BridgeId, Medium};
use crate::switch::Desk;
use crate::switch::destinations::{Found, Ticket};
use crate::switch::identity::Caller;
use crate::switch::offer;
use crate::switch::route::{Target, Way};

/// Devices that are rung for one call, one after the other or at once. A user has at most as many
/// as the registrar keeps; redirections lead no further.
pub(super) const MAX_BRANCHES: usize = 16;

/// One device that rings, or is about to.
pub(super) struct Branch {
    pub(super) bridge: BridgeId,
    pub(super) leg: Leg,
    /// Where else the device may be reached, in order (RFC 3263 §4.3).
    pub(super) hops: VecDeque<Hop>,
    /// Its other flows, the latest first (RFC 5626 §7).
    pub(super) flows: Vec<Target>,
    pub(super) uri: Uri,
    pub(super) route: Vec<NameAddr>,
    pub(super) headers: Vec<Header>,
    pub(super) breadth: u32,
    pub(super) stage: BranchStage,
    /// Our own offer, when the device is a plain peer and we wrote one.
    pub(super) plain_offer: Option<Description>,
    /// Our port of audio, when the device is a plain peer and there is audio.
    pub(super) audio_port: Option<u16>,
    /// What its dialogs said before the answer.
    pub(super) early: Vec<EarlyAnswer>,
    /// The tag of the dialog that described its media last.
    pub(super) latest_early: Option<String>,
    /// The description that its side of the bridge is connected to.
    pub(super) connected: Option<Vec<u8>>,
    pub(super) tries: Tries,
    /// Whether the device was told that our part of its preconditions is there.
    pub(super) told_ours: bool,
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

/// A device whose address is being looked up.
pub(super) struct Locating {
    pub(super) ticket: Ticket,
    pub(super) target: Target,
    breadth: u32,
}

/// How often a plain device was invited: once more, with a silent audio line, after a refusal of
/// video by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tries {
    VideoAlone,
    WithAudio,
}

/// Targets in the order in which they ring: those of equal preference together.
pub(super) fn groups(targets: Vec<Target>) -> VecDeque<Vec<Target>> {
    let mut groups: VecDeque<Vec<Target>> = VecDeque::new();
    for target in targets.into_iter().take(MAX_BRANCHES) {
        match groups.back_mut() {
            Some(group) if is_equal(&group[0], &target) => group.push(target),
            Some(_) | None => groups.push_back(vec![target]),
        }
    }
    groups
}

fn is_equal(one: &Target, other: &Target) -> bool {
    (one.preference, one.wanted) == (other.preference, other.wanted)
}

impl SetUp {
    /// The branch of that dialog.
    pub(super) fn rings_at(&self, handle: CallHandle) -> Option<BridgeId> {
        let mut branches = self.branches.iter();
        let found = branches.find(|branch| branch.leg.handle == Some(handle));
        found.map(|branch| branch.bridge)
    }

    /// Whether nothing rings and nothing is looked up.
    pub(super) fn is_quiet(&self) -> bool {
        self.branches.is_empty() && self.locating.is_empty()
    }

    pub(super) fn refused(&mut self, refusal: Refusal) {
        self.refusal = Some(match self.refusal.take() {
            Some(before) => before.or(refusal),
            None => refusal,
        });
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
        let Some(mut group) = set_up.groups.pop_front() else {
            let refusal = set_up.refusal.take();
            let refusal = refusal.unwrap_or(Refusal::new(Status::TEMPORARILY_UNAVAILABLE));
            tracing::info!(call = key.0, status = refusal.status.code(), "call refused");
            return self.end(key, &Closing::Refuse(refusal), desk, now);
        };
        // As many at once as the caller's Max-Breadth allows; the others come after them.
        let breadth = set_up.invite.breadth;
        let at_once = match set_up.reservation {
            Some(_) => 1, // there is one bridge for whoever takes the call
            None => group.len().min(breadth as usize),
        };
        let others = group.split_off(at_once);
        if !others.is_empty() {
            set_up.groups.push_front(others);
        }
        let shares = shares(breadth, at_once as u32);
        let room = MAX_BRANCHES.saturating_sub(set_up.branches.len());
        let ringing: Vec<(Target, u32)> = group.into_iter().zip(shares).take(room).collect();
        let mut opened = Vec::new();
        for (target, breadth) in ringing {
            opened.extend(self.locate(key, target, breadth, desk));
        }
        if opened.is_empty() && self.set_up(key).is_some_and(|set_up| set_up.is_quiet()) {
            return self.ring_next(key, desk, now);
        }
        // All branches stand before the first can fail, so that none is taken for the last.
        for bridge in opened {
            self.open_branch(key, bridge, desk, now);
        }
    }

    /// Finds a device's address; gives its branch when that is known at once.
    pub(super) fn locate(
        &mut self,
        key: CallKey,
        target: Target,
        breadth: u32,
        desk: &mut Desk<'_>,
    ) -> Option<BridgeId> {
        let set_up = self.set_up(key)?;
        set_up.tried.push(target.uri.clone());
        let found = match &target.way {
            Way::Hop(hop) => Found::Now(vec![*hop]),
            Way::Find(uri) => desk.find(uri),
            Way::Number(number) => match desk.enumerate(number) {
                Some(ticket) => Found::Later(ticket),
                None => Found::Nowhere,
            },
        };
        let hops = match found {
            Found::Now(hops) => hops,
            Found::Later(ticket) => {
                set_up.locating.push(Locating {
                    ticket,
                    target,
                    breadth,
                });
                self.tickets.insert(ticket, key);
                return None;
            }
            Found::Nowhere => Vec::new(),
        };
        let branch = self.add_branch(key, target, breadth, hops);
        if branch.is_none()
            && let Some(set_up) = self.set_up(key)
        {
            set_up.refused(Refusal::new(Status::SERVICE_UNAVAILABLE));
        }
        branch
    }

    /// The look-up under that ticket is through.
    pub(in crate::switch) fn located(
        &mut self,
        ticket: Ticket,
        hops: Vec<Hop>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(key) = self.tickets.remove(&ticket) else {
            return;
        };
        if self.session(key).is_some() {
            return self.target_located(key, ticket, hops, desk, now);
        }
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let mut locating = set_up.locating.iter();
        let Some(at) = locating.position(|locating| locating.ticket == ticket) else {
            return;
        };
        let Locating {
            target, breadth, ..
        } = set_up.locating.remove(at);
        match self.add_branch(key, target, breadth, hops) {
            Some(bridge) => self.open_branch(key, bridge, desk, now),
            None => self.refused(key, Refusal::new(Status::SERVICE_UNAVAILABLE), desk, now),
        }
    }

    fn add_branch(
        &mut self,
        key: CallKey,
        target: Target,
        breadth: u32,
        hops: Vec<Hop>,
    ) -> Option<BridgeId> {
        let mut hops = VecDeque::from(hops);
        let hop = hops.pop_front()?;
        let reserved = self.set_up(key)?.reservation.as_ref().map(|of| of.bridge);
        let bridge = reserved.unwrap_or_else(|| self.next_bridge());
        tracing::info!(call = key.0, bridge = bridge.0, to = ?target.whose, "ringing");
        let set_up = self.set_up(key)?;
        let mut leg = Leg::new(hop, target.access);
        leg.address = Some(target.uri.clone());
        leg.who = Some(Caller {
            whose: target.whose,
            shown: set_up.invite.to.clone(),
        });
        set_up.branches.push(Branch {
            bridge,
            leg,
            hops,
            flows: target.flows,
            uri: target.uri,
            route: target.route,
            headers: target.headers,
            breadth,
            stage: BranchStage::Opening,
            plain_offer: None,
            audio_port: None,
            early: Vec::new(),
            latest_early: None,
            connected: None,
            tries: Tries::VideoAlone,
            told_ours: false,
        });
        self.by_bridge.insert(bridge, key);
        Some(bridge)
    }

    pub(super) fn open_branch(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let (caller, sdp) = (call.caller.access, call.caller.sdp.clone());
        let Some(set_up) = call.set_up() else {
            return;
        };
        let Some(access) = set_up.branch(bridge).map(|branch| branch.leg.access) else {
            return;
        };
        match set_up.offered.first_steps(caller, access) {
            Ok(steps) if steps.is_empty() => self.invite(key, bridge, sdp, desk, now),
            Ok(steps) => {
                for first in steps {
                    command(desk, bridge, first);
                }
            }
            Err(error) => {
                tracing::debug!(bridge = bridge.0, %error, "not rung");
                self.branch_failed(key, bridge, Refusal::rejected(&error), desk, now);
            }
        }
    }

    /// A plain device's ports are open: our offer to it can be written.
    pub(super) fn plain_callee_opened(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        (medium, port): (Medium, u16),
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
        let Some(branch) = set_up.branch(bridge) else {
            return;
        };
        if medium == Medium::Audio {
            branch.audio_port = Some(port);
        }
        let audio_port = branch.audio_port;
        if medium == Medium::Audio && set_up.offered.has_video() {
            return; // the ports of video follow
        }
        let written = set_up.offered.plain_offer(caller, end, audio_port);
        let Some(branch) = set_up.branch(bridge) else {
            return;
        };
        match written {
            Ok(mut offer) => {
                desk.peers.fit(&branch.uri, &mut offer);
                if desk.known_peers.has_h263_alone(&branch.uri, now) {
                    offer::without_h264(&mut offer);
                }
                let body = offer.to_bytes();
                branch.plain_offer = Some(offer);
                self.invite(key, bridge, body, desk, now);
            }
            Err(error) => {
                tracing::debug!(bridge = bridge.0, %error, "not rung");
                self.branch_failed(key, bridge, Refusal::rejected(&error), desk, now);
            }
        }
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
        let again = match end.how {
            How::Refused(Status::NOT_ACCEPTABLE_HERE) => {
                self.invite_with_audio(key, bridge, desk, now)
            }
            How::Refused(Status::EXTENSION_REQUIRED) => {
                self.invite_with_preconditions(key, bridge, end, desk, now)
            }
            How::Refused(Status::SERVICE_UNAVAILABLE) | How::NoResponse | How::FlowLost => {
                self.invite_elsewhere(key, bridge, desk, now)
                    || self.ring_other_flow(key, bridge, end, desk, now)
            }
            How::Refused(Status::FLOW_FAILED) => self.ring_other_flow(key, bridge, end, desk, now),
            How::Refused(_)
            | How::NoAnswer
            | How::Overloaded
            | How::Bye
            | How::Cancelled
            | How::NoAck
            | How::DialogLost
            | How::SessionExpired => false,
        };
        if again {
            return;
        }
        if let Some(response) = redirection(end) {
            self.redirect(key, response, desk, now);
        }
        let mut branches = self.set_up(key).into_iter().flat_map(|of| &of.branches);
        let branch = branches.find(|branch| branch.bridge == bridge);
        let by_core = branch.is_some_and(|branch| branch.leg.is_core());
        let refusal = Refusal::of(end, by_core);
        let meant = |refusal: &Refusal| desk.peers.meant(&branch?.uri, refusal.status);
        let meant = refusal.as_ref().and_then(meant);
        match meant.map(Refusal::new).or(refusal) {
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
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        set_up.branches.retain(|branch| branch.bridge != bridge);
        if set_up.reservation.is_none() {
            if !set_up.media.is_open() {
                // The caller has its description; no other device could answer to it.
                set_up.groups.clear();
            }
            self.close_bridge(bridge);
        }
        self.refused(key, refusal, desk, now);
    }

    /// Remembers a refusal; one of a 6xx speaks for all (RFC 3261 §16.7 step 5).
    fn refused(&mut self, key: CallKey, refusal: Refusal, desk: &mut Desk<'_>, now: Instant) {
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let text = refusal.text.as_deref().unwrap_or_default();
        let reason = Reason::sip(refusal.status, text);
        let is_global = refusal.is_global();
        set_up.refused(refusal);
        if is_global {
            self.cancel_others(key, None, &reason, desk, now);
        }
        if self.set_up(key).is_some_and(|set_up| set_up.is_quiet()) {
            self.ring_next(key, desk, now);
        }
    }

    /// Ends all branches but one, and what would ring after them.
    pub(super) fn cancel_others(
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
        set_up.groups.clear();
        let reserved = set_up.reservation.as_ref().map(|of| of.bridge);
        let locating = std::mem::take(&mut set_up.locating);
        let is_other = |branch: &mut Branch| Some(branch.bridge) != but;
        let others: Vec<Branch> = set_up.branches.extract_if(.., is_other).collect();
        for other in locating {
            self.tickets.remove(&other.ticket);
        }
        for other in others {
            if let Some(handle) = other.leg.handle {
                self.by_handle.remove(&handle);
                desk.agent.hang_up(handle, Some(reason.clone()), now);
            }
            if reserved != Some(other.bridge) {
                self.close_bridge(other.bridge);
            }
        }
    }
}

/// How a breadth is split among so many (RFC 5393 §5.3.3.1).
fn shares(breadth: u32, among: u32) -> impl Iterator<Item = u32> {
    let (each, left) = (breadth / among.max(1), breadth % among.max(1));
    (0..among).map(move |at| each + u32::from(at < left))
}
