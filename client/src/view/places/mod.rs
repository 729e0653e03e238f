//! The house behind the door: people, stage, oneself. One set of rooms for narrow pages (one at a
//! time, with a bar at the bottom) and wide ones (side by side).

use leptos::prelude::*;

use crate::phone::state::{Command, Diagnosis, Share, State, Voice};
use crate::text::words;
use crate::view::announcer::Announcer;
use crate::view::attention::{Attends, Choices};
use crate::view::call_bar::CallAnnouncer;
use crate::view::diagnosis::DiagnosisPage;
use crate::view::icon::{Glyph, Icon};
use crate::view::incoming::Incoming;
use crate::view::me::Me;
use crate::view::part::part;
use crate::view::people::People;
use crate::view::rejoin::RejoinNote;
use crate::view::stage::Stage;
use crate::view::tools;
use crate::view::top_bar::{ReconnectingNote, TopBar};
use crate::view::trial::TrialPage;
use crate::view::voice::VoiceIncoming;
use crate::view::{Page, Place};

part!(house, House);

#[component]
pub fn House() -> impl IntoView {
    let page = Page::here();
    let details = page.details;
    Choices::provide();
    let on_air = page.part(|state| state.is_live_out());
    let paused = page.part(|state| state.own.is_paused());
    // Who shows something keeps the stop at hand.
    let asked = page.part(|state| {
        (state.asked().is_some() && !state.is_in_share()) || matches!(state.voice, Voice::Asked(_))
    });
    let calls = page.part(State::is_in_share);
    let busy =
        page.part(|state| !matches!(state.share, Share::None) || state.voice.talk().is_some());
    // What happens between two people happens on the stage.
    Effect::new(move |_| {
        if busy.get() {
            page.place.set(Place::Call);
        }
    });
    let looks = page.part(|state| state.diagnosis != Diagnosis::Shut);
    let escape = window_event_listener(leptos::ev::keydown, move |event| {
        let wanted = !event.default_prevented() && !looks.get_untracked();
        if event.key() == "Escape" && wanted && calls.get_untracked() {
            page.send(Command::Stop);
        }
    });
    on_cleanup(move || escape.remove());
    tools::listen_for_keys(page);
    view! {
        <div
            class="house"
            data-place=move || page.place.get().name()
            data-details=move || details.get().to_string()
            data-on-air=move || on_air.get().to_string()
            data-call=move || calls.get().to_string()
            inert=move || asked.get() || looks.get()
        >
            <div class="house__side">
                <TopBar />
                <ReconnectingNote />
                <RejoinNote />
                <People />
            </div>
            <Stage />
            <Me details />
            <Bar />
        </div>
        <DiagnosisPage />
        <TrialPage />
        <Incoming />
        <VoiceIncoming />
        <Announcer />
        <Attends />
        <CallAnnouncer />
        <Show when=move || on_air.get()>
            <div class="on-air" data-paused=move || paused.get().to_string() aria-hidden="true"></div>
        </Show>
    }
}

#[component]
fn Bar() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let places = [
        (Place::Call, w.place_call, Icon::Camera),
        (Place::People, w.place_people, Icon::People),
        (Place::Me, w.place_me, Icon::Person),
    ];
    view! {
        <nav class="bar" aria-label=w.places>
            {places
                .map(|(place, label, icon)| view! {
                    <button
                        class="bar__place"
                        data-testid=format!("place-{}", place.name())
                        aria-current=move || (page.place.get() == place).then_some("page")
                        on:click=move |_| page.place.set(place)
                    >
                        <Glyph icon size=24 />
                        <span>{label}</span>
                    </button>
                })
                .collect_view()}
        </nav>
    }
}
