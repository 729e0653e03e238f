//! One's own microphone (Media Capture and Streams §10).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Event, MediaStream, MediaStreamConstraints, MediaStreamTrack, window};

use super::camera::{problem, stop, tracks};
use crate::phone::voice::MicrophoneEvent;

/// Kept for as long as the browser may call it.
type OnEvent = Closure<dyn Fn(Event)>;

/// Open at most once.
pub struct Microphone {
    open: RefCell<Option<MediaStream>>,
    /// Rises with each opening and closing, so that a late answer is known as late.
    turn: Cell<u64>,
    unplugged: RefCell<Option<OnEvent>>,
}

impl Microphone {
    pub fn new() -> Rc<Self> {
        Rc::new(Self {
            open: RefCell::new(None),
            turn: Cell::new(0),
            unplugged: RefCell::new(None),
        })
    }

    /// Asks for the microphone; the browser may ask the person. `report` hears what comes of it.
    pub fn open(self: &Rc<Self>, report: impl Fn(MicrophoneEvent) + 'static) {
        self.close();
        let turn = self.turn.get();
        let this = Rc::clone(self);
        let report = Rc::new(report);
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
                    let report = Rc::clone(&report);
                    let gone = Closure::<dyn Fn(Event)>::new(move |_| {
                        report(MicrophoneEvent::Unplugged);
                    });
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
    let devices = window().ok_or(JsValue::NULL)?.navigator().media_devices()?;
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
