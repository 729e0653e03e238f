//! One user's calls are counted, and are not to take all there is room for.

use sip::message::Status;

use super::scene::{BROWSER_OFFER, Scene, Who};
use super::*;
use crate::switch::budget::{Capacity, Figures};

const HANDSET: &str = "tel:+447700900002";

fn scene(calls_per_user: u32) -> Scene {
    let mut scene = Scene::new();
    scene.switch.policy.limits.calls_per_user = calls_per_user;
    scene
}

#[test]
fn a_caller_with_as_many_calls_as_one_may_have_is_told_so_until_one_is_over() {
    let mut scene = scene(2);
    let first = scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.check(&[
        "Browser -> INVITE",
        "media OpenPlain",
        "Browser -> INVITE",
        "media OpenPlain",
    ]);
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.check(&[
        "Browser -> INVITE",
        "-> Browser 403 INVITE",
        "Browser -> ACK",
    ]);
    let phrase = "SIP/2.0 403 Too Many Calls At Once";
    assert!(scene.heard(Who::Browser, phrase, ""), "{:?}", scene.wire);
    assert_eq!(scene.switch.counters.calls_too_many.get(), 1);
    assert_eq!(scene.switch.calls(), 2);

    let now = scene.now;
    scene.browser.hang_up(first, None, now);
    scene.settle();
    assert_eq!(scene.switch.calls(), 1);
    scene.ladder.clear();
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.check(&["Browser -> INVITE", "media OpenPlain"]);
}

#[test]
fn calls_to_a_user_are_counted_for_those_who_made_them() {
    let mut scene = scene(1);
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.opened(1);
    scene.call(
        Who::Handset,
        "tel:+447700900001",
        super::scene::HANDSET_OFFER,
    );
    assert_eq!(scene.switch.calls(), 2);
    scene.answer(Who::Handset, Reply::new(Status::BUSY_HERE));
    assert_eq!(scene.switch.calls(), 1);
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    assert_eq!(scene.switch.calls(), 2);
}

#[test]
fn without_a_limit_one_may_make_any_number_of_calls() {
    let mut scene = scene(0);
    for _ in 0..20 {
        scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    }
    assert_eq!(scene.switch.calls(), 20);
}

/// Room for thirty calls with handsets: a tenth of 13.5 cores, at 45 thousandths each.
fn crowded(busy: u32) -> Scene {
    let mut scene = Scene::new();
    scene.switch.policy.capacity = Capacity {
        calls: 40,
        cpu_percent: 10,
        cores: 14,
    };
    busy_now(&scene, busy);
    scene
}

fn busy_now(scene: &Scene, busy: u32) {
    scene.switch.policy.occupancy.publish(Figures {
        busy,
        passing: 5,
        bridging: 45,
    });
}

#[test]
fn a_call_for_which_the_cores_have_no_room_is_told_when_to_try_again_and_nobody_rings() {
    let mut scene = crowded(1380);
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.check(&[
        "Browser -> INVITE",
        "-> Browser 503 INVITE",
        "Browser -> ACK",
    ]);
    assert!(
        scene.heard(Who::Browser, "SIP/2.0 503 ", "Retry-After: 10\r\n"),
        "{:?}",
        scene.wire
    );
    assert_eq!(scene.switch.counters.calls_beyond_cpu.get(), 1);
    assert_eq!(scene.switch.calls(), 0);

    busy_now(&scene, 1300);
    scene.ladder.clear();
    scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    scene.check(&["Browser -> INVITE", "media OpenPlain"]);
}

#[test]
fn calls_that_ring_count_before_they_cost_anything() {
    let mut scene = crowded(0);
    for _ in 0..40 {
        scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    }
    assert_eq!(scene.switch.calls(), 31, "31 times 45 is 1395 of 1400");
    assert_eq!(scene.switch.counters.calls_beyond_cpu.get(), 9);
}

#[test]
fn there_are_never_more_calls_than_may_be_whatever_they_cost() {
    let mut scene = crowded(0);
    scene.switch.policy.capacity.calls = 3;
    for _ in 0..5 {
        scene.call(Who::Browser, HANDSET, BROWSER_OFFER);
    }
    assert_eq!(scene.switch.calls(), 3);
    assert_eq!(scene.switch.counters.calls_beyond_number.get(), 2);
    assert!(scene.heard(Who::Browser, "SIP/2.0 503 ", "Retry-After: 10\r\n"));
}

/// R2.8.
#[test]
fn a_share_ends_on_both_sides_when_it_has_lasted_as_long_as_it_may() {
    let mut scene = Scene::new();
    scene.switch.policy.longest_call = Some(Duration::from_secs(600));
    let (mut scene, _) = scene.establish();
    scene.ladder.clear();
    scene.pass(Duration::from_secs(599));
    assert_eq!(scene.switch.calls(), 1);
    scene.pass(Duration::from_secs(1));
    assert_eq!(scene.switch.calls(), 0);
    for who in [Who::Browser, Who::Handset] {
        let why = "As long as it may last here";
        assert!(scene.heard(who, "BYE", why), "{:?}", scene.wire);
    }
}
