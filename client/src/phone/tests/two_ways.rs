//! A share that is to go both ways on its one dialog, as ladders.

use sip::time::Duration;

use super::calls::{INVITE, in_dialog};
use super::script::{ANNA, Script, number};
use super::survival::gateway_asks;
use crate::phone::state::{
    Camera, Cause, Command, Direction, No, Share, TwoWays, WatchPhase, Wish,
};
use crate::phone::{CameraEvent, Input, PeerEvent, SocketEvent};

const BOTH: &str = "v=0\r\no=- 2 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n";

fn one(way: &str) -> String {
    BOTH.replace("sendrecv", way)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Anna sees our camera, one way.
fn showing() -> Script {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(super::script::OFFER.to_owned()));
    script.answer_with_sdp("INVITE", 200, &one("recvonly"));
    script.peer(PeerEvent::Applied);
    script.forget();
    script
}

/// We see Anna's camera, one way.
fn watching() -> Script {
    let mut script = Script::signed_in();
    script.command(Command::Select(number(ANNA)));
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(one("recvonly")));
    let tag = script.tag().to_owned();
    script.request(&in_dialog("ACK", 1).replace("TAG", &tag));
    picture(&mut script);
    script.forget();
    script
}

fn picture(script: &mut Script) {
    script.command(Command::PictureSeen {
        width: 176,
        height: 144,
    });
}

/// Anna, whom we watch, offers other directions.
fn anna_offers(script: &mut Script, cseq: u32, way: &str) {
    let tag = script.tag().to_owned();
    let head = in_dialog("INVITE", cseq).replace("TAG", &tag);
    let head = head.trim_end().to_owned();
    let body = one(way).replace("\r\n", "\n");
    let contact = "Contact: <sip:gateway.example;transport=ws>";
    script.request(&format!(
        "{head}\n{contact}\nContent-Type: application/sdp\n\n{body}"
    ));
}

/// We asked for theirs, and the gateway has our request.
fn asking() -> Script {
    let mut script = showing();
    script.command(Command::AskForTheirs);
    script.peer(PeerEvent::Redirected(BOTH.to_owned()));
    script.check(
        "offer Both
         -> INVITE sip:anna@gateway.example",
    );
    assert_eq!(script.state().ways, TwoWays::Asking);
    script
}

/// Anna sees ours, and we asked for and see hers.
fn both() -> Script {
    let mut script = asking();
    script.answer_with_sdp("INVITE", 200, BOTH);
    script.peer(PeerEvent::Applied);
    picture(&mut script);
    script.forget();
    script
}

/// We see Anna's, and agreed to show ours.
fn both_on_their_wish() -> Script {
    let mut script = watching();
    anna_offers(&mut script, 2, "sendrecv");
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.command(Command::Show);
    script.peer(PeerEvent::ChangeReady(BOTH.to_owned()));
    let tag = script.tag().to_owned();
    script.request(&in_dialog("ACK", 2).replace("TAG", &tag));
    script.forget();
    script
}

#[test]
fn asking_for_theirs_shows_both_once_they_agree() {
    let mut script = asking();
    script.answer_with_sdp("INVITE", 200, BOTH);
    script.check(
        "<- 200 (INVITE)
         -> ACK sip:anna@gateway.example
         take answer",
    );
    let state = script.state();
    assert_eq!(state.share.watching().unwrap().phase, WatchPhase::Waiting);
    assert!(state.beside.is_live_out());
    assert_eq!(state.ways, TwoWays::None);
    picture(&mut script);
    let phase = script.state().watching().unwrap().phase;
    assert_eq!(phase, WatchPhase::Live);
}

/// R1.14
#[test]
fn a_phone_that_keeps_to_one_way_is_explained_and_ours_goes_on() {
    let mut script = asking();
    script.answer_with_sdp("INVITE", 200, &one("recvonly"));
    assert_eq!(script.state().ways, TwoWays::Told(No::Cannot));
    assert!(script.state().share.is_live_out());
    script.check(
        "<- 200 (INVITE)
         -> ACK sip:anna@gateway.example
         take answer
         keep to Out",
    );
    script.command(Command::Dismiss);
    assert_eq!(script.state().ways, TwoWays::None);
}

#[test]
fn each_way_of_refusing_is_told_by_itself_and_ours_goes_on() {
    let cases = [
        (603, No::Declined),
        (480, No::NoAnswer),
        (488, No::Cannot),
        (415, No::Cannot),
        (500, No::Cannot),
    ];
    for (code, no) in cases {
        let mut script = asking();
        script.answer("INVITE", code, &[]);
        assert_eq!(script.state().ways, TwoWays::Told(no), "{code}");
        assert!(script.state().share.is_live_out(), "{code}");
        assert_eq!(script.trace().last().unwrap(), "keep to Out", "{code}");
    }
}

#[test]
fn nothing_of_ours_is_sent_before_we_agree_and_the_request_waits_for_us() {
    let mut script = watching();
    anna_offers(&mut script, 2, "sendrecv");
    script.pass(seconds(20));
    assert_eq!(script.state().ways, TwoWays::Wished(Wish::SeeOurs));
    assert_eq!(script.state().camera, Camera::Closed);
    assert!(
        !script.trace().iter().any(|line| line.contains("camera")),
        "{:?}",
        script.trace()
    );
    script.forget();
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.check("camera on");
    script.command(Command::Show);
    script.peer(PeerEvent::ChangeReady(BOTH.to_owned()));
    script.check(
        "answer both ways
         -> 200 (INVITE)",
    );
    assert!(script.state().beside.is_live_out());
    assert!(script.state().share.watching().is_some());
}

#[test]
fn not_now_refuses_the_other_direction_alone() {
    let mut script = watching();
    anna_offers(&mut script, 2, "sendrecv");
    script.forget();
    script.command(Command::NotNow);
    script.check("-> 603 (INVITE)");
    assert_eq!(script.state().ways, TwoWays::None);
    assert!(script.state().share.watching().is_some());
}

#[test]
fn whoever_sees_ours_may_offer_theirs_over_the_same_share() {
    let mut script = showing();
    gateway_asks(&mut script, "INVITE", 1, BOTH);
    assert_eq!(script.state().ways, TwoWays::Wished(Wish::ShowTheirs));
    script.forget();
    script.command(Command::Watch);
    script.peer(PeerEvent::ChangeReady(BOTH.to_owned()));
    script.check(
        "answer both ways
         -> 200 (INVITE)",
    );
    assert!(script.state().share.watching().is_some());
    assert_eq!(script.state().camera, Camera::Open);
}

#[test]
fn whoever_agrees_after_the_request_was_over_asks_back() {
    let mut script = watching();
    anna_offers(&mut script, 2, "sendrecv");
    script.forget();
    script.pass(seconds(26));
    assert!(script.trace().iter().any(|line| line == "-> 480 (INVITE)"));
    assert_eq!(script.state().ways, TwoWays::Wished(Wish::SeeOurs));
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.forget();
    script.command(Command::Show);
    script.peer(PeerEvent::Redirected(BOTH.to_owned()));
    script.check(
        "offer Both
         -> INVITE sip:gateway.example;transport=ws",
    );
    script.answer_with_sdp("INVITE", 200, BOTH);
    assert!(script.state().beside.is_live_out());
}

#[test]
fn nobody_is_asked_for_longer_than_a_minute() {
    let mut script = watching();
    anna_offers(&mut script, 2, "sendrecv");
    script.pass(seconds(61));
    assert_eq!(script.state().ways, TwoWays::None);
    let answers = script.trace().iter().filter(|line| line.contains("480"));
    assert_eq!(answers.count(), 1);
}

#[test]
fn what_we_asked_for_is_agreed_to_when_they_ask_back() {
    let mut script = asking();
    script.answer("INVITE", 480, &[]);
    script.forget();
    gateway_asks(&mut script, "INVITE", 1, BOTH);
    script.peer(PeerEvent::ChangeReady(BOTH.to_owned()));
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         answer both ways
         -> 200 (INVITE)",
    );
    assert!(script.state().watching().is_some());
    // A minute later it is a wish of theirs like any other.
    let mut script = asking();
    script.answer("INVITE", 480, &[]);
    script.pass(seconds(61));
    gateway_asks(&mut script, "INVITE", 1, BOTH);
    assert_eq!(script.state().ways, TwoWays::Wished(Wish::ShowTheirs));
}

/// R1.14
#[test]
fn a_phone_that_always_says_both_ways_wishes_nothing_by_it() {
    let mut script = Script::signed_in();
    script.request(&INVITE.replace("a=sendonly", "a=sendrecv"));
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(one("recvonly")));
    let tag = script.tag().to_owned();
    script.request(&in_dialog("ACK", 1).replace("TAG", &tag));
    anna_offers(&mut script, 2, "sendrecv");
    assert_eq!(script.state().ways, TwoWays::None);
    assert_eq!(script.trace().last().unwrap(), "answer again");
    assert!(script.state().share.watching().is_some());
}

#[test]
fn closing_ones_own_slot_leaves_what_one_watches() {
    for mut script in [both(), both_on_their_wish()] {
        script.command(Command::CloseSlot);
        script.peer(PeerEvent::Redirected(one("recvonly")));
        assert_eq!(script.trace()[..2], ["camera off", "offer In"]);
        assert!(script.trace()[2].starts_with("-> INVITE"));
        script.answer_with_sdp("INVITE", 200, &one("sendonly"));
        let state = script.state();
        assert!(state.share.watching().is_some());
        assert_eq!(state.camera, Camera::Closed);
        let ended = state.ended_beside().unwrap();
        assert_eq!(ended.direction, Direction::Out);
        // Their end is the end of it all.
        script.command(Command::Stop);
        assert!(matches!(script.state().share, Share::Ended(_)));
    }
}

#[test]
fn no_longer_watching_leaves_what_one_shows() {
    for mut script in [both(), both_on_their_wish()] {
        script.command(Command::StopWatching);
        script.peer(PeerEvent::Redirected(one("sendonly")));
        assert_eq!(script.trace()[0], "offer Out");
        script.answer_with_sdp("INVITE", 200, &one("recvonly"));
        assert!(script.state().share.is_live_out());
        assert_eq!(script.state().camera, Camera::Open);
    }
}

#[test]
fn they_close_their_slot_and_ours_goes_on() {
    let mut script = both();
    gateway_asks(&mut script, "INVITE", 1, &one("recvonly"));
    script.peer(PeerEvent::ChangeReady(one("sendonly")));
    assert!(script.trace().iter().any(|line| line == "keep to Out"));
    assert!(script.state().share.is_live_out());
    let ended = script.state().ended_beside().unwrap();
    assert_eq!(
        (ended.cause, ended.direction),
        (Cause::EndedByThem, Direction::In)
    );
    assert_eq!(script.state().camera, Camera::Open);
}

#[test]
fn they_no_longer_watch_and_our_camera_goes_off() {
    let mut script = both_on_their_wish();
    anna_offers(&mut script, 3, "sendonly");
    script.peer(PeerEvent::ChangeReady(one("recvonly")));
    assert!(script.state().share.watching().is_some());
    assert_eq!(script.state().camera, Camera::Closed);
    assert!(script.trace().iter().any(|line| line == "camera off"));
}

#[test]
fn a_lost_connection_ends_the_asking_and_keeps_what_stands() {
    let mut script = asking();
    script.socket(SocketEvent::Closed);
    assert_eq!(script.state().ways, TwoWays::None);
    assert!(script.state().share.is_live_out());
    let mut script = both();
    script.socket(SocketEvent::Closed);
    script.pass(seconds(1));
    script.sign_in_again();
    assert!(script.state().watching().is_some());
    assert!(script.state().is_live_out());
}

#[test]
fn the_end_of_the_dialog_ends_both_directions() {
    let mut script = both();
    script.command(Command::Stop);
    script.check(
        "-> BYE sip:anna@gateway.example
         camera off",
    );
    let mut script = both_on_their_wish();
    let tag = script.tag().to_owned();
    script.request(&in_dialog("BYE", 3).replace("TAG", &tag));
    assert_eq!(script.state().camera, Camera::Closed);
    assert!(matches!(script.state().share, Share::Ended(_)));
}

#[test]
fn a_connection_that_cannot_go_both_ways_says_so() {
    let mut script = showing();
    script.command(Command::AskForTheirs);
    script.peer(PeerEvent::RedirectFailed);
    assert_eq!(script.state().ways, TwoWays::Told(No::Cannot));
    assert!(script.state().share.is_live_out());
}
