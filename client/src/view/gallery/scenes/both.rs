//! Both ways at once, and what is shown besides the camera.

use super::{Scene, anna, call, problem, sending, watching};
use crate::phone::state::{
    Camera, CameraProblem, Cause, Direction, Ended, Feed, Film, No, Playing, SendPhase, Sending,
    Share, State, TwoWays, WatchPhase, Wish,
};

pub fn scenes() -> Vec<Scene> {
    let live = |name| sending(name, SendPhase::Live);
    let seen = |name| watching(name, WatchPhase::Live);
    let ways = |mut scene: Scene, ways| {
        scene.state.ways = ways;
        scene
    };
    vec![
        with(live("live-asked"), |state| {
            state.beside = Share::Asked(anna())
        }),
        with(seen("watching-own-open"), |state| {
            state.camera = Camera::Open;
        }),
        with(seen("watching-own-problem"), |state| {
            state.camera = Camera::Problem(CameraProblem::Refused);
        }),
        with(seen("watching-own-calling"), |state| {
            state.camera = Camera::Open;
            state.beside = own(SendPhase::Calling);
        }),
        with(seen("both"), |state| {
            state.camera = Camera::Open;
            state.beside = own(SendPhase::Live);
        }),
        with(seen("watching-ended-beside"), |state| {
            state.beside = ended(Cause::Busy, Direction::Out);
        }),
        with(live("live-ended-beside"), |state| {
            state.beside = ended(Cause::EndedByThem, Direction::In);
        }),
        ways(live("live-asking-theirs"), TwoWays::Asking),
        ways(live("live-offered"), TwoWays::Wished(Wish::ShowTheirs)),
        ways(seen("watching-asked"), TwoWays::Wished(Wish::SeeOurs)),
        ways(live("live-declined"), TwoWays::Told(No::Declined)),
        ways(live("live-one-way"), TwoWays::Told(No::Cannot)),
        call("not-found-correct", |state| {
            state.share = ended(Cause::NotFound, Direction::Out);
            state.may_correct = true;
        }),
        call("screen-chosen", |state| state.feeds.chosen = Feed::Screen),
        call("film-chosen", |state| film(state, Playing::Paused)),
        with(live("live-film"), |state| film(state, Playing::Running)),
        with(live("live-film-over"), |state| {
            film(state, Playing::AtItsEnd);
        }),
        with(live("live-two-cameras"), |state| {
            state.own.cameras = super::own::cameras();
        }),
        with(live("live-no-screen"), |state| {
            state.feeds.problem = Some(CameraProblem::NoScreen);
        }),
        with(
            problem("film-unplayable", CameraProblem::FilmUnplayable),
            |state| {
                film(state, Playing::Paused);
            },
        ),
    ]
}

fn with(mut scene: Scene, change: impl Fn(&mut State)) -> Scene {
    change(&mut scene.state);
    scene
}

fn own(phase: SendPhase) -> Share {
    Share::Sending(Sending {
        seconds: 12,
        ..Sending::new(anna(), phase)
    })
}

fn ended(cause: Cause, direction: Direction) -> Share {
    Share::Ended(Ended {
        peer: anna(),
        direction,
        cause,
        seconds: None,
    })
}

fn film(state: &mut State, playing: Playing) {
    state.feeds.chosen = Feed::Film;
    state.feeds.film = Some(Film {
        name: "A walk along the river in May.webm".to_owned(),
        seconds: 42,
        length: 130,
        playing,
    });
}
