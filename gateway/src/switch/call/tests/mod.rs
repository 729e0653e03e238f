//! Calls through a whole switch in simulated time; the expectation is the SIP ladder.

mod audience;
mod beside;
mod cancel;
mod change;
mod direct;
mod direct_early;
mod early;
mod flows;
mod forking;
mod limits;
mod models;
mod numbers;
mod offerless;
mod places;
mod plain_places;
mod recording;
mod replacing;
mod reserve;
mod scene;
mod share;
mod sound_added;
mod survival;
mod transfer;
mod voice;
mod ways;

use std::time::Duration;

use sip::agent::{Event, Invite};
use sip::message::{Header, Message, Status, Text};

use super::*;
use crate::bridge::web_leg::WebCodec;
use crate::bridge::{BridgeError, BridgeEvent, BridgeReply, Flows, LostCause};
use crate::switch::Input;
use scene::{BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};

#[test]
fn a_browsers_share_reaches_a_handset_by_number() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.check(&["Browser -> INVITE", "media OpenPlain"]);
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Callee,
        port: 30000,
    });
    scene.check(&["-> Handset INVITE"]);
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    scene.check(&["Handset -> 180 INVITE", "-> Browser 180 INVITE"]);
    let body = sdp_body(HANDSET_ANSWER.into());
    scene.answer(
        Who::Handset,
        Reply {
            body,
            ..Reply::new(Status::OK)
        },
    );
    scene.check(&[
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "media Apply(PlainConnect",
        "media Apply(WebAnswer",
    ]);
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: "v=0\r\n".to_owned(),
    });
    scene.check(&[
        "media Apply(Start",
        "-> Browser 200 INVITE",
        "Browser -> ACK",
    ]);
    let starts = scene.commands.iter().any(|(_, command)| {
        matches!(command, BridgeCommand::Apply(Step::Start { flows }) if *flows == Flows::From(Side::Caller))
    });
    assert!(starts, "video flows from the caller only");
}

#[test]
fn the_handset_is_told_who_calls_and_nothing_of_the_browser() {
    let (scene, _) = Scene::established();
    let request = scene.events.iter().find_map(|(who, event)| match event {
        Event::Incoming { request, .. } if *who == Who::Handset => Some(request),
        _ => None,
    });
    let request = request.unwrap();
    let text = String::from_utf8(Message::Request(request.clone()).to_bytes()).unwrap();
    assert!(
        text.contains(
            "P-Asserted-Identity: \"browser\" <sip:+447700900001@example.org;user=phone>"
        ),
        "{text}"
    );
    assert!(
        text.contains("To: <sip:+447700900002@example.org;user=phone>"),
        "{text}"
    );
    assert!(
        !text.contains(".invalid") && !text.contains("SAVPF"),
        "{text}"
    );
    assert!(text.len() < 1300, "{} bytes", text.len());
    assert_eq!(request.headers.max_forwards, Some(69));
}

#[test]
fn either_side_hangs_up_both_and_the_media() {
    for who in [Who::Browser, Who::Handset] {
        let (mut scene, caller) = Scene::established();
        scene.ladder.clear();
        let call = match who {
            Who::Browser => caller,
            other => scene.incoming(other),
        };
        let now = scene.now;
        scene.agent(who).hang_up(call, None, now);
        scene.settle();
        let mut seen = scene.ladder.clone();
        seen.sort();
        let byes = seen.iter().filter(|line| line.ends_with(" BYE")).count();
        assert_eq!(byes, 4, "two BYEs and their answers: {seen:?}");
        assert!(seen.contains(&"media Close".to_owned()), "{seen:?}");
        assert_eq!(scene.switch.calls(), 0);
        assert_eq!(scene.ends().len(), 2);
    }
}

#[test]
fn a_refusal_reaches_the_caller_as_it_was_said() {
    for (said, heard) in [
        (603, 603),
        (486, 486),
        (480, 480),
        (415, 415),
        (302, 480),
        (407, 403),
    ] {
        let mut scene = Scene::new();
        scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
        scene.media(BridgeReply::PlainOpened {
            medium: crate::bridge::Medium::Video,
            side: Side::Callee,
            port: 30000,
        });
        scene.answer(Who::Handset, Reply::new(Status::new(said).unwrap()));
        let ends = scene.ends();
        assert!(
            ends.contains(&(Who::Browser, Some(heard))),
            "{said}: {ends:?}"
        );
        assert_eq!(scene.switch.calls(), 0);
        assert!(scene.ladder.contains(&"media Close".to_owned()));
    }
}

#[test]
fn a_callee_that_refuses_video_alone_is_asked_once_more_with_an_audio_line() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Callee,
        port: 30000,
    });
    scene.ladder.clear();
    scene.answer(Who::Handset, Reply::new(Status::NOT_ACCEPTABLE_HERE));
    scene.check(&[
        "Handset -> 488 INVITE",
        "-> Handset ACK",
        "-> Handset INVITE",
    ]);
    scene.answer(Who::Handset, Reply::new(Status::NOT_ACCEPTABLE_HERE));
    assert!(
        scene.ends().contains(&(Who::Browser, Some(488))),
        "{:?}",
        scene.ends()
    );
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_caller_that_gives_up_cancels_the_other_side() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Callee,
        port: 30000,
    });
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    scene.ladder.clear();
    let now = scene.now;
    scene.browser.hang_up(call, None, now);
    scene.settle();
    assert!(
        scene.ladder.contains(&"-> Handset CANCEL".to_owned()),
        "{:?}",
        scene.ladder
    );
    assert_eq!(scene.switch.calls(), 0);
    assert_eq!(scene.ends().len(), 2);
}

#[test]
fn nobody_answers_for_a_minute_and_both_sides_are_told() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Callee,
        port: 30000,
    });
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    scene.pass(Duration::from_secs(61));
    assert!(
        scene.ends().contains(&(Who::Browser, Some(408))),
        "{:?}",
        scene.ends()
    );
    assert!(scene.heard(Who::Handset, "CANCEL", "Reason: SIP;cause=408"));
    assert_eq!(scene.switch.calls(), 0);
}

/// R7.7.
#[test]
fn calls_that_lead_nowhere_are_refused_with_their_reason() {
    for (uri, offer, expected) in [
        ("tel:+447700900099", BROWSER_OFFER, 404),
        ("sip:nobody@example.org", BROWSER_OFFER, 404),
        ("sip:handset@elsewhere.example", BROWSER_OFFER, 404),
        ("sip:browser@example.org", BROWSER_OFFER, 486),
        (
            "tel:+447700900002",
            "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
            488,
        ),
        (
            "tel:+447700900002",
            BROWSER_OFFER
                .replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")
                .as_str(),
            488,
        ),
        (
            "tel:+447700900002",
            BROWSER_OFFER
                .replace("UDP/TLS/RTP/SAVPF", "RTP/SAVP")
                .as_str(),
            488,
        ),
        ("tel:+447700900002", "not a description", 400),
    ] {
        let mut scene = Scene::new();
        scene.call(Who::Browser, uri, offer);
        assert_eq!(scene.ends(), [(Who::Browser, Some(expected))], "{uri}");
        assert_eq!(scene.switch.calls(), 0);
    }
}

#[test]
fn who_has_not_registered_is_asked_for_a_proof() {
    let mut scene = Scene::new();
    scene.switch.home.registrar.forget("browser");
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    assert_eq!(scene.ends(), [(Who::Browser, Some(407))]);
}

#[test]
fn a_handset_calls_a_browser_which_gets_an_offer_of_its_own() {
    let mut scene = Scene::new();
    scene.call(
        Who::Handset,
        "sip:+447700900001@example.org;user=phone",
        HANDSET_OFFER,
    );
    scene.check(&["Handset -> INVITE", "media Apply(WebOffer"]);
    scene.media(BridgeReply::Description {
        side: Side::Callee,
        sdp: BROWSER_OFFER.to_owned(),
    });
    scene.check(&["-> Browser INVITE"]);
    let answer = BROWSER_OFFER.replace("a=sendonly", "a=recvonly");
    let body = sdp_body(answer.into());
    scene.answer(
        Who::Browser,
        Reply {
            body,
            ..Reply::new(Status::OK)
        },
    );
    scene.check(&[
        "Browser -> 200 INVITE",
        "-> Browser ACK",
        "media Apply(WebAccept",
    ]);
    scene.media(BridgeReply::WebAccepted {
        side: Side::Callee,
        codec: Some(WebCodec::Vp8),
        audio: None,
    });
    scene.check(&["media OpenPlain"]);
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Caller,
        port: 30002,
    });
    scene.check(&[
        "media Apply(PlainConnect",
        "media Apply(Start",
        "-> Handset 200 INVITE",
        "Handset -> ACK",
    ]);
}

/// R6.3.
#[test]
fn a_keyframe_is_asked_for_by_info_and_after_a_refusal_no_more() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    scene.bridge_says(BridgeEvent::FastUpdateWanted { side: Side::Callee });
    scene.check(&["-> Handset INFO"]);
    let id = scene.events.iter().find_map(|(_, event)| match event {
        Event::CallRequest { id, .. } => Some(*id),
        _ => None,
    });
    let now = scene.now;
    let refusal = Reply::new(Status::UNSUPPORTED_MEDIA_TYPE);
    scene.handset.respond(id.unwrap(), refusal, now).unwrap();
    scene.settle();
    scene.check(&["Handset -> 415 INFO", "media Apply(FastUpdateRefused"]);
}

#[test]
fn a_peer_that_does_not_say_it_takes_info_gets_none() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Callee,
        port: 30000,
    });
    let body = sdp_body(HANDSET_ANSWER.into());
    let silent = Reply {
        body,
        ..Reply::new(Status::OK)
    };
    scene.answer(
        Who::Handset,
        silent.with_header(Header::fixed("Allow", "INVITE, ACK, BYE")),
    );
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: "v=0\r\n".to_owned(),
    });
    scene.ladder.clear();
    scene.bridge_says(BridgeEvent::FastUpdateWanted { side: Side::Callee });
    scene.check(&["media Apply(FastUpdateRefused"]);
}

#[test]
fn a_handset_asks_for_a_keyframe_by_info() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    let call = scene.incoming(Who::Handset);
    let now = scene.now;
    let body = Body::new(
        "application/media_control+xml".parse().unwrap(),
        "<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>",
    );
    scene.handset.request_in_call(
        call,
        sip::message::Method::Info,
        Vec::new(),
        Some(body),
        now,
    );
    scene.settle();
    scene.check(&[
        "Handset -> INFO",
        "media Apply(FastUpdate",
        "-> Handset 200 INFO",
    ]);
}

#[test]
fn media_that_falls_silent_ends_both_sides_with_the_reason() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    scene.bridge_says(BridgeEvent::Lost {
        side: Side::Callee,
        cause: LostCause::Silent,
    });
    let reasons: Vec<_> = scene
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Ended { end, .. } => end.reason.as_ref()?.text.as_ref().map(Text::to_string),
            _ => None,
        })
        .collect();
    assert_eq!(
        reasons,
        ["No media for 20 seconds", "No media for 20 seconds"]
    );
}

#[test]
fn draining_ends_calls_with_bye_and_takes_no_new_ones() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    scene.switch.handle(Input::Drain, scene.now);
    scene.settle();
    assert!(
        scene.ladder.contains(&"-> Handset BYE".to_owned()),
        "{:?}",
        scene.ladder
    );
    assert!(
        scene.ladder.contains(&"-> Browser BYE".to_owned()),
        "{:?}",
        scene.ladder
    );
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    assert!(
        scene.ends().contains(&(Who::Browser, Some(503))),
        "{:?}",
        scene.ends()
    );
    scene.pass(Duration::from_secs(40));
    assert!(scene.switch.is_drained(scene.now));
}
