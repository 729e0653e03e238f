//! Keeps the screen from going dark (W3C Screen Wake Lock).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::window;

use super::{optional, page};

pub struct Awake {
    wanted: Cell<bool>,
    asking: Cell<bool>,
    lock: RefCell<Option<JsValue>>,
}

impl Awake {
    pub fn new() -> Rc<Self> {
        let this = Rc::new(Self {
            wanted: Cell::default(),
            asking: Cell::default(),
            lock: RefCell::default(),
        });
        // The browser takes it away from a page that is not looked at.
        let again = Rc::downgrade(&this);
        page::on_visible(move || {
            if let Some(this) = again.upgrade() {
                this.settle();
            }
        });
        this
    }

    pub fn set(self: &Rc<Self>, wanted: bool) {
        if self.wanted.replace(wanted) != wanted {
            self.settle();
        }
    }

    fn settle(self: &Rc<Self>) {
        if !self.wanted.get() {
            if let Some(lock) = self.lock.take() {
                release(&lock);
            }
            return;
        }
        let stands = self.lock.borrow().as_ref().is_some_and(is_held);
        if stands || self.asking.replace(true) {
            return;
        }
        let this = Rc::clone(self);
        spawn_local(async move {
            let lock = request().await;
            this.asking.set(false);
            match (lock, this.wanted.get()) {
                (Ok(lock), true) => drop(this.lock.replace(Some(lock))),
                (Ok(lock), false) => release(&lock),
                // Out of sight, out of power, or a browser without: the screen does as it always does.
                (Err(_), _) => {}
            }
        });
    }
}

async fn request() -> Result<JsValue, JsValue> {
    let navigator = window().ok_or(JsValue::NULL)?.navigator();
    let locks = optional::part(&navigator, "wakeLock");
    optional::ask(&locks, "request", &["screen".into()]).await
}

fn is_held(lock: &JsValue) -> bool {
    !optional::part(lock, "released").is_truthy()
}

fn release(lock: &JsValue) {
    let lock = lock.clone();
    spawn_local(async move {
        // One that is gone already is released.
        let _ = optional::ask(&lock, "release", &[]).await;
    });
}
