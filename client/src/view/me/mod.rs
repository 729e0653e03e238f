//! Oneself: name, number, what was shown lately, how the page looks, and the way out.

pub mod alerts;
mod recent;

use leptos::prelude::*;

use crate::edge::storage::Theme;
use crate::phone::state::{Command, Peer};
use crate::text::words;
use crate::view::Page;
use crate::view::avatar::Avatar;
use crate::view::diagnosis::{FROM_ME, Why};
use crate::view::icon::{Glyph, Icon};
use crate::view::language::LanguageChoice;
use crate::view::people::files::Files;
use crate::view::phone_links::PhoneLinks;
use crate::view::trial::{self, TestConnection};
use crate::view::willing::Willingness;
use alerts::Alerts;
use recent::Recent;

/// `details` tells whether the right-hand panel of a wide page is open.
#[component]
pub fn Me(details: RwSignal<bool>) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let me = page.part(|state| state.me.clone());
    let peer = Signal::derive(move || {
        let me = me.get();
        Peer {
            name: Some(me.name),
            number: me.number,
            address: None,
        }
    });
    view! {
        <section class="me" aria-label=w.me_title>
            <div class="me__card">
                <Avatar peer />
                <div class="me__text">
                    <p class="me__name">{move || me.get().name}</p>
                    <p class="small quiet number">
                        <span class="unseen">{w.me_number} ": "</span>
                        <span data-testid="me-number" data-number=move || me.get().number.map(|n| n.to_string())>
                            {move || me.get().number.map(|number| number.grouped())}
                        </span>
                    </p>
                </div>
                <button
                    class="icon-button me__details-open"
                    aria-label=w.me_open
                    title=w.me_open
                    aria-expanded=move || details.get().to_string()
                    aria-controls="me-details"
                    data-testid="details-open"
                    on:click=move |_| details.update(|open| *open = !*open)
                >
                    <Glyph icon=Icon::Settings />
                </button>
                <button
                    class="icon-button"
                    aria-label=w.sign_out
                    title=w.sign_out
                    data-testid="sign-out"
                    on:click=move |_| page.send(Command::SignOut)
                >
                    <Glyph icon=Icon::Leave />
                </button>
            </div>
            <div id="me-details" class="me__details">
                <div class="me__details-head">
                    <h2 class="me__details-title">{w.me_open}</h2>
                    <button
                        class="icon-button"
                        aria-label=w.me_close
                        title=w.me_close
                        on:click=move |_| details.set(false)
                    >
                        <Glyph icon=Icon::Close />
                    </button>
                </div>
                <Appearance />
                <LanguageChoice />
                <Willingness />
                <Alerts />
                <PhoneLinks />
                <Files />
                <Recent />
                <Checks />
            </div>
        </section>
    }
}

/// How things went, and whether they would go now.
#[component]
fn Checks() -> impl IntoView {
    view! {
        <Why label=words().diagnosis.open id=FROM_ME />
        <TestConnection id=trial::FROM_ME />
    }
}

#[component]
fn Appearance() -> impl IntoView {
    let w = words();
    let theme = Page::here().theme;
    let choices = [
        (Theme::Auto, w.theme_auto),
        (Theme::Light, w.theme_light),
        (Theme::Dark, w.theme_dark),
    ];
    view! {
        <fieldset class="choice">
            <legend class="choice__legend">{w.appearance}</legend>
            <div class="choice__row">
                {choices
                    .map(|(choice, label)| view! {
                        <label class="choice__option">
                            <input
                                class="unseen"
                                type="radio"
                                name="theme"
                                data-testid=format!("theme-{}", choice.name())
                                prop:checked=move || theme.get() == choice
                                on:change=move |_| theme.set(choice)
                            />
                            <span>{label}</span>
                        </label>
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}
