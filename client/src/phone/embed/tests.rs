use std::sync::Arc;

use proptest::prelude::*;
use sip::bearer::Bearer;

use super::message::{Asked, FIELDS, Fault, read};
use super::theme::{Scheme, USUAL, contrast};
use super::*;
use crate::phone::state::{
    Camera, CameraProblem, Cause, Direction, Ended, Number, Peer, Registration, SendPhase, Sending,
    Share, SignInProblem,
};

const HOST: &str = "https://crm.example";

fn text(text: &str) -> Field {
    Field::Text(text.to_owned())
}

/// A message of version 1 with these fields.
fn message(kind: &str, more: &[(&str, &str)]) -> Vec<(String, Field)> {
    let mut fields = vec![
        ("sidecam".to_owned(), Field::Number(1.0)),
        ("type".to_owned(), text(kind)),
    ];
    fields.extend(
        more.iter()
            .map(|(name, value)| (name.to_string(), text(value))),
    );
    fields
}

/// Registered, inside a page of the list.
fn registered() -> State {
    let mut state = State {
        registration: Registration::Registered,
        ..State::default()
    };
    state.me.number = Number::parse("+99000002");
    state.embedding.inside = true;
    state.embedding.origins = Some(Arc::from([HOST.to_owned()]));
    state
}

fn anna() -> Peer {
    Peer {
        name: Some("Anna".to_owned()),
        number: Number::parse("+99000001"),
        address: None,
    }
}

fn effects(embed: &mut Embed) -> Vec<Effect> {
    std::iter::from_fn(|| embed.poll_output()).collect()
}

/// What was told, as one line each: its type, and its fields but for the number of the version.
fn told(embed: &mut Embed) -> Vec<String> {
    let line = |effect| match effect {
        Effect::Tell { to, message } => {
            let fields = message.fields.iter().map(|(name, value)| match value {
                Field::Text(text) => format!(" {name}={text}"),
                Field::Number(number) => format!(" {name}={number}"),
            });
            let to = match to {
                Recipient::Anybody => "* ",
                Recipient::Origin(origin) => {
                    assert_eq!(origin, HOST);
                    ""
                }
            };
            format!("{to}{}{}", message.kind, fields.collect::<String>())
        }
        other => format!("{other:?}"),
    };
    effects(embed).into_iter().map(line).collect()
}

/// One that a page has spoken to.
fn spoken_to(state: &State) -> Embed {
    let mut embed = Embed::default();
    embed.show(state);
    embed.hear(HOST, &message("hello", &[]), state);
    effects(&mut embed);
    embed
}

#[test]
fn messages_are_read_and_what_is_wrong_with_them_is_named() {
    let token = Bearer::new("sct.nina.abc").unwrap();
    let to = |to: &str| to.to_owned();
    let cases = [
        (message("hello", &[]), Ok(Asked::Hello)),
        (
            message("sign-in", &[("token", "sct.nina.abc")]),
            Ok(Asked::SignIn { token }),
        ),
        (message("sign-in", &[]), Err(Fault::Field)),
        (message("sign-in", &[("token", "a b")]), Err(Fault::Field)),
        (message("sign-out", &[]), Ok(Asked::SignOut)),
        (
            message("choose", &[("to", "tel:+99000001")]),
            Ok(Asked::Choose {
                to: to("tel:+99000001"),
            }),
        ),
        (message("choose", &[]), Err(Fault::Field)),
        (message("open", &[]), Ok(Asked::Open { to: None })),
        (message("stop", &[]), Ok(Asked::Stop)),
        (message("close", &[]), Ok(Asked::Close)),
        (
            message("language", &[("language", "pt-PT")]),
            Ok(Asked::Language(to("pt-PT"))),
        ),
        (
            message("language", &[("language", "../x")]),
            Err(Fault::Field),
        ),
        (message("show", &[]), Err(Fault::Unknown)),
        (
            vec![("sidecam".to_owned(), Field::Number(1.0))],
            Err(Fault::Field),
        ),
        (
            vec![("sidecam".to_owned(), Field::Number(2.0))],
            Err(Fault::Version),
        ),
        (vec![("sidecam".to_owned(), text("1"))], Err(Fault::Version)),
        (
            vec![("type".to_owned(), text("hello"))],
            Err(Fault::NotOurs),
        ),
        (Vec::new(), Err(Fault::NotOurs)),
    ];
    for (fields, expected) in cases {
        let read = read(&fields)
            .map(|(_, asked)| asked)
            .map_err(|(_, fault)| fault);
        assert_eq!(read, expected, "{fields:?}");
    }
}

#[test]
fn a_page_that_is_not_listed_is_neither_heard_nor_told_anything() {
    let state = registered();
    let mut embed = Embed::default();
    embed.show(&state);
    assert_eq!(told(&mut embed), ["* ready version=1"]);
    for origin in [
        "https://evil.example",
        "https://crm.example.evil",
        "null",
        "",
    ] {
        embed.hear(origin, &message("sign-out", &[]), &state);
        embed.hear(origin, &message("nonsense", &[]), &state);
        assert_eq!(effects(&mut embed), [], "{origin}");
    }
    embed.show(&State {
        share: Share::Asked(anna()),
        ..registered()
    });
    assert_eq!(effects(&mut embed), [], "nobody has spoken to it");
}

#[test]
fn whoever_is_listed_and_spoke_first_stays_the_one() {
    let mut state = registered();
    let other = "https://other.example";
    state.embedding.origins = Some(Arc::from([HOST.to_owned(), other.to_owned()]));
    let mut embed = spoken_to(&state);
    embed.hear(other, &message("sign-out", &[]), &state);
    assert_eq!(effects(&mut embed), []);
}

#[test]
fn nothing_is_said_before_the_gateway_has_said_whom_to_hear() {
    let mut state = State::default();
    let mut embed = Embed::default();
    embed.show(&state);
    embed.hear(HOST, &message("hello", &[]), &state);
    assert_eq!(effects(&mut embed), []);
    state.embedding.origins = Some(Arc::from([HOST.to_owned()]));
    embed.show(&state);
    assert_eq!(told(&mut embed), ["* ready version=1"]);
}

#[test]
fn what_a_page_asks_for_becomes_what_a_person_could_do_and_never_the_sending() {
    let mut state = registered();
    let mut embed = spoken_to(&state);
    let number = Number::parse("+99000001").unwrap();
    embed.hear(HOST, &message("open", &[("to", "tel:+99000001")]), &state);
    assert_eq!(
        effects(&mut embed),
        [
            Effect::Command(Command::Select(number)),
            Effect::Command(Command::OpenSlot)
        ]
    );
    embed.hear(HOST, &message("open", &[("id", "7")]), &state);
    assert_eq!(told(&mut embed), ["error code=nobody-chosen id=7"]);
    state.people.chosen = Some(anna());
    embed.hear(HOST, &message("open", &[]), &state);
    embed.hear(HOST, &message("close", &[]), &state);
    embed.hear(HOST, &message("stop", &[]), &state);
    let commands = [Command::OpenSlot, Command::CloseSlot, Command::Stop];
    assert_eq!(effects(&mut embed), commands.map(Effect::Command));
    embed.hear(
        HOST,
        &message("choose", &[("to", "javascript:alert(1)")]),
        &state,
    );
    assert_eq!(told(&mut embed), ["error code=no-number"]);
    state.registration = Registration::SignedOut;
    embed.show(&state);
    effects(&mut embed);
    embed.hear(HOST, &message("choose", &[("to", "+99000001")]), &state);
    assert_eq!(told(&mut embed), ["error code=not-signed-in"]);
}

fn sending(phase: SendPhase) -> Share {
    Share::Sending(Sending::new(anna(), phase))
}

#[test]
fn a_page_is_told_each_step_once() {
    let mut state = registered();
    let mut embed = Embed::default();
    embed.show(&state);
    effects(&mut embed);
    embed.hear(HOST, &message("hello", &[]), &state);
    assert_eq!(
        told(&mut embed),
        ["registered number=+99000002", "* ready version=1"]
    );
    let ended = Share::Ended(Ended {
        peer: anna(),
        direction: Direction::Out,
        cause: Cause::EndedByThem,
        seconds: Some(42),
    });
    let peer = "peer=tel:+99000001";
    let steps = [
        (Camera::Opening, Share::None, vec![]),
        (
            Camera::Open,
            Share::None,
            vec!["preview state=open".to_owned()],
        ),
        (
            Camera::Open,
            sending(SendPhase::Calling),
            vec![format!("asking {peer}")],
        ),
        (
            Camera::Open,
            sending(SendPhase::Ringing),
            vec![format!("ringing {peer}")],
        ),
        (
            Camera::Open,
            sending(SendPhase::Live),
            vec![format!("live direction=out {peer}")],
        ),
        (Camera::Open, sending(SendPhase::Live), vec![]),
        (
            Camera::Closed,
            ended,
            vec![
                "preview state=closed".to_owned(),
                format!("ended direction=out cause=ended-by-them {peer} seconds=42"),
            ],
        ),
        (
            Camera::Closed,
            Share::Asked(anna()),
            vec![format!("incoming {peer}")],
        ),
        (
            Camera::Closed,
            Share::None,
            vec![format!("ended direction=in cause=not-now {peer}")],
        ),
        (
            Camera::Problem(CameraProblem::Refused),
            Share::None,
            vec!["error code=camera-refused".to_owned()],
        ),
    ];
    for (camera, share, expected) in steps {
        (state.camera, state.share) = (camera, share);
        embed.show(&state);
        assert_eq!(told(&mut embed), expected);
    }
}

#[test]
fn a_language_is_taken_where_there_are_words_in_it() {
    let state = registered();
    let mut embed = spoken_to(&state);
    embed.hear(HOST, &message("language", &[("language", "it-CH")]), &state);
    assert_eq!(effects(&mut embed), [Effect::Language(Language::Italian)]);
    embed.hear(HOST, &message("language", &[("language", "fi")]), &state);
    assert_eq!(told(&mut embed), ["error code=no-language"]);
}

#[test]
fn names_in_the_address_book_are_not_told() {
    let mut state = registered();
    let mut embed = spoken_to(&state);
    state.share = Share::Asked(anna());
    embed.show(&state);
    let all = told(&mut embed).join("\n");
    assert!(all.contains("+99000001") && !all.contains("Anna"), "{all}");
}

#[test]
fn another_token_is_asked_for_when_one_is_about_to_end_and_when_it_was_refused() {
    let mut state = registered();
    let mut embed = spoken_to(&state);
    state.embedding.token_wanted = true;
    embed.show(&state);
    embed.show(&state);
    assert_eq!(told(&mut embed), ["token-needed"]);
    state.embedding.token_wanted = false;
    embed.show(&state);
    state.registration = Registration::Failed;
    state.sign_in_problem = Some(SignInProblem::TokenRefused);
    embed.show(&state);
    assert_eq!(
        told(&mut embed),
        ["error code=token-refused", "signed-out", "token-needed"]
    );
}

#[test]
fn a_theme_is_taken_when_a_person_can_read_it() {
    let state = registered();
    let mut embed = spoken_to(&state);
    let fields = [
        ("scheme", "light"),
        ("tokens.--accent", "#7a1fa2"),
        ("tokens.--accent-strong", "#5e1780"),
        ("tokens.--radius", "4px"),
        ("tokens.--font", "'Segoe UI', sans-serif"),
    ];
    embed.hear(HOST, &message("theme", &fields), &state);
    let taken = effects(&mut embed);
    let [Effect::Theme(theme)] = taken.as_slice() else {
        panic!("{taken:?}");
    };
    assert_eq!(theme.scheme, Some(Scheme::Light));
    assert_eq!(theme.tokens.len(), 4);
    let refused: [(&[(&str, &str)], &str); 10] = [
        (&[("scheme", "pink")], "theme-scheme"),
        (&[("tokens.--live", "#000000")], "theme-token"),
        (&[("tokens.background", "#000000")], "theme-token"),
        (
            &[("scheme", "light"), ("tokens.--accent", "red")],
            "theme-value",
        ),
        (
            &[("scheme", "light"), ("tokens.--accent", "#12345")],
            "theme-value",
        ),
        (&[("tokens.--radius", "33px")], "theme-value"),
        (&[("tokens.--radius", "+4px")], "theme-value"),
        (&[("tokens.--font", "url(//evil.example)")], "theme-value"),
        (&[("tokens.--accent", "#7a1fa2")], "theme-needs-scheme"),
        (
            &[("scheme", "light"), ("tokens.--text", "#c0c0c0")],
            "theme-contrast",
        ),
    ];
    for (fields, code) in refused {
        embed.hear(HOST, &message("theme", fields), &state);
        assert_eq!(
            told(&mut embed),
            [format!("error code={code}")],
            "{fields:?}"
        );
    }
}

#[test]
fn the_usual_colours_are_those_of_the_tokens_and_readable() {
    let sheet = include_str!("../../../../static/tokens.css");
    for (name, by_day, by_night) in USUAL {
        let line = format!("{name}: light-dark(#{by_day:06x}, #{by_night:06x});");
        assert!(sheet.contains(&line), "{line}");
    }
    assert!((contrast(0x000000, 0xffffff) - 21.0).abs() < 0.01);
    assert!((contrast(0x767676, 0xffffff) - 4.54).abs() < 0.01);
    let state = registered();
    for scheme in ["light", "dark"] {
        let mut embed = spoken_to(&state);
        let fields = [("scheme", scheme), ("tokens.--line", "#888888")];
        embed.hear(HOST, &message("theme", &fields), &state);
        assert!(
            matches!(effects(&mut embed)[..], [Effect::Theme(_)]),
            "{scheme}"
        );
    }
}

#[test]
fn only_so_many_fields_are_looked_at() {
    let mut fields: Vec<(String, Field)> = (0..FIELDS)
        .map(|number| (format!("filler{number}"), Field::Number(0.0)))
        .collect();
    fields.extend(message("hello", &[]));
    assert!(matches!(read(&fields), Err((None, Fault::NotOurs))));
}

fn any_field() -> impl Strategy<Value = (String, Field)> {
    let names = prop_oneof![
        Just("sidecam".to_owned()),
        Just("type".to_owned()),
        Just("to".to_owned()),
        Just("token".to_owned()),
        Just("scheme".to_owned()),
        "tokens\\.--[a-z-]{0,12}",
        "[a-z.]{0,12}",
    ];
    let values = prop_oneof![
        Just(Field::Number(1.0)),
        any::<f64>().prop_map(Field::Number),
        prop_oneof![
            Just("theme".to_owned()),
            Just("open".to_owned()),
            Just("sign-in".to_owned())
        ]
        .prop_map(Field::Text),
        ".{0,40}".prop_map(Field::Text),
    ];
    (names, values)
}

proptest! {
    #[test]
    fn no_message_breaks_the_page_or_has_it_send(fields in prop::collection::vec(any_field(), 0..80)) {
        let state = registered();
        let mut embed = spoken_to(&state);
        embed.hear(HOST, &fields, &state);
        let all = effects(&mut embed);
        prop_assert!(all.len() <= 2, "{all:?}");
        for effect in all {
            let sends = matches!(effect, Effect::Command(Command::Show | Command::Watch | Command::Speak));
            prop_assert!(!sends);
        }
    }
}
