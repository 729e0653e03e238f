//! The states, built by hand.

use std::sync::Arc;

use crate::phone::diagnosis::CallKey;
use crate::phone::state::{
    Camera, CameraProblem, Cause, Direction, Ended, Flow, Link, Me, Number, Outcome, Past, Peer,
    People, Person, Quality, Registration, SendPhase, Sending, Share, SignInProblem, State,
    WatchPhase, Watching,
};
use crate::text::Browser;
use crate::view::Place;

mod audience;
mod beside;
mod both;
mod diagnosis;
mod embedded;
mod life;
mod own;
pub mod people;
pub mod quality;
mod trial;

pub struct Scene {
    pub name: &'static str,
    pub state: State,
    pub place: Place,
}

/// In which browser a scene takes place, if that makes a difference.
pub fn browser(name: &str) -> Option<Browser> {
    let (_, browser) = name.split_once("camera-refused-")?;
    match browser {
        "android" => Some(Browser::ChromeOnAndroid),
        "firefox" => Some(Browser::Firefox),
        "safari" => Some(Browser::Safari),
        "iphone" => Some(Browser::SafariOnPhone),
        _ => None,
    }
}

/// Whether the settings stand beside the stage, where there is room for them.
pub fn has_details(name: &str) -> bool {
    name == "me-details"
}

/// Whether a newer page waits in it.
pub fn has_update(name: &str) -> bool {
    name == "update"
}

pub fn scenes() -> Vec<Scene> {
    let mut all = vec![
        door("signed-out", Registration::SignedOut, None),
        door("signing-in", Registration::SigningIn, None),
        door(
            "wrong-password",
            Registration::Failed,
            Some(SignInProblem::WrongPassword),
        ),
        door(
            "unreachable",
            Registration::Failed,
            Some(SignInProblem::Unreachable),
        ),
        door("part-missing", Registration::SignedOut, None),
        people("people-loading", |state| state.people = People::default()),
        people("people-empty", |state| state.people.list = Arc::default()),
        people("people", |state| state.people.chosen = None),
        people("people-chosen", |_| ()),
        people("people-many", |state| state.people.list = Arc::new(crowd())),
        call("chosen", |_| ()),
        call("reconnecting", |state| {
            state.registration = Registration::Reconnecting
        }),
        call("camera-opening", |state| state.camera = Camera::Opening),
        call("preview", |state| state.camera = Camera::Open),
        problem("camera-refused", CameraProblem::Refused),
        problem("camera-refused-android", CameraProblem::Refused),
        problem("camera-refused-firefox", CameraProblem::Refused),
        problem("camera-refused-safari", CameraProblem::Refused),
        problem("camera-refused-iphone", CameraProblem::Refused),
        problem("camera-missing", CameraProblem::Missing),
        problem("camera-busy", CameraProblem::Busy),
        sending("calling", SendPhase::Calling),
        sending("ringing", SendPhase::Ringing),
        sending("live", SendPhase::Live),
        broken(sending("live-reconnecting", SendPhase::Live)),
        paused(sending("live-paused", SendPhase::Live)),
        put_through(sending("live-put-through", SendPhase::Live)),
        people("incoming", |state| state.share = Share::Asked(anna())),
        people("incoming-unknown", |state| {
            state.share = Share::Asked(Peer {
                name: None,
                number: Number::parse("+99000417"),
                address: None,
            });
        }),
        watching("waiting", WatchPhase::Waiting),
        watching("watching", WatchPhase::Live),
        watching("frozen", WatchPhase::Frozen),
        broken(watching("watching-reconnecting", WatchPhase::Live)),
        paused(watching("watching-paused", WatchPhase::Frozen)),
        me("me", |_| ()),
        me("me-details", |_| ()),
        me("me-new", |state| state.history = Vec::new()),
        people("update", |_| ()),
    ];
    all.extend(endings());
    all.extend(audience::scenes());
    all.extend([beside::scenes(), both::scenes()].into_iter().flatten());
    all.extend([diagnosis::scenes(), trial::scenes()].into_iter().flatten());
    all.extend(embedded::scenes());
    all.extend(quality::scenes());
    all.extend([life::scenes(), own::scenes()].into_iter().flatten());
    all.extend(super::voice::scenes());
    all.extend(people::scenes());
    all
}

fn endings() -> Vec<Scene> {
    let out = [
        ("ended-by-me", Cause::EndedByMe),
        ("ended-by-them", Cause::EndedByThem),
        ("declined", Cause::Declined),
        ("busy", Cause::Busy),
        ("no-answer", Cause::NoAnswer),
        ("not-found", Cause::NotFound),
        ("unavailable", Cause::Unavailable),
        ("cannot-watch", Cause::CannotWatch),
        ("lost", Cause::Lost),
        ("call-ended", Cause::CallEnded),
        ("call-held", Cause::CallHeld),
        ("call-conference", Cause::Conference),
        ("failed", Cause::Failed),
    ];
    let scene = |name, cause, direction| {
        let seconds =
            matches!(cause, Cause::EndedByMe | Cause::EndedByThem | Cause::Lost).then_some(42);
        call(name, move |state| {
            state.share = Share::Ended(Ended {
                peer: anna(),
                direction,
                cause,
                seconds,
            });
        })
    };
    let mut endings: Vec<Scene> = out
        .into_iter()
        .map(|(name, cause)| scene(name, cause, Direction::Out))
        .collect();
    endings.push(scene("cancelled", Cause::Cancelled, Direction::In));
    endings.push(scene("watched", Cause::EndedByThem, Direction::In));
    endings
}

pub(super) fn door(
    name: &'static str,
    registration: Registration,
    problem: Option<SignInProblem>,
) -> Scene {
    let me = Me {
        name: "ben".to_owned(),
        number: None,
    };
    Scene {
        name,
        place: Place::People,
        state: State {
            registration,
            sign_in_problem: problem,
            me,
            ..State::default()
        },
    }
}

pub(super) fn people(name: &'static str, change: impl Fn(&mut State)) -> Scene {
    let mut state = signed_in();
    change(&mut state);
    Scene {
        name,
        place: Place::People,
        state,
    }
}

fn me(name: &'static str, change: impl Fn(&mut State)) -> Scene {
    Scene {
        place: Place::Me,
        ..people(name, change)
    }
}

pub(super) fn call(name: &'static str, change: impl Fn(&mut State)) -> Scene {
    Scene {
        place: Place::Call,
        ..people(name, change)
    }
}

fn problem(name: &'static str, problem: CameraProblem) -> Scene {
    call(name, move |state| state.camera = Camera::Problem(problem))
}

pub(super) fn sending(name: &'static str, phase: SendPhase) -> Scene {
    call(name, move |state| {
        state.camera = Camera::Open;
        let quality = (phase == SendPhase::Live).then(|| quality(640, 480, 15, 312, "VP8"));
        state.share = Share::Sending(Sending {
            seconds: 42,
            quality,
            ..Sending::new(anna(), phase)
        });
    })
}

pub(super) fn watching(name: &'static str, phase: WatchPhase) -> Scene {
    call(name, move |state| {
        let quality = (phase != WatchPhase::Waiting).then(|| quality(176, 144, 15, 61, "H264"));
        state.share = Share::Watching(Watching {
            seconds: 725,
            quality,
            ..Watching::new(anna(), phase)
        });
    })
}

/// With the connection to the gateway gone.
fn broken(mut scene: Scene) -> Scene {
    scene.state.registration = Registration::Reconnecting;
    change_share(&mut scene, |link, _| *link = Link::Reconnecting);
    scene
}

fn paused(mut scene: Scene) -> Scene {
    change_share(&mut scene, |_, flow| *flow = Flow::PausedByThem);
    scene
}

/// To somebody else than who was called.
fn put_through(mut scene: Scene) -> Scene {
    if let Share::Sending(sending) = &mut scene.state.share {
        sending.moved = true;
    }
    scene
}

fn change_share(scene: &mut Scene, change: impl Fn(&mut Link, &mut Flow)) {
    match &mut scene.state.share {
        Share::Sending(sending) => change(&mut sending.link, &mut sending.flow),
        Share::Watching(watching) => change(&mut watching.link, &mut watching.flow),
        Share::None | Share::Asked(_) | Share::Ended(_) => {}
    }
}

fn quality(
    width: u32,
    height: u32,
    frames_per_second: u32,
    kilobits_per_second: u32,
    codec: &str,
) -> Quality {
    Quality {
        width,
        height,
        frames_per_second,
        kilobits_per_second,
        codec: codec.to_owned(),
        ..Quality::default()
    }
}

fn signed_in() -> State {
    State {
        registration: Registration::Registered,
        me: Me {
            name: "Ben Okafor".to_owned(),
            number: Number::parse("+99000002"),
        },
        people: People {
            loaded: true,
            chosen: Some(anna()),
            list: Arc::new(vec![
                person("Anna Lindqvist", "+99000001", true),
                person("Nokia 6680", "+99000680", true),
                person("Dr. Maria Papadopoulou-Konstantinidou", "+99000003", false),
                person("Tomás", "+99000004", false),
            ]),
            ..People::default()
        },
        history: vec![
            past(
                "Anna Lindqvist",
                Direction::Out,
                Outcome::Shown { seconds: 725 },
            ),
            past("Nokia 6680", Direction::In, Outcome::Shown { seconds: 42 }),
            Past {
                call: Some(CallKey(1)),
                ..past("Tomás", Direction::Out, Outcome::NotShown(Cause::NoAnswer))
            },
            past("Tomás", Direction::In, Outcome::NotNow),
            past(
                "Anna Lindqvist",
                Direction::In,
                Outcome::NotShown(Cause::Cancelled),
            ),
            Past {
                ended: Some(Cause::Lost),
                ..past(
                    "Nokia 6680",
                    Direction::Out,
                    Outcome::Shown { seconds: 310 },
                )
            },
        ],
        ..State::default()
    }
}

pub(super) fn anna() -> Peer {
    Peer {
        name: Some("Anna Lindqvist".to_owned()),
        number: Number::parse("+99000001"),
        address: None,
    }
}

fn person(name: &str, number: &str, online: bool) -> Person {
    Person {
        peer: Peer {
            name: Some(name.to_owned()),
            number: Number::parse(number),
            address: None,
        },
        online,
        own: None,
    }
}

fn past(name: &str, direction: Direction, outcome: Outcome) -> Past {
    Past {
        peer: Peer {
            name: Some(name.to_owned()),
            number: Number::parse("+99000001"),
            address: None,
        },
        direction,
        outcome,
        at: None,
        ended: None,
        call: None,
    }
}

fn crowd() -> Vec<Person> {
    let names = [
        "Anna Lindqvist",
        "Bilal Haddad",
        "Chiara Romano",
        "Dmitri Volkov",
        "Eun-ji Park",
        "Fatou Diop",
        "Giulia Bianchi",
        "Hiroshi Tanaka",
        "Ines Carvalho",
        "Jonas Weber",
        "Kwame Mensah",
        "Lea Dubois",
    ];
    names
        .iter()
        .enumerate()
        .map(|(at, name)| person(name, &format!("+990000{:02}", at + 1), at % 3 != 2))
        .collect()
}
