//! One picture of a stream: as a canvas, and as a file.

use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, HtmlVideoElement,
    MediaStream, Url, window,
};

use super::Report;
use super::screen::Stream;
use crate::phone::files::{file_name, shown_size};
use crate::phone::{CameraEvent, Input};

/// Hands what the stream shows now to the browser as a file named after `who`.
pub fn keep(stream: Option<Stream>, who: String, report: &Report) {
    let report = Rc::clone(report);
    spawn_local(async move {
        let kept = match stream {
            Some(stream) => save_picture(&stream.0, &who).await.is_ok(),
            None => false,
        };
        report(Input::Camera(CameraEvent::PictureKept(kept)));
    });
}

async fn save_picture(stream: &MediaStream, who: &str) -> Result<(), JsValue> {
    let picture = of(stream).await?;
    let (width, height) = shown_size(picture.width(), picture.height());
    let shown = canvas(width, height)?;
    context(&shown)?.draw_image_with_html_canvas_element_and_dw_and_dh(
        &picture,
        0.0,
        0.0,
        f64::from(width),
        f64::from(height),
    )?;
    let blob: Blob = JsFuture::from(file_of(&shown)).await?.dyn_into()?;
    save(&blob, &file_name(who, &now(), "jpg"))
}

fn file_of(canvas: &HtmlCanvasElement) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let done = Closure::once_into_js(move |blob: JsValue| {
            // The one who waits for it is told either way.
            let _ = match blob.is_null() {
                true => reject.call0(&JsValue::NULL),
                false => resolve.call1(&JsValue::NULL, &blob),
            };
        });
        // A canvas that cannot be read calls nobody; one of our own pictures always can.
        let _ = canvas.to_blob_with_type_and_encoder_options(
            done.unchecked_ref(),
            "image/jpeg",
            &JPEG_QUALITY.into(),
        );
    })
}

/// Lets the browser save it, as it does with what is downloaded.
pub(super) fn save(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document()?.create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The browser has begun to read it when a while has passed.
    leptos::prelude::set_timeout(
        move || {
            let _ = Url::revoke_object_url(&url);
        },
        FORGET_AFTER,
    );
    Ok(())
}

/// The local time, as a file's name has it.
pub(super) fn now() -> String {
    let now = js_sys::Date::new_0();
    format!(
        "{:04}-{:02}-{:02} {:02}.{:02}.{:02}",
        now.get_full_year(),
        now.get_month() + 1,
        now.get_date(),
        now.get_hours(),
        now.get_minutes(),
        now.get_seconds(),
    )
}

/// What the stream shows now.
pub(super) async fn of(stream: &MediaStream) -> Result<HtmlCanvasElement, JsValue> {
    let video = video()?;
    video.set_src_object(Some(stream));
    let drawn = async {
        let loaded = loaded(&video);
        // It plays by itself where the promise fails: it has no sound.
        let _ = video.play()?;
        JsFuture::from(loaded).await?;
        let picture = canvas(video.video_width(), video.video_height())?;
        context(&picture)?.draw_image_with_html_video_element(&video, 0.0, 0.0)?;
        Ok(picture)
    };
    let drawn = drawn.await;
    video.set_src_object(None);
    drawn
}

/// A screen that nobody sees.
pub(super) fn video() -> Result<HtmlVideoElement, JsValue> {
    let video: HtmlVideoElement = document()?.create_element("video")?.dyn_into()?;
    video.set_muted(true);
    Reflect::set(&video, &"playsInline".into(), &JsValue::TRUE)?;
    Ok(video)
}

pub(super) fn canvas(width: u32, height: u32) -> Result<HtmlCanvasElement, JsValue> {
    let canvas: HtmlCanvasElement = document()?.create_element("canvas")?.dyn_into()?;
    canvas.set_width(width.max(1));
    canvas.set_height(height.max(1));
    Ok(canvas)
}

pub(super) fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    context.dyn_into().map_err(Into::into)
}

/// What is drawn there, as pictures of a camera are.
pub(super) fn stream_of(
    canvas: &HtmlCanvasElement,
    frames_per_second: u32,
) -> Result<MediaStream, JsValue> {
    let capture: Function = Reflect::get(canvas, &"captureStream".into())?.dyn_into()?;
    let stream = capture.call1(canvas, &frames_per_second.into())?;
    stream.dyn_into()
}

fn document() -> Result<web_sys::Document, JsValue> {
    let document = window().and_then(|window| window.document());
    document.ok_or(JsValue::NULL)
}

/// Until its first picture is there. What shows nothing for so long will not.
fn loaded(video: &HtmlVideoElement) -> Promise {
    let first = Promise::new(&mut |resolve, reject| {
        video.set_onloadeddata(Some(&resolve));
        video.set_onerror(Some(&reject));
    });
    let late = Promise::new(&mut |_, reject| {
        if let Some(window) = window() {
            // Without a timer one waits for the picture alone.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(
                &reject,
                PATIENCE_MILLISECONDS,
            );
        }
    });
    Promise::race(&Array::of2(&first, &late))
}

const JPEG_QUALITY: f64 = 0.92;
const PATIENCE_MILLISECONDS: i32 = 1500;
const FORGET_AFTER: std::time::Duration = std::time::Duration::from_secs(60);
