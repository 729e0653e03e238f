//! The people one can show something to: found by name or number, looked at, written down.

mod card;
mod editor;
pub mod files;
mod list;
mod row;
mod typed;

use leptos::prelude::*;

use crate::phone::state::{Command, Draft, Kept, PeopleCommand};
use crate::text::{fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, Sheet};
use card::Card;
use editor::Editor;
use list::List;

#[component]
pub fn People() -> impl IntoView {
    let page = Page::here();
    let sought = page.sought;
    let said = RwSignal::new(String::new());
    view! {
        <section class="people" aria-labelledby="people-title">
            {move || match page.sheet.get() {
                Sheet::List => view! { <Head /><List sought /> }.into_any(),
                Sheet::Card(key) => view! { <Card key /> }.into_any(),
                Sheet::Editor(draft) => view! { <Editor draft sought said /> }.into_any(),
            }}
            <Undo />
            <p class="unseen" role="status" data-testid="people-said">{move || said.get()}</p>
        </section>
    }
}

#[component]
fn Head() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let add = move |_| page.sheet.set(Sheet::Editor(Draft::default()));
    view! {
        <div class="people__head">
            <h2 id="people-title" class="people__title" tabindex="-1">{w.people_title}</h2>
            <button
                class="icon-button"
                data-testid="person-add"
                aria-label=w.people.add
                title=w.people.add
                on:click=add
            >
                <Glyph icon=Icon::Plus />
            </button>
        </div>
        <NotKept />
    }
}

/// Said once, where a browser keeps nothing.
#[component]
fn NotKept() -> impl IntoView {
    let w = &words().people;
    let page = Page::here();
    let wanted = page.part(|state| state.people.kept == Kept::NotAtAll);
    view! {
        <Show when=move || wanted.get()>
            <div class="people__note" role="status" data-testid="not-kept">
                <p class="small">{w.not_kept}</p>
                <button
                    class="button button--plain button--small"
                    data-testid="not-kept-understood"
                    on:click=move |_| page.send(Command::People(PeopleCommand::Read))
                >
                    {w.understood}
                </button>
            </div>
        </Show>
    }
}

/// Brings back who was just deleted.
#[component]
fn Undo() -> impl IntoView {
    let w = &words().people;
    let page = Page::here();
    let deleted = page.part(|state| state.people.deleted.clone());
    view! {
        <div role="status">
            {move || deleted.get().map(|name| view! {
                <div class="people__undo">
                    <p class="small">{fill(w.deleted, "who", &name)}</p>
                    <button
                        class="button button--plain button--small"
                        data-testid="person-undo"
                        on:click=move |_| {
                            page.send(Command::People(PeopleCommand::Undo));
                            crate::edge::screen::focus("people-title");
                        }
                    >
                        {w.undo}
                    </button>
                </div>
            })}
        </div>
    }
}
