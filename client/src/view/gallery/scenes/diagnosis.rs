//! Why it did not work.

use std::sync::Arc;

use super::{Scene, anna, signed_in};
use crate::phone::diagnosis::{
    CallKey, Facts, Figures, Keys, Limited, Path, Stream, Verdict, Way, What,
};
use crate::phone::state::{CallTitle, Cause, Diagnosis, Direction, FarShown, Report, Row};
use crate::view::Place;

pub fn scenes() -> Vec<Scene> {
    let failed = Report {
        calls: vec![title(2, Verdict::NoPath), title(1, Verdict::Worked)],
        chosen: Some(CallKey(2)),
        verdict: Some(Verdict::NoPath),
        peer: Some(anna()),
        facts: Facts {
            direction: Some(Direction::Out),
            invited: true,
            answered: true,
            path: Path::Failed,
            cause: Some(Cause::Lost),
            ..Facts::default()
        },
        rows: asked(vec![
            row(2_460, What::Path(Path::Checking)),
            row(17_460, What::Path(Path::Failed)),
            row(17_500, message(Way::Out, "BYE")),
            row(17_530, message(Way::In, "200 OK (BYE)")),
            row(17_530, What::Ended(Cause::Lost)),
        ]),
        far: FarShown::Nothing,
        ..Report::default()
    };
    let figures = (1..=9).map(|second| row(2_500 + 1000 * second, figures(second)));
    let mut flowed = asked(vec![
        row(2_460, What::Path(Path::Checking)),
        row(2_490, What::Path(Path::Stands)),
        row(2_540, What::Keys(Keys::Agreed)),
        row(2_600, What::FirstPicture(Way::Out)),
        row(2_640, What::FarFirst(Way::Out)),
    ]);
    flowed.extend(figures);
    flowed.push(row(12_000, What::Ended(Cause::EndedByMe)));
    let worked = Report {
        calls: vec![title(2, Verdict::NoPath), title(1, Verdict::Worked)],
        chosen: Some(CallKey(1)),
        verdict: Some(Verdict::Worked),
        facts: Facts {
            direction: Some(Direction::Out),
            invited: true,
            answered: true,
            path_stood: true,
            keys_stood: true,
            sent: Some(stream(9)),
            cause: Some(Cause::EndedByMe),
            ..Facts::default()
        },
        rows: flowed,
        far: FarShown::Here(640),
        ..failed.clone()
    };
    vec![
        open("why-no-path", failed),
        open("why-worked", worked),
        open("why-nothing", Report::default()),
    ]
}

fn open(name: &'static str, report: Report) -> Scene {
    let mut state = signed_in();
    state.diagnosis = Diagnosis::Open(Arc::new(report));
    Scene {
        name,
        state,
        place: Place::Call,
    }
}

fn asked(then: Vec<Row>) -> Vec<Row> {
    let mut rows = vec![
        row(0, message(Way::Out, "INVITE")),
        row(41, message(Way::In, "100 Trying (INVITE)")),
        row(212, message(Way::In, "180 Ringing (INVITE)")),
        row(2_431, message(Way::In, "200 OK (INVITE)")),
        row(2_440, message(Way::Out, "ACK")),
    ];
    rows.extend(then);
    rows
}

fn row(at_milliseconds: u64, what: What) -> Row {
    Row {
        at_milliseconds,
        what,
    }
}

fn message(way: Way, summary: &str) -> What {
    What::Message(way, summary.into())
}

fn title(key: u32, verdict: Verdict) -> CallTitle {
    CallTitle {
        key: CallKey(key),
        peer: Some(anna()),
        direction: Some(Direction::Out),
        verdict,
    }
}

fn figures(second: u64) -> What {
    What::Figures(Box::new(Figures {
        path: Path::Stands,
        keys: Keys::Agreed,
        round_trip_milliseconds: Some(23),
        ends: "host udp - host udp".to_owned(),
        sent: Some(stream(second)),
        received: None,
    }))
}

fn stream(second: u64) -> Stream {
    Stream {
        packets: 70 * second,
        bytes: 48_000 * second,
        lost: second / 4,
        frames: 15 * second,
        width: 640,
        height: 480,
        limited: Limited::No,
    }
}
