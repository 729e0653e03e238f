//! Two plain peers talk to each other directly: what one says inside the call the other hears.

use std::time::Duration;

use sip::agent::{Event, RequestId};
use sip::message::{Header, Method, Status};

use super::scene::{HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;

pub(super) const HELD: &str = "v=0\r\no=- 1 2 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\n\
t=0 0\r\nm=video 49152 RTP/AVP 34\r\na=inactive\r\n";

/// A call from the handset to the tablet; the handles of both.
fn established() -> (Scene, CallHandle, CallHandle) {
    let mut scene = Scene::new();
    scene.register(Who::Tablet, Who::Handset, "0.5");
    let caller = scene.call(Who::Handset, "tel:+447700900002", HANDSET_OFFER);
    let body = sdp_body(HANDSET_ANSWER.into());
    let answer = Reply {
        body,
        ..Reply::new(Status::OK)
    };
    let allow = Header::fixed("Allow", "INVITE, ACK, BYE, CANCEL, REFER");
    scene.answer(Who::Tablet, answer.with_header(allow));
    let callee = scene.incoming(Who::Tablet);
    scene.ladder.clear();
    (scene, caller, callee)
}

impl Scene {
    pub(super) fn sends(
        &mut self,
        who: Who,
        call: CallHandle,
        method: Method,
        body: Option<Body>,
    ) -> RequestId {
        let headers = vec![
            Header::fixed("X-Unknown", "kept,  as it is"),
            Header::fixed("Reason", "SIP;cause=200;text=\"a reason\""),
            Header::fixed("P-Asserted-Identity", "<sip:somebody@else.example>"),
        ];
        let now = self.now;
        let id = self
            .agent(who)
            .request_in_call(call, method, headers, body, now);
        self.settle();
        id
    }

    pub(super) fn answers(&mut self, who: Who, reply: Reply) {
        let found = self
            .events
            .iter()
            .rev()
            .find_map(|(of, event)| match event {
                Event::CallRequest { id, .. } if *of == who => Some(*id),
                _ => None,
            });
        let (id, now) = (found.expect("a request came"), self.now);
        let reply = reply.with_contact(who.contact());
        self.agent(who).respond(id, reply, now).unwrap();
        self.settle();
    }

    pub(super) fn request_at(&self, who: Who) -> &Request {
        let found = self
            .events
            .iter()
            .rev()
            .find_map(|(of, event)| match event {
                Event::CallRequest { request, .. } if *of == who => Some(request),
                _ => None,
            });
        found.expect("a request came")
    }

    pub(super) fn response_at(&self, who: Who, id: RequestId) -> &sip::message::Response {
        let found = self.events.iter().find_map(|(of, event)| match event {
            Event::Response {
                id: of_id,
                response,
            } if *of == who && *of_id == id => Some(response),
            _ => None,
        });
        found.expect("it was answered")
    }
}

pub(super) fn with(status: Status, sdp: &str) -> Reply {
    Reply {
        body: sdp_body(sdp.into()),
        ..Reply::new(status)
    }
}

#[test]
fn offers_and_answers_pass_both_ways() {
    for method in [Method::Invite, Method::Update] {
        let (mut scene, caller, callee) = established();
        for (from, call, to) in [
            (Who::Handset, caller, Who::Tablet),
            (Who::Tablet, callee, Who::Handset),
        ] {
            let asked = scene.sends(from, call, method.clone(), sdp_body(HELD.into()));
            assert_eq!(scene.request_at(to).method, method);
            assert_eq!(scene.request_at(to).body, HELD.as_bytes());
            scene.answers(to, with(Status::OK, HANDSET_ANSWER));
            let response = scene.response_at(from, asked);
            assert_eq!(response.status, Status::OK);
            assert_eq!(response.body, HANDSET_ANSWER.as_bytes());
        }
        assert!(
            scene.commands.is_empty(),
            "there is no bridge: {:?}",
            scene.commands
        );
    }
}

#[test]
fn a_reinvite_waits_for_the_other_sides_answer() {
    let (mut scene, caller, _) = established();
    scene.sends(Who::Handset, caller, Method::Invite, sdp_body(HELD.into()));
    scene.check(&["Handset -> INVITE", "-> Tablet INVITE"]);
    scene.pass(Duration::from_secs(3));
    scene.ladder.clear();
    scene.answers(Who::Tablet, with(Status::OK, HANDSET_ANSWER));
    scene.check(&[
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "-> Handset 200 INVITE",
        "Handset -> ACK",
    ]);
}

#[test]
fn a_refusal_passes_and_the_call_goes_on() {
    for status in [
        Status::NOT_ACCEPTABLE_HERE,
        Status::FORBIDDEN,
        Status::BUSY_HERE,
    ] {
        let (mut scene, caller, _) = established();
        let asked = scene.sends(Who::Handset, caller, Method::Invite, sdp_body(HELD.into()));
        scene.answers(
            Who::Tablet,
            Reply::new(status).with_header(Header::fixed("Warning", "305 - \"no\"")),
        );
        let response = scene.response_at(Who::Handset, asked);
        assert_eq!(response.status, status);
        assert_eq!(response.headers.get("Warning"), Some("305 - \"no\""));
        assert_eq!(scene.switch.calls(), 1);
    }
}

#[test]
fn a_reinvite_without_an_offer_gets_the_other_sides_and_its_answer_in_the_ack() {
    let (mut scene, caller, _) = established();
    let asked = scene.sends(Who::Handset, caller, Method::Invite, None);
    assert!(scene.request_at(Who::Tablet).body.is_empty());
    scene.answers(Who::Tablet, with(Status::OK, HANDSET_OFFER));
    scene.check(&[
        "Handset -> INVITE",
        "-> Tablet INVITE",
        "Tablet -> 200 INVITE",
        "-> Handset 200 INVITE",
    ]);
    assert_eq!(
        scene.response_at(Who::Handset, asked).body,
        HANDSET_OFFER.as_bytes()
    );
    let now = scene.now;
    scene
        .handset
        .acknowledge(caller, sdp_body(HANDSET_ANSWER.into()), now)
        .unwrap();
    scene.settle();
    scene.check(&["Handset -> ACK", "-> Tablet ACK"]);
    let answer = scene
        .events
        .iter()
        .rev()
        .find_map(|(who, event)| match event {
            Event::Confirmed { body, .. } if *who == Who::Tablet => body.clone(),
            _ => None,
        });
    assert_eq!(answer.unwrap().bytes, HANDSET_ANSWER.as_bytes());
}

#[test]
fn of_offers_that_cross_one_is_made_and_the_other_is_to_be_tried_again() {
    let (mut scene, caller, callee) = established();
    scene.deaf = Some(Who::Tablet);
    let first = scene.sends(Who::Handset, caller, Method::Invite, sdp_body(HELD.into()));
    scene.sends(Who::Tablet, callee, Method::Invite, sdp_body(HELD.into()));
    scene.deaf = None;
    scene.pass(Duration::from_secs(5));
    let refused = "-> Tablet 491 INVITE".to_owned();
    assert!(scene.ladder.contains(&refused), "{:?}", scene.ladder);
    scene.answers(Who::Tablet, with(Status::OK, HANDSET_ANSWER));
    assert_eq!(scene.response_at(Who::Handset, first).status, Status::OK);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn any_other_request_passes_with_its_body_and_unknown_headers() {
    let dtmf = || {
        Body::new(
            "application/dtmf-relay".parse().unwrap(),
            "Signal=5\r\nDuration=160\r\n",
        )
    };
    for method in ["INFO", "MESSAGE", "OPTIONS", "NOTIFY", "REFER", "X-ODD"] {
        let (mut scene, caller, _) = established();
        let method: Method = method.parse().unwrap();
        let asked = scene.sends(Who::Handset, caller, method.clone(), Some(dtmf()));
        let heard = scene.request_at(Who::Tablet);
        assert_eq!(heard.method, method);
        assert_eq!(heard.body, dtmf().bytes);
        assert_eq!(heard.headers.content_type, Some(dtmf().content_type));
        assert_eq!(heard.headers.get("X-Unknown"), Some("kept,  as it is"));
        assert_eq!(
            heard.headers.get("Reason"),
            Some("SIP;cause=200;text=\"a reason\"")
        );
        assert!(
            !heard.headers.has("P-Asserted-Identity"),
            "nobody vouches for it"
        );
        let reply = Reply::new(Status::ACCEPTED).with_header(Header::fixed("X-Back", "too"));
        scene.answers(Who::Tablet, reply);
        let response = scene.response_at(Who::Handset, asked);
        assert_eq!(response.status, Status::ACCEPTED);
        assert_eq!(response.headers.get("X-Back"), Some("too"));
    }
}

#[test]
fn a_peer_that_says_nothing_any_more_ends_the_call_for_the_other() {
    let (mut scene, caller, _) = established();
    scene.sends(Who::Handset, caller, Method::Info, None);
    scene.pass(Duration::from_secs(40));
    assert_eq!(scene.switch.calls(), 0);
    assert!(
        scene.ladder.contains(&"-> Handset BYE".to_owned()),
        "{:?}",
        scene.ladder
    );
}
