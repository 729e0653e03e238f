//! A plain peer takes the place of a page before a plain peer: from there on the two talk to each
//! other without a bridge (RFC 3515, RFC 3891, RFC 3725).

use std::time::Duration;

use sip::agent::{Event, Outgoing};
use sip::message::{Header, Method, Status};
use sip::sdp::Description;

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;
use crate::bridge::BridgeReply;
use crate::switch::Input;

const TABLET: &str = "<tel:+447700900003>";
const TABLET_OFFER: &str = "v=0\r\no=tablet 9 1 IN IP4 192.0.2.21\r\ns=-\r\nc=IN IP4 192.0.2.21\r\n\
t=0 0\r\nm=video 40000 RTP/AVP 34\r\n";

/// Port and origin of what somebody is offered in a re-INVITE, with its version.
fn offered(scene: &Scene, who: Who) -> (u16, String, u64) {
    let (_, request) = scene.asked(who);
    assert_eq!(request.method, Method::Invite);
    let offer = Description::parse(&request.body).unwrap();
    (
        offer.media[0].port,
        offer.origin.session_id,
        offer.origin.version,
    )
}

/// What the handset knows of its session with us.
fn first(scene: &Scene) -> (String, u64) {
    let invite = scene.events.iter().find_map(|(who, event)| match event {
        Event::Incoming { request, .. } if *who == Who::Handset => Some(request.body.clone()),
        _ => None,
    });
    let offer = Description::parse(&invite.unwrap()).unwrap();
    (offer.origin.session_id, offer.origin.version)
}

#[test]
fn a_page_puts_a_handset_through_to_a_tablet_and_the_bridge_is_closed() {
    let (mut scene, call) = Scene::of_four();
    scene.refer(Who::Browser, call, &[TABLET], &[]);
    scene.check(&[
        "Browser -> REFER",
        "-> Browser 202 REFER",
        "-> Browser NOTIFY",
        "-> Tablet INVITE",
    ]);
    scene.news(Who::Browser);
    scene.takes(Who::Tablet, TABLET_OFFER);
    scene.check(&["Tablet -> 200 INVITE", "-> Handset INVITE"]);
    let (session, version) = first(&scene);
    assert_eq!(
        offered(&scene, Who::Handset),
        (40000, session, version + 1),
        "the tablet's port, in the session that the handset knows"
    );
    scene.reply(Who::Handset, Status::OK, Some(HANDSET_ANSWER));
    scene.check(&[
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "-> Tablet ACK",
        "-> Browser NOTIFY",
        "media Close",
    ]);
    assert!(scene.heard(Who::Tablet, "ACK ", "m=video 49152 "));
    let last = scene.news(Who::Browser).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 200 OK");
    scene.check(&["-> Browser BYE", "Browser -> 200 BYE"]);
    assert_eq!(scene.switch.calls(), 1);
    // What one says the other hears.
    let tablet = scene.incoming(Who::Tablet);
    let held = TABLET_OFFER.replace("9 1 IN", "9 2 IN") + "a=inactive\r\n";
    scene.sends(Who::Tablet, tablet, Method::Invite, sdp_body(held.into()));
    let (session, version) = first(&scene);
    assert_eq!(offered(&scene, Who::Handset), (40000, session, version + 2));
    scene.reply(Who::Handset, Status::OK, Some(HANDSET_ANSWER));
    scene.ladder.clear();
    scene.hangs_up(Who::Tablet, tablet);
    scene.check(&[
        "Tablet -> BYE",
        "-> Tablet 200 BYE",
        "-> Handset BYE",
        "media Close",
        "Handset -> 200 BYE",
    ]);
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_handset_that_refuses_the_tablet_stays_with_the_page() {
    let (mut scene, call) = Scene::of_four();
    scene.refer(Who::Browser, call, &[TABLET], &[]);
    scene.takes(Who::Tablet, TABLET_OFFER);
    scene.ladder.clear();
    scene.reply(Who::Handset, Status::NOT_ACCEPTABLE_HERE, None);
    scene.check(&[
        "Handset -> 488 INVITE",
        "-> Handset ACK",
        "-> Browser NOTIFY",
        "-> Tablet ACK",
        "-> Tablet BYE",
        "Tablet -> 200 BYE",
    ]);
    let last = scene.news(Who::Browser).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 488 Not Acceptable Here");
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_tablet_that_leaves_before_it_has_its_place_is_taken_back() {
    let (mut scene, call) = Scene::of_four();
    scene.refer(Who::Browser, call, &[TABLET], &[]);
    scene.news(Who::Browser);
    scene.takes(Who::Tablet, TABLET_OFFER);
    let (session, version) = first(&scene);
    // It does not wait for the ACK to its answer.
    let dialog = scene.tablet.dialog_id(scene.incoming(Who::Tablet)).unwrap();
    let bye = format!(
        "BYE sip:sidecam@192.0.2.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKbye\r\n\
         From: <sip:tablet@example.org>;tag={}\r\nTo: <sip:browser@example.org>;tag={}\r\n\
         Call-ID: {}\r\nCSeq: 1 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        dialog.local_tag, dialog.remote_tag, dialog.call_id
    );
    scene.forget_calls(Who::Tablet);
    let (hop, bytes) = (Who::Tablet.hop(), bye.into_bytes());
    scene
        .switch
        .handle(Input::Message { hop, bytes }, scene.now);
    scene.settle();
    let last = scene.news(Who::Browser).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 487 Request Terminated");
    scene.ladder.clear();
    // The handset answers what it was offered, and is offered the bridge again.
    scene.reply(Who::Handset, Status::OK, Some(HANDSET_ANSWER));
    scene.pass(Duration::from_secs(5));
    assert_eq!(offered(&scene, Who::Handset), (30000, session, version + 2));
    scene.reply(Who::Handset, Status::OK, Some(HANDSET_ANSWER));
    scene.check(&[
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "-> Handset INVITE",
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "media Apply(PlainConnect",
    ]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_tablet_takes_a_pages_place_before_a_handset() {
    let (mut scene, call) = Scene::established();
    scene.switch.agent.set_supported(vec!["replaces".into()]);
    scene.register(Who::Tablet, Who::Handset, "0.5");
    scene.replace(Who::Tablet, Who::Browser, call, HANDSET_OFFER);
    scene.check(&["Tablet -> INVITE", "-> Handset INVITE"]);
    scene.reply(Who::Handset, Status::OK, Some(HANDSET_ANSWER));
    scene.check(&[
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "-> Tablet 200 INVITE",
        "-> Browser BYE",
        "media Close",
        "Browser -> 200 BYE",
        "Tablet -> ACK",
    ]);
    assert!(scene.heard(Who::Browser, "BYE ", "Call replaced"));
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_tablet_that_gives_up_its_wish_is_taken_back() {
    let (mut scene, call) = Scene::established();
    scene.switch.agent.set_supported(vec!["replaces".into()]);
    scene.register(Who::Tablet, Who::Handset, "0.5");
    let tablet = scene.replace(Who::Tablet, Who::Browser, call, HANDSET_OFFER);
    scene.hangs_up(Who::Tablet, tablet);
    scene.ladder.clear();
    scene.reply(Who::Handset, Status::OK, Some(HANDSET_ANSWER));
    scene.pass(Duration::from_secs(5));
    assert_eq!(offered(&scene, Who::Handset).0, 30000);
    scene.reply(Who::Handset, Status::OK, Some(HANDSET_ANSWER));
    assert_eq!(scene.switch.calls(), 1);
    assert!(
        scene
            .ladder
            .contains(&"media Apply(PlainConnect".to_owned())
    );
    // And another may ask.
    scene.replace(Who::Tablet, Who::Browser, call, HANDSET_OFFER);
    scene.check(&["Tablet -> INVITE", "-> Handset INVITE"]);
}

#[test]
fn without_an_offer_nobody_takes_a_place() {
    let (mut scene, call) = Scene::established();
    scene.switch.agent.set_supported(vec!["replaces".into()]);
    scene.register(Who::Tablet, Who::Handset, "0.5");
    scene.replace(Who::Tablet, Who::Browser, call, "");
    assert_eq!(scene.ends(), [(Who::Tablet, Some(488))]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_target_that_names_another_place_is_followed() {
    let (mut scene, call) = Scene::of_four();
    scene.refer(Who::Browser, call, &[TABLET], &[]);
    scene.news(Who::Browser);
    scene.ladder.clear();
    let elsewhere: NameAddr = "<sip:page@example.org>".parse().unwrap();
    let tablet = scene.incoming(Who::Tablet);
    let moved = Reply::new(Status::MOVED_TEMPORARILY).with_contact(elsewhere);
    let now = scene.now;
    scene.tablet.reject(tablet, moved, now).unwrap();
    scene.settle();
    // A page has another offer than a plain device.
    scene.check(&[
        "Tablet -> 302 INVITE",
        "-> Tablet ACK",
        "media Apply(WebOfferNext",
    ]);
    let (side, sdp) = (Side::Caller, BROWSER_OFFER.to_owned());
    scene.media(BridgeReply::Description { side, sdp });
    scene.check(&["-> Page INVITE"]);
    scene.takes(Who::Page, BROWSER_OFFER);
    let (codec, audio) = (Some(WebCodec::Vp8), None);
    scene.media(BridgeReply::WebAccepted { side, codec, audio });
    let last = scene.news(Who::Browser).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 200 OK");
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_target_that_leads_back_is_a_target_that_cannot_be_reached() {
    let (mut scene, call) = Scene::of_four();
    scene.refer(Who::Browser, call, &[TABLET], &[]);
    let back: NameAddr = "<tel:+447700900002>".parse().unwrap();
    let tablet = scene.incoming(Who::Tablet);
    let moved = Reply::new(Status::MOVED_TEMPORARILY).with_contact(back);
    let now = scene.now;
    scene.tablet.reject(tablet, moved, now).unwrap();
    scene.settle();
    let last = scene.news(Who::Browser).pop().unwrap();
    assert_eq!(last, "terminated SIP/2.0 480 Temporarily Unavailable");
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn before_the_answer_nobody_is_put_through() {
    let mut scene = Scene::new();
    scene.register(Who::Tablet, Who::Tablet, "1.0");
    let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(1);
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    let asked = scene.refer(Who::Browser, call, &[TABLET], &[]);
    let found = scene.response(Who::Browser, asked).status;
    assert_eq!(found, Status::REQUEST_PENDING);
}

/// The page asks the handset outside of their call, and says which call it means (RFC 5589 §6).
#[test]
fn a_refer_outside_of_calls_names_the_receivers_own_dialog() {
    let (mut scene, call) = Scene::of_four();
    let dialog = scene.browser.dialog_id(call).unwrap();
    let named = format!(
        "{};local-tag={};remote-tag={}",
        dialog.call_id, dialog.local_tag, dialog.remote_tag
    );
    let hop = scene.browser_hop();
    let mut refer = Outgoing::new(
        hop,
        Method::Refer,
        "tel:+447700900002".parse().unwrap(),
        "<sip:browser@example.org>".parse().unwrap(),
        "<tel:+447700900002>".parse().unwrap(),
    );
    refer.contact = vec![Who::Browser.contact()];
    refer.headers = vec![
        Header::fixed("Refer-To", TABLET),
        Header::fixed("Target-Dialog", named),
    ];
    let now = scene.now;
    scene.browser.request(refer, now);
    scene.settle();
    scene.check(&["Browser -> REFER", "-> Handset REFER"]);
    let handset = scene.incoming(Who::Handset);
    let dialog = scene.handset.dialog_id(handset).unwrap();
    let named = format!(
        "Target-Dialog: {};local-tag={};remote-tag={}",
        dialog.call_id, dialog.remote_tag, dialog.local_tag
    );
    assert!(scene.heard(Who::Handset, "REFER ", &named), "{named}");
}

/// The models of 2004 cannot offer in a 200.
#[test]
fn a_tablet_that_cannot_make_the_offer_is_offered_what_the_handset_said() {
    for moves in [false, true] {
        let (mut scene, call) = Scene::of_four();
        scene.refer(Who::Browser, call, &[TABLET], &[]);
        scene.news(Who::Browser);
        scene.answer(Who::Tablet, Reply::new(Status::NOT_ACCEPTABLE_HERE));
        scene.ladder.clear();
        scene.takes(Who::Tablet, TABLET_OFFER);
        scene.check(&["Tablet -> 200 INVITE", "-> Tablet ACK", "-> Handset INVITE"]);
        assert!(scene.heard(Who::Tablet, "INVITE ", "m=video 49152 RTP/AVP 96"));
        assert_eq!(offered(&scene, Who::Handset).0, 40000);
        let answer = match moves {
            true => HANDSET_ANSWER.replace("49152", "50000"),
            false => HANDSET_ANSWER.to_owned(),
        };
        scene.reply(Who::Handset, Status::OK, Some(&answer));
        let again = scene.ladder.contains(&"-> Tablet INVITE".to_owned());
        assert_eq!(again, moves, "{:?}", scene.ladder);
        if moves {
            assert_eq!(offered(&scene, Who::Tablet).0, 50000);
        }
        let last = scene.news(Who::Browser).pop().unwrap();
        assert_eq!(last, "terminated SIP/2.0 200 OK");
        assert_eq!(scene.switch.calls(), 1);
    }
}
