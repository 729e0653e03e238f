//! A film from a file, drawn picture by picture: at its end and while it is stopped, its picture
//! stands and is still sent.

use std::rc::Rc;

use js_sys::{Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, HtmlInputElement, HtmlVideoElement, MediaStream,
    Url, window,
};

use super::timer::Every;
use super::{Report, frame};
use crate::phone::state::{CameraProblem, Playing};
use crate::phone::{CameraEvent, Input};

/// A film that plays. Dropping it stops it.
pub(super) struct Player {
    video: HtmlVideoElement,
    _draws: Every,
}

impl Drop for Player {
    fn drop(&mut self) {
        // Stopping a film that is stopped already is no failure.
        let _ = self.video.pause();
        self.video.remove_attribute("src").ok();
        self.video.load();
    }
}

impl Player {
    pub(super) fn play(&self, on: bool) {
        if on {
            if self.video.ended() {
                self.video.set_current_time(0.0);
            }
            // That it plays is seen from its pictures.
            let _ = self.video.play();
        } else {
            let _ = self.video.pause();
        }
    }
}

/// Opens the file that the browser has at `at`, and lets it play.
pub(super) async fn open(
    at: &str,
    report: &Report,
) -> Result<(MediaStream, Player), CameraProblem> {
    start(at, report)
        .await
        .map_err(|_| CameraProblem::FilmUnplayable)
}

async fn start(at: &str, report: &Report) -> Result<(MediaStream, Player), JsValue> {
    let document = window().and_then(|window| window.document());
    let document = document.ok_or(JsValue::NULL)?;
    let video: HtmlVideoElement = document.create_element("video")?.dyn_into()?;
    video.set_muted(true);
    Reflect::set(&video, &"playsInline".into(), &JsValue::TRUE)?;
    video.set_src(at);
    JsFuture::from(loaded(&video)).await?;
    let (width, height) = fitted(video.video_width(), video.video_height()).ok_or(JsValue::NULL)?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    canvas.set_width(width);
    canvas.set_height(height);
    let context: CanvasRenderingContext2d =
        canvas.get_context("2d")?.ok_or(JsValue::NULL)?.dyn_into()?;
    JsFuture::from(video.play()?).await?;
    let draw = drawing(&video, (context, width, height), report);
    let player = Player {
        video,
        _draws: Every::new(EVERY_MILLISECONDS, draw)?,
    };
    Ok((frame::stream_of(&canvas, FRAMES_PER_SECOND)?, player))
}

/// Draws what stands, and tells how far it is whenever a second has passed.
fn drawing(
    video: &HtmlVideoElement,
    (context, width, height): (CanvasRenderingContext2d, u32, u32),
    report: &Report,
) -> Closure<dyn FnMut()> {
    let (video, report) = (video.clone(), Rc::clone(report));
    let mut told: Option<CameraEvent> = None;
    Closure::new(move || {
        // A picture that is not there yet is drawn the next time.
        let _ = context.draw_image_with_html_video_element_and_dw_and_dh(
            &video,
            0.0,
            0.0,
            f64::from(width),
            f64::from(height),
        );
        let playing = match (video.ended(), video.paused()) {
            (true, _) => Playing::AtItsEnd,
            (false, true) => Playing::Paused,
            (false, false) => Playing::Running,
        };
        let length = Some(video.duration()).filter(|length| length.is_finite());
        let now = CameraEvent::Film {
            seconds: video.current_time() as u64,
            length: length.unwrap_or_default() as u64,
            playing,
        };
        if told.as_ref() != Some(&now) {
            told = Some(now.clone());
            report(Input::Camera(now));
        }
    })
}

/// Until its first picture is there, or the browser says that there will be none.
fn loaded(video: &HtmlVideoElement) -> Promise {
    Promise::new(&mut |resolve, reject| {
        video.set_onloadeddata(Some(&resolve));
        video.set_onerror(Some(&reject));
    })
}

/// The size that is sent: no wider and no higher than a camera's, both sides even. `None` for a file
/// without pictures.
fn fitted(width: u32, height: u32) -> Option<(u32, u32)> {
    if width == 0 || height == 0 {
        return None;
    }
    let scale = (WIDEST / f64::from(width))
        .min(HIGHEST / f64::from(height))
        .min(1.0);
    let even = |side: u32| ((f64::from(side) * scale / 2.0).round() as u32 * 2).max(2);
    Some((even(width), even(height)))
}

/// The file that the person picked: its name, and where the browser has it from now on. The same one
/// may be picked again.
pub fn picked(input: &HtmlInputElement) -> Option<(String, String)> {
    let file = input.files()?.get(0)?;
    let at = Url::create_object_url_with_blob(&file).ok()?;
    input.set_value("");
    Some((file.name(), at))
}

/// Lets the browser forget a file that was picked.
pub fn forget(at: &str) {
    // One that it does not know is forgotten already.
    let _ = Url::revoke_object_url(at);
}

const FRAMES_PER_SECOND: u32 = 15;
const EVERY_MILLISECONDS: i32 = 66;
const WIDEST: f64 = 640.0;
const HIGHEST: f64 = 480.0;
