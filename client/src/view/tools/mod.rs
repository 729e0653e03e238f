//! What one can do beside showing and stopping: the light, the zoom, a pause, the sound, a picture to
//! keep. What a device or a browser does not have is not shown.

mod keys;
mod lens;
mod recording;

use leptos::prelude::*;

use crate::phone::state::{Command, KeptPicture, OurSound, OwnCommand, Share, State};
use crate::text::{fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};
pub use keys::listen as listen_for_keys;
pub use lens::{CoverButton, LensRow};
pub use recording::RecordingSign;
use recording::{RecordAsk, RecordButton};

/// Whether a picture of somebody moves on the page, or is about to.
fn is_seen(state: &State) -> bool {
    match &state.share {
        Share::Sending(_) | Share::Watching(_) => true,
        Share::None | Share::Asked(_) | Share::Ended(_) => false,
    }
}

/// The row under the stop.
#[component]
pub fn Tools() -> impl IntoView {
    let w = &words().own;
    let page = Page::here();
    let live = page.part(|state| state.sending().is_some());
    let seen = page.part(is_seen);
    let speaks = page.part(|state| state.is_live_out() && state.sound.ours == OurSound::On);
    view! {
        <Show when=move || live.get() || seen.get()>
            <div class="own-tools" role="group" aria-label=w.tools data-testid="tools">
                <Show when=move || live.get()><PauseButton /></Show>
                <Show when=move || speaks.get()><MuteButton /></Show>
                <Show when=move || seen.get()>
                    <PictureButton />
                    <RecordButton />
                </Show>
            </div>
            <RecordAsk />
            <Note />
        </Show>
    }
}

#[component]
fn PauseButton() -> impl IntoView {
    let w = &words().own;
    let page = Page::here();
    let paused = page.part(|state| state.own.is_paused());
    let switching = page.part(|state| state.feeds.switching);
    let icon = Signal::derive(move || match paused.get() {
        true => Icon::Right,
        false => Icon::Pause,
    });
    view! {
        <button
            class="button button--plain button--small"
            data-testid="pause"
            aria-pressed=move || paused.get().to_string()
            aria-keyshortcuts="Alt+P"
            title=w.key_pause
            disabled=move || switching.get()
            on:click=move |_| {
                let command = match paused.get_untracked() {
                    true => OwnCommand::GoOn,
                    false => OwnCommand::Pause,
                };
                page.send(Command::Own(command));
            }
        >
            <Glyph icon size=18 />
            <span class="controls__label">{move || if paused.get() { w.go_on } else { w.pause }}</span>
        </button>
    }
}

/// Silence for a moment: the line stays, unlike without sound.
#[component]
fn MuteButton() -> impl IntoView {
    let w = &words().own;
    let page = Page::here();
    let muted = page.part(|state| state.own.muted);
    let icon = Signal::derive(move || match muted.get() {
        true => Icon::Microphone,
        false => Icon::MicrophoneOff,
    });
    view! {
        <button
            class="button button--plain button--small"
            data-testid="mute"
            aria-pressed=move || muted.get().to_string()
            aria-keyshortcuts="Alt+M"
            title=w.key_mute
            on:click=move |_| page.send(Command::Own(OwnCommand::Mute(!muted.get_untracked())))
        >
            <Glyph icon size=18 />
            <span class="controls__label">{move || if muted.get() { w.unmute } else { w.mute }}</span>
        </button>
    }
}

#[component]
fn PictureButton() -> impl IntoView {
    let page = Page::here();
    view! {
        <button
            class="button button--plain button--small"
            data-testid="keep-picture"
            aria-keyshortcuts="Alt+I"
            title=words().own.key_picture
            on:click=move |_| page.send(Command::Own(OwnCommand::KeepPicture))
        >
            <Glyph icon=Icon::Picture size=18 />
            <span class="controls__label">{words().own.keep_picture}</span>
        </button>
    }
}

/// What came of it.
#[component]
fn Note() -> impl IntoView {
    let page = Page::here();
    let kept = page.part(|state| state.own.kept);
    let paused = page.part(|state| {
        let peer = state.sending().map(|sending| called(&sending.peer));
        peer.filter(|_| state.own.is_paused())
    });
    let switching = page.part(|state| state.feeds.switching);
    let note = page.part(|state| state.recording.note);
    let recorded = page.part(|state| {
        let who = state.share.peer().map_or_else(String::new, called);
        recording::note(&state.recording, &who)
    });
    let said = move || {
        let w = &words().own;
        if let Some(recorded) = recorded.get() {
            return recorded;
        }
        match (paused.get(), switching.get(), kept.get()) {
            (Some(_), true, _) => w.pausing.to_owned(),
            (Some(who), false, _) => fill(w.paused_note, "who", &who),
            (None, _, KeptPicture::Saved(_)) => w.picture_saved.to_owned(),
            (None, _, KeptPicture::Failed) => w.picture_failed.to_owned(),
            (None, _, KeptPicture::None) => String::new(),
        }
    };
    view! {
        <p
            class="actions__hint small quiet own-tools__note"
            role="status"
            data-testid="tools-note"
            data-kept=move || kept.get().name()
            data-recorded=move || note.get().name()
        >
            {said}
        </p>
    }
}
