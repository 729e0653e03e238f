//! From the caller's INVITE to both sides' answers.

use sip::agent::{CallHandle, Invite, Reply};
use sip::message::{Header, NameAddr, Request, Response, Status, Value};
use sip::sdp::{self, Description};
use sip::time::Instant;
use sip::transport::Hop;

use super::{
    Agreed, AgreedWith, Call, Calls, Info, InvitePlan, Leg, MAX_CALLS, Plan, Stage, Tries, command,
    contact, reject, reply, request_sdp, sdp_body, sdp_of, step,
};
use crate::bridge::web_leg::WebCodec;
use crate::bridge::{BridgeCommand, BridgeError, BridgeId, BridgeReply, Side, Step};
use crate::switch::offer::{self, PlainEnd, Reject};
use crate::switch::route::{self, Access, NoRoute, Target, Way};
use crate::switch::{Desk, identity};

impl Calls {
    pub(super) fn incoming(
        &mut self,
        handle: CallHandle,
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if self.calls.len() >= MAX_CALLS {
            let busy = Reply::new(Status::SERVICE_UNAVAILABLE)
                .with_header(Header::fixed("Retry-After", "10"));
            return reject(desk, handle, busy, now);
        }
        if request.headers.max_forwards == Some(0) {
            return reject(desk, handle, Reply::new(Status::TOO_MANY_HOPS), now);
        }
        let caller = match identity::caller(desk, &hop, request, now) {
            Ok(caller) => caller,
            Err(refusal) => return reject(desk, handle, *refusal, now),
        };
        let found = route::find(desk, &caller, request, now)
            .and_then(|found| found.into_iter().next().ok_or(NoRoute::NotRegistered));
        let target = match found {
            Ok(target) => target,
            Err(no_route) => return reject(desk, handle, Reply::new(no_route.status()), now),
        };
        let Way::Hop(to) = target.way else {
            return reject(desk, handle, Reply::new(Status::SERVICE_UNAVAILABLE), now);
        };
        if to == hop && target.whose == caller.whose {
            // One's own device cannot watch itself.
            return reject(desk, handle, Reply::new(Status::BUSY_HERE), now);
        }
        let from = caller.shown;
        let bridge = self.next_bridge();
        match open(bridge, from, (&hop, to), request, &target) {
            Ok((mut call, first)) => {
                call.caller.handle = Some(handle);
                tracing::info!(bridge = bridge.0, to = ?target.whose, "call");
                self.by_handle.insert(handle, (bridge, Side::Caller));
                self.calls.insert(bridge, call);
                match first {
                    First::Command(first) => command(desk, bridge, first),
                    First::Invite => self.invite_directly(bridge, desk, now),
                }
            }
            Err(error) => {
                tracing::info!(%error, "call refused");
                reject(desk, handle, reply(error.status(), ""), now);
            }
        }
    }

    /// The callee's media is open, or our offer to it is written: it can be invited.
    fn invite(&mut self, bridge: BridgeId, body: Vec<u8>, desk: &mut Desk<'_>, now: Instant) {
        let Some(call) = self.calls.get_mut(&bridge) else {
            return;
        };
        let Stage::Opening(plan) = std::mem::replace(&mut call.stage, Stage::Established) else {
            return;
        };
        let InvitePlan {
            uri,
            from,
            to,
            max_forwards,
        } = &plan.invite;
        let identity = Header {
            name: Header::fixed("P-Asserted-Identity", "").name,
            value: Value::from(from.to_string()),
        };
        let handle = desk.agent.invite(
            Invite {
                hop: call.callee.hop,
                uri: uri.clone(),
                from: from.clone(),
                to: to.clone(),
                max_forwards: *max_forwards,
                contact: contact(desk, call.callee.hop.transport),
                route: Vec::new(),
                headers: vec![identity],
                body: sdp_body(body),
                credentials: None,
                answer_within: desk.policy.answer_within,
            },
            now,
        );
        call.callee.handle = Some(handle);
        call.stage = Stage::Inviting(plan);
        self.by_handle.insert(handle, (bridge, Side::Callee));
    }

    /// Invites a plain callee again that refused the description; false when that was done, or is
    /// of no use.
    pub(super) fn invite_with_audio(
        &mut self,
        bridge: BridgeId,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some(call) = self.calls.get_mut(&bridge) else {
            return false;
        };
        let Stage::Inviting(plan) = &mut call.stage else {
            return false;
        };
        let (Some(offer), Tries::VideoAlone) = (&plan.plain_offer, plan.tries) else {
            return false;
        };
        let offer = offer::with_silent_audio(offer);
        let body = offer.to_bytes();
        plan.plain_offer = Some(offer);
        plan.tries = Tries::WithAudio;
        if let Stage::Inviting(plan) = std::mem::replace(&mut call.stage, Stage::Established) {
            call.stage = Stage::Opening(plan);
        }
        tracing::debug!(bridge = bridge.0, "invited again with an audio line");
        self.invite(bridge, body, desk, now);
        true
    }

    fn invite_directly(&mut self, bridge: BridgeId, desk: &mut Desk<'_>, now: Instant) {
        let sdp = self.calls.get(&bridge).map(|call| call.caller.sdp.clone());
        self.invite(bridge, sdp.unwrap_or_default(), desk, now);
    }

    pub(super) fn progress(
        &mut self,
        handle: CallHandle,
        response: &Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((bridge, Side::Callee)) = self.find(handle) else {
            return;
        };
        let caller = self.calls.get(&bridge).map(|call| &call.caller);
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

    pub(super) fn answered(
        &mut self,
        handle: CallHandle,
        response: Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((bridge, Side::Callee)) = self.find(handle) else {
            return;
        };
        let Some(call) = self.calls.get_mut(&bridge) else {
            return;
        };
        let Stage::Inviting(plan) = std::mem::replace(&mut call.stage, Stage::Established) else {
            return;
        };
        call.callee.sdp = sdp_of(response.content("application/sdp"));
        call.callee.info = Info::of(&response.headers);
        if call.is_direct() {
            let body = call.callee.sdp.clone();
            return self.accept(bridge, body, desk, now);
        }
        match call.callee.access {
            Access::Browser => {
                let answer = String::from_utf8_lossy(&call.callee.sdp).into_owned();
                call.stage = Stage::TakingAnswer(plan);
                let side = Side::Callee;
                step(desk, bridge, Step::WebAccept { side, answer });
            }
            Access::Plain => self.plain_answered(bridge, plan, desk, now),
        }
    }

    fn plain_answered(
        &mut self,
        bridge: BridgeId,
        plan: Box<Plan>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&bridge) else {
            return;
        };
        let offer = plan.plain_offer.as_ref();
        let agreement = offer
            .ok_or(Reject::NoDescription)
            .and_then(|offer| offer::read_plain_answer(offer, &call.callee.sdp));
        match agreement {
            Ok(agreement) => {
                step(
                    desk,
                    bridge,
                    Step::PlainConnect {
                        side: Side::Callee,
                        plan: agreement.plan.clone(),
                    },
                );
                let agreed = Agreed {
                    direction: agreement.direction,
                    with: AgreedWith::Plain(Box::new(agreement)),
                };
                self.answer_caller(bridge, plan, agreed, desk, now);
            }
            Err(error) => self.give_up(bridge, error.status(), &error.to_string(), desk, now),
        }
    }

    /// What a bridge answered to a step of the set-up.
    pub(super) fn replied(
        &mut self,
        bridge: BridgeId,
        answer: BridgeReply,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        match answer {
            BridgeReply::PlainOpened {
                side: Side::Callee,
                port,
            } => {
                self.plain_callee_opened(bridge, port, desk, now);
            }
            BridgeReply::PlainOpened {
                side: Side::Caller,
                port,
            } => {
                self.plain_caller_opened(bridge, port, desk, now);
            }
            BridgeReply::Description {
                side: Side::Callee,
                sdp,
            } => {
                self.invite(bridge, sdp.into_bytes(), desk, now);
            }
            BridgeReply::Description {
                side: Side::Caller,
                sdp,
            } => {
                self.accept(bridge, sdp.into_bytes(), desk, now);
            }
            BridgeReply::WebAccepted { codec, .. } => self.web_accepted(bridge, codec, desk, now),
            BridgeReply::Failed { error, .. } => {
                let status = match &error {
                    BridgeError::NoPort => Status::SERVICE_UNAVAILABLE,
                    BridgeError::Web(_) => Status::NOT_ACCEPTABLE_HERE,
                };
                self.give_up(bridge, status, &error.to_string(), desk, now);
            }
        }
    }

    fn plain_callee_opened(
        &mut self,
        bridge: BridgeId,
        port: u16,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(Stage::Opening(plan)) = self.calls.get_mut(&bridge).map(|call| &mut call.stage)
        else {
            return;
        };
        let offer = offer::plain_offer(plain_end(desk, bridge, port), plan.direction, &plan.codecs);
        let body = offer.to_bytes();
        plan.plain_offer = Some(offer);
        self.invite(bridge, body, desk, now);
    }

    fn web_accepted(
        &mut self,
        bridge: BridgeId,
        codec: WebCodec,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&bridge) else {
            return;
        };
        let Stage::TakingAnswer(plan) = std::mem::replace(&mut call.stage, Stage::Established)
        else {
            return;
        };
        let direction = Description::parse(&call.callee.sdp)
            .ok()
            .and_then(|answer| Some(answer.direction_of(offer::video(&answer)?)))
            .unwrap_or(sdp::Direction::Inactive);
        let agreed = Agreed {
            direction,
            with: AgreedWith::Browser(codec),
        };
        self.answer_caller(bridge, plan, agreed, desk, now);
    }

    fn answer_caller(
        &mut self,
        bridge: BridgeId,
        plan: Box<Plan>,
        agreed: Agreed,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&bridge) else {
            return;
        };
        let side = Side::Caller;
        let next = match call.caller.access {
            Access::Plain => Ok(BridgeCommand::OpenPlain { side }),
            Access::Browser => web_answer(&call.caller, &plan, &agreed).map(BridgeCommand::Apply),
        };
        call.stage = Stage::Answering(plan, agreed);
        match next {
            Ok(next) => command(desk, bridge, next),
            Err(error) => self.give_up(bridge, error.status(), &error.to_string(), desk, now),
        }
    }

    fn plain_caller_opened(
        &mut self,
        bridge: BridgeId,
        port: u16,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(Stage::Answering(plan, agreed)) = self.calls.get(&bridge).map(|call| &call.stage)
        else {
            return;
        };
        let end = plain_end(desk, bridge, port);
        let web = match &agreed.with {
            AgreedWith::Browser(codec) => *codec,
            // Two plain peers need no bridge, and so never come here.
            AgreedWith::Plain(_) => return,
        };
        match offer::answer_plain(&plan.offer, end, web, agreed.direction) {
            Ok((answer, plan)) => {
                let side = Side::Caller;
                step(desk, bridge, Step::PlainConnect { side, plan });
                self.accept(bridge, answer.to_bytes(), desk, now);
            }
            Err(error) => self.give_up(bridge, error.status(), &error.to_string(), desk, now),
        }
    }

    /// The last step: the caller's 200, and video flows.
    fn accept(&mut self, bridge: BridgeId, body: Vec<u8>, desk: &mut Desk<'_>, now: Instant) {
        let Some(call) = self.calls.get_mut(&bridge) else {
            return;
        };
        if let Stage::Answering(plan, agreed) =
            std::mem::replace(&mut call.stage, Stage::Established)
        {
            let flows = offer::flows(plan.direction, agreed.direction);
            step(desk, bridge, Step::Start { flows });
        }
        let Some(handle) = call.caller.handle else {
            return;
        };
        let answer = Reply {
            body: sdp_body(body),
            ..Reply::new(Status::OK)
        };
        let answer = answer.with_contact(contact(desk, call.caller.hop.transport));
        if let Err(error) = desk.agent.accept(handle, answer, now) {
            tracing::debug!(%error, "the caller gave up as the callee answered");
        }
        tracing::info!(bridge = bridge.0, "answered");
    }

    fn next_bridge(&mut self) -> BridgeId {
        self.next += 1;
        BridgeId(self.next)
    }
}

/// What has to be done first for a new call.
enum First {
    Command(BridgeCommand),
    /// Two plain peers: the callee gets the caller's own offer.
    Invite,
}

fn open(
    bridge: BridgeId,
    from: NameAddr,
    (hop, to): (&Hop, Hop),
    request: &Request,
    target: &Target,
) -> Result<(Call, First), Reject> {
    let leg = |hop: Hop, sdp, info| Leg {
        handle: None,
        access: route::access(hop.transport),
        hop,
        sdp,
        info,
    };
    let caller = leg(*hop, request_sdp(request), Info::of(&request.headers));
    let callee = leg(to, Vec::new(), Info::NotSaid);
    if caller.sdp.is_empty() {
        return Err(Reject::NoDescription);
    }
    let offer = Description::parse(&caller.sdp)?;
    let (direction, codecs, first) = match (caller.access, callee.access) {
        (Access::Plain, Access::Plain) => (sdp::Direction::SendRecv, Vec::new(), First::Invite),
        (caller_access, callee_access) => {
            let video = offer::video(&offer).ok_or(Reject::NoVideo)?;
            let direction = offer.direction_of(video);
            let codecs = match caller_access {
                Access::Browser => offer::web_codecs(&offer),
                Access::Plain => offer::web_codecs_for_plain(&offer)?,
            };
            if codecs.is_empty() {
                return Err(Reject::NoCommonCodec);
            }
            let side = Side::Callee;
            let first = match callee_access {
                Access::Plain => BridgeCommand::OpenPlain { side },
                Access::Browser => BridgeCommand::Apply(Step::WebOffer {
                    side,
                    codecs: offered(&codecs),
                    direction,
                }),
            };
            (direction, codecs, First::Command(first))
        }
    };
    tracing::debug!(bridge = bridge.0, ?direction, ?codecs, "offer read");
    let plan = Plan {
        offer,
        direction,
        codecs,
        invite: InvitePlan {
            uri: target.uri.clone(),
            from,
            to: NameAddr::new(request.headers.to.uri.clone()),
            max_forwards: request
                .headers
                .max_forwards
                .map(|left| left.saturating_sub(1)),
        },
        plain_offer: None,
        tries: Tries::VideoAlone,
    };
    let call = Call {
        caller,
        callee,
        stage: Stage::Opening(Box::new(plan)),
    };
    Ok((call, first))
}

/// What a browser is offered of these codecs: one kind of each, in their order.
fn offered(codecs: &[WebCodec]) -> Vec<WebCodec> {
    let mut kinds: Vec<WebCodec> = Vec::new();
    for codec in codecs {
        let kind = match codec {
            WebCodec::Vp8 => WebCodec::Vp8,
            WebCodec::H264 { .. } => offer::offered_h264(),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

/// The step that answers a calling browser, held to what the callee agreed.
fn web_answer(caller: &Leg, plan: &Plan, agreed: &Agreed) -> Result<Step, Reject> {
    let (codec, limit) = match &agreed.with {
        AgreedWith::Browser(WebCodec::Vp8) => (WebCodec::Vp8, None),
        AgreedWith::Browser(WebCodec::H264 { mode, .. }) => {
            let own = offer::web_h264(&plan.codecs, *mode).ok_or(Reject::NoCommonCodec)?;
            (own, None)
        }
        AgreedWith::Plain(agreement) => {
            let codec = offer::web_codec_for(&agreement.format, &plan.codecs)?;
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

fn plain_end(desk: &Desk<'_>, bridge: BridgeId, rtp_port: u16) -> PlainEnd {
    PlainEnd {
        address: desk.policy.media_address,
        rtp_port,
        session_id: bridge.0,
    }
}
