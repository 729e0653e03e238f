//! The browser's figures, second by second.

use leptos::prelude::*;

use super::ladder::seconds;
use crate::phone::diagnosis::{Figures, Stream, What};
use crate::phone::state::Report;
use crate::text::{fill, words};

/// One line of the table.
#[derive(Clone, PartialEq)]
struct Second {
    at_milliseconds: u64,
    kilobits_per_second: u64,
    stream: Stream,
    round_trip_milliseconds: Option<u32>,
}

#[component]
pub(super) fn Seconds(report: Memo<Report>) -> impl IntoView {
    let w = &words().diagnosis;
    let all = Memo::new(move |_| report.with(read));
    let heads = [
        w.time,
        w.packets,
        w.rate,
        w.lost,
        w.frames,
        w.round_trip,
        w.size,
    ];
    view! {
        <Show when=move || all.with(|all| !all.is_empty())>
            <details class="seconds">
                <summary class="seconds__open" data-testid="figures">{w.figures}</summary>
                <div class="seconds__scroll" tabindex="0" role="region" aria-label=w.figures>
                    <table class="seconds__table number">
                        <thead>
                            <tr>{heads.map(|head| view! { <th scope="col">{head}</th> }).collect_view()}</tr>
                        </thead>
                        <tbody>{move || all.get().iter().map(line).collect_view()}</tbody>
                    </table>
                </div>
            </details>
        </Show>
    }
}

fn line(second: &Second) -> impl IntoView + use<> {
    let w = &words().diagnosis;
    let stream = second.stream;
    let milliseconds = second.round_trip_milliseconds;
    view! {
        <tr>
            <td>{seconds(second.at_milliseconds)}</td>
            <td>{stream.packets}</td>
            <td>{second.kilobits_per_second}</td>
            <td>{stream.lost}</td>
            <td>{stream.frames}</td>
            <td>{milliseconds.map(|time| fill(w.milliseconds, "time", &time.to_string()))}</td>
            <td>{format!("{}×{}", stream.width, stream.height)}</td>
        </tr>
    }
}

fn read(report: &Report) -> Vec<Second> {
    let mut before: Option<(u64, u64)> = None;
    let figures = report.rows.iter().filter_map(|row| match &row.what {
        What::Figures(figures) => Some((row.at_milliseconds, &**figures)),
        _ => None,
    });
    let lines = figures.filter_map(|(at, figures)| {
        let stream = *streams(figures)?;
        let (then, bytes) = before
            .replace((at, stream.bytes))
            .unwrap_or((at, stream.bytes));
        // Bytes a millisecond times eight are kilobits a second.
        let bits = stream.bytes.saturating_sub(bytes) * 8;
        Some(Second {
            at_milliseconds: at,
            kilobits_per_second: bits.checked_div(at.saturating_sub(then)).unwrap_or(0),
            stream,
            round_trip_milliseconds: figures.round_trip_milliseconds,
        })
    });
    lines.collect()
}

fn streams(figures: &Figures) -> Option<&Stream> {
    figures.received.as_ref().or(figures.sent.as_ref())
}
