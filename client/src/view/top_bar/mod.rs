//! The head of the page: whose it is, and whether it is connected.

use leptos::prelude::*;

use crate::phone::state::{Link, Registration};
use crate::text::{registration_state, words};
use crate::view::Page;
use crate::view::icon::Mark;

#[component]
pub fn TopBar() -> impl IntoView {
    let w = words();
    let registration = Page::here().part(|state| state.registration);
    view! {
        <header class="top">
            <h1 class="wordmark"><Mark />{w.product}</h1>
            <span
                class="chip"
                role="status"
                data-testid="registration-state"
                data-state=move || registration.get().name()
            >
                <span class="chip__dot" aria-hidden="true"></span>
                {move || registration_state(registration.get())}
            </span>
        </header>
    }
}

/// What still works while the connection is gone.
#[component]
pub fn ReconnectingNote() -> impl IntoView {
    // A share says it itself, where one looks.
    let wanted = Page::here().part(|state| {
        state.registration == Registration::Reconnecting && state.share.link() == Link::Up
    });
    move || {
        wanted.get().then(|| {
            view! {
                <p class="note note--warn reconnecting">
                    <span class="spinner" aria-hidden="true"></span>
                    <span>{words().reconnecting_note}</span>
                </p>
            }
        })
    }
}
