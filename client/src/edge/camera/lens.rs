//! What a camera can do beside showing pictures: its light and its zoom (W3C Image Capture §5).

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, MediaStreamTrack};

use super::tracks;
use crate::phone::state::{Lens, Zoom};

/// What the browser says of the camera. One that says nothing has neither.
pub(super) fn read(stream: &MediaStream) -> Lens {
    let Some(track) = tracks(stream).into_iter().next() else {
        return Lens::default();
    };
    let settings = track.get_settings();
    let said = |name: &str| Reflect::get(&settings, &name.into()).ok();
    let abilities = abilities(&track).unwrap_or(JsValue::UNDEFINED);
    let has_light = get(&abilities, "torch").and_then(|torch| torch.as_bool());
    let light = said("torch").and_then(|torch| torch.as_bool());
    Lens {
        device: said("deviceId").and_then(|id| id.as_string()),
        light: has_light.filter(|has| *has).map(|_| light.unwrap_or(false)),
        zoom: zoom(&abilities, said("zoom")),
    }
}

fn zoom(abilities: &JsValue, at: Option<JsValue>) -> Option<Zoom> {
    let range = get(abilities, "zoom")?;
    let figure = |name: &str| get(&range, name).and_then(|value| value.as_f64());
    let least = figure("min")?;
    let at = at.and_then(|at| at.as_f64()).unwrap_or(least);
    Zoom::of(least, figure("max")?, figure("step").unwrap_or(0.0), at)
}

/// Not in every browser.
fn abilities(track: &MediaStreamTrack) -> Result<JsValue, JsValue> {
    let ask: Function = Reflect::get(track, &"getCapabilities".into())?.dyn_into()?;
    ask.call0(track)
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into())
        .ok()
        .filter(|value| !value.is_undefined())
}

pub(super) async fn light(stream: &MediaStream, on: bool) -> Result<(), JsValue> {
    set(stream, "torch", on.into()).await
}

/// In the browser's unit.
pub(super) async fn zoom_to(stream: &MediaStream, to: f64) -> Result<(), JsValue> {
    set(stream, "zoom", to.into()).await
}

async fn set(stream: &MediaStream, name: &str, value: JsValue) -> Result<(), JsValue> {
    let track = tracks(stream).into_iter().next().ok_or(JsValue::NULL)?;
    let wish = Object::new();
    Reflect::set(&wish, &name.into(), &value)?;
    let constraints = Object::new();
    Reflect::set(&constraints, &"advanced".into(), &Array::of1(&wish))?;
    let apply: Function = Reflect::get(&track, &"applyConstraints".into())?.dyn_into()?;
    let done: Promise = apply.call1(&track, &constraints)?.dyn_into()?;
    JsFuture::from(done).await.map(|_| ())
}
