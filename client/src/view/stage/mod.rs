//! The stage: the one picture, whosever it is.

mod remote;

use leptos::prelude::*;

use crate::edge::timer;
use crate::phone::state::{Camera, Command, Ended, Peer, Registration, Share};
use crate::text::{fill, words};
use crate::view::avatar::Avatar;
use crate::view::call_bar::{CallBar, barred};
use crate::view::embedded::NobodyChosen;
use crate::view::ended::EndedBeside;
use crate::view::ended::EndedCard;
use crate::view::feeds::FeedRow;
use crate::view::icon::{Glyph, Icon, Mark};
use crate::view::live_bar::{Controls, LiveBar};
use crate::view::roster::Roster;
use crate::view::slot::Slot;
use crate::view::voice::{CallButton, VoiceBar};
use crate::view::ways::WaysNote;
use crate::view::{Page, called};
use remote::{Remote, STILL};

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
    let still = timer::stillness(STILL);
    view! {
        <div class="own" data-still=move || still.get().to_string()>
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
