//! Preconditions on behalf of a browser (RFC 3312), and the handset of 2004 that only says it has
//! some (RFC 3262 §3).

use sip::message::Method;

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;

const UNMET: &str = "a=curr:qos local none\r\na=curr:qos remote none\r\n\
a=des:qos mandatory local sendrecv\r\na=des:qos mandatory remote sendrecv\r\n";
const MET: &str = "a=curr:qos local sendrecv\r\na=curr:qos remote sendrecv\r\n\
a=des:qos mandatory local sendrecv\r\na=des:qos mandatory remote sendrecv\r\n";

fn scene() -> Scene {
    let mut scene = Scene::new();
    for agent in [&mut scene.switch.agent, &mut scene.handset] {
        agent.set_supported(vec!["100rel".into(), "precondition".into()]);
    }
    scene
}

fn required(invite: &mut Invite) {
    invite.headers = vec![Header::fixed("Require", "precondition")];
}

/// The browser rings and answers; its codec is VP8.
fn browser_answers(scene: &mut Scene) {
    let answer = BROWSER_OFFER.replace("a=sendonly", "a=recvonly");
    let ok = Reply {
        body: sdp_body(answer.into()),
        ..Reply::new(Status::OK)
    };
    scene.answer(Who::Browser, ok);
    let (side, codec) = (Side::Callee, WebCodec::Vp8);
    scene.media_of(
        1,
        BridgeReply::WebAccepted {
            side,
            codec: Some(codec),
            audio: None,
        },
    );
}

/// R1.21.
#[test]
fn the_browser_rings_when_the_handsets_network_has_reserved() {
    let mut scene = scene();
    let number = "tel:+447700900001";
    let offer = format!("{HANDSET_OFFER}{UNMET}");
    let call = scene.call_with(Who::Handset, number, &offer, required);
    scene.check(&["Handset -> INVITE", "media OpenPlain"]);
    let (side, port) = (Side::Caller, 30_100);
    scene.media_of(
        1,
        BridgeReply::PlainOpened {
            medium: crate::bridge::Medium::Video,
            side,
            port,
        },
    );
    scene.check(&[
        "media Apply(PlainConnect",
        "-> Handset 183 INVITE",
        "Handset -> PRACK",
        "-> Handset 200 PRACK",
    ]);
    for line in [
        "a=curr:qos local sendrecv",
        "a=conf:qos remote sendrecv",
        "m=video 30100",
    ] {
        assert!(scene.heard(Who::Handset, "SIP/2.0 183", line), "{line}");
    }
    let body = sdp_body(format!("{HANDSET_OFFER}{MET}").into());
    let now = scene.now;
    scene
        .handset
        .request_in_call(call, Method::Update, Vec::new(), body, now);
    scene.settle();
    scene.check(&[
        "Handset -> UPDATE",
        "media Apply(PlainConnect",
        "media Apply(WebOffer",
        "-> Handset 200 UPDATE",
    ]);
    assert!(scene.heard(Who::Handset, "SIP/2.0 200", "a=curr:qos remote sendrecv"));
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(1, BridgeReply::Description { side, sdp });
    scene.answer(Who::Browser, Reply::new(Status::RINGING));
    scene.check(&[
        "-> Browser INVITE",
        "Browser -> 180 INVITE",
        "-> Handset 180 INVITE",
        "Handset -> PRACK",
        "-> Handset 200 PRACK",
    ]);
    browser_answers(&mut scene);
    scene.check(&[
        "Browser -> 200 INVITE",
        "-> Browser ACK",
        "media Apply(WebAccept",
        "media Apply(Start",
        "-> Handset 200 INVITE",
        "Handset -> ACK",
    ]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn what_is_reserved_already_is_only_said_in_the_answer() {
    let mut scene = scene();
    let offer = format!("{HANDSET_OFFER}{MET}");
    scene.call(Who::Handset, "tel:+447700900001", &offer);
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(1, BridgeReply::Description { side, sdp });
    browser_answers(&mut scene);
    let (side, port) = (Side::Caller, 30_100);
    scene.media_of(
        1,
        BridgeReply::PlainOpened {
            medium: crate::bridge::Medium::Video,
            side,
            port,
        },
    );
    assert!(scene.heard(Who::Handset, "SIP/2.0 200", "a=curr:qos local sendrecv"));
}

#[test]
fn a_caller_that_gives_up_while_it_reserves_leaves_nothing_behind() {
    let mut scene = scene();
    let offer = format!("{HANDSET_OFFER}{UNMET}");
    let call = scene.call(Who::Handset, "tel:+447700900001", &offer);
    let now = scene.now;
    scene.handset.hang_up(call, None, now);
    scene.settle();
    assert!(scene.ladder.contains(&"media Close".to_owned()));
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn what_no_gateway_can_reserve_is_refused() {
    let mut scene = scene();
    let lines = "a=curr:qos e2e none\r\na=des:qos mandatory e2e sendrecv\r\n";
    let offer = format!("{HANDSET_OFFER}{lines}");
    scene.call(Who::Handset, "tel:+447700900001", &offer);
    assert_eq!(scene.ends(), [(Who::Handset, Some(580))]);
}

/// R1.20.
#[test]
fn the_handset_of_2004_says_precondition_and_acknowledges_its_180() {
    let mut scene = scene();
    scene.handset.set_supported(Vec::new());
    scene.call_with(Who::Handset, "tel:+447700900001", HANDSET_OFFER, required);
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(1, BridgeReply::Description { side, sdp });
    scene.ladder.clear();
    scene.answer(Who::Browser, Reply::new(Status::RINGING));
    assert!(scene.heard(Who::Handset, "SIP/2.0 180", "Require: 100rel"));
    assert!(scene.heard(Who::Handset, "SIP/2.0 180", "RSeq: "));
}

#[test]
fn a_callee_that_waits_for_our_part_is_told_that_it_is_there() {
    let mut scene = scene();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(1);
    scene.ladder.clear();
    let answer = format!("{HANDSET_ANSWER}{UNMET}");
    let early = Reply {
        body: sdp_body(answer.into()),
        ..Reply::new(Status::SESSION_PROGRESS)
    };
    scene.answer(Who::Handset, early);
    scene.check(&[
        "Handset -> 183 INVITE",
        "-> Handset PRACK",
        "-> Browser 183 INVITE",
        "Handset -> 200 PRACK",
        "-> Handset UPDATE",
    ]);
    assert!(scene.heard(Who::Handset, "UPDATE", "a=curr:qos local sendrecv"));
}

#[test]
fn a_callee_that_insists_on_preconditions_is_invited_with_them() {
    let mut scene = scene();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(1);
    scene.ladder.clear();
    let insists = Reply::new(Status::EXTENSION_REQUIRED)
        .with_header(Header::fixed("Require", "precondition"));
    scene.answer(Who::Handset, insists);
    scene.check(&[
        "Handset -> 421 INVITE",
        "-> Handset ACK",
        "-> Handset INVITE",
    ]);
    assert!(scene.heard(Who::Handset, "INVITE", "a=curr:qos local sendrecv"));
}
