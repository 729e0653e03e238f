//! The page around ours: its messages come in, ours go out (HTML, §9.3 cross-document messaging). What they
//! mean is decided in `phone::embed`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, MessageEvent, Window, window};

use super::storage::Theme;
use crate::phone::embed::message::{FIELDS, Field, Message, TEXT_BYTES};
use crate::phone::embed::theme::Scheme;
use crate::phone::embed::{Effect, Embed, Recipient, theme};
use crate::view::language::Languages;
use crate::view::{Page, Place};

/// Listens to the page around ours, and tells it what changes here, for the rest of the program's life.
pub fn begin(page: Page, languages: Languages) {
    page.place.set(Place::Call);
    let line = Rc::new(Line {
        page,
        languages,
        embed: RefCell::default(),
        set: RefCell::default(),
    });
    listen(&line);
    leptos::prelude::Effect::new(move |_| {
        page.state.with(|state| line.embed.borrow_mut().show(state));
        line.carry_out();
    });
}

/// Both ends of the line to the page around ours.
struct Line {
    page: Page,
    languages: Languages,
    embed: RefCell<Embed>,
    /// The custom properties that are set now.
    set: RefCell<Vec<&'static str>>,
}

impl Line {
    fn hear(&self, event: &MessageEvent) {
        // No page but the one around ours speaks here, were it of a listed origin.
        let parent = window().and_then(|window| parent_of(&window));
        let from = event.source().map(JsValue::from);
        if parent.is_none() || from != parent.map(JsValue::from) {
            return;
        }
        let fields = flattened(&event.data());
        self.page.state.with_untracked(|state| {
            let mut embed = self.embed.borrow_mut();
            embed.hear(&event.origin(), &fields, state);
        });
        self.carry_out();
    }

    fn carry_out(&self) {
        loop {
            let effect = self.embed.borrow_mut().poll_output();
            let Some(effect) = effect else { return };
            match effect {
                Effect::Command(command) => {
                    self.page.place.set(Place::Call);
                    self.page.send(command);
                }
                Effect::Tell { to, message } => tell(&to, &message),
                Effect::Theme(theme) => self.dress(theme),
                Effect::Language(language) => self.languages.lend(language),
            }
        }
    }

    fn dress(&self, theme: theme::Theme) {
        match theme.scheme {
            None => {}
            Some(Scheme::Auto) => self.page.theme.set(Theme::Auto),
            Some(Scheme::Light) => self.page.theme.set(Theme::Light),
            Some(Scheme::Dark) => self.page.theme.set(Theme::Dark),
        }
        let Some(style) = root().map(|root| root.style()) else {
            return;
        };
        // Custom properties take any value; these were looked at before.
        for name in self.set.take() {
            let _ = style.remove_property(name);
        }
        for (name, value) in &theme.tokens {
            let _ = style.set_property(name, value);
        }
        self.set
            .replace(theme.tokens.into_iter().map(|(name, _)| name).collect());
    }
}

fn listen(line: &Rc<Line>) {
    let line = Rc::clone(line);
    let closure = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        line.hear(&event);
    });
    if let Some(window) = window()
        && window
            .add_event_listener_with_callback("message", closure.as_ref().unchecked_ref())
            .is_ok()
    {
        // The window outlives everything here.
        closure.forget();
    }
}

/// The page around ours, if there is one.
fn parent_of(window: &Window) -> Option<Window> {
    let parent = window.parent().ok().flatten()?;
    (parent != *window).then_some(parent)
}

fn tell(to: &Recipient, message: &Message) {
    let Some(parent) = window().and_then(|window| parent_of(&window)) else {
        return;
    };
    let object = Object::new();
    for (name, value) in message.written() {
        let value = match value {
            Field::Text(text) => JsValue::from_str(&text),
            Field::Number(number) => JsValue::from_f64(number),
        };
        // Setting a plain property of a fresh object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &value);
    }
    let origin = match to {
        Recipient::Anybody => "*",
        Recipient::Origin(origin) => origin,
    };
    // A page that went somewhere else meanwhile does not hear it, and must not.
    let _ = parent.post_message(&object, origin);
}

/// The fields of a message and of the objects in it, as far as they are looked at. What came was copied
/// by the browser: reading it runs nobody's code.
fn flattened(data: &JsValue) -> Vec<(String, Field)> {
    let mut fields = Vec::new();
    for (name, value) in entries(data) {
        if value.is_object() {
            for (inner, value) in entries(&value) {
                push(&mut fields, format!("{name}.{inner}"), &value);
            }
        } else {
            push(&mut fields, name, &value);
        }
    }
    fields
}

fn push(fields: &mut Vec<(String, Field)>, name: String, value: &JsValue) {
    let field = match (value.as_string(), value.as_f64()) {
        (Some(text), _) if text.len() <= TEXT_BYTES => Field::Text(text),
        (None, Some(number)) => Field::Number(number),
        (Some(_) | None, _) => return,
    };
    if fields.len() < FIELDS {
        fields.push((name, field));
    }
}

fn entries(of: &JsValue) -> Vec<(String, JsValue)> {
    let Some(object) = of.dyn_ref::<Object>().filter(|_| !Array::is_array(of)) else {
        return Vec::new();
    };
    let keys = Object::keys(object);
    let names = keys.iter().take(FIELDS).filter_map(|key| key.as_string());
    names
        .filter_map(|name| {
            let value = Reflect::get(object, &JsValue::from_str(&name)).ok()?;
            Some((name, value))
        })
        .collect()
}

fn root() -> Option<HtmlElement> {
    let document = window()?.document()?;
    document.document_element()?.dyn_into().ok()
}
