//! Inside another page.

use super::{Scene, call, door, sending, watching};
use crate::phone::state::{
    Camera, Cause, Direction, Ended, Registration, SendPhase, Share, SignInProblem, WatchPhase,
};

pub fn scenes() -> Vec<Scene> {
    let all = vec![
        door("embedded-waiting", Registration::SignedOut, None),
        door(
            "embedded-refused",
            Registration::Failed,
            Some(SignInProblem::TokenRefused),
        ),
        call("embedded-nobody", |state| state.people.chosen = None),
        call("embedded-chosen", |_| ()),
        call("embedded-preview", |state| state.camera = Camera::Open),
        sending("embedded-live", SendPhase::Live),
        watching("embedded-watching", WatchPhase::Live),
        call("embedded-ended", |state| {
            state.share = Share::Ended(Ended {
                peer: super::anna(),
                direction: Direction::Out,
                cause: Cause::EndedByThem,
                seconds: Some(42),
            });
        }),
    ];
    all.into_iter().map(inside).collect()
}

fn inside(mut scene: Scene) -> Scene {
    scene.state.embedding.inside = true;
    scene
}
