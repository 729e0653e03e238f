//! Requests inside a call's dialogs.

use sip::agent::{CallHandle, Reply, ServerRequestId};
use sip::message::{Method, Request, Status};
use sip::time::Instant;

use super::Calls;
use crate::switch::{ALLOW, Desk};

impl Calls {
    /// A request inside a call's dialog.
    pub(super) fn in_call(
        &mut self,
        id: ServerRequestId,
        handle: CallHandle,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if let Some(refusal) = self.out_of_reach(id, handle, request, desk) {
            if let Err(error) = desk.agent.respond(id, refusal, now) {
                tracing::debug!(%error, "refused too late");
            }
            return;
        }
        if matches!(request.method, Method::Invite | Method::Update)
            && self.renew(id, handle, request, desk)
        {
            return;
        }
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
}
