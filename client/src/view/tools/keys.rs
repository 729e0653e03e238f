//! Keys for what is on the page: with Alt, because a letter alone would be typed by accident (WCAG 2.2,
//! 2.1.4), and by their place, because Alt makes other letters of them.

use leptos::prelude::*;

use crate::edge::{recorder, screen};
use crate::phone::state::{Camera, Command, OurSound, OwnCommand, RecordingCommand, Share, State};
use crate::view::Page;

/// Listens as long as the view above lives.
pub fn listen(page: Page) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let alone = event.alt_key() && !event.ctrl_key() && !event.meta_key();
        if !alone || event.repeat() || screen::is_typed_into(&event) {
            return;
        }
        let command = page
            .state
            .with_untracked(|state| meant(state, &event.code()));
        if let Some(command) = command {
            event.prevent_default();
            page.send(command);
        }
    });
    on_cleanup(move || handle.remove());
}

fn meant(state: &State, code: &str) -> Option<Command> {
    let live = state.is_live_out();
    let own = |command| Some(Command::Own(command));
    match code {
        "KeyC" => cover(state),
        "KeyP" if live && state.own.is_paused() => own(OwnCommand::GoOn),
        "KeyP" if live => own(OwnCommand::Pause),
        "KeyM" if live && state.sound.ours == OurSound::On => {
            own(OwnCommand::Mute(!state.own.muted))
        }
        "KeyR" if super::is_seen(state) && recorder::exists() => {
            Some(Command::Recording(match state.recording.ours.is_off() {
                true => RecordingCommand::Start,
                false => RecordingCommand::Stop,
            }))
        }
        "KeyI" if super::is_seen(state) => own(OwnCommand::KeepPicture),
        _ => None,
    }
}

/// There is a cover where somebody is chosen, and beside their picture.
fn cover(state: &State) -> Option<Command> {
    match (&state.share, state.camera) {
        (Share::Asked(_) | Share::Ended(_), _) => None,
        (Share::None, _) if state.people.chosen.is_none() => None,
        (_, Camera::Open | Camera::Opening) => Some(Command::CloseSlot),
        (_, Camera::Closed | Camera::Problem(_)) => Some(Command::OpenSlot),
    }
}
