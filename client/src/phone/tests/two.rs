//! R1.27: one share a direction with the same person, as ladders.

use sip::time::Duration;

use super::calls::{INVITE, in_dialog};
use super::script::{ANNA, ANSWER, OFFER, Script, number};
use crate::phone::state::{
    Camera, Cause, Command, Direction, Outcome, SendPhase, Share, WatchPhase,
};
use crate::phone::{CameraEvent, Input, PeerEvent, SocketEvent};

const BERNARD: &str = "P-Asserted-Identity: <tel:+99000007>";
const ANNA_ASKS: &str = "P-Asserted-Identity: <tel:+99000001>";

/// Anna has our 200.
fn acknowledged(script: &mut Script) {
    let tag = script.tag().to_owned();
    script.request(&in_dialog("ACK", 1).replace("TAG", &tag));
}

/// We show Anna our camera, and she asks us to watch hers.
fn showing_and_asked() -> Script {
    let mut script = Script::showing();
    script.request(INVITE);
    script.forget();
    script
}

/// We show Anna our camera (the first share), and watch hers (the second).
fn both() -> Script {
    let mut script = showing_and_asked();
    script.command(Command::Watch);
    script.peer_of(2, PeerEvent::Answer(ANSWER.to_owned()));
    acknowledged(&mut script);
    script.command(Command::PictureSeen {
        width: 176,
        height: 144,
    });
    script.forget();
    script
}

/// Anna shows us her camera (the first share).
fn watching() -> Script {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER.to_owned()));
    acknowledged(&mut script);
    script.command(Command::PictureSeen {
        width: 176,
        height: 144,
    });
    script.forget();
    script
}

/// R1.27
#[test]
fn whoever_sees_our_camera_may_show_us_theirs() {
    let mut script = showing_and_asked();
    assert!(script.state().share.is_live_out());
    assert!(matches!(script.state().beside, Share::Asked(_)));
    script.command(Command::Watch);
    script.peer_of(2, PeerEvent::Answer(ANSWER.to_owned()));
    script.check(
        "make answer
         -> 200 (INVITE)",
    );
    let state = script.state();
    assert_eq!(state.camera, Camera::Open, "ours stays live");
    assert_eq!(state.share.watching().unwrap().phase, WatchPhase::Waiting);
    assert_eq!(state.beside.sending().unwrap().phase, SendPhase::Live);
    assert!(state.is_live_out());
}

/// R1.27
#[test]
fn declining_theirs_leaves_ours_live() {
    let mut script = showing_and_asked();
    script.command(Command::NotNow);
    script.check("-> 603 (INVITE)");
    assert!(script.state().share.is_live_out());
    assert_eq!(script.state().beside, Share::None);
    assert_eq!(script.state().camera, Camera::Open);
    assert_eq!(script.state().history[0].outcome, Outcome::NotNow);
}

/// R1.27
#[test]
fn whoever_watches_may_show_too_and_only_that_person() {
    let mut script = watching();
    // Somebody else is chosen; what is shown goes to whom we watch.
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.command(Command::Show);
    script.peer_of(2, PeerEvent::Offer(OFFER.to_owned()));
    assert_eq!(
        script.state().beside.sending().unwrap().phase,
        SendPhase::Calling
    );
    script.answer_with_sdp("INVITE", 200, ANSWER);
    script.check(
        "camera on
         make offer
         -> INVITE tel:+99000001
         <- 200 (INVITE)
         -> ACK sip:anna@gateway.example
         take answer",
    );
    assert!(script.state().share.watching().is_some(), "theirs is large");
    assert!(script.state().beside.is_live_out());
}

/// R1.27
#[test]
fn anybody_else_hears_that_we_are_busy() {
    for mut script in [Script::showing(), watching(), both()] {
        let second = INVITE
            .replace(ANNA_ASKS, BERNARD)
            .replace("call1", "call9")
            .replace("tag=anna1", "tag=bernard");
        script.request(&second);
        assert_eq!(script.trace().last().unwrap(), "-> 486 (INVITE)");
    }
}

/// R1.27
#[test]
fn a_third_share_of_the_same_person_is_too_many() {
    for mut script in [watching(), both()] {
        script.request(&INVITE.replace("call1", "call9"));
        assert_eq!(script.trace().last().unwrap(), "-> 486 (INVITE)");
    }
}

#[test]
fn who_cannot_do_both_at_once_leaves_what_we_watch() {
    let mut script = watching();
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.command(Command::Show);
    script.peer_of(2, PeerEvent::Offer(OFFER.to_owned()));
    script.answer("INVITE", 486, &[]);
    assert!(script.state().share.watching().is_some());
    let ended = script.state().ended_beside().unwrap();
    assert_eq!(
        (ended.cause, ended.direction),
        (Cause::Busy, Direction::Out)
    );
    assert_eq!(script.state().camera, Camera::Closed);
    script.command(Command::Dismiss);
    assert_eq!(script.state().beside, Share::None);
}

#[test]
fn each_direction_is_stopped_by_itself() {
    let mut script = both();
    script.command(Command::StopWatching);
    script.check("-> BYE sip:gateway.example;transport=ws");
    assert!(script.state().share.is_live_out());
    assert_eq!(script.state().camera, Camera::Open);
    assert_eq!(
        script.state().ended_beside().unwrap().direction,
        Direction::In
    );

    let mut script = both();
    script.command(Command::CloseSlot);
    script.check(
        "camera off
         -> BYE sip:anna@gateway.example",
    );
    assert!(script.state().share.watching().is_some());
    assert_eq!(
        script.state().ended_beside().unwrap().direction,
        Direction::Out
    );
}

#[test]
fn one_stop_ends_both_and_the_camera_is_off() {
    let mut script = both();
    script.command(Command::Stop);
    script.check(
        "-> BYE sip:gateway.example;transport=ws
         -> BYE sip:anna@gateway.example
         camera off",
    );
    assert!(matches!(script.state().share, Share::Ended(_)));
    script.pass(Duration::from_secs(1));
    assert_eq!(
        script.trace(),
        ["close pictures", "close pictures"],
        "both connections go"
    );
}

#[test]
fn they_end_theirs_and_ours_goes_on() {
    let mut script = both();
    let tag = script.tag().to_owned();
    script.request(&in_dialog("BYE", 2).replace("TAG", &tag));
    assert!(script.state().share.is_live_out());
    let ended = script.state().ended_beside().unwrap();
    assert_eq!(ended.cause, Cause::EndedByThem);
    assert_eq!(script.state().camera, Camera::Open);
    // The next one starts afresh.
    script.request(&INVITE.replace("call1", "call2"));
    assert!(matches!(script.state().beside, Share::Asked(_)));
}

#[test]
fn both_outlive_a_lost_connection_to_the_gateway() {
    let mut script = both();
    script.peer(PeerEvent::Connected);
    script.peer_of(2, PeerEvent::Connected);
    script.socket(SocketEvent::Closed);
    script.pass(Duration::from_secs(1));
    script.sign_in_again();
    let ways = script
        .trace()
        .iter()
        .filter(|line| *line == "offer a new way");
    assert_eq!(ways.count(), 2);
    assert!(script.state().is_live_out());
    assert!(script.state().watching().is_some());
}

#[test]
fn nobody_else_can_be_chosen_meanwhile() {
    let mut script = both();
    let before = script.state().people.chosen.clone();
    script.command(Command::Select(number("+99000009")));
    assert_eq!(script.state().people.chosen, before);
    assert_eq!(before.and_then(|peer| peer.number), Some(number(ANNA)));
}
