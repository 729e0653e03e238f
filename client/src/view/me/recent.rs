//! What was shown and watched lately, and what came of it.

use leptos::prelude::*;

use crate::edge::page;
use crate::phone::diagnosis::CallKey;
use crate::phone::state::{Cause, Command, DiagnosisCommand, Direction, Outcome, Past};
use crate::text::around::{came_to_nothing, why_it_ended};
use crate::text::{clock, fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called, select};

#[component]
pub fn Recent() -> impl IntoView {
    let w = words();
    let page = Page::here();
    let history = page.part(|state| state.history.clone());
    view! {
        <div class="recent">
            <div class="recent__head">
                <h3 class="choice__legend">{w.recent}</h3>
                <Show when=move || !history.with(Vec::is_empty)>
                    <button
                        class="button button--plain button--small"
                        data-testid="recent-clear"
                        on:click=move |_| page.send(Command::ClearHistory)
                    >
                        {w.around.past_clear}
                    </button>
                </Show>
            </div>
            <ul class="recent__list" data-testid="recent">
                {move || history.get().into_iter().map(|past| line(page, past)).collect_view()}
            </ul>
            <Show when=move || history.with(Vec::is_empty)>
                <p class="small quiet">{w.recent_empty}</p>
            </Show>
        </div>
    }
}

fn what(past: &Past) -> String {
    let w = words();
    let shown = match (past.outcome, past.direction) {
        (Outcome::Shown { seconds }, Direction::Out) => {
            fill(w.past_shown_out, "time", &clock(seconds))
        }
        (Outcome::Shown { seconds }, Direction::In) => {
            fill(w.past_shown_in, "time", &clock(seconds))
        }
        (Outcome::NotShown(cause), direction) => {
            return came_to_nothing(cause, direction).to_owned();
        }
        (Outcome::NotNow, Direction::Out | Direction::In) => return w.past_not_now.to_owned(),
    };
    match past.ended.and_then(why_it_ended) {
        Some(why) => fill(&fill(w.around.past_why, "what", &shown), "why", why),
        None => shown,
    }
}

/// They asked and nobody here said anything.
fn is_missed(past: &Past) -> bool {
    let unanswered = matches!(
        past.outcome,
        Outcome::NotShown(Cause::NoAnswer | Cause::Cancelled)
    );
    unanswered && past.direction == Direction::In
}

/// A press turns to them, where there is a way to.
fn line(page: Page, past: Past) -> AnyView {
    let icon = match past.direction {
        Direction::Out => Icon::Out,
        Direction::In => Icon::In,
    };
    let who = called(&past.peer);
    let missed = is_missed(&past).to_string();
    // What went wrong can be looked at, as long as anything is known of it.
    let (why, gone) = match (past.ended_badly(), past.call) {
        (false, _) => (None, false),
        (true, Some(call)) => (Some(why(page, call, &who)), false),
        (true, None) => (None, true),
    };
    let content = view! {
        <span class="recent__way" data-missed=missed><Glyph icon size=18 /></span>
        <span class="recent__text">
            <span class="recent__name">{who.clone()}</span>
            <span class="small quiet recent__what" data-testid="recent-what">{what(&past)}</span>
            {gone.then(|| view! {
                <span class="small quiet" data-testid="recent-gone">{words().around.past_gone}</span>
            })}
        </span>
        {past.at.map(|at| view! { <span class="recent__when small quiet number">{page::when(at)}</span> })}
    };
    let name = fill(words().around.past_turn_to, "who", &who);
    match select(&past.peer).is_some() {
        true => view! {
            <li>
                <button
                    class="recent__line"
                    data-testid="recent-line"
                    title=name
                    on:click=move |_| page.share_with(&past.peer)
                >
                    {content}
                </button>
                {why}
            </li>
        }
        .into_any(),
        false => view! { <li><div class="recent__line">{content}</div>{why}</li> }.into_any(),
    }
}

/// Opens what was seen of that call.
fn why(page: Page, call: CallKey, who: &str) -> AnyView {
    let label = words().diagnosis.why;
    view! {
        <button
            id=format!("why-{}", call.0)
            class="button button--plain button--small recent__why"
            data-testid="recent-why"
            aria-label=format!("{label} {who}")
            on:click=move |_| page.send(Command::Diagnosis(DiagnosisCommand::Choose(call)))
        >
            {label}
        </button>
    }
    .into_any()
}
