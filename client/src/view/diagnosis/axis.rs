//! All lanes on one line of time: a mark for each thing that was seen. The ladder below says the same in
//! words.

use leptos::prelude::*;

use crate::phone::state::{Lane, Report, Row};
use crate::text::diagnosis::lane_words;
use crate::text::{tenths, words};

#[component]
pub(super) fn Axis(report: Memo<Report>) -> impl IntoView {
    let w = &words().diagnosis;
    view! {
        <div class="axis" role="img" aria-label=w.ladder data-testid="axis">
            {Lane::ALL.map(|lane| {
                let marks = Memo::new(move |_| report.with(|report| places(report, lane)));
                view! {
                    <span class="axis__lane">{lane_words(lane)}</span>
                    <span class="axis__line" data-lane=lane.name()>
                        {move || marks.get().into_iter().map(|place| {
                            view! { <span class="axis__mark" style=format!("left: {}%", tenths(place))></span> }
                        }).collect_view()}
                    </span>
                }
            }).collect_view()}
        </div>
    }
}

/// Of the whole time, in hundredths.
fn places(report: &Report, lane: Lane) -> Vec<f64> {
    let last = report.rows.last().map_or(0, |row| row.at_milliseconds);
    let place = |row: &Row| row.at_milliseconds as f64 * 100.0 / last.max(1) as f64;
    let of_lane = report.rows.iter().filter(|row| row.what.lane() == lane);
    of_lane.map(place).collect()
}
