//! People that the browser keeps, numbers that nobody has, addresses: as ladders.

use super::calls::INVITE;
use super::script::{ANNA, ANSWER, OFFER, Script, number, registered_headers};
use crate::phone::state::{
    Address, Command, Direction, Draft, Kept, Outcome, PeopleCommand, Share,
};
use crate::phone::{CameraEvent, Input, PeerEvent, PeopleEffect, PeopleInput};

fn keep(name: &str, way: &str) -> Command {
    Command::People(PeopleCommand::Keep(Draft {
        id: None,
        name: name.to_owned(),
        ways: vec![way.to_owned()],
    }))
}

fn stored(contacts: &[&str], history: Option<&str>) -> Input {
    Input::People(PeopleInput::Stored {
        owner: "ben@home.example".to_owned(),
        contacts: contacts.iter().map(|line| (*line).to_owned()).collect(),
        history: history.map(str::to_owned),
    })
}

#[test]
fn signing_in_reads_who_was_kept_and_looking_at_the_page_reads_again() {
    let mut script = Script::new();
    script.sign_in();
    assert_eq!(script.take_people(), []);
    script.answer("REGISTER", 200, &registered_headers());
    let read = PeopleEffect::Load {
        owner: "ben@home.example".to_owned(),
    };
    assert_eq!(script.take_people(), std::slice::from_ref(&read));
    script.input(Input::Visible);
    assert_eq!(script.take_people(), [read]);
}

/// R7.3: a number that is in no list is asked all the same.
#[test]
fn a_number_that_nobody_has_is_asked_and_kept_in_the_history() {
    let mut script = Script::signed_in();
    script.input(stored(&[], None));
    script.command(Command::Select(number("+442079460999")));
    show(&mut script);
    assert_eq!(script.sent("INVITE").uri.to_string(), "tel:+442079460999");
    script.answer("INVITE", 404, &[]);
    let kept = script.take_people().pop();
    assert!(
        matches!(kept, Some(PeopleEffect::KeepHistory { .. })),
        "{kept:?}"
    );
    assert!(
        script.state().history[0]
            .at
            .is_some_and(|at| at >= 1_700_000_000)
    );
}

/// R7.3: a SIP address works too.
#[test]
fn somebody_without_a_number_is_asked_at_their_address() {
    let mut script = Script::signed_in();
    let address = Address::parse("carla@example.com").unwrap();
    script.command(Command::SelectAddress(address));
    show(&mut script);
    assert_eq!(
        script.sent("INVITE").uri.to_string(),
        "sip:carla@example.com"
    );
    script.answer_with_sdp("INVITE", 200, ANSWER);
    assert!(script.state().share.is_live_out());
}

/// R7.6: our own name for the whole number counts before what the caller says.
#[test]
fn who_calls_is_known_by_our_own_contacts() {
    let mut script = Script::signed_in();
    script.command(keep("Änne from the choir", ANNA));
    script.request(INVITE);
    let Share::Asked(peer) = &script.state().share else {
        panic!("{:?}", script.state().share)
    };
    assert_eq!(peer.name.as_deref(), Some("Änne from the choir"));
}

#[test]
fn the_history_of_the_last_visit_is_there_and_new_lines_come_before_it() {
    let mut script = Script::signed_in();
    let kept = r#"[{"peer":{"name":"Anna","number":"+99000001"},"direction":"out",
                    "outcome":{"shown":{"seconds":42}},"at":1600000000},
                   {"peer":{},"direction":"sideways"}]"#;
    script.input(stored(&["nonsense"], Some(kept)));
    assert_eq!(script.state().people.kept, Kept::InBrowser);
    assert_eq!(script.state().history.len(), 1);
    assert_eq!(
        script.state().history[0].outcome,
        Outcome::Shown { seconds: 42 }
    );
    script.request(INVITE);
    script.command(Command::NotNow);
    let history = &script.state().history;
    assert_eq!((history.len(), history[0].direction), (2, Direction::In));
}

#[test]
fn what_ends_before_the_history_was_read_joins_it_then() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.command(Command::NotNow);
    let early = script.take_people();
    assert!(
        !early
            .iter()
            .any(|effect| matches!(effect, PeopleEffect::KeepHistory { .. }))
    );
    script.input(stored(
        &[],
        Some(r#"[{"peer":{},"direction":"out","outcome":"not-now","at":1}]"#),
    ));
    assert_eq!(script.state().history.len(), 2);
    let kept = script.take_people();
    assert!(
        matches!(kept[..], [PeopleEffect::KeepHistory { .. }]),
        "{kept:?}"
    );
}

#[test]
fn signing_out_leaves_nobody_on_the_page() {
    let mut script = Script::signed_in();
    script.input(stored(&[], None));
    script.command(keep("Zoë", "+442079460148"));
    assert_eq!(script.state().people.list.len(), 2);
    script.command(Command::SignOut);
    assert!(script.state().people.list.is_empty());
    assert!(script.state().history.is_empty());
}

fn show(script: &mut Script) {
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
}
