//! Beside a voice call.

use super::{Scene, anna, call, people, sending};
use crate::phone::state::{
    Call, Camera, InCall, SendPhase, Share, Source, Stands, State, WatchPhase,
};

pub fn scenes() -> Vec<Scene> {
    let on_the_phone = |stands, source| move |state: &mut State| state.call = up(stands, source);
    let said = |stands| on_the_phone(stands, Source::Said);
    let with = |mut scene: Scene| {
        scene.state.call = up(Stands::Connected, Source::Said);
        scene
    };
    vec![
        call("call", said(Stands::Connected)),
        call("call-preview", move |state| {
            said(Stands::Connected)(state);
            state.camera = Camera::Open;
        }),
        call("call-on-hold", said(Stands::Held)),
        call("call-of-many", said(Stands::Conference)),
        call(
            "call-by-network",
            on_the_phone(Stands::Connected, Source::Network),
        ),
        call("call-nobody-chosen", move |state| {
            said(Stands::Connected)(state);
            state.people.chosen = None;
        }),
        with(sending("call-live", SendPhase::Live)),
        with(super::watching("call-watching", WatchPhase::Live)),
        people("call-people", said(Stands::Connected)),
        people("incoming-in-call", move |state| {
            said(Stands::Connected)(state);
            state.share = Share::Asked(anna());
        }),
    ]
}

fn up(stands: Stands, source: Source) -> Call {
    Call::Up(InCall {
        peer: anna(),
        stands,
        source,
        seconds: 130,
    })
}
