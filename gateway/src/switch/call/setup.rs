//! From the caller's INVITE to the devices it is for: RFC 3261 §13.3, RFC 7092 §3.1.

use std::collections::VecDeque;

use sip::agent::{CallHandle, Reply};
use sip::message::{NameAddr, Request, Status, Uri};
use sip::time::Instant;
use sip::transport::Hop;

use super::branches::{self, Branch, BranchStage, Locating};
use super::caller::CallerMedia;
use super::offered::Offered;
use super::refusals::Refusal;
use super::reserve::Reservation;
use super::{
    Call, CallKey, Calls, Info, Leg, Recorder, Refer, Stage, beside, made, reject, request_sdp,
};
use crate::bridge::{BridgeError, BridgeId, BridgeReply, Side};
use crate::switch::budget::{self, Full, SETTLING, Work};
use crate::switch::identity::Caller;
use crate::switch::route::{self, Access, Target};
use crate::switch::{Desk, capability, identity, privacy};

/// A call that is not answered yet: the caller waits, devices ring.
pub(super) struct SetUp {
    pub(super) work: Work,
    pub(super) offered: Offered,
    pub(super) invite: InvitePlan,
    /// The caller's INVITE, without its body, and who sent it: where a redirection leads is for
    /// them to be allowed.
    pub(super) asked: Request,
    pub(super) who: Caller,
    /// Devices that do not ring yet, the next ones first.
    pub(super) groups: VecDeque<Vec<Target>>,
    /// Devices whose address is being looked up.
    pub(super) locating: Vec<Locating>,
    /// Devices that ring; after the first answer only that one.
    pub(super) branches: Vec<Branch>,
    /// Every Request-URI so far, so that no redirection goes in circles.
    pub(super) tried: Vec<Uri>,
    /// The best of the refusals so far.
    pub(super) refusal: Option<Refusal>,
    pub(super) media: CallerMedia,
    /// Our port of audio towards a plain caller.
    pub(super) audio_port: Option<u16>,
    /// What a caller was answered before anybody rings.
    pub(super) reservation: Option<Reservation>,
    /// The last provisional response that the caller got.
    pub(super) told: Option<Status>,
    /// Two plain peers: the callee's description that the caller has in a reliable response, or in
    /// what followed it.
    pub(super) told_media: Option<Vec<u8>>,
    /// A caller that offered nothing gave its answer before the 200.
    pub(super) answered_early: bool,
}

/// What every device's INVITE has in common.
#[derive(Debug, Clone)]
pub(super) struct InvitePlan {
    pub(super) from: NameAddr,
    pub(super) to: NameAddr,
    /// One less than the caller's (RFC 3261 §16.6 step 3): a call that comes back to us ends.
    pub(super) max_forwards: Option<u8>,
    /// How many may ring at once, here and wherever they fork on (RFC 5393 §5).
    pub(super) breadth: u32,
}

/// What an INVITE without Max-Breadth may be forked to (RFC 5393 §5.3.3.1).
pub(super) const BREADTH: u32 = 60;

/// RFC 5393 §5.4.
const MAX_BREADTH_EXCEEDED: Status = match Status::new(440) {
    Some(status) => status,
    None => Status::LOOP_DETECTED,
};

/// What a caller is reached by.
fn address_of(request: &Request) -> Option<Uri> {
    let contact = request.headers.contact.first();
    contact.map(|contact| contact.uri.clone())
}

impl Calls {
    pub(super) fn incoming(
        &mut self,
        handle: CallHandle,
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if Calls::is_for_several(request) {
            return self.list_invited(handle, hop, request, desk, now);
        }
        if route::access(hop.transport) == Access::Plain {
            desk.peers.hear_request(request, desk.counters);
        }
        let set_up = match self.admit(hop, request, desk, now) {
            Ok(set_up) => set_up,
            Err(refusal) => {
                tracing::info!(status = refusal.status.code(), "call refused");
                return reject(desk, handle, *refusal, now);
            }
        };
        let mut caller = Leg::new(hop, set_up.offered.access(hop));
        caller.handle = Some(handle);
        caller.address = address_of(request);
        caller.who = Some(set_up.who.clone());
        caller.hides = privacy::is_wished(&request.headers);
        caller.sdp = request_sdp(request);
        caller.info = Info::of(&request.headers);
        caller.recorder = Recorder::of(&request.headers);
        caller.refer = Refer::of(&request.headers);
        caller.tags = capability::tags_of(&request.headers);
        let key = self.begin(caller, set_up, now);
        self.by_handle.insert(handle, (key, Side::Caller));
        let call_id = &request.headers.call_id;
        if let Some(who) = self
            .calls
            .get(&key)
            .and_then(|call| call.caller.who.as_ref())
        {
            self.book.write((key, Side::Caller), &who.whose, call_id);
        }
        self.may_be_joined(key, request, desk);
        if !self.reserve(key, desk) {
            self.ring_next(key, desk, now);
        }
    }

    /// A call that is taken; nobody rings yet.
    pub(super) fn begin(&mut self, caller: Leg, set_up: SetUp, now: Instant) -> CallKey {
        let made_by = set_up.who.whose.clone();
        self.made.begun(&made_by);
        let work = set_up.work;
        let stage = Stage::SettingUp(Box::new(set_up));
        self.last_key += 1;
        let key = CallKey(self.last_key);
        tracing::info!(call = key.0, "call");
        let call = Call {
            made_by,
            work,
            begun: now,
            until: None,
            caller,
            stage,
        };
        self.calls.insert(key, call);
        key
    }

    /// Whether a call is taken, and where it goes; else what its caller is answered.
    fn admit(
        &self,
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<SetUp, Box<Reply>> {
        self.has_room(request, desk)?;
        let who = identity::caller(desk, &hop, request, now)?;
        if !self
            .made
            .has_room(&who.whose, desk.policy.limits.calls_per_user)
        {
            desk.counters.calls_too_many.count();
            return Err(made::too_many());
        }
        let offered = Offered::read(request);
        let offered = offered.map_err(|status| Box::new(Reply::new(status)));
        self.placed_if((hop, who), offered, request, desk, now)
    }

    /// The same for somebody who is known, and may make the call.
    pub(super) fn placed(
        &self,
        by: (Hop, Caller),
        offered: Offered,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<SetUp, Box<Reply>> {
        self.has_room(request, desk)?;
        self.placed_if(by, Ok(offered), request, desk, now)
    }

    /// Whether there is a place for one more call, and it has not come round in a circle.
    fn has_room(&self, request: &Request, desk: &Desk<'_>) -> Result<(), Box<Reply>> {
        let refused = |status| Err(Box::new(Reply::new(status)));
        if self.calls.len() >= desk.policy.capacity.calls {
            desk.counters.calls_beyond_number.count();
            return Err(Box::new(Full::Calls.reply()));
        }
        if request.headers.max_forwards == Some(0) {
            return refused(Status::TOO_MANY_HOPS);
        }
        match breadth(request) {
            0 => refused(MAX_BREADTH_EXCEEDED),
            _ => Ok(()),
        }
    }

    /// Where the call goes; who nobody has the number of is said before what is wrong with the offer.
    fn placed_if(
        &self,
        (hop, who): (Hop, Caller),
        offered: Result<Offered, Box<Reply>>,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<SetUp, Box<Reply>> {
        let refused = |status| Box::new(Reply::new(status));
        let mut targets =
            route::find(desk, &who, request, now).map_err(|no_route| refused(no_route.status()))?;
        // One's own device cannot watch itself.
        targets.retain(|target| !(target.leads_to(hop) && target.whose == who.whose));
        if targets.is_empty() {
            return Err(refused(Status::BUSY_HERE));
        }
        let mut offered = offered?;
        if let (Offered::Video(description), Some(address)) = (&mut offered, address_of(request)) {
            desk.peers.complete(&address, description);
        }
        beside::admit(&who, request, &offered, desk, now)?;
        let left = request.headers.max_forwards;
        let callees = targets.iter().map(|target| target.access);
        let work = Work::of(offered.access(hop), callees);
        self.has_cpu(work, desk, now)?;
        let asked = Request {
            body: Vec::new(),
            ..request.clone()
        };
        Ok(SetUp {
            offered,
            work,
            invite: InvitePlan {
                from: who.shown.clone(),
                to: identity::called(&request.headers.to.uri, desk.home),
                max_forwards: left.map(|left| left.saturating_sub(1)),
                breadth: breadth(request).min(BREADTH),
            },
            tried: vec![request.uri.clone()],
            asked,
            who,
            groups: branches::groups(targets),
            locating: Vec::new(),
            branches: Vec::new(),
            refusal: None,
            media: CallerMedia::None,
            audio_port: None,
            reservation: None,
            told: None,
            told_media: None,
            answered_early: false,
        })
    }

    /// Whether the cores have room for one more call of that work. Calls that ring or have only begun
    /// do not show in what is measured.
    fn has_cpu(&self, work: Work, desk: &Desk<'_>, now: Instant) -> Result<(), Box<Reply>> {
        let unmeasured = self.calls.values().filter_map(|call| match &call.stage {
            Stage::SettingUp(_) => Some(call.work),
            Stage::Established(_) => (now < call.begun + SETTLING).then_some(call.work),
        });
        let figures = desk.policy.occupancy.figures();
        budget::has_cpu(desk.policy.capacity, figures, unmeasured, work).map_err(|full| {
            desk.counters.calls_beyond_cpu.count();
            Box::new(full.reply())
        })
    }

    /// What a bridge answered to a step.
    pub(super) fn replied(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        answer: BridgeReply,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        match answer {
            BridgeReply::PlainOpened {
                side: Side::Callee,
                medium,
                port,
            } => self.plain_callee_opened(key, bridge, (medium, port), desk, now),
            BridgeReply::PlainOpened {
                side: Side::Caller,
                medium,
                port,
            } => self.plain_caller_opened(key, (medium, port), desk, now),
            BridgeReply::Description {
                side: Side::Callee,
                sdp,
            } => self.invite(key, bridge, sdp.into_bytes(), desk, now),
            BridgeReply::Description {
                side: Side::Caller,
                sdp,
            } => self.caller_written(key, sdp.into_bytes(), None, desk, now),
            BridgeReply::WebAccepted {
                side: Side::Callee,
                codec: None,
                audio: None,
            } => {
                let why = "the browser took nothing";
                self.give_up(key, Status::NOT_ACCEPTABLE_HERE, why, desk, now);
            }
            BridgeReply::WebAccepted {
                side: Side::Callee,
                codec,
                audio,
            } => self.web_accepted(key, bridge, (codec, audio), desk, now),
            BridgeReply::WebAccepted {
                side: Side::Caller, ..
            } => self.establish(key, desk, now),
            BridgeReply::Fed { .. } => self.caller_written(key, Vec::new(), None, desk, now),
            BridgeReply::Failed { error, .. } => self.media_failed(key, bridge, &error, desk, now),
        }
    }

    fn media_failed(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        error: &BridgeError,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let status = match error {
            BridgeError::NoPort => Status::SERVICE_UNAVAILABLE,
            BridgeError::Web(_) => Status::NOT_ACCEPTABLE_HERE,
        };
        let branch = self.set_up(key).and_then(|set_up| set_up.branch(bridge));
        match branch.map(|branch| branch.stage) {
            Some(BranchStage::Opening) => {
                tracing::info!(bridge = bridge.0, %error, "not rung");
                self.branch_failed(key, bridge, Refusal::new(status), desk, now);
            }
            Some(BranchStage::Ringing | BranchStage::Answered) | None => {
                self.give_up(key, status, &error.to_string(), desk, now);
            }
        }
    }

    pub(super) fn next_bridge(&mut self) -> BridgeId {
        self.last_bridge += 1;
        BridgeId(self.last_bridge)
    }
}

/// How many may ring at once for a request.
fn breadth(request: &Request) -> u32 {
    request.headers.number("Max-Breadth").unwrap_or(BREADTH)
}
