//! The slot: whether one's own camera is open, and who asked for it.

use std::collections::VecDeque;

use super::state::Camera;
use super::{CameraEvent, Effect};

#[derive(Debug, Default)]
pub(super) struct Slot {
    camera: Camera,
}

impl Slot {
    pub(super) fn open(&mut self, effects: &mut VecDeque<Effect>) {
        match self.camera {
            Camera::Closed | Camera::Problem(_) => {
                self.camera = Camera::Opening;
                effects.push_back(Effect::OpenCamera);
            }
            Camera::Opening | Camera::Open => {}
        }
    }

    pub(super) fn close(&mut self, effects: &mut VecDeque<Effect>) {
        match self.camera {
            Camera::Opening | Camera::Open => effects.push_back(Effect::CloseCamera),
            Camera::Closed | Camera::Problem(_) => {}
        }
        self.camera = Camera::Closed;
    }

    pub(super) fn camera(&mut self, event: CameraEvent) {
        self.camera = match (self.camera, event) {
            (Camera::Opening, CameraEvent::Opened) => Camera::Open,
            (Camera::Opening, CameraEvent::Failed(problem)) => Camera::Problem(problem),
            (Camera::Opening | Camera::Open, CameraEvent::Unplugged) => {
                Camera::Problem(super::state::CameraProblem::Missing)
            }
            // A late word about a camera that nobody wants any more.
            (camera, CameraEvent::Opened | CameraEvent::Failed(_) | CameraEvent::Unplugged) => {
                camera
            }
        };
    }

    pub(super) fn is_open(&self) -> bool {
        self.camera == Camera::Open
    }

    pub(super) fn show(&self) -> Camera {
        self.camera
    }
}
