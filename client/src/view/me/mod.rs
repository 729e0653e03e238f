//! Oneself: name, number, what was shown lately, how the page looks, and the way out.

use leptos::prelude::*;

use crate::edge::page;
use crate::edge::storage::Theme;
use crate::phone::state::{Command, Direction, Outcome, Past, Peer};
use crate::text::{cause_short, clock, fill, words};
use crate::view::avatar::Avatar;
use crate::view::icon::{Glyph, Icon};
use crate::view::language::LanguageChoice;
use crate::view::people::files::Files;
use crate::view::phone_links::PhoneLinks;
use crate::view::willing::Willingness;
use crate::view::{Page, called};

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
                <PhoneLinks />
                <Files />
                <Recent />
            </div>
        </section>
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

#[component]
fn Recent() -> impl IntoView {
    let w = words();
    let history = Page::here().part(|state| state.history.clone());
    view! {
        <div class="recent">
            <h3 class="choice__legend">{w.recent}</h3>
            <ul class="recent__list" data-testid="recent">
                {move || history.get().iter().map(line).collect_view()}
            </ul>
            <Show when=move || history.with(Vec::is_empty)>
                <p class="small quiet">{w.recent_empty}</p>
            </Show>
        </div>
    }
}

fn line(past: &Past) -> impl IntoView + use<> {
    let w = words();
    let icon = match past.direction {
        Direction::Out => Icon::Out,
        Direction::In => Icon::In,
    };
    let what = match (past.outcome, past.direction) {
        (Outcome::Shown { seconds }, Direction::Out) => {
            fill(w.past_shown_out, "time", &clock(seconds))
        }
        (Outcome::Shown { seconds }, Direction::In) => {
            fill(w.past_shown_in, "time", &clock(seconds))
        }
        (Outcome::NotShown(cause), Direction::Out | Direction::In) => cause_short(cause).to_owned(),
        (Outcome::NotNow, Direction::Out | Direction::In) => w.past_not_now.to_owned(),
    };
    view! {
        <li class="recent__line">
            <span class="recent__way"><Glyph icon size=18 /></span>
            <span class="recent__text">
                <span class="recent__name">{called(&past.peer)}</span>
                <span class="small quiet">{what}</span>
            </span>
            {past.at.map(|at| view! { <span class="recent__when small quiet number">{page::when(at)}</span> })}
        </li>
    }
}
