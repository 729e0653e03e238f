//! What happened, and when: messages to the left and right, and what became of way, keys and pictures.

use leptos::prelude::*;

use crate::phone::diagnosis::{Way, What};
use crate::phone::state::{Lane, Report, Row};
use crate::text::diagnosis::{lane_words, what_words};
use crate::text::{fill, words};

#[component]
pub(super) fn Ladder(report: Memo<Report>) -> impl IntoView {
    let w = &words().diagnosis;
    let rows = Memo::new(move |_| {
        report.with(|report| {
            let all = report.rows.iter();
            let told = all.filter(|row| row.what.lane() != Lane::Figures);
            told.cloned().collect::<Vec<Row>>()
        })
    });
    let left_out = Memo::new(move |_| report.with(|report| report.left_out));
    view! {
        <table class="ladder" data-testid="ladder">
            <caption class="diagnosis__heading">{w.ladder}</caption>
            <thead>
                <tr>
                    <th scope="col">{w.time}</th>
                    <th scope="col">{w.place}</th>
                    <th scope="col">{w.what}</th>
                </tr>
            </thead>
            <tbody>{move || rows.get().iter().map(line).collect_view()}</tbody>
        </table>
        <Show when=move || left_out.get() != 0>
            <p class="small quiet">{move || fill(w.left_out, "number", &left_out.get().to_string())}</p>
        </Show>
    }
}

fn line(row: &Row) -> impl IntoView + use<> {
    let w = &words().diagnosis;
    let lane = row.what.lane();
    let arrow = match &row.what {
        What::Message(Way::Out, _) => "→ ",
        What::Message(Way::In, _) => "← ",
        _ => "",
    };
    let trouble = is_trouble(&row.what);
    view! {
        <tr class="ladder__row" data-lane=lane.name() data-trouble=trouble.to_string()>
            <td class="ladder__time number">{fill(w.seconds, "seconds", &seconds(row.at_milliseconds))}</td>
            <td class="ladder__lane">{lane_words(lane)}</td>
            <td class="ladder__what"><span aria-hidden="true">{arrow}</span> {what_words(&row.what)}</td>
        </tr>
    }
}

/// As in 12.345.
pub(super) fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

fn is_trouble(what: &What) -> bool {
    use crate::phone::diagnosis::{Keys, Path};
    match what {
        What::LineClosed
        | What::Path(Path::Lost | Path::Failed)
        | What::Keys(Keys::Failed)
        | What::NotApplied
        | What::NotChanged
        | What::PicturesStopped(_) => true,
        What::Message(_, summary) => summary.starts_with(['4', '5', '6']),
        What::LineOpened
        | What::Path(_)
        | What::Keys(_)
        | What::Restarted
        | What::Track
        | What::FirstPicture(_)
        | What::Figures(_)
        | What::FarFirst(_)
        | What::Ended(_) => false,
    }
}
