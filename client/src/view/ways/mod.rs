//! A share that is to go both ways: what is asked, who is asked, and what came of it.

use leptos::prelude::*;

use crate::phone::state::{Command, No, Share, State, TwoWays, Wish};
use crate::text::{fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};

/// What is said of it; nothing where there is nothing to say.
pub fn said(state: &State) -> String {
    let w = &words().both;
    let template = match state.ways {
        TwoWays::None => return String::new(),
        TwoWays::Asking => w.asking,
        TwoWays::Wished(Wish::SeeOurs) => w.wish_see_ours,
        TwoWays::Wished(Wish::ShowTheirs) => w.wish_show_theirs,
        TwoWays::Told(No::Declined) => w.no_declined,
        TwoWays::Told(No::NoAnswer) => w.no_answer,
        TwoWays::Told(No::Cannot) => w.no_cannot,
    };
    state
        .share
        .peer()
        .map_or_else(String::new, |peer| fill(template, "who", &called(peer)))
}

/// The line above the stop.
#[component]
pub fn WaysNote() -> impl IntoView {
    let page = Page::here();
    let ways = page.part(|state| state.ways);
    let text = page.part(said);
    let open = page.part(|state| state.ways != TwoWays::None);
    view! {
        <Show when=move || open.get()>
            <div class="ended-beside ways" data-testid="ways" data-ways=move || ways.get().name()>
                <p class="ended-beside__text small">
                    <Show when=move || ways.get() == TwoWays::Asking>
                        <span class="spinner" aria-hidden="true"></span>
                    </Show>
                    {move || text.get()}
                </p>
                <span class="ways__answers">{move || answers(page, ways.get())}</span>
            </div>
        </Show>
    }
}

fn answers(page: Page, ways: TwoWays) -> AnyView {
    let w = words();
    let not_now = move || {
        view! {
            <button
                class="button button--plain button--small"
                data-testid="ways-not-now"
                on:click=move |_| page.send(Command::NotNow)
            >
                {w.not_now}
            </button>
        }
    };
    match ways {
        TwoWays::None | TwoWays::Asking => ().into_any(),
        // Their own side has the way to agree.
        TwoWays::Wished(Wish::SeeOurs) => not_now().into_any(),
        TwoWays::Wished(Wish::ShowTheirs) => view! {
            {not_now()}
            <button
                class="button button--primary button--small"
                data-testid="ways-watch"
                on:click=move |_| page.send(Command::Watch)
            >
                <Glyph icon=Icon::Eye size=20 />
                {w.watch}
            </button>
        }
        .into_any(),
        TwoWays::Told(_) => view! {
            <button
                class="button button--plain button--small"
                data-testid="ways-done"
                on:click=move |_| page.send(Command::Dismiss)
            >
                {w.done}
            </button>
        }
        .into_any(),
    }
}

/// A way to ask for theirs, while ours is live and nothing else goes on.
#[component]
pub fn AskForTheirs() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let can = page.part(|state| {
        let alone = matches!(state.beside, Share::None | Share::Ended(_));
        state.share.sending().is_some() && alone && state.ways == TwoWays::None
    });
    view! {
        <Show when=move || can.get()>
            <button
                class="button button--plain button--small"
                data-testid="ask-theirs"
                title=w.both.ask
                on:click=move |_| page.send(Command::AskForTheirs)
            >
                <Glyph icon=Icon::Eye size=18 />
                <span class="controls__label">{w.both.ask}</span>
            </button>
        </Show>
    }
}
