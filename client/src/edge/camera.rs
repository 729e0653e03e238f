//! One's own camera.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DomException, Event, MediaStream, MediaStreamConstraints, MediaStreamTrack, window};

use super::Report;
use super::screen::Stream;
use crate::phone::state::CameraProblem;
use crate::phone::{CameraEvent, Input};

/// Open at most once.
pub struct Camera {
    report: Report,
    open: RefCell<Option<MediaStream>>,
    /// Rises with each opening and closing, so that a late answer is known as late.
    turn: Cell<u64>,
    unplugged: Closure<dyn Fn(Event)>,
}

impl Camera {
    pub fn new(report: Report) -> Rc<Self> {
        let unplugged = {
            let report = Rc::clone(&report);
            Closure::new(move |_| report(Input::Camera(CameraEvent::Unplugged)))
        };
        Rc::new(Self {
            report,
            open: RefCell::new(None),
            turn: Cell::new(0),
            unplugged,
        })
    }

    /// Asks for the camera; the browser may ask the person.
    pub fn open(self: &Rc<Self>) {
        self.close();
        let turn = self.turn.get();
        let this = Rc::clone(self);
        spawn_local(async move {
            let asked = ask().await;
            if this.turn.get() != turn {
                // Shut again while the question stood: the light must not stay on.
                if let Ok(stream) = asked {
                    stop(&stream);
                }
                return;
            }
            let event = match asked {
                Ok(stream) => this.take(stream),
                Err(error) => CameraEvent::Failed(problem(&error)),
            };
            (this.report)(Input::Camera(event));
        });
    }

    /// Stops every track at once: the light goes off.
    pub fn close(&self) {
        self.turn.set(self.turn.get() + 1);
        if let Some(stream) = self.open.take() {
            stop(&stream);
        }
    }

    pub fn stream(&self) -> Option<Stream> {
        self.open.borrow().clone().map(Stream)
    }

    fn take(&self, stream: MediaStream) -> CameraEvent {
        for track in tracks(&stream) {
            track.set_onended(Some(self.unplugged.as_ref().unchecked_ref()));
        }
        self.open.replace(Some(stream));
        CameraEvent::Opened
    }
}

async fn ask() -> Result<MediaStream, JsValue> {
    let devices = window().ok_or(JsValue::NULL)?.navigator().media_devices()?;
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&JsValue::FALSE);
    constraints.set_video(&ideal()?.into());
    let stream = JsFuture::from(devices.get_user_media_with_constraints(&constraints)?).await?;
    stream.dyn_into()
}

/// Small on purpose: the other phone's screen is smaller still.
fn ideal() -> Result<Object, JsValue> {
    let video = Object::new();
    for (name, value) in [("width", 640.0), ("height", 480.0), ("frameRate", 15.0)] {
        let wish = Object::new();
        Reflect::set(&wish, &"ideal".into(), &value.into())?;
        Reflect::set(&video, &name.into(), &wish)?;
    }
    let facing = Object::new();
    Reflect::set(&facing, &"ideal".into(), &"environment".into())?;
    Reflect::set(&video, &"facingMode".into(), &facing)?;
    Ok(video)
}

/// The names are those of the Media Capture specification, §10.2.
pub(super) fn problem(error: &JsValue) -> CameraProblem {
    let name = error
        .dyn_ref::<DomException>()
        .map(DomException::name)
        .unwrap_or_default();
    match name.as_str() {
        "NotFoundError" | "OverconstrainedError" => CameraProblem::Missing,
        "NotReadableError" | "AbortError" => CameraProblem::Busy,
        // NotAllowedError, SecurityError; and a page that may not ask has no mediaDevices.
        _ => CameraProblem::Refused,
    }
}

pub(super) fn stop(stream: &MediaStream) {
    for track in tracks(stream) {
        track.set_onended(None);
        track.stop();
    }
}

pub(super) fn tracks(stream: &MediaStream) -> Vec<MediaStreamTrack> {
    stream
        .get_tracks()
        .iter()
        .filter_map(|track| track.dyn_into().ok())
        .collect()
}
