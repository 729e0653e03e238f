//! Several watch what one shows.

use super::{Scene, anna, sending};
use crate::phone::state::{Audience, Number, Peer, SendPhase, Standing, Watcher};

pub fn scenes() -> Vec<Scene> {
    let with = |name, audience| {
        let mut scene = sending(name, SendPhase::Live);
        scene.state.audience = audience;
        scene
    };
    let one = |peer, standing| Watcher { peer, standing };
    let alone = Audience {
        may_grow: true,
        watchers: vec![one(anna(), Standing::Watches)],
        typed_wrong: false,
    };
    let several = [
        (anna(), Standing::Watches),
        (somebody("Ben", "+99000002"), Standing::Asked),
        (somebody("Carla", "+99000003"), Standing::Rings),
        (somebody("", "+99000417"), Standing::NotFound),
        (somebody("Doris", "+99000005"), Standing::Declined),
        (somebody("Emil", "+99000006"), Standing::Left),
    ];
    let many = Audience {
        watchers: several.map(|(peer, standing)| one(peer, standing)).into(),
        ..alone.clone()
    };
    vec![with("live-to-one", alone), with("live-to-several", many)]
}

fn somebody(name: &str, number: &str) -> Peer {
    Peer {
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        number: Number::parse(number),
        address: None,
    }
}
