//! One's own camera, sound and pictures.

use super::{Scene, call, sending, watching};
use crate::phone::state::{
    Camera, CameraDevice, Direction, KeptPicture, Lens, OurRecording, OurSound, Pause, SendPhase,
    State, WatchPhase, Zoom,
};

pub fn scenes() -> Vec<Scene> {
    let live = |name| sending(name, SendPhase::Live);
    vec![
        call("preview-lens", |state| {
            state.camera = Camera::Open;
            lens(state);
        }),
        with(live("live-lens"), lens),
        with(live("live-pause"), |state| state.own.pause = Pause::Paused),
        with(live("live-sound"), |state| {
            state.sound.ours = OurSound::On;
            state.own.kept = KeptPicture::Saved(1);
        }),
        with(live("live-recording"), |state| {
            state.recording.ours = OurRecording::On {
                of: Direction::Out,
                seconds: 75,
            };
        }),
        with(live("live-record-ask"), |state| {
            state.recording.ours = OurRecording::Asking;
        }),
        with(live("live-recorded"), |state| state.recording.theirs = true),
        with(watching("watching-recorded", WatchPhase::Live), |state| {
            state.recording.theirs = true;
        }),
        with(watching("watching-kept", WatchPhase::Live), |state| {
            state.own.kept = KeptPicture::Saved(1);
        }),
    ]
}

pub fn cameras() -> Vec<CameraDevice> {
    let camera = |id: &str, label: &str| CameraDevice {
        id: id.to_owned(),
        label: label.to_owned(),
    };
    vec![
        camera("front", "camera2 1, facing front"),
        camera("back", "camera2 0, facing back"),
    ]
}

fn lens(state: &mut State) {
    state.own.cameras = cameras();
    state.own.lens = Lens {
        device: Some("back".to_owned()),
        light: Some(true),
        zoom: Zoom::of(1.0, 8.0, 0.1, 2.3),
    };
}

fn with(mut scene: Scene, change: impl Fn(&mut State)) -> Scene {
    change(&mut scene.state);
    scene
}
