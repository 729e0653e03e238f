//! One person in the list. Whoever is chosen has what can be done with them below.

use leptos::prelude::*;

use crate::phone::state::{Can, Number, Peer, Person, State};
use crate::text::people::can as can_text;
use crate::text::{fill, words};
use crate::view::avatar::Avatar;
use crate::view::call_bar::SayButton;
use crate::view::icon::{Glyph, Icon};
use crate::view::voice::CallButton;
use crate::view::{Page, Sheet, called, select};

#[component]
pub fn Row(person: Person) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let peer = person.peer.clone();
    let Some(choose) = select(&peer) else {
        return ().into_any();
    };
    let key = person.key();
    let selected = page.part({
        let peer = peer.clone();
        move |state| {
            let chosen = state.people.chosen.as_ref();
            chosen.is_some_and(|chosen| chosen.is_reached_like(&peer))
        }
    });
    let name = called(&peer);
    let id = peer.number.as_ref().map(Number::to_string);
    let id = id.or_else(|| peer.address.as_ref().map(|address| address.to_string()));
    let id = id.unwrap_or_default();
    let details_name = fill(w.people.details, "who", &name);
    view! {
        <li class="person" data-selected=move || selected.get().to_string()>
            <div class="person__line-up">
                <button
                    class="person__button"
                    data-testid=format!("contact-{id}")
                    aria-pressed=move || selected.get().to_string()
                    on:click=move |_| page.send(choose.clone())
                >
                    <Face peer=peer.clone() />
                    <Text peer=peer.clone() favourite=person.is_favourite() listed=person.own.is_none() && peer.name.is_some() />
                </button>
                <button
                    class="icon-button"
                    data-testid=format!("details-{id}")
                    aria-label=details_name.clone()
                    title=details_name
                    on:click=move |_| {
                        page.sheet.set(Sheet::Card(key.clone()));
                        crate::edge::screen::focus("person-title");
                    }
                >
                    <Glyph icon=Icon::Details />
                </button>
            </div>
            <Show when=move || selected.get()>
                <Actions peer=peer.clone() />
            </Show>
        </li>
    }
    .into_any()
}

/// What can be done with whoever is chosen.
#[component]
fn Actions(peer: Peer) -> impl IntoView {
    let free = Page::here().part(|state| !state.is_in_share());
    let shared = peer.clone();
    view! {
        <div class="person__actions">
            <Show when=move || free.get()>
                <ShareButton peer=shared.clone() />
                {shared.number.clone().map(|number| view! {
                    <SayButton number name=called(&shared) />
                })}
            </Show>
            <CallButton peer testid="call-button" />
        </div>
    }
}

/// `testid` sets it apart where there are several.
#[component]
pub fn ShareButton(peer: Peer, #[prop(optional, into)] testid: Option<String>) -> impl IntoView {
    let w = words();
    let page = Page::here();
    view! {
        <button
            class="button button--primary button--small"
            data-testid=testid.unwrap_or_else(|| "share-button".to_owned())
            aria-label=fill(w.share_with, "who", &called(&peer))
            on:click=move |_| page.share_with(&peer)
        >
            <Glyph icon=Icon::Camera size=18 />
            {w.share}
        </button>
    }
}

#[component]
fn Face(peer: Peer) -> impl IntoView {
    let online = online(peer.number.clone());
    view! {
        <span class="person__face">
            <Avatar peer />
            <span class="person__dot" data-online=move || online.get().to_string()></span>
        </span>
    }
}

#[component]
fn Text(peer: Peer, favourite: bool, listed: bool) -> impl IntoView {
    let w = words();
    let online = online(peer.number.clone());
    // Of a telephone elsewhere it is not known whether anybody is there.
    let presence = move || match (online.get(), listed) {
        (true, _) => Some(w.online),
        (false, true) => Some(w.offline),
        (false, false) => None,
    };
    view! {
        <span class="person__text">
            <span class="person__name">
                {called(&peer)}
                {favourite.then(|| view! {
                    <span class="person__star"><Glyph icon=Icon::Star size=14 /></span>
                    <span class="unseen">" " {w.people.favourite}</span>
                })}
            </span>
            <span class="person__line small quiet number">
                {line(&peer)}
                {move || presence().map(|presence| view! {
                    <span class="person__presence">" · " {presence}</span>
                })}
            </span>
            <Badge peer />
        </span>
    }
}

/// What their phone can do with live pictures, once that is known.
#[component]
pub fn Badge(peer: Peer) -> impl IntoView {
    let can = Page::here().part(move |state: &State| state.abilities.of(&peer));
    move || {
        can_text(can.get()).map(|text| {
            view! {
                <span class="badge small" data-testid="badge" data-can=can.get().name()>
                    <Glyph icon=if can.get() == Can::LiveVideo { Icon::Eye } else { Icon::CameraOff } size=14 />
                    {text}
                </span>
            }
        })
    }
}

pub fn online(number: Option<Number>) -> Memo<bool> {
    Page::here().part(move |state| {
        let number = number.as_ref();
        number.is_some_and(|number| state.people.is_online(number))
    })
}

/// The number, else the address.
fn line(peer: &Peer) -> String {
    let number = peer.number.as_ref().map(Number::grouped);
    let shown = number.or_else(|| peer.address.as_ref().map(|address| address.shown()));
    shown.unwrap_or_default()
}
