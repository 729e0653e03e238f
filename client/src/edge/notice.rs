//! Tells whoever looks elsewhere (Notifications). The person allows it, by a press of their own.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Event, Notification, NotificationOptions, NotificationPermission, window};

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

struct Shown {
    notice: Notification,
    _pressed: Closure<dyn Fn(Event)>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.notice.set_onclick(None);
        self.notice.close();
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
        let options = NotificationOptions::new();
        options.set_body(text);
        options.set_tag(TAG);
        options.set_icon("/mark.svg");
        options.set_require_interaction(true);
        // Android has them only from a service worker.
        let Ok(notice) = Notification::new_with_options(title, &options) else {
            return;
        };
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
        notice.set_onclick(Some(pressed.as_ref().unchecked_ref()));
        self.shown.replace(Some(Shown {
            notice,
            _pressed: pressed,
        }));
    }

    pub fn hide(&self) {
        self.shown.take();
    }
}

fn is_looked_at() -> bool {
    let document = window().and_then(|window| window.document());
    document.is_some_and(|document| !document.hidden() && document.has_focus().unwrap_or(true))
}

/// A newer one takes the place of the one before.
const TAG: &str = "sidecam-asks";
