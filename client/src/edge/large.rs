//! A picture that leaves the page: over the whole screen, or in a window of its own (Fullscreen API,
//! Picture-in-Picture).

use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, EventTarget, HtmlVideoElement, window};

use super::optional;

/// Fills the screen with the page. A browser without that (those of some telephones let only a bare
/// video) leaves it to the page to fill its own window.
pub fn fill_screen() {
    let root = document().and_then(|document| document.document_element());
    if let Some(root) = root {
        // See above.
        attempt(root.into(), "requestFullscreen");
    }
}

pub fn leave_screen() {
    if let Some(document) = document().filter(|_| is_screen_filled()) {
        // It may have been left meanwhile.
        attempt(document.into(), "exitFullscreen");
    }
}

pub fn is_screen_filled() -> bool {
    document().is_some_and(|document| optional::part(&document, "fullscreenElement").is_truthy())
}

/// Calls back when the screen is filled, or no more; until the view around it goes.
pub fn on_screen_changed(changed: impl Fn() + 'static) {
    if let Some(document) = document() {
        listen(document.into(), "fullscreenchange", changed);
    }
}

/// Whether a video can have a window of its own here.
pub fn can_float() -> bool {
    document()
        .is_some_and(|document| optional::part(&document, "pictureInPictureEnabled").is_truthy())
}

/// Gives the video a window of its own, or takes it back.
pub fn toggle_float(video: &HtmlVideoElement) {
    let Some(document) = document().filter(|_| can_float()) else {
        return;
    };
    match optional::part(&document, "pictureInPictureElement").is_truthy() {
        true => attempt(document.into(), "exitPictureInPicture"),
        // A video without a picture yet has no window.
        false => attempt(video.into(), "requestPictureInPicture"),
    }
}

/// Calls back when the video gets its window, or loses it; until the view around it goes.
pub fn on_floating(video: &HtmlVideoElement, changed: impl Fn(bool) + Copy + 'static) {
    listen(video.into(), "enterpictureinpicture", move || changed(true));
    listen(video.into(), "leavepictureinpicture", move || {
        changed(false)
    });
}

fn attempt(object: JsValue, name: &'static str) {
    spawn_local(async move {
        // Not every browser can, and not at every moment: all stays as it is.
        let _ = optional::ask(&object, name, &[]).await;
    });
}

fn listen(target: JsValue, event: &'static str, heard: impl Fn() + 'static) {
    let target: EventTarget = target.unchecked_into();
    let heard = Closure::<dyn Fn()>::new(heard);
    let listener = heard.as_ref().unchecked_ref();
    if target
        .add_event_listener_with_callback(event, listener)
        .is_err()
    {
        return;
    }
    let kept = StoredValue::new_local(Some((target, heard)));
    on_cleanup(move || {
        if let Some((target, heard)) = kept.try_update_value(Option::take).flatten() {
            let listener = heard.as_ref().unchecked_ref();
            // It is there: it was added above.
            let _ = target.remove_event_listener_with_callback(event, listener);
        }
    });
}

fn document() -> Option<Document> {
    window()?.document()
}
