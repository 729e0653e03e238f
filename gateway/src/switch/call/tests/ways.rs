//! A share that was one way is to go both ways: who is asked, and who hears of a no.

use sip::message::Status;

use super::scene::{BROWSER_ANSWER, BROWSER_OFFER, HANDSET_ANSWER, Scene, Who};
use super::*;
use crate::bridge::{BridgeReply, Flows};

/// The handset, which watches, wants to show something too; its request is on its way to the browser.
fn handset_asks() -> (Scene, sip::agent::RequestId) {
    let (mut scene, _) = Scene::established();
    let call = scene.incoming(Who::Handset);
    let both = HANDSET_ANSWER.replace("a=recvonly", "a=sendrecv");
    let asked = scene.reinvite(Who::Handset, call, &both);
    let sdp = BROWSER_ANSWER.replace("a=recvonly", "a=sendrecv");
    let side = Side::Caller;
    scene.media(BridgeReply::Description { side, sdp });
    (scene, asked)
}

#[test]
fn who_asks_for_two_ways_hears_that_the_person_declined_and_all_stays() {
    for status in [Status::DECLINE, Status::TEMPORARILY_UNAVAILABLE] {
        let (mut scene, asked) = handset_asks();
        scene.ladder.clear();
        scene.reply(Who::Browser, status, None);
        assert_eq!(scene.response(Who::Handset, asked).status, status);
        assert!(
            scene.ladder.iter().all(|line| !line.starts_with("media")),
            "{:?}",
            scene.ladder
        );
        assert_eq!(scene.switch.calls(), 1);
        // The next one is not in its way.
        let call = scene.incoming(Who::Handset);
        let moved = HANDSET_ANSWER.replace("49152", "49160");
        let again = scene.reinvite(Who::Handset, call, &moved);
        assert_eq!(scene.response(Who::Handset, again).status, Status::OK);
    }
}

#[test]
fn who_asks_for_two_ways_of_one_that_cannot_is_answered_with_one() {
    let (mut scene, asked) = handset_asks();
    scene.reply(Who::Browser, Status::NOT_ACCEPTABLE_HERE, None);
    let answer = scene.response(Who::Handset, asked);
    assert_eq!(answer.status, Status::OK);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(text.contains("a=sendonly"), "{text}");
}

#[test]
fn pictures_go_both_ways_once_the_person_agreed_however_long_it_took() {
    let (mut scene, asked) = handset_asks();
    scene.pass(std::time::Duration::from_secs(25));
    let both = BROWSER_OFFER.replace("a=sendonly", "a=ice-ufrag:u\r\na=sendrecv");
    scene.reply(Who::Browser, Status::OK, Some(&both));
    scene.media(BridgeReply::WebAccepted {
        side: Side::Caller,
        codec: Some(WebCodec::Vp8),
        audio: None,
    });
    let answer = scene.response(Who::Handset, asked);
    assert_eq!(answer.status, Status::OK);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(text.contains("a=sendrecv"), "{text}");
    let started = scene.commands.iter().any(|(_, command)| {
        let BridgeCommand::Apply(Step::Start { flows }) = command else {
            return false;
        };
        *flows == Flows::BothWays
    });
    assert!(started);
}

#[test]
fn a_browser_hears_that_a_phase_1_handset_keeps_to_one_way() {
    let (mut scene, call) = Scene::established();
    let both = BROWSER_OFFER.replace("a=sendonly", "a=ice-ufrag:u\r\na=sendrecv");
    let asked = scene.reinvite(Who::Browser, call, &both);
    scene.reply(Who::Handset, Status::OK, Some(HANDSET_ANSWER));
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: BROWSER_ANSWER.to_owned(),
    });
    assert_eq!(scene.response(Who::Browser, asked).status, Status::OK);
    let flows = scene.commands.iter().rev().find_map(|(_, command)| {
        let BridgeCommand::Apply(Step::Start { flows }) = command else {
            return None;
        };
        Some(*flows)
    });
    assert_eq!(flows, Some(Flows::From(Side::Caller)));
    let said = scene.commands.iter().rev().find_map(|(_, command)| {
        let BridgeCommand::Apply(Step::WebReanswer { directions, .. }) = command else {
            return None;
        };
        directions.video
    });
    assert_eq!(said, Some(sip::sdp::Direction::RecvOnly));
}
