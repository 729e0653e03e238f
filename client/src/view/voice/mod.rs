//! A voice call in the page: the card of one that comes in, and the bar of the one there is.

mod keypad;
mod share_sound;

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{
    Command, Link, Peer, State, Talk, TalkEnded, TalkPhase, Voice, VoiceAsked, VoiceCommand,
};
use crate::text::voice::{microphone_problem, talk_end};
use crate::text::{clock, fill, words};
use crate::view::avatar::{Avatar, Size};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};
use keypad::Keypad;
pub use share_sound::WithSound;

/// Somebody calls. It is never answered by itself.
#[component]
pub fn VoiceIncoming() -> impl IntoView {
    let asked = Page::here().part(|state| match &state.voice {
        Voice::Asked(asked) => Some(asked.clone()),
        Voice::None | Voice::Up(_) | Voice::Ended(_) => None,
    });
    move || asked.get().map(|asked| view! { <Card asked /> })
}

#[component]
fn Card(asked: VoiceAsked) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let name = called(&asked.peer);
    let number = asked.peer.name.as_ref().and(asked.peer.number.as_ref());
    let number = number.map(|number| number.grouped());
    let problem = asked.problem.map(microphone_problem);
    let card = NodeRef::<leptos::html::Section>::new();
    Effect::new(move |_| {
        if card.get().is_some() {
            screen::focus("voice-answer");
        }
    });
    view! {
        <div class="incoming voice-incoming">
            <section
                class="incoming__card"
                data-testid="voice-incoming"
                role="alertdialog"
                aria-modal="true"
                aria-labelledby="voice-incoming-name voice-incoming-title"
                aria-describedby="voice-incoming-note"
                node_ref=card
                on:keydown=move |event| screen::keep_focus_inside(&event)
            >
                <div class="incoming__who">
                    <span class="incoming__ring"><Avatar peer=asked.peer.clone() size=Size::Card /></span>
                    <h2 id="voice-incoming-name" class="incoming__name" data-testid="voice-incoming-name">{name}</h2>
                    {number.map(|number| view! { <p class="quiet number">{number}</p> })}
                    <p id="voice-incoming-title" class="incoming__title">{w.voice.incoming_title}</p>
                    <p id="voice-incoming-note" class="incoming__note small quiet">
                        <Glyph icon=Icon::CameraOff size=18 />
                        {w.voice.incoming_note}
                    </p>
                    {problem.map(|problem| view! {
                        <p class="voice-incoming__problem" role="alert" data-testid="voice-problem">
                            <strong>{problem.title}</strong> " " {problem.next}
                        </p>
                    })}
                </div>
                <div class="incoming__answers">
                    <button
                        class="button button--plain"
                        data-testid="voice-decline"
                        on:click=move |_| page.send(Command::Voice(VoiceCommand::NotNow))
                    >
                        {w.not_now}
                    </button>
                    <button
                        id="voice-answer"
                        class="button button--primary"
                        data-testid="voice-answer"
                        on:click=move |_| page.send(Command::Voice(VoiceCommand::Answer))
                    >
                        <Glyph icon=Icon::Phone />
                        {w.voice.answer}
                    </button>
                </div>
            </section>
        </div>
    }
}

/// What is said of the call, and its keys. Nothing where there is none.
#[component]
pub fn VoiceBar() -> impl IntoView {
    let page = Page::here();
    let up = page.part(|state| state.voice.talk().is_some());
    let ended = page.part(|state| match &state.voice {
        Voice::Ended(ended) => Some(ended.clone()),
        Voice::None | Voice::Asked(_) | Voice::Up(_) => None,
    });
    view! {
        <Show when=move || up.get()><Bar /></Show>
        {move || ended.get().map(|ended| view! { <Ended ended /> })}
    }
}

#[component]
fn Bar() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let text = page.part(|state| state.voice.talk().map(headline));
    let note = page.part(|state| state.voice.talk().and_then(note));
    let phase = page.part(|state| state.voice.name());
    let held = page.part(|state| state.voice.talk().map_or("no", |talk| talk.held.name()));
    let link = page.part(|state| state.voice.talk().map_or("up", |talk| talk.link.name()));
    let muted = page.part(|state| state.voice.talk().is_some_and(|talk| talk.muted));
    let time = page.part(|state| {
        let talk = state.voice.talk()?;
        (talk.phase == TalkPhase::Connected).then_some(talk.seconds)
    });
    let silenced = page.part(|state| state.voice.talk().is_some_and(|talk| talk.silenced));
    view! {
        <section
            class="voice"
            aria-label=w.voice.bar
            data-testid="voice-bar"
            data-voice=move || phase.get()
            data-held=move || held.get()
            data-link=move || link.get()
            data-muted=move || muted.get().to_string()
        >
            <p class="voice__text">
                <Glyph icon=Icon::Phone size=18 />
                <span class="voice__who">{move || text.get()}</span>
                <Show when=move || time.get().is_some()>
                    <span class="number" data-testid="voice-clock">"· " {move || time.get().map(clock)}</span>
                </Show>
            </p>
            {move || note.get().map(|note| view! { <p class="voice__note small">{note}</p> })}
            <Show when=move || silenced.get()>
                <button
                    class="button button--primary button--small"
                    data-testid="voice-listen"
                    on:click=move |_| page.send(Command::Voice(VoiceCommand::Listen))
                >
                    {w.voice.listen}
                </button>
            </Show>
            <Keys />
        </section>
    }
}

/// Microphone, hold, keypad, and the one way to hang up.
#[component]
fn Keys() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let connected = page.part(|state| {
        let talk = state.voice.talk();
        talk.is_some_and(|talk| talk.phase == TalkPhase::Connected)
    });
    let muted = page.part(|state| state.voice.talk().is_some_and(|talk| talk.muted));
    let held = page.part(|state| state.voice.talk().is_some_and(|talk| talk.held.by_me));
    let keypad = RwSignal::new(false);
    let send = move |command| page.send(Command::Voice(command));
    let toggle_mute = move |_| {
        send(match muted.get_untracked() {
            true => VoiceCommand::Unmute,
            false => VoiceCommand::Mute,
        });
    };
    let toggle_hold = move |_| {
        send(match held.get_untracked() {
            true => VoiceCommand::Resume,
            false => VoiceCommand::Hold,
        });
    };
    let microphone = Signal::derive(move || match muted.get() {
        true => Icon::MicrophoneOff,
        false => Icon::Microphone,
    });
    view! {
        <div class="voice__keys">
            <Show when=move || connected.get()>
                <button
                    class="button button--plain button--small"
                    data-testid="voice-mute"
                    aria-pressed=move || muted.get().to_string()
                    on:click=toggle_mute
                >
                    <Glyph icon=microphone size=18 />
                    {move || if muted.get() { w.voice.unmute } else { w.voice.mute }}
                </button>
                <button
                    class="button button--plain button--small"
                    data-testid="voice-hold"
                    aria-pressed=move || held.get().to_string()
                    on:click=toggle_hold
                >
                    {move || if held.get() { w.voice.resume } else { w.voice.hold }}
                </button>
                <button
                    class="button button--plain button--small"
                    data-testid="voice-keys"
                    aria-expanded=move || keypad.get().to_string()
                    on:click=move |_| keypad.update(|open| *open = !*open)
                >
                    <Glyph icon=Icon::Keys size=18 />
                    {move || if keypad.get() { w.voice.keys_close } else { w.voice.keys }}
                </button>
            </Show>
            <button
                class="button button--live button--small voice__end"
                data-testid="voice-hang-up"
                on:click=move |_| send(VoiceCommand::HangUp)
            >
                <Glyph icon=Icon::HangUp size=18 />
                {move || if connected.get() { w.voice.hang_up } else { w.voice.stop_calling }}
            </button>
        </div>
        <Show when=move || keypad.get() && connected.get()><Keypad /></Show>
    }
}

#[component]
fn Ended(ended: TalkEnded) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let who = called(&ended.peer);
    let explained = talk_end(ended.why, ended.direction);
    let lasted = ended
        .seconds
        .map(|seconds| fill(w.lasted, "time", &clock(seconds)));
    view! {
        <section class="voice voice--ended" aria-label=w.voice.bar data-testid="voice-bar" data-voice="ended">
            <p class="voice__text" data-testid="voice-ended" data-cause=ended.why.name()>
                {fill(explained.title, "who", &who)}
            </p>
            <p class="voice__note small">
                {fill(explained.next, "who", &who)} {lasted.map(|lasted| format!(" {lasted}"))}
            </p>
            <div class="voice__keys">
                <button
                    class="button button--plain button--small"
                    data-testid="voice-done"
                    on:click=move |_| page.send(Command::Voice(VoiceCommand::Dismiss))
                >
                    {w.done}
                </button>
            </div>
        </section>
    }
}

/// Calls the person that is chosen, where there is none on the line yet.
#[component]
pub fn CallButton(peer: Peer, testid: &'static str) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let free = page.part(can_call);
    let name = fill(w.voice.call_name, "who", &called(&peer));
    view! {
        <Show when=move || free.get()>
            <button
                class="button button--plain button--small"
                data-testid=testid
                aria-label=name.clone()
                on:click=move |_| page.send(Command::Voice(VoiceCommand::Call))
            >
                <Glyph icon=Icon::Phone size=18 />
                {w.voice.call}
            </button>
        </Show>
    }
}

fn can_call(state: &State) -> bool {
    matches!(state.voice, Voice::None | Voice::Ended(_)) && state.call.up().is_none()
}

fn headline(talk: &Talk) -> String {
    let w = &words().voice;
    let template = match (talk.phase, talk.link) {
        (TalkPhase::Opening, _) => w.opening,
        (TalkPhase::Calling, _) => w.calling,
        (TalkPhase::Ringing, _) => w.ringing,
        (TalkPhase::Connected, Link::Reconnecting) => w.reconnecting,
        (TalkPhase::Connected, Link::Up) if talk.held.by_me => w.held_by_me,
        (TalkPhase::Connected, Link::Up) if talk.held.by_them => w.held_by_them,
        (TalkPhase::Connected, Link::Up) => w.talking,
    };
    fill(template, "who", &called(&talk.peer))
}

fn note(talk: &Talk) -> Option<String> {
    let w = &words().voice;
    let template = match (talk.microphone_gone, talk.silenced, talk.muted) {
        (true, _, _) => w.microphone_gone,
        (false, true, _) => w.silenced,
        (false, false, true) => w.muted,
        (false, false, false) => return None,
    };
    Some(fill(template, "who", &called(&talk.peer)))
}

/// What is said to someone who does not look at the page.
pub fn said(state: &State) -> Option<String> {
    let w = &words().voice;
    Some(match &state.voice {
        Voice::None => return None,
        Voice::Asked(asked) => fill(w.said_asked, "who", &called(&asked.peer)),
        Voice::Up(talk) if talk.phase == TalkPhase::Ringing => {
            fill(w.said_ringing, "who", &called(&talk.peer))
        }
        Voice::Up(talk) if talk.muted => w.said_muted.to_owned(),
        Voice::Up(talk) => headline(talk),
        Voice::Ended(ended) => {
            let explained = talk_end(ended.why, ended.direction);
            let who = called(&ended.peer);
            format!(
                "{}. {}",
                fill(explained.title, "who", &who),
                fill(explained.next, "who", &who)
            )
        }
    })
}
