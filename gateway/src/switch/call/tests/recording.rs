//! That somebody records, told inside the call (RFC 6086): to the other page, to all who watch, and
//! to a sharer as long as anybody does.

use sip::agent::{Event, RequestId};
use sip::message::{Body, Header, Method, Status};
use sip::resource_lists;

use super::scene::{BROWSER_ANSWER, BROWSER_OFFER, HANDSET_ANSWER, Scene, Who};
use super::*;
use crate::bridge::web_leg::WebCodec;

const PAGE: &str = "tel:+447700900004";
const ON: &str = "{\"recording\":\"on\"}";
const OFF: &str = "{\"recording\":\"off\"}";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Recording,
    Nothing,
}

fn recv_info() -> Header {
    Header::fixed("Recv-Info", "recording")
}

/// The browser shows something to that one; the first bridge is theirs.
fn asked(scene: &mut Scene, whom: &str, more: Option<Header>) -> CallHandle {
    scene.call_with(Who::Browser, whom, BROWSER_OFFER, |invite| {
        invite.headers.push(recv_info());
        invite.headers.extend(more);
    })
}

/// The page takes what that bridge offers.
fn page_takes(scene: &mut Scene, bridge: u64, shows: Shows) {
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(bridge, BridgeReply::Description { side, sdp });
    let answer = BROWSER_OFFER.replace("a=sendonly", "a=recvonly");
    let reply = Reply {
        body: sdp_body(answer.into()),
        ..Reply::new(Status::OK)
    };
    let reply = match shows {
        Shows::Recording => reply.with_header(recv_info()),
        Shows::Nothing => reply,
    };
    scene.answer(Who::Page, reply);
    let codec = Some(WebCodec::Vp8);
    let accepted = BridgeReply::WebAccepted {
        side: Side::Callee,
        codec,
        audio: None,
    };
    scene.media_of(bridge, accepted);
}

/// The browser's share that the page watches.
fn watched_by_page(shows: Shows) -> (Scene, CallHandle) {
    let mut scene = Scene::new();
    scene.register(Who::Page, Who::Page, "1.0");
    let call = asked(&mut scene, PAGE, None);
    page_takes(&mut scene, 1, shows);
    let (side, sdp) = (Side::Caller, BROWSER_ANSWER.to_owned());
    scene.media_of(1, BridgeReply::Description { side, sdp });
    scene.ladder.clear();
    (scene, call)
}

/// The browser's share that the handset watches, and others may.
fn watched_by_handset() -> (Scene, CallHandle) {
    let mut scene = Scene::new();
    scene.register(Who::Page, Who::Page, "1.0");
    let supported = Header::fixed("Supported", resource_lists::OPTION_TAG);
    let call = asked(&mut scene, "tel:+447700900002", Some(supported));
    scene.opened(1);
    scene.takes(Who::Handset, HANDSET_ANSWER);
    let (side, sdp) = (Side::Caller, BROWSER_ANSWER.to_owned());
    scene.media_of(1, BridgeReply::Description { side, sdp });
    scene.ladder.clear();
    (scene, call)
}

fn says(scene: &mut Scene, who: Who, call: CallHandle, body: &str) -> RequestId {
    let headers = vec![Header::fixed("Info-Package", "recording")];
    let body = Some(Body::new("application/json".parse().unwrap(), body));
    let now = scene.now;
    let agent = scene.agent(who);
    let id = agent.request_in_call(call, Method::Info, headers, body, now);
    scene.settle();
    id
}

/// What was answered to it.
fn answered(scene: &Scene, id: RequestId) -> Option<u16> {
    scene.events.iter().find_map(|(_, event)| match event {
        Event::Response { id: of, response } if *of == id => Some(response.status.code()),
        _ => None,
    })
}

/// Answers all that somebody was told of recording; gives what it was.
fn told(scene: &mut Scene, who: Who) -> Vec<String> {
    let mut all = Vec::new();
    for (of, event) in std::mem::take(&mut scene.events) {
        match &event {
            Event::CallRequest { id, request, .. }
                if of == who && request.method == Method::Info =>
            {
                assert_eq!(request.headers.get("Info-Package"), Some("recording"));
                all.push((*id, String::from_utf8(request.body.clone()).unwrap()));
            }
            _ => scene.events.push((of, event)),
        }
    }
    let now = scene.now;
    for (id, _) in &all {
        let reply = Reply::new(Status::OK);
        scene.agent(who).respond(*id, reply, now).unwrap();
    }
    scene.settle();
    all.into_iter().map(|(_, body)| body).collect()
}

#[test]
fn a_page_is_told_by_the_other_and_its_answer_goes_back() {
    let (mut scene, call) = watched_by_page(Shows::Recording);
    assert!(scene.heard(Who::Browser, "SIP/2.0 200", "Recv-Info: recording"));
    assert!(scene.heard(Who::Page, "INVITE", "Recv-Info: recording"));
    let asked = says(&mut scene, Who::Browser, call, ON);
    assert_eq!(answered(&scene, asked), None, "not before it is shown");
    assert_eq!(told(&mut scene, Who::Page), [ON]);
    assert_eq!(answered(&scene, asked), Some(200));
    let back = scene.incoming(Who::Page);
    let asked = says(&mut scene, Who::Page, back, OFF);
    assert_eq!(told(&mut scene, Who::Browser), [OFF]);
    assert_eq!(answered(&scene, asked), Some(200));
}

#[test]
fn who_shows_nothing_of_it_is_told_nothing_and_the_asker_hears_so() {
    let (mut scene, call) = watched_by_page(Shows::Nothing);
    let asked = says(&mut scene, Who::Browser, call, ON);
    assert_eq!(answered(&scene, asked), Some(469));
    let (mut handset, call) = watched_by_handset();
    assert!(!handset.heard(Who::Handset, "INVITE", "Recv-Info"));
    let asked = says(&mut handset, Who::Browser, call, ON);
    assert_eq!(answered(&handset, asked), Some(469));
    for (scene, who) in [(&mut scene, Who::Page), (&mut handset, Who::Handset)] {
        assert!(told(scene, who).is_empty());
    }
}

#[test]
fn a_word_that_says_nothing_goes_nowhere() {
    let (mut scene, call) = watched_by_page(Shows::Recording);
    for body in [
        "",
        "on",
        "{}",
        "{\"recording\":true}",
        "{\"recording\":\"maybe\"}",
    ] {
        let asked = says(&mut scene, Who::Browser, call, body);
        assert_eq!(answered(&scene, asked), Some(400), "{body}");
    }
    assert!(told(&mut scene, Who::Page).is_empty());
}

#[test]
fn all_who_watch_are_told_once_each_and_the_sharer_as_long_as_anybody_records() {
    let (mut scene, call) = watched_by_handset();
    let page = format!("<{PAGE}>");
    scene.refer(Who::Browser, call, &[&page], &[("Refer-Sub", "false")]);
    page_takes(&mut scene, 2, Shows::Recording);
    scene.media_of(2, BridgeReply::Fed { side: Side::Caller });
    let watcher = scene.incoming(Who::Page);
    // The handset shows nothing of it; the page does, once.
    for _ in 0..2 {
        let asked = says(&mut scene, Who::Browser, call, ON);
        assert_eq!(answered(&scene, asked), Some(469));
    }
    assert_eq!(told(&mut scene, Who::Page), [ON]);
    says(&mut scene, Who::Browser, call, OFF);
    assert_eq!(told(&mut scene, Who::Page), [OFF]);
    // A watcher records, and leaves.
    let asked = says(&mut scene, Who::Page, watcher, ON);
    assert_eq!(answered(&scene, asked), Some(200));
    assert_eq!(told(&mut scene, Who::Browser), [ON]);
    scene.hangs_up(Who::Page, watcher);
    assert_eq!(told(&mut scene, Who::Browser), [OFF]);
}
