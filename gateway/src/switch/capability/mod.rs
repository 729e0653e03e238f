//! RFC 3261 §11, RFC 3264 §9 between pages and plain peers: rules R1.5 to R1.9 and R2.4. A question and
//! its answer go from end to end, since only the ends know what they can do for each other; but neither
//! sees the other's description or Contact: both are written here, from what was read. Who answers is
//! said by us, not by them (RFC 3325 §5).

mod known;

use sip::message::{
    AcceptContact, Body, Contact, Header, Headers, Method, Request, Response, Uri, Value,
};
use sip::sdp::Description;
use sip::time::Instant;
use sip::transport::{Hop, Transport};
use sip::video_share::{Abilities, Tags, VideoCodec};

pub use known::KnownPeers;

use super::identity;
use super::route::{self, Access, Target, Way, Whose};
use super::{Desk, privacy};

/// What a plain peer is told that a page takes: what it would be offered (R1.17).
const FOR_PLAIN_PEERS: [VideoCodec; 4] = [
    VideoCodec::H264,
    VideoCodec::H263Profiles,
    VideoCodec::H263Plus,
    VideoCodec::H263,
];

/// A question on its way: what its answer needs.
#[derive(Debug, Clone)]
pub(super) struct Question {
    from: Access,
    /// Where our own Contact is for whoever asks.
    back: Transport,
    to: Access,
    /// Who answers.
    whose: Whose,
    /// By what the device that answers is called.
    uri: Uri,
}

impl Question {
    /// Makes of an OPTIONS what that target gets. `None` for any other request.
    pub(super) fn ask(
        request: &mut Request,
        from: &Hop,
        target: &Target,
        desk: &Desk<'_>,
    ) -> Option<Question> {
        if request.method != Method::Options {
            return None;
        }
        let question = Question {
            from: route::access(from.transport),
            back: from.transport,
            to: target.access,
            whose: target.whose.clone(),
            uri: target.uri.clone(),
        };
        if question.crosses() {
            let onward = match &target.way {
                Way::Hop(hop) => hop.transport,
                Way::Find(_) | Way::Number(_) => Transport::Udp,
            };
            own_contact(&mut request.headers, onward, desk);
            match Said::read(request.content("application/sdp")) {
                Said::Nothing => {}
                Said::Nonsense => without_body(&mut request.headers, &mut request.body),
                Said::Takes(abilities) => {
                    request.set_body(description(&abilities, (question.from, question.to), desk));
                }
            }
        }
        Some(question)
    }

    /// Makes of the answer what whoever asked gets, and remembers what was said.
    pub(super) fn answer(&self, response: &mut Response, desk: &mut Desk<'_>, now: Instant) {
        self.assert_identity(response, desk);
        let said = Said::read(response.content("application/sdp"));
        if let Said::Takes(abilities) = &said
            && response.status.is_success()
        {
            self.remember(abilities, response, desk, now);
        }
        if !self.crosses() {
            return;
        }
        own_contact(&mut response.headers, self.back, desk);
        match said {
            Said::Nothing => {}
            Said::Nonsense => without_body(&mut response.headers, &mut response.body),
            Said::Takes(abilities) => {
                response.set_body(description(&abilities, (self.to, self.from), desk));
            }
        }
    }

    /// Two plain peers understand each other as they are.
    fn crosses(&self) -> bool {
        self.from == Access::Browser || self.to == Access::Browser
    }

    /// RFC 3325 §5, R1.7: who answers, by the SIP address and the number that we know them by. The
    /// core's word stands.
    fn assert_identity(&self, response: &mut Response, desk: &Desk<'_>) {
        let headers = &mut response.headers;
        let hides = privacy::is_wished(headers);
        let known = match &self.whose {
            Whose::Core if !hides => return,
            Whose::Core | Whose::Elsewhere => None,
            Whose::Subscriber(name) => identity::asserted_of(name, desk.home),
            Whose::CoreUser(name) => Some(name.clone()),
        };
        headers.remove("P-Asserted-Identity");
        headers.remove("P-Preferred-Identity");
        if let Some(known) = known.filter(|_| !hides) {
            headers.push("P-Asserted-Identity", Value::from(known));
        }
    }

    /// By all addresses under which they may be called next.
    fn remember(&self, said: &Abilities, response: &Response, desk: &mut Desk<'_>, now: Instant) {
        if self.to != Access::Plain {
            return;
        }
        let headers = &response.headers;
        let asserted = headers.addresses("P-Asserted-Identity").unwrap_or_default();
        let others = asserted.into_iter().map(|address| address.uri);
        let others = others.filter(|_| self.whose == Whose::Core);
        for uri in [self.uri.clone()].into_iter().chain(others) {
            desk.known_peers.learn(&uri, said, now);
        }
    }
}

/// What somebody's Contact says of Video Share.
pub(super) fn tags_of(headers: &Headers) -> Tags {
    let contact = headers.contact.first();
    contact.map_or(Tags::NONE, |contact| Tags::of(&contact.params))
}

/// What devices of the callee's the caller of an INVITE wants, for the next to read.
pub(super) fn wanted_by(headers: &Headers) -> Option<Header> {
    let wished = headers.typed::<AcceptContact>()?.ok()?;
    let wished = wished.0.first()?;
    Tags::of(&wished.params).accept_contact()
}

/// What a body says of abilities.
enum Said {
    Nothing,
    /// A description that can't be read: it goes no further.
    Nonsense,
    Takes(Abilities),
}

impl Said {
    fn read(sdp: Option<&[u8]>) -> Said {
        match sdp.map(Description::parse) {
            None => Said::Nothing,
            Some(Err(_)) => Said::Nonsense,
            Some(Ok(description)) => Said::Takes(Abilities::of(&description)),
        }
    }
}

/// What that side is told somebody takes. A page takes whatever we can make of it; what a plain peer
/// takes, pages are told as it is, and what files are taken, everybody.
fn description(said: &Abilities, (from, to): (Access, Access), desk: &Desk<'_>) -> Body {
    let mut told = said.clone();
    if (from, to) == (Access::Browser, Access::Plain) && said.can_watch() {
        told.video = FOR_PLAIN_PEERS.to_vec();
    }
    let written = told.describe(SESSION, desk.policy.media_address);
    Body::sdp(written.to_bytes())
}

/// A Contact of our own, with what the far end's says of Video Share.
fn own_contact(headers: &mut Headers, transport: Transport, desk: &Desk<'_>) {
    let Some(said) = headers.contact.first() else {
        return;
    };
    let tags = Tags::of(&said.params);
    headers.contact = Contact::one(tags.on(desk.policy.own_contact(transport)));
}

fn without_body(headers: &mut Headers, body: &mut Vec<u8>) {
    headers.content_type = None;
    body.clear();
}

/// Of `o=`: nothing is negotiated by these descriptions, so that none is another's successor.
const SESSION: u64 = 1;
