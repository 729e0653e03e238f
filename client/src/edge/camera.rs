//! One's own pictures: a camera, or what takes its place.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DomException, Event, MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack,
    window,
};

use super::screen::Stream;
use super::{Report, display, film};
use crate::phone::state::CameraProblem;
use crate::phone::{CameraEvent, Input, Origin};

/// Open at most once.
pub struct Camera {
    report: Report,
    open: RefCell<Option<Held>>,
    /// Rises with each opening and closing, so that a late answer is known as late.
    turn: Cell<u64>,
    looks: Cell<Looks>,
    unplugged: Closure<dyn Fn(Event)>,
}

/// What is open. Dropping it stops every track: the light goes off.
struct Held {
    stream: MediaStream,
    film: Option<film::Player>,
}

impl Drop for Held {
    fn drop(&mut self) {
        stop(&self.stream);
    }
}

/// Which way the camera looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looks {
    Away,
    AtMe,
}

impl Looks {
    /// The word of the Media Capture specification, §4.3.8.
    fn name(self) -> &'static str {
        match self {
            Self::Away => "environment",
            Self::AtMe => "user",
        }
    }
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
            looks: Cell::new(Looks::Away),
            unplugged,
        })
    }

    /// Asks for it; the browser may ask the person.
    pub fn open(self: &Rc<Self>, origin: Origin) {
        self.close();
        self.start(origin, CameraEvent::Opened, CameraEvent::Failed);
    }

    /// Opens it, and lets it take the place of what is open. Two cameras at once are too many for
    /// most phones: the other one opens when this one is closed.
    pub fn switch(self: &Rc<Self>, origin: Origin) {
        if origin == Origin::OtherCamera {
            self.looks.set(match self.looks.get() {
                Looks::Away => Looks::AtMe,
                Looks::AtMe => Looks::Away,
            });
            self.close();
            // There is nothing to go on with if it fails.
            let failed = |_| CameraEvent::Unplugged;
            return self.start(origin, CameraEvent::Switched, failed);
        }
        self.start(origin, CameraEvent::Switched, CameraEvent::NotSwitched);
    }

    fn start(
        self: &Rc<Self>,
        origin: Origin,
        opened: CameraEvent,
        failed: impl Fn(CameraProblem) -> CameraEvent + 'static,
    ) {
        let turn = self.turn.get();
        let this = Rc::clone(self);
        // Asked for at once: a browser shows its list of screens only right after a press.
        let screen = (origin == Origin::Screen).then(display::ask);
        spawn_local(async move {
            let held = match (origin, screen) {
                (Origin::Film { at }, _) => film::open(&at, &this.report).await.map(Held::film),
                (_, Some(asked)) => display::chosen(asked).await.map(Held::plain),
                (Origin::Camera | Origin::OtherCamera | Origin::Screen, None) => {
                    let asked = ask(this.looks.get()).await;
                    asked.map(Held::plain).map_err(|error| problem(&error))
                }
            };
            if this.turn.get() != turn {
                // Shut again while the question stood: the light must not stay on.
                return;
            }
            let event = match held {
                Ok(held) => {
                    this.take(held);
                    opened
                }
                Err(problem) => failed(problem),
            };
            (this.report)(Input::Camera(event));
            this.count().await;
        });
    }

    /// The light goes off.
    pub fn close(&self) {
        self.turn.set(self.turn.get() + 1);
        self.open.take();
    }

    pub fn stream(&self) -> Option<Stream> {
        let open = self.open.borrow();
        open.as_ref().map(|held| Stream(held.stream.clone()))
    }

    /// Stops the film, or lets it go on.
    pub fn play_film(&self, on: bool) {
        let open = self.open.borrow();
        if let Some(film) = open.as_ref().and_then(|held| held.film.as_ref()) {
            film.play(on);
        }
    }

    fn take(&self, held: Held) {
        for track in tracks(&held.stream) {
            track.set_onended(Some(self.unplugged.as_ref().unchecked_ref()));
        }
        self.open.replace(Some(held));
    }

    /// Tells whether there is another camera to turn to. Known only once one was allowed.
    async fn count(&self) {
        if let Ok(several) = several_cameras().await {
            (self.report)(Input::Camera(CameraEvent::Several(several)));
        }
    }
}

impl Held {
    fn plain(stream: MediaStream) -> Self {
        Self { stream, film: None }
    }

    fn film((stream, player): (MediaStream, film::Player)) -> Self {
        Self {
            stream,
            film: Some(player),
        }
    }
}

pub(super) fn devices() -> Result<MediaDevices, JsValue> {
    window().ok_or(JsValue::NULL)?.navigator().media_devices()
}

async fn ask(looks: Looks) -> Result<MediaStream, JsValue> {
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&JsValue::FALSE);
    constraints.set_video(&ideal(looks)?.into());
    let asked = devices()?.get_user_media_with_constraints(&constraints)?;
    JsFuture::from(asked).await?.dyn_into()
}

async fn several_cameras() -> Result<bool, JsValue> {
    let listed = JsFuture::from(devices()?.enumerate_devices()?).await?;
    let listed: Array = listed.dyn_into()?;
    let cameras = listed.iter().filter(|device| {
        let kind = Reflect::get(device, &"kind".into());
        kind.is_ok_and(|kind| kind == JsValue::from_str("videoinput"))
    });
    Ok(cameras.count() > 1)
}

/// Small on purpose: the other phone's screen is smaller still.
fn ideal(looks: Looks) -> Result<Object, JsValue> {
    let video = Object::new();
    for (name, value) in [("width", 640.0), ("height", 480.0), ("frameRate", 15.0)] {
        let wish = Object::new();
        Reflect::set(&wish, &"ideal".into(), &value.into())?;
        Reflect::set(&video, &name.into(), &wish)?;
    }
    let facing = Object::new();
    Reflect::set(&facing, &"ideal".into(), &looks.name().into())?;
    Reflect::set(&video, &"facingMode".into(), &facing)?;
    Ok(video)
}

/// The names are those of the Media Capture specification, §10.2.
pub(super) fn problem(error: &JsValue) -> CameraProblem {
    match error_name(error).as_str() {
        "NotFoundError" | "OverconstrainedError" => CameraProblem::Missing,
        "NotReadableError" | "AbortError" => CameraProblem::Busy,
        // NotAllowedError, SecurityError; and a page that may not ask has no mediaDevices.
        _ => CameraProblem::Refused,
    }
}

pub(super) fn error_name(error: &JsValue) -> String {
    error
        .dyn_ref::<DomException>()
        .map(DomException::name)
        .unwrap_or_default()
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
