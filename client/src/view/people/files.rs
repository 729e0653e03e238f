//! People from a file, from the device, and to a file.

use leptos::prelude::*;

use crate::edge::people::{can_pick, read_chosen};
use crate::phone::state::{Command, Imported, PeopleCommand};
use crate::text::people::{imported, skipped};
use crate::text::words;
use crate::view::Page;

#[component]
pub fn Files() -> impl IntoView {
    let w = &words().people;
    let page = Page::here();
    let none = page.part(|state| state.people.list.iter().all(|person| person.own.is_none()));
    view! {
        <div class="files">
            <h3 class="choice__legend">{w.files}</h3>
            <div class="files__row">
                <label class="button button--plain button--small files__choose">
                    {w.import}
                    <input
                        class="unseen"
                        type="file"
                        accept=".vcf,text/vcard,text/x-vcard"
                        aria-describedby="files-hint"
                        data-testid="people-import"
                        on:change=move |event| {
                            read_chosen(&event, move |bytes| {
                                page.send(Command::People(PeopleCommand::Import(bytes)));
                            });
                        }
                    />
                </label>
                <button
                    class="button button--plain button--small"
                    data-testid="people-export"
                    disabled=move || none.get()
                    on:click=move |_| page.send(Command::People(PeopleCommand::Export))
                >
                    {w.export}
                </button>
                {can_pick().then(|| view! {
                    <button
                        class="button button--plain button--small"
                        data-testid="people-pick"
                        on:click=move |_| page.send(Command::People(PeopleCommand::Pick))
                    >
                        {w.pick}
                    </button>
                })}
            </div>
            <p id="files-hint" class="small quiet">{w.files_hint}</p>
            <Report />
        </div>
    }
}

#[component]
fn Report() -> impl IntoView {
    let page = Page::here();
    let report = page.part(|state| state.people.imported.clone());
    view! {
        <div role="status">
            {move || report.get().map(|report| view! { <ReportCard report /> })}
        </div>
    }
}

#[component]
fn ReportCard(report: Imported) -> impl IntoView {
    let w = words();
    let page = Page::here();
    let hidden = report.skipped_in_all.saturating_sub(report.skipped.len());
    view! {
        <div class="people__note files__report" data-testid="import-report">
            <p data-testid="import-counts">{imported(&report)}</p>
            <ul class="small quiet files__skipped">
                {report.skipped.iter().map(|one| view! { <li>{skipped(one)}</li> }).collect_view()}
            </ul>
            {(hidden > 0).then(|| view! {
                <p class="small quiet">{w.people.report_more.of(hidden)}</p>
            })}
            <button
                class="button button--plain button--small"
                data-testid="import-read"
                on:click=move |_| page.send(Command::People(PeopleCommand::Read))
            >
                {w.done}
            </button>
        </div>
    }
}
