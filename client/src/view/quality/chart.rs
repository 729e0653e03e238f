//! Three curves over the last two minutes, and the same as a table for whoever does not see them.

use leptos::prelude::*;

use crate::phone::quality::SHOWN_MILLISECONDS;
use crate::phone::state::{Moment, Quality};
use crate::text::{fill, tenths, words};

/// Of a curve's own units, which stretch to the room there is.
const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 40.0;
/// A hole in the figures is a hole in the curve.
const HOLE_MILLISECONDS: u64 = 4_000;
/// One row of the table is about so much.
const ROW_MILLISECONDS: u64 = 10_000;

/// What a curve is of.
struct Curve {
    name: &'static str,
    label: &'static str,
    value: fn(&Moment) -> u32,
    text: fn(u32) -> String,
    /// The curve is at least as high as this, so that little looks like little.
    least_top: u32,
}

fn curves() -> [Curve; 3] {
    let w = &words().around;
    [
        Curve {
            name: "rate",
            label: w.figures_rate,
            value: |moment| moment.kilobits_per_second,
            text: |rate| fill(words().around.rate, "rate", &rate.to_string()),
            least_top: 64,
        },
        Curve {
            name: "frames",
            label: w.figures_frames,
            value: |moment| moment.frames_per_second,
            text: |rate| fill(words().around.frames, "rate", &rate.to_string()),
            least_top: 15,
        },
        Curve {
            name: "lost",
            label: w.figures_lost,
            value: |moment| moment.lost_per_thousand,
            // Little is not nothing.
            text: |share| {
                let percent = share.div_ceil(10);
                fill(words().around.lost, "share", &percent.to_string())
            },
            least_top: 100,
        },
    ]
}

#[component]
pub fn Chart(quality: Memo<Quality>) -> impl IntoView {
    let w = &words().around;
    view! {
        <div class="figures__curves" aria-hidden="true">
            {curves()
                .map(|curve| {
                    let path = move || {
                        quality.with(|quality| path(&quality.moments, curve.value, curve.least_top))
                    };
                    let now = move || {
                        let newest = quality.with(|quality| quality.moments.last().copied());
                        newest.map(|newest| (curve.text)((curve.value)(&newest)))
                    };
                    view! {
                        <div class="curve" data-testid=format!("curve-{}", curve.name)>
                            <span class="curve__label small">{curve.label}</span>
                            <span class="curve__now small number">{now}</span>
                            <svg
                                class="curve__drawing"
                                viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                                preserveAspectRatio="none"
                            >
                                <path class="curve__line" d=path />
                            </svg>
                        </div>
                    }
                })
                .into_iter()
                .collect_view()}
        </div>
        <table class="unseen" data-testid="figures-table">
            <caption>{w.figures_title}</caption>
            <thead>
                <tr>
                    <th scope="col">{w.figures_when}</th>
                    {curves().map(|curve| view! { <th scope="col">{curve.label}</th> }).into_iter().collect_view()}
                </tr>
            </thead>
            <tbody>
                {move || quality.with(|quality| rows(&quality.moments)).into_iter().map(row).collect_view()}
            </tbody>
        </table>
    }
}

fn row((ago, moment): (u64, Moment)) -> impl IntoView {
    let w = &words().around;
    let when = match ago {
        0 => w.figures_now.to_owned(),
        ago => fill(w.figures_ago, "seconds", &ago.to_string()),
    };
    let cells = curves().map(|curve| (curve.text)((curve.value)(&moment)));
    view! {
        <tr>
            <th scope="row">{when}</th>
            {cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}
        </tr>
    }
}

/// Newest first, with the seconds since.
fn rows(moments: &[Moment]) -> Vec<(u64, Moment)> {
    let Some(newest) = moments.last().map(|newest| newest.at_milliseconds) else {
        return Vec::new();
    };
    let mut rows: Vec<(u64, Moment)> = Vec::new();
    for moment in moments.iter().rev() {
        let ago = newest.saturating_sub(moment.at_milliseconds);
        let due = rows
            .last()
            .is_none_or(|(last, _)| ago >= last * 1000 + ROW_MILLISECONDS);
        if due {
            rows.push((ago / 1000, *moment));
        }
    }
    rows
}

/// What an SVG path draws; now is at its right end.
fn path(moments: &[Moment], value: fn(&Moment) -> u32, least_top: u32) -> String {
    let Some(newest) = moments.last().map(|newest| newest.at_milliseconds) else {
        return String::new();
    };
    let top = moments.iter().map(value).max().unwrap_or_default();
    let top = f64::from(top.max(least_top));
    let mut path = String::new();
    let mut before = None;
    for moment in moments {
        let ago = newest.saturating_sub(moment.at_milliseconds) as f64;
        let across = WIDTH * (1.0 - ago / SHOWN_MILLISECONDS as f64);
        let down = HEIGHT - (HEIGHT - 2.0) * f64::from(value(moment)) / top - 1.0;
        let goes_on = before.is_some_and(|before: u64| {
            moment.at_milliseconds.saturating_sub(before) <= HOLE_MILLISECONDS
        });
        path.push(if goes_on { 'L' } else { 'M' });
        path.push_str(&format!("{} {}", tenths(across), tenths(down)));
        before = Some(moment.at_milliseconds);
    }
    path
}
