//! Signing in, staying signed in, and how each goes wrong.

use sip::time::Duration;

use super::script::{CHALLENGE, Script, registered_headers};
use crate::phone::state::{Command, Registration, SignInProblem};
use crate::phone::{Input, SocketEvent};

#[test]
fn signing_in_connects_registers_and_reads_who_is_there() {
    let mut script = Script::new();
    script.settings();
    script.command(Command::SignIn {
        name: "ben".to_owned(),
        password: "secret".to_owned(),
    });
    assert_eq!(script.state().registration, Registration::SigningIn);
    script.socket(SocketEvent::Opened);
    script.answer("REGISTER", 401, &[CHALLENGE]);
    script.answer("REGISTER", 200, &registered_headers());
    script.directory();
    script.check(
        "read settings
         keep name ben
         socket /ws
         -> REGISTER sip:home.example
         <- 401 (REGISTER)
         -> REGISTER sip:home.example
         <- 200 (REGISTER)
         read directory with key",
    );

    let request = script.sent("REGISTER");
    assert!(request.headers.get("Authorization").is_some());
    let contact = request.headers.contact.first().unwrap().to_string();
    assert!(contact.contains(".invalid;transport=ws>"), "{contact}");
    assert!(
        contact.contains("+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-000000000007>\""),
        "{contact}"
    );
    assert!(contact.contains("reg-id=1"), "{contact}");

    let state = script.state();
    assert_eq!(state.registration, Registration::Registered);
    assert_eq!(state.me.name, "Ben");
    assert_eq!(state.me.number.as_ref().unwrap().as_str(), "+99000002");
    // Oneself is not among the people one can show something to.
    let names: Vec<_> = state
        .people
        .list
        .iter()
        .map(|person| person.peer.name.as_deref().unwrap())
        .collect();
    assert_eq!(names, ["Anna"]);
}

#[test]
fn a_wrong_password_is_said_and_not_tried_again() {
    let mut script = Script::new();
    script.sign_in();
    for _ in 0..2 {
        if script.state().registration == Registration::SigningIn {
            script.answer("REGISTER", 401, &[CHALLENGE]);
        }
    }
    assert_eq!(script.state().registration, Registration::Failed);
    assert_eq!(
        script.state().sign_in_problem,
        Some(SignInProblem::WrongPassword)
    );
    script.pass(Duration::from_secs(600));
    assert_eq!(script.state().registration, Registration::Failed);
}

#[test]
fn a_gateway_that_cannot_be_reached_is_said_at_the_door() {
    let mut script = Script::new();
    script.input(Input::Settings(None));
    script.command(Command::SignIn {
        name: "ben".to_owned(),
        password: "secret".to_owned(),
    });
    script.input(Input::Settings(None));
    assert_eq!(
        script.state().sign_in_problem,
        Some(SignInProblem::Unreachable)
    );

    let mut script = Script::new();
    script.settings();
    script.command(Command::SignIn {
        name: "ben".to_owned(),
        password: "secret".to_owned(),
    });
    script.socket(SocketEvent::Closed);
    assert_eq!(
        script.state().sign_in_problem,
        Some(SignInProblem::Unreachable)
    );
}

#[test]
fn too_many_tries_are_told_apart_from_a_name_that_is_not_allowed() {
    let mut script = Script::new();
    script.sign_in();
    script.answer("REGISTER", 403, &[("Retry-After", "300")]);
    assert_eq!(
        script.state().sign_in_problem,
        Some(SignInProblem::TooManyTries)
    );

    let mut script = Script::new();
    script.sign_in();
    script.answer("REGISTER", 403, &[]);
    assert_eq!(
        script.state().sign_in_problem,
        Some(SignInProblem::NotAllowed)
    );
}

#[test]
fn a_registration_is_refreshed_ten_minutes_before_it_ends() {
    let mut script = Script::signed_in();
    script.pass(Duration::from_secs(2999));
    let before = script.sent("REGISTER").headers.cseq.number;
    script.pass(Duration::from_secs(2));
    assert!(script.sent("REGISTER").headers.cseq.number > before);

    // The refresh brings a new key to the directory.
    script.answer("REGISTER", 200, &[("Sidecam-Token", "next key")]);
    script.pass(Duration::from_secs(6));
    assert!(
        script
            .trace()
            .contains(&"read directory with next key".to_owned())
    );
}

#[test]
fn a_refresh_that_fails_for_now_is_tried_again_on_the_same_connection() {
    let mut script = Script::signed_in();
    script.pass(Duration::from_secs(3001));
    script.answer("REGISTER", 503, &[]);
    assert_eq!(script.state().registration, Registration::Reconnecting);
    let before = script.sent("REGISTER").headers.cseq.number;
    script.pass(Duration::from_secs(2));
    assert!(script.sent("REGISTER").headers.cseq.number > before);
    script.answer("REGISTER", 200, &registered_headers());
    assert_eq!(script.state().registration, Registration::Registered);
}

#[test]
fn a_lost_gateway_is_tried_again_with_growing_pauses_until_it_is_back() {
    let mut script = Script::signed_in();
    script.socket(SocketEvent::Closed);
    assert_eq!(script.state().registration, Registration::Reconnecting);
    script.check("socket closed");
    for longest_seconds in [1, 2, 3, 5, 10, 20, 38, 38] {
        script.pass(Duration::from_secs(longest_seconds));
        script.check("socket /ws");
        script.socket(SocketEvent::Closed);
        script.check("socket closed");
    }
    script.pass(Duration::from_secs(38));
    script.socket(SocketEvent::Opened);
    script.answer("REGISTER", 401, &[CHALLENGE]);
    script.answer("REGISTER", 200, &registered_headers());
    assert_eq!(script.state().registration, Registration::Registered);
}

#[test]
fn a_network_that_is_back_is_used_at_once() {
    let mut script = Script::signed_in();
    script.socket(SocketEvent::Closed);
    script.input(Input::Online);
    script.check(
        "socket closed
         socket /ws",
    );
}

#[test]
fn a_connection_that_answers_no_more_pings_is_replaced() {
    let mut script = Script::signed_in();
    script.socket(SocketEvent::Message(b"\r\n".to_vec()));
    script.pass(Duration::from_secs(60));
    assert_eq!(script.state().registration, Registration::Reconnecting);
}

#[test]
fn signing_out_says_goodbye_and_forgets() {
    let mut script = Script::signed_in();
    script.command(Command::SignOut);
    assert_eq!(script.state().registration, Registration::SignedOut);
    assert!(script.state().people.list.is_empty());
    script.answer("REGISTER", 200, &[]);
    script.check(
        "-> REGISTER sip:home.example
         <- 200 (REGISTER)
         socket closed",
    );
    let contact = script
        .sent("REGISTER")
        .headers
        .contact
        .first()
        .unwrap()
        .to_string();
    assert!(contact.contains("expires=0"), "{contact}");
}
