//! All lanes on one line of time: a mark for each thing that was seen. The ladder below says the same in
//! words.

use leptos::prelude::*;

use crate::phone::state::{Lane, Report, Row};
use crate::text::diagnosis::lane_words;
use crate::text::words;

/// Of the drawing; the page stretches it.
const WIDTH: f64 = 600.0;
const LANE_HEIGHT: f64 = 22.0;
const LABELS: f64 = 150.0;

#[component]
pub(super) fn Axis(report: Memo<Report>) -> impl IntoView {
    let w = &words().diagnosis;
    let marks = Memo::new(move |_| {
        report.with(|report| {
            let all = report.rows.iter();
            all.map(|row| (place(report, row), row.what.lane()))
                .collect::<Vec<_>>()
        })
    });
    let height = LANE_HEIGHT * Lane::ALL.len() as f64;
    view! {
        <svg
            class="axis"
            viewBox=format!("0 0 {WIDTH} {height}")
            role="img"
            aria-label=w.ladder
            data-testid="axis"
        >
            {Lane::ALL.into_iter().enumerate().map(|(nth, lane)| {
                let y = middle(nth);
                view! {
                    <text class="axis__lane" x="0" y=y + 4.0>{lane_words(lane)}</text>
                    <line class="axis__line" x1=LABELS x2=WIDTH y1=y y2=y />
                }
            }).collect_view()}
            {move || marks.get().into_iter().map(|(x, lane)| {
                let nth = Lane::ALL.iter().position(|one| *one == lane).unwrap_or(0);
                view! { <circle class="axis__mark" data-lane=lane.name() cx=x cy=middle(nth) r="4" /> }
            }).collect_view()}
        </svg>
    }
}

fn middle(nth: usize) -> f64 {
    LANE_HEIGHT * (nth as f64 + 0.5)
}

fn place(report: &Report, row: &Row) -> f64 {
    let last = report
        .rows
        .last()
        .map_or(0, |row| row.at_milliseconds)
        .max(1);
    let share = row.at_milliseconds as f64 / last as f64;
    LABELS + 6.0 + share * (WIDTH - LABELS - 12.0)
}
