//! RFC 3261 §11, RFC 3840: what the phone says that it can do, and what it asks of others (R1.1 to R1.8).

use std::time::{Duration, Instant};

use serde::Serialize;

use super::{
    Agent, CommandError,
    company::{Company, same},
    incoming::peer_of,
    outgoing::target_uri,
};
use crate::{
    offer,
    profile::{Encoding, OnOptions, setup::Asks},
    sdp::{Description, Media},
    sip::{
        message::Message,
        text,
        transaction::{ClientKey, ServerKey},
    },
};

/// After the call connects (R1.1).
const AFTER_CONNECT: Duration = Duration::from_secs(2);
/// Before the one question more after 404, 408 and 480 (R1.4).
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(20);
/// The mark of Video Share beside a call.
const IN_CALL: &str = "+g.3gpp.cs-voice";

/// What is known of the phone at the other end of the call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Can {
    #[default]
    Unknown,
    /// Takes a share; by the codecs of its answer it has H.264 too, or nobody knows.
    LiveVideo,
    /// Takes a share by H.263 alone.
    H263Video,
    Nothing,
}

/// The question about whoever is at the other end.
#[derive(Debug, Default)]
pub(super) struct Question {
    /// Whom the call is with.
    peer: Option<String>,
    can: Can,
    waiting: Option<ClientKey>,
    due: Option<Instant>,
    was_asked_again: bool,
}

impl Question {
    pub(super) fn is_waiting_for(&self, key: ClientKey) -> bool {
        self.waiting == Some(key)
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn can(&self) -> Can {
        self.can
    }
}

impl Agent {
    /// The call changed: what was known is so no longer, and another peer is asked.
    pub(super) fn keep_company(&mut self, company: Company, now: Instant) {
        self.question = Question::default();
        if let (Company::Number(number), Asks::WithDescription | Asks::WithTags) =
            (&company, self.config.profile.capabilities.asks)
        {
            self.question.peer = Some(number.clone());
            self.question.due = Some(now + AFTER_CONNECT);
        }
        self.config.company = company;
    }

    pub(super) fn capability_timeout(&mut self, now: Instant) {
        if self.question.due.take_if(|due| now >= *due).is_some()
            && let Some(peer) = self.question.peer.clone()
            // A number that cannot be dialled has nobody to be asked.
            && self.ask(&peer, now).is_err()
        {
            self.question.can = Can::Nothing;
        }
    }

    /// Asks by OPTIONS.
    fn ask(&mut self, peer: &str, now: Instant) -> Result<(), CommandError> {
        let wrong = || CommandError::Address(peer.to_owned());
        let uri = target_uri(peer).ok_or_else(wrong)?;
        let routes = self.routes_to(&uri);
        let hop = self.next_hop(&routes, &uri).ok_or_else(wrong)?;
        let (tag, call_id) = (self.ids.tag(), self.ids.call_id());
        let local = format!("<{}>;tag={tag}", self.identity());
        let remote = format!("<{uri}>");
        let mut options = Message::request("OPTIONS", &uri, &local, &remote, &call_id, 1)
            .with("Contact", self.contact_to(peer))
            .with("Accept-Contact", format!("*;{IN_CALL};explicit"))
            .with("Accept", "application/sdp")
            .with("Accept-Encoding", "gzip")
            .with("Accept-Language", "en")
            .with("Allow", self.config.profile.allow.join(", "));
        for route in &routes {
            options.push("Route", route.as_str());
        }
        let mut options = self.dressed(options);
        if self.config.profile.capabilities.asks == Asks::WithDescription {
            let body = self.writer().capabilities().to_string();
            options = options.with_body("application/sdp", body);
        }
        let branch = self.ids.branch();
        let key = self.transactions.request(options, &branch, hop, now);
        self.question.waiting = Some(key);
        Ok(())
    }

    pub(super) fn question_answered(&mut self, response: &Message, now: Instant) {
        let Some(status) = response.status().filter(|status| *status >= 200) else {
            return;
        };
        self.question.waiting = None;
        self.question.can = match status {
            200..300 => shown_by(response),
            501 => Can::LiveVideo,
            404 | 408 | 480 if !self.question.was_asked_again => {
                self.question.was_asked_again = true;
                self.question.due = Some(now + ASK_AGAIN_AFTER);
                Can::Unknown
            }
            _ => Can::Nothing,
        };
    }

    /// Answers an OPTIONS as the model does, or as the command line says.
    pub(super) fn asked(&mut self, key: ServerKey, options: &Message, now: Instant) {
        let peer = peer_of(options);
        let is_in_call = self.config.company.is_with(&peer);
        let habits = self.config.profile.capabilities.clone();
        let by_model = match is_in_call {
            true => habits.answers,
            false => habits.answers_outside_call.unwrap_or(habits.answers),
        };
        let response = match self.config.on_options.unwrap_or(by_model) {
            OnOptions::Status(status) => self.reply(options, status, OnOptions::reason(status)),
            OnOptions::Capable => {
                let contact = self.contact_to(&peer);
                self.capable(options, contact)
            }
            OnOptions::Untagged => {
                let contact = self.contact_without(IN_CALL);
                self.capable(options, contact)
            }
        };
        self.transactions.respond(key, &response, now);
    }

    fn capable(&mut self, options: &Message, contact: String) -> Message {
        let mut description = self.writer().capabilities();
        description.media.extend(self.files());
        self.ok(options, contact)
            .with("Accept", "application/sdp")
            .with_body("application/sdp", description.to_string())
    }

    /// What is said of files (R2.4).
    fn files(&self) -> Option<Media> {
        let habits = &self.config.profile.capabilities;
        let types = habits.file_types.join(" ");
        let mut attributes = vec![format!("accept-types:{types}"), "file-selector".to_owned()];
        attributes.extend(
            habits
                .max_file_bytes
                .map(|bytes| format!("max-size:{bytes}")),
        );
        (!types.is_empty()).then(|| Media {
            kind: "message".to_owned(),
            port: 0,
            protocol: "TCP/MSRP".to_owned(),
            formats: vec!["*".to_owned()],
            address: None,
            bandwidth: Vec::new(),
            attributes,
        })
    }

    /// Our offer: without H.264 where the peer said that it has none (R1.16).
    pub(super) fn offer_to(&self, uri: &str) -> Description {
        let is_peer = |peer: &String| same(peer, &text::person(uri));
        let knows = self.question.peer.as_ref().is_some_and(is_peer);
        let mut offered = (*self.config.profile).clone();
        let has_others = offered
            .codecs
            .iter()
            .any(|of| of.encoding != Encoding::H264);
        if knows && self.question.can == Can::H263Video && has_others {
            offered
                .codecs
                .retain(|codec| codec.encoding != Encoding::H264);
        }
        let writer = self.writer();
        offer::Writer {
            profile: &offered,
            ..writer
        }
        .offer()
    }

    /// The Contact for somebody: the tags of a call go to whom it is with.
    pub(super) fn contact_to(&self, peer: &str) -> String {
        let mut contact = self.contact();
        if self.config.company.is_with(&text::person(peer)) {
            for tag in &self.config.profile.in_call_tags {
                contact.push(';');
                contact.push_str(tag);
            }
        }
        contact
    }

    fn contact_without(&self, unwanted: &str) -> String {
        let contact = self.contact();
        let mut parts = text::split_outside(&contact, ';');
        parts.retain(|part| !part.eq_ignore_ascii_case(unwanted));
        parts.join(";")
    }
}

/// What a 200 says (R1.5): the tag in its Contact, and a codec of the service.
fn shown_by(response: &Message) -> Can {
    let has_tag = response.list("Contact").iter().any(|contact| {
        let mut parts = text::split_outside(contact, ';').into_iter().skip(1);
        parts.any(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, "TRUE"));
            name.trim().eq_ignore_ascii_case(IN_CALL)
                && !value.trim().trim_matches('"').eq_ignore_ascii_case("FALSE")
        })
    });
    let Ok(description) = Description::read(&response.body) else {
        return Can::Nothing;
    };
    let encodings = offer::encodings(&description);
    match has_tag {
        true if encodings.contains(&Encoding::H264) => Can::LiveVideo,
        true if !encodings.is_empty() => Can::H263Video,
        true | false => Can::Nothing,
    }
}
