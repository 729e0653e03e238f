//! The page inside another page: a door without a form, and a stage that needs nobody beside it.

use leptos::prelude::*;

use crate::edge::embed;
use crate::phone::state::Registration;
use crate::text::{registration_state, sign_in_problem, words};
use crate::view::Page;
use crate::view::icon::{Glyph, Icon, Mark};
use crate::view::language::Languages;
use crate::view::part::part;

part!(around, Around);

/// What speaks with the page around this one; there is nothing to see of it.
#[component]
fn Around() -> impl IntoView {
    embed::begin(Page::here(), expect_context::<Languages>());
}

/// Before the page around this one has signed the person in, and after it has not.
#[component]
pub fn Waiting() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let registration = page.part(|state| state.registration);
    let problem = page.part(|state| state.sign_in_problem);
    view! {
        <main class="waiting" data-testid="waiting">
            <Mark size=56 />
            <h1 class="waiting__title">
                {move || match problem.get() {
                    Some(_) => w.embedded.again_title,
                    None => w.embedded.waiting_title,
                }}
            </h1>
            <p class="quiet waiting__text">
                {move || problem.get().is_none().then_some(w.embedded.waiting)}
            </p>
            <div role="alert">
                {move || problem.get().map(|problem| view! {
                    <p class="note note--bad" data-testid="sign-in-error">
                        <Glyph icon=Icon::Warning size=20 />
                        <span>{sign_in_problem(problem)}</span>
                    </p>
                })}
            </div>
            <span
                class="unseen"
                role="status"
                data-testid="registration-state"
                data-state=move || registration.get().name()
            >
                {move || (registration.get() != Registration::SignedOut)
                    .then(|| registration_state(registration.get()))}
            </span>
        </main>
    }
}

/// Nobody is chosen, and there is no list of people to choose from.
#[component]
pub fn NobodyChosen() -> impl IntoView {
    let w = words();
    view! {
        <div class="empty stage__empty">
            <Mark size=56 />
            <h2 class="stage__empty-title">{w.embedded.nobody_title}</h2>
            <p class="quiet stage__empty-text">{w.embedded.nobody}</p>
        </div>
    }
}
