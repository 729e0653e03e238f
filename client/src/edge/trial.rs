//! A test of the connection, as the browser has it: pictures, one connection, and what is asked of the
//! gateway about its test phone.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect, Uint8ClampedArray};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    CanvasRenderingContext2d, HtmlVideoElement, MediaStream, RtcPeerConnection,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType, RtcTrackEvent,
};

use super::camera::{self, Camera};
use super::timer::Every;
use super::{Report, connection, diagnosis, directory, frame, sender};
use crate::phone::diagnosis::Seen;
use crate::phone::limit::Limit;
use crate::phone::state::{CameraProblem, TrialSource};
use crate::phone::trial::picture::{HEIGHT, WIDTH, draw};
use crate::phone::trial::{TrialAct, TrialEvent, TrialId};
use crate::phone::{Input, PeerEvent};

/// At most one.
pub struct Trials {
    report: Report,
    camera: Rc<Camera>,
    running: RefCell<Option<Running>>,
}

/// Dropping it ends all of it.
struct Running {
    id: TrialId,
    source: Option<Source>,
    connection: Option<RtcPeerConnection>,
}

/// What makes the pictures. Dropping it stops them.
struct Source {
    stream: MediaStream,
    _drawing: Option<Every>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            connection.close();
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        camera::stop(&self.stream);
    }
}

impl Trials {
    pub fn new(report: Report, camera: Rc<Camera>) -> Rc<Self> {
        Rc::new(Self {
            report,
            camera,
            running: RefCell::default(),
        })
    }

    pub fn act(self: &Rc<Self>, id: TrialId, act: TrialAct) {
        match act {
            TrialAct::Open(source) => self.open(id, source),
            TrialAct::Ask { token } => {
                let report = Rc::clone(&self.report);
                spawn_local(async move {
                    let answer = ask("POST", "/api/v1/selftest", &token).await;
                    let event = TrialEvent::Asked(answer);
                    report(Input::Trial { id, event });
                });
            }
            TrialAct::Offer => self.offer(id),
            TrialAct::Apply(answer) => self.apply(id, answer),
            TrialAct::Look { path, token } => self.look(id, path, token),
            TrialAct::Close { path, token } => {
                self.running.take();
                if let Some(path) = path {
                    // One that is not told ends by itself.
                    spawn_local(async move { drop(ask("DELETE", &path, &token).await) });
                }
            }
        }
    }

    fn tell(&self, id: TrialId, event: TrialEvent) {
        (self.report)(Input::Trial { id, event });
    }

    fn open(self: &Rc<Self>, id: TrialId, source: TrialSource) {
        self.running.replace(Some(Running {
            id,
            source: None,
            connection: None,
        }));
        let this = Rc::clone(self);
        spawn_local(async move {
            let opened = match source {
                TrialSource::Picture => drawn().map_err(|_| CameraProblem::Missing),
                TrialSource::Camera => this.camera.once_more().await.map(|stream| Source {
                    stream,
                    _drawing: None,
                }),
            };
            let source = match opened {
                Ok(source) => source,
                Err(problem) => return this.tell(id, TrialEvent::NoSource(problem)),
            };
            // Of a test that is over it is dropped, and with that stopped.
            let is_wanted = match this.running.borrow_mut().as_mut() {
                Some(running) if running.id == id => {
                    running.source = Some(source);
                    true
                }
                Some(_) | None => false,
            };
            if is_wanted {
                this.tell(id, TrialEvent::Opened);
            }
        });
    }

    fn offer(self: &Rc<Self>, id: TrialId) {
        let made = self.connect(id);
        let this = Rc::clone(self);
        spawn_local(async move {
            let offer = async { connection::offer(&made?).await };
            let event = match offer.await {
                Ok(offer) => PeerEvent::Offer(offer),
                Err(_) => PeerEvent::Failed,
            };
            this.tell(id, TrialEvent::Peer(event));
        });
    }

    fn connect(&self, id: TrialId) -> Result<RtcPeerConnection, JsValue> {
        let mut running = self.running.borrow_mut();
        let running = running.as_mut().filter(|running| running.id == id);
        let running = running.ok_or(JsValue::NULL)?;
        let source = running.source.as_ref().ok_or(JsValue::NULL)?;
        let connection = connection::new()?;
        watch(&connection, id, &self.report)?;
        let track = camera::tracks(&source.stream).into_iter().next();
        let init = RtcRtpTransceiverInit::new();
        init.set_direction(RtcRtpTransceiverDirection::Sendrecv);
        init.set_streams(&Array::of1(&source.stream));
        let track = track.ok_or(JsValue::NULL)?;
        connection.add_transceiver_with_media_stream_track_and_init(&track, &init);
        running.connection = Some(connection.clone());
        Ok(connection)
    }

    fn connection(&self, id: TrialId) -> Option<RtcPeerConnection> {
        let running = self.running.borrow();
        let running = running.as_ref().filter(|running| running.id == id)?;
        running.connection.clone()
    }

    fn apply(self: &Rc<Self>, id: TrialId, answer: String) {
        let Some(connection) = self.connection(id) else {
            return;
        };
        let this = Rc::clone(self);
        spawn_local(async move {
            let taken = connection::set_remote(&connection, RtcSdpType::Answer, &answer).await;
            let event = match taken {
                Ok(()) => {
                    // A browser that cannot be held sends more than is shown; that is no failure.
                    let _ = sender::hold(&connection, Limit::of(&answer)).await;
                    PeerEvent::Applied
                }
                Err(_) => PeerEvent::NotApplied,
            };
            this.tell(id, TrialEvent::Peer(event));
        });
    }

    fn look(self: &Rc<Self>, id: TrialId, path: String, token: String) {
        let connection = self.connection(id);
        let this = Rc::clone(self);
        spawn_local(async move {
            let answer = ask("GET", &path, &token).await;
            let seen = match connection {
                Some(connection) => diagnosis::figures(&connection).await,
                None => None,
            };
            let figures = match seen {
                Some(Seen::Figures(figures)) => Some(figures),
                Some(Seen::Path(_) | Seen::Keys(_)) | None => None,
            };
            this.tell(id, TrialEvent::Looked { answer, figures });
        });
    }
}

async fn ask(method: &str, path: &str, token: &str) -> Option<(u16, Option<String>)> {
    directory::ask(method, path, Some(&format!("Bearer {token}"))).await
}

/// Tells how the connection comes about, for as long as it lives.
fn watch(connection: &RtcPeerConnection, id: TrialId, report: &Report) -> Result<(), JsValue> {
    let listen = |name: &str, look: fn(&RtcPeerConnection) -> Option<TrialEvent>| {
        let (watched, report) = (connection.clone(), Rc::clone(report));
        let changed = Closure::<dyn Fn()>::new(move || {
            if let Some(event) = look(&watched) {
                report(Input::Trial { id, event });
            }
        });
        // The browser frees it with the connection.
        let listener = changed.into_js_value();
        connection.add_event_listener_with_callback(name, listener.unchecked_ref())
    };
    listen("connectionstatechange", |of| {
        connection::event_of(of.connection_state()).map(TrialEvent::Peer)
    })?;
    listen("iceconnectionstatechange", |of| {
        let state = Reflect::get(of, &"iceConnectionState".into()).ok()?;
        let state = state.as_string().unwrap_or_default();
        matches!(&*state, "connected" | "completed").then_some(TrialEvent::Reached)
    })?;
    // Nobody looks at what comes back; a browser decodes only what has a screen.
    let screen = frame::video()?;
    let shown = Closure::<dyn Fn(RtcTrackEvent)>::new(move |event: RtcTrackEvent| {
        let tracks = Array::of1(&event.track());
        let stream = MediaStream::new_with_tracks(&tracks).ok();
        play(&screen, stream.as_ref());
    });
    let shown = shown.into_js_value();
    connection.add_event_listener_with_callback("track", shown.unchecked_ref())
}

fn play(screen: &HtmlVideoElement, stream: Option<&MediaStream>) {
    screen.set_src_object(stream);
    // It plays by itself where the promise fails: it has no sound.
    let _ = screen.play();
}

/// The test picture, drawn again and again, each time with the next number.
fn drawn() -> Result<Source, JsValue> {
    let canvas = frame::canvas(WIDTH as u32, HEIGHT as u32)?;
    let context = frame::context(&canvas)?;
    let mut pixels = vec![0; WIDTH * HEIGHT * 4];
    let mut number = 0_u16;
    let mut next = move || {
        number = number.wrapping_add(1);
        draw(number, &mut pixels, js_sys::Math::sin);
        // A canvas that cannot be drawn on shows nothing, and the test says so.
        let _ = put(&context, &pixels);
    };
    next();
    let drawing = Every::new(EVERY_MILLISECONDS, Closure::new(next))?;
    let stream = frame::stream_of(&canvas, FRAMES_PER_SECOND)?;
    Ok(Source {
        stream,
        _drawing: Some(drawing),
    })
}

/// By hand: the bindings of `ImageData` are used nowhere else.
fn put(context: &CanvasRenderingContext2d, pixels: &[u8]) -> Result<(), JsValue> {
    let named = |of: &JsValue, name: &str| Reflect::get(of, &name.into())?.dyn_into::<Function>();
    let (pixels, width) = (Uint8ClampedArray::from(pixels), JsValue::from(WIDTH as u32));
    let image = named(&js_sys::global(), "ImageData")?;
    let image = Reflect::construct(&image, &Array::of2(&pixels, &width))?;
    let put = named(context, "putImageData")?;
    put.call3(context, &image, &0.into(), &0.into()).map(|_| ())
}

const FRAMES_PER_SECOND: u32 = 15;
const EVERY_MILLISECONDS: i32 = 66;
