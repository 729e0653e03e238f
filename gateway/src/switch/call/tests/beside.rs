//! Shares beside the voice calls that the network tells of.

use sip::message::Status;

use super::scene::{BROWSER_OFFER, Scene, Who};
use crate::switch::call_context::{CallContext, Event as Happened, News, Rules};

const HANDSET: &str = "tel:+447700900002";

fn scene(refuse_without_call: bool) -> Scene {
    ruled(Scene::new(), refuse_without_call)
}

fn ruled(mut scene: Scene, refuse_without_call: bool) -> Scene {
    scene.switch.context = CallContext::new(Rules {
        by_network: true,
        refuse_without_call,
        ..Rules::default()
    });
    scene
}

fn tell(scene: &mut Scene, event: Happened, one: Who, other: Who) {
    let news = News {
        id: format!("{}-{}", one.name(), other.name()),
        event,
        between: [one, other].map(|who| who.number().parse().unwrap()),
    };
    let now = scene.now;
    scene.switch.hear_of_call(news, now).unwrap();
    scene.settle();
}

/// R1.25, R1.26, R4.1
#[test]
fn the_networks_word_ends_the_shares_between_those_who_no_longer_talk() {
    for (event, text) in [
        (Happened::Ended, "The voice call is over"),
        (Happened::Held, "The voice call is on hold"),
        (Happened::Conference, "The voice call is a conference"),
    ] {
        let (scene, _) = Scene::established();
        let mut scene = ruled(scene, false);
        tell(&mut scene, Happened::Started, Who::Handset, Who::Browser);
        // Another pair's call, and a second one of his that is held.
        tell(&mut scene, Happened::Started, Who::Handset, Who::Tablet);
        tell(&mut scene, Happened::Held, Who::Handset, Who::Tablet);
        assert_eq!(scene.switch.calls(), 1, "{event:?}");
        scene.ladder.clear();
        tell(&mut scene, event, Who::Handset, Who::Browser);
        assert_eq!(scene.switch.calls(), 0, "{event:?}");
        assert!(scene.heard(Who::Browser, "BYE ", text), "{:?}", scene.wire);
        assert!(scene.heard(Who::Handset, "BYE ", text), "{:?}", scene.wire);
        assert_eq!(scene.switch.counters.shares_without_call.get(), 1);
    }
}

/// R1.26, R1.27
#[test]
fn shares_are_refused_by_how_their_people_stand() {
    let cases = [
        (vec![Happened::Started], false, None),
        (vec![Happened::Started], true, None),
        (vec![Happened::Started, Happened::Held], false, Some(480)),
        (
            vec![Happened::Started, Happened::Held, Happened::Resumed],
            true,
            None,
        ),
        (vec![Happened::Conference], false, Some(480)),
        (vec![], false, None),
        (vec![], true, Some(606)),
        (vec![Happened::Started, Happened::Ended], true, Some(606)),
    ];
    for (events, refuse, expected) in cases {
        let mut scene = scene(refuse);
        for event in &events {
            tell(&mut scene, *event, Who::Browser, Who::Handset);
        }
        scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
        match expected {
            None => scene.check(&["Browser -> INVITE", "media OpenPlain"]),
            Some(status) => {
                let refusal = format!("-> Browser {status} INVITE");
                scene.check(&["Browser -> INVITE", &refusal, "Browser -> ACK"]);
            }
        }
    }
}

/// R4.1
#[test]
fn where_people_say_it_themselves_the_networks_word_ends_nothing_here() {
    let (mut scene, _) = Scene::established();
    tell(&mut scene, Happened::Started, Who::Handset, Who::Browser);
    tell(&mut scene, Happened::Ended, Who::Handset, Who::Browser);
    assert_eq!(scene.switch.calls(), 1);
}

/// R1.27: a voice call is no share.
#[test]
fn a_call_without_pictures_is_not_asked_for_a_voice_call() {
    let mut scene = scene(true);
    let offer = BROWSER_OFFER.replace("m=video", "m=audio");
    scene.call(Who::Browser, HANDSET, &offer);
    let refused = Status::NOT_ACCEPTABLE_ANYWHERE.code().to_string();
    assert!(!scene.heard(Who::Browser, &format!("SIP/2.0 {refused}"), ""));
}
