//! RFC 5168, RFC 6086: keyframes asked for by INFO, both ways.

use sip::agent::{CallHandle, Reply, RequestId};
use sip::message::{Body, Method, Request, Status};
use sip::time::Instant;

use super::{CallKey, Calls, Info, step};
use crate::bridge::{Side, Step};
use crate::switch::Desk;

/// RFC 5168 §7.1: the request for a keyframe, as the body of an INFO.
const FAST_UPDATE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><media_control>\
<vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>";
const MEDIA_CONTROL: &str = "application/media_control+xml";

impl Calls {
    /// INFO: a keyframe is asked for, or it is nothing we know (RFC 6086 §4.2.2).
    pub(super) fn info(
        &mut self,
        handle: CallHandle,
        request: &Request,
        desk: &mut Desk<'_>,
    ) -> Reply {
        let Some((key, side)) = self.find(handle) else {
            return Reply::new(Status::CALL_DOES_NOT_EXIST);
        };
        let Some(body) = request.content(MEDIA_CONTROL) else {
            return Reply::new(Status::UNSUPPORTED_MEDIA_TYPE)
                .with_header(sip::message::Header::fixed("Accept", MEDIA_CONTROL));
        };
        let session = self.session(key);
        if let Some(session) = session.filter(|_| contains(body, b"picture_fast_update")) {
            step(desk, session.bridge, Step::FastUpdate { side });
        }
        Reply::new(Status::OK)
    }

    pub(super) fn ask_by_info(
        &mut self,
        key: CallKey,
        side: Side,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get(&key) else {
            return;
        };
        let (Some(session), Some(leg)) = (call.session(), call.leg(side)) else {
            return;
        };
        let (Some(handle), Info::Allowed) = (leg.handle, leg.info) else {
            return step(desk, session.bridge, Step::FastUpdateRefused { side });
        };
        let Ok(content_type) = MEDIA_CONTROL.parse() else {
            return;
        };
        let body = Body::new(content_type, FAST_UPDATE);
        let id = desk
            .agent
            .request_in_call(handle, Method::Info, Vec::new(), Some(body), now);
        self.fast_updates.insert(id, (key, side));
    }

    /// After a refusal that peer is not asked again (RFC 5168 §6).
    pub(super) fn fast_update_answered(
        &mut self,
        id: RequestId,
        status: Option<Status>,
        desk: &mut Desk<'_>,
    ) {
        let Some((key, side)) = self.fast_updates.remove(&id) else {
            return;
        };
        let session = self.session(key);
        if let Some(session) = session.filter(|_| !status.is_some_and(Status::is_success)) {
            step(desk, session.bridge, Step::FastUpdateRefused { side });
        }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
