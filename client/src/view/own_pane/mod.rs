//! One's own side while one watches: small, in a corner of their picture. Opening it shows it to
//! oneself alone; showing it is a step of its own.

use leptos::prelude::*;

use crate::phone::state::{Camera, Command, Peer, SendPhase, State};
use crate::text::{camera_problem, fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::slot::Preview;
use crate::view::{Page, called};

/// What the corner holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    /// A way to open it.
    Closed,
    /// It is seen by oneself alone.
    Open,
    Asking,
    Live,
}

fn own(state: &State) -> Own {
    match (state.sending(), state.camera) {
        (Some(sending), _) => match sending.phase {
            SendPhase::Calling | SendPhase::Ringing => Own::Asking,
            SendPhase::Live => Own::Live,
        },
        (None, Camera::Closed) => Own::Closed,
        (None, Camera::Opening | Camera::Open | Camera::Problem(_)) => Own::Open,
    }
}

fn own_name(own: Own) -> &'static str {
    match own {
        Own::Closed => "closed",
        Own::Open => "open",
        Own::Asking => "calling",
        Own::Live => "live",
    }
}

#[component]
pub fn OwnPane() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let own = page.part(own);
    let problem = page.part(|state| match state.camera {
        Camera::Problem(problem) => Some(problem),
        Camera::Closed | Camera::Opening | Camera::Open => None,
    });
    view! {
        <section
            class="own-pane room"
            aria-label=w.both.own_preview
            data-testid="own-pane"
            data-state=move || own_name(own.get())
        >
            <Show
                when=move || own.get() != Own::Closed
                fallback=move || view! {
                    <button
                        class="button button--plain button--small"
                        data-testid="own-open"
                        title=w.both.offer_hint
                        on:click=move |_| page.send(Command::OpenSlot)
                    >
                        <Glyph icon=Icon::Camera size=20 />
                        {w.both.offer}
                    </button>
                }
            >
                <div class="own-pane__picture">
                    <Preview />
                    {move || problem.get().map(|problem| {
                        let explained = camera_problem(problem, page.browser);
                        view! {
                            <p class="own-pane__problem small" role="alert" tabindex="0" data-testid="own-problem">
                                <strong>{explained.title}</strong>
                                " "
                                {explained.next}
                            </p>
                        }
                    })}
                </div>
                <Buttons own />
            </Show>
        </section>
    }
}

#[component]
fn Buttons(own: Memo<Own>) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let ready = page.part(|state| state.camera == Camera::Open);
    let peer: Memo<Option<Peer>> =
        page.part(|state| state.watching().map(|watching| watching.peer.clone()));
    let who = move || peer.get().map_or_else(String::new, |peer| called(&peer));
    view! {
        <div class="own-pane__buttons">
            <Show
                when=move || own.get() == Own::Open
                fallback=move || view! {
                    <button
                        class="button button--live button--small"
                        data-testid="stop-button"
                        on:click=move |_| page.send(Command::CloseSlot)
                    >
                        <Glyph icon=Icon::Stop size=20 />
                        {move || if own.get() == Own::Live { w.both.stop_showing } else { w.stop_asking }}
                    </button>
                }
            >
                <button
                    class="button button--primary button--small"
                    data-testid="send-button"
                    disabled=move || !ready.get()
                    on:click=move |_| page.send(Command::Show)
                >
                    {move || fill(w.show, "who", &who())}
                </button>
                <button
                    class="button button--plain button--small"
                    data-testid="own-close"
                    aria-label=w.both.close
                    on:click=move |_| page.send(Command::CloseSlot)
                >
                    <Glyph icon=Icon::Close size=20 />
                </button>
            </Show>
        </div>
    }
}
