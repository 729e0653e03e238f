//! Where a call goes on: other addresses of a device, redirections, and where that ends.

use super::scene::{BROWSER_OFFER, HANDSET_ANSWER, Scene, Who};
use super::*;
use crate::switch::destinations::Destination;

fn moved_to(contact: &str) -> Reply {
    Reply::new(Status::MOVED_TEMPORARILY).with_contact(contact.parse().unwrap())
}

#[test]
fn a_redirection_to_another_of_our_users_is_followed() {
    let mut scene = Scene::new();
    scene.register(Who::Page, Who::Browser, "1.0");
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(1);
    scene.ladder.clear();
    scene.answer(Who::Handset, moved_to("<sip:browser@example.org>"));
    scene.check(&[
        "Handset -> 302 INVITE",
        "-> Handset ACK",
        "media Apply(WebOffer",
        "media Close",
    ]);
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(2, BridgeReply::Description { side, sdp });
    scene.check(&["-> Page INVITE"]);
}

#[test]
fn a_redirection_in_circles_to_oneself_or_to_strangers_is_not_followed() {
    for contact in [
        "<tel:+447700900002>",
        "<sip:handset@example.org>",
        "<sip:browser@example.org>",
        "<sip:somebody@192.0.2.99>",
        "<sip:somebody@elsewhere.example>",
    ] {
        let mut scene = Scene::new();
        scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
        scene.opened(1);
        scene.answer(Who::Handset, moved_to(contact));
        let ends = scene.ends();
        assert!(
            ends.contains(&(Who::Browser, Some(480))),
            "{contact}: {ends:?}"
        );
        assert_eq!(scene.switch.calls(), 0);
    }
}

fn behind_a_proxy() -> Scene {
    let mut scene = Scene::new();
    scene.register_behind("edge.example.net");
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.check(&["Browser -> INVITE"]);
    scene
}

fn resolve(scene: &mut Scene, remotes: &[&str]) {
    let destination = |remote: &&str| Destination {
        transport: Transport::Udp,
        remote: remote.parse().unwrap(),
    };
    let input = Input::Resolved {
        ticket: scene.tickets.pop().unwrap(),
        destinations: remotes.iter().map(destination).collect(),
    };
    scene.switch.handle(input, scene.now);
    scene.settle();
}

#[test]
fn a_device_is_tried_by_its_next_address_when_the_first_is_overloaded() {
    let mut scene = behind_a_proxy();
    resolve(&mut scene, &["192.0.2.21:5060", "192.0.2.20:5060"]);
    scene.opened(1);
    scene.check(&["media OpenPlain", "-> Tablet INVITE"]);
    scene.answer(Who::Tablet, Reply::new(Status::SERVICE_UNAVAILABLE));
    scene.check(&["Tablet -> 503 INVITE", "-> Tablet ACK", "-> Handset INVITE"]);
    let body = sdp_body(HANDSET_ANSWER.into());
    let ok = Reply {
        body,
        ..Reply::new(Status::OK)
    };
    scene.answer(Who::Handset, ok);
    scene.described(1);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_device_is_tried_by_its_next_address_when_the_first_is_silent() {
    let mut scene = behind_a_proxy();
    resolve(&mut scene, &["192.0.2.21:5060", "192.0.2.20:5060"]);
    scene.deaf = Some(Who::Tablet);
    scene.opened(1);
    scene.ladder.clear();
    scene.pass(Duration::from_secs(33));
    assert_eq!(scene.ladder.last().unwrap(), "-> Handset INVITE");
}

#[test]
fn a_name_that_leads_nowhere_ends_the_call() {
    let mut scene = behind_a_proxy();
    resolve(&mut scene, &[]);
    assert_eq!(scene.ends(), [(Who::Browser, Some(503))]);
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_caller_that_gives_up_during_the_look_up_is_not_called_back() {
    let mut scene = Scene::new();
    scene.register_behind("edge.example.net");
    let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    let now = scene.now;
    scene.browser.hang_up(call, None, now);
    scene.settle();
    scene.ladder.clear();
    resolve(&mut scene, &["192.0.2.20:5060"]);
    scene.check(&[]);
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_call_whose_hops_are_used_up_ends() {
    let hops = |left| move |invite: &mut Invite| invite.max_forwards = Some(left);
    let mut scene = Scene::new();
    scene.call_with(Who::Browser, "tel:+447700900002", BROWSER_OFFER, hops(0));
    assert_eq!(scene.ends(), [(Who::Browser, Some(483))]);
    let mut scene = Scene::new();
    scene.call_with(Who::Browser, "tel:+447700900002", BROWSER_OFFER, hops(1));
    scene.opened(1);
    assert!(scene.heard(Who::Handset, "INVITE", "Max-Forwards: 0\r\n"));
}

#[test]
fn a_refusal_is_passed_on_with_its_warning_and_reason() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.opened(1);
    let refusal = Reply::new(Status::BUSY_HERE)
        .with_header(Header::fixed("Warning", "399 192.0.2.20 \"Line in use\""))
        .with_header(Header::fixed("Reason", "Q.850;cause=17"))
        .with_header(Header::fixed("X-Own", "matter"));
    scene.answer(Who::Handset, refusal);
    let start = "SIP/2.0 486";
    assert!(scene.heard(Who::Browser, start, "Line in use"));
    assert!(scene.heard(Who::Browser, start, "Reason: Q.850;cause=17"));
    assert!(!scene.heard(Who::Browser, start, "X-Own"));
}
