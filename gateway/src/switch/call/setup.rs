//! From the caller's INVITE to its 200: RFC 3261 §13.3, RFC 7092 §3.1.

use std::collections::VecDeque;

use sip::agent::{CallHandle, Reply};
use sip::message::{Header, NameAddr, Request, Status};
use sip::sdp::{self, Description};
use sip::time::Instant;
use sip::transport::Hop;

use super::branches::{self, Branch, BranchStage};
use super::refusals::Refusal;
use super::session::{Agreement, Bridged, Session};
use super::{
    Call, CallKey, Calls, Info, Leg, MAX_CALLS, Stage, command, contact, plain_end, reject,
    request_sdp, sdp_body, step,
};
use crate::bridge::web_leg::WebCodec;
use crate::bridge::{BridgeCommand, BridgeError, BridgeId, BridgeReply, Side, Step};
use crate::switch::offer::{self, PlainAgreement, PlainEnd, Reject};
use crate::switch::route::{self, Access, Target, Way};
use crate::switch::{Desk, identity};

/// A call that is not answered yet: the caller waits, devices ring.
pub(super) struct SetUp {
    pub(super) offered: Offered,
    pub(super) invite: InvitePlan,
    /// Devices that do not ring yet, the next ones first.
    pub(super) groups: VecDeque<Vec<Target>>,
    /// Devices that ring; after the first answer only that one.
    pub(super) branches: Vec<Branch>,
    /// The best of the refusals so far.
    pub(super) refusal: Option<Refusal>,
    /// What a callee agreed to, while the caller's answer is being written in its bridge.
    answering: Option<(BridgeId, Agreed)>,
}

/// What every device's INVITE has in common.
#[derive(Debug, Clone)]
pub(super) struct InvitePlan {
    pub(super) from: NameAddr,
    pub(super) to: NameAddr,
    /// One less than the caller's (RFC 3261 §16.6 step 3): a call that comes back to us ends.
    pub(super) max_forwards: Option<u8>,
}

/// The caller's offer, read.
pub(super) struct Offered {
    description: Description,
}

/// What the callee's answer settled.
pub(super) struct Agreed {
    /// The callee's own direction.
    pub(super) direction: sdp::Direction,
    pub(super) with: AgreedWith,
}

pub(super) enum AgreedWith {
    Browser(WebCodec),
    Plain(Box<PlainAgreement>),
}

impl Offered {
    /// The caller's own direction, and the codecs a bridge can carry: the caller's when it is a
    /// browser, else those that a browser is offered for it.
    fn bridged(&self, caller: Access) -> Result<(sdp::Direction, Vec<WebCodec>), Reject> {
        let video = offer::video(&self.description).ok_or(Reject::NoVideo)?;
        let codecs = match caller {
            Access::Browser => offer::web_codecs(&self.description),
            Access::Plain => offer::web_codecs_for_plain(&self.description)?,
        };
        if codecs.is_empty() {
            return Err(Reject::NoCommonCodec);
        }
        Ok((self.description.direction_of(video), codecs))
    }

    pub(super) fn check_bridged(&self, caller: Access) -> Result<(), Reject> {
        self.bridged(caller).map(|_| ())
    }

    /// Has an offer written for a browser.
    pub(super) fn web_offer(&self, caller: Access) -> Result<BridgeCommand, Reject> {
        let (direction, codecs) = self.bridged(caller)?;
        Ok(BridgeCommand::Apply(Step::WebOffer {
            side: Side::Callee,
            codecs: offer::web_kinds(&codecs),
            direction,
        }))
    }

    /// Writes the offer for a plain peer.
    pub(super) fn plain_offer(&self, caller: Access, end: PlainEnd) -> Result<Description, Reject> {
        let (direction, codecs) = self.bridged(caller)?;
        Ok(offer::plain_offer(end, direction, &codecs))
    }
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
        let call = match self.admit(hop, request, desk, now) {
            Ok(set_up) => set_up,
            Err(refusal) => {
                tracing::info!(status = refusal.status.code(), "call refused");
                return reject(desk, handle, refusal, now);
            }
        };
        let mut caller = Leg::new(hop, route::access(hop.transport));
        caller.handle = Some(handle);
        caller.sdp = request_sdp(request);
        caller.info = Info::of(&request.headers);
        let stage = Stage::SettingUp(Box::new(call));
        self.last_key += 1;
        let key = CallKey(self.last_key);
        tracing::info!(call = key.0, "call");
        self.by_handle.insert(handle, (key, Side::Caller));
        self.calls.insert(key, Call { caller, stage });
        self.ring_next(key, desk, now);
    }

    /// Whether a call is taken, and where it goes; else what its caller is answered.
    fn admit(
        &self,
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<SetUp, Reply> {
        if self.calls.len() >= MAX_CALLS {
            return Err(Reply::new(Status::SERVICE_UNAVAILABLE)
                .with_header(Header::fixed("Retry-After", "10")));
        }
        if request.headers.max_forwards == Some(0) {
            return Err(Reply::new(Status::TOO_MANY_HOPS));
        }
        let caller = identity::caller(desk, &hop, request, now).map_err(|refusal| *refusal)?;
        let mut targets = route::find(desk, &caller, request, now)
            .map_err(|no_route| Reply::new(no_route.status()))?;
        // One's own device cannot watch itself.
        let is_own = |target: &Target| target.way == Way::Hop(hop) && target.whose == caller.whose;
        targets.retain(|target| !is_own(target));
        if targets.is_empty() {
            return Err(Reply::new(Status::BUSY_HERE));
        }
        let refused = |reject: Reject| Reply::new(reject.status());
        let sdp = request.content("application/sdp");
        let sdp = sdp.ok_or_else(|| refused(Reject::NoDescription))?;
        let description = Description::parse(sdp).map_err(|error| refused(error.into()))?;
        let left = request.headers.max_forwards;
        Ok(SetUp {
            offered: Offered { description },
            invite: InvitePlan {
                from: caller.shown,
                to: NameAddr::new(request.headers.to.uri.clone()),
                max_forwards: left.map(|left| left.saturating_sub(1)),
            },
            groups: branches::groups(targets),
            branches: Vec::new(),
            refusal: None,
            answering: None,
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
                port,
            } => self.plain_callee_opened(key, bridge, port, desk, now),
            BridgeReply::PlainOpened {
                side: Side::Caller,
                port,
            } => self.plain_caller_opened(key, port, desk, now),
            BridgeReply::Description {
                side: Side::Callee,
                sdp,
            } => self.invite(key, bridge, sdp.into_bytes(), desk, now),
            BridgeReply::Description {
                side: Side::Caller,
                sdp,
            } => self.accept(key, sdp.into_bytes(), desk, now),
            BridgeReply::WebAccepted { codec, .. } => {
                self.web_accepted(key, bridge, codec, desk, now);
            }
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

    /// The callee's media is agreed: the caller's answer is written.
    pub(super) fn answer_caller(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        agreed: Agreed,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Stage::SettingUp(set_up) = &mut call.stage else {
            return;
        };
        let side = Side::Caller;
        let next = match call.caller.access {
            Access::Plain => Ok(BridgeCommand::OpenPlain { side }),
            Access::Browser => {
                web_answer(&call.caller, &set_up.offered, &agreed).map(BridgeCommand::Apply)
            }
        };
        set_up.answering = Some((bridge, agreed));
        match next {
            Ok(next) => command(desk, bridge, next),
            Err(error) => self.give_up(key, error.status(), &error.to_string(), desk, now),
        }
    }

    fn plain_caller_opened(&mut self, key: CallKey, port: u16, desk: &mut Desk<'_>, now: Instant) {
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let Some((bridge, agreed)) = &set_up.answering else {
            return;
        };
        let (bridge, direction) = (*bridge, agreed.direction);
        let end = plain_end(desk, bridge, port);
        let web = match &agreed.with {
            AgreedWith::Browser(codec) => *codec,
            // Two plain peers need no bridge, and so never come here.
            AgreedWith::Plain(_) => return,
        };
        match offer::answer_plain(&set_up.offered.description, end, web, direction) {
            Ok((answer, plan)) => {
                let side = Side::Caller;
                step(desk, bridge, Step::PlainConnect { side, plan });
                self.accept(key, answer.to_bytes(), desk, now);
            }
            Err(error) => self.give_up(key, error.status(), &error.to_string(), desk, now),
        }
    }

    /// The last step: the caller's 200, and video flows.
    pub(super) fn accept(
        &mut self,
        key: CallKey,
        body: Vec<u8>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(handle) = call.caller.handle else {
            return;
        };
        let access = call.caller.access;
        let Some(session) = call.set_up().and_then(|set_up| set_up.session(access)) else {
            return;
        };
        if let Bridged::Through(agreement) = &session.media {
            let flows = offer::flows(agreement.direction, agreement.callee.direction);
            step(desk, session.bridge, Step::Start { flows });
        }
        tracing::info!(call = key.0, bridge = session.bridge.0, "answered");
        call.stage = Stage::Established(Box::new(session));
        call.caller.told = body.clone();
        let answer = Reply {
            body: sdp_body(body),
            ..Reply::new(Status::OK)
        };
        let answer = answer.with_contact(contact(desk, call.caller.hop.transport));
        if let Err(error) = desk.agent.accept(handle, answer, now) {
            tracing::debug!(%error, "the caller gave up as the callee answered");
        }
    }

    pub(super) fn next_bridge(&mut self) -> BridgeId {
        self.last_bridge += 1;
        BridgeId(self.last_bridge)
    }
}

impl SetUp {
    /// What the set-up came to; `None` before a device answered.
    fn session(&mut self, caller: Access) -> Option<Session> {
        let branch = self.branches.pop()?;
        let media = match self.answering.take() {
            None => Bridged::Direct,
            Some((_, callee)) => {
                let (direction, _) = self.offered.bridged(caller).ok()?;
                Bridged::Through(Box::new(Agreement { direction, callee }))
            }
        };
        Some(Session {
            bridge: branch.bridge,
            callee: branch.leg,
            media,
        })
    }
}

/// The step that answers a calling browser, held to what the callee agreed.
fn web_answer(caller: &Leg, offered: &Offered, agreed: &Agreed) -> Result<Step, Reject> {
    let (_, codecs) = offered.bridged(caller.access)?;
    let (codec, limit) = match &agreed.with {
        AgreedWith::Browser(WebCodec::Vp8) => (WebCodec::Vp8, None),
        AgreedWith::Browser(WebCodec::H264 { mode, .. }) => {
            let own = offer::web_h264(&codecs, *mode).ok_or(Reject::NoCommonCodec)?;
            (own, None)
        }
        AgreedWith::Plain(agreement) => {
            let codec = offer::web_codec_for(&agreement.format, &codecs)?;
            (codec, Some(offer::web_limit(&agreement.format, codec)))
        }
    };
    Ok(Step::WebAnswer {
        side: Side::Caller,
        offer: String::from_utf8_lossy(&caller.sdp).into_owned(),
        codec,
        direction: agreed.direction,
        limit,
    })
}
