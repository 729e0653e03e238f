//! Provisional responses and media before the answer (RFC 3262, RFC 3960, RFC 6228).

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;

fn with(code: u16, sdp: &str) -> Reply {
    Reply {
        body: sdp_body(sdp.into()),
        ..Reply::new(Status::new(code).unwrap())
    }
}

/// A browser that acknowledges provisional responses, or one that does not, calls the handset.
fn ringing(acknowledges: bool) -> Scene {
    let mut scene = Scene::new();
    if acknowledges {
        let tags = || vec!["100rel".into()];
        scene.browser.set_supported(tags());
        scene.switch.agent.set_supported(tags());
    }
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(1);
    scene.ladder.clear();
    scene
}

#[test]
fn media_before_the_answer_reaches_a_browser_that_acknowledges_it() {
    let mut scene = ringing(true);
    scene.answer(Who::Handset, with(183, HANDSET_ANSWER));
    scene.check(&[
        "Handset -> 183 INVITE",
        "media Apply(PlainConnect",
        "media Apply(WebAnswer",
    ]);
    scene.described(1);
    scene.check(&[
        "media Apply(Start",
        "-> Browser 183 INVITE",
        "Browser -> PRACK",
        "-> Browser 200 PRACK",
    ]);
    assert!(scene.heard(Who::Browser, "SIP/2.0 183", "v=0"));
    scene.answer(Who::Handset, with(200, HANDSET_ANSWER));
    scene.check(&[
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "media Apply(Start",
        "-> Browser 200 INVITE",
        "Browser -> ACK",
    ]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn an_answer_that_says_something_else_reconnects_the_callee_and_not_the_caller() {
    let mut scene = ringing(true);
    scene.answer(Who::Handset, with(183, HANDSET_ANSWER));
    scene.described(1);
    scene.ladder.clear();
    let elsewhere = HANDSET_ANSWER.replace("192.0.2.20", "192.0.2.30");
    scene.answer(Who::Handset, with(200, &elsewhere));
    scene.check(&[
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "media Apply(PlainConnect",
        "media Apply(Start",
        "-> Browser 200 INVITE",
        "Browser -> ACK",
    ]);
    let last = scene
        .commands
        .iter()
        .rev()
        .find_map(|(_, command)| match command {
            BridgeCommand::Apply(Step::PlainConnect { plan, .. }) => {
                plan.remote.map(|to| to.address)
            }
            _ => None,
        });
    assert_eq!(last.unwrap().to_string(), "192.0.2.30");
}

#[test]
fn a_browser_that_does_not_acknowledge_hears_the_ringing_and_one_answer() {
    let mut scene = ringing(false);
    scene.answer(Who::Handset, with(183, HANDSET_ANSWER));
    scene.check(&["Handset -> 183 INVITE", "-> Browser 183 INVITE"]);
    assert!(!scene.heard(Who::Browser, "SIP/2.0 183", "v=0"));
    scene.answer(Who::Handset, with(200, HANDSET_ANSWER));
    scene.described(1);
    assert!(scene.ladder.contains(&"-> Browser 200 INVITE".to_owned()));
}

#[test]
fn before_the_answer_silence_is_no_loss() {
    let mut scene = ringing(true);
    scene.answer(Who::Handset, with(183, HANDSET_ANSWER));
    scene.described(1);
    scene.bridge_says(BridgeEvent::Lost {
        side: Side::Callee,
        cause: LostCause::Silent,
    });
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_callee_that_fails_after_its_media_was_heard_ends_the_call() {
    let mut scene = ringing(true);
    scene.answer(Who::Handset, with(183, HANDSET_ANSWER));
    scene.described(1);
    scene.answer(Who::Handset, with(486, ""));
    assert!(scene.ends().contains(&(Who::Browser, Some(486))));
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn every_other_provisional_is_passed_on_and_the_end_of_an_early_dialog_is_not() {
    let mut scene = ringing(false);
    for code in [180, 181, 182, 183, 199] {
        scene.answer(Who::Handset, with(code, ""));
    }
    let heard: Vec<_> = scene
        .ladder
        .iter()
        .filter(|line| line.starts_with("-> Browser"))
        .cloned()
        .collect();
    assert_eq!(
        heard,
        [180, 181, 182, 183].map(|code| format!("-> Browser {code} INVITE"))
    );
}

#[test]
fn between_two_handsets_early_descriptions_pass_as_they_are() {
    let mut scene = Scene::new();
    scene.register(Who::Tablet, Who::Browser, "1.0");
    scene.switch.home.registrar.forget("browser");
    scene.register(Who::Tablet, Who::Browser, "1.0");
    scene.call(Who::Handset, "tel:+447700900001", HANDSET_OFFER);
    scene.answer(Who::Tablet, with(183, HANDSET_ANSWER));
    scene.answer(Who::Tablet, with(200, HANDSET_ANSWER));
    scene.check(&[
        "Handset -> INVITE",
        "-> Tablet INVITE",
        "Tablet -> 183 INVITE",
        "-> Handset 183 INVITE",
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "-> Handset 200 INVITE",
        "Handset -> ACK",
    ]);
    assert!(scene.heard(Who::Handset, "SIP/2.0 183", "H263-2000"));
}
