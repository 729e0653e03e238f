//! RFC 5626 §5, §7: a device that is connected twice is one device, reached by either connection.

use std::time::Duration;

use sip::message::Status;

use super::scene::Scene;

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.second_flow("trunk");
    scene
}

#[test]
fn a_request_takes_the_devices_other_flow_when_the_latest_fails() {
    for status in [430, 503] {
        let mut scene = scene();
        scene.request("tablet", "INFO", "sip:nina@example.org", "");
        scene.answer("trunk", status, &[]);
        scene.answer("page", 200, &[]);
        scene.check(&format!(
            "tablet -> INFO sip:nina@example.org
             -> trunk INFO sip:nina@z.invalid;transport=ws
             trunk -> {status} INFO
             -> page INFO sip:nina@a.invalid;transport=ws
             page -> 200 INFO
             -> tablet 200 INFO"
        ));
    }
}

#[test]
fn a_flow_that_is_silent_gives_way_to_the_other() {
    let mut scene = scene();
    scene.request("tablet", "INFO", "sip:nina@example.org", "");
    scene.pass(Duration::from_secs(33));
    let other = "-> page INFO sip:nina@a.invalid;transport=ws";
    assert_eq!(scene.ladder.last().map(String::as_str), Some(other));
}

#[test]
fn what_the_device_itself_refuses_is_not_asked_again() {
    let mut scene = scene();
    scene.request("tablet", "INFO", "sip:nina@example.org", "");
    scene.answer("trunk", 486, &[]);
    assert_eq!(scene.last_response("tablet").status, Status::BUSY_HERE);
}

#[test]
fn a_message_comes_once_and_by_the_other_flow_only_after_the_first_failed() {
    let mut scene = scene();
    scene.request("tablet", "MESSAGE", "sip:nina@example.org", "");
    scene.answer("trunk", 430, &[]);
    scene.answer("page", 430, &[]);
    scene.check(
        "tablet -> MESSAGE sip:nina@example.org
         -> trunk MESSAGE sip:nina@z.invalid;transport=ws
         trunk -> 430 MESSAGE
         -> page MESSAGE sip:nina@a.invalid;transport=ws
         page -> 430 MESSAGE
         -> tablet 430 MESSAGE",
    );
}
