//! RFC 3261 §20.41, §20.35, RFC 3840: what a message shows of the one who wrote it.

use handset::Signs;
use sip::message::{Headers, NameAddr, Request, Response};
use sip::sdp::Description;

use crate::switch::offer;

/// Longer names are cut: none of a handset is a tenth of it.
const NAME_BYTES: usize = 512;
/// Feature tags, attributes and encodings read of one message.
const MOST: usize = 64;

pub(super) fn of_request(request: &Request, contact: &NameAddr) -> Signs {
    let description = request.content("application/sdp");
    of(&request.headers, "User-Agent", contact, description)
}

pub(super) fn of_response(response: &Response) -> Signs {
    let headers = &response.headers;
    let name = match headers.get("Server") {
        Some(_) => "Server",
        None => "User-Agent",
    };
    let description = response.content("application/sdp");
    match headers.contact.first() {
        Some(contact) => of(headers, name, contact, description),
        None => Signs {
            feature_tags: Vec::new(),
            ..of(headers, name, &headers.to, description)
        },
    }
}

fn of(headers: &Headers, name: &str, contact: &NameAddr, description: Option<&[u8]>) -> Signs {
    let mut signs = Signs {
        user_agent: headers.get(name).map(cut),
        feature_tags: contact.params.iter().take(MOST).map(tag).collect(),
        ..Signs::default()
    };
    let description = description.and_then(|sdp| Description::parse(sdp).ok());
    if let Some(description) = description {
        let lines = description.attributes.iter().take(MOST);
        let text = |line: &sip::sdp::Attribute| match &line.value {
            None => line.name.clone(),
            Some(value) => format!("{}:{value}", line.name),
        };
        signs.session_attributes = lines.map(text).collect();
        let formats = offer::video(&description).map(|video| &video.payload_types);
        let formats = formats.into_iter().flatten().take(MOST);
        signs.encodings = formats.map(|format| format.encoding.clone()).collect();
    }
    signs
}

/// As it is written, so that a profile's line can be copied from a trace.
fn tag((name, value): (&str, Option<&str>)) -> String {
    match value {
        None => name.to_owned(),
        Some(value) => format!("{name}=\"{value}\""),
    }
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(NAME_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
