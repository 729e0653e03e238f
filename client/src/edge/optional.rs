//! What not every browser has: looked for, and called, by its name.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Whether the object has something by that name.
pub fn has(object: &JsValue, name: &str) -> bool {
    Reflect::has(object, &name.into()).unwrap_or_default()
}

/// What the object has by that name; `undefined` if it has nothing.
pub fn part(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Calls the object's function of that name.
///
/// # Errors
/// What the function throws, or nothing if there is none.
pub fn call(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = part(object, name).dyn_into()?;
    let arguments: Array = arguments.iter().collect();
    function.apply(object, &arguments)
}

/// Calls it, and waits for what it promises.
///
/// # Errors
/// As [`call`], and what the promise is broken with.
pub async fn ask(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let promise: Promise = call(object, name, arguments)?.dyn_into()?;
    JsFuture::from(promise).await
}

/// Whatever comes of it makes no difference.
pub fn ignore(promise: Promise) {
    spawn_local(async move {
        let _ = JsFuture::from(promise).await;
    });
}
