//! What a view cannot say in markup: which stream a video shows, where the focus is.

use wasm_bindgen::JsCast;
use web_sys::{
    Element, HtmlElement, HtmlVideoElement, KeyboardEvent, MediaStream, PointerEvent, window,
};

/// A picture that the browser can show.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream(pub(super) MediaStream);

/// Shows the stream, or nothing.
pub fn attach(screen: &HtmlVideoElement, stream: Option<&Stream>) {
    screen.set_src_object(stream.map(|stream| &stream.0));
}

/// Moves the focus there, after the page was redrawn.
pub fn focus(id: &'static str) {
    leptos::prelude::request_animation_frame(move || focus_now(id));
}

/// What has the focus now, by its id.
pub fn focused() -> Option<String> {
    let id = document()?.active_element()?.id();
    (!id.is_empty()).then_some(id)
}

/// Moves the focus there if the control that had it is gone: a keyboard goes on where it was.
pub fn focus_if_lost(id: impl AsRef<str> + 'static) {
    leptos::prelude::request_animation_frame(move || {
        let focused = document().and_then(|document| document.active_element());
        if focused.is_none_or(|focused| focused.tag_name() == "BODY") {
            focus_now(id.as_ref());
        }
    });
}

fn focus_now(id: &str) {
    let element = document()
        .and_then(|document| document.get_element_by_id(id))
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        // An element that cannot take the focus leaves it where it is.
        let _ = element.focus();
    }
}

fn document() -> Option<web_sys::Document> {
    window()?.document()
}

/// Follows a finger beyond the element it started on; gives the width of the element's parent in
/// pixels.
pub fn capture(event: &PointerEvent) -> Option<f64> {
    if event.button() != 0 {
        return None;
    }
    let element = event.current_target()?.dyn_into::<Element>().ok()?;
    element.set_pointer_capture(event.pointer_id()).ok()?;
    Some(element.parent_element()?.get_bounding_client_rect().width())
}

/// The arrow keys go from one to the next of the elements that the selector names, within the element
/// that listens; from outside of them to the first.
pub fn move_focus_by_arrows(event: &KeyboardEvent, selector: &str) {
    let forward = match event.key().as_str() {
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    let inside = event
        .current_target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let Some(all) = inside.and_then(|inside| inside.query_selector_all(selector).ok()) else {
        return;
    };
    let focused = document().and_then(|document| document.active_element());
    let all: Vec<HtmlElement> = (0..all.length())
        .filter_map(|at| all.item(at)?.dyn_into().ok())
        .collect();
    let at = all
        .iter()
        .position(|one| focused.as_ref() == Some(one.unchecked_ref::<Element>()));
    let next = match (at, forward) {
        (Some(at), true) => at + 1,
        (Some(at), false) => at.wrapping_sub(1),
        (None, true) => 0,
        (None, false) => return,
    };
    if let Some(next) = all.get(next) {
        event.prevent_default();
        // An element that cannot take the focus leaves it where it is.
        let _ = next.focus();
    }
}

/// The letter that was pressed, if it is meant as a key and not as text.
pub fn letter(event: &KeyboardEvent) -> Option<char> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let writes = matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT");
    if writes || event.ctrl_key() || event.alt_key() || event.meta_key() || event.repeat() {
        return None;
    }
    let key = event.key();
    let mut letters = key.chars();
    let letter = letters.next()?.to_ascii_lowercase();
    letters.next().is_none().then_some(letter)
}

/// Tab goes round within the element that listens.
pub fn keep_focus_inside(event: &KeyboardEvent) {
    if event.key() != "Tab" {
        return;
    }
    let Some(inside) = event
        .current_target()
        .and_then(|target| target.dyn_into::<Element>().ok())
    else {
        return;
    };
    let Ok(buttons) = inside.query_selector_all("button:not(:disabled)") else {
        return;
    };
    let at = |index: u32| {
        buttons
            .item(index)
            .and_then(|node| node.dyn_into::<HtmlElement>().ok())
    };
    let (Some(first), Some(last)) = (at(0), at(buttons.length().saturating_sub(1))) else {
        return;
    };
    let focused = document().and_then(|document| document.active_element());
    let is = |element: &HtmlElement| focused.as_ref() == Some(element.unchecked_ref::<Element>());
    let (edge, other) = if event.shift_key() {
        (&first, &last)
    } else {
        (&last, &first)
    };
    if is(edge) {
        event.prevent_default();
        let _ = other.focus();
    }
}

/// Whether the key goes into a field that takes letters.
pub fn is_typed_into(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let is_range = |element: &Element| element.get_attribute("type").as_deref() == Some("range");
    target.is_some_and(|element| match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !is_range(&element),
        _ => false,
    })
}
