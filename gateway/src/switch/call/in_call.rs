//! Requests inside a call's dialogs.

use sip::agent::{CallHandle, Reply, ServerRequestId};
use sip::message::{Method, Request, Status};
use sip::time::Instant;

use super::session::Session;
use super::{Calls, passing, recording};
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
        if let Some(refusal) = self.of_a_stranger(id, handle, desk) {
            if let Err(error) = desk.agent.respond(id, refusal, now) {
                tracing::debug!(%error, "refused too late");
            }
            return;
        }
        if self.audience_asked(id, handle, request, desk, now)
            || self.reserved(id, handle, request, desk, now)
            || self.pass_early(id, handle, request, desk, now)
        {
            return;
        }
        let found = self.find(handle);
        if request.method == Method::Bye {
            return self.bye_asked(id, found, request, desk, now);
        }
        let session = found.and_then(|(key, _)| self.session(key));
        match (found, session.map(Session::is_direct)) {
            (Some(of), Some(is_direct))
                if request.method == Method::Refer && !(is_direct && self.takes_refer(of)) =>
            {
                return self.refer_asked(id, of, request, desk, now);
            }
            (Some(of), Some(true)) if passing::passes(&request.method) => {
                return self.pass_on(id, of, request, desk, now);
            }
            (Some(of), Some(false)) if recording::is_said(request) => {
                return self.recording_said(id, of, request, desk, now);
            }
            (Some(of), Some(false)) if changes(&request.method) => {
                return self.change_asked(id, of, request, desk, now);
            }
            (Some(_) | None, _) => {}
        }
        let answer = match request.method {
            Method::Info => self.info(handle, request, desk),
            Method::Options => {
                Reply::new(Status::OK).with_header(sip::message::Header::fixed("Allow", ALLOW))
            }
            // Nobody is there yet, or there are several, to change it with.
            Method::Invite | Method::Update | Method::Prack => {
                Reply::new(Status::NOT_ACCEPTABLE_HERE)
            }
            // Nobody has agreed to anything yet that could be put through (RFC 5589 §6).
            Method::Refer => Reply::new(Status::REQUEST_PENDING),
            Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Register
            | Method::Message
            | Method::Subscribe
            | Method::Notify
            | Method::Publish
            | Method::Other(_) => Reply::new(Status::METHOD_NOT_ALLOWED)
                .with_header(sip::message::Header::fixed("Allow", ALLOW)),
        };
        if let Err(error) = desk.agent.respond(id, answer, now) {
            tracing::debug!(%error, "answered too late");
        }
    }
}

fn changes(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Update)
}
