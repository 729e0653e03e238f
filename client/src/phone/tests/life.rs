//! A browser's life as scripts: cameras that go, pages that sleep, clocks that are set.

use sip::time::Duration;

use super::script::{Script, registered_headers};
use crate::phone::state::{
    Camera, CameraProblem, Cause, Command, Feed, Registration, Share, SignInProblem,
};
use crate::phone::{CameraEvent, Input, Origin, SocketEvent};

fn camera(script: &mut Script, event: CameraEvent) {
    script.input(Input::Camera(event));
}

fn pong(script: &mut Script) {
    script.socket(SocketEvent::Message(b"\r\n".to_vec()));
}

fn pings(script: &Script) -> usize {
    let sent = script.trace().iter();
    sent.filter(|line| *line == "-> ping").count()
}

fn registers(script: &Script) -> usize {
    let sent = script.trace().iter();
    sent.filter(|line| line.starts_with("-> REGISTER")).count()
}

#[test]
fn a_camera_that_is_lost_in_mid_share_leaves_the_last_picture_until_another_is_chosen() {
    for problem in [
        CameraProblem::Missing,
        CameraProblem::Busy,
        CameraProblem::Refused,
    ] {
        let mut script = Script::showing();
        camera(&mut script, CameraEvent::Lost(problem));
        assert_eq!(script.state().camera, Camera::Problem(problem));
        assert!(script.state().is_live_out());
        script.check("");

        script.command(Command::OpenSlot);
        camera(&mut script, CameraEvent::Opened);
        script.check(
            "camera on
             send the other picture",
        );
        assert!(script.state().is_live_out());
    }
}

#[test]
fn a_screen_may_take_the_place_of_a_camera_that_was_lost() {
    let mut script = Script::showing();
    camera(&mut script, CameraEvent::Lost(CameraProblem::Missing));
    script.command(Command::ChooseFeed(Feed::Screen));
    script.check(&format!("open {:?}", Origin::Screen));
    camera(&mut script, CameraEvent::Failed(CameraProblem::NoScreen));
    assert!(script.state().is_live_out(), "another may be tried");
    script.command(Command::ChooseFeed(Feed::Camera));
    camera(&mut script, CameraEvent::Opened);
    script.check(
        "camera on
         send the other picture",
    );
}

#[test]
fn the_same_camera_goes_on_by_itself_when_it_is_there_again() {
    for problem in [CameraProblem::Missing, CameraProblem::Busy] {
        let mut script = Script::showing();
        camera(&mut script, CameraEvent::Lost(problem));
        camera(&mut script, CameraEvent::Back);
        camera(&mut script, CameraEvent::Opened);
        script.check(
            "camera on
             send the other picture",
        );
    }
    // Who was refused it is not asked again by itself.
    let mut script = Script::showing();
    camera(&mut script, CameraEvent::Lost(CameraProblem::Refused));
    camera(&mut script, CameraEvent::Back);
    script.check("");
}

#[test]
fn a_share_whose_camera_is_gone_is_stopped_like_any_other() {
    for command in [Command::Stop, Command::CloseSlot] {
        let mut script = Script::showing();
        camera(&mut script, CameraEvent::Lost(CameraProblem::Missing));
        script.command(command);
        script.check("-> BYE sip:anna@gateway.example");
        assert_eq!(script.state().camera, Camera::Closed);
    }
}

#[test]
fn a_camera_that_is_lost_before_anybody_watches_ends_the_asking() {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    camera(&mut script, CameraEvent::Lost(CameraProblem::Busy));
    assert!(!script.state().is_in_share());
}

#[test]
fn a_camera_that_gives_no_pictures_for_a_while_is_said_to() {
    let mut script = Script::showing();
    camera(&mut script, CameraEvent::Dark(true));
    assert!(script.state().life.camera_dark);
    camera(&mut script, CameraEvent::Dark(false));
    assert!(!script.state().life.camera_dark);
    camera(&mut script, CameraEvent::Dark(true));
    script.command(Command::CloseSlot);
    assert!(!script.state().life.camera_dark, "another is not dark");
}

#[test]
fn timers_that_ring_once_a_minute_keep_the_sign_in_and_the_connection() {
    let mut script = Script::signed_in();
    pong(&mut script);
    for _ in 0..120 {
        script.sleep(Duration::from_secs(60));
        if script.trace().contains(&"-> ping".to_owned()) {
            pong(&mut script);
        }
        if registers(&script) > 0 {
            script.answer("REGISTER", 200, &registered_headers());
        }
        assert_eq!(script.state().registration, Registration::Registered);
        assert!(!script.trace().contains(&"socket closed".to_owned()));
        script.forget();
    }
}

#[test]
fn a_page_that_slept_over_an_answer_asks_again_before_it_gives_up() {
    let mut script = Script::signed_in();
    pong(&mut script);
    script.pass(Duration::from_secs(25));
    assert_eq!(pings(&script), 1);
    // The answer came, and lies unread.
    script.sleep(Duration::from_secs(600));
    assert_eq!(pings(&script), 2);
    pong(&mut script);
    assert_eq!(script.state().registration, Registration::Registered);

    script.pass(Duration::from_secs(25));
    script.sleep(Duration::from_secs(600));
    assert_eq!(pings(&script), 4);
    // This time nobody is there.
    script.sleep(Duration::from_secs(60));
    assert_eq!(pings(&script), 4);
    assert_eq!(script.state().registration, Registration::Reconnecting);
}

#[test]
fn a_page_that_is_brought_back_signs_in_again_and_its_share_was_ended() {
    let mut script = Script::showing();
    script.input(Input::Leaving);
    script.check(
        "camera off
         -> BYE sip:anna@gateway.example
         -> REGISTER sip:home.example",
    );
    script.input(Input::Back);
    script.check(
        "socket closed
         socket /ws",
    );
    script.sign_in_again();
    assert_eq!(script.state().registration, Registration::Registered);
    assert!(!script.state().is_in_share());
    // Nothing to come back from.
    script.forget();
    script.input(Input::Back);
    script.check("");
}

#[test]
fn a_clock_that_is_set_changes_no_share_and_has_the_gateway_told_again() {
    let mut script = Script::showing();
    script.pass(Duration::from_secs(10));
    script.forget();
    let unix_seconds = 1_800_000_000;
    script.input(Input::ClockMoved { unix_seconds });
    script.check(
        "-> ping
         -> REGISTER sip:home.example",
    );
    script.answer("REGISTER", 200, &registered_headers());
    script.pass(Duration::from_secs(10));
    assert_eq!(script.state().sending().map(|out| out.seconds), Some(20));
    script.command(Command::Stop);
    let at = script.state().history.first().and_then(|past| past.at);
    assert_eq!(at, Some(unix_seconds + 10), "as the clock has it now");
}

#[test]
fn a_slow_network_is_said_and_given_time() {
    let mut script = Script::new();
    script.command(Command::SignIn {
        name: "ben".to_owned(),
        password: "secret".to_owned(),
    });
    assert!(!script.state().life.slow);
    script.pass(Duration::from_secs(5));
    assert!(script.state().life.slow);
    // The settings come at last, and then the connection.
    script.pass(Duration::from_secs(15));
    script.settings();
    script.pass(Duration::from_secs(20));
    assert_eq!(script.state().registration, Registration::SigningIn);
    script.socket(SocketEvent::Opened);
    script.answer("REGISTER", 200, &registered_headers());
    assert_eq!(script.state().registration, Registration::Registered);
    assert!(!script.state().life.slow);
}

#[test]
fn settings_that_never_come_are_not_waited_for_without_end() {
    let mut script = Script::new();
    script.command(Command::SignIn {
        name: "ben".to_owned(),
        password: "secret".to_owned(),
    });
    script.pass(Duration::from_secs(31));
    assert_eq!(
        script.state().sign_in_problem,
        Some(SignInProblem::Unreachable)
    );
    assert!(!script.state().life.slow);
}

#[test]
fn each_try_on_a_slow_network_is_given_more_time() {
    let mut script = Script::signed_in();
    script.socket(SocketEvent::Closed);
    let mut longest = Duration::ZERO;
    let mut since = Duration::ZERO;
    for _ in 0..300 {
        script.pass(Duration::from_secs(1));
        since += Duration::from_secs(1);
        if script.trace().contains(&"socket /ws".to_owned()) {
            since = Duration::ZERO;
        }
        if script.trace().contains(&"socket closed".to_owned()) {
            longest = longest.max(since);
        }
        script.forget();
    }
    assert!(longest >= Duration::from_secs(40), "{longest:?}");
    assert!(matches!(script.state().share, Share::None));
}

#[test]
fn a_share_that_slept_past_its_grace_is_lost() {
    let mut script = Script::showing();
    script.socket(SocketEvent::Closed);
    script.sleep(Duration::from_secs(600));
    let ended = match &script.state().share {
        Share::Ended(ended) => Some(ended.cause),
        _ => None,
    };
    assert_eq!(ended, Some(Cause::Lost));
    assert_eq!(script.state().camera, Camera::Closed);
}
