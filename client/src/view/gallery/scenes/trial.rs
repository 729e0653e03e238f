//! A test of the connection.

use super::{Scene, signed_in};
use crate::phone::state::{
    Course, Trial, TrialObstacle, TrialSeen, TrialSource, TrialStep, TrialVerdict,
};
use crate::view::Place;

pub fn scenes() -> Vec<Scene> {
    let took = [0, 41, 23, 64, 187, 212, 640, 0];
    let course = |steps: usize, verdict| Course {
        done: std::array::from_fn(|at| (at < steps).then(|| took[at])),
        seen: match steps {
            0..6 => TrialSeen::default(),
            _ => TrialSeen {
                pictures: 24,
                width: 176,
                height: 144,
                codec: "H263-2000".to_owned(),
                right: 22,
                decibels: 31,
            },
        },
        verdict,
    };
    let all = TrialStep::COUNT;
    vec![
        scene("trial", Trial::default()),
        scene("trial-running", of(course(5, None))),
        scene("trial-works", of(course(all, Some(TrialVerdict::Works)))),
        scene("trial-no-path", of(course(4, Some(TrialVerdict::NoPath)))),
        scene(
            "trial-not-seen",
            Trial {
                source: TrialSource::Camera,
                ..of(course(5, Some(TrialVerdict::NothingSeen)))
            },
        ),
        scene(
            "trial-in-share",
            Trial {
                obstacle: Some(TrialObstacle::Busy),
                ..Trial::default()
            },
        ),
    ]
}

fn of(course: Course) -> Trial {
    Trial {
        course: Some(course),
        ..Trial::default()
    }
}

fn scene(name: &'static str, trial: Trial) -> Scene {
    let mut state = signed_in();
    state.trial = Trial {
        open: true,
        ..trial
    };
    Scene {
        name,
        state,
        place: Place::Me,
    }
}
