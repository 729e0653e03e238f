//! The door: a name and a password.

use leptos::prelude::*;

use crate::phone::state::{Command, Registration};
use crate::text::{registration_state, sign_in_problem, words};
use crate::view::Page;
use crate::view::elsewhere::ElsewhereNote;
use crate::view::icon::{Glyph, Icon, Mark};
use crate::view::language::LanguageChoice;

#[component]
pub fn SignIn() -> impl IntoView {
    let w = words();
    view! {
        <ElsewhereNote />
        <main class="door">
            <section class="door__story">
                <span class="wordmark"><Mark size=34 />{w.product}</span>
                <h1 class="door__tagline">{w.tagline}</h1>
                <p class="door__promise">{w.promise}</p>
                <SlotPicture />
            </section>
            <Form />
        </main>
    }
}

#[component]
fn Form() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let registration = page.part(|state| state.registration);
    let slow = page.part(|state| state.life.slow);
    let busy = Signal::derive(move || registration.get() == Registration::SigningIn);
    let name = RwSignal::new(page.state.with_untracked(|state| state.me.name.clone()));
    let password = RwSignal::new(String::new());
    let incomplete = Signal::derive(move || {
        name.with(|name| name.trim().is_empty()) || password.with(String::is_empty)
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() && !incomplete.get_untracked() {
            page.send(Command::SignIn {
                name: name.get_untracked().trim().to_owned(),
                password: password.get_untracked(),
            });
        }
    };
    view! {
        <form class="door__form" on:submit=submit aria-labelledby="sign-in-title" novalidate>
            <h2 id="sign-in-title" class="door__title">{w.sign_in_title}</h2>
            <label class="field">
                <span class="field__label">{w.sign_in_name}</span>
                <input
                    class="field__input"
                    data-testid="sign-in-name"
                    type="text"
                    name="username"
                    autocomplete="username"
                    autocapitalize="none"
                    spellcheck="false"
                    maxlength="64"
                    prop:value=name
                    on:input:target=move |event| name.set(event.target().value())
                />
            </label>
            <PasswordField password />
            <Problem />
            <button
                class="button button--primary button--wide"
                data-testid="sign-in-submit"
                type="submit"
                disabled=move || busy.get() || incomplete.get()
            >
                <Show when=move || busy.get()>
                    <span class="spinner" aria-hidden="true"></span>
                </Show>
                <span>{move || if busy.get() { w.signing_in } else { w.sign_in }}</span>
            </button>
            <p class="door__slow small quiet" role="status" data-testid="sign-in-slow">
                {move || slow.get().then_some(w.life.slow)}
            </p>
            <p class="door__kept small quiet">{w.password_kept}</p>
            <LanguageChoice />
            <Standing />
        </form>
    }
}

#[component]
fn PasswordField(password: RwSignal<String>) -> impl IntoView {
    let w = words();
    let problem = Page::here().part(|state| state.sign_in_problem);
    let shown = RwSignal::new(false);
    view! {
        <div class="field">
            <label class="field__label" for="password">{w.sign_in_password}</label>
            <span class="field__group">
                <input
                    id="password"
                    class="field__input"
                    data-testid="sign-in-password"
                    type=move || if shown.get() { "text" } else { "password" }
                    name="password"
                    autocomplete="current-password"
                    maxlength="256"
                    aria-invalid=move || problem.get().is_some().to_string()
                    aria-describedby="sign-in-error"
                    prop:value=password
                    on:input:target=move |event| password.set(event.target().value())
                />
                <button
                    class="field__peek"
                    type="button"
                    aria-pressed=move || shown.get().to_string()
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { w.hide_password } else { w.show_password }}
                    <span class="unseen">" " {w.sign_in_password}</span>
                </button>
            </span>
        </div>
    }
}

#[component]
fn Problem() -> impl IntoView {
    let problem = Page::here().part(|state| state.sign_in_problem);
    view! {
        <div id="sign-in-error" class="door__error" role="alert">
            {move || problem.get().map(|problem| view! {
                <p class="note note--bad" data-testid="sign-in-error">
                    <Glyph icon=Icon::Warning size=20 />
                    <span>{sign_in_problem(problem)}</span>
                </p>
            })}
        </div>
    }
}

/// How the sign-in stands, for those who do not see the button.
#[component]
fn Standing() -> impl IntoView {
    let registration = Page::here().part(|state| state.registration);
    view! {
        <span
            class="unseen"
            role="status"
            data-testid="registration-state"
            data-state=move || registration.get().name()
        >
            {move || registration_state(registration.get())}
        </span>
    }
}

/// The one idea as a drawing: a phone call with a camera slot beside it.
#[component]
fn SlotPicture() -> impl IntoView {
    view! {
        <svg class="door__picture" viewBox="0 0 420 190" aria-hidden="true">
            <rect class="art-phone" x="14" y="12" width="100" height="166" rx="18" />
            <rect class="art-screen" x="24" y="34" width="80" height="66" rx="6" />
            <path class="art-hill" d="M24 88l22-24 18 16 14-12 26 24v2a6 6 0 0 1-6 6H30a6 6 0 0 1-6-6z" />
            <circle class="art-sun" cx="84" cy="52" r="8" />
            <g class="art-keys">
                <circle cx="40" cy="122" r="5" /><circle cx="64" cy="122" r="5" /><circle cx="88" cy="122" r="5" />
                <circle cx="40" cy="142" r="5" /><circle cx="64" cy="142" r="5" /><circle cx="88" cy="142" r="5" />
                <circle cx="40" cy="162" r="5" /><circle cx="64" cy="162" r="5" /><circle cx="88" cy="162" r="5" />
            </g>
            <path class="art-wire" d="M208 96H128M142 84l-14 12 14 12" />
            <rect class="art-body" x="222" y="24" width="186" height="142" rx="22" />
            <rect class="art-screen" x="234" y="36" width="162" height="118" rx="13" />
            <path class="art-hill" d="M234 130l46-50 36 33 28-24 52 48v4a13 13 0 0 1-13 13H247a13 13 0 0 1-13-13z" />
            <circle class="art-sun" cx="346" cy="66" r="14" />
            <rect class="art-cover" x="352" y="36" width="44" height="118" rx="13" />
            <path class="art-grip" d="M364 80v30M374 80v30M384 80v30" />
        </svg>
    }
}
