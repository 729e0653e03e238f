//! One person: how they are reached, what their phone can do, and what we keep of them.

use leptos::prelude::*;

use super::row::{Badge, ShareButton, online};
use crate::edge::screen;
use crate::phone::state::{Command, Draft, Number, Peer, PeopleCommand, Person, PersonKey, Way};
use crate::text::{fill, words};
use crate::view::avatar::{Avatar, Size};
use crate::view::call_bar::SayButton;
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, Sheet, called};

#[component]
pub fn Card(key: PersonKey) -> impl IntoView {
    let page = Page::here();
    let person = page.part({
        let key = key.clone();
        move |state| {
            state
                .people
                .person(&key)
                .cloned()
                .or_else(|| stranger(&key))
        }
    });
    // Somebody of the directory who was just written down has another key.
    Effect::new(move |_| {
        if let Some(new) = person.with(|person| person.as_ref().map(Person::key))
            && new != key
        {
            page.sheet.set(Sheet::Card(new));
        }
    });
    let back = move || {
        page.sheet.set(Sheet::List);
        screen::focus("people-find");
    };
    view! {
        <div
            class="card"
            data-testid="person-card"
            on:keydown=move |event| {
                let in_share = page.state.with_untracked(|state| state.is_in_share());
                if event.key() == "Escape" && !in_share {
                    back();
                }
            }
        >
            <button
                class="button button--plain button--small card__back"
                data-testid="person-back"
                on:click=move |_| back()
            >
                <Glyph icon=Icon::Left size=18 />
                {words().people.back}
            </button>
            {move || match person.get() {
                Some(person) => view! { <Details person /> }.into_any(),
                None => ().into_any(),
            }}
        </div>
    }
}

/// Somebody of the history, who is in no list; one of the list is found by an own contact too.
fn stranger(key: &PersonKey) -> Option<Person> {
    let peer = match key {
        PersonKey::Number(number) => Peer {
            number: Some(number.clone()),
            ..Peer::default()
        },
        PersonKey::Address(address) => Peer {
            address: Some(address.clone()),
            ..Peer::default()
        },
        PersonKey::Own(_) | PersonKey::Nobody => return None,
    };
    Some(Person::stranger(peer))
}

#[component]
fn Details(person: Person) -> impl IntoView {
    let w = words();
    let name = called(&person.peer);
    let online = online(person.peer.number.clone());
    let from_directory = person.own.is_none() && person.peer.name.is_some();
    view! {
        <div class="card__head">
            <Avatar peer=person.peer.clone() size=Size::Card />
            <h2 id="person-title" class="card__name" tabindex="-1" data-testid="person-name">{name.clone()}</h2>
            <p class="small quiet">
                {move || online.get().then_some(w.online)}
                {move || (from_directory && !online.get()).then_some(w.offline)}
                {from_directory.then(|| view! { " · " {w.people.of_directory} })}
            </p>
            <Badge peer=person.peer.clone() />
        </div>
        <ul class="card__ways">
            {ways(&person)
                .into_iter()
                .map(|way| view! { <WayRow way name=person.peer.name.clone() /> })
                .collect_view()}
        </ul>
        {person.peer.number.clone().map(|number| view! {
            <div class="card__say"><SayButton number name=name.clone() /></div>
        })}
        <Doings person />
    }
}

/// Somebody of the directory has the one number there.
fn ways(person: &Person) -> Vec<Way> {
    if let Some(own) = &person.own {
        return own.ways.clone();
    }
    let number = person.peer.number.clone().map(|number| Way::Number {
        typed: number.grouped(),
        number: Some(number),
    });
    let address = person.peer.address.clone().map(Way::Address);
    number.into_iter().chain(address).collect()
}

#[component]
fn WayRow(way: Way, name: Option<String>) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let free = page.part(|state| !state.is_in_share());
    let text = way.typed();
    // How they are dialled from anywhere, where that is not how it was typed.
    let in_full = way
        .number()
        .filter(|number| Number::parse(&text).as_ref() != Some(number));
    let in_full = in_full.map(Number::grouped);
    let peer = Peer {
        name,
        number: way.number().cloned(),
        address: way.address().cloned(),
    };
    let usable = way.is_usable();
    let id = way.number().map_or_else(|| way.typed(), Number::to_string);
    view! {
        <li class="card__way">
            <span class="card__way-text number">
                {text}
                {in_full.map(|number| view! { <span class="small quiet">{number}</span> })}
                {(!usable).then(|| view! { <span class="small quiet">{w.people.not_callable}</span> })}
            </span>
            <Show when=move || usable && free.get()>
                <ShareButton peer=peer.clone() testid=format!("share-{id}") />
            </Show>
        </li>
    }
}

#[component]
fn Doings(person: Person) -> impl IntoView {
    let w = &words().people;
    let page = Page::here();
    let key = person.key();
    let starred = person.is_favourite();
    let can_star =
        person.own.is_some() || person.peer.number.is_some() && person.peer.name.is_some();
    let own = person.own.clone();
    let draft = Draft {
        id: own.as_ref().map(|own| own.id.clone()),
        name: person.peer.name.clone().unwrap_or_default(),
        ways: ways(&person).iter().map(Way::typed).collect(),
    };
    let edit_word = if own.is_some() { w.edit } else { w.write_down };
    let star = move |_| {
        let who = key.clone();
        page.send(Command::People(PeopleCommand::Favourite {
            who,
            on: !starred,
        }));
        screen::focus("person-star");
    };
    view! {
        <div class="card__doings">
            {can_star.then(|| view! {
                <button
                    id="person-star"
                    class="button button--plain button--small card__star"
                    data-testid="person-star"
                    aria-pressed=starred.to_string()
                    on:click=star
                >
                    <Glyph icon=Icon::Star size=18 />
                    {w.favourite}
                </button>
            })}
            <button
                class="button button--plain button--small"
                data-testid="person-edit"
                on:click=move |_| page.sheet.set(Sheet::Editor(draft.clone()))
            >
                {edit_word}
            </button>
            {own.map(|own| view! {
                <button
                    class="button button--plain button--small card__delete"
                    data-testid="person-delete"
                    aria-label=format!("{}: {}", w.delete, fill("{who}", "who", &own.name))
                    on:click=move |_| {
                        page.sheet.set(Sheet::List);
                        page.send(Command::People(PeopleCommand::Delete(own.id.clone())));
                        screen::focus("people-find");
                    }
                >
                    {w.delete}
                </button>
            })}
        </div>
    }
}
