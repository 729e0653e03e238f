//! A new call takes the place of one side (RFC 3891).

use sip::agent::Event;
use sip::message::{Header, Method, Replaces, Status};

use super::scene::{BROWSER_ANSWER, BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;
use crate::bridge::{BridgeError, BridgeReply};

impl Scene {
    /// Calls the gateway with `Replaces` for a dialog that another has with it.
    pub(super) fn replace(&mut self, who: Who, of: Who, call: CallHandle, sdp: &str) -> CallHandle {
        let dialog = self.agent(of).dialog_id(call).unwrap();
        let replaces = Replaces::new(dialog.call_id, dialog.remote_tag, dialog.local_tag).unwrap();
        self.ladder.clear();
        self.call_with(who, "sip:sidecam@192.0.2.1", sdp, |invite| {
            let value = replaces.to_string();
            invite.headers.push(Header::fixed("Replaces", value));
        })
    }

    fn with_replaces() -> Scene {
        let mut scene = Scene::new();
        scene.switch.agent.set_supported(vec!["replaces".into()]);
        scene
    }
}

#[test]
fn another_page_takes_the_share_over_and_the_handset_hears_nothing() {
    let (mut scene, call) = Scene::established();
    scene.switch.agent.set_supported(vec!["replaces".into()]);
    scene.register(Who::Page, Who::Browser, "0.5");
    scene.replace(Who::Page, Who::Browser, call, BROWSER_OFFER);
    scene.check(&["Page -> INVITE", "media Apply(WebAnswer"]);
    let (side, sdp) = (Side::Caller, BROWSER_ANSWER.to_owned());
    scene.media(BridgeReply::Description { side, sdp });
    scene.check(&[
        "media Apply(Start",
        "-> Page 200 INVITE",
        "-> Browser BYE",
        "Browser -> 200 BYE",
        "Page -> ACK",
    ]);
    assert!(scene.heard(Who::Browser, "BYE ", "Call replaced"));
    assert_eq!(scene.switch.calls(), 1);
    // From here on the page is the call's caller.
    let callee = scene.incoming(Who::Handset);
    let now = scene.now;
    scene.handset.hang_up(callee, None, now);
    scene.settle();
    assert!(
        scene.ladder.contains(&"-> Page BYE".to_owned()),
        "{:?}",
        scene.ladder
    );
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_replacement_that_the_bridge_cannot_answer_leaves_the_call_as_it_is() {
    let (mut scene, call) = Scene::established();
    scene.switch.agent.set_supported(vec!["replaces".into()]);
    scene.register(Who::Page, Who::Browser, "0.5");
    scene.replace(Who::Page, Who::Browser, call, BROWSER_OFFER);
    let (side, error) = (Side::Caller, BridgeError::NoPort);
    scene.media(BridgeReply::Failed { side, error });
    assert_eq!(scene.ends(), [(Who::Page, Some(488))]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_handset_takes_the_place_of_another_before_a_page_at_the_same_port() {
    let (mut scene, _) = Scene::established();
    scene.switch.agent.set_supported(vec!["replaces".into()]);
    scene.register(Who::Tablet, Who::Handset, "0.5");
    let call = scene.incoming(Who::Handset);
    scene.replace(Who::Tablet, Who::Handset, call, HANDSET_ANSWER);
    scene.check(&[
        "Tablet -> INVITE",
        "media Apply(PlainConnect",
        "media Apply(Start",
        "-> Tablet 200 INVITE",
        "-> Handset BYE",
        "Handset -> 200 BYE",
        "Tablet -> ACK",
    ]);
    assert!(scene.heard(Who::Tablet, "SIP/2.0 200", "m=video 30000 "));
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn between_plain_peers_the_one_that_stays_gets_the_new_ones_offer() {
    let mut scene = Scene::with_replaces();
    scene.register(Who::Tablet, Who::Handset, "0.5");
    scene.call(Who::Handset, "tel:+447700900002", HANDSET_OFFER);
    let body = sdp_body(HANDSET_ANSWER.into());
    scene.answer(
        Who::Tablet,
        Reply {
            body,
            ..Reply::new(Status::OK)
        },
    );
    let call = scene.incoming(Who::Tablet);
    scene.replace(Who::Tablet, Who::Tablet, call, HANDSET_OFFER);
    scene.check(&["Tablet -> INVITE", "-> Handset INVITE"]);
    let asked = scene
        .events
        .iter()
        .rev()
        .find_map(|(who, event)| match event {
            Event::CallRequest { id, request, .. } if *who == Who::Handset => {
                Some((*id, request.clone()))
            }
            _ => None,
        });
    let (id, request) = asked.unwrap();
    assert_eq!(request.method, Method::Invite);
    let offer = String::from_utf8_lossy(&request.body).into_owned();
    assert!(offer.contains("m=video 49152 RTP/AVP 34"), "{offer}");
    // In the session that it has with the other one (RFC 3264 §8).
    assert!(offer.contains("o=- 1 2 IN IP4 192.0.2.20"), "{offer}");
    let body = sdp_body(HANDSET_ANSWER.into());
    let answer = Reply {
        body,
        ..Reply::new(Status::OK)
    }
    .with_contact(Who::Handset.contact());
    let now = scene.now;
    scene.handset.respond(id, answer, now).unwrap();
    scene.settle();
    let said = ["-> Tablet 200 INVITE", "-> Tablet BYE"];
    assert!(
        said.iter()
            .all(|line| scene.ladder.contains(&(*line).to_owned())),
        "{:?}",
        scene.ladder
    );
    assert_eq!(scene.switch.calls(), 1);
}
