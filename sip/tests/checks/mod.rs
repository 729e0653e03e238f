//! What holds for whatever bytes a peer sends. The property tests, the replayed corpora and the
//! fuzz targets all ask this.

use sip::digest::{Authorization, Challenge};
use sip::limits::Limits;
use sip::message::{AcceptContact, Message, Request};
use sip::parse::parse;
use sip::sdp::capability::{PotentialConfiguration, TransportCapability};
use sip::sdp::picture::{FrameSize, ImageAttributes};
use sip::sdp::{Description, Media, offer_answer};
use sip::stream::{StreamItem, StreamParser};
use sip::video_share::{Abilities, Tags};

/// Reading never panics; what was read reads the same after writing; a reply to what could not be
/// read is itself readable.
pub fn message(bytes: &[u8]) {
    let limits = Limits::default();
    match parse(bytes, &limits) {
        Ok(message) => {
            look_at(&message);
            reads_back(&message);
        }
        Err(error) => {
            if let Some(reply) = error.reply(bytes) {
                reads_back(&reply.into());
            }
        }
    }
}

/// A stream gives the same however it is cut, and never holds more than a read and a message.
pub fn stream(bytes: &[u8]) {
    let whole = items(bytes, bytes.len().max(1));
    // A ping that is cut in two is two pongs, so only messages and errors count.
    assert_eq!(whole, items(bytes, 7));
}

fn items(bytes: &[u8], size: usize) -> Vec<Vec<u8>> {
    let mut parser = StreamParser::new(Limits::default());
    let mut items = Vec::new();
    for piece in bytes.chunks(size) {
        parser.push(piece);
        for item in &mut parser {
            match item {
                Ok(StreamItem::Message(bytes)) => {
                    message(&bytes);
                    items.push(bytes);
                }
                Ok(StreamItem::Ping | StreamItem::Pong) => {}
                // How much of it is here for the reply depends on the cut.
                Err(error) => items.push(error.to_string().into_bytes()),
            }
        }
    }
    items
}

fn reads_back(message: &Message) {
    let written = message.to_bytes();
    // What we write may be longer than what we read: quotes, brackets and one line a value.
    let generous = Limits {
        message_bytes: usize::MAX,
        head_bytes: usize::MAX,
        headers: usize::MAX,
        vias: usize::MAX,
        list_values: usize::MAX,
        uri_bytes: usize::MAX,
        ..Limits::default()
    };
    let again = parse(&written, &generous);
    assert_eq!(
        again.as_ref(),
        Ok(message),
        "{}",
        String::from_utf8_lossy(&written)
    );
}

/// All that is read only when asked for.
fn look_at(message: &Message) {
    let headers = message.headers();
    for header in &headers.other {
        let name = header.name.as_str();
        let _ = headers.list(name).count();
        let _ = headers.number(name);
        let _ = headers.addresses(name);
        let value = header.value.to_str_lossy();
        let _ = value.parse::<Challenge>();
        let _ = value.parse::<Authorization>();
    }
    if let Some(Ok(wanted)) = headers.typed::<AcceptContact>() {
        for wish in &wanted.0 {
            let _ = (wish.features(), Tags::of(&wish.params).accept_contact());
        }
    }
    if let Some(content_type) = &headers.content_type {
        let _ = sip::parse::parts(content_type, message.body());
    }
    for via in &headers.via {
        let _ = (via.response_target(), via.has_rfc3261_branch());
    }
    for contact in headers.contact.list() {
        let _ = (contact.expires(), contact.uri.number());
        assert!(contact.uri.same_as(&contact.uri));
        let tags = Tags::of(&contact.params);
        let written = tags.on(contact.clone());
        assert_eq!(Tags::of(&written.params), tags);
    }
    if let Message::Request(Request { uri, .. }) = message {
        let _ = (uri.number(), uri.user());
    }
}

/// A session description that is read is written so that it reads the same, and every answer made
/// of it fits it.
pub fn description(bytes: &[u8]) {
    let Ok(offer) = Description::parse(bytes) else {
        return;
    };
    let again = Description::parse(&offer.to_bytes());
    assert_eq!(
        again.as_ref(),
        Ok(&offer),
        "what was written reads the same"
    );
    let abilities = Abilities::of(&offer);
    let said = abilities.describe(1, std::net::Ipv4Addr::LOCALHOST.into());
    let heard = Description::parse(&said.to_bytes());
    let heard = heard.map(|said| Abilities::of(&said));
    assert_eq!(heard, Ok(abilities), "what was said is what was meant");
    let mut refusal = Description::new(1, 1, std::net::Ipv4Addr::LOCALHOST.into());
    refusal.media = offer.media.iter().map(offer_answer::refuse).collect();
    assert_eq!(offer_answer::check_answer(&offer, &refusal), Ok(()));
    for media in &offer.media {
        let _ = offer_answer::destination(&offer, media);
        let _ = offer_answer::bits_per_second(&offer, media);
        let _ = offer_answer::rtcp_bits_per_second(&offer, media);
        let _ = offer.potential_protocols(media);
        attributes_read_back(media);
    }
}

/// What is read of an attribute reads the same when it is written.
fn attributes_read_back(media: &Media) {
    for feedback in media.feedback() {
        assert_eq!(feedback.to_string().parse(), Ok(feedback));
    }
    for extension in media.extensions() {
        assert_eq!(extension.to_string().parse(), Ok(extension));
    }
    for sizes in media.image_attributes() {
        let again = ImageAttributes::read(&sizes.to_string());
        assert_eq!(again.as_ref(), Some(&sizes));
    }
    for size in media.frame_sizes() {
        assert_eq!(FrameSize::read(&size.to_string()), Some(size));
    }
    for attribute in &media.attributes {
        let Some(value) = &attribute.value else {
            continue;
        };
        if let Some(read) = TransportCapability::read(value) {
            assert_eq!(
                TransportCapability::read(&read.write()).as_ref(),
                Some(&read)
            );
        }
        if let Some(read) = PotentialConfiguration::read(value) {
            assert_eq!(
                PotentialConfiguration::read(&read.write()).as_ref(),
                Some(&read)
            );
        }
    }
}

/// Reading never panics and is bounded; a document that was read reads the same after writing, and a
/// roster takes any row of documents.
pub fn people(bytes: &[u8]) {
    if let Ok(entries) = sip::resource_lists::parse(bytes) {
        let again = sip::resource_lists::parse(&sip::resource_lists::write(&entries));
        assert!(again.is_ok_and(|again| again.len() == entries.len()));
    }
    if let Ok(document) = sip::conference::Conference::parse(bytes) {
        let again = sip::conference::Conference::parse(&document.to_bytes());
        if document.extent != sip::conference::Extent::Deleted {
            assert_eq!(again.ok().as_ref(), Some(&document));
        }
        let mut roster = sip::conference::Roster::default();
        roster.take(document.clone());
        roster.take(document);
        assert!(roster.users().len() <= sip::conference::MOST_USERS);
    }
}
