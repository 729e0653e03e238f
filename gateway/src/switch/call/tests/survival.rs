//! Calls whose browser is away for a while: as ladders.

use std::time::Duration;

use sip::agent::{Event, Outgoing};
use sip::digest::Credentials;
use sip::message::{Method, Status};

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, Scene, Who};
use super::*;
use crate::bridge::{BridgeError, BridgeEvent, BridgeReply, LostCause};
use crate::switch::Input;

const SAME_DEVICE: &str = "<sip:browser@a1b2.invalid;transport=ws>";
const OTHER_DEVICE: &str = "<sip:tablet@c3d4.invalid;transport=ws>";

impl Scene {
    /// The browser's connection is gone, and both ends know it.
    fn cut(&mut self) {
        let gone = self.browser_flow;
        self.browser
            .handle(sip::agent::Input::FlowClosed(gone), self.now);
        let flow = self.browser_at.flow;
        self.switch.handle(Input::FlowClosed(flow), self.now);
        self.settle();
    }

    /// A page of that user signs in over a new connection.
    fn sign_in_as(&mut self, contact: &str) {
        self.browser_at.flow.0 += 1;
        self.browser_flow.0 += 1;
        self.switch
            .handle(Input::FlowOpened(self.browser_at), self.now);
        let address: NameAddr = "<sip:browser@example.org>".parse().unwrap();
        let mut register = Outgoing::new(
            self.browser_hop(),
            Method::Register,
            "sip:example.org".parse().unwrap(),
            address.clone(),
            address,
        );
        register.contact = vec![contact.parse().unwrap()];
        register.credentials = Some(Credentials::new("browser".to_owned(), "secret".to_owned()));
        self.browser.request(register, self.now);
        self.settle();
    }

    /// The browser's side of a call goes on over its new connection.
    fn go_on(&mut self, call: CallHandle) {
        let hop = self.browser_hop();
        self.browser.move_call(call, hop);
    }

    fn reasons(&self) -> Vec<(Who, String)> {
        let reason = |(who, event): &(Who, Event)| match event {
            Event::Ended { end, .. } => {
                let text = end.reason.as_ref()?.text.as_ref()?;
                Some((*who, text.to_string()))
            }
            _ => None,
        };
        self.events.iter().filter_map(reason).collect()
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const REGISTERED: [&str; 4] = [
    "Browser -> REGISTER",
    "-> Browser 401 REGISTER",
    "Browser -> REGISTER",
    "-> Browser 200 REGISTER",
];

#[test]
fn the_other_side_knows_nothing_while_the_page_is_away() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    scene.cut();
    scene.pass(seconds(59));
    scene.check(&[]);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_page_that_comes_back_has_its_call_on_the_new_connection() {
    let (mut scene, call) = Scene::established();
    scene.ladder.clear();
    scene.cut();
    scene.pass(seconds(30));
    scene.sign_in_as(SAME_DEVICE);
    scene.check(&REGISTERED);
    scene.go_on(call);
    scene.pass(seconds(120));
    assert_eq!(scene.switch.calls(), 1, "nothing runs out later");

    let handset = scene.incoming(Who::Handset);
    let now = scene.now;
    scene.handset.hang_up(handset, None, now);
    scene.settle();
    assert!(scene.ladder.contains(&"-> Browser BYE".to_owned()));
    assert_eq!(scene.ends().len(), 2);
}

#[test]
fn a_page_that_stays_away_ends_the_call_with_a_reason() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    scene.cut();
    scene.pass(seconds(60));
    assert_eq!(scene.switch.calls(), 0);
    assert!(scene.ladder.contains(&"-> Handset BYE".to_owned()));
    assert!(scene.ladder.contains(&"media Close".to_owned()));
    let lost = "Connection of the browser lost".to_owned();
    assert_eq!(scene.reasons(), [(Who::Handset, lost)]);
}

#[test]
fn a_page_is_told_on_coming_back_what_ended_meanwhile() {
    let (mut scene, call) = Scene::established();
    scene.cut();
    scene.ladder.clear();
    let handset = scene.incoming(Who::Handset);
    let now = scene.now;
    scene.handset.hang_up(handset, None, now);
    scene.settle();
    scene.check(&["Handset -> BYE", "-> Handset 200 BYE", "media Close"]);
    assert_eq!(scene.switch.calls(), 0);

    scene.go_on(call);
    scene.sign_in_as(SAME_DEVICE);
    let mut expected = REGISTERED.to_vec();
    expected.extend(["-> Browser BYE", "Browser -> 200 BYE"]);
    scene.check(&expected);
    assert_eq!(scene.ends().len(), 2);
}

#[test]
fn another_device_of_the_same_user_does_not_take_the_call() {
    let (mut scene, _) = Scene::established();
    scene.cut();
    scene.sign_in_as(OTHER_DEVICE);
    scene.ladder.clear();
    let handset = scene.incoming(Who::Handset);
    let now = scene.now;
    scene.handset.hang_up(handset, None, now);
    scene.settle();
    scene.pass(seconds(61));
    assert!(!scene.ladder.iter().any(|line| line.contains("Browser")));
}

#[test]
fn a_request_by_a_connection_that_is_not_the_legs_is_refused() {
    let (mut scene, call) = Scene::established();
    scene.sign_in_as(OTHER_DEVICE);
    scene.ladder.clear();
    // It knows the tags, and that is not enough.
    scene.go_on(call);
    let now = scene.now;
    let body = sdp_body(BROWSER_OFFER.into());
    scene
        .browser
        .request_in_call(call, Method::Invite, Vec::new(), body, now);
    scene.settle();
    assert!(
        scene.ladder.contains(&"-> Browser 403 INVITE".to_owned()),
        "{:?}",
        scene.ladder
    );
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_hold_by_the_other_side_is_answered_for_the_page_that_is_away() {
    let (mut scene, _) = Scene::established();
    scene.cut();
    scene.ladder.clear();
    let handset = scene.incoming(Who::Handset);
    let now = scene.now;
    let held = HANDSET_ANSWER.replace("a=recvonly", "a=inactive");
    let body = sdp_body(held.into());
    scene
        .handset
        .request_in_call(handset, Method::Invite, Vec::new(), body, now);
    scene.settle();
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: BROWSER_OFFER.to_owned(),
    });
    assert!(
        scene.ladder.contains(&"-> Handset 200 INVITE".to_owned()),
        "{:?}",
        scene.ladder
    );
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn pictures_that_break_off_are_waited_for_and_may_come_back() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    let lost = || BridgeEvent::Lost {
        side: Side::Caller,
        cause: LostCause::Unreachable,
    };
    scene.bridge_says(lost());
    scene.pass(seconds(59));
    scene.bridge_says(BridgeEvent::Connected { side: Side::Caller });
    scene.pass(seconds(120));
    scene.check(&[]);

    scene.bridge_says(lost());
    scene.pass(seconds(61));
    assert_eq!(scene.switch.calls(), 0);
    // The page can hear it.
    assert_eq!(scene.reasons().len(), 2, "{:?}", scene.reasons());
}

#[test]
fn the_first_loss_counts_for_the_grace() {
    let (mut scene, _) = Scene::established();
    scene.bridge_says(BridgeEvent::Lost {
        side: Side::Caller,
        cause: LostCause::Unreachable,
    });
    scene.pass(seconds(40));
    scene.cut();
    scene.sign_in_as(SAME_DEVICE);
    scene.pass(seconds(19));
    assert_eq!(scene.switch.calls(), 1, "pictures are still missing");
    scene.pass(seconds(2));
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_page_that_says_it_is_closed_is_not_waited_for() {
    let (mut scene, _) = Scene::established();
    scene.bridge_says(BridgeEvent::Lost {
        side: Side::Caller,
        cause: LostCause::Closed,
    });
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_call_that_rings_goes_with_its_connection() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Callee,
        port: 30000,
    });
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    scene.ladder.clear();
    scene.cut();
    assert!(scene.ladder.contains(&"-> Handset CANCEL".to_owned()));
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_new_way_for_the_pictures_is_made_on_the_browsers_leg_alone() {
    let (mut scene, call) = Scene::established();
    scene.cut();
    scene.sign_in_as(SAME_DEVICE);
    scene.go_on(call);
    scene.ladder.clear();
    let now = scene.now;
    let body = sdp_body(BROWSER_OFFER.into());
    scene
        .browser
        .request_in_call(call, Method::Invite, Vec::new(), body, now);
    scene.settle();
    scene.check(&["Browser -> INVITE", "media Apply(WebReanswer"]);
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: "v=0\r\n".to_owned(),
    });
    scene.check(&["-> Browser 200 INVITE", "Browser -> ACK"]);
}

#[test]
fn a_new_way_that_the_media_cannot_make_leaves_the_call_as_it_is() {
    let (mut scene, call) = Scene::established();
    scene.ladder.clear();
    let now = scene.now;
    let body = sdp_body(BROWSER_OFFER.into());
    scene
        .browser
        .request_in_call(call, Method::Invite, Vec::new(), body, now);
    scene.settle();
    scene.media(BridgeReply::Failed {
        side: Side::Caller,
        error: BridgeError::NoPort,
    });
    scene.check(&[
        "Browser -> INVITE",
        "media Apply(WebReanswer",
        "-> Browser 488 INVITE",
        "Browser -> ACK",
    ]);
    assert_eq!(scene.switch.calls(), 1);
}
