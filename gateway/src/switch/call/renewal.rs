//! A browser makes a new way for its pictures (RFC 8839 §4.4.1.1.1): its leg alone is concerned.

use sip::agent::{CallHandle, Reply, ServerRequestId};
use sip::message::{Body, Request, Status};
use sip::sdp::{Description, Direction};
use sip::time::Instant;

use super::offered::AgreedWith;
use super::session::{Agreement, Bridged};
use super::{CallKey, Calls, contact, step};
use crate::bridge::web_leg::PictureLimit;
use crate::bridge::{BridgeReply, Side, Step};
use crate::switch::Desk;
use crate::switch::offer;
use crate::switch::route::Access;

impl Calls {
    /// Takes an offer that leaves the session as it is, which is answered when the bridge has its
    /// part. False where it is another matter.
    pub(super) fn renew(
        &mut self,
        id: ServerRequestId,
        handle: CallHandle,
        request: &Request,
        desk: &mut Desk<'_>,
    ) -> bool {
        let Some((key, side)) = self.find(handle) else {
            return false;
        };
        let Some(sdp) = request.content("application/sdp") else {
            return false;
        };
        let Some(next) = self.renewal(key, side, sdp) else {
            return false;
        };
        let Some(bridge) = self.session(key).map(|session| session.bridge) else {
            return false;
        };
        self.renewals.insert((key, side), id);
        step(desk, bridge, next);
        true
    }

    /// The bridge answered a step that was taken for a new way; false where it was not.
    pub(super) fn renewed(
        &mut self,
        key: CallKey,
        answer: &BridgeReply,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let (side, sdp) = match answer {
            BridgeReply::Description { side, sdp } => (*side, Some(sdp)),
            BridgeReply::Failed { side, .. } => (*side, None),
            BridgeReply::PlainOpened { .. } | BridgeReply::WebAccepted { .. } => return false,
        };
        let Some(id) = self.renewals.remove(&(key, side)) else {
            return false;
        };
        let transport = self
            .calls
            .get(&key)
            .and_then(|call| call.leg(side))
            .map(|leg| leg.hop.transport);
        let reply = match (sdp, transport) {
            (Some(sdp), Some(transport)) => Reply::new(Status::OK)
                .with_contact(contact(desk, transport))
                .with_body(Body::sdp(sdp.as_str())),
            (Some(_) | None, _) => Reply::new(Status::NOT_ACCEPTABLE_HERE),
        };
        if let Err(error) = desk.agent.respond(id, reply, now) {
            tracing::debug!(%error, "a new way was answered too late");
        }
        true
    }

    fn renewal(&self, key: CallKey, side: Side, sdp: &[u8]) -> Option<Step> {
        let call = self.calls.get(&key)?;
        let session = call.session()?;
        let leg = call.leg(side)?;
        let Bridged::Through(agreement) = &session.media else {
            return None;
        };
        let same = direction(sdp)? == direction(&leg.sdp)?;
        (leg.access == Access::Browser && same).then(|| Step::WebReanswer {
            side,
            offer: String::from_utf8_lossy(sdp).into_owned(),
            direction: own_direction(agreement, side),
            limit: limit(agreement, side, &leg.sdp),
        })
    }
}

/// Of the video line.
fn direction(sdp: &[u8]) -> Option<Direction> {
    let description = Description::parse(sdp).ok()?;
    Some(description.direction_of(offer::video(&description)?))
}

/// What we do towards that side is what the other side does.
fn own_direction(agreement: &Agreement, side: Side) -> Direction {
    match side {
        Side::Caller => agreement.callee.direction,
        Side::Callee => agreement.direction,
    }
}

/// What a calling browser is told not to exceed, as in the first answer.
fn limit(agreement: &Agreement, side: Side, sdp: &[u8]) -> Option<PictureLimit> {
    let (Side::Caller, AgreedWith::Plain(plain)) = (side, &agreement.callee.with) else {
        return None;
    };
    let codecs = offer::web_codecs(&Description::parse(sdp).ok()?);
    let codec = offer::web_codec_for(&plain.format, &codecs).ok()?;
    Some(offer::web_limit(&plain.format, codec))
}
