//! Everybody in sections, or who fits what is typed.

use leptos::prelude::*;

use super::row::Row;
use super::typed::TypedCard;
use crate::edge::screen;
use crate::phone::contacts::find::{Found, Typed, find};
use crate::phone::state::{Peer, Person};
use crate::text::words;
use crate::view::Page;
use crate::view::icon::{Glyph, Icon};

/// So many rows are drawn at once; a page of thousands would keep a small device busy.
const ROWS: usize = 60;

#[component]
pub fn List(sought: RwSignal<String>) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let people = page.part(|state| state.people.clone());
    let history = page.part(|state| state.history.clone());
    let found = Memo::new(move |_| {
        people
            .with(|people| history.with(|history| sought.with(|text| find(people, history, text))))
    });
    let limit = RwSignal::new(ROWS);
    let seeks = Memo::new(move |_| sought.with(|text| !text.trim().is_empty()));
    let typed = Memo::new(move |_| found.with(|found| found.typed.clone()));
    let rest = Memo::new(move |_| {
        found.with(|found| {
            found
                .rest
                .iter()
                .take(limit.get())
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let favourites = Memo::new(move |_| found.with(|found| found.favourites.clone()));
    let recent = Memo::new(move |_| found.with(|found| found.recent.clone()));
    let hidden =
        Memo::new(move |_| found.with(|found| found.rest.len().saturating_sub(limit.get())));
    let others = move || match (
        seeks.get(),
        favourites.with(Vec::is_empty) && recent.with(Vec::is_empty),
    ) {
        (true, _) => Some(w.people.found),
        (false, true) => None,
        (false, false) => Some(w.people.others),
    };
    view! {
        <div
            class="people__body"
            on:keydown=move |event| screen::move_focus_by_arrows(&event, ".person__button")
        >
            <Find sought found limit />
            <div class="people__list" data-testid="people-list">
                <TypedCard typed sought />
                <Section title=move || Some(w.people.favourites) list=favourites id="favourites" />
                <Section title=move || Some(w.people.recent) list=recent id="recent" />
                <Section title=others list=rest id="others" />
                <Show when=move || { hidden.get() > 0 }>
                    <button
                        class="button button--plain button--small people__more"
                        data-testid="people-more"
                        on:click=move |_| limit.update(|limit| *limit += ROWS)
                    >
                        {move || w.people.more.of(hidden.get().min(ROWS))}
                    </button>
                </Show>
                <Empty found seeks />
            </div>
        </div>
    }
}

/// The field that takes a name or a number. Enter turns to whoever is meant.
#[component]
fn Find(sought: RwSignal<String>, found: Memo<Found>, limit: RwSignal<usize>) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let said = move || match sought.with(|text| text.trim().is_empty()) {
        true => String::new(),
        false => found.with(|found| w.people.found_count.of(found.rest.len())),
    };
    let enter = move |event: leptos::ev::KeyboardEvent| {
        let free = page.state.with_untracked(|state| !state.is_in_share());
        if event.key() == "Enter"
            && free
            && let Some(peer) = found.with_untracked(meant)
        {
            event.prevent_default();
            page.share_with(&peer);
        }
    };
    view! {
        <label class="people__find">
            <span class="unseen">{w.people_find}</span>
            <Glyph icon=Icon::Search size=18 />
            <input
                id="people-find"
                class="field__input"
                type="search"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                maxlength="128"
                data-testid="people-find"
                placeholder=w.people_find
                prop:value=sought
                on:input:target=move |event| {
                    sought.set(event.target().value());
                    limit.set(ROWS);
                }
                on:keydown=enter
            />
        </label>
        <p class="unseen" role="status">{said}</p>
    }
}

/// Whoever is called by what was typed, else the first who fits.
fn meant(found: &Found) -> Option<Peer> {
    match &found.typed {
        Typed::Number(number) => Some(Peer {
            number: Some(number.clone()),
            ..Peer::default()
        }),
        Typed::Address(address) => Some(Peer {
            address: Some(address.clone()),
            ..Peer::default()
        }),
        Typed::Nothing | Typed::Wrong(_) => found.first().map(|person| person.peer.clone()),
    }
}

#[component]
fn Section(
    title: impl Fn() -> Option<&'static str> + Copy + Send + Sync + 'static,
    list: Memo<Vec<Person>>,
    id: &'static str,
) -> impl IntoView {
    let heading = format!("people-{id}");
    view! {
        <Show when=move || !list.with(Vec::is_empty)>
            {
                let heading = heading.clone();
                move || title().map(|title| view! {
                    <h3 class="people__section" id=heading.clone()>{title}</h3>
                })
            }
            <ul
                class="people__rows"
                data-testid=format!("people-{id}")
                aria-labelledby=if title().is_some() { heading.clone() } else { "people-title".to_owned() }
            >
                <For
                    each=move || list.get()
                    key=|person| (person.key(), person.peer.clone(), person.is_favourite())
                    let:person
                >
                    <Row person />
                </For>
            </ul>
        </Show>
    }
}

/// What stands there instead of anybody.
#[component]
fn Empty(found: Memo<Found>, seeks: Memo<bool>) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let loaded = page.part(|state| state.people.loaded);
    let nobody =
        Memo::new(move |_| found.with(|found| (found.is_empty(), found.typed == Typed::Nothing)));
    move || {
        match (nobody.get(), seeks.get(), loaded.get()) {
        ((false, _), _, _) | ((true, false), _, _) => ().into_any(),
        ((true, true), true, _) => {
            view! { <p class="people__none quiet" data-testid="people-none">{w.people_none_found}</p> }
                .into_any()
        }
        ((true, true), false, false) => view! { <Waiting /> }.into_any(),
        ((true, true), false, true) => view! { <Nobody /> }.into_any(),
    }
    }
}

#[component]
fn Waiting() -> impl IntoView {
    view! {
        <div class="people__waiting" role="status">
            <span class="unseen">{words().people_loading}</span>
            <span class="bone"></span><span class="bone"></span><span class="bone"></span>
        </div>
    }
}

#[component]
fn Nobody() -> impl IntoView {
    let w = words();
    view! {
        <div class="empty">
            <span class="empty__mark"><Glyph icon=Icon::People size=34 /></span>
            <p class="empty__title">{w.people_empty_title}</p>
            <p class="quiet small">{w.people_empty}</p>
        </div>
    }
}
