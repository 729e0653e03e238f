//! One alarm clock for the loop, and the stillness of the pointer for the view.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::Date;
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::window;
use web_time::Instant;

/// Rings once, at the time set last.
pub struct Alarm {
    ring: Closure<dyn Fn()>,
    set: Cell<Option<i32>>,
}

impl Alarm {
    pub fn new(ring: impl Fn() + 'static) -> Self {
        Self {
            ring: Closure::new(ring),
            set: Cell::new(None),
        }
    }

    /// Replaces whatever was set. Rounded up to a millisecond, so that it never rings too early.
    pub fn set(&self, after: Option<Duration>) {
        let Some(window) = window() else { return };
        if let Some(id) = self.set.take() {
            window.clear_timeout_with_handle(id);
        }
        let Some(after) = after else { return };
        let milliseconds = i32::try_from(after.as_millis()).unwrap_or(i32::MAX - 1) + 1;
        let set = window.set_timeout_with_callback_and_timeout_and_arguments_0(
            self.ring.as_ref().unchecked_ref(),
            milliseconds,
        );
        self.set.set(set.ok());
    }
}

/// Calls again and again. Dropping it ends that.
pub(super) struct Every {
    id: i32,
    _run: Closure<dyn FnMut()>,
}

impl Every {
    /// The first time when so much has passed. Fails only where there is no window.
    pub(super) fn new(milliseconds: i32, run: Closure<dyn FnMut()>) -> Result<Self, JsValue> {
        let window = window().ok_or(JsValue::NULL)?;
        let id = window.set_interval_with_callback_and_timeout_and_arguments_0(
            run.as_ref().unchecked_ref(),
            milliseconds,
        )?;
        Ok(Self { id, _run: run })
    }
}

impl Drop for Every {
    fn drop(&mut self) {
        if let Some(window) = window() {
            window.clear_interval_with_handle(self.id);
        }
    }
}

/// The time of day beside the time that passes: they part when somebody sets the clock, or when the
/// machine sleeps and only one of them goes on.
pub struct Clock {
    /// Milliseconds since 1970 when the time that passes was nought, as last told.
    zero: Cell<f64>,
    began: Instant,
}

impl Clock {
    pub fn new() -> Self {
        let began = Instant::now();
        let zero = Cell::new(Date::now());
        Self { zero, began }
    }

    /// The time of day in seconds since 1970, if it moved by more than a few seconds since that was
    /// last asked and so answered.
    pub fn moved(&self) -> Option<u64> {
        let now = Date::now();
        let zero = now - self.began.elapsed().as_secs_f64() * 1000.0;
        let moved = (zero - self.zero.get()).abs() > MOVED_MILLISECONDS;
        moved.then(|| {
            self.zero.set(zero);
            (now / 1000.0) as u64
        })
    }
}

/// More than a clock that is corrected by the network is put right at once.
const MOVED_MILLISECONDS: f64 = 5000.0;

/// True while pointer, keys and focus have rested for so long.
pub fn stillness(after: Duration) -> ReadSignal<bool> {
    let (still, set_still) = signal(false);
    let pending = Rc::new(Cell::new(None::<TimeoutHandle>));
    let wake = {
        let pending = Rc::clone(&pending);
        move || {
            if let Some(handle) = pending.take() {
                handle.clear();
            }
            if still.try_get_untracked() == Some(true) {
                set_still.set(false);
            }
            let rest = move || {
                let _ = set_still.try_set(true);
            };
            pending.set(set_timeout_with_handle(rest, after).ok());
        }
    };
    wake();
    let handles = [
        window_event_listener(leptos::ev::pointermove, {
            let wake = wake.clone();
            move |_| wake()
        }),
        window_event_listener(leptos::ev::pointerdown, {
            let wake = wake.clone();
            move |_| wake()
        }),
        window_event_listener(leptos::ev::keydown, {
            let wake = wake.clone();
            move |_| wake()
        }),
        window_event_listener(leptos::ev::focusin, move |_| wake()),
    ];
    let handles = StoredValue::new_local(Some(handles));
    let pending = StoredValue::new_local(pending);
    on_cleanup(move || {
        if let Some(handles) = handles.try_update_value(Option::take).flatten() {
            handles.into_iter().for_each(|handle| handle.remove());
        }
        if let Some(handle) = pending.try_with_value(|pending| pending.take()).flatten() {
            handle.clear();
        }
    });
    still
}
