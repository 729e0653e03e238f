//! What we can do: Allow, Supported and Require (RFC 3261 §8.2.1, §8.2.2.3, §20.5, §20.37).

use crate::message::{Headers, Method, Request, Text};

/// What an INVITE, OPTIONS or a 2xx says in Allow unless the owner says otherwise; and PRACK
/// where we understand 100rel (RFC 3262).
const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE";

/// The option tags in Require that we don't understand; empty if all is well. CANCEL and ACK are
/// never refused for them (§8.2.2.3).
pub(super) fn not_understood(request: &Request, understood: &[Text]) -> Vec<String> {
    match request.method {
        Method::Ack | Method::Cancel => Vec::new(),
        _ => request
            .headers
            .list("Require")
            .filter(|tag| !understands(understood, tag))
            .map(str::to_owned)
            .collect(),
    }
}

/// Whether an option tag is among those.
pub(super) fn understands(understood: &[Text], tag: &str) -> bool {
    understood
        .iter()
        .any(|known| known.eq_ignore_ascii_case(tag))
}

/// Says what we can do where §13.2.1, §13.3.1.4 and §11.2 ask for it.
pub(super) fn announce(method: &Method, headers: &mut Headers, understood: &[Text]) {
    match method {
        Method::Invite | Method::Update | Method::Options => {}
        _ => return,
    }
    if !headers.has("Allow") {
        let pracks = understands(understood, "100rel");
        headers.push(
            "Allow",
            ALLOW.to_owned() + if pracks { ", PRACK" } else { "" },
        );
    }
    if !understood.is_empty() && !headers.has("Supported") {
        let tags: Vec<&str> = understood.iter().map(Text::as_str).collect();
        headers.push("Supported", tags.join(", "));
    }
}
