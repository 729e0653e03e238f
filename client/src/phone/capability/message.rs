//! The question and our answer to it, as messages (RFC 3261 §11.1, §11.2): rules R1.8, R2.3, R2.4.

use std::net::{IpAddr, Ipv4Addr};

use sip::agent::{Outgoing, Reply};
use sip::message::{Body, Header, Method, NameAddr, Status, Uri};
use sip::video_share::{Abilities, VideoCodec};

use super::{own_tags, wanted_tags};
use crate::phone::Identity;
use crate::phone::state::{Stands, Willing};

/// Asks whoever has that address what they can do.
pub(in crate::phone) fn question(to: Uri, call: Option<Stands>, identity: Identity) -> Outgoing {
    let mut outgoing = Outgoing::new(
        identity.hop,
        Method::Options,
        to.clone(),
        identity.from,
        NameAddr::new(to),
    );
    outgoing.contact = vec![own_tags(call).on(identity.contact)];
    outgoing.headers = vec![Header::fixed("Accept", "application/sdp")];
    outgoing.headers.extend(wanted_tags(call).accept_contact());
    outgoing.body = Some(description());
    outgoing.credentials = Some(identity.credentials);
    outgoing
}

/// Answers somebody who asks what we can do.
pub(in crate::phone) fn answer_to(
    call: Option<Stands>,
    willing: Willing,
    identity: Option<&Identity>,
) -> Reply {
    let Some(identity) = identity else {
        return Reply::new(Status::TEMPORARILY_UNAVAILABLE);
    };
    match (willing, call) {
        (Willing::No, _) => Reply::new(Status::DECLINE),
        (Willing::Yes, Some(Stands::Held | Stands::Conference)) => {
            Reply::new(Status::TEMPORARILY_UNAVAILABLE)
        }
        (Willing::Yes, Some(Stands::Connected) | None) => Reply::new(Status::OK)
            .with_contact(own_tags(call).on(identity.contact.clone()))
            .with_header(Header::fixed("Accept", "application/sdp"))
            .with_body(description()),
    }
}

/// What a browser shows and watches. Its gateway says to others what comes of that.
fn description() -> Body {
    let abilities = Abilities {
        video: vec![VideoCodec::H264, VideoCodec::Vp8],
        files: None,
    };
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    Body::sdp(abilities.describe(1, nowhere).to_bytes())
}
