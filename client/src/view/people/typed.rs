//! What was typed, where it is nobody's in the list: to share with all the same, to write down, or
//! what is wrong with it.

use leptos::prelude::*;

use super::row::ShareButton;
use crate::phone::contacts::find::Typed;
use crate::phone::state::{Draft, Peer};
use crate::text::people::typed_problem;
use crate::text::{fill, words};
use crate::view::avatar::Avatar;
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, Sheet, called};

#[component]
pub fn TypedCard(typed: Memo<Typed>, sought: RwSignal<String>) -> impl IntoView {
    move || {
        let peer = match typed.get() {
            Typed::Nothing => return ().into_any(),
            Typed::Wrong(problem) => {
                return view! {
                    <p class="people__wrong" role="status" data-testid="typed-problem">
                        {typed_problem(problem)}
                    </p>
                }
                .into_any();
            }
            Typed::Number(number) => Peer {
                number: Some(number),
                ..Peer::default()
            },
            Typed::Address(address) => Peer {
                address: Some(address),
                ..Peer::default()
            },
        };
        view! { <Offer peer sought /> }.into_any()
    }
}

#[component]
fn Offer(peer: Peer, sought: RwSignal<String>) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let free = page.part(|state| !state.is_in_share());
    let keep_name = fill(w.people.typed_keep, "who", &called(&peer));
    let keep = move |_| {
        page.sheet.set(Sheet::Editor(Draft {
            ways: vec![sought.get_untracked().trim().to_owned()],
            ..Draft::default()
        }));
    };
    let shared = peer.clone();
    view! {
        <div class="typed" data-testid="typed">
            <div class="typed__who">
                <Avatar peer=peer.clone() />
                <span class="person__text">
                    <span class="person__name number">{called(&peer)}</span>
                    <span class="small quiet">{w.people.typed_hint}</span>
                </span>
            </div>
            <div class="person__actions">
                <Show when=move || free.get()>
                    <ShareButton peer=shared.clone() testid="typed-share" />
                </Show>
                <button
                    class="button button--plain button--small"
                    data-testid="typed-keep"
                    aria-label=keep_name
                    on:click=keep
                >
                    <Glyph icon=Icon::Plus size=18 />
                    {w.people.typed_add}
                </button>
            </div>
        </div>
    }
}
