//! The caller gives up, in every state of the set-up (RFC 3261 §9).

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, Scene, Who};
use super::*;

fn hang_up(scene: &mut Scene, call: CallHandle) {
    let now = scene.now;
    let reason = Reason::sip(Status::DECLINE, "Changed my mind");
    scene.browser.hang_up(call, Some(reason), now);
    scene.settle();
}

fn over(scene: &Scene) {
    assert_eq!(scene.switch.calls(), 0);
    assert!(scene.ends().contains(&(Who::Browser, Some(487))) || !scene.ends().is_empty());
}

#[test]
fn while_the_media_is_opened_nobody_else_hears_of_it() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.ladder.clear();
    hang_up(&mut scene, call);
    scene.check(&[
        "Browser -> CANCEL",
        "-> Browser 200 CANCEL",
        "-> Browser 487 INVITE",
        "media Close",
        "Browser -> ACK",
    ]);
    scene.opened(1);
    scene.check(&[]);
    over(&scene);
}

#[test]
fn before_the_callee_says_anything_the_cancel_waits_for_its_first_word() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.deaf = Some(Who::Handset);
    scene.opened(1);
    scene.ladder.clear();
    hang_up(&mut scene, call);
    scene.check(&[
        "Browser -> CANCEL",
        "-> Browser 200 CANCEL",
        "-> Browser 487 INVITE",
        "media Close",
        "Browser -> ACK",
    ]);
    scene.deaf = None;
    // The INVITE is sent again, and now it is heard.
    scene.pass(Duration::from_millis(600));
    scene.check(&[
        "-> Handset INVITE",
        "-> Handset CANCEL",
        "Handset -> 200 CANCEL",
        "Handset -> 487 INVITE",
        "-> Handset ACK",
    ]);
    assert!(scene.heard(Who::Handset, "CANCEL", "text=\"Changed my mind\""));
    over(&scene);
}

#[test]
fn while_it_rings_the_reason_goes_along() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(1);
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    scene.ladder.clear();
    hang_up(&mut scene, call);
    let mut found = std::mem::take(&mut scene.ladder);
    found.sort();
    assert_eq!(
        found,
        [
            "-> Browser 200 CANCEL",
            "-> Browser 487 INVITE",
            "-> Handset ACK",
            "-> Handset CANCEL",
            "Browser -> ACK",
            "Browser -> CANCEL",
            "Handset -> 200 CANCEL",
            "Handset -> 487 INVITE",
            "media Close",
        ]
    );
    assert!(scene.heard(Who::Handset, "CANCEL", "text=\"Changed my mind\""));
    over(&scene);
}

#[test]
fn while_the_answer_is_taken_the_callee_gets_a_bye() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(1);
    let body = sdp_body(HANDSET_ANSWER.into());
    let ok = Reply {
        body,
        ..Reply::new(Status::OK)
    };
    scene.answer(Who::Handset, ok);
    scene.ladder.clear();
    hang_up(&mut scene, call);
    assert!(scene.ladder.contains(&"-> Handset BYE".to_owned()));
    assert!(scene.ladder.contains(&"-> Browser 487 INVITE".to_owned()));
    scene.described(1);
    over(&scene);
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(1);
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    scene.ladder.clear();
    // The CANCEL is lost on its way, and the handset answers.
    scene.deaf = Some(Who::Handset);
    hang_up(&mut scene, call);
    scene.deaf = None;
    let body = sdp_body(HANDSET_ANSWER.into());
    let ok = Reply {
        body,
        ..Reply::new(Status::OK)
    };
    scene.answer(Who::Handset, ok);
    let after = scene
        .ladder
        .iter()
        .position(|line| line == "Handset -> 200 INVITE");
    let after = &scene.ladder[after.unwrap() + 1..];
    assert_eq!(
        after,
        ["-> Handset ACK", "-> Handset BYE", "Handset -> 200 BYE"]
    );
    over(&scene);
}

#[test]
fn a_cancel_that_comes_after_the_200_changes_nothing() {
    let (mut scene, _) = Scene::established();
    assert_eq!(scene.switch.calls(), 1);
    scene.ladder.clear();
    scene.pass(Duration::from_secs(1));
    assert_eq!(scene.switch.calls(), 1);
}
