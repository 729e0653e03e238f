//! "Why didn't it work?": the verdict, how far it came, and all that was seen on one time axis. The one page
//! where words of the trade stand.

mod axis;
mod figures;
mod ladder;

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{
    CallTitle, Command, Diagnosis, DiagnosisCommand, Direction, FarShown, Report,
};
use crate::text::diagnosis::judged;
use crate::text::{fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::part::{Arrives, part};
use crate::view::trial::{FROM_DIAGNOSIS, TestConnection};
use crate::view::{Page, called};
use axis::Axis;
use figures::Seconds;
use ladder::Ladder;

/// The controls that open it, each where it stands.
pub const FROM_ENDED: &str = "why-ended";
pub const FROM_BESIDE: &str = "why-beside";
pub const FROM_ME: &str = "why-me";

/// Stands over everything while it is open.
#[component]
pub fn DiagnosisPage() -> impl IntoView {
    let page = Page::here();
    let open = page.part(|state| matches!(state.diagnosis, Diagnosis::Open(_)));
    view! {
        <Show when=move || open.get()>
            <Opened />
        </Show>
    }
}

/// The control that opens it.
#[component]
pub fn Why(label: &'static str, id: &'static str) -> impl IntoView {
    let page = Page::here();
    view! {
        <button
            id=id
            class="button button--plain"
            class:button--small=id != FROM_ENDED
            data-testid="why"
            on:click=move |_| page.send(Command::Diagnosis(DiagnosisCommand::Open))
        >
            {label}
        </button>
    }
}

#[component]
fn Opened() -> impl IntoView {
    let w = &words().diagnosis;
    let page = Page::here();
    let close = move || page.send(Command::Diagnosis(DiagnosisCommand::Close));
    let opener = screen::focused();
    screen::focus("diagnosis-close");
    let escape = window_event_listener(leptos::ev::keydown, move |event| {
        // What stands over it is closed first.
        let on_top = page.state.with_untracked(|state| !state.trial.open);
        if event.key() == "Escape" && on_top {
            close();
        }
    });
    on_cleanup(move || {
        escape.remove();
        // Back to what opened it; a browser that gives a pressed button no focus does not know it.
        if let Some(opener) = opener.clone() {
            screen::focus_if_lost(opener);
        }
        for id in [FROM_ENDED, FROM_BESIDE, FROM_ME] {
            screen::focus_if_lost(id);
        }
    });
    view! {
        <div class="diagnosis" role="dialog" aria-modal="true" aria-labelledby="diagnosis-title" data-testid="diagnosis">
            <header class="diagnosis__head">
                <h1 id="diagnosis-title" class="diagnosis__title">{w.title}</h1>
                <button
                    id="diagnosis-close"
                    class="icon-button"
                    aria-label=w.close
                    title=w.close
                    data-testid="diagnosis-close"
                    on:click=move |_| close()
                >
                    <Glyph icon=Icon::Close />
                </button>
            </header>
            <div class="diagnosis__body">
                <Arrives part=findings::PART />
            </div>
        </div>
    }
}

part!(findings, Findings);

/// What is in the page: the part of it that comes when it is first opened.
#[component]
fn Findings() -> impl IntoView {
    let w = &words().diagnosis;
    let report = Page::here().part(|state| match &state.diagnosis {
        Diagnosis::Open(report) => (**report).clone(),
        Diagnosis::Shut => Report::default(),
    });
    let calls = Memo::new(move |_| report.with(|report| report.calls.clone()));
    let chosen = Memo::new(move |_| report.with(|report| report.chosen));
    view! {
        <Show when=move || { calls.with(|calls| calls.len() > 1) }>
            <ul class="diagnosis__calls" aria-label=w.calls>
                {move || calls.get().into_iter().map(|title| {
                    let key = title.key;
                    view! { <Call title pressed=Memo::new(move |_| chosen.get() == Some(key)) /> }
                }).collect_view()}
            </ul>
        </Show>
        <Judged report />
        <TestConnection id=FROM_DIAGNOSIS />
        <Show when=move || report.with(|report| !report.rows.is_empty())>
            <Axis report />
            <Ladder report />
            <Seconds report />
            <Files report />
        </Show>
    }
}

#[component]
fn Call(title: CallTitle, pressed: Memo<bool>) -> impl IntoView {
    let page = Page::here();
    let (key, label) = (title.key, title_of_call(&title));
    view! {
        <li>
            <button
                class="diagnosis__call"
                aria-pressed=move || pressed.get().to_string()
                data-testid="diagnosis-call"
                data-verdict=title.verdict.name()
                on:click=move |_| page.send(Command::Diagnosis(DiagnosisCommand::Choose(key)))
            >
                <Glyph icon=if title.verdict.is_well() { Icon::Check } else { Icon::Warning } size=18 />
                <span>{label}</span>
            </button>
        </li>
    }
}

fn title_of_call(title: &CallTitle) -> String {
    let w = &words().diagnosis;
    let sentence = match title.direction {
        Some(Direction::Out) => w.shown_to,
        Some(Direction::In) => w.watched_from,
        None => w.voice_with,
    };
    let who = title.peer.as_ref().map(called);
    fill(
        sentence,
        "who",
        &who.unwrap_or_else(|| words().somebody.to_owned()),
    )
}

/// The sentence, what to do next, and how far it came.
#[component]
fn Judged(report: Memo<Report>) -> impl IntoView {
    let w = &words().diagnosis;
    let verdict = Memo::new(move |_| report.with(|report| report.verdict));
    move || {
        let Some(verdict) = verdict.get() else {
            let text = match report.with(|report| report.rows.is_empty()) {
                true => w.nothing_yet,
                false => w.connection,
            };
            return view! { <p class="quiet">{text}</p> }.into_any();
        };
        let explained = judged(verdict);
        view! {
            <section
                class="diagnosis__verdict"
                data-testid="verdict"
                data-verdict=verdict.name()
                data-well=verdict.is_well().to_string()
            >
                <h2 class="diagnosis__sentence">{explained.title}</h2>
                <p>{explained.next}</p>
            </section>
            <Steps report />
        }
        .into_any()
    }
}

#[component]
fn Steps(report: Memo<Report>) -> impl IntoView {
    let w = &words().diagnosis;
    let steps = Memo::new(move |_| {
        report.with(|report| {
            let facts = &report.facts;
            let stream = match facts.direction {
                Some(Direction::In) => &facts.received,
                Some(Direction::Out) | None => &facts.sent,
            };
            let flows = stream.as_ref().is_some_and(|stream| stream.frames > 0);
            let reached = [
                facts.invited,
                facts.answered,
                facts.path_stood,
                facts.keys_stood,
                flows,
            ];
            let over = facts.cause.is_some() || facts.refused.is_some();
            let first_open = reached.iter().position(|reached| !reached);
            let mut nth = 0..;
            reached.map(|reached| match reached {
                true => (nth.next(), Step::Done).1,
                false if nth.next() == first_open && over => Step::Failed,
                false => Step::Open,
            })
        })
    });
    let names = [
        w.step_asked,
        w.step_answered,
        w.step_path,
        w.step_keys,
        w.step_pictures,
    ];
    view! {
        <ol class="diagnosis__steps" aria-label=w.steps>
            {names.into_iter().enumerate().map(|(nth, name)| {
                let step = Memo::new(move |_| steps.with(|steps| steps[nth]));
                view! {
                    <li class="diagnosis__step" data-step=move || step.get().name()>
                        {move || view! { <Glyph icon=step.get().icon() size=18 /> }}
                        <span>{name}</span>
                        <span class="unseen">" " {move || step.get().words()}</span>
                    </li>
                }
            }).collect_view()}
        </ol>
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Done,
    Failed,
    Open,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Open => "open",
        }
    }

    fn words(self) -> &'static str {
        let w = &words().diagnosis;
        match self {
            Self::Done => w.step_ok,
            Self::Failed => w.step_failed,
            Self::Open => w.step_open,
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Done => Icon::Check,
            Self::Failed => Icon::Warning,
            Self::Open => Icon::Right,
        }
    }
}

#[component]
fn Files(report: Memo<Report>) -> impl IntoView {
    let w = &words().diagnosis;
    let page = Page::here();
    let save = move |command: DiagnosisCommand| page.send(Command::Diagnosis(command));
    let far = Memo::new(move |_| report.with(|report| report.far));
    view! {
        <section class="diagnosis__files">
            <h2 class="diagnosis__heading">{w.files}</h2>
            <p class="small quiet">{w.files_note}</p>
            <p class="small" data-testid="diagnosis-far">{move || far_words(far.get())}</p>
            <div class="diagnosis__actions">
                <button
                    class="button button--plain"
                    data-testid="save-packets"
                    on:click=move |_| save(DiagnosisCommand::SavePackets)
                >
                    {w.save_packets}
                </button>
                <button
                    class="button button--plain"
                    data-testid="save-rest"
                    on:click=move |_| save(DiagnosisCommand::SaveRest)
                >
                    {w.save_rest}
                </button>
            </div>
        </section>
    }
}

fn far_words(far: FarShown) -> Option<String> {
    let w = &words().diagnosis;
    match far {
        FarShown::NotAsked => None,
        FarShown::Asking => Some(w.far_asking.to_owned()),
        FarShown::Here(count) => Some(fill(w.far_here, "number", &count.to_string())),
        FarShown::Nothing => Some(w.far_nothing.to_owned()),
        FarShown::Unreachable => Some(w.far_unreachable.to_owned()),
    }
}
