//! How it ended, in plain words, and what to do next.

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{Cause, Command, Direction, Ended, Number, Peer};
use crate::text::{Explained, cause, clock, fill, words};
use crate::view::avatar::{Avatar, Size};
use crate::view::diagnosis::{FROM_BESIDE, FROM_ENDED, Why};
use crate::view::icon::{Glyph, Icon};
use crate::view::me::alerts::TellNextTime;
use crate::view::{Page, called};

#[component]
pub fn EndedCard(ended: Ended) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let who = called(&ended.peer);
    let explained = cause(ended.cause, ended.direction);
    let lasted = ended
        .seconds
        .map(|seconds| fill(w.lasted, "time", &clock(seconds)));
    let again = (ended.direction == Direction::Out && worth_another_try(ended.cause))
        .then(|| ended.peer.number.clone())
        .flatten();
    screen::focus_if_lost("ended-done");
    view! {
        <section class="ended">
            <span class="ended__face">
                <Avatar peer=ended.peer.clone() size=Size::Card />
                <span class="ended__sign" data-calm=ended.cause.is_calm().to_string()>
                    <Glyph icon=sign(ended.cause) size=20 />
                </span>
            </span>
            <div data-testid="live-banner" data-state="ended">
                <h2 class="ended__title" data-testid="ended-cause" data-cause=ended.cause.name()>
                    {fill(explained.title, "who", &who)}
                </h2>
            </div>
            <p class="quiet ended__next">{fill(explained.next, "who", &who)} {lasted.map(|lasted| format!(" {lasted}"))}</p>
            <Correct peer=ended.peer.clone() />
            {missed(&ended).then(|| view! { <TellNextTime /> })}
            <div class="ended__actions">
                <button
                    id="ended-done"
                    class="button button--plain"
                    data-testid="ended-done"
                    on:click=move |_| page.send(Command::Dismiss)
                >
                    {w.done}
                </button>
                <Why label=w.diagnosis.why id=FROM_ENDED />
                {again.map(|number| view! {
                    <button
                        class="button button--primary"
                        data-testid="ended-again"
                        on:click=move |_| {
                            page.send(Command::Dismiss);
                            page.send(Command::Select(number.clone()));
                            page.send(Command::OpenSlot);
                        }
                    >
                        {w.try_again}
                    </button>
                })}
            </div>
        </section>
    }
}

/// They asked, and nobody here said anything.
fn missed(ended: &Ended) -> bool {
    let unanswered = matches!(ended.cause, Cause::NoAnswer | Cause::Cancelled);
    unanswered && ended.direction == Direction::In
}

/// The number was not found: it may be corrected, once.
#[component]
fn Correct(peer: Peer) -> impl IntoView {
    let w = &words().both;
    let page = Page::here();
    let offered = page.part(|state| state.may_correct);
    let dialled = peer
        .number
        .map_or_else(String::new, |number| number.to_string());
    let typed = RwSignal::new(dialled.clone());
    let number = Memo::new(move |_| typed.with(|typed| Number::parse(typed.trim())));
    let correct = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(number) = number.get_untracked() {
            page.send(Command::Correct(number));
        }
    };
    view! {
        <Show when=move || offered.get()>
            <form class="ended__correct" on:submit=correct>
                <label class="unseen" for="ended-number">{w.correct_label}</label>
                <input
                    id="ended-number"
                    class="field__input number"
                    type="tel"
                    inputmode="tel"
                    autocomplete="off"
                    data-testid="ended-number"
                    prop:value=typed
                    on:input:target=move |event| typed.set(event.target().value())
                />
                <button
                    class="button button--primary"
                    type="submit"
                    data-testid="ended-correct"
                    disabled=move || number.with(Option::is_none)
                >
                    {w.correct}
                </button>
            </form>
        </Show>
    }
}

/// How one of two shares ended, while the other goes on.
#[component]
pub fn EndedBeside() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let ended = page.part(|state| {
        let watched = state.watching().is_some();
        state.ended_beside().map(|ended| (ended.clone(), watched))
    });
    move || {
        ended.get().map(|(ended, watched)| {
            // They are busy with us.
            let with_us = watched && ended.cause == Cause::Busy;
            let explained = match with_us {
                true => Explained {
                    title: w.both.one_at_a_time,
                    next: w.both.one_at_a_time_next,
                },
                false => cause(ended.cause, ended.direction),
            };
            let who = called(&ended.peer);
            view! {
                <div class="ended-beside" data-testid="ended-beside" data-cause=ended.cause.name()>
                    <p class="ended-beside__text small">
                        <strong>{fill(explained.title, "who", &who)}</strong>
                        " "
                        {fill(explained.next, "who", &who)}
                    </p>
                    <Why label=w.diagnosis.why id=FROM_BESIDE />
                    <button
                        class="button button--plain button--small"
                        data-testid="ended-beside-done"
                        on:click=move |_| page.send(Command::Dismiss)
                    >
                        {w.done}
                    </button>
                </div>
            }
        })
    }
}

fn sign(cause: Cause) -> Icon {
    match cause {
        Cause::EndedByMe | Cause::EndedByThem | Cause::AnsweredElsewhere | Cause::CallEnded => {
            Icon::Check
        }
        Cause::CallHeld | Cause::Conference | Cause::Declined | Cause::Cancelled => Icon::Close,
        Cause::Busy
        | Cause::NoAnswer
        | Cause::NotFound
        | Cause::Unavailable
        | Cause::CannotWatch
        | Cause::Lost
        | Cause::Failed => Icon::Warning,
    }
}

fn worth_another_try(cause: Cause) -> bool {
    match cause {
        Cause::Busy | Cause::NoAnswer | Cause::Unavailable | Cause::Lost | Cause::Failed => true,
        Cause::EndedByMe
        | Cause::EndedByThem
        | Cause::Declined
        | Cause::NotFound
        | Cause::CannotWatch
        | Cause::AnsweredElsewhere
        | Cause::CallEnded
        | Cause::CallHeld
        | Cause::Conference
        | Cause::Cancelled => false,
    }
}
