//! Writing somebody down.

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{Command, Draft, DraftProblems, Number, PeopleCommand, State, WAYS, Way};
use crate::text::people::way_problem;
use crate::text::{fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, Sheet};

/// `sought` is emptied and `said` says so when somebody was saved.
#[component]
pub fn Editor(draft: Draft, sought: RwSignal<String>, said: RwSignal<String>) -> impl IntoView {
    let w = &words().people;
    let page = Page::here();
    let title = match draft.id {
        Some(_) => fill(w.edit_title, "who", &draft.name),
        None => w.new_title.to_owned(),
    };
    let name = RwSignal::new(draft.name);
    let first = vec![String::new()];
    let ways = RwSignal::new(if draft.ways.is_empty() {
        first
    } else {
        draft.ways
    });
    let problems = RwSignal::new(DraftProblems::default());
    let id = StoredValue::new(draft.id);
    let close = move || {
        page.sheet.set(Sheet::List);
        screen::focus("people-find");
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let draft = Draft {
            id: id.get_value(),
            name: name.get_untracked(),
            ways: ways.get_untracked(),
        };
        match page.state.with_untracked(|state| read(&draft, state)) {
            Ok((name, ways)) => {
                page.send(Command::People(PeopleCommand::Keep(draft)));
                said.set(fill(w.said_saved, "who", &name));
                sought.set(String::new());
                choose(&page, &ways);
                close();
            }
            Err(found) => {
                screen::focus(first_wrong(&found));
                problems.set(found);
            }
        }
    };
    screen::focus("person-name");
    view! {
        <form
            class="card editor"
            data-testid="person-editor"
            aria-labelledby="person-title"
            novalidate
            on:submit=submit
            on:keydown=move |event| {
                if event.key() == "Escape" && page.state.with_untracked(|state| !state.is_in_share()) {
                    close();
                }
            }
        >
            <h2 id="person-title" class="people__title">{title}</h2>
            <NameField name problems />
            <Ways ways problems />
            <Ends on_cancel=close />
        </form>
    }
}

#[component]
fn NameField(name: RwSignal<String>, problems: RwSignal<DraftProblems>) -> impl IntoView {
    let w = &words().people;
    view! {
        <label class="field">
            <span class="field__label">{w.name}</span>
            <input
                id="person-name"
                class="field__input"
                data-testid="person-name-field"
                type="text"
                autocomplete="off"
                maxlength="80"
                aria-invalid=move || problems.with(|problems| problems.no_name).to_string()
                aria-describedby="person-name-problem"
                prop:value=name
                on:input:target=move |event| name.set(event.target().value())
            />
        </label>
        <p id="person-name-problem" class="editor__problem" role="alert">
            {move || problems.with(|problems| problems.no_name).then_some(w.no_name)}
        </p>
    }
}

#[component]
fn Ends(on_cancel: impl Fn() + 'static) -> impl IntoView {
    let w = &words().people;
    view! {
        <div class="card__doings">
            <button class="button button--primary button--small" type="submit" data-testid="person-save">
                {w.save}
            </button>
            <button
                class="button button--plain button--small"
                type="button"
                data-testid="person-cancel"
                on:click=move |_| on_cancel()
            >
                {w.cancel}
            </button>
        </div>
    }
}

/// The fields for numbers and addresses; one more where it is wanted.
#[component]
fn Ways(ways: RwSignal<Vec<String>>, problems: RwSignal<DraftProblems>) -> impl IntoView {
    let w = &words().people;
    let count = Memo::new(move |_| ways.with(Vec::len));
    view! {
        {move || (0..count.get()).map(|at| view! { <WayField ways problems at /> }).collect_view()}
        <p class="small quiet">{w.way_hint}</p>
        <Show when=move || count.get() < WAYS>
            <button
                class="button button--plain button--small editor__another"
                type="button"
                data-testid="person-another"
                on:click=move |_| {
                    let at = ways.with_untracked(Vec::len);
                    ways.update(|ways| ways.push(String::new()));
                    screen::focus(field_id(at));
                }
            >
                <Glyph icon=Icon::Plus size=18 />
                {w.another}
            </button>
        </Show>
    }
}

#[component]
fn WayField(
    ways: RwSignal<Vec<String>>,
    problems: RwSignal<DraftProblems>,
    at: usize,
) -> impl IntoView {
    let w = &words().people;
    let problem = Memo::new(move |_| problems.with(|problems| way_problem(problems, at)));
    let label = if at == 0 { w.way } else { w.another_way };
    let described = format!("{}-problem", field_id(at));
    view! {
        <label class="field">
            <span class="field__label">{label}</span>
            <input
                id=field_id(at)
                class="field__input"
                data-testid=format!("person-way-{at}")
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                maxlength="128"
                aria-invalid=move || problem.with(Option::is_some).to_string()
                aria-describedby=described.clone()
                prop:value=move || ways.with(|ways| ways.get(at).cloned().unwrap_or_default())
                on:input:target=move |event| {
                    let value = event.target().value();
                    ways.update(|ways| if let Some(way) = ways.get_mut(at) { *way = value });
                }
            />
        </label>
        <p id=described.clone() class="editor__problem" role="alert" data-testid=format!("person-way-{at}-problem")>
            {move || problem.get()}
        </p>
    }
}

fn read(draft: &Draft, state: &State) -> Result<(String, Vec<Way>), DraftProblems> {
    let known = |number: &Number| state.people.list.iter().any(|person| person.has(number));
    draft.read(&state.people.home, known)
}

/// Whoever was written down is whom one turns to, unless something goes on.
fn choose(page: &Page, ways: &[Way]) {
    let number = ways
        .iter()
        .find_map(Way::number)
        .cloned()
        .map(Command::Select);
    let address = || {
        ways.iter()
            .find_map(Way::address)
            .cloned()
            .map(Command::SelectAddress)
    };
    if let Some(command) = number.or_else(address) {
        page.send(command);
    }
}

fn first_wrong(problems: &DraftProblems) -> &'static str {
    match (problems.no_name, problems.ways.first()) {
        (true, _) => "person-name",
        (false, Some((at, _))) => field_id(*at),
        (false, None) => field_id(0),
    }
}

/// As many as there are [`WAYS`].
fn field_id(at: usize) -> &'static str {
    const IDS: [&str; WAYS] = [
        "person-way-0",
        "person-way-1",
        "person-way-2",
        "person-way-3",
        "person-way-4",
        "person-way-5",
        "person-way-6",
        "person-way-7",
    ];
    IDS.get(at).copied().unwrap_or(IDS[0])
}
