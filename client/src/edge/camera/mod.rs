//! One's own pictures: a camera, or what takes its place.

mod lens;
mod still;

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

use super::camera_loss::{self, Known, text};
use super::screen::Stream;
use super::{Report, display, film, storage};
use crate::phone::state::{CameraDevice, CameraProblem};
use crate::phone::{CameraEvent, Input, Origin};

/// Open at most once.
pub struct Camera {
    report: Report,
    open: RefCell<Option<Held>>,
    /// Rises with each opening and closing, so that a late answer is known as late.
    turn: Cell<u64>,
    choice: RefCell<Choice>,
    /// As the browser listed them last.
    listed: RefCell<Vec<CameraDevice>>,
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
    plays: Plays,
}

/// What makes the pictures of a stream.
enum Plays {
    Camera,
    Screen,
    Film(film::Player),
    Still {
        _still: still::Still,
        /// A screen or a film that goes on when the still gives way.
        behind: Option<Box<Held>>,
    },
}

impl Drop for Held {
    fn drop(&mut self) {
        stop(&self.stream);
    }
}

/// Which camera is meant, where there are several.
#[derive(Clone, Debug)]
enum Choice {
    Looks(Looks),
    Device(String),
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
            Closure::<dyn Fn(Event)>::new(move |_| report(Input::Camera(event.clone())))
        };
        let (darkened, lit) = (
            told(CameraEvent::Dark(true)),
            told(CameraEvent::Dark(false)),
        );
        let choice = storage::camera().map_or(Choice::Looks(Looks::Away), Choice::Device);
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
                choice: RefCell::new(choice),
                listed: RefCell::default(),
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
        match &origin {
            Origin::OtherCamera => self.choose_other(),
            Origin::Device(id) => {
                storage::keep_camera(id);
                self.choice.replace(Choice::Device(id.clone()));
            }
            Origin::BehindStill => return self.go_on(),
            Origin::Camera | Origin::Screen | Origin::Film { .. } | Origin::Still => {
                return self.start(origin, CameraEvent::Switched, CameraEvent::NotSwitched);
            }
        }
        // Another one is wanted.
        self.known.take();
        self.close();
        // There is nothing to go on with if it fails.
        self.start(origin, CameraEvent::Switched, CameraEvent::Lost);
    }

    /// The one that looks the other way; where that is not known, the next one of the list is found
    /// when it is opened.
    fn choose_other(&self) {
        let open = self.open.borrow();
        let settings = open.as_ref().and_then(|held| {
            tracks(&held.stream)
                .first()
                .map(MediaStreamTrack::get_settings)
        });
        let facing = settings
            .as_ref()
            .and_then(web_sys::MediaTrackSettings::get_facing_mode);
        let device = settings.and_then(|settings| settings.get_device_id());
        let listed = self.listed.borrow();
        let at = device.and_then(|open| listed.iter().position(|camera| camera.id == open));
        let next = at.and_then(|at| listed.get((at + 1) % listed.len()));
        // Of two it is the other; of more, as phones have for near and far, one that looks the other way.
        let sides = facing.as_deref().filter(|_| listed.len() != 2);
        self.choice.replace(match (sides, next) {
            (Some("user"), _) => Choice::Looks(Looks::Away),
            (Some("environment"), _) => Choice::Looks(Looks::AtMe),
            (_, Some(next)) => Choice::Device(next.id.clone()),
            (_, None) => Choice::Looks(Looks::AtMe),
        });
    }

    /// What stands behind a still takes its place again.
    fn go_on(&self) {
        let behind = match self.open.take() {
            Some(mut held) => match &mut held.plays {
                Plays::Still { behind, .. } => behind.take(),
                Plays::Camera | Plays::Screen | Plays::Film(_) => None,
            },
            None => None,
        };
        let event = match behind {
            Some(held) => {
                if let Plays::Film(film) = &held.plays {
                    film.play(true);
                }
                self.open.replace(Some(*held));
                CameraEvent::Switched
            }
            None => CameraEvent::Unplugged,
        };
        (self.report)(Input::Camera(event));
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
            let is_still = origin == Origin::Still;
            let held = match (origin, screen) {
                (Origin::Film { at }, _) => film::open(&at, &this.report).await.map(Held::film),
                (Origin::Still | Origin::BehindStill, _) => this.still().await,
                (_, Some(asked)) => display::chosen(asked).await.map(Held::screen),
                (
                    Origin::Camera | Origin::OtherCamera | Origin::Device(_) | Origin::Screen,
                    None,
                ) => {
                    let choice = this.choice.borrow().clone();
                    let before = this.known.borrow().clone();
                    let asked = ask(&choice, before.device()).await;
                    asked.map(Held::camera).map_err(|error| problem(&error))
                }
            };
            if this.turn.get() != turn {
                // Shut again while the question stood: the light must not stay on.
                return;
            }
            let event = match held {
                Ok(held) => {
                    match is_still {
                        true => this.stand_before(held),
                        false => this.take(held),
                    }
                    opened
                }
                Err(problem) => failed(problem),
            };
            (this.report)(Input::Camera(event));
            this.tell_lens();
            this.know().await;
            this.list().await;
            // Some browsers know what their camera can do only a moment later.
            let later = Rc::clone(&this);
            leptos::prelude::set_timeout(
                move || {
                    if later.turn.get() == turn {
                        later.tell_lens();
                    }
                },
                LENS_LATER,
            );
        });
    }

    /// What is seen now, as a picture that does not move.
    async fn still(&self) -> Result<Held, CameraProblem> {
        let stream = self.stream().ok_or(CameraProblem::Missing)?;
        let made = still::of(&stream.0).await;
        let (stream, still) = made.map_err(|_| CameraProblem::Busy)?;
        let plays = Plays::Still {
            _still: still,
            behind: None,
        };
        Ok(Held { stream, plays })
    }

    /// It is seen instead of what is open: a camera is closed, the light goes off; what one would be
    /// asked for again stays.
    fn stand_before(&self, mut still: Held) {
        let open = self.open.take();
        let stays = open.filter(|held| match held.plays {
            Plays::Screen | Plays::Film(_) => true,
            Plays::Camera | Plays::Still { .. } => false,
        });
        if let Some(Held {
            plays: Plays::Film(film),
            ..
        }) = &stays
        {
            film.play(false);
        }
        if let Plays::Still { behind, .. } = &mut still.plays {
            *behind = stays.map(Box::new);
        }
        self.open.replace(Some(still));
    }

    /// The camera's light.
    pub fn light(self: &Rc<Self>, on: bool) {
        self.adjust(async move |stream| lens::light(&stream, on).await);
    }

    /// How far it zooms, in thousandths of the browser's unit.
    pub fn zoom(self: &Rc<Self>, to: u32) {
        let to = f64::from(to) / 1000.0;
        let Some(stream) = self.stream() else { return };
        spawn_local(async move {
            // What cannot be zoomed stays as it is, and is seen to.
            let _ = lens::zoom_to(&stream.0, to).await;
        });
    }

    fn adjust<F>(self: &Rc<Self>, adjust: F)
    where
        F: AsyncFnOnce(MediaStream) -> Result<(), JsValue> + 'static,
    {
        let Some(stream) = self.stream() else { return };
        let (this, turn) = (Rc::clone(self), self.turn.get());
        spawn_local(async move {
            // Whether it did is seen from what the camera says of itself.
            let _ = adjust(stream.0).await;
            if this.turn.get() == turn {
                this.tell_lens();
            }
        });
    }

    fn tell_lens(&self) {
        if let Some(camera) = self.camera() {
            let lens = CameraEvent::Lens(lens::read(&camera));
            (self.report)(Input::Camera(lens));
        }
    }

    /// The pictures of the chosen camera once more, for whoever stops them.
    pub(super) async fn once_more(&self) -> Result<MediaStream, CameraProblem> {
        let choice = self.choice.borrow().clone();
        let asked = ask(&choice, None).await;
        asked.map_err(|error| problem(&error))
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
        if let Some(Held {
            plays: Plays::Film(film),
            ..
        }) = open.as_ref()
        {
            film.play(on);
        }
    }

    fn take(&self, held: Held) {
        for track in tracks(&held.stream) {
            track.set_onended(Some(self.ended.as_ref().unchecked_ref()));
            if held.is_camera() {
                track.set_onmute(Some(self.darkened.as_ref().unchecked_ref()));
                track.set_onunmute(Some(self.lit.as_ref().unchecked_ref()));
            }
        }
        self.open.replace(Some(held));
    }

    /// What is open was taken away: the screen by the person, the camera by whatever it was.
    fn ended(self: Rc<Self>) {
        if self.camera().is_none() {
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
            self.list().await;
            if known.is_there().await {
                (self.report)(Input::Camera(CameraEvent::Back));
            }
        });
    }

    /// The pictures of the camera, if it is a camera that is open.
    fn camera(&self) -> Option<MediaStream> {
        let open = self.open.borrow();
        let camera = open.as_ref().filter(|held| held.is_camera());
        camera.map(|held| held.stream.clone())
    }

    /// Remembers which one it is, for when it is gone.
    async fn know(&self) {
        if let Some(camera) = self.camera() {
            let known = Known::of(&camera).await;
            self.known.replace(known);
        }
    }

    /// Tells which cameras there are. Known only once one was allowed.
    async fn list(&self) {
        if let Ok(listed) = camera_loss::cameras().await {
            let named = |device: &JsValue, name: &str| text(device, name).unwrap_or_default();
            let cameras = listed.iter().map(|device| CameraDevice {
                id: named(device, "deviceId"),
                label: named(device, "label"),
            });
            let cameras: Vec<_> = cameras.take(CAMERAS_AT_MOST).collect();
            self.listed.replace(cameras.clone());
            (self.report)(Input::Camera(CameraEvent::Cameras(cameras)));
        }
    }
}

impl Held {
    fn camera(stream: MediaStream) -> Self {
        let plays = Plays::Camera;
        Self { stream, plays }
    }

    fn screen(stream: MediaStream) -> Self {
        let plays = Plays::Screen;
        Self { stream, plays }
    }

    fn is_camera(&self) -> bool {
        matches!(self.plays, Plays::Camera)
    }

    fn film((stream, player): (MediaStream, film::Player)) -> Self {
        let plays = Plays::Film(player);
        Self { stream, plays }
    }
}

pub(super) fn devices() -> Result<MediaDevices, JsValue> {
    window().ok_or(JsValue::NULL)?.navigator().media_devices()
}

/// A device that was chosen is meant and no other; one that is gone lets another take its place.
async fn ask(choice: &Choice, before: Option<&str>) -> Result<MediaStream, JsValue> {
    match ask_for(choice, before, "exact").await {
        Err(error)
            if matches!(
                &*error_name(&error),
                "" | "OverconstrainedError" | "NotFoundError"
            ) =>
        {
            ask_for(choice, before, "ideal").await
        }
        asked => asked,
    }
}

/// `strictness` of the device alone.
async fn ask_for(
    choice: &Choice,
    before: Option<&str>,
    strictness: &str,
) -> Result<MediaStream, JsValue> {
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&JsValue::FALSE);
    constraints.set_video(&wishes(choice, before, strictness)?.into());
    let asked = devices()?.get_user_media_with_constraints(&constraints)?;
    JsFuture::from(asked).await?.dyn_into()
}

/// Small on purpose: the other phone's screen is smaller still.
fn wishes(choice: &Choice, before: Option<&str>, strictness: &str) -> Result<Object, JsValue> {
    let video = Object::new();
    let (looks, device) = match choice {
        Choice::Looks(looks) => (Some(looks.name()), before),
        Choice::Device(id) => (None, before.or(Some(id))),
    };
    let mut wishes: Vec<(&str, JsValue)> = vec![
        ("width", 640.0.into()),
        ("height", 480.0.into()),
        ("frameRate", 15.0.into()),
    ];
    wishes.extend(looks.map(|looks| ("facingMode", looks.into())));
    wishes.extend(device.map(|device| ("deviceId", device.into())));
    for (name, value) in wishes {
        let wish = Object::new();
        let strictness = if name == "deviceId" {
            strictness
        } else {
            "ideal"
        };
        Reflect::set(&wish, &strictness.into(), &value)?;
        Reflect::set(&video, &name.into(), &wish)?;
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

/// More than any device has; a list of a browser's is not ours to trust.
const CAMERAS_AT_MOST: usize = 16;
const LENS_LATER: std::time::Duration = std::time::Duration::from_secs(1);
