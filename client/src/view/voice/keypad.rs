//! The twelve keys of a telephone.

use leptos::prelude::*;

use crate::phone::state::{Command, Key, VoiceCommand};
use crate::text::{fill, words};
use crate::view::Page;

#[component]
pub fn Keypad() -> impl IntoView {
    let w = words();
    let page = Page::here();
    // A keyboard's digits work while the focus is on the keypad.
    let typed = move |event: leptos::ev::KeyboardEvent| {
        let mut signs = event.key().chars().collect::<Vec<_>>().into_iter();
        let (Some(sign), None) = (signs.next(), signs.next()) else {
            return;
        };
        if let Some(key) = Key::of(sign) {
            page.send(Command::Voice(VoiceCommand::Press(key)));
        }
    };
    view! {
        <div class="voice__keypad" role="group" aria-label=w.voice.keys on:keydown=typed>
            {Key::ALL
                .map(|key| {
                    let sign = key.sign().to_string();
                    view! {
                        <button
                            class="voice__key number"
                            data-testid=format!("voice-key-{sign}")
                            aria-label=fill(w.voice.key, "key", &sign)
                            on:click=move |_| page.send(Command::Voice(VoiceCommand::Press(key)))
                        >
                            {sign.clone()}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}
