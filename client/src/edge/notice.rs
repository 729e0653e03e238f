//! Tells whoever looks elsewhere (Notifications): by the service worker where there is one, for a page on Android
//! may not do it itself. The person allows it, by a press of their own.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Event, EventInit, Notification, NotificationOptions, NotificationPermission, window,
};

use super::optional;

/// Whether this page may tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// This browser has no way to.
    Never,
    /// The person was not asked yet.
    NotAsked,
    No,
    Yes,
}

pub fn allowed() -> Allowed {
    let there = window()
        .is_some_and(|window| window.is_secure_context() && optional::has(&window, "Notification"));
    if !there {
        return Allowed::Never;
    }
    match Notification::permission() {
        NotificationPermission::Granted => Allowed::Yes,
        NotificationPermission::Denied => Allowed::No,
        _ => Allowed::NotAsked,
    }
}

/// Asks the person, and says what came of it. Only right after a press.
pub fn ask(told: impl FnOnce(Allowed) + 'static) {
    let Ok(asked) = Notification::request_permission() else {
        return told(Allowed::Never);
    };
    spawn_local(async move {
        // What came of it is read from the browser.
        let _ = JsFuture::from(asked).await;
        told(allowed());
    });
}

/// The one notice there may be.
#[derive(Default)]
pub struct Notices {
    shown: RefCell<Option<Shown>>,
}

/// It stands. Dropping it takes it away.
struct Shown {
    /// None where the service worker shows it.
    own: Option<Notification>,
    pressed: Closure<dyn Fn(Event)>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(own) = &self.own {
            own.set_onclick(None);
            own.close();
            return;
        }
        by_worker(None);
        if let Some(window) = window() {
            // One that does not listen has nothing to forget.
            let _ = window.remove_event_listener_with_callback(
                PRESSED,
                self.pressed.as_ref().unchecked_ref(),
            );
        }
    }
}

impl Notices {
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Shows it if nobody looks at the page; a press brings the page to the front and calls back.
    pub fn show(self: &Rc<Self>, title: &str, text: &str, pressed: impl Fn() + 'static) {
        self.shown.take();
        if allowed() != Allowed::Yes || is_looked_at() {
            return;
        }
        let this = Rc::downgrade(self);
        let pressed = Closure::<dyn Fn(Event)>::new(move |_| {
            if let Some(window) = window() {
                // A browser that does not let itself be raised has still heard the answer.
                let _ = window.focus();
            }
            pressed();
            // The closure itself must outlive its call.
            let this = this.clone();
            spawn_local(async move {
                if let Some(this) = this.upgrade() {
                    this.hide();
                }
            });
        });
        if let Some(own) = stand(title, text, pressed.as_ref().unchecked_ref()) {
            self.shown.replace(Some(Shown { own, pressed }));
        }
    }

    pub fn hide(&self) {
        self.shown.take();
    }
}

/// By the service worker where there is one, the only way on Android; else by the page, which then gets the notice.
/// `None` where it can be shown in neither way.
fn stand(title: &str, text: &str, pressed: &Function) -> Option<Option<Notification>> {
    if by_worker(Some((title, text))) {
        // The window is there: it was just asked.
        let _ = window()?.add_event_listener_with_callback(PRESSED, pressed);
        return Some(None);
    }
    let options = NotificationOptions::new();
    options.set_body(text);
    options.set_tag(TAG);
    options.set_icon("/icon-192.png");
    options.set_require_interaction(true);
    let own = Notification::new_with_options(title, &options).ok()?;
    own.set_onclick(Some(pressed));
    Some(Some(own))
}

/// Has `static/offline.js` have the service worker show that, or nothing; whether there is one.
fn by_worker(notice: Option<(&str, &str)>) -> bool {
    let asked = || -> Result<bool, JsValue> {
        let options = EventInit::new();
        options.set_cancelable(true);
        let event = Event::new_with_event_init_dict("sidecam-notice", &options)?;
        if let Some((title, text)) = notice {
            let content = Object::new();
            Reflect::set(&content, &"title".into(), &title.into())?;
            Reflect::set(&content, &"text".into(), &text.into())?;
            Reflect::set(&event, &"notice".into(), &content)?;
        }
        let is_left = window().ok_or(JsValue::NULL)?.dispatch_event(&event)?;
        Ok(!is_left)
    };
    asked().unwrap_or_default()
}

fn is_looked_at() -> bool {
    let document = window().and_then(|window| window.document());
    document.is_some_and(|document| !document.hidden() && document.has_focus().unwrap_or(true))
}

/// A newer one takes the place of the one before.
const TAG: &str = "sidecam-asks";
const PRESSED: &str = "sidecam-notice-pressed";
