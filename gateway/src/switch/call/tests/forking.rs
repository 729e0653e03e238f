//! Several devices of one user (RFC 3261 §16.6, §16.7).

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;

fn with_sdp(sdp: &str) -> Reply {
    Reply {
        body: sdp_body(sdp.into()),
        ..Reply::new(Status::OK)
    }
}

fn status(code: u16) -> Reply {
    Reply::new(Status::new(code).unwrap())
}

/// A browser calls the handset's user, whose tablet is there too with that preference.
fn call_to_two(q: &str) -> Scene {
    let mut scene = Scene::new();
    scene.register(Who::Tablet, Who::Handset, q);
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene
}

#[test]
fn all_devices_of_a_user_ring_and_the_first_that_answers_has_the_call() {
    let mut scene = call_to_two("1.0");
    scene.check(&["Browser -> INVITE", "media OpenPlain", "media OpenPlain"]);
    scene.opened(1);
    scene.opened(2);
    scene.ladder.sort();
    scene.check(&["-> Handset INVITE", "-> Tablet INVITE"]);
    scene.answer(Who::Tablet, status(180));
    scene.answer(Who::Handset, status(180));
    scene.check(&[
        "Tablet -> 180 INVITE",
        "-> Browser 180 INVITE",
        "Handset -> 180 INVITE",
    ]);
    scene.answer(Who::Tablet, with_sdp(HANDSET_ANSWER));
    let tablet = scene.commands.back().unwrap().0;
    scene.check(&[
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "media Apply(PlainConnect",
        "media Apply(WebAnswer",
        "-> Handset CANCEL",
        "media Close",
        "Handset -> 200 CANCEL",
        "Handset -> 487 INVITE",
        "-> Handset ACK",
    ]);
    let elsewhere = "Reason: SIP;cause=200;text=\"Call completed elsewhere\"";
    assert!(scene.heard(Who::Handset, "CANCEL", elsewhere));
    let closed = scene.commands.back().unwrap().0;
    let connected = scene
        .commands
        .iter()
        .find(|(_, command)| matches!(command, BridgeCommand::Apply(Step::PlainConnect { .. })));
    assert_ne!(connected.unwrap().0, closed);
    assert_eq!(tablet, closed);
    let won = connected.unwrap().0;
    scene.described(won.0);
    scene.check(&[
        "media Apply(Start",
        "-> Browser 200 INVITE",
        "Browser -> ACK",
    ]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_page_that_lost_hears_that_the_call_was_completed_elsewhere() {
    let mut scene = Scene::new();
    scene.register(Who::Page, Who::Browser, "1.0");
    scene.call(Who::Handset, "tel:+447700900001", HANDSET_OFFER);
    scene.check(&[
        "Handset -> INVITE",
        "media Apply(WebOffer",
        "media Apply(WebOffer",
    ]);
    for bridge in [1, 2] {
        let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
        scene.media_of(bridge, BridgeReply::Description { side, sdp });
    }
    scene.answer(Who::Page, status(180));
    scene.answer(Who::Browser, status(180));
    let answer = BROWSER_OFFER.replace("a=sendonly", "a=recvonly");
    scene.answer(Who::Browser, with_sdp(&answer));
    let page_end = scene.events.iter().find_map(|(who, event)| match event {
        Event::Ended { end, .. } if *who == Who::Page => end.reason.clone(),
        _ => None,
    });
    assert_eq!(page_end.unwrap().cause, Some(200));
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn devices_of_lower_preference_ring_when_those_before_them_failed() {
    let mut scene = call_to_two("0.5");
    scene.check(&["Browser -> INVITE", "media OpenPlain"]);
    scene.opened(1);
    scene.check(&["-> Handset INVITE"]);
    scene.answer(Who::Handset, status(486));
    scene.check(&[
        "Handset -> 486 INVITE",
        "-> Handset ACK",
        "media OpenPlain",
        "media Close",
    ]);
    scene.opened(2);
    scene.check(&["-> Tablet INVITE"]);
    scene.answer(Who::Tablet, with_sdp(HANDSET_ANSWER));
    scene.described(2);
    assert!(scene.ladder.contains(&"-> Browser 200 INVITE".to_owned()));
}

#[test]
fn of_all_refusals_the_best_is_told() {
    for (first, second, expected) in [
        (486, 480, 486),
        (480, 486, 486),
        (500, 404, 404),
        (503, 503, 500),
        (486, 415, 415),
        (404, 603, 603),
        (603, 404, 603),
    ] {
        let mut scene = call_to_two("1.0");
        scene.opened(1);
        scene.opened(2);
        scene.answer(Who::Handset, status(first));
        let second_rings = !scene.heard(Who::Tablet, "CANCEL", "") && scene.switch.calls() == 1;
        if second_rings {
            scene.answer(Who::Tablet, status(second));
        }
        let ends = scene.ends();
        let heard = (Who::Browser, Some(expected));
        assert!(ends.contains(&heard), "{first} {second}: {ends:?}");
        assert_eq!(scene.switch.calls(), 0);
    }
}

#[test]
fn a_refusal_for_everywhere_ends_all_that_ring() {
    let mut scene = call_to_two("1.0");
    scene.opened(1);
    scene.opened(2);
    scene.answer(Who::Tablet, status(180));
    scene.ladder.clear();
    scene.answer(Who::Handset, status(603));
    assert!(scene.ladder.contains(&"-> Tablet CANCEL".to_owned()));
    assert!(scene.ladder.contains(&"-> Browser 603 INVITE".to_owned()));
    assert!(scene.heard(Who::Tablet, "CANCEL", "Reason: SIP;cause=603"));
}

#[test]
fn one_device_that_cannot_be_opened_leaves_the_others_ringing() {
    let mut scene = call_to_two("1.0");
    scene.media_of(
        1,
        BridgeReply::Failed {
            side: Side::Callee,
            error: BridgeError::NoPort,
        },
    );
    scene.opened(2);
    assert_eq!(scene.switch.calls(), 1);
    let invited = ["-> Tablet INVITE", "-> Handset INVITE"];
    let count = invited.map(|line| scene.ladder.contains(&line.to_owned()));
    assert_eq!(count.iter().filter(|one| **one).count(), 1);
}

#[test]
fn max_breadth_is_split_among_the_devices_and_what_it_does_not_reach_comes_later() {
    let breadth = |value: &'static str| {
        move |invite: &mut Invite| invite.headers = vec![Header::fixed("Max-Breadth", value)]
    };
    for (said, expected) in [
        ("5", ["Max-Breadth: 3", "Max-Breadth: 2"]),
        ("900", ["Max-Breadth: 30"; 2]),
    ] {
        let mut scene = Scene::new();
        scene.register(Who::Tablet, Who::Handset, "1.0");
        scene.call_with(
            Who::Browser,
            "tel:+447700900002",
            BROWSER_OFFER,
            breadth(said),
        );
        scene.opened(1);
        scene.opened(2);
        for one in expected {
            let of = |who| scene.heard(who, "INVITE", one);
            assert!(of(Who::Handset) || of(Who::Tablet), "{said}: {one}");
        }
    }
    let mut scene = Scene::new();
    scene.register(Who::Tablet, Who::Handset, "1.0");
    scene.call_with(
        Who::Browser,
        "tel:+447700900002",
        BROWSER_OFFER,
        breadth("1"),
    );
    scene.check(&["Browser -> INVITE", "media OpenPlain"]);
    let mut scene = Scene::new();
    scene.call_with(
        Who::Browser,
        "tel:+447700900002",
        BROWSER_OFFER,
        breadth("0"),
    );
    assert_eq!(scene.ends(), [(Who::Browser, Some(440))]);
}
