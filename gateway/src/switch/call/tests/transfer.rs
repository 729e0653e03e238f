//! One side has the other put through to somebody else (RFC 3515, RFC 5589).

use std::time::Duration;

use sip::agent::{Event, RequestId};
use sip::message::{Header, Method, Replaces, Status, UriText};

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;
use crate::bridge::{BridgeError, BridgeReply};

const TABLET: &str = "<tel:+447700900003>";
const PAGE: &str = "<sip:page@example.org>";

impl Scene {
    /// A browser's share that the handset watches; tablet and page are users of their own.
    pub(super) fn of_four() -> (Scene, CallHandle) {
        let (mut scene, call) = Scene::established();
        scene.register(Who::Tablet, Who::Tablet, "1.0");
        scene.register(Who::Page, Who::Page, "1.0");
        scene.ladder.clear();
        (scene, call)
    }

    pub(super) fn refer(
        &mut self,
        who: Who,
        call: CallHandle,
        to: &[&str],
        more: &[(&'static str, &str)],
    ) -> RequestId {
        let places = to.iter().map(|to| ("Refer-To", *to));
        let headers = places.chain(more.iter().copied());
        let headers = headers.map(|(name, value)| Header::fixed(name, value.to_owned()));
        let headers = headers.collect();
        let now = self.now;
        let agent = self.agent(who);
        let id = agent.request_in_call(call, Method::Refer, headers, None, now);
        self.settle();
        id
    }

    /// Takes all NOTIFYs that have come; gives what they say.
    pub(super) fn news(&mut self, who: Who) -> Vec<String> {
        let mut all = Vec::new();
        let mut ids = Vec::new();
        for (of, event) in &self.events {
            if let Event::CallRequest { id, request, .. } = event
                && *of == who
                && request.method == Method::Notify
            {
                let state = request.headers.get("Subscription-State").unwrap();
                let line = String::from_utf8_lossy(&request.body);
                let state = state.split(';').next().unwrap();
                all.push(format!("{state} {}", line.trim_end()));
                ids.push(*id);
            }
        }
        let now = self.now;
        for id in ids {
            // Those before have their answers.
            let _ = self.agent(who).respond(id, Reply::new(Status::OK), now);
        }
        self.settle();
        self.ladder.retain(|line| !line.ends_with("200 NOTIFY"));
        all
    }

    pub(super) fn takes(&mut self, who: Who, sdp: &str) {
        let body = sdp_body(sdp.into());
        self.answer(
            who,
            Reply {
                body,
                ..Reply::new(Status::OK)
            },
        );
    }

    pub(super) fn hangs_up(&mut self, who: Who, call: CallHandle) {
        let now = self.now;
        self.agent(who).hang_up(call, None, now);
        self.settle();
    }
}

#[test]
fn a_handset_puts_a_page_through_to_a_tablet() {
    let (mut scene, _) = Scene::of_four();
    let call = scene.incoming(Who::Handset);
    scene.refer(Who::Handset, call, &[TABLET], &[]);
    scene.check(&[
        "Handset -> REFER",
        "-> Handset 202 REFER",
        "-> Handset NOTIFY",
        "-> Tablet INVITE",
    ]);
    scene.news(Who::Handset);
    for (part, why) in [
        (
            "Referred-By: <sip:+447700900002@example.org;user=phone>",
            "who asks",
        ),
        (
            "From: \"browser\" <sip:+447700900001@example.org",
            "who calls",
        ),
        ("To: <sip:+447700900003@example.org", "who is called"),
        ("m=video 30000 ", "the referrer's port"),
    ] {
        assert!(scene.heard(Who::Tablet, "INVITE ", part), "{why}");
    }
    scene.answer(Who::Tablet, Reply::new(Status::RINGING));
    scene.check(&["Tablet -> 180 INVITE", "-> Handset NOTIFY"]);
    scene.news(Who::Handset);
    scene.takes(Who::Tablet, HANDSET_ANSWER);
    scene.check(&[
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "media Apply(PlainConnect",
        "media Apply(Start",
        "-> Handset NOTIFY",
    ]);
    assert_eq!(
        scene.news(Who::Handset),
        [
            "active SIP/2.0 100 Trying",
            "active SIP/2.0 180 Ringing",
            "terminated SIP/2.0 200 OK",
        ]
    );
    assert!(scene.heard(Who::Handset, "NOTIFY ", "terminated;reason=noresource"));
    scene.check(&["-> Handset BYE", "Handset -> 200 BYE"]);
    assert!(scene.heard(Who::Handset, "BYE ", "Call transferred"));
    assert_eq!(scene.switch.calls(), 1);
    // From here on the tablet is the call's callee.
    let call = scene.incoming(Who::Tablet);
    scene.hangs_up(Who::Tablet, call);
    scene.check(&[
        "Tablet -> BYE",
        "-> Tablet 200 BYE",
        "-> Browser BYE",
        "media Close",
        "Browser -> 200 BYE",
    ]);
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_page_puts_a_handset_through_to_another_page() {
    let (mut scene, call) = Scene::of_four();
    scene.refer(Who::Browser, call, &[PAGE], &[]);
    scene.check(&[
        "Browser -> REFER",
        "media Apply(WebOfferNext",
        "-> Browser 202 REFER",
        "-> Browser NOTIFY",
    ]);
    scene.news(Who::Browser);
    let (side, sdp) = (Side::Caller, BROWSER_OFFER.to_owned());
    scene.media(BridgeReply::Description { side, sdp });
    scene.check(&["-> Page INVITE"]);
    scene.takes(Who::Page, BROWSER_OFFER);
    scene.check(&[
        "Page -> 200 INVITE",
        "-> Page ACK",
        "media Apply(WebAcceptNext",
    ]);
    let codec = WebCodec::Vp8;
    scene.media(BridgeReply::WebAccepted {
        side,
        codec: Some(codec),
        audio: None,
    });
    scene.check(&["media Apply(Start", "-> Browser NOTIFY"]);
    scene.news(Who::Browser);
    scene.check(&["-> Browser BYE", "Browser -> 200 BYE"]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn an_answer_that_the_bridge_cannot_take_leaves_the_call_as_it_is() {
    let (mut scene, call) = Scene::of_four();
    scene.refer(Who::Browser, call, &[PAGE], &[]);
    let (side, sdp) = (Side::Caller, BROWSER_OFFER.to_owned());
    scene.media(BridgeReply::Description { side, sdp });
    scene.takes(Who::Page, BROWSER_OFFER);
    scene.ladder.clear();
    let error = BridgeError::NoPort;
    scene.media(BridgeReply::Failed { side, error });
    scene.check(&["-> Browser NOTIFY", "-> Page BYE", "Page -> 200 BYE"]);
    let last = scene.news(Who::Browser).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 488 Not Acceptable Here");
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_busy_target_leaves_the_call_as_it_is_and_another_may_be_tried() {
    let (mut scene, _) = Scene::of_four();
    let call = scene.incoming(Who::Handset);
    scene.refer(Who::Handset, call, &[TABLET], &[]);
    scene.news(Who::Handset);
    scene.ladder.clear();
    scene.answer(Who::Tablet, Reply::new(Status::BUSY_HERE));
    scene.check(&["Tablet -> 486 INVITE", "-> Tablet ACK", "-> Handset NOTIFY"]);
    let last = scene.news(Who::Handset).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 486 Busy Here");
    assert_eq!(scene.switch.calls(), 1);
    scene.refer(Who::Handset, call, &[TABLET], &[]);
    scene.check(&[
        "Handset -> REFER",
        "-> Handset 202 REFER",
        "-> Handset NOTIFY",
        "-> Tablet INVITE",
    ]);
}

#[test]
fn a_target_that_does_not_answer_is_cancelled_after_a_minute() {
    let (mut scene, _) = Scene::of_four();
    let call = scene.incoming(Who::Handset);
    scene.refer(Who::Handset, call, &[TABLET], &[]);
    scene.answer(Who::Tablet, Reply::new(Status::RINGING));
    scene.news(Who::Handset);
    scene.ladder.clear();
    scene.pass(Duration::from_secs(61));
    let last = scene.news(Who::Handset).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 408 Request Timeout");
    assert!(scene.heard(Who::Tablet, "CANCEL ", ""));
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_referrer_that_hangs_up_does_not_end_the_others_call() {
    let (mut scene, _) = Scene::of_four();
    let call = scene.incoming(Who::Handset);
    scene.refer(Who::Handset, call, &[TABLET], &[]);
    scene.news(Who::Handset);
    scene.ladder.clear();
    scene.hangs_up(Who::Handset, call);
    scene.check(&["Handset -> BYE", "-> Handset 200 BYE"]);
    scene.bridge_says(BridgeEvent::Lost {
        side: Side::Callee,
        cause: LostCause::Silent,
    });
    scene.check(&[]);
    scene.takes(Who::Tablet, HANDSET_ANSWER);
    scene.check(&[
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "media Apply(PlainConnect",
        "media Apply(Start",
    ]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn without_target_and_referrer_the_call_is_over() {
    let (mut scene, _) = Scene::of_four();
    let call = scene.incoming(Who::Handset);
    scene.refer(Who::Handset, call, &[TABLET], &[]);
    scene.hangs_up(Who::Handset, call);
    scene.ladder.clear();
    scene.answer(Who::Tablet, Reply::new(Status::DECLINE));
    scene.check(&[
        "Tablet -> 603 INVITE",
        "-> Tablet ACK",
        "-> Browser BYE",
        "media Close",
        "Browser -> 200 BYE",
    ]);
    assert!(scene.heard(Who::Browser, "BYE ", "SIP;cause=603"));
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn the_side_that_stays_hangs_up_and_nobody_rings_any_more() {
    let (mut scene, call) = Scene::of_four();
    let callee = scene.incoming(Who::Handset);
    scene.refer(Who::Handset, callee, &[TABLET], &[]);
    scene.answer(Who::Tablet, Reply::new(Status::RINGING));
    scene.news(Who::Handset);
    scene.hangs_up(Who::Browser, call);
    for line in ["-> Tablet CANCEL", "-> Handset BYE", "media Close"] {
        assert!(scene.ladder.contains(&line.to_owned()), "{line}");
    }
    let last = scene.news(Who::Handset).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 487 Request Terminated");
    assert_eq!(scene.switch.calls(), 0);
    let ended: Vec<Who> = scene.ends().iter().map(|(who, _)| *who).collect();
    assert!(ended.contains(&Who::Tablet), "{ended:?}");
}

#[test]
fn a_referrer_that_wants_no_news_gets_none() {
    let (mut scene, _) = Scene::of_four();
    let call = scene.incoming(Who::Handset);
    scene.refer(Who::Handset, call, &[TABLET], &[("Refer-Sub", "false")]);
    scene.check(&[
        "Handset -> REFER",
        "-> Handset 200 REFER",
        "-> Tablet INVITE",
    ]);
    assert!(scene.heard(Who::Handset, "SIP/2.0 200", "Refer-Sub: false"));
    scene.takes(Who::Tablet, HANDSET_ANSWER);
    scene.check(&[
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "media Apply(PlainConnect",
        "media Apply(Start",
        "-> Handset BYE",
        "Handset -> 200 BYE",
    ]);
}

#[test]
fn a_target_is_asked_to_replace_a_dialog_of_its_own() {
    let (mut scene, _) = Scene::of_four();
    let call = scene.incoming(Who::Handset);
    let to = "<sip:tablet@example.org?Replaces=abc%40there%3Bto-tag%3D1%3Bfrom-tag%3D2>";
    scene.refer(Who::Handset, call, &[to], &[]);
    assert!(scene.heard(
        Who::Tablet,
        "INVITE ",
        "Replaces: abc@there;to-tag=1;from-tag=2"
    ));
    assert!(scene.heard(Who::Tablet, "INVITE ", "Require: replaces"));
}

#[test]
fn a_handset_in_two_calls_connects_the_others() {
    let (mut scene, _) = Scene::of_four();
    let first = scene.incoming(Who::Handset);
    let second = scene.call(Who::Handset, "tel:+447700900003", HANDSET_OFFER);
    scene.takes(Who::Tablet, HANDSET_ANSWER);
    assert_eq!(scene.switch.calls(), 2);
    let dialog = scene.handset.dialog_id(second).unwrap();
    let named = Replaces::new(dialog.call_id, dialog.remote_tag, dialog.local_tag).unwrap();
    let named = UriText::escape(&named.to_string());
    let to = format!("<sip:sidecam@192.0.2.1?Replaces={named}>");
    scene.ladder.clear();
    scene.refer(Who::Handset, first, &[&to], &[]);
    scene.check(&[
        "Handset -> REFER",
        "-> Handset 202 REFER",
        "-> Handset NOTIFY",
        "-> Tablet INVITE",
    ]);
    scene.news(Who::Handset);
    scene.reply(Who::Tablet, Status::OK, Some(HANDSET_ANSWER));
    scene.check(&[
        "Tablet -> 200 INVITE",
        "media Apply(PlainConnect",
        "media Apply(Start",
        "-> Tablet ACK",
        "-> Handset NOTIFY",
        "-> Handset BYE",
        "media Close",
        "Handset -> 200 BYE",
    ]);
    assert!(scene.heard(Who::Tablet, "ACK ", "m=video 30000 "));
    let last = scene.news(Who::Handset).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 200 OK");
    scene.check(&["-> Handset BYE", "Handset -> 200 BYE"]);
    assert_eq!(scene.switch.calls(), 1);
    let call = scene.incoming(Who::Tablet);
    scene.hangs_up(Who::Tablet, call);
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_partner_that_refuses_stays_in_its_call() {
    let (mut scene, _) = Scene::of_four();
    let first = scene.incoming(Who::Handset);
    let second = scene.call(Who::Handset, "tel:+447700900003", HANDSET_OFFER);
    scene.takes(Who::Tablet, HANDSET_ANSWER);
    let dialog = scene.handset.dialog_id(second).unwrap();
    let named = Replaces::new(dialog.call_id, dialog.remote_tag, dialog.local_tag).unwrap();
    let named = UriText::escape(&named.to_string());
    let to = format!("<sip:sidecam@192.0.2.1?Replaces={named}>");
    scene.refer(Who::Handset, first, &[&to], &[]);
    scene.reply(Who::Tablet, Status::NOT_ACCEPTABLE_HERE, None);
    let last = scene.news(Who::Handset).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 488 Not Acceptable Here");
    assert_eq!(scene.switch.calls(), 2);
}

#[test]
fn between_plain_peers_the_target_makes_the_offer() {
    let mut scene = Scene::new();
    scene.register(Who::Tablet, Who::Tablet, "1.0");
    // One device of two users.
    scene.register(Who::Handset, Who::Page, "1.0");
    let call = scene.call(Who::Handset, "tel:+447700900003", HANDSET_OFFER);
    let body = sdp_body(HANDSET_ANSWER.into());
    let answer = Reply {
        body,
        ..Reply::new(Status::OK)
    };
    let allow = Header::fixed("Allow", "INVITE, ACK, BYE, CANCEL");
    scene.answer(Who::Tablet, answer.with_header(allow));
    scene.ladder.clear();
    scene.refer(Who::Handset, call, &[PAGE], &[]);
    scene.check(&[
        "Handset -> REFER",
        "-> Handset 202 REFER",
        "-> Handset NOTIFY",
        "-> Handset INVITE",
    ]);
    scene.news(Who::Handset);
    scene.takes(Who::Handset, HANDSET_OFFER);
    scene.check(&["Handset -> 200 INVITE", "-> Tablet INVITE"]);
    let offer = String::from_utf8_lossy(&scene.asked(Who::Tablet).1.body).into_owned();
    assert!(offer.contains("m=video 49152 RTP/AVP 34"), "{offer}");
    scene.reply(Who::Tablet, Status::OK, Some(HANDSET_ANSWER));
    scene.check(&[
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "-> Handset ACK",
        "-> Handset NOTIFY",
    ]);
    scene.news(Who::Handset);
    scene.check(&["-> Handset BYE", "Handset -> 200 BYE"]);
    assert!(scene.heard(Who::Handset, "ACK ", "a=recvonly"));
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_page_cannot_take_a_place_between_plain_peers() {
    let mut scene = Scene::new();
    scene.register(Who::Tablet, Who::Tablet, "1.0");
    scene.register(Who::Page, Who::Page, "1.0");
    let call = scene.call(Who::Handset, "tel:+447700900003", HANDSET_OFFER);
    scene.takes(Who::Tablet, HANDSET_ANSWER);
    let asked = scene.refer(Who::Handset, call, &[PAGE], &[]);
    let status = scene.response(Who::Handset, asked).status;
    assert_eq!(status, Status::NOT_ACCEPTABLE_HERE);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn what_cannot_be_carried_out_is_refused() {
    for (to, more, status) in [
        (&[][..], &[][..], 400),
        (&[TABLET, PAGE], &[], 400),
        (&["<nonsense"], &[], 400),
        (&["<mailto:somebody@example.org>"], &[], 416),
        (&["<sip:tablet@example.org;method=BYE>"], &[], 603),
        (&["<sip:tablet@example.org?Replaces=x>"], &[], 400),
        (&["<tel:+447700900002>"], &[], 603),
        (&["<tel:+447700900001>"], &[], 603),
        (&["<sip:nobody@example.org>"], &[], 404),
    ] {
        let (mut scene, _) = Scene::of_four();
        let call = scene.incoming(Who::Handset);
        let asked = scene.refer(Who::Handset, call, to, more);
        let found = scene.response(Who::Handset, asked).status.code();
        assert_eq!(found, status, "{to:?}");
        scene.check(&["Handset -> REFER", &format!("-> Handset {status} REFER")]);
        assert_eq!(scene.switch.calls(), 1);
    }
}

#[test]
fn one_transfer_at_a_time() {
    let (mut scene, call) = Scene::of_four();
    let callee = scene.incoming(Who::Handset);
    scene.refer(Who::Handset, callee, &[TABLET], &[]);
    for (who, call) in [(Who::Handset, callee), (Who::Browser, call)] {
        let asked = scene.refer(who, call, &[PAGE], &[]);
        let found = scene.response(who, asked).status;
        assert_eq!(found, Status::REQUEST_PENDING);
    }
}

#[test]
fn a_page_that_closes_after_its_refer_does_not_end_the_others_call() {
    let (mut scene, call) = Scene::of_four();
    scene.refer(Who::Browser, call, &[PAGE], &[]);
    let (side, sdp) = (Side::Caller, BROWSER_OFFER.to_owned());
    scene.media(BridgeReply::Description { side, sdp });
    let cause = LostCause::Closed;
    scene.bridge_says(BridgeEvent::Lost { side, cause });
    assert_eq!(scene.switch.calls(), 1);
    scene.ladder.clear();
    scene.answer(Who::Page, Reply::new(Status::BUSY_HERE));
    assert!(
        scene.ladder.contains(&"-> Handset BYE".to_owned()),
        "{:?}",
        scene.ladder
    );
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_page_in_the_other_call_is_asked_to_replace_the_dialog_it_has_with_us() {
    let (mut scene, _) = Scene::of_four();
    let first = scene.incoming(Who::Handset);
    scene.page.set_supported(vec!["replaces".into()]);
    let page = scene.call(Who::Page, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(2);
    scene.takes(Who::Handset, HANDSET_ANSWER);
    scene.described(2);
    let second = scene.incoming(Who::Handset);
    let dialog = scene.handset.dialog_id(second).unwrap();
    let named = Replaces::new(dialog.call_id, dialog.remote_tag, dialog.local_tag).unwrap();
    let named = UriText::escape(&named.to_string());
    let to = format!("<sip:sidecam@192.0.2.1?Replaces={named}>");
    scene.refer(Who::Handset, first, &[&to], &[]);
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(1, BridgeReply::Description { side, sdp });
    let replaced = scene
        .events
        .iter()
        .rev()
        .find_map(|(_, event)| match event {
            Event::Incoming { replaces, .. } => *replaces,
            _ => None,
        });
    assert_eq!(replaced, Some(page), "in the page's own words");
    scene.takes(Who::Page, BROWSER_OFFER);
    let codec = WebCodec::Vp8;
    scene.media_of(
        1,
        BridgeReply::WebAccepted {
            side,
            codec: Some(codec),
            audio: None,
        },
    );
    let last = scene.news(Who::Handset).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 200 OK");
    // The page ends what was replaced.
    scene.hangs_up(Who::Page, page);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_referrer_whose_connection_is_lost_does_not_end_the_others_call() {
    let (mut scene, call) = Scene::of_four();
    scene.refer(Who::Browser, call, &[PAGE], &[]);
    let (side, sdp) = (Side::Caller, BROWSER_OFFER.to_owned());
    scene.media(BridgeReply::Description { side, sdp });
    let flow = Who::Browser.hop().flow;
    scene.switch.handle(Input::FlowClosed(flow), scene.now);
    scene.deaf = Some(Who::Browser);
    scene.settle();
    scene.pass(Duration::from_secs(50));
    assert_eq!(scene.switch.calls(), 1);
    scene.takes(Who::Page, BROWSER_OFFER);
    let codec = WebCodec::Vp8;
    scene.media(BridgeReply::WebAccepted {
        side,
        codec: Some(codec),
        audio: None,
    });
    scene.pass(Duration::from_secs(60));
    assert_eq!(scene.switch.calls(), 1);
    let page = scene.incoming(Who::Page);
    scene.hangs_up(Who::Page, page);
    assert_eq!(scene.switch.calls(), 0);
}
