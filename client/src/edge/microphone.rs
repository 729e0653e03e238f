//! One's own microphone (Media Capture and Streams §10).

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Event, MediaStream, MediaStreamConstraints, MediaStreamTrack};

use super::camera::{devices, problem, stop, tracks};
use crate::phone::voice::MicrophoneEvent;

/// Kept for as long as the browser may call it.
type OnEvent = Closure<dyn Fn(Event)>;

/// Whoever hears of the microphone.
type Told = Rc<dyn Fn(MicrophoneEvent)>;

/// Open at most once.
pub struct Microphone {
    open: RefCell<Option<MediaStream>>,
    /// Rises with each opening and closing, so that a late answer is known as late.
    turn: Cell<u64>,
    unplugged: RefCell<Option<OnEvent>>,
    /// Who is told that other devices are there, once this one was taken away.
    misses: RefCell<Option<Told>>,
    _changed: OnEvent,
}

impl Microphone {
    pub fn new() -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let this = this.clone();
            let changed: OnEvent = Closure::new(move |_| {
                let misses = this.upgrade().and_then(|this| this.misses.borrow().clone());
                if let Some(report) = misses {
                    report(MicrophoneEvent::Changed);
                }
            });
            if let Ok(devices) = devices() {
                // A browser that does not tell of devices finds none again by itself.
                let _ = devices.add_event_listener_with_callback(
                    "devicechange",
                    changed.as_ref().unchecked_ref(),
                );
            }
            Self {
                open: RefCell::new(None),
                turn: Cell::new(0),
                unplugged: RefCell::new(None),
                misses: RefCell::new(None),
                _changed: changed,
            }
        })
    }

    /// Asks for the microphone; the browser may ask the person. `report` hears what comes of it.
    pub fn open(self: &Rc<Self>, report: impl Fn(MicrophoneEvent) + 'static) {
        let misses = self.misses.take();
        self.close();
        self.misses.replace(misses);
        let turn = self.turn.get();
        let this = Rc::clone(self);
        let report: Told = Rc::new(report);
        spawn_local(async move {
            let asked = ask().await;
            if this.turn.get() != turn {
                // Hung up while the question stood.
                if let Ok(stream) = asked {
                    stop(&stream);
                }
                return;
            }
            let event = match asked {
                Ok(stream) => {
                    let (report, weak) = (Rc::clone(&report), Rc::downgrade(&this));
                    let gone = Closure::<dyn Fn(Event)>::new(move |_| {
                        if let Some(this) = weak.upgrade() {
                            this.misses.replace(Some(Rc::clone(&report)));
                        }
                        report(MicrophoneEvent::Unplugged);
                    });
                    this.misses.take();
                    for track in tracks(&stream) {
                        track.set_onended(Some(gone.as_ref().unchecked_ref()));
                    }
                    this.unplugged.replace(Some(gone));
                    this.open.replace(Some(stream));
                    MicrophoneEvent::Opened
                }
                Err(error) => MicrophoneEvent::Failed(problem(&error)),
            };
            report(event);
        });
    }

    /// Stops listening at once.
    pub fn close(&self) {
        self.turn.set(self.turn.get() + 1);
        self.misses.take();
        if let Some(stream) = self.open.take() {
            stop(&stream);
        }
    }

    /// Lets it be heard, or not, without closing it.
    pub fn set_heard(&self, heard: bool) {
        if let Some(track) = self.track() {
            track.set_enabled(heard);
        }
    }

    pub fn stream(&self) -> Option<MediaStream> {
        self.open.borrow().clone()
    }

    pub fn track(&self) -> Option<MediaStreamTrack> {
        tracks(self.open.borrow().as_ref()?).into_iter().next()
    }
}

async fn ask() -> Result<MediaStream, JsValue> {
    let devices = devices()?;
    let wanted = Object::new();
    for name in ["echoCancellation", "noiseSuppression", "autoGainControl"] {
        Reflect::set(&wanted, &name.into(), &JsValue::TRUE)?;
    }
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&wanted.into());
    constraints.set_video(&JsValue::FALSE);
    let stream = JsFuture::from(devices.get_user_media_with_constraints(&constraints)?).await?;
    stream.dyn_into()
}
