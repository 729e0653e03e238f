//! Records pictures and sound into a file for the person (W3C MediaStream Recording).

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobEvent, BlobPropertyBag, Event, HtmlCanvasElement, HtmlVideoElement, MediaRecorder,
    MediaRecorderOptions, MediaStream, MediaStreamTrack,
};

use super::camera::tracks;
use super::screen::Stream;
use super::timer::Every;
use super::{Report, frame};
use crate::phone::Input;
use crate::phone::files::file_name;
use crate::phone::recording::RecordingEvent;
use crate::phone::state::Direction;

/// Records one thing at a time.
pub struct Recorder {
    report: Report,
    active: RefCell<Option<Active>>,
}

/// A recording under way. Dropped once its file is written.
struct Active {
    recorder: MediaRecorder,
    /// One's own pictures are drawn: they may come from somewhere else at any time.
    drawn: Option<Drawn>,
}

/// Whether the browser can record at all.
pub fn exists() -> bool {
    kind().is_some()
}

/// The first of the kinds of file that the browser writes.
fn kind() -> Option<&'static str> {
    let known = Reflect::get(&js_sys::global(), &"MediaRecorder".into());
    if !known.is_ok_and(|known| known.is_function()) {
        return None;
    }
    let mut kinds = KINDS.into_iter();
    kinds.find(|kind| MediaRecorder::is_type_supported(kind))
}

impl Recorder {
    pub fn new(report: Report) -> Self {
        Self {
            report,
            active: RefCell::default(),
        }
    }

    /// Records those pictures, and that sound if there is one, into a file named after `who`.
    pub fn start(
        &self,
        of: Direction,
        pictures: Option<Stream>,
        sound: Option<MediaStreamTrack>,
        who: String,
    ) {
        self.stop();
        let started = pictures
            .ok_or(JsValue::NULL)
            .and_then(|pictures| begin(of, &pictures.0, sound, who, &self.report));
        let event = match started {
            Ok(active) => {
                self.active.replace(Some(active));
                RecordingEvent::Started
            }
            Err(_) => RecordingEvent::Failed,
        };
        (self.report)(Input::Recording(event));
    }

    /// One's own pictures come from there from here on.
    pub fn show(&self, pictures: &Stream) {
        let active = self.active.borrow();
        if let Some(drawn) = active.as_ref().and_then(|active| active.drawn.as_ref()) {
            drawn.show(&pictures.0);
        }
    }

    /// What there is becomes a file.
    pub fn stop(&self) {
        if let Some(active) = self.active.take() {
            // One that has stopped by itself has written its file.
            let _ = active.recorder.stop();
        }
    }
}

fn begin(
    of: Direction,
    pictures: &MediaStream,
    sound: Option<MediaStreamTrack>,
    who: String,
    report: &Report,
) -> Result<Active, JsValue> {
    let kind = kind().ok_or(JsValue::NULL)?;
    let drawn = match of {
        Direction::Out => Some(Drawn::new(pictures)?),
        Direction::In => None,
    };
    let seen = match &drawn {
        Some(drawn) => tracks(&drawn.stream),
        None => tracks(pictures),
    };
    let all: Array = seen.iter().map(JsValue::from).collect();
    if let Some(sound) = sound {
        all.push(&sound);
    }
    let stream = MediaStream::new_with_tracks(&all)?;
    let options = MediaRecorderOptions::new();
    options.set_mime_type(kind);
    options.set_video_bits_per_second(BITS_PER_SECOND);
    let recorder =
        MediaRecorder::new_with_media_stream_and_media_recorder_options(&stream, &options)?;
    listen(&recorder, kind, who, report);
    recorder.start_with_time_slice(EVERY_MILLISECONDS)?;
    Ok(Active { recorder, drawn })
}

/// Its parts come once a second, and at its end they become a file.
fn listen(recorder: &MediaRecorder, kind: &'static str, who: String, report: &Report) {
    let parts: Rc<RefCell<Vec<Blob>>> = Rc::default();
    let more = {
        let parts = Rc::clone(&parts);
        Closure::<dyn Fn(BlobEvent)>::new(move |event: BlobEvent| {
            if let Some(part) = event.data().filter(|part| part.size() > 0.0) {
                parts.borrow_mut().push(part);
            }
        })
    };
    recorder.set_ondataavailable(Some(more.as_ref().unchecked_ref()));
    let report = Rc::clone(report);
    // The browser calls it once; what it holds goes with it.
    let over = Closure::once_into_js(move |_: Event| {
        let parts = std::mem::take(&mut *parts.borrow_mut());
        let event = match save(&parts, kind, &who) {
            Ok(()) => RecordingEvent::Saved,
            Err(_) => RecordingEvent::Failed,
        };
        report(Input::Recording(event));
        drop(more);
    });
    recorder.set_onstop(Some(over.unchecked_ref()));
}

fn save(parts: &[Blob], kind: &str, who: &str) -> Result<(), JsValue> {
    if parts.is_empty() {
        return Err(JsValue::NULL);
    }
    let all: Array = parts.iter().map(JsValue::from).collect();
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_blob_sequence_and_options(&all, &options)?;
    let extension = match kind {
        MP4 => "mp4",
        _ => "webm",
    };
    frame::save(&blob, &file_name(who, &frame::now(), extension))
}

/// Pictures drawn on a canvas, wherever they come from. Dropping it ends them.
struct Drawn {
    stream: MediaStream,
    screen: HtmlVideoElement,
    _draws: Every,
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.screen.set_src_object(None);
    }
}

impl Drawn {
    fn new(pictures: &MediaStream) -> Result<Self, JsValue> {
        let settings = tracks(pictures).first().map(MediaStreamTrack::get_settings);
        let side = |side: Option<i32>, usual: u32| {
            let side = side.and_then(|side| u32::try_from(side).ok());
            side.filter(|side| *side > 0).unwrap_or(usual)
        };
        let width = settings.as_ref().and_then(|of| of.get_width());
        let height = settings.as_ref().and_then(|of| of.get_height());
        let canvas = frame::canvas(side(width, WIDTH), side(height, HEIGHT))?;
        let screen = frame::video()?;
        let draws = Every::new(1000 / FRAMES_PER_SECOND, drawing(&screen, &canvas)?)?;
        let capture: Function = Reflect::get(&canvas, &"captureStream".into())?.dyn_into()?;
        let stream = capture.call1(&canvas, &FRAMES_PER_SECOND.into())?;
        let drawn = Self {
            stream: stream.dyn_into()?,
            screen,
            _draws: draws,
        };
        drawn.show(pictures);
        Ok(drawn)
    }

    fn show(&self, pictures: &MediaStream) {
        self.screen.set_src_object(Some(pictures));
        // That it plays is seen from its pictures.
        let _ = self.screen.play();
    }
}

/// Draws what stands, as large as it fits, black around it.
fn drawing(
    screen: &HtmlVideoElement,
    canvas: &HtmlCanvasElement,
) -> Result<Closure<dyn FnMut()>, JsValue> {
    let (screen, context) = (screen.clone(), frame::context(canvas)?);
    let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
    Ok(Closure::new(move || {
        let (wide, high) = (
            f64::from(screen.video_width()),
            f64::from(screen.video_height()),
        );
        if wide == 0.0 || high == 0.0 {
            return;
        }
        let scale = (width / wide).min(height / high);
        let (wide, high) = (wide * scale, high * scale);
        context.set_fill_style_str("rgb(0 0 0)");
        context.fill_rect(0.0, 0.0, width, height);
        // A picture that is not there yet is drawn the next time.
        let _ = context.draw_image_with_html_video_element_and_dw_and_dh(
            &screen,
            (width - wide) / 2.0,
            (height - high) / 2.0,
            wide,
            high,
        );
    }))
}

const MP4: &str = "video/mp4";
const KINDS: [&str; 3] = ["video/webm;codecs=vp8,opus", "video/webm", MP4];
/// Enough for a camera's 640x480.
const BITS_PER_SECOND: u32 = 1_500_000;
const EVERY_MILLISECONDS: i32 = 1000;
const FRAMES_PER_SECOND: i32 = 15;
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
