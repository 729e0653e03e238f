//! What can be shown besides the camera: the screen, a film from a file, the other camera.

use super::script::{OFFER, Script};
use crate::phone::state::{Camera, CameraDevice, CameraProblem, Command, Feed, Playing};
use crate::phone::{CameraEvent, Input, PeerEvent};

fn film() -> Command {
    Command::PickFilm {
        name: "holiday.webm".to_owned(),
        at: "blob:1".to_owned(),
    }
}

pub(super) fn two_cameras() -> Vec<CameraDevice> {
    let camera = |id: &str, label: &str| CameraDevice {
        id: id.to_owned(),
        label: label.to_owned(),
    };
    vec![
        camera("front", "Front camera"),
        camera("back", "Back camera"),
    ]
}

pub(super) fn camera(script: &mut Script, event: CameraEvent) {
    script.input(Input::Camera(event));
}

#[test]
fn the_cover_opens_what_was_chosen_and_nothing_is_sent_before_show() {
    let mut script = Script::ready_to_show();
    script.command(Command::CloseSlot);
    script.command(Command::ChooseFeed(Feed::Screen));
    script.check("camera off");
    script.command(Command::OpenSlot);
    script.check("open Screen");
    camera(&mut script, CameraEvent::Opened);
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.check(
        "make offer
         -> INVITE tel:+99000001",
    );
}

#[test]
fn a_film_is_opened_once_a_file_was_picked() {
    let mut script = Script::signed_in();
    script.command(Command::ChooseFeed(Feed::Film));
    assert_eq!(script.state().feeds.chosen, Feed::Camera, "there is none");
    script.command(film());
    assert_eq!(script.state().feeds.chosen, Feed::Film);
    script.command(Command::OpenSlot);
    camera(&mut script, CameraEvent::Opened);
    script.check("open Film { at: \"blob:1\" }");
    camera(
        &mut script,
        CameraEvent::Film {
            seconds: 3,
            length: 10,
            playing: Playing::Running,
        },
    );
    let film = script.state().feeds.film.clone().unwrap();
    assert_eq!((film.seconds, film.length), (3, 10));
    script.command(Command::PlayFilm(false));
    script.check("play false");
    script.command(Command::CloseSlot);
    let film = script.state().feeds.film.clone().unwrap();
    assert_eq!((film.seconds, film.playing), (0, Playing::Paused));
}

#[test]
fn a_file_that_cannot_be_played_says_so_and_another_may_be_chosen() {
    let mut script = Script::signed_in();
    script.command(film());
    script.command(Command::OpenSlot);
    let problem = CameraProblem::FilmUnplayable;
    camera(&mut script, CameraEvent::Failed(problem));
    assert_eq!(script.state().camera, Camera::Problem(problem));
    script.command(film());
    assert_eq!(script.state().camera, Camera::Closed);
}

#[test]
fn what_is_live_is_changed_without_a_message_and_only_once_the_other_is_there() {
    let mut script = Script::showing();
    script.command(Command::ChooseFeed(Feed::Screen));
    script.check("switch to Screen");
    assert!(script.state().feeds.switching);
    assert_eq!(script.state().camera, Camera::Open);
    camera(&mut script, CameraEvent::Switched);
    script.check("send the other picture");
    assert!(script.state().share.is_live_out());
    assert_eq!(script.state().feeds.chosen, Feed::Screen);
}

#[test]
fn what_could_not_be_opened_leaves_what_is_live() {
    let mut script = Script::showing();
    script.command(Command::ChooseFeed(Feed::Screen));
    let problem = CameraProblem::NoScreen;
    camera(&mut script, CameraEvent::NotSwitched(problem));
    let feeds = &script.state().feeds;
    assert_eq!((feeds.chosen, feeds.problem), (Feed::Camera, Some(problem)));
    assert!(script.state().share.is_live_out());
}

#[test]
fn a_screen_that_is_stopped_in_the_browsers_own_bar_ends_the_share() {
    let mut script = Script::showing();
    script.command(Command::ChooseFeed(Feed::Screen));
    camera(&mut script, CameraEvent::Switched);
    script.forget();
    camera(&mut script, CameraEvent::Unplugged);
    script.check("-> BYE sip:anna@gateway.example");
    assert_eq!(script.state().camera, Camera::Closed);
}

#[test]
fn a_film_that_ends_holds_its_last_picture() {
    let mut script = Script::showing();
    script.command(film());
    script.check("switch to Film { at: \"blob:1\" }");
    camera(&mut script, CameraEvent::Switched);
    camera(
        &mut script,
        CameraEvent::Film {
            seconds: 10,
            length: 10,
            playing: Playing::AtItsEnd,
        },
    );
    assert!(script.state().share.is_live_out());
    let film = script.state().feeds.film.clone().unwrap();
    assert_eq!(film.playing, Playing::AtItsEnd);
}

#[test]
fn the_other_camera_is_turned_to_where_there_is_one() {
    let mut script = Script::showing();
    script.command(Command::TurnCamera);
    script.check("");
    camera(&mut script, CameraEvent::Cameras(two_cameras()));
    script.command(Command::TurnCamera);
    script.check("switch to OtherCamera");
    // One change at a time.
    script.command(Command::TurnCamera);
    script.command(Command::ChooseFeed(Feed::Screen));
    script.check("");
    camera(&mut script, CameraEvent::Switched);
    script.check("send the other picture");
    assert_eq!(script.state().feeds.chosen, Feed::Camera);
}

#[test]
fn a_late_word_of_a_closed_source_changes_nothing() {
    let mut script = Script::signed_in();
    for event in [
        CameraEvent::Switched,
        CameraEvent::NotSwitched(CameraProblem::Busy),
        CameraEvent::Opened,
        CameraEvent::Unplugged,
    ] {
        camera(&mut script, event);
        assert_eq!(script.state().camera, Camera::Closed);
    }
    script.check("");
}
