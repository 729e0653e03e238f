//! The people one can show something to.

use leptos::prelude::*;

use crate::phone::state::{Command, Person};
use crate::text::{fill, words};
use crate::view::avatar::Avatar;
use crate::view::call_bar::SayButton;
use crate::view::icon::{Glyph, Icon};
use crate::view::voice::CallButton;
use crate::view::{Page, Place, called};

/// From this many people on, a field to find one is worth its space.
const FIND_FROM: usize = 8;

#[component]
pub fn People() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let people = page.part(|state| state.people.list.clone());
    let loaded = page.part(|state| state.people.loaded);
    let sought = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let sought = sought.get().trim().to_lowercase();
        people.with(|list| {
            list.iter()
                .filter(|person| matches(person, &sought))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    view! {
        <section class="people" aria-labelledby="people-title">
            <h2 id="people-title" class="people__title">{w.people_title}</h2>
            <Show when=move || people.with(|list| list.len() >= FIND_FROM)>
                <label class="people__find">
                    <span class="unseen">{w.people_find}</span>
                    <Glyph icon=Icon::Search size=18 />
                    <input
                        class="field__input"
                        type="search"
                        data-testid="people-find"
                        placeholder=w.people_find
                        prop:value=sought
                        on:input:target=move |event| sought.set(event.target().value())
                    />
                </label>
            </Show>
            <ul class="people__list">
                <For each=move || found.get() key=|person| person.peer.clone() let:person>
                    <Row person />
                </For>
            </ul>
            {move || match (loaded.get(), people.with(|list| list.is_empty()), found.with(Vec::is_empty)) {
                (false, true, _) => view! { <Waiting /> }.into_any(),
                (true, true, _) => view! { <Nobody /> }.into_any(),
                (_, false, true) => view! { <p class="people__none quiet">{w.people_none_found}</p> }.into_any(),
                (_, false, false) => ().into_any(),
            }}
        </section>
    }
}

fn matches(person: &Person, sought: &str) -> bool {
    let digits: String = sought.chars().filter(|c| !c.is_whitespace()).collect();
    called(&person.peer).to_lowercase().contains(sought)
        || person
            .peer
            .number
            .as_ref()
            .is_some_and(|number| number.as_str().contains(&digits))
}

#[component]
fn Row(person: Person) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let Some(number) = person.peer.number.clone() else {
        return ().into_any();
    };
    let own = number.clone();
    let selected = page.part(move |state| {
        let chosen = state.people.chosen.as_ref();
        chosen.is_some_and(|peer| peer.number.as_ref() == Some(&own))
    });
    let own = number.clone();
    let online = page.part(move |state| state.people.is_online(&own));
    let free = page.part(|state| !state.is_in_share());
    let peer = person.peer.clone();
    let name = called(&person.peer);
    let presence = move || if online.get() { w.online } else { w.offline };
    let share_name = fill(w.share_with, "who", &name);
    let select = Command::Select(number.clone());
    let share = move |_| {
        page.send(select.clone());
        page.place.set(Place::Call);
        crate::edge::screen::focus("slot");
    };
    let choose = Command::Select(number.clone());
    view! {
        <li class="person" data-selected=move || selected.get().to_string()>
            <button
                class="person__button"
                data-testid=format!("contact-{number}")
                aria-pressed=move || selected.get().to_string()
                on:click=move |_| page.send(choose.clone())
            >
                <span class="person__face">
                    <Avatar peer=person.peer.clone() />
                    <span class="person__dot" data-online=move || online.get().to_string()></span>
                </span>
                <span class="person__text">
                    <span class="person__name">{name.clone()}</span>
                    <span class="person__line small quiet number">
                        {number.grouped()} <span class="person__presence">" · " {presence}</span>
                    </span>
                </span>
            </button>
            {
                let (number, name) = (number.clone(), name.clone());
                view! {
                    <Show when=move || selected.get() && free.get()>
                        <SayButton number=number.clone() name=name.clone() />
                    </Show>
                }
            }
            <Show when=move || selected.get() && free.get()>
                <button
                    class="button button--primary button--small"
                    data-testid="share-button"
                    aria-label=share_name.clone()
                    on:click=share.clone()
                >
                    <Glyph icon=Icon::Camera size=18 />
                    {w.share}
                </button>
            </Show>
            <Show when=move || selected.get()>
                <CallButton peer=peer.clone() testid="call-button" />
            </Show>
        </li>
    }
    .into_any()
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
