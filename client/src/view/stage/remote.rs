//! The other person's picture, in the page, over the whole screen or in a window of its own.

use leptos::prelude::*;

use crate::edge::{large, screen, timer};
use crate::phone::state::{Command, Peer, State, Voice, WatchPhase};
use crate::text::{fill, words};
use crate::view::avatar::{Avatar, Size};
use crate::view::ended::EndedBeside;
use crate::view::icon::{Glyph, Icon};
use crate::view::live_bar::{Controls, LiveBar};
use crate::view::own_pane::OwnPane;
use crate::view::ways::WaysNote;
use crate::view::{Page, called};

/// What floats over a picture goes away when pointer, keys and focus have rested for so long.
pub const STILL: std::time::Duration = std::time::Duration::from_secs(3);

type Screen = NodeRef<leptos::html::Video>;

#[component]
pub fn Remote() -> impl IntoView {
    let page = Page::here();
    let screen = Screen::new();
    let full = page.full;
    let still = timer::stillness(STILL);
    large::on_screen_changed(move || {
        if !large::is_screen_filled() {
            full.set(false);
        }
    });
    on_cleanup(move || leave(full));
    // Whoever asks is not to be missed.
    let asked = page.part(is_asked);
    Effect::new(move |_| {
        if asked.get() {
            leave(full);
        }
    });
    view! {
        <div
            class="own"
            data-testid="watching"
            data-full=move || full.get().to_string()
            data-still=move || still.get().to_string()
            on:keydown=move |event| match (screen::letter(&event), event.key().as_str()) {
                (Some('f'), _) => toggle_full(full),
                (Some('p'), _) => float(screen),
                (_, "Escape") if full.get_untracked() => {
                    // It leaves the full screen, and ends nothing.
                    event.prevent_default();
                    leave(full);
                }
                (Some(_) | None, _) => {}
            }
        >
            <div class="room-for-picture">
                <div class="picture picture--remote room">
                    <Theirs screen />
                    <LiveBar />
                    <Tools screen full />
                    <OwnPane />
                </div>
            </div>
            <EndedBeside />
            <WaysNote />
            <Controls />
        </div>
    }
}

fn is_asked(state: &State) -> bool {
    state.asked().is_some() || matches!(state.voice, Voice::Asked(_))
}

/// Their picture, or that it is waited for.
#[component]
fn Theirs(screen: Screen) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let peer = page.part(|state| {
        let watching = state.share.watching();
        watching.map_or_else(Peer::default, |watching| watching.peer.clone())
    });
    let who = move || peer.with(called);
    let seen = page.part(|state| {
        state
            .share
            .watching()
            .is_some_and(|watching| watching.phase != WatchPhase::Waiting)
    });
    let shape = RwSignal::new("natural");
    Effect::new(move |_| {
        if let Some(screen) = screen.get() {
            page.remote
                .with(|stream| screen::attach(&screen, stream.as_ref()));
        }
    });
    let measured = move || {
        let Some(screen) = screen.get_untracked() else {
            return;
        };
        let (width, height) = (screen.video_width(), screen.video_height());
        if width > 0 {
            shape.set(shape_of(width, height));
            page.send(Command::PictureSeen { width, height });
        }
    };
    view! {
        <video
            class="picture__video"
            data-testid="stage-video"
            data-shape=move || shape.get()
            node_ref=screen
            autoplay
            playsinline
            prop:muted=true
            aria-label=move || fill(w.picture_of, "who", &who())
            on:loadeddata=move |_| measured()
            on:resize=move |_| measured()
        ></video>
        <Show when=move || !seen.get()>
            <div class="picture__waiting">
                <Avatar peer=peer size=Size::Card />
                <p class="picture__waiting-text">
                    <span class="spinner" aria-hidden="true"></span>
                    {move || fill(w.waiting, "who", &who())}
                </p>
            </div>
        </Show>
    }
}

/// What one may do with the picture; it fades, the stop does not.
#[component]
fn Tools(screen: Screen, full: RwSignal<bool>) -> impl IntoView {
    let w = &words().around;
    let floats = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(screen) = screen.get() {
            large::on_floating(&screen, move |on| floats.set(on));
        }
    });
    let full_name = move || if full.get() { w.full_leave } else { w.full };
    let full_icon = Signal::derive(move || match full.get() {
        true => Icon::FullLeave,
        false => Icon::Full,
    });
    let float_name = move || if floats.get() { w.float_leave } else { w.float };
    view! {
        <div class="tools fades">
            {large::can_float()
                .then(|| view! {
                    <button
                        class="tools__one"
                        data-testid="float"
                        aria-label=float_name
                        title=float_name
                        aria-pressed=move || floats.get().to_string()
                        aria-keyshortcuts="p"
                        on:click=move |_| float(screen)
                    >
                        <Glyph icon=Icon::Float />
                    </button>
                })}
            <button
                class="tools__one"
                data-testid="full-screen"
                aria-label=full_name
                title=full_name
                aria-pressed=move || full.get().to_string()
                aria-keyshortcuts="f"
                on:click=move |_| toggle_full(full)
            >
                <Glyph icon=full_icon />
            </button>
        </div>
    }
}

/// The whole page goes along: so does what says that one's own camera is on the air.
fn toggle_full(full: RwSignal<bool>) {
    if full.get_untracked() {
        return leave(full);
    }
    full.set(true);
    large::fill_screen();
}

fn leave(full: RwSignal<bool>) {
    full.set(false);
    large::leave_screen();
}

fn float(screen: Screen) {
    if let Some(screen) = screen.get_untracked() {
        large::toggle_float(&screen);
    }
}

/// Handset pictures (QCIF, CIF, sub-QCIF) have pixels wider than high: shown at 4:3.
fn shape_of(width: u32, height: u32) -> &'static str {
    match (width, height) {
        (176, 144) | (352, 288) | (704, 576) | (128, 96) => "four-by-three",
        _ => "natural",
    }
}
