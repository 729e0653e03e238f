//! At the door of one of two tabs: the other one has it, or took it.

use leptos::prelude::*;

use crate::phone::state::{Command, Elsewhere, Tabs};
use crate::text::{fill, words};
use crate::view::Page;
use crate::view::icon::{Glyph, Icon};

/// Lies over the page, so that nothing moves when it comes.
#[component]
pub fn ElsewhereNote() -> impl IntoView {
    let tabs = Page::here().part(|state| state.life.tabs.clone());
    let name = move || match tabs.get() {
        Tabs::Alone => "alone",
        Tabs::Elsewhere(_) => "elsewhere",
        Tabs::Taken => "taken",
    };
    view! {
        <div class="elsewhere" role="status" data-testid="tabs" data-tabs=name>
            {move || match tabs.get() {
                Tabs::Alone => ().into_any(),
                Tabs::Elsewhere(other) => view! { <Other other /> }.into_any(),
                Tabs::Taken => view! { <Taken /> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Other(other: Elsewhere) -> impl IntoView {
    let w = &words().life;
    let page = Page::here();
    let Elsewhere {
        name,
        with,
        may_take_over,
    } = other;
    view! {
        <div class="elsewhere__note">
            <Glyph icon=Icon::Warning size=20 />
            <p class="elsewhere__text small">
                <strong>{w.elsewhere_title}</strong>
                " "
                {fill(w.elsewhere, "name", &name)}
                {with.map(|who| view! {
                    <span data-testid="tabs-with">" " {fill(w.elsewhere_with, "who", &who)}</span>
                })}
                {(!may_take_over).then(|| format!(" {}", w.elsewhere_sign_in))}
            </p>
            {may_take_over.then(|| view! {
                <button
                    class="button button--plain button--small"
                    type="button"
                    data-testid="tabs-take-over"
                    on:click=move |_| page.send(Command::TakeOver)
                >
                    {w.take_over}
                </button>
            })}
        </div>
    }
}

#[component]
fn Taken() -> impl IntoView {
    let w = &words().life;
    view! {
        <div class="elsewhere__note">
            <Glyph icon=Icon::Warning size=20 />
            <p class="elsewhere__text small"><strong>{w.taken_title}</strong> " " {w.taken}</p>
        </div>
    }
}
