//! RFC 8898: signed in by a token, before and after it ends.

use sip::bearer::Bearer;
use sip::time::Duration;

use super::script::{Script, registered_headers};
use crate::phone::SocketEvent;
use crate::phone::state::{Command, Registration, SignInProblem};

const REFUSED: (&str, &str) = (
    "WWW-Authenticate",
    "Bearer realm=\"home.example\", error=\"invalid_token\"",
);

fn by(token: &str) -> Command {
    Command::SignInByToken(Bearer::new(token).unwrap())
}

fn shown(script: &Script) -> String {
    let request = script.sent("REGISTER");
    request
        .headers
        .get("Authorization")
        .unwrap_or_default()
        .to_owned()
}

/// Signed in by a first token as ben, for an hour.
fn signed_in() -> Script {
    let mut script = Script::new();
    script.settings();
    script.command(by("sct.ben.first"));
    script.socket(SocketEvent::Opened);
    script.answer("REGISTER", 200, &registered_headers());
    script.directory();
    script
}

#[test]
fn a_token_signs_in_as_whom_it_is_for_without_a_challenge() {
    let mut script = signed_in();
    script.check(
        "read settings
         socket /ws
         -> REGISTER sip:home.example
         <- 200 (REGISTER)
         read directory with key",
    );
    assert_eq!(shown(&script), "Bearer sct.ben.first");
    let request = script.sent("REGISTER");
    assert_eq!(request.headers.to.uri.to_string(), "sip:ben@home.example");
    assert_eq!(script.state().registration, Registration::Registered);
    assert!(!script.state().embedding.token_wanted);
}

#[test]
fn a_refused_token_is_said_and_not_shown_again() {
    let mut script = Script::new();
    script.settings();
    script.command(by("sct.ben.first"));
    script.socket(SocketEvent::Opened);
    script.answer("REGISTER", 401, &[REFUSED]);
    assert_eq!(script.state().registration, Registration::Failed);
    let problem = script.state().sign_in_problem;
    assert_eq!(problem, Some(SignInProblem::TokenRefused));
    script.command(by("no-token-of-ours"));
    assert_eq!(script.state().registration, Registration::Failed);
}

#[test]
fn another_token_takes_the_place_of_the_first_and_nothing_else_changes() {
    let mut script = signed_in();
    script.command(by("sct.ben.second"));
    assert_eq!(script.state().registration, Registration::Registered);
    assert_eq!(shown(&script), "Bearer sct.ben.second");
    script.answer("REGISTER", 200, &registered_headers());
    assert_eq!(script.state().registration, Registration::Registered);
}

#[test]
fn another_is_asked_for_before_the_registration_ends_with_the_token() {
    let mut script = signed_in();
    script.command(by("sct.ben.second"));
    let contact = script.sent("REGISTER").headers.contact.first().cloned();
    let contact = contact.unwrap().with_param("expires", 40_u32).to_string();
    let mut headers: Vec<(&'static str, &str)> = registered_headers();
    headers.push(("Contact", &contact));
    script.answer("REGISTER", 200, &headers);
    script.pass(Duration::from_secs(29));
    assert!(!script.state().embedding.token_wanted);
    script.pass(Duration::from_secs(2));
    assert!(script.state().embedding.token_wanted);
    script.command(by("sct.ben.third"));
    assert_eq!(shown(&script), "Bearer sct.ben.third");
    script.answer("REGISTER", 200, &registered_headers());
    assert!(!script.state().embedding.token_wanted);
}
