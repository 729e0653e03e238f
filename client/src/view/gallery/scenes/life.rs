//! What happens to a page in its browser.

use super::{Scene, anna, call, door, people, sending};
use crate::phone::state::{
    Camera, CameraProblem, Direction, Registration, SendPhase, Tabs, Unfinished,
};

pub fn scenes() -> Vec<Scene> {
    let live = |name| sending(name, SendPhase::Live);
    let at_door = |name, tabs| {
        let mut scene = door(name, Registration::SignedOut, None);
        scene.state.life.tabs = tabs;
        scene
    };
    let slow = {
        let mut scene = door("door-slow", Registration::SigningIn, None);
        scene.state.life.slow = true;
        scene
    };
    let lost = |name, problem| {
        let mut scene = live(name);
        scene.state.camera = Camera::Problem(problem);
        scene
    };
    let dark = {
        let mut scene = live("live-camera-dark");
        scene.state.life.camera_dark = true;
        scene
    };
    let unfinished = |direction| {
        Some(Unfinished {
            peer: anna(),
            direction,
        })
    };
    let other =
        |with: Option<&str>, may| Tabs::elsewhere("ben".to_owned(), with.map(str::to_owned), may);
    vec![
        slow,
        at_door("tab-elsewhere", other(None, false)),
        at_door("tab-take-over", other(Some("Anna Lindqvist"), true)),
        at_door("tab-taken", Tabs::Taken),
        lost("live-camera-missing", CameraProblem::Missing),
        lost("live-camera-busy", CameraProblem::Busy),
        lost("live-camera-refused", CameraProblem::Refused),
        dark,
        call("preview-camera-dark", |state| {
            state.camera = Camera::Open;
            state.life.camera_dark = true;
        }),
        people("rejoin", move |state| {
            state.life.unfinished = unfinished(Direction::Out);
        }),
        people("rejoin-watched", move |state| {
            state.life.unfinished = unfinished(Direction::In);
        }),
    ]
}
