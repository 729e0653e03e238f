//! A screen, a window or a tab, as the person chooses it (W3C Screen Capture §5).

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::MediaStream;

use super::camera::{devices, error_name};
use crate::phone::state::CameraProblem;

/// The browser's question, which it shows only right after a press.
pub(super) fn ask() -> Result<Promise, CameraProblem> {
    asked().map_err(|_| CameraProblem::ScreenUnknown)
}

fn asked() -> Result<Promise, JsValue> {
    let devices = devices()?;
    // Not in every browser: those of phones have none.
    let ask: Function = Reflect::get(&devices, &"getDisplayMedia".into())?.dyn_into()?;
    let video = Object::new();
    for (name, most) in [("width", 1280.0), ("height", 720.0), ("frameRate", 15.0)] {
        let limit = Object::new();
        Reflect::set(&limit, &"max".into(), &most.into())?;
        Reflect::set(&video, &name.into(), &limit)?;
    }
    let wish = Object::new();
    Reflect::set(&wish, &"video".into(), &video)?;
    Reflect::set(&wish, &"audio".into(), &JsValue::FALSE)?;
    ask.call1(&devices, &wish)?.dyn_into()
}

/// What the person chose.
pub(super) async fn chosen(
    asked: Result<Promise, CameraProblem>,
) -> Result<MediaStream, CameraProblem> {
    let chosen = JsFuture::from(asked?).await;
    let stream = chosen.map_err(|error| match error_name(&error).as_str() {
        "NotReadableError" | "AbortError" => CameraProblem::Busy,
        _ => CameraProblem::NoScreen,
    })?;
    stream.dyn_into().map_err(|_| CameraProblem::NoScreen)
}
