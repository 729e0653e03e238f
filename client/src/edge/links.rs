//! Links of telephone numbers that open this page: the browser asks the person before it agrees.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::window;

/// Whether this browser lets a page open links.
pub fn is_possible() -> bool {
    window().is_some_and(|window| {
        let name = JsValue::from_str("registerProtocolHandler");
        window.is_secure_context() && Reflect::has(&window.navigator(), &name).unwrap_or_default()
    })
}

/// Asks the browser to open links of telephone numbers here. False where it does not let us ask.
pub fn open_here() -> bool {
    let Some(window) = window() else {
        return false;
    };
    let Ok(origin) = window.location().origin() else {
        return false;
    };
    let address = format!("{origin}/?to=%s");
    let navigator = window.navigator();
    let register = |scheme| navigator.register_protocol_handler(scheme, &address, "Sidecam");
    // Both, whatever comes of the first.
    SCHEMES.map(register).iter().all(Result::is_ok)
}

const SCHEMES: [&str; 2] = ["tel", "sip"];
