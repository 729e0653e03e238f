//! Recording: its button, the question where the other side cannot be told, and the sign that both
//! sides see.

use leptos::prelude::*;

use crate::edge::recorder;
use crate::phone::state::{
    Command, OurRecording, Recording, RecordingCommand, RecordingNote, State,
};
use crate::text::{clock, fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};

fn who(state: &State) -> String {
    state.share.peer().map_or_else(String::new, called)
}

/// Nothing where the browser cannot record.
#[component]
pub fn RecordButton() -> impl IntoView {
    let page = Page::here();
    let ours = page.part(|state| state.recording.ours);
    let icon = Signal::derive(move || match ours.get().is_off() {
        true => Icon::Record,
        false => Icon::Stop,
    });
    let press = move |_| {
        page.send(Command::Recording(match ours.get_untracked().is_off() {
            true => RecordingCommand::Start,
            false => RecordingCommand::Stop,
        }));
    };
    recorder::exists().then(|| {
        let w = &words().own;
        view! {
            <button
                class="button button--plain button--small"
                data-testid="record"
                data-recording=move || ours.get().name()
                aria-pressed=move || (!ours.get().is_off()).to_string()
                aria-keyshortcuts="Alt+R"
                title=w.key_record
                on:click=press
            >
                <Glyph icon size=18 />
                <span class="controls__label">
                    {move || if ours.get().is_off() { w.record } else { w.record_stop }}
                </span>
            </button>
        }
    })
}

/// They cannot be told, so the person is.
#[component]
pub fn RecordAsk() -> impl IntoView {
    let w = &words().own;
    let page = Page::here();
    let asking = page.part(|state| state.recording.ours == OurRecording::Asking);
    let text = page.part(|state| fill(words().own.cannot_be_told, "who", &who(state)));
    let send = move |command| page.send(Command::Recording(command));
    view! {
        <Show when=move || asking.get()>
            <div class="ended-beside own-tools__ask" role="alert" data-testid="record-ask">
                <p class="ended-beside__text small">{move || text.get()}</p>
                <span class="ways__answers">
                    <button
                        class="button button--plain button--small"
                        data-testid="record-not"
                        on:click=move |_| send(RecordingCommand::Stop)
                    >
                        {w.record_not}
                    </button>
                    <button
                        class="button button--primary button--small"
                        data-testid="record-anyway"
                        on:click=move |_| send(RecordingCommand::Anyway)
                    >
                        {w.record_anyway}
                    </button>
                </span>
            </div>
        </Show>
    }
}

/// Over the picture, on both sides.
#[component]
pub fn RecordingSign() -> impl IntoView {
    let page = Page::here();
    let recording = page.part(|state| state.recording.clone());
    let who = page.part(who);
    let ours = move || match recording.get().ours {
        OurRecording::On { seconds, .. } => Some(seconds),
        OurRecording::Off
        | OurRecording::Telling
        | OurRecording::Asking
        | OurRecording::Starting(_) => None,
    };
    view! {
        {move || ours().map(|seconds| view! {
            <p class="recording-sign small" data-testid="recording-ours">
                <span class="live-bar__dot" aria-hidden="true"></span>
                {words().own.recording}
                <span class="number">"· " {clock(seconds)}</span>
            </p>
        })}
        <Show when=move || recording.with(|recording| recording.theirs)>
            <p class="recording-sign small" data-testid="recording-theirs">
                <span class="live-bar__dot" aria-hidden="true"></span>
                {move || fill(words().own.recorded_by, "who", &who.get())}
            </p>
        </Show>
    }
}

/// What is said of it where nothing else is.
pub fn note(recording: &Recording, who: &str) -> Option<String> {
    let w = &words().own;
    match (recording.ours, recording.note) {
        (OurRecording::Telling, _) => Some(fill(w.telling, "who", who)),
        (OurRecording::Off, RecordingNote::Saved) => Some(w.record_saved.to_owned()),
        (OurRecording::Off, RecordingNote::Failed) => Some(w.record_failed.to_owned()),
        (OurRecording::Off, RecordingNote::None)
        | (OurRecording::Asking | OurRecording::Starting(_) | OurRecording::On { .. }, _) => None,
    }
}
