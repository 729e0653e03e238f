//! Somebody asks us to watch. It never starts by itself and never sends one's own camera.

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{Command, Peer, Share};
use crate::text::words;
use crate::view::avatar::{Avatar, Size};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};

#[component]
pub fn Incoming() -> impl IntoView {
    let asking = Page::here().part(|state| match &state.share {
        Share::Asked(peer) => Some(peer.clone()),
        Share::None | Share::Sending(_) | Share::Watching(_) | Share::Ended(_) => None,
    });
    move || asking.get().map(|peer| view! { <Card peer /> })
}

#[component]
fn Card(peer: Peer) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let name = called(&peer);
    let number = peer
        .name
        .as_ref()
        .and(peer.number.as_ref())
        .map(|number| number.grouped());
    let card = NodeRef::<leptos::html::Section>::new();
    // The answer is one key away, and the keyboard stays on the card until it is given.
    Effect::new(move |_| {
        if card.get().is_some() {
            screen::focus("incoming-watch");
        }
    });
    view! {
        <div class="incoming">
            <section
                class="incoming__card"
                data-testid="incoming-card"
                role="alertdialog"
                aria-modal="true"
                aria-labelledby="incoming-name incoming-title"
                aria-describedby="incoming-note"
                node_ref=card
                on:keydown=move |event| screen::keep_focus_inside(&event)
            >
                <div class="incoming__who">
                    <span class="incoming__ring"><Avatar peer size=Size::Card /></span>
                    <h2 id="incoming-name" class="incoming__name" data-testid="incoming-name">{name}</h2>
                    {number.map(|number| view! { <p class="quiet number">{number}</p> })}
                    <p id="incoming-title" class="incoming__title">{w.incoming_title}</p>
                    <p id="incoming-note" class="incoming__note small quiet">
                        <Glyph icon=Icon::CameraOff size=18 />
                        {w.incoming_note}
                    </p>
                </div>
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
            </section>
        </div>
    }
}
