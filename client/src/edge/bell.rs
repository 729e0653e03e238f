//! The ring: a tune of our own, and the device's buzz (Web Audio, Vibration).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{AudioContext, AudioContextState, GainNode, OscillatorType, window};

use super::optional;
use super::timer::Every;
use crate::phone::attention::Ring;

/// Hertz, when it begins and how long it sounds, in milliseconds: a knock, and an answer to it.
const TUNE: [(f32, u32, u32); 6] = [
    (659.3, 0, 160),
    (659.3, 190, 160),
    (987.8, 420, 420),
    (880.0, 900, 160),
    (740.0, 1090, 160),
    (659.3, 1280, 520),
];
/// One knock, for whoever has a phone at their ear.
const KNOCK: [(f32, u32, u32); 2] = [(659.3, 0, 140), (880.0, 170, 260)];
/// From one to the next.
const EVERY_MILLISECONDS: i32 = 3200;
const LOUD: f32 = 0.32;
const SOFT: f32 = 0.07;
/// What the device buzzes, in milliseconds on and off.
const BUZZ: [u32; 5] = [180, 90, 180, 240, 400];
const SOFT_BUZZ: [u32; 1] = [120];

/// Rings as it is told, until it is told otherwise.
#[derive(Default)]
pub struct Bell {
    context: RefCell<Option<AudioContext>>,
    /// What the notes of now go through; silent once it is let go.
    volume: RefCell<Option<GainNode>>,
    ring: Cell<Ring>,
    /// While it rings.
    again: RefCell<Option<Every>>,
}

impl Bell {
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Rings like that from here on.
    pub fn set(self: &Rc<Self>, ring: Ring) {
        if self.ring.replace(ring) == ring {
            return;
        }
        self.stop();
        if ring == Ring::Silent {
            return;
        }
        self.once();
        let this = Rc::downgrade(self);
        let again = Closure::new(move || {
            if let Some(this) = this.upgrade() {
                this.once();
            }
        });
        *self.again.borrow_mut() = Every::new(EVERY_MILLISECONDS, again).ok();
    }

    /// Lets the tune be heard once, for whoever chooses.
    pub fn sample(&self) {
        if self.ring.get() == Ring::Silent {
            self.play(&TUNE, LOUD);
        }
    }

    fn once(&self) {
        match self.ring.get() {
            Ring::Silent => {}
            Ring::Softly => {
                self.play(&KNOCK, SOFT);
                buzz(&SOFT_BUZZ);
            }
            Ring::Loudly => {
                self.play(&TUNE, LOUD);
                buzz(&BUZZ);
            }
        }
    }

    fn stop(&self) {
        if self.again.take().is_some() {
            buzz(&[]);
        }
        if let Some(volume) = self.volume.take() {
            // A node that is disconnected already is silent too.
            let _ = volume.disconnect();
        }
    }

    fn play(&self, notes: &[(f32, u32, u32)], loud: f32) {
        // A device without sound still buzzes, and the page shows it anyway.
        let _ = self.try_to_play(notes, loud);
    }

    fn try_to_play(&self, notes: &[(f32, u32, u32)], loud: f32) -> Result<(), JsValue> {
        let mut kept = self.context.borrow_mut();
        if kept.is_none() {
            *kept = Some(AudioContext::new()?);
        }
        let Some(context) = &*kept else {
            return Ok(());
        };
        if context.state() == AudioContextState::Suspended {
            // A page that nobody has touched yet may make no sound: it begins with the first touch.
            optional::ignore(context.resume()?);
        }
        let volume = context.create_gain()?;
        volume.connect_with_audio_node(&context.destination())?;
        if let Some(before) = self.volume.replace(Some(volume.clone())) {
            // As above.
            let _ = before.disconnect();
        }
        let now = context.current_time() + 0.02;
        for (hertz, begins, sounds) in notes {
            let begins = now + f64::from(*begins) / 1000.0;
            let ends = begins + f64::from(*sounds) / 1000.0;
            let tone = context.create_oscillator()?;
            tone.set_type(OscillatorType::Triangle);
            tone.frequency().set_value(*hertz);
            let swell = context.create_gain()?;
            let level = swell.gain();
            level.set_value_at_time(0.0, begins)?;
            level.linear_ramp_to_value_at_time(loud, begins + 0.015)?;
            level.linear_ramp_to_value_at_time(0.0, ends)?;
            tone.connect_with_audio_node(&swell)?;
            swell.connect_with_audio_node(&volume)?;
            tone.start_with_when(begins)?;
            tone.stop_with_when(ends)?;
        }
        Ok(())
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.stop();
        if let Some(context) = self.context.take()
            && let Ok(closed) = context.close()
        {
            optional::ignore(closed);
        }
    }
}

/// Nothing stops it. A device that cannot, or a person who has not touched the page, is not buzzed.
fn buzz(pattern: &[u32]) {
    let Some(navigator) = window().map(|window| window.navigator()) else {
        return;
    };
    // Some browsers call it an error to try before.
    let touched = optional::part(&navigator, "userActivation");
    if optional::part(&touched, "hasBeenActive") == JsValue::FALSE {
        return;
    }
    let pattern: js_sys::Array = pattern.iter().map(|one| JsValue::from(*one)).collect();
    // See above.
    let _ = optional::call(&navigator, "vibrate", &[pattern.into()]);
}
