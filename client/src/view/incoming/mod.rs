//! Somebody asks us to watch. It never starts by itself and never sends one's own camera.

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{Command, Peer};
use crate::text::{fill, words};
use crate::view::avatar::{Avatar, Size};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};

#[component]
pub fn Incoming() -> impl IntoView {
    let page = Page::here();
    let asking = page.part(|state| {
        let beside = state.is_in_share();
        state.asked().map(|peer| (peer.clone(), beside))
    });
    move || {
        asking
            .get()
            .map(|(peer, beside)| view! { <Card peer beside /> })
    }
}

/// Over the whole page; but beside what one shows oneself, whose stop stays at hand.
#[component]
fn Card(peer: Peer, beside: bool) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let name = called(&peer);
    let number = peer
        .name
        .as_ref()
        .and(peer.number.as_ref())
        .map(|number| number.grouped());
    let in_call = page.part(|state| {
        let asks = state.asked();
        asks.is_some_and(|peer| state.call.with_peer(peer).is_some())
    });
    let without_call = match peer.called() {
        Some(who) => fill(w.call.not_on_a_call, "who", &who),
        None => w.call.no_call_with_somebody.to_owned(),
    };
    let card = NodeRef::<leptos::html::Section>::new();
    // The answer is one key away, and the keyboard stays on the card until it is given.
    Effect::new(move |_| {
        if card.get().is_some() && !beside {
            screen::focus("incoming-watch");
        }
    });
    view! {
        <div class="incoming" data-beside=beside.to_string()>
            <section
                class="incoming__card"
                data-testid="incoming-card"
                role="alertdialog"
                aria-modal=(!beside).to_string()
                aria-labelledby="incoming-name incoming-title"
                aria-describedby="incoming-call incoming-note"
                node_ref=card
                on:keydown=move |event| {
                    if !beside {
                        screen::keep_focus_inside(&event);
                    }
                }
            >
                <div class="incoming__who">
                    <span class="incoming__ring"><Avatar peer size=Size::Card /></span>
                    <h2 id="incoming-name" class="incoming__name" data-testid="incoming-name">{name}</h2>
                    {number.map(|number| view! { <p class="quiet number">{number}</p> })}
                    <p id="incoming-title" class="incoming__title">{w.incoming_title}</p>
                    <p id="incoming-call" class="incoming__call small" data-testid="incoming-no-call" hidden=move || in_call.get()>
                        <Glyph icon=Icon::Warning size=18 />
                        {without_call}
                    </p>
                    <p id="incoming-note" class="incoming__note small quiet">
                        <Glyph icon=Icon::CameraOff size=18 />
                        {if beside { w.both.incoming_note } else { w.incoming_note }}
                    </p>
                </div>
                <Answers />
            </section>
        </div>
    }
}

#[component]
fn Answers() -> impl IntoView {
    let w = words();
    let page = Page::here();
    view! {
        <div class="incoming__answers">
            <button
                class="button button--plain"
                data-testid="incoming-decline"
                on:click=move |_| page.send(Command::NotNow)
            >
                {w.not_now}
            </button>
            <button
                id="incoming-watch"
                class="button button--primary"
                data-testid="incoming-watch"
                on:click=move |_| page.send(Command::Watch)
            >
                <Glyph icon=Icon::Eye />
                {w.watch}
            </button>
        </div>
    }
}
