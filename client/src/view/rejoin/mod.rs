//! What went on when the page was loaded anew, and how to go on with it.

use leptos::prelude::*;

use crate::phone::state::{Command, Direction, Unfinished};
use crate::text::{fill, words};
use crate::view::{Page, Place, called};

#[component]
pub fn RejoinNote() -> impl IntoView {
    let page = Page::here();
    // Whoever is in a share again has no use for the last.
    let unfinished = page.part(|state| {
        let left = state.life.unfinished.clone();
        left.filter(|_| !state.is_in_share())
    });
    move || unfinished.get().map(|left| view! { <Note left /> })
}

#[component]
fn Note(left: Unfinished) -> impl IntoView {
    let w = &words().life;
    let page = Page::here();
    let who = called(&left.peer);
    let (told, again) = match left.direction {
        Direction::Out => (w.unfinished_out, Some(w.rejoin)),
        Direction::In => (w.unfinished_in, None),
    };
    view! {
        <div class="rejoin" role="status" data-testid="unfinished">
            <p class="small">{fill(told, "who", &who)}</p>
            <div class="rejoin__actions">
                {again.map(|again| view! {
                    <button
                        class="button button--primary button--small"
                        data-testid="rejoin"
                        on:click=move |_| {
                            page.send(Command::Rejoin);
                            page.place.set(Place::Call);
                        }
                    >
                        {again}
                    </button>
                })}
                <button
                    class="button button--plain button--small"
                    data-testid="unfinished-forget"
                    on:click=move |_| page.send(Command::ForgetUnfinished)
                >
                    {w.forget}
                </button>
            </div>
        </div>
    }
}
