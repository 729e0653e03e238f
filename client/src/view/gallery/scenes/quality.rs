//! How good the picture is said to be, the figures behind it, and the whole screen.

use std::sync::Arc;

use super::{Scene, sending, watching};
use crate::phone::state::{Limited, Moment, Quality, SendPhase, Share, WatchPhase};

pub fn scenes() -> Vec<Scene> {
    let live = |name, limited| limited_by(sending(name, SendPhase::Live), limited);
    let seen = |name, limited| limited_by(watching(name, WatchPhase::Live), limited);
    vec![
        live("live-good", Limited::Nothing),
        live("live-their-phone", Limited::TheirPhone),
        live("live-their-network", Limited::TheirNetwork),
        live("live-my-network", Limited::MyNetwork),
        live("live-my-device", Limited::MyDevice),
        live("live-figures", Limited::MyNetwork),
        seen("watching-their-phone", Limited::TheirPhone),
        seen("watching-my-network", Limited::MyNetwork),
        seen("watching-figures", Limited::TheirNetwork),
        seen("watching-full", Limited::TheirPhone),
    ]
}

/// Whether the figures are open, and whether the picture fills the screen.
pub fn opens(name: &str) -> (bool, bool) {
    (name.ends_with("-figures"), name.ends_with("-full"))
}

fn limited_by(mut scene: Scene, limited: Limited) -> Scene {
    let quality = match &mut scene.state.share {
        Share::Sending(sending) => &mut sending.quality,
        Share::Watching(watching) => &mut watching.quality,
        Share::None | Share::Asked(_) | Share::Ended(_) => return scene,
    };
    if let Some(quality) = quality {
        *quality = Quality {
            limited,
            moments: Arc::new(moments()),
            ..quality.clone()
        };
    }
    scene
}

/// A way that is bad for a while, and a hole in the figures.
fn moments() -> Vec<Moment> {
    let seconds = (0..=120_u32).filter(|second| !(30..36).contains(second));
    let moment = |second: u32| {
        let bad = (70..95).contains(&second);
        let wave = (second * 7) % 13;
        Moment {
            at_milliseconds: u64::from(second) * 1000,
            kilobits_per_second: if bad { 90 } else { 290 } + wave * 3,
            frames_per_second: if bad { 6 } else { 14 } + wave / 8,
            lost_per_thousand: if bad { 40 + wave * 3 } else { wave / 9 },
        }
    };
    seconds.map(moment).collect()
}
