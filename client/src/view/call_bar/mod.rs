//! The voice call that shares go beside: with whom, for how long, and what the person says of it.

use leptos::prelude::*;

use crate::phone::state::{Call, Command, Number, Share, Source, Stands, State};
use crate::text::{CallWords, clock, fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, Place, called};

/// Above the stage while a call is up; before that, the offer to say so of whoever is chosen.
#[component]
pub fn CallBar() -> impl IntoView {
    let page = Page::here();
    let up = page.part(|state| state.call.up().is_some());
    let chosen = page.part(|state| {
        // What ended is read first, and stays where it is.
        let over = matches!(state.share, Share::Ended(_));
        let quiet = !state.is_in_share() && !over && !state.network_tells_calls;
        state.people.chosen.clone().filter(|_| quiet)
    });
    view! {
        <Show when=move || up.get() fallback=move || {
            let say = move || {
                let peer = chosen.get()?;
                let number = peer.number.clone()?;
                let words = fill(words().call.say, "who", &called(&peer));
                Some(view! {
                    <button
                        class="button button--plain button--small call-say"
                        data-testid="say-on-the-phone"
                        on:click=move |_| page.send(Command::SayOnThePhone(number.clone()))
                    >
                        <Glyph icon=Icon::Phone size=18 />
                        {words}
                    </button>
                })
            };
            view! { {say} }
        }>
            <Bar />
        </Show>
    }
}

#[component]
fn Bar() -> impl IntoView {
    let w = &words().call;
    let page = Page::here();
    let stands = page.part(|state| {
        let call = state.call.up();
        call.map_or(Stands::Connected, |call| call.stands)
    });
    let source = page.part(|state| state.call.up().map_or(Source::Said, |call| call.source));
    let seconds = page.part(|state| state.call.up().map_or(0, |call| call.seconds));
    let who = page.part(who);
    let line = move || fill(line_of(w, stands.get()), "who", &who.get());
    view! {
        <section
            class="call-bar"
            aria-label=w.bar
            data-testid="call-bar"
            data-stands=move || stands.get().name()
            data-source=move || source.get().name()
        >
            <p class="call-bar__text">
                <Glyph icon=Icon::Phone size=18 />
                <span class="call-bar__who" data-testid="call-who">{line}</span>
                <span class="call-bar__clock number" data-testid="call-clock">
                    {move || clock(seconds.get())}
                </span>
            </p>
            {move || match source.get() {
                Source::Said => view! { <Words stands /> }.into_any(),
                Source::Network => {
                    view! { <p class="call-bar__source small">{w.by_network}</p> }.into_any()
                }
                // A call of this page's own has buttons of its own.
                Source::Here => ().into_any(),
            }}
        </section>
    }
}

/// What the person can say of the call.
#[component]
fn Words(stands: Memo<Stands>) -> impl IntoView {
    let w = &words().call;
    let talking = move || stands.get() == Stands::Connected;
    let back = move || match stands.get() {
        Stands::Conference => (w.alone, w.alone_name),
        Stands::Connected | Stands::Held => (w.resume, w.resume_name),
    };
    view! {
        <div class="call-bar__words">
            <Show when=talking fallback=move || view! {
                <Say
                    id="call-back"
                    words=Signal::derive(back)
                    command=Command::SayResumed
                />
            }>
                <Say id="call-hold" words=Signal::stored((w.hold, w.hold_name)) command=Command::SayHeld />
                <Say
                    id="call-others"
                    words=Signal::stored((w.others, w.others_name))
                    command=Command::SayConference
                />
            </Show>
            <Say id="call-ended" words=Signal::stored((w.ended, w.ended_name)) command=Command::SayEnded />
        </div>
    }
}

/// `words` are the short ones on the button, and the whole sentence that it stands for.
#[component]
fn Say(
    id: &'static str,
    words: Signal<(&'static str, &'static str)>,
    command: Command,
) -> impl IntoView {
    let page = Page::here();
    let who = page.part(who);
    let name = move || {
        let (short, long) = words.get();
        format!("{short}: {}", fill(long, "who", &who.get()))
    };
    view! {
        <button
            class="button button--small call-bar__word"
            data-testid=id
            aria-label=name
            title=name
            on:click=move |_| page.send(command.clone())
        >
            {move || words.get().0}
        </button>
    }
}

/// Beside a person in the list: one tap says that one is on the phone with them.
#[component]
pub fn SayButton(number: Number, name: String) -> impl IntoView {
    let w = &words().call;
    let page = Page::here();
    let wanted = page.part(|state| state.call == Call::None && !state.network_tells_calls);
    let label = fill(w.say, "who", &name);
    view! {
        <Show when=move || wanted.get()>
            <button
                class="icon-button"
                data-testid="say-button"
                aria-label=label.clone()
                title=label.clone()
                on:click={
                    let number = number.clone();
                    move |_| {
                        page.send(Command::SayOnThePhone(number.clone()));
                        page.place.set(Place::Call);
                    }
                }
            >
                <Glyph icon=Icon::Phone />
            </button>
        </Show>
    }
}

/// What is said of the call to someone who does not look at the page.
#[component]
pub fn CallAnnouncer() -> impl IntoView {
    let page = Page::here();
    let now = page.part(|state| {
        let call = state.call.up()?;
        let template = match call.stands {
            Stands::Connected => words().call.said_started,
            Stands::Held => words().call.said_held,
            Stands::Conference => words().call.said_conference,
        };
        Some(fill(template, "who", &called(&call.peer)))
    });
    let said = Memo::new(move |before: Option<&String>| match (now.get(), before) {
        (Some(now), _) => now,
        (None, Some(before)) if !before.is_empty() => words().call.said_ended.to_owned(),
        (None, _) => String::new(),
    });
    view! {
        <div class="unseen" role="status" aria-live="polite" data-testid="call-announcer">
            {move || said.get()}
        </div>
    }
}

/// Why nothing can be shown to whoever is chosen, if that is so.
pub fn barred(state: &State) -> Option<String> {
    let w = &words().call;
    let chosen = state.people.chosen.as_ref()?;
    let template = match state.call.with_peer(chosen)? {
        Stands::Connected => return None,
        Stands::Held => w.barred_held,
        Stands::Conference => w.barred_conference,
    };
    Some(fill(template, "who", &called(chosen)))
}

fn who(state: &State) -> String {
    state
        .call
        .up()
        .map_or_else(String::new, |call| called(&call.peer))
}

fn line_of(w: &CallWords, stands: Stands) -> &'static str {
    match stands {
        Stands::Connected => w.on_the_phone,
        Stands::Held => w.on_hold,
        Stands::Conference => w.conference,
    }
}
