//! A newer page is ready: taken when the person says so, and never while something is shown or said.

use leptos::prelude::*;

use crate::edge::page as edge_page;
use crate::phone::state::{Share, State, Voice};
use crate::text::words;
use crate::view::Page;

#[component]
pub fn NewVersion() -> impl IntoView {
    let page = Page::here();
    let ready = RwSignal::new(edge_page::update_is_ready());
    edge_page::on_update(move || {
        ready.set(true);
    });
    let free = page.part(is_free);
    view! {
        <Show when=move || ready.get() && free.get()>
            <Offer later=move || ready.set(false) />
        </Show>
    }
}

/// Nothing is on that a reload would end.
fn is_free(state: &State) -> bool {
    !state.is_in_share()
        && matches!(state.share, Share::None | Share::Ended(_))
        && matches!(state.voice, Voice::None)
}

#[component]
pub fn Offer(#[prop(into)] later: Callback<()>) -> impl IntoView {
    let w = &words().update;
    view! {
        <section class="update" data-testid="update" role="status" aria-labelledby="update-title">
            <p id="update-title" class="update__title">{w.ready}</p>
            <p class="small quiet">{w.then}</p>
            <div class="update__buttons">
                <button
                    class="button button--primary button--small"
                    data-testid="update-take"
                    on:click=move |_| edge_page::take_update()
                >
                    {w.take}
                </button>
                <button
                    class="button button--plain button--small"
                    data-testid="update-later"
                    on:click=move |_| later.run(())
                >
                    {w.later}
                </button>
            </div>
        </section>
    }
}
