//! The page as a whole: its address, title, theme, and its end.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget, PageTransitionEvent, VisibilityState, window};

use super::storage::Theme;
use crate::text::Browser;

pub fn set_title(title: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(title);
    }
}

pub fn set_theme(theme: Theme) {
    let root = window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        // Setting a plain attribute on the root element cannot fail.
        let _ = root.set_attribute("data-theme", theme.name());
    }
}

pub fn browser() -> Browser {
    let agent = window().and_then(|window| window.navigator().user_agent().ok());
    Browser::from_user_agent(&agent.unwrap_or_default())
}

/// Takes the greeting away that stood here while the program was loading.
pub fn remove_greeting() {
    let greeting = window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("greeting"));
    if let Some(greeting) = greeting {
        greeting.remove();
    }
}

/// The path and the query of this page's address.
pub fn address() -> (String, String) {
    let location = window().map(|window| window.location());
    let part = |read: fn(&web_sys::Location) -> Result<String, wasm_bindgen::JsValue>| {
        location
            .as_ref()
            .and_then(|location| read(location).ok())
            .unwrap_or_default()
    };
    (
        part(web_sys::Location::pathname),
        part(web_sys::Location::search),
    )
}

/// Takes the query out of the page's address: a reload does not ask again.
pub fn forget_query() {
    let Some(window) = window() else {
        return;
    };
    if let (Ok(history), Ok(path)) = (window.history(), window.location().pathname()) {
        // Where the address must not change, a reload asks once more, no worse.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&path));
    }
}

/// Whether this is the address that is made to be inside another page.
pub fn is_embedded() -> bool {
    address().0.trim_end_matches('/') == "/embed"
}

/// The styles of a page inside another go by this.
pub fn mark_embedded() {
    let root = window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        // Setting a plain attribute on the root element cannot fail.
        let _ = root.set_attribute("data-embedded", "");
    }
}

/// Whether the page came over https, and so must its WebSocket.
pub fn is_secure() -> bool {
    window()
        .and_then(|window| window.location().protocol().ok())
        .as_deref()
        == Some("https:")
}

/// The time of day, in seconds since 1970.
pub fn unix_seconds() -> u64 {
    (js_sys::Date::now() / 1000.0) as u64
}

/// When that was, as people here write it: the hour of today, else the day too.
pub fn when(unix_seconds: u64) -> String {
    let at = js_sys::Date::new(&(unix_seconds as f64 * 1000.0).into());
    let today = js_sys::Date::new_0().to_date_string() == at.to_date_string();
    let options = js_sys::Object::new();
    let mut parts = vec![("hour", "numeric"), ("minute", "2-digit")];
    if !today {
        parts.extend([("day", "numeric"), ("month", "short")]);
    }
    for (name, value) in parts {
        // Setting a plain property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    }
    at.to_locale_string(&super::language::locale(), &options)
        .into()
}

/// `host:port` as in the page's address.
pub fn host() -> String {
    window()
        .and_then(|window| window.location().host().ok())
        .unwrap_or_default()
}

/// Has the browser ask whether the page may go, while somebody is at the other end (HTML §7.4.2).
pub fn ask_before_leaving(ask: bool) {
    thread_local! {
        static ASK: Closure<dyn Fn(Event)> = Closure::new(|event: Event| event.prevent_default());
    }
    let Some(window) = window() else { return };
    ASK.with(|closure| {
        let closure = ask.then(|| closure.as_ref().unchecked_ref());
        window.set_onbeforeunload(closure);
    });
}

/// Calls back when the page goes away, for the rest of the program's life.
pub fn on_leave(callback: impl Fn() + 'static) {
    listen("pagehide", callback);
}

/// Calls back when the browser brings the page back that it had put aside (HTML §7.4.6.1).
pub fn on_back(callback: impl Fn() + 'static) {
    let Some(window) = window() else { return };
    let closure = Closure::<dyn Fn(PageTransitionEvent)>::new(move |event: PageTransitionEvent| {
        if event.persisted() {
            callback();
        }
    });
    let added =
        window.add_event_listener_with_callback("pageshow", closure.as_ref().unchecked_ref());
    if added.is_ok() {
        // The window outlives everything here.
        closure.forget();
    }
}

/// Calls back when the device has a network again.
pub fn on_online(callback: impl Fn() + 'static) {
    listen("online", callback);
}

/// Calls back when the page is looked at again, or wakes from a sleep that the browser had put it to
/// (Page Lifecycle §4).
pub fn on_visible(callback: impl Fn() + Clone + 'static) {
    let Some(document) = window().and_then(|window| window.document()) else {
        return;
    };
    listen_on(&document, "resume", callback.clone());
    let watched = document.clone();
    listen_on(&document, "visibilitychange", move || {
        if watched.visibility_state() == VisibilityState::Visible {
            callback();
        }
    });
}

/// Whether a newer page waits to be shown; `static/offline.js` finds that out.
pub fn update_is_ready() -> bool {
    window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element())
        .is_some_and(|root| root.has_attribute("data-update"))
}

/// Says that a newer page waits, for whoever looks at how that is told.
#[cfg(debug_assertions)]
pub fn say_update() {
    let root = window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        // Setting a plain attribute on the root element cannot fail.
        let _ = root.set_attribute("data-update", "ready");
    }
}

/// Calls back when a newer page has come, for the rest of the program's life.
pub fn on_update(callback: impl Fn() + 'static) {
    listen("sidecam-update", callback);
}

/// Shows the newer page in place of this one.
pub fn take_update() {
    if let (Some(window), Ok(event)) = (window(), Event::new("sidecam-take-update")) {
        // Nobody stands in the way of this event.
        let _ = window.dispatch_event(&event);
    }
}

fn listen(event: &str, callback: impl Fn() + 'static) {
    if let Some(window) = window() {
        listen_on(&window, event, callback);
    }
}

fn listen_on(target: &EventTarget, event: &str, callback: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn(Event)>::new(move |_| callback());
    if target
        .add_event_listener_with_callback(event, closure.as_ref().unchecked_ref())
        .is_ok()
    {
        // The window and its document outlive everything here.
        closure.forget();
    }
}
