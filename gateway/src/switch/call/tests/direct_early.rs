//! Two plain peers before the answer: what one describes the other hears (RFC 3311, RFC 3262 §5).

use sip::message::{Method, Status};

use super::direct::{HELD, with};
use super::scene::{HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;

/// The handset calls the tablet; all acknowledge provisional responses.
fn ringing(offer: &str) -> (Scene, CallHandle) {
    let mut scene = Scene::new();
    for agent in [
        &mut scene.handset,
        &mut scene.tablet,
        &mut scene.switch.agent,
    ] {
        agent.set_supported(vec!["100rel".into()]);
    }
    scene.register(Who::Tablet, Who::Handset, "0.5");
    let caller = scene.call(Who::Handset, "tel:+447700900002", offer);
    scene.ladder.clear();
    (scene, caller)
}

/// The same, after a reliable 183 with the tablet's description.
fn answered_early() -> (Scene, CallHandle, CallHandle) {
    let (mut scene, caller) = ringing(HANDSET_OFFER);
    scene.answer(Who::Tablet, with(Status::SESSION_PROGRESS, HANDSET_ANSWER));
    scene.check(&[
        "Tablet -> 183 INVITE",
        "-> Tablet PRACK",
        "-> Handset 183 INVITE",
        "Handset -> PRACK",
        "Tablet -> 200 PRACK",
        "-> Handset 200 PRACK",
    ]);
    let callee = scene.incoming(Who::Tablet);
    (scene, caller, callee)
}

fn other(sdp: &str) -> String {
    sdp.replace("49152", "49200")
}

#[test]
fn an_update_before_the_answer_passes_either_way_and_so_does_its_answer() {
    for from in [Who::Handset, Who::Tablet] {
        let (mut scene, caller, callee) = answered_early();
        let (call, to) = match from {
            Who::Handset => (caller, Who::Tablet),
            _ => (callee, Who::Handset),
        };
        let asked = scene.sends(from, call, Method::Update, sdp_body(HELD.into()));
        assert_eq!(scene.request_at(to).body, HELD.as_bytes());
        scene.answers(to, with(Status::OK, &other(HANDSET_ANSWER)));
        let response = scene.response_at(from, asked);
        assert_eq!(response.status, Status::OK);
        assert_eq!(response.body, other(HANDSET_ANSWER).as_bytes());
        scene.check(&[
            &format!("{from:?} -> UPDATE"),
            &format!("-> {to:?} UPDATE"),
            &format!("{to:?} -> 200 UPDATE"),
            &format!("-> {from:?} 200 UPDATE"),
        ]);
        // What the 200 repeats of the time before the UPDATE means nothing.
        scene.answer(Who::Tablet, with(Status::OK, HANDSET_ANSWER));
        scene.check(&[
            "Tablet -> 200 INVITE",
            "-> Tablet ACK",
            "-> Handset 200 INVITE",
            "Handset -> ACK",
        ]);
        assert_eq!(scene.switch.calls(), 1);
    }
}

#[test]
fn a_refused_update_passes_and_the_call_goes_on_ringing() {
    let (mut scene, caller, _) = answered_early();
    let asked = scene.sends(Who::Handset, caller, Method::Update, sdp_body(HELD.into()));
    scene.answers(Who::Tablet, Reply::new(Status::NOT_ACCEPTABLE_HERE));
    let response = scene.response_at(Who::Handset, asked);
    assert_eq!(response.status, Status::NOT_ACCEPTABLE_HERE);
    scene.answer(Who::Tablet, with(Status::OK, ""));
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_200_that_says_something_else_than_the_183_follows_in_an_offer() {
    let (mut scene, _, _) = answered_early();
    scene.answer(Who::Tablet, with(Status::OK, &other(HANDSET_ANSWER)));
    scene.check(&[
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "-> Handset 200 INVITE",
        "Handset -> ACK",
    ]);
    // An offer that would have crossed the ACK waits a little.
    scene.pass(Duration::from_secs(5));
    scene.check(&["-> Handset INVITE"]);
    assert!(scene.heard(Who::Handset, "SIP/2.0 200", "49152"));
    assert!(!scene.heard(Who::Handset, "SIP/2.0 200", "49200"));
    assert!(scene.heard(Who::Handset, "INVITE", "49200"));
    scene.answers(Who::Handset, with(Status::OK, HANDSET_OFFER));
    scene.check(&["Handset -> 200 INVITE", "-> Handset ACK"]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_caller_without_an_offer_answers_the_183s_in_its_prack() {
    let (mut scene, caller) = ringing("");
    scene.answer(Who::Tablet, with(Status::SESSION_PROGRESS, HANDSET_OFFER));
    scene.check(&["Tablet -> 183 INVITE", "-> Handset 183 INVITE"]);
    let now = scene.now;
    let answer = sdp_body(HANDSET_ANSWER.into());
    scene.handset.acknowledge(caller, answer, now).unwrap();
    scene.settle();
    assert!(scene.heard(Who::Tablet, "PRACK", HANDSET_ANSWER));
    scene.answers(Who::Tablet, Reply::new(Status::OK));
    scene.ladder.clear();
    scene.answer(Who::Tablet, Reply::new(Status::OK));
    scene.check(&[
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "-> Handset 200 INVITE",
        "Handset -> ACK",
    ]);
    assert_eq!(scene.switch.calls(), 1);
    assert!(scene.commands.is_empty());
}

/// Sends as a handset that is no agent of the script's.
fn raw(scene: &mut Scene, start: &str, more: &str, sdp: &str) {
    let text = format!(
        "{start} SIP/2.0\r\nFrom: <sip:handset@example.org>;tag=raw\r\nCall-ID: raw\r\n\
         Contact: <sip:handset@192.0.2.20:5060>\r\nMax-Forwards: 70\r\n{more}\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    let (hop, bytes) = (Who::Handset.hop(), text.into_bytes());
    scene
        .switch
        .handle(Input::Message { hop, bytes }, scene.now);
    scene.settle();
}

fn line(scene: &Scene, start: &str, name: &str) -> String {
    let mut to = scene.wire.iter().rev();
    let (_, text) = to
        .find(|(who, text)| *who == Who::Handset && text.starts_with(start))
        .expect("a message");
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
    lines.next().expect("a header").trim().to_owned()
}

#[test]
fn a_new_offer_in_a_prack_goes_on_as_an_update() {
    let (mut scene, _) = ringing(HANDSET_OFFER);
    scene.browser.set_supported(vec!["100rel".into()]);
    let to = "To: <tel:+447700900002>";
    let via = "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKraw";
    let invite = format!("{via}1\r\n{to}\r\nCSeq: 1 INVITE\r\nSupported: 100rel\r\n");
    raw(
        &mut scene,
        "INVITE tel:+447700900002",
        &invite,
        HANDSET_OFFER,
    );
    scene.answer(Who::Tablet, with(Status::SESSION_PROGRESS, HANDSET_ANSWER));
    let start = "SIP/2.0 183";
    let (to, rseq) = (line(&scene, start, "To:"), line(&scene, start, "RSeq:"));
    scene.ladder.clear();
    let prack = format!("{via}2\r\nTo: {to}\r\nCSeq: 2 PRACK\r\nRAck: {rseq} 1 INVITE\r\n");
    raw(&mut scene, "PRACK sip:sidecam@192.0.2.1:5060", &prack, HELD);
    scene.check(&["-> Tablet UPDATE"]);
    assert!(scene.heard(Who::Tablet, "UPDATE", HELD));
    scene.answers(Who::Tablet, with(Status::OK, &other(HANDSET_ANSWER)));
    scene.check(&["Tablet -> 200 UPDATE", "-> Handset 200 PRACK"]);
    assert!(scene.heard(Who::Handset, "SIP/2.0 200", "49200"));
}
