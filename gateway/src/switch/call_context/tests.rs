//! What the network says, and how those who talk stand after it.

use proptest::prelude::*;

use super::*;

const ANNA: &str = "+447700900001";
const BEN: &str = "+447700900002";
const CARLA: &str = "+447700900003";

fn number(text: &str) -> E164 {
    text.parse().unwrap()
}

fn news(id: &str, event: Event, from: &str, to: &str) -> News {
    News {
        id: id.to_owned(),
        event,
        between: [number(from), number(to)],
    }
}

fn context(rules: Rules) -> (CallContext, Instant) {
    (CallContext::new(rules), Instant::now())
}

fn unhurried() -> (CallContext, Instant) {
    context(Rules {
        events_per_second: 0,
        ..Rules::default()
    })
}

/// R4.1, R1.25, R1.26
#[test]
fn what_the_network_says_makes_the_call() {
    use Stands::{Conference, Connected, Held};
    let (mut context, now) = unhurried();
    let steps = [
        (Event::Started, Some(Some(Connected))),
        // Told twice.
        (Event::Started, None),
        (Event::Held, Some(Some(Held))),
        (Event::Started, None),
        (Event::Resumed, Some(Some(Connected))),
        (Event::Conference, Some(Some(Conference))),
        (Event::Ended, Some(None)),
        (Event::Ended, None),
        // The gateway was started in the middle of a call.
        (Event::Held, Some(Some(Held))),
    ];
    for (event, changed) in steps {
        context.hear(news("a", event, ANNA, BEN), now).unwrap();
        let changes = context.take_changes();
        let expected: Vec<Change> = changed
            .map(|to| Change {
                between: [number(ANNA), number(BEN)],
                to,
            })
            .into_iter()
            .collect();
        assert_eq!(changes, expected, "{event:?}");
    }
    // Either may be named first.
    let turned = [number(BEN), number(ANNA)];
    assert_eq!(context.between(&turned), Some(Held));
    assert_eq!(context.of(&number(BEN)), [(number(ANNA), Held)]);
}

/// R1.26
#[test]
fn a_second_call_stands_beside_the_first_and_the_oldest_is_named_first() {
    let (mut context, now) = unhurried();
    context
        .hear(news("a", Event::Started, ANNA, BEN), now)
        .unwrap();
    context
        .hear(news("b", Event::Started, CARLA, ANNA), now)
        .unwrap();
    context
        .hear(news("a", Event::Held, ANNA, BEN), now)
        .unwrap();
    assert_eq!(
        context.of(&number(ANNA)),
        [
            (number(BEN), Stands::Held),
            (number(CARLA), Stands::Connected)
        ]
    );
    assert_eq!(context.between(&[number(BEN), number(CARLA)]), None);
    assert_eq!(
        context.take_touched(),
        [ANNA, BEN, CARLA].map(number).into_iter().collect()
    );
}

/// R4.1
#[test]
fn a_call_of_which_nothing_is_heard_is_over_in_the_end() {
    let (mut context, now) = unhurried();
    let half = context.rules().expires / 2;
    context
        .hear(news("a", Event::Started, ANNA, BEN), now)
        .unwrap();
    context
        .hear(news("b", Event::Started, ANNA, CARLA), now)
        .unwrap();
    context
        .hear(news("a", Event::Started, ANNA, BEN), now + half)
        .unwrap();
    context.take_changes();
    let due = context.poll_timeout().unwrap();
    assert_eq!(due, now + half * 2);
    context.handle_timeout(due);
    assert_eq!(
        context.of(&number(ANNA)),
        [(number(BEN), Stands::Connected)]
    );
    assert_eq!(context.take_changes().len(), 1);
    context.handle_timeout(context.poll_timeout().unwrap());
    assert_eq!(context.count(), 0);
    assert_eq!(context.poll_timeout(), None);
}

#[test]
fn a_name_is_one_call_and_a_line_has_few() {
    let (mut context, now) = unhurried();
    context
        .hear(news("a", Event::Started, ANNA, BEN), now)
        .unwrap();
    let other = context.hear(news("a", Event::Ended, ANNA, CARLA), now);
    assert_eq!(other, Err(Refused::OtherNumbers));
    for at in 1..CALLS_OF_ONE {
        let id = format!("more-{at}");
        context
            .hear(news(&id, Event::Started, ANNA, CARLA), now)
            .unwrap();
    }
    let one_more = context.hear(news("z", Event::Started, ANNA, CARLA), now);
    assert_eq!(one_more, Err(Refused::TooManyOfOne));
    assert_eq!(context.count(), CALLS_OF_ONE);
}

#[test]
fn events_that_come_too_fast_are_put_off() {
    let (mut context, now) = context(Rules {
        events_per_second: 2,
        ..Rules::default()
    });
    let hear = |context: &mut CallContext, at| {
        context
            .hear(news("a", Event::Started, ANNA, BEN), at)
            .is_ok()
    };
    let heard: Vec<bool> = [0, 0, 0, 400, 500, 1500, 1500, 1500]
        .into_iter()
        .map(|at| hear(&mut context, now + Duration::from_millis(at)))
        .collect();
    assert_eq!(heard, [true, true, false, false, true, true, true, false]);
}

#[test]
fn an_event_is_read_or_its_fault_is_told() {
    let right = r#"{"call":"a","event":"held","from":"+44 7700 900001","to":"+447700900002"}"#;
    assert_eq!(
        News::read(right.as_bytes()).unwrap(),
        news("a", Event::Held, ANNA, BEN)
    );
    let wrong = [
        ("", "not the JSON of an event"),
        ("{}", "missing field `call`"),
        (
            r#"{"call":"","event":"held","from":"+12345","to":"+23456"}"#,
            "\"call\" must have 1 to 256 bytes",
        ),
        (
            r#"{"call":"a","event":"rang","from":"+12345","to":"+23456"}"#,
            "unknown variant `rang`",
        ),
        (
            r#"{"call":"a","event":"held","from":"07700","to":"+23456"}"#,
            "\"from\" must be a number with its country",
        ),
        (
            r#"{"call":"a","event":"held","from":"+12345","to":"+1234567890123456"}"#,
            "\"to\" must be a number with its country",
        ),
        (
            r#"{"call":"a","event":"held","from":"+1 2345","to":"+12345"}"#,
            "both numbers are the same",
        ),
        (
            r#"{"call":"a","event":"held","from":"+12345","to":"+23456","more":1}"#,
            "unknown field `more`",
        ),
    ];
    for (json, expected) in wrong {
        let fault = News::read(json.as_bytes()).unwrap_err().to_string();
        assert!(fault.contains(expected), "{json}: {fault}");
    }
}

proptest! {
    /// Whatever comes, in whatever order: the table and its index agree, and what is written is read.
    #[test]
    fn the_table_agrees_with_itself(
        events in prop::collection::vec((0..4u8, 0..5u8, 0..4usize, 0..4usize), 0..60),
    ) {
        let (mut context, now) = unhurried();
        let all = [ANNA, BEN, CARLA, "+447700900004"];
        for (id, event, from, to) in events {
            let event = ["started", "held", "resumed", "conference", "ended"][usize::from(event)];
            let json = format!(
                r#"{{"call":"{id}","event":"{event}","from":"{}","to":"{}"}}"#, all[from], all[to]
            );
            let read = News::read(json.as_bytes());
            prop_assert_eq!(read.is_ok(), from != to);
            if let Ok(news) = read {
                let _ = context.hear(news, now);
            }
            let listed: usize = all.iter().map(|of| context.of(&number(of)).len()).sum();
            prop_assert_eq!(listed, context.count() * 2);
        }
    }
}
