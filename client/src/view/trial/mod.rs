//! "Test my connection": a call to the gateway's own test phone, step by step, and one sentence at the end.

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{
    Command, Course, Trial, TrialCommand, TrialSeen, TrialSource, TrialStep,
};
use crate::text::trial::{COMMAND, obstacle_words, step_words, verdict_words};
use crate::text::{Explained, fill, words};
use crate::view::Page;
use crate::view::icon::{Glyph, Icon};

/// The controls that open it, each where it stands.
pub const FROM_ME: &str = "trial-me";
pub const FROM_DIAGNOSIS: &str = "trial-diagnosis";

fn send(page: Page, command: TrialCommand) {
    page.send(Command::Trial(command));
}

/// The control that opens it.
#[component]
pub fn TestConnection(id: &'static str) -> impl IntoView {
    let page = Page::here();
    view! {
        <button
            id=id
            class="button button--plain button--small"
            data-testid="trial-open"
            on:click=move |_| send(page, TrialCommand::Open)
        >
            {words().trial.open}
        </button>
    }
}

/// Stands over everything while it is open.
#[component]
pub fn TrialPage() -> impl IntoView {
    let page = Page::here();
    let open = page.part(|state| state.trial.open);
    view! {
        <Show when=move || open.get()>
            <Opened />
        </Show>
    }
}

#[component]
fn Opened() -> impl IntoView {
    let w = &words().trial;
    let page = Page::here();
    let trial = page.part(|state| state.trial.clone());
    screen::focus("trial-close");
    let escape = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" {
            send(page, TrialCommand::Close);
        }
    });
    on_cleanup(move || {
        escape.remove();
        // Back to what opened it.
        for id in [FROM_DIAGNOSIS, FROM_ME] {
            screen::focus_if_lost(id);
        }
    });
    let tried = Memo::new(move |_| trial.with(|trial| trial.course.is_some()));
    view! {
        <div class="diagnosis trial" role="dialog" aria-modal="true" aria-labelledby="trial-title" data-testid="trial">
            <header class="diagnosis__head">
                <h1 id="trial-title" class="diagnosis__title">{w.title}</h1>
                <button
                    id="trial-close"
                    class="icon-button"
                    aria-label=w.close
                    title=w.close
                    data-testid="trial-close"
                    on:click=move |_| send(page, TrialCommand::Close)
                >
                    <Glyph icon=Icon::Close />
                </button>
            </header>
            <div class="diagnosis__body">
                <p>{w.intro}</p>
                <Sources trial />
                <Begin trial />
                <Show when=move || tried.get()>
                    <Judged trial />
                    <Steps trial />
                </Show>
                <p class="unseen" role="status" data-testid="trial-said">{move || trial.with(|trial| said(trial, page))}</p>
            </div>
        </div>
    }
}

#[component]
fn Sources(trial: Memo<Trial>) -> impl IntoView {
    let w = &words().trial;
    let page = Page::here();
    let choices = [
        (TrialSource::Picture, w.source_picture),
        (TrialSource::Camera, w.source_camera),
    ];
    let running = Memo::new(move |_| trial.with(Trial::is_running));
    view! {
        <fieldset class="choice" disabled=move || running.get()>
            <legend class="choice__legend">{w.source}</legend>
            <div class="choice__row">
                {choices.map(|(choice, label)| view! {
                    <label class="choice__option">
                        <input
                            class="unseen"
                            type="radio"
                            name="trial-source"
                            data-testid=format!("trial-{}", choice.name())
                            prop:checked=move || trial.with(|trial| trial.source == choice)
                            on:change=move |_| send(page, TrialCommand::Choose(choice))
                        />
                        <span>{label}</span>
                    </label>
                }).collect_view()}
            </div>
        </fieldset>
    }
}

/// One control, that starts or stops; or why neither can be.
#[component]
fn Begin(trial: Memo<Trial>) -> impl IntoView {
    let w = &words().trial;
    let page = Page::here();
    let running = Memo::new(move |_| trial.with(Trial::is_running));
    let obstacle = Memo::new(move |_| trial.with(|trial| trial.obstacle));
    let tried = Memo::new(move |_| trial.with(|trial| trial.course.is_some()));
    let press = move |_| {
        let command = match running.get_untracked() {
            true => TrialCommand::Stop,
            false => TrialCommand::Start,
        };
        send(page, command);
    };
    view! {
        <button
            class="button"
            class:button--primary=move || !running.get()
            class:button--plain=move || running.get()
            data-testid="trial-start"
            data-running=move || running.get().to_string()
            aria-describedby="trial-obstacle"
            disabled=move || obstacle.get().is_some()
            on:click=press
        >
            {move || match (running.get(), tried.get()) {
                (true, _) => w.stop,
                (false, true) => w.again,
                (false, false) => w.start,
            }}
        </button>
        <p id="trial-obstacle" class="trial__obstacle" data-testid="trial-obstacle" hidden=move || obstacle.get().is_none()>
            {move || obstacle.get().map(|obstacle| sentence(obstacle_words(obstacle)))}
        </p>
    }
}

/// The sentence, what to do next, and what was seen at the other end; until then the step that is under
/// way, in the same place.
#[component]
fn Judged(trial: Memo<Trial>) -> impl IntoView {
    let page = Page::here();
    let shown = Memo::new(move |_| trial.with(|trial| (trial.course.clone(), trial.source)));
    move || {
        let (course, source) = shown.get();
        let Course { verdict, seen, .. } = course.clone()?;
        let step = course.and_then(|course| course.next());
        let (name, is_bad, explained) = match (verdict, step) {
            (Some(verdict), _) => {
                let explained = verdict_words(verdict, page.browser);
                (verdict.name(), verdict.is_bad(), explained)
            }
            (None, step) => {
                let title = step.map_or("", |step| step_words(step, source));
                let next = words().trial.under_way;
                ("running", false, Explained { title, next })
            }
        };
        let seen = verdict
            .is_some()
            .then_some(seen)
            .filter(|seen| seen.pictures > 0);
        Some(view! {
            <section
                class="diagnosis__verdict trial__verdict"
                data-testid="trial-verdict"
                data-verdict=name
                data-well=(!is_bad).to_string()
            >
                <h2 class="diagnosis__sentence">{explained.title}</h2>
                <p>{fill(explained.next, "command", COMMAND)}</p>
                {seen.map(|seen| view! { <p class="small" data-testid="trial-seen">{seen_words(&seen)}</p> })}
            </section>
        })
    }
}

fn seen_words(seen: &TrialSeen) -> String {
    let text = fill(words().trial.seen, "number", &seen.pictures.to_string());
    let size = format!("{}×{}", seen.width, seen.height);
    fill(&fill(&text, "size", &size), "codec", &seen.codec)
}

#[component]
fn Steps(trial: Memo<Trial>) -> impl IntoView {
    view! {
        <ol class="trial__steps" aria-label=words().trial.steps>
            {TrialStep::ALL.map(|step| {
                let stands = Memo::new(move |_| trial.with(|trial| Stands::of(trial, step)));
                let name = move || trial.with(|trial| step_words(step, trial.source));
                view! {
                    <li class="trial__step" data-trial-step=step.name() data-stands=move || stands.get().name()>
                        {move || view! { <Glyph icon=stands.get().icon() size=18 /> }}
                        <span>{name}</span>
                        <span class="trial__time number">{move || stands.get().words()}</span>
                    </li>
                }
            }).collect_view()}
        </ol>
    }
}

/// How one step stands.
#[derive(Clone, Copy, PartialEq)]
enum Stands {
    /// After so many milliseconds.
    Done(u32),
    Now,
    Failed,
    Ahead,
}

impl Stands {
    fn of(trial: &Trial, step: TrialStep) -> Self {
        let Some(course) = &trial.course else {
            return Self::Ahead;
        };
        let is_next = course.next() == Some(step);
        match (course.milliseconds(step), course.verdict) {
            (Some(took), _) => Self::Done(took),
            (None, None) if is_next => Self::Now,
            (None, Some(verdict)) if is_next && verdict.is_bad() => Self::Failed,
            (None, None | Some(_)) => Self::Ahead,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Now => "now",
            Self::Failed => "failed",
            Self::Ahead => "ahead",
        }
    }

    fn words(self) -> String {
        let w = &words().trial;
        match self {
            Self::Done(took) => fill(w.took, "time", &took.to_string()),
            Self::Now => w.under_way.to_owned(),
            Self::Failed => w.failed.to_owned(),
            Self::Ahead => w.ahead.to_owned(),
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Done(_) => Icon::Check,
            Self::Failed => Icon::Warning,
            Self::Now | Self::Ahead => Icon::Right,
        }
    }
}

/// For who does not look at the page: the step that is under way, then how it went.
fn said(trial: &Trial, page: Page) -> String {
    let Some(course) = &trial.course else {
        return String::new();
    };
    match (course.verdict, course.next()) {
        (Some(verdict), _) => sentence(verdict_words(verdict, page.browser)),
        (None, Some(step)) => fill(
            words().trial.running,
            "step",
            step_words(step, trial.source),
        ),
        (None, None) => String::new(),
    }
}

fn sentence(explained: Explained) -> String {
    let next = fill(explained.next, "command", COMMAND);
    format!("{}. {next}", explained.title)
}
