//! One's own pictures: a camera, or what takes its place.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DomException, Event, MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack,
    window,
};

use super::camera_loss::{self, Known};
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
    /// The camera that is open, or was open last.
    known: RefCell<Known>,
    ended: Closure<dyn Fn(Event)>,
    darkened: Closure<dyn Fn(Event)>,
    lit: Closure<dyn Fn(Event)>,
    /// Plugged in or out.
    _changed: Closure<dyn Fn(Event)>,
}

/// What is open. Dropping it stops every track: the light goes off.
struct Held {
    stream: MediaStream,
    film: Option<film::Player>,
    is_camera: bool,
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
        let told = |event: CameraEvent| {
            let report = Rc::clone(&report);
            Closure::<dyn Fn(Event)>::new(move |_| report(Input::Camera(event)))
        };
        let (darkened, lit) = (
            told(CameraEvent::Dark(true)),
            told(CameraEvent::Dark(false)),
        );
        Rc::new_cyclic(|this: &Weak<Self>| {
            let when = |act: fn(Rc<Self>)| {
                let this = this.clone();
                Closure::<dyn Fn(Event)>::new(move |_| {
                    if let Some(this) = this.upgrade() {
                        act(this);
                    }
                })
            };
            let changed = when(Self::devices_changed);
            if let Ok(devices) = devices() {
                devices.set_ondevicechange(Some(changed.as_ref().unchecked_ref()));
            }
            Self {
                report,
                open: RefCell::new(None),
                turn: Cell::new(0),
                looks: Cell::new(Looks::Away),
                known: RefCell::default(),
                ended: when(Self::ended),
                darkened,
                lit,
                _changed: changed,
            }
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
            // Another one is wanted.
            self.known.take();
            self.looks.set(match self.looks.get() {
                Looks::Away => Looks::AtMe,
                Looks::AtMe => Looks::Away,
            });
            self.close();
            // There is nothing to go on with if it fails.
            return self.start(origin, CameraEvent::Switched, CameraEvent::Lost);
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
                (_, Some(asked)) => display::chosen(asked).await.map(Held::screen),
                (Origin::Camera | Origin::OtherCamera | Origin::Screen, None) => {
                    let before = this.known.borrow().clone();
                    let asked = ask(this.looks.get(), before.device()).await;
                    asked.map(Held::camera).map_err(|error| problem(&error))
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
            this.know().await;
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
            track.set_onended(Some(self.ended.as_ref().unchecked_ref()));
            if held.is_camera {
                track.set_onmute(Some(self.darkened.as_ref().unchecked_ref()));
                track.set_onunmute(Some(self.lit.as_ref().unchecked_ref()));
            }
        }
        self.open.replace(Some(held));
    }

    /// What is open was taken away: the screen by the person, the camera by whatever it was.
    fn ended(self: Rc<Self>) {
        let is_camera = self.open.borrow().as_ref().map(|held| held.is_camera);
        if is_camera != Some(true) {
            return (self.report)(Input::Camera(CameraEvent::Unplugged));
        }
        let (turn, known) = (self.turn.get(), self.known.borrow().clone());
        spawn_local(async move {
            let why = known.why_gone().await;
            if self.turn.get() == turn {
                (self.report)(Input::Camera(CameraEvent::Lost(why)));
            }
        });
    }

    fn devices_changed(self: Rc<Self>) {
        let known = self.known.borrow().clone();
        spawn_local(async move {
            self.count().await;
            if known.is_there().await {
                (self.report)(Input::Camera(CameraEvent::Back));
            }
        });
    }

    /// Tells whether there is another camera to turn to. Known only once one was allowed.
    async fn count(&self) {
        if let Ok(cameras) = camera_loss::cameras().await {
            let several = cameras.len() > 1;
            (self.report)(Input::Camera(CameraEvent::Several(several)));
        }
    }

    /// Remembers which one it is, for when it is gone.
    async fn know(&self) {
        let camera = {
            let open = self.open.borrow();
            open.as_ref()
                .filter(|held| held.is_camera)
                .map(|held| held.stream.clone())
        };
        if let Some(camera) = camera {
            let known = Known::of(&camera).await;
            self.known.replace(known);
        }
    }
}

impl Held {
    fn camera(stream: MediaStream) -> Self {
        Self {
            stream,
            film: None,
            is_camera: true,
        }
    }

    fn screen(stream: MediaStream) -> Self {
        Self {
            stream,
            film: None,
            is_camera: false,
        }
    }

    fn film((stream, player): (MediaStream, film::Player)) -> Self {
        Self {
            stream,
            film: Some(player),
            is_camera: false,
        }
    }
}

pub(super) fn devices() -> Result<MediaDevices, JsValue> {
    window().ok_or(JsValue::NULL)?.navigator().media_devices()
}

async fn ask(looks: Looks, device: Option<&str>) -> Result<MediaStream, JsValue> {
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&JsValue::FALSE);
    constraints.set_video(&ideal(looks, device)?.into());
    let asked = devices()?.get_user_media_with_constraints(&constraints)?;
    JsFuture::from(asked).await?.dyn_into()
}

/// Small on purpose: the other phone's screen is smaller still.
fn ideal(looks: Looks, device: Option<&str>) -> Result<Object, JsValue> {
    let video = Object::new();
    for (name, value) in [("width", 640.0), ("height", 480.0), ("frameRate", 15.0)] {
        let wish = Object::new();
        Reflect::set(&wish, &"ideal".into(), &value.into())?;
        Reflect::set(&video, &name.into(), &wish)?;
    }
    let wishes = [("facingMode", Some(looks.name())), ("deviceId", device)];
    for (name, wished) in wishes {
        if let Some(wished) = wished {
            let wish = Object::new();
            Reflect::set(&wish, &"ideal".into(), &wished.into())?;
            Reflect::set(&video, &name.into(), &wish)?;
        }
    }
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
        track.set_onmute(None);
        track.set_onunmute(None);
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
