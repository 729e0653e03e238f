//! The stage: the one picture, whosever it is.

use leptos::prelude::*;

use crate::phone::state::{Camera, Command, Ended, Peer, Registration, Share, WatchPhase};
use crate::text::{fill, words};
use crate::view::avatar::{Avatar, Size};
use crate::view::call_bar::{CallBar, barred};
use crate::view::embedded::NobodyChosen;
use crate::view::ended::EndedBeside;
use crate::view::ended::EndedCard;
use crate::view::feeds::FeedRow;
use crate::view::icon::{Glyph, Icon, Mark};
use crate::view::live_bar::{Controls, LiveBar};
use crate::view::own_pane::OwnPane;
use crate::view::roster::Roster;
use crate::view::slot::Slot;
use crate::view::voice::{CallButton, VoiceBar};
use crate::view::ways::WaysNote;
use crate::view::{Page, called};

/// What stands on the stage. A change of this rebuilds it; everything finer updates in place.
#[derive(Clone, Debug, PartialEq)]
enum Scene {
    Nobody,
    /// One's own camera, before and while it is shown.
    Own,
    Watching,
    Ended(Ended),
}

#[component]
pub fn Stage() -> impl IntoView {
    let page = Page::here();
    let scene = page.part(|state| match &state.share {
        Share::Ended(ended) => Scene::Ended(ended.clone()),
        Share::Watching(_) => Scene::Watching,
        Share::Sending(_) => Scene::Own,
        Share::None | Share::Asked(_) if state.people.chosen.is_some() => Scene::Own,
        Share::None | Share::Asked(_) => Scene::Nobody,
    });
    let embedded = page.state.with_untracked(|state| state.embedding.inside);
    // A call of the page's own has a bar of its own.
    let talks = page.part(|state| state.voice.talk().is_some());
    let activity = page.part(|state| match &state.share {
        Share::None | Share::Asked(_) => "none",
        Share::Sending(_) => "sending",
        Share::Watching(_) => "watching",
        Share::Ended(_) => "ended",
    });
    view! {
        <main class="stage" aria-label=words().stage data-activity=move || activity.get()>
            <Show when=move || !talks.get()><CallBar /></Show>
            <VoiceBar />
            {move || match scene.get() {
                Scene::Nobody if embedded => view! { <NobodyChosen /> }.into_any(),
                Scene::Nobody => view! { <Nobody /> }.into_any(),
                Scene::Own => view! { <Own /> }.into_any(),
                Scene::Watching => view! { <Remote /> }.into_any(),
                Scene::Ended(ended) => view! { <EndedCard ended /> }.into_any(),
            }}
        </main>
    }
}

#[component]
fn Nobody() -> impl IntoView {
    let w = words();
    view! {
        <div class="empty stage__empty">
            <Mark size=84 />
            <h2 class="stage__empty-title">{w.stage_idle_title}</h2>
            <p class="quiet stage__empty-text">{w.stage_idle}</p>
        </div>
    }
}

/// One's own camera, behind its cover.
#[component]
fn Own() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let idle = page.part(|state| !matches!(state.share, Share::Sending(_)));
    let peer = page.part(|state| match state.share.sending() {
        Some(sending) => Some(sending.peer.clone()),
        None => state.people.chosen.clone(),
    });
    let online = page.part(|state| {
        let chosen = state.people.chosen.as_ref();
        chosen
            .and_then(|peer| peer.number.as_ref())
            .is_some_and(|number| state.people.is_online(number))
    });
    let camera = page.part(|state| state.camera);
    let connected = page.part(|state| state.registration == Registration::Registered);
    let barred = page.part(barred);
    let ready =
        move || camera.get() == Camera::Open && connected.get() && barred.with(Option::is_none);
    let hint = move || match (connected.get(), barred.get(), camera.get()) {
        (false, _, _) => w.show_offline_hint.to_owned(),
        (true, Some(barred), _) => barred,
        (true, None, Camera::Open) => w.show_open_hint.to_owned(),
        (true, None, Camera::Closed | Camera::Opening | Camera::Problem(_)) => {
            w.show_closed_hint.to_owned()
        }
    };
    view! {
        <div class="own">
            <Show when=move || idle.get()>
                {move || peer.get().map(|peer| view! { <Heading peer online /> })}
            </Show>
            <div class="room-for-picture">
                <div class="picture">
                    <Slot />
                    <Show when=move || !idle.get()><LiveBar /></Show>
                </div>
            </div>
            <FeedRow />
            <EndedBeside />
            <WaysNote />
            <Roster />
            <Show when=move || idle.get() fallback=|| view! { <Controls /> }>
                <div class="actions">
                    <button
                        class="button button--primary actions__main"
                        data-testid="send-button"
                        disabled=move || !ready()
                        aria-describedby="show-hint"
                        on:click=move |_| page.send(Command::Show)
                    >
                        <Glyph icon=Icon::Camera />
                        {move || fill(w.show, "who", &peer.get().map_or_else(String::new, |peer| called(&peer)))}
                    </button>
                    <p id="show-hint" class="actions__hint small quiet">{hint}</p>
                </div>
            </Show>
        </div>
    }
}

#[component]
fn Heading(peer: Peer, online: Memo<bool>) -> impl IntoView {
    let w = words();
    let name = called(&peer);
    let number = peer.number.as_ref().map(|number| number.grouped());
    let asked = peer.clone();
    let can = Page::here().part(move |state| state.abilities.of(&asked));
    view! {
        <div class="heading">
            <Avatar peer=peer.clone() />
            <div class="heading__text">
                <h2 class="heading__name">{name}</h2>
                <p class="small quiet number">
                    {number} " · " {move || if online.get() { w.online } else { w.offline }}
                </p>
                <p
                    class="small quiet"
                    role="status"
                    data-testid="can"
                    data-can=move || can.get().name()
                >
                    {move || w.capability.of(can.get())}
                </p>
            </div>
            <CallButton peer testid="stage-call" />
        </div>
    }
}

/// The other person's picture.
#[component]
fn Remote() -> impl IntoView {
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
    let screen = NodeRef::<leptos::html::Video>::new();
    Effect::new(move |_| {
        if let Some(screen) = screen.get() {
            page.remote
                .with(|stream| crate::edge::screen::attach(&screen, stream.as_ref()));
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
        <div class="own">
            <div class="room-for-picture">
                <div class="picture picture--remote room">
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
                    <LiveBar />
                    <OwnPane />
                </div>
            </div>
            <EndedBeside />
            <WaysNote />
            <Controls />
        </div>
    }
}

/// Handset pictures (QCIF, CIF, sub-QCIF) have pixels wider than high: shown at 4:3.
fn shape_of(width: u32, height: u32) -> &'static str {
    match (width, height) {
        (176, 144) | (352, 288) | (704, 576) | (128, 96) => "four-by-three",
        _ => "natural",
    }
}
