//! What is on the air: the text over the picture, the figures, and the one way to stop.

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{
    Camera, Command, Feed, Flow, Link, SendPhase, Sending, Share, State, WatchPhase, Watching,
};
use crate::text::{clock, fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::quality::QualityLine;
use crate::view::tools::{RecordingSign, Tools};
use crate::view::voice::WithSound;
use crate::view::ways::AskForTheirs;
use crate::view::{Page, called};

/// The word in `data-state`.
fn phase_name(share: &Share) -> &'static str {
    match share {
        Share::Sending(Sending {
            phase: SendPhase::Calling,
            ..
        })
        | Share::Watching(Watching {
            phase: WatchPhase::Waiting,
            ..
        }) => "calling",
        Share::Sending(Sending {
            phase: SendPhase::Ringing,
            ..
        }) => "ringing",
        Share::Sending(Sending {
            phase: SendPhase::Live,
            ..
        })
        | Share::Watching(Watching {
            phase: WatchPhase::Live | WatchPhase::Frozen,
            ..
        }) => "live",
        Share::None | Share::Asked(_) | Share::Ended(_) => "ended",
    }
}

fn banner_text(state: &State) -> String {
    let (w, share) = (words(), &state.share);
    if let (true, Share::Sending(sending), Link::Up) = (state.own.is_paused(), share, share.link())
    {
        return fill(w.own.paused_banner, "who", &called(&sending.peer));
    }
    let trouble = match (share.link(), share.flow(), share) {
        (Link::Reconnecting, _, _) => Some(w.reconnecting),
        (Link::Up, Flow::PausedByThem, Share::Sending(_)) => Some(w.paused_out),
        (Link::Up, Flow::PausedByThem, _) => Some(w.paused_in),
        (Link::Up, Flow::Running, _) => None,
    };
    if let (Some(trouble), Some(peer)) = (trouble, share.peer()) {
        return fill(trouble, "who", &called(peer));
    }
    match share {
        Share::Sending(sending) => {
            let template = match sending.phase {
                SendPhase::Calling => w.calling,
                SendPhase::Ringing => w.ringing,
                SendPhase::Live => w.live_to,
            };
            fill(template, "who", &called(&sending.peer))
        }
        Share::Watching(watching) => {
            let template = match watching.phase {
                WatchPhase::Waiting | WatchPhase::Live => w.watching,
                WatchPhase::Frozen => w.frozen,
            };
            fill(template, "who", &called(&watching.peer))
        }
        Share::None | Share::Asked(_) | Share::Ended(_) => String::new(),
    }
}

fn seconds(share: &Share) -> Option<u64> {
    match share {
        Share::Sending(Sending {
            phase: SendPhase::Live,
            seconds,
            ..
        })
        | Share::Watching(Watching {
            phase: WatchPhase::Live | WatchPhase::Frozen,
            seconds,
            ..
        }) => Some(*seconds),
        Share::Sending(_)
        | Share::Watching(_)
        | Share::None
        | Share::Asked(_)
        | Share::Ended(_) => None,
    }
}

#[component]
pub fn LiveBar() -> impl IntoView {
    let page = Page::here();
    let phase = page.part(|state| phase_name(&state.share));
    let text = page.part(banner_text);
    let sending = page.part(|state| state.share.is_live_out());
    let time = page.part(|state| seconds(&state.share));
    let link = page.part(|state| state.share.link());
    let flow = page.part(|state| state.share.flow());
    let moved = page.part(|state| state.share.is_moved());
    let paused = page.part(|state| state.own.is_paused());
    let measured = page.part(|state| {
        state.share.sending().is_none() || !matches!(state.camera, Camera::Problem(_))
    });
    let busy =
        move || matches!(phase.get(), "calling" | "ringing") || link.get() == Link::Reconnecting;
    view! {
        <div class="live-bar">
            <p
                class="live-bar__text"
                data-testid="live-banner"
                data-state=move || phase.get()
                data-sending=move || sending.get().to_string()
                data-link=move || link.get().name()
                data-flow=move || flow.get().name()
                data-moved=move || moved.get().to_string()
                data-paused=move || paused.get().to_string()
            >
                <Show
                    when=busy
                    fallback=|| view! { <span class="live-bar__dot" aria-hidden="true"></span> }
                >
                    <span class="spinner" aria-hidden="true"></span>
                </Show>
                <span class="live-bar__who">{move || text.get()}</span>
                <Show when=move || time.get().is_some()>
                    <span class="live-bar__clock number">
                        "· "
                        <span data-testid="live-clock">{move || time.get().map(clock)}</span>
                    </span>
                </Show>
            </p>
            <RecordingSign />
        </div>
        // What to do about a camera stands where it would be.
        <Show when=move || measured.get()><QualityLine /></Show>
    }
}

/// The line under the stop.
fn note(state: &State) -> String {
    let w = words();
    let share = &state.share;
    let template = match (share, share.link(), share.flow()) {
        (Share::Sending(_) | Share::Watching(_), Link::Up, Flow::Running) if share.is_moved() => {
            w.moved_note
        }
        (Share::None | Share::Asked(_) | Share::Ended(_), _, _) => "",
        (Share::Sending(_), Link::Reconnecting, _) => w.reconnecting_out,
        (Share::Watching(_), Link::Reconnecting, _) => w.reconnecting_in,
        (Share::Sending(_) | Share::Watching(_), Link::Up, Flow::PausedByThem) => w.paused_note,
        (Share::Sending(sending), Link::Up, Flow::Running) => match sending.phase {
            SendPhase::Live => match state.feeds.chosen {
                Feed::Camera => w.live_note,
                Feed::Screen => w.feeds.sees_screen,
                Feed::Film => w.feeds.sees_film,
            },
            SendPhase::Calling | SendPhase::Ringing => w.calling_note,
        },
        (Share::Watching(_), Link::Up, Flow::Running) => match state.camera {
            Camera::Open | Camera::Opening => w.show_open_hint,
            Camera::Closed | Camera::Problem(_) => w.incoming_note,
        },
    };
    let Some(peer) = share.peer() else {
        return String::new();
    };
    let note = fill(template, "who", &called(peer));
    let follows_none = share.is_live_out() && state.call.with_peer(peer).is_none();
    match follows_none && share.link() == Link::Up {
        true => format!("{note} {}", w.both.no_call),
        false => note,
    }
}

/// The stop, which never fades.
#[component]
pub fn Controls() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let watching = page.part(|state| matches!(state.share, Share::Watching(_)));
    // Beside what one watches, one's own side has a stop of its own.
    let live = page.part(|state| state.share.is_live_out());
    let note = page.part(
        |state| match state.watching().filter(|_| state.is_live_out()) {
            Some(watching) => fill(words().both.both_live, "who", &called(&watching.peer)),
            None => note(state),
        },
    );
    let phase = page.part(|state| phase_name(&state.share));
    screen::focus_if_lost("stop");
    let label = move || match (watching.get(), live.get()) {
        (true, _) => w.stop_watching,
        (false, true) => w.stop,
        (false, false) => w.stop_asking,
    };
    let stop = move || {
        if watching.get() {
            Command::StopWatching
        } else {
            Command::Stop
        }
    };
    view! {
        <div class="controls" data-state=move || phase.get()>
            <button
                id="stop"
                class=move || if live.get() {
                    "button button--live actions__main"
                } else {
                    "button button--plain actions__main"
                }
                data-testid=move || if watching.get() { "watch-stop" } else { "stop-button" }
                aria-keyshortcuts="Escape"
                on:click=move |_| page.send(stop())
            >
                <Glyph icon=Signal::derive(move || if live.get() { Icon::Stop } else { Icon::Close }) />
                {label}
            </button>
            <div class="controls__more">
                <AskForTheirs />
                <WithSound />
                <Tools />
            </div>
            <p class="actions__hint small quiet">{move || note.get()}</p>
        </div>
    }
}
