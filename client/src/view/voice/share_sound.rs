//! Sound beside a share: the switch of one's own microphone, and what is said of both sides' sound.

use leptos::prelude::*;

use crate::phone::state::{Command, OurSound, Share, State};
use crate::text::voice::microphone_problem;
use crate::text::{fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};

/// Who talks on the phone meanwhile is heard there.
fn is_offered(state: &State) -> bool {
    state.share.sending().is_some() && state.call.up().is_none() && state.voice.talk().is_none()
}

#[component]
pub fn WithSound() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let offered = page.part(is_offered);
    let ours = page.part(|state| state.sound.ours);
    let note = page.part(note);
    let on = move || matches!(ours.get(), OurSound::On | OurSound::Asking);
    let icon = Signal::derive(move || match on() {
        true => Icon::MicrophoneOff,
        false => Icon::Microphone,
    });
    let label = move || match on() {
        true => w.voice.without_sound,
        false => w.voice.with_sound,
    };
    let toggle = move |_| {
        page.send(match on() {
            true => Command::FallSilent,
            false => Command::Speak,
        });
    };
    view! {
        <Show when=move || offered.get()>
            <button
                class="button button--plain button--small"
                data-testid="share-sound"
                data-sound=move || ours.get().name()
                aria-pressed=move || on().to_string()
                title=label
                on:click=toggle
            >
                <Glyph icon size=18 />
                <span class="controls__label">{label}</span>
            </button>
        </Show>
        {move || note.get().map(|note| view! {
            <p class="actions__hint small quiet" role="status" data-testid="share-sound-note">{note}</p>
        })}
    }
}

fn note(state: &State) -> Option<String> {
    let w = &words().voice;
    let who = match &state.share {
        Share::Sending(_) | Share::Watching(_) => state.share.peer().map(called)?,
        Share::None | Share::Asked(_) | Share::Ended(_) => return None,
    };
    let template = match (state.sound.ours, state.sound.theirs) {
        (OurSound::Off, true) => w.hear_them,
        (OurSound::Off, false) => return None,
        (OurSound::Asking, _) => w.sound_asking,
        (OurSound::On, _) => w.sound_on,
        (OurSound::TheyCannot, _) => w.they_cannot,
        (OurSound::NoMicrophone(problem), _) => {
            let explained = microphone_problem(problem);
            return Some(format!("{}. {}", explained.title, explained.next));
        }
    };
    Some(fill(template, "who", &who))
}
