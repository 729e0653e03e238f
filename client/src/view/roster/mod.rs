//! Under the picture that one shows: who sees it, and who else should.

use leptos::prelude::*;

use crate::phone::state::{AudienceCommand, Command, Peer, Standing, Watcher};
use crate::text::{fill, words};
use crate::view::avatar::Avatar;
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};

/// People that are offered; more are found by their number.
const OFFERED: usize = 30;

#[component]
pub fn Roster() -> impl IntoView {
    let w = &words().audience;
    let page = Page::here();
    // Nobody knows before the answer whether it may grow; nearly always it may.
    let may_grow = page.part(|state| {
        let share = &state.share;
        match share.is_live_out() {
            true => state.audience.may_grow,
            false => share.sending().is_some(),
        }
    });
    let live = page.part(|state| state.share.is_live_out());
    let watchers = page.part(|state| state.audience.watchers.clone());
    let adding = RwSignal::new(false);
    let said = page.part(|state| words().audience.watching.of(state.audience.watching()));
    view! {
        <Show when=move || may_grow.get()>
            <section
                class="roster"
                data-testid="roster"
                data-live=move || live.get().to_string()
                aria-label=w.title
            >
                <p class="roster__said small quiet" role="status" aria-live="polite" data-testid="roster-said">
                    {move || said.get()}
                </p>
                <ul class="roster__list">
                    <For
                        each=move || watchers.get()
                        key=|watcher| (watcher.peer.clone(), watcher.standing.name())
                        let:watcher
                    >
                        <Row watcher />
                    </For>
                </ul>
                <button
                    id="roster-add"
                    class="button button--plain button--small"
                    data-testid="roster-add"
                    aria-expanded=move || adding.get().to_string()
                    on:click=move |_| adding.update(|adding| *adding = !*adding)
                >
                    <Glyph icon=Icon::Person size=18 />
                    {move || if adding.get() { w.add_done } else { w.add }}
                </button>
                <Show when=move || adding.get()>
                    <Adding close=Callback::new(move |()| adding.set(false)) />
                </Show>
            </section>
        </Show>
    }
}

#[component]
fn Row(watcher: Watcher) -> impl IntoView {
    let w = &words().audience;
    let page = Page::here();
    let Watcher { peer, standing } = watcher;
    let name = called(&peer);
    let reached = peer.reached_at().unwrap_or_default().to_owned();
    let remove = fill(w.remove, "who", &name);
    let busy = matches!(standing, Standing::Asked | Standing::Rings);
    view! {
        <li
            class="roster__one"
            data-testid=format!("watcher-{reached}")
            data-standing=standing.name()
        >
            <Avatar peer=peer.clone() />
            <span class="roster__text">
                <span class="roster__name">{name}</span>
                <span class="roster__standing small quiet">
                    {busy.then(|| view! { <span class="spinner" aria-hidden="true"></span> })}
                    {w.of(standing)}
                </span>
            </span>
            {standing
                .is_active()
                .then(|| view! {
                    <button
                        class="icon-button"
                        data-testid=format!("remove-{reached}")
                        aria-label=remove.clone()
                        title=remove.clone()
                        on:click=move |_| {
                            let remove = AudienceCommand::Remove(peer.clone());
                            page.send(Command::Audience(remove));
                        }
                    >
                        <Glyph icon=Icon::Close />
                    </button>
                })}
        </li>
    }
}

/// Whom to ask: somebody of the list, or whoever has the number that is typed.
#[component]
fn Adding(close: Callback<()>) -> impl IntoView {
    let w = &words().audience;
    let page = Page::here();
    let typed = RwSignal::new(String::new());
    let wrong = page.part(|state| state.audience.typed_wrong);
    let offered = page.part(|state| {
        let list = state.people.list.iter();
        let free = list.filter(|person| person.online && !state.audience.has(&person.peer));
        free.take(OFFERED)
            .map(|person| person.peer.clone())
            .collect::<Vec<Peer>>()
    });
    let ask = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = typed.get_untracked();
        if !text.trim().is_empty() {
            page.send(Command::Audience(AudienceCommand::AskTyped(text)));
            if !wrong.get_untracked() {
                typed.set(String::new());
            }
        }
    };
    crate::edge::screen::focus("roster-typed");
    view! {
        <div
            class="roster__adding"
            data-testid="roster-adding"
            on:keydown=move |event| {
                // What is being shown goes on.
                if event.key() == "Escape" {
                    event.stop_propagation();
                    close.run(());
                    crate::edge::screen::focus("roster-add");
                }
            }
        >
            <form class="roster__form" on:submit=ask>
                <label class="roster__field">
                    <span class="unseen">{w.typed}</span>
                    <input
                        id="roster-typed"
                        class="field__input"
                        type="text"
                        inputmode="tel"
                        autocomplete="off"
                        data-testid="roster-typed"
                        placeholder=w.typed
                        aria-invalid=move || wrong.get().to_string()
                        aria-describedby="roster-wrong"
                        prop:value=typed
                        on:input:target=move |event| typed.set(event.target().value())
                    />
                </label>
                <button class="button button--primary button--small" type="submit" data-testid="roster-ask">
                    {w.ask}
                </button>
            </form>
            <p id="roster-wrong" class="roster__wrong small" role="alert">
                {move || wrong.get().then_some(w.typed_wrong)}
            </p>
            <div class="roster__people">
                <For each=move || offered.get() key=|peer| peer.clone() let:peer>
                    <Offered peer />
                </For>
            </div>
        </div>
    }
}

#[component]
fn Offered(peer: Peer) -> impl IntoView {
    let page = Page::here();
    let name = called(&peer);
    let label = fill(words().audience.ask_person, "who", &name);
    let reached = peer.reached_at().unwrap_or_default().to_owned();
    view! {
        <button
            class="button button--plain button--small roster__person"
            data-testid=format!("ask-{reached}")
            aria-label=label
            on:click=move |_| page.send(Command::Audience(AudienceCommand::Ask(peer.clone())))
        >
            {name}
        </button>
    }
}
