//! INVITEs without an offer: ours goes out in the 200, the answer comes in the ACK (RFC 3261
//! §13.2.1).

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;

fn ok(sdp: &str) -> Reply {
    Reply {
        body: sdp_body(sdp.into()),
        ..Reply::new(Status::OK)
    }
}

/// The caller answers our 200's offer.
fn acknowledge(scene: &mut Scene, who: Who, call: CallHandle, sdp: &str) {
    let now = scene.now;
    let body = sdp_body(sdp.into());
    scene.agent(who).acknowledge(call, body, now).unwrap();
    scene.settle();
}

#[test]
fn a_handset_that_offers_nothing_is_offered_what_the_browser_has() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Handset, "tel:+447700900001", "");
    scene.check(&["Handset -> INVITE", "media Apply(WebOffer"]);
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(1, BridgeReply::Description { side, sdp });
    scene.answer(Who::Browser, ok(BROWSER_OFFER));
    scene.ladder.clear();
    let codec = WebCodec::Vp8;
    scene.media_of(
        1,
        BridgeReply::WebAccepted {
            side,
            codec: Some(codec),
            audio: None,
        },
    );
    scene.check(&["media OpenPlain"]);
    let (side, port) = (Side::Caller, 30_100);
    scene.media_of(
        1,
        BridgeReply::PlainOpened {
            medium: crate::bridge::Medium::Video,
            side,
            port,
        },
    );
    scene.check(&["-> Handset 200 INVITE"]);
    assert!(scene.heard(Who::Handset, "SIP/2.0 200", "m=video 30100"));
    acknowledge(&mut scene, Who::Handset, call, HANDSET_ANSWER);
    scene.check(&[
        "Handset -> ACK",
        "media Apply(PlainConnect",
        "media Apply(Start",
    ]);
    let starts = scene.commands.iter().any(|(_, command)| {
        matches!(command, BridgeCommand::Apply(Step::Start { flows }) if *flows == Flows::From(Side::Callee))
    });
    assert!(starts, "the browser sends, the handset watches");
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn an_ack_without_the_answer_ends_the_call() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Handset, "tel:+447700900001", "");
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(1, BridgeReply::Description { side, sdp });
    scene.answer(Who::Browser, ok(BROWSER_OFFER));
    let codec = WebCodec::Vp8;
    scene.media_of(
        1,
        BridgeReply::WebAccepted {
            side,
            codec: Some(codec),
            audio: None,
        },
    );
    let (side, port) = (Side::Caller, 30_100);
    scene.media_of(
        1,
        BridgeReply::PlainOpened {
            medium: crate::bridge::Medium::Video,
            side,
            port,
        },
    );
    acknowledge(&mut scene, Who::Handset, call, "");
    assert!(scene.ladder.contains(&"-> Handset BYE".to_owned()));
    assert!(scene.ladder.contains(&"-> Browser BYE".to_owned()));
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn between_two_handsets_the_offer_and_its_answer_pass_the_other_way_round() {
    let mut scene = Scene::new();
    scene.switch.home.registrar.forget("browser");
    scene.register(Who::Tablet, Who::Browser, "1.0");
    let call = scene.call(Who::Handset, "tel:+447700900001", "");
    scene.answer(Who::Tablet, ok(HANDSET_OFFER));
    scene.check(&[
        "Handset -> INVITE",
        "-> Tablet INVITE",
        "Tablet -> 200 INVITE",
        "-> Handset 200 INVITE",
    ]);
    acknowledge(&mut scene, Who::Handset, call, HANDSET_ANSWER);
    scene.check(&["Handset -> ACK", "-> Tablet ACK"]);
    assert!(scene.heard(Who::Tablet, "ACK", "H263-2000"));
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_browser_that_offers_nothing_is_offered_what_the_handset_has() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Browser, "tel:+447700900002", "");
    scene.opened(1);
    scene.answer(Who::Handset, ok(HANDSET_ANSWER));
    scene.check(&[
        "Browser -> INVITE",
        "media OpenPlain",
        "-> Handset INVITE",
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "media Apply(PlainConnect",
        "media Apply(WebOffer",
    ]);
    scene.described(1);
    scene.check(&["-> Browser 200 INVITE"]);
    acknowledge(&mut scene, Who::Browser, call, BROWSER_OFFER);
    scene.check(&["Browser -> ACK", "media Apply(WebAccept"]);
    let (side, codec) = (Side::Caller, WebCodec::Vp8);
    scene.media_of(
        1,
        BridgeReply::WebAccepted {
            side,
            codec: Some(codec),
            audio: None,
        },
    );
    scene.check(&["media Apply(Start"]);
}
