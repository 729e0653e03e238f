//! RFC 5626 §5, §7: a device that is connected twice is one device: it rings once, by the other
//! connection when the latest fails.

use std::time::Duration;

use sip::message::Status;

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;

const HANDSET: &str = "tel:+447700900002";

/// The handset's user has one device, whose latest flow is the tablet's address.
fn two_flows() -> Scene {
    let mut scene = Scene::new();
    scene.switch.home.registrar.forget("handset");
    scene.register_flow(Who::Handset, Who::Handset, 1);
    scene.register_flow(Who::Tablet, Who::Handset, 2);
    scene
}

#[test]
fn when_the_latest_flow_fails_the_device_rings_by_its_other() {
    for status in [Status::FLOW_FAILED, Status::SERVICE_UNAVAILABLE] {
        let mut scene = two_flows();
        scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
        scene.opened(1);
        scene.answer(Who::Tablet, Reply::new(status));
        scene.check(&[
            "Browser -> INVITE",
            "media OpenPlain",
            "-> Tablet INVITE",
            &format!("Tablet -> {} INVITE", status.code()),
            "-> Tablet ACK",
            "media OpenPlain",
            "media Close",
        ]);
        scene.opened(2);
        let body = sdp_body(HANDSET_ANSWER.into());
        let ok = Reply {
            body,
            ..Reply::new(Status::OK)
        };
        scene.answer(Who::Handset, ok);
        scene.described(2);
        assert_eq!(scene.switch.calls(), 1);
        assert!(scene.heard(Who::Browser, "SIP/2.0 200", ""));
    }
}

#[test]
fn a_flow_that_is_silent_gives_way_to_the_other() {
    let mut scene = two_flows();
    scene.deaf = Some(Who::Tablet);
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.opened(1);
    scene.pass(Duration::from_secs(33));
    scene.opened(2);
    assert!(
        scene.heard(Who::Handset, "INVITE", ""),
        "{:?}",
        scene.ladder
    );
    assert!(scene.ends().is_empty());
}

#[test]
fn a_page_whose_latest_connection_is_lost_rings_by_its_other() {
    let mut scene = Scene::new();
    scene.switch.home.registrar.forget("browser");
    scene.register_flow(Who::Browser, Who::Browser, 1);
    scene.register_flow(Who::Page, Who::Browser, 2);
    scene.call(Who::Handset, "tel:+447700900001", HANDSET_OFFER);
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(1, BridgeReply::Description { side, sdp });
    scene.check(&[
        "Handset -> INVITE",
        "media Apply(WebOffer",
        "-> Page INVITE",
    ]);
    let flow = Who::Page.hop().flow;
    scene.switch.handle(Input::FlowClosed(flow), scene.now);
    scene.settle();
    scene.check(&["media Apply(WebOffer", "media Close"]);
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(2, BridgeReply::Description { side, sdp });
    scene.check(&["-> Browser INVITE"]);
}

#[test]
fn a_device_that_says_no_or_has_no_flow_left_is_not_rung_again() {
    let mut scene = two_flows();
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.opened(1);
    scene.answer(Who::Tablet, Reply::new(Status::BUSY_HERE));
    assert_eq!(scene.ends().last(), Some(&(Who::Browser, Some(486))));

    let mut scene = two_flows();
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.opened(1);
    scene.answer(Who::Tablet, Reply::new(Status::FLOW_FAILED));
    scene.opened(2);
    scene.answer(Who::Handset, Reply::new(Status::FLOW_FAILED));
    assert_eq!(scene.ends().last(), Some(&(Who::Browser, Some(430))));
    assert_eq!(scene.switch.calls(), 0);
}
