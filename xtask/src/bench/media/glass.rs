//! From glass to glass through the gateway: first pictures after the answer, and the age of a picture
//! when it is seen, for every pair of codecs that a browser and a handset can agree on.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::passing::{Load, Stream, load};
use super::{Effort, row, systems, tables};
use crate::shell::progress;
use crate::workspace::Workspace;

/// A browser's codec and a handset's.
struct Pair {
    name: &'static str,
    web: &'static str,
    plain: &'static str,
    /// What the handset's description says as `b=AS`.
    kilobits: u32,
}

const fn pair(name: &'static str, web: &'static str, plain: &'static str, kilobits: u32) -> Pair {
    Pair {
        name,
        web,
        plain,
        kilobits,
    }
}

/// H.263 is QCIF at the rate of a Video Share; H.264 is 320x240 at that of a call over LTE.
const PAIRS: [Pair; 6] = [
    pair("VP8, H.263", "vp8", "h263", 64),
    pair("VP8, H263-2000", "vp8", "h263-plus", 64),
    pair("VP8, H.264", "vp8", "h264", 384),
    pair("H.264, H.263", "h264", "h263", 64),
    pair("H.264, H263-2000", "h264", "h263-plus", 64),
    pair("H.264 passed through", "h264", "h264", 384),
];

/// What a first picture may take longer because of us, in milliseconds at p95.
const FIRST_PICTURE_AIM: u64 = 500;

pub fn measure(workspace: &Workspace, folder: &Path, effort: Effort) -> Value {
    let calls = match effort {
        // The fewest whose p95 is not their slowest.
        Effort::Full => 20,
        Effort::Quick => 2,
    };
    let pairs = PAIRS.iter().map(|pair| {
        progress(format!("from glass to glass: {}", pair.name));
        let mut figures = row(pair.name, through(workspace, folder, pair, calls));
        figures["pair"] = json!(pair.name);
        figures["kilobits"] = json!(pair.kilobits);
        figures
    });
    json!({ "calls": calls, "pairs": pairs.collect::<Vec<Value>>() })
}

fn through(workspace: &Workspace, folder: &Path, pair: &Pair, calls: usize) -> Result<Value> {
    let tested = systems::sidecam(workspace, folder, 1)?;
    let wanted = Load {
        calls,
        seconds: 1,
        stream: Stream::Glass {
            web: pair.web,
            plain: pair.plain,
            kilobits: pair.kilobits,
        },
    };
    let report = load(workspace, folder, &tested, &wanted);
    tested.service.stop();
    report.context("from glass to glass")
}

pub fn print(of: &Value) {
    println!(
        "\nFrom glass to glass, {} calls one after the other; ms as p50 p95; added: beyond the median of the same\n\
         without anything between (two browsers; camera and screen side by side)",
        of["calls"]
    );
    println!(
        "  {:<22}{:<12}{:>14}{:>14}{:>14}{:>14}{:>14}{:>14}{:>9}",
        "browser, handset",
        "to the",
        "first picture",
        "without",
        "added",
        "delay",
        "without",
        "added",
        "pict./s"
    );
    for pair in of["pairs"].as_array().into_iter().flatten() {
        let name = tables::text(&pair["pair"]);
        if tables::failed(name, pair) {
            continue;
        }
        for (end, key) in [("handset", "to_handset"), ("browser", "to_browser")] {
            println!("{}", line(name, end, &pair[key]));
        }
    }
    let worst = worst_first_picture(of).map_or("-".to_owned(), |ms| ms.to_string());
    println!(
        "  (the aim is a first picture within {FIRST_PICTURE_AIM} ms added at p95; the slowest row: {worst} ms)"
    );
}

fn line(name: &str, end: &str, of: &Value) -> String {
    let ms = |key: &str| tables::milliseconds(&of[key]);
    let mut line = format!(
        "  {name:<22}{end:<12}{:>14}{:>14}{:>14}{:>14}{:>14}{:>14}{:>9}",
        ms("first_picture_microseconds"),
        ms("first_picture_without_microseconds"),
        ms("first_picture_added_microseconds"),
        ms("delay_microseconds"),
        ms("delay_without_microseconds"),
        ms("delay_added_microseconds"),
        tables::shown(&of["pictures_per_second"]),
    );
    match of["calls_without_picture"].as_u64() {
        Some(0) | None => {}
        Some(calls) => line.push_str(&format!("  {calls} without a picture")),
    }
    line
}

/// Of all rows the highest p95 of what is added, in milliseconds; `None` without any.
fn worst_first_picture(of: &Value) -> Option<u64> {
    let pairs = of["pairs"].as_array()?.iter();
    let rows = pairs.flat_map(|pair| [&pair["to_handset"], &pair["to_browser"]]);
    let added = rows.filter_map(|row| row["first_picture_added_microseconds"]["p95"].as_u64());
    added.max().map(|microseconds| microseconds / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direction(added: u64, without_picture: u64) -> Value {
        json!({
            "first_picture_microseconds": { "p50": 150_000, "p95": 170_400 },
            "first_picture_added_microseconds": { "p50": 1000, "p95": added },
            "delay_microseconds": { "p50": null, "p95": null },
            "pictures_per_second": 15.0,
            "calls_without_picture": without_picture,
        })
    }

    #[test]
    fn a_row_shows_what_was_measured_and_dashes_for_the_rest() {
        let line = line("VP8, H.263", "handset", &direction(20_000, 0));
        assert!(line.contains("150.0 170.4"), "{line}");
        assert!(line.contains("1.0 20.0"), "{line}");
        assert!(line.contains("- -"), "{line}");
        assert!(line.ends_with("15.0"), "{line}");
    }

    #[test]
    fn a_call_without_a_picture_is_said() {
        let line = line("VP8, H.263", "handset", &direction(20_000, 3));
        assert!(line.ends_with("3 without a picture"), "{line}");
    }

    #[test]
    fn the_slowest_row_is_held_to_the_aim() {
        let pairs = json!([
            { "to_handset": direction(20_000, 0), "to_browser": direction(612_900, 0) },
            { "error": "no" },
        ]);
        assert_eq!(worst_first_picture(&json!({ "pairs": pairs })), Some(612));
        assert_eq!(worst_first_picture(&json!({ "pairs": [] })), None);
    }
}
