//! One's own side: the camera's light and zoom, the pause, the sound, pictures kept.

use super::feeds::{camera, two_cameras};
use super::script::{ANSWER, OFFER, Script};
use crate::phone::state::{
    CameraProblem, Command, Feed, KeptPicture, Lens, OwnCommand, Pause, Zoom,
};
use crate::phone::{CameraEvent, PeerEvent};

fn own(script: &mut Script, command: OwnCommand) {
    script.command(Command::Own(command));
}

fn lens() -> Lens {
    Lens {
        device: Some("back".to_owned()),
        light: Some(false),
        zoom: Zoom::of(1.0, 8.0, 0.1, 1.0),
    }
}

fn pause(script: &Script) -> Pause {
    script.state().own.pause
}

#[test]
fn light_and_zoom_are_there_while_a_camera_has_them() {
    let mut script = Script::ready_to_show();
    own(&mut script, OwnCommand::Light(true));
    own(&mut script, OwnCommand::Zoom(2000));
    script.check("");
    camera(&mut script, CameraEvent::Lens(lens()));
    own(&mut script, OwnCommand::Light(true));
    own(&mut script, OwnCommand::Zoom(2000));
    own(&mut script, OwnCommand::Zoom(u32::MAX));
    script.check(
        "light true
         zoom 2000
         zoom 8000",
    );
    assert_eq!(script.state().own.lens.zoom.unwrap().at, 8000);
    script.command(Command::CloseSlot);
    assert_eq!(script.state().own.lens, Lens::default());
}

#[test]
fn a_camera_is_chosen_from_those_there_are() {
    let mut script = Script::ready_to_show();
    own(&mut script, OwnCommand::UseCamera("front".to_owned()));
    script.check("");
    camera(&mut script, CameraEvent::Cameras(two_cameras()));
    camera(&mut script, CameraEvent::Lens(lens()));
    own(&mut script, OwnCommand::UseCamera("back".to_owned()));
    own(&mut script, OwnCommand::UseCamera("nowhere".to_owned()));
    script.check("");
    own(&mut script, OwnCommand::UseCamera("front".to_owned()));
    script.check("switch to Device(\"front\")");
    camera(&mut script, CameraEvent::Switched);
    assert_eq!(
        script.state().own.lens,
        Lens::default(),
        "of the one before"
    );
}

#[test]
fn a_pause_shows_what_stood_and_lets_nothing_be_heard() {
    let mut script = Script::showing();
    own(&mut script, OwnCommand::Pause);
    assert_eq!(pause(&script), Pause::Paused);
    script.check(
        "switch to Still
         microphone heard false",
    );
    camera(&mut script, CameraEvent::Switched);
    script.check("send the other picture");
    assert!(script.state().share.is_live_out());
    // Nothing that a camera can do, and no second pause.
    camera(&mut script, CameraEvent::Cameras(two_cameras()));
    own(&mut script, OwnCommand::Pause);
    own(&mut script, OwnCommand::Light(true));
    script.command(Command::TurnCamera);
    script.check("");
    own(&mut script, OwnCommand::GoOn);
    script.check("switch to Camera");
    assert_eq!(pause(&script), Pause::Paused, "until it looks");
    camera(&mut script, CameraEvent::Switched);
    script.check(
        "send the other picture
         microphone heard true",
    );
    assert_eq!(pause(&script), Pause::Running);
}

#[test]
fn a_camera_that_does_not_come_back_leaves_the_pause() {
    let mut script = Script::showing();
    own(&mut script, OwnCommand::Pause);
    camera(&mut script, CameraEvent::Switched);
    own(&mut script, OwnCommand::GoOn);
    script.forget();
    camera(&mut script, CameraEvent::NotSwitched(CameraProblem::Busy));
    script.check("");
    assert_eq!(pause(&script), Pause::Paused);
    assert_eq!(script.state().feeds.problem, Some(CameraProblem::Busy));
    assert!(script.state().share.is_live_out());
}

#[test]
fn a_screen_stays_chosen_behind_its_still() {
    let mut script = Script::showing();
    script.command(Command::ChooseFeed(Feed::Screen));
    camera(&mut script, CameraEvent::Switched);
    own(&mut script, OwnCommand::Pause);
    camera(&mut script, CameraEvent::Switched);
    script.forget();
    // To choose it again is to go on with it.
    script.command(Command::ChooseFeed(Feed::Screen));
    script.check("switch to BehindStill");
}

#[test]
fn another_source_ends_the_pause() {
    let mut script = Script::showing();
    own(&mut script, OwnCommand::Pause);
    camera(&mut script, CameraEvent::Switched);
    script.forget();
    script.command(Command::ChooseFeed(Feed::Screen));
    let problem = CameraProblem::NoScreen;
    camera(&mut script, CameraEvent::NotSwitched(problem));
    assert_eq!(pause(&script), Pause::Paused);
    assert_eq!(script.state().feeds.chosen, Feed::Camera);
    script.command(Command::ChooseFeed(Feed::Screen));
    camera(&mut script, CameraEvent::Switched);
    assert_eq!(pause(&script), Pause::Running);
    script.check(
        "switch to Screen
         switch to Screen
         send the other picture
         microphone heard true",
    );
}

#[test]
fn nothing_is_paused_that_nobody_sees() {
    let mut script = Script::ready_to_show();
    own(&mut script, OwnCommand::Pause);
    own(&mut script, OwnCommand::GoOn);
    script.check("");
    assert_eq!(pause(&script), Pause::Running);
}

#[test]
fn a_mute_outlasts_a_pause_and_ends_with_the_share() {
    let mut script = Script::showing();
    own(&mut script, OwnCommand::Mute(true));
    own(&mut script, OwnCommand::Pause);
    camera(&mut script, CameraEvent::Switched);
    own(&mut script, OwnCommand::GoOn);
    camera(&mut script, CameraEvent::Switched);
    script.check(
        "microphone heard false
         switch to Still
         send the other picture
         switch to Camera
         send the other picture",
    );
    script.command(Command::Stop);
    assert!(!script.state().own.muted);
    assert!(script.trace().contains(&"microphone heard true".to_owned()));
}

#[test]
fn what_ends_in_a_pause_begins_anew_without_one() {
    let mut script = Script::showing();
    own(&mut script, OwnCommand::Pause);
    camera(&mut script, CameraEvent::Switched);
    script.command(Command::Stop);
    assert_eq!(pause(&script), Pause::Running);
    script.command(Command::Dismiss);
    script.command(Command::OpenSlot);
    camera(&mut script, CameraEvent::Opened);
    script.forget();
    script.command(Command::Show);
    script.peer_of(2, PeerEvent::Offer(OFFER.to_owned()));
    script.answer_with_sdp("INVITE", 200, ANSWER);
    assert!(!script.trace().iter().any(|line| line.contains("Still")));
}

#[test]
fn a_picture_is_kept_of_what_the_page_shows_large() {
    let mut script = Script::signed_in();
    own(&mut script, OwnCommand::KeepPicture);
    script.check("");
    let mut script = Script::ready_to_show();
    own(&mut script, OwnCommand::KeepPicture);
    script.check("keep a picture Out of \"\"");
    let mut script = Script::showing();
    own(&mut script, OwnCommand::KeepPicture);
    script.check("keep a picture Out of \"Anna\"");
    for (done, expected) in [
        (true, KeptPicture::Saved(1)),
        (true, KeptPicture::Saved(2)),
        (false, KeptPicture::Failed),
        (true, KeptPicture::Saved(1)),
    ] {
        camera(&mut script, CameraEvent::PictureKept(done));
        assert_eq!(script.state().own.kept, expected);
    }
}
