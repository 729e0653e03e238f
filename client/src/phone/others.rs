//! RFC 3261 §8.2.1: requests that no room of the phone takes.

use sip::agent::Reply;
use sip::message::{Header, Method, Request, Status};

/// The answer to a request that neither sets a call up nor changes it: we are asked what we can do,
/// told something (INFO), or asked for what we don't do (RFC 3261 §8.2.1).
pub(super) fn answer(request: &Request) -> Reply {
    match request.method {
        Method::Options | Method::Info | Method::Notify => Reply::new(Status::OK),
        Method::Invite | Method::Update => Reply::new(Status::NOT_ACCEPTABLE_HERE),
        Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Register
        | Method::Prack
        | Method::Message
        | Method::Subscribe
        | Method::Refer
        | Method::Publish
        | Method::Other(_) => {
            Reply::new(Status::METHOD_NOT_ALLOWED).with_header(Header::fixed("Allow", ALLOW))
        }
    }
}

pub(super) const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY";
