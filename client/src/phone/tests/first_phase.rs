//! What Video Share demands of a share in its first phase: timers, waiting, loss, and the words.

use sip::time::Duration;

use super::calls::{INVITE, cause, in_dialog};
use super::script::{ANNA, ANSWER, OFFER, Script, number};
use crate::phone::PeerEvent;
use crate::phone::share::Sample;
use crate::phone::state::{Camera, Cause, Command, Direction, Share, Stands, WatchPhase};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn watching() -> Script {
    let mut script = Script::signed_in();
    script.command(Command::SayOnThePhone(number(ANNA)));
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER.to_owned()));
    let tag = script.tag().to_owned();
    script.request(&in_dialog("ACK", 1).replace("TAG", &tag));
    script.peer(PeerEvent::Connected);
    script.forget();
    script
}

fn no_picture() -> PeerEvent {
    PeerEvent::Measured(Sample::default())
}

/// R1.24
#[test]
fn a_share_without_a_picture_waits_for_it_and_says_so() {
    let mut script = watching();
    for _ in 0..120 {
        script.pass(seconds(1));
        script.peer(no_picture());
    }
    let watching = script.state().share.watching().unwrap();
    assert_eq!(watching.phase, WatchPhase::Waiting);
    script.peer(PeerEvent::Measured(Sample {
        frames: 1,
        width: 176,
        height: 144,
        ..Sample::default()
    }));
    let watching = script.state().share.watching().unwrap();
    assert_eq!(watching.phase, WatchPhase::Live);
}

/// R1.28
#[test]
fn a_share_lost_after_twenty_silent_seconds_ends_and_the_call_stays() {
    let mut script = watching();
    let tag = script.tag().to_owned();
    let bye = in_dialog("BYE", 2).replace("TAG", &tag).replacen(
        "Call-ID:",
        "Reason: SIP;cause=408;text=\"No media for 20 seconds\"\nCall-ID:",
        1,
    );
    script.request(&bye);
    assert_eq!(cause(&script), Some(Cause::Lost));
    let stands = script.state().call.with(&number(ANNA));
    assert_eq!(stands, Some(Stands::Connected));
}

/// R1.30
#[test]
fn whoever_is_asked_for_a_minute_and_says_nothing_was_not_there() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.forget();
    script.pass(seconds(60));
    assert!(matches!(script.state().share, Share::Asked(_)));
    script.pass(seconds(4));
    assert!(
        script.trace().iter().any(|line| line == "-> 480 (INVITE)"),
        "{:?}",
        script.trace()
    );
    let Share::Ended(ended) = &script.state().share else {
        panic!("{:?}", script.state().share)
    };
    let told = (ended.cause, ended.direction);
    assert_eq!(told, (Cause::NoAnswer, Direction::In));
}

/// R1.30
#[test]
fn a_minute_without_an_answer_cancels_and_the_camera_is_off() {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer("INVITE", 180, &[("Contact", "<sip:anna@gateway.example>")]);
    script.pass(seconds(59));
    assert!(script.state().share.sending().is_some());
    script.pass(seconds(2));
    assert!(
        script.trace().iter().any(|line| line.contains("-> CANCEL")),
        "{:?}",
        script.trace()
    );
    script.answer("CANCEL", 200, &[]);
    script.answer("INVITE", 487, &[]);
    assert_eq!(cause(&script), Some(Cause::NoAnswer));
    assert_eq!(script.state().camera, Camera::Closed);
}

/// R1.30
#[test]
fn a_number_that_is_not_found_may_be_corrected_once() {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer("INVITE", 404, &[]);
    assert!(script.state().may_correct);
    script.command(Command::Correct(number("+99000011")));
    assert_eq!(script.state().share, Share::None);
    assert_eq!(script.state().camera, Camera::Opening);
    script.input(crate::phone::Input::Camera(
        crate::phone::CameraEvent::Opened,
    ));
    script.command(Command::Show);
    script.peer_of(2, PeerEvent::Offer(OFFER.to_owned()));
    let invite = script.sent("INVITE");
    assert_eq!(invite.uri.to_string(), "tel:+99000011");
    script.answer("INVITE", 404, &[]);
    assert_eq!(cause(&script), Some(Cause::NotFound));
    assert!(!script.state().may_correct, "once");
}

/// R1.24
#[test]
fn no_camera_is_used_before_it_is_opened_and_none_is_sent_before_show() {
    let mut script = Script::signed_in();
    script.command(Command::Select(number(ANNA)));
    script.command(Command::Show);
    script.check("");
    script.command(Command::OpenSlot);
    script.check("camera on");
    script.command(Command::Show);
    script.check("");
    assert_eq!(script.state().share, Share::None);
}
