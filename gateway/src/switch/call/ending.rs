//! Inside an established call, and every way to its end.

use sip::agent::{CallHandle, End, How, Reason, Reply, RequestId, ServerRequestId};
use sip::message::{Body, Method, Request, Status, Text};
use sip::time::Instant;
use sip::transport::{FlowId, Hop};

use super::{Calls, Info, Stage, reject, reply, step, uses};
use crate::bridge::{BridgeEvent, BridgeId, LostCause, Side, Step};
use crate::switch::{ALLOW, Desk};

/// RFC 5168 §7.1: the request for a keyframe, as the body of an INFO.
const FAST_UPDATE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><media_control>\
<vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>";
const MEDIA_CONTROL: &str = "application/media_control+xml";

impl Calls {
    /// What a bridge says.
    pub fn handle_bridge(
        &mut self,
        bridge: BridgeId,
        event: BridgeEvent,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        match event {
            BridgeEvent::Reply(answer) => self.replied(bridge, answer, desk, now),
            BridgeEvent::FastUpdateWanted { side } => self.ask_by_info(bridge, side, desk, now),
            BridgeEvent::Connected { side } => {
                tracing::debug!(bridge = bridge.0, ?side, "browser connected");
            }
            BridgeEvent::FirstPicture { side } => {
                tracing::info!(bridge = bridge.0, ?side, "first picture");
            }
            BridgeEvent::Lost { side, cause } => {
                let text = match cause {
                    LostCause::Silent => "No media for 20 seconds",
                    LostCause::Closed => "Connection of the browser lost",
                };
                tracing::info!(bridge = bridge.0, ?side, text, "media lost");
                let reason = Reason::sip(Status::REQUEST_TIMEOUT, text);
                self.end(bridge, &Closing::Hangup(Some(reason)), desk, now);
            }
        }
    }

    /// A request inside a call's dialog.
    pub(super) fn in_call(
        &mut self,
        id: ServerRequestId,
        handle: CallHandle,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let answer = match request.method {
            Method::Info => self.info(handle, request, desk),
            Method::Options => {
                Reply::new(Status::OK).with_header(sip::message::Header::fixed("Allow", ALLOW))
            }
            // The session stays as it is (RFC 3261 §14.2); changing it is not built.
            Method::Invite | Method::Update => Reply::new(Status::NOT_ACCEPTABLE_HERE),
            Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Register
            | Method::Prack
            | Method::Message
            | Method::Subscribe
            | Method::Notify
            | Method::Refer
            | Method::Publish
            | Method::Other(_) => Reply::new(Status::METHOD_NOT_ALLOWED)
                .with_header(sip::message::Header::fixed("Allow", ALLOW)),
        };
        if let Err(error) = desk.agent.respond(id, answer, now) {
            tracing::debug!(%error, "answered too late");
        }
    }

    /// INFO: a keyframe is asked for, or it is nothing we know (RFC 6086 §4.2.2).
    fn info(&mut self, handle: CallHandle, request: &Request, desk: &mut Desk<'_>) -> Reply {
        let Some((bridge, side)) = self.find(handle) else {
            return Reply::new(Status::CALL_DOES_NOT_EXIST);
        };
        let Some(body) = request.content(MEDIA_CONTROL) else {
            return Reply::new(Status::UNSUPPORTED_MEDIA_TYPE)
                .with_header(sip::message::Header::fixed("Accept", MEDIA_CONTROL));
        };
        if contains(body, b"picture_fast_update") {
            step(desk, bridge, Step::FastUpdate { side });
        }
        Reply::new(Status::OK)
    }

    fn ask_by_info(&mut self, bridge: BridgeId, side: Side, desk: &mut Desk<'_>, now: Instant) {
        let call = self.calls.get(&bridge);
        let Some(call) = call.filter(|call| matches!(call.stage, Stage::Established)) else {
            return;
        };
        let leg = call.leg(side);
        let (Some(handle), Info::Allowed) = (leg.handle, leg.info) else {
            return step(desk, bridge, Step::FastUpdateRefused { side });
        };
        let Ok(content_type) = MEDIA_CONTROL.parse() else {
            return;
        };
        let body = Body::new(content_type, FAST_UPDATE);
        let id = desk
            .agent
            .request_in_call(handle, Method::Info, Vec::new(), Some(body), now);
        self.fast_updates.insert(id, (bridge, side));
    }

    /// After a refusal that peer is not asked again (RFC 5168 §6).
    pub(super) fn fast_update_answered(
        &mut self,
        id: RequestId,
        status: Option<Status>,
        desk: &mut Desk<'_>,
    ) {
        let Some((bridge, side)) = self.fast_updates.remove(&id) else {
            return;
        };
        if !status.is_some_and(Status::is_success) && self.calls.contains_key(&bridge) {
            step(desk, bridge, Step::FastUpdateRefused { side });
        }
    }

    /// A connection under a call is gone.
    pub(super) fn flow_lost(
        &mut self,
        handle: CallHandle,
        flow: FlowId,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((bridge, side)) = self.find(handle) else {
            return;
        };
        let lost = self
            .calls
            .get(&bridge)
            .is_some_and(|call| uses(call.leg(side), flow));
        if lost {
            let reason = Reason::sip(Status::TEMPORARILY_UNAVAILABLE, "Connection lost");
            self.end(bridge, &Closing::Hangup(Some(reason)), desk, now);
        }
    }

    /// A device came back over another connection: its calls go on there.
    pub fn flow_moved(&mut self, from: FlowId, to: Hop, desk: &mut Desk<'_>, _now: Instant) {
        for call in self.calls.values_mut() {
            for side in [Side::Caller, Side::Callee] {
                let leg = call.leg_mut(side);
                if !uses(leg, from) {
                    continue;
                }
                leg.hop = to;
                if let Some(handle) = leg.handle {
                    desk.agent.move_call(handle, to);
                }
            }
        }
    }

    /// One dialog is over; so is the call.
    pub(super) fn ended(
        &mut self,
        handle: CallHandle,
        end: &End,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((bridge, side)) = self.by_handle.remove(&handle) else {
            return;
        };
        if let Some(call) = self.calls.get_mut(&bridge) {
            call.leg_mut(side).handle = None;
        }
        tracing::info!(bridge = bridge.0, ?side, by = ?end.by, how = ?end.how, "leg ended");
        if side == Side::Callee
            && end.how == How::Refused(Status::NOT_ACCEPTABLE_HERE)
            && self.invite_with_audio(bridge, desk, now)
        {
            return;
        }
        let closing = match (side, end.how) {
            (Side::Callee, How::Refused(status)) => Closing::Refuse(
                passed_on(status),
                end.response
                    .as_ref()
                    .map(|response| response.reason.clone())
                    .filter(|_| passed_on(status) == status),
            ),
            (Side::Callee, How::NoAnswer) => Closing::Refuse(Status::REQUEST_TIMEOUT, None),
            (Side::Callee, How::NoResponse | How::FlowLost) => {
                Closing::Refuse(Status::TEMPORARILY_UNAVAILABLE, None)
            }
            (Side::Callee, How::Overloaded) => Closing::Refuse(Status::SERVICE_UNAVAILABLE, None),
            (Side::Caller | Side::Callee, _) => Closing::Hangup(end.reason.clone()),
        };
        self.end(bridge, &closing, desk, now);
    }

    /// Set-up failed on our side.
    pub(super) fn give_up(
        &mut self,
        bridge: BridgeId,
        status: Status,
        why: &str,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        tracing::info!(bridge = bridge.0, %why, "call given up");
        self.end(bridge, &Closing::Refuse(status, None), desk, now);
    }

    /// Ends all calls (shutdown).
    pub fn drain(&mut self, desk: &mut Desk<'_>, now: Instant) {
        let bridges: Vec<BridgeId> = self.calls.keys().copied().collect();
        let reason = Reason::sip(Status::SERVICE_UNAVAILABLE, "Gateway is shutting down");
        for bridge in bridges {
            self.end(bridge, &Closing::Hangup(Some(reason.clone())), desk, now);
        }
    }

    /// Calls that ended since this was asked last: their media is closed once their BYEs have left,
    /// so that the other side hears who ended the call before it sees its media gone.
    pub fn take_over(&mut self) -> Vec<BridgeId> {
        std::mem::take(&mut self.over)
    }

    fn end(&mut self, bridge: BridgeId, closing: &Closing, desk: &mut Desk<'_>, now: Instant) {
        let Some(call) = self.calls.remove(&bridge) else {
            return;
        };
        let is_set_up = matches!(call.stage, Stage::Established);
        for side in [Side::Caller, Side::Callee] {
            let Some(handle) = call.leg(side).handle else {
                continue;
            };
            self.by_handle.remove(&handle);
            match (side, closing) {
                (Side::Caller, Closing::Refuse(status, text)) if !is_set_up => {
                    let text = text.as_ref().map_or("", Text::as_str);
                    reject(desk, handle, reply(*status, text), now);
                }
                (_, Closing::Refuse(status, _)) => {
                    let reason = Reason::sip(*status, "");
                    desk.agent.hang_up(handle, Some(reason), now);
                }
                (_, Closing::Hangup(reason)) => desk.agent.hang_up(handle, reason.clone(), now),
            }
        }
        self.fast_updates.retain(|_, (of, _)| *of != bridge);
        self.over.push(bridge);
    }
}

/// How the legs that still stand are ended.
enum Closing {
    /// The caller, not answered yet, gets this status.
    Refuse(Status, Option<Text>),
    Hangup(Option<Reason>),
}

/// What a caller is told of a callee's refusal. A redirection and a challenge are between us and
/// the callee; the caller could do nothing with them.
fn passed_on(status: Status) -> Status {
    match status.code() {
        300..=399 => Status::TEMPORARILY_UNAVAILABLE,
        401 | 407 => Status::FORBIDDEN,
        _ => status,
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
