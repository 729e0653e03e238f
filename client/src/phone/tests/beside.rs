//! Shares beside a voice call: rules R1.25 to R1.28 and R4.1.

use sip::time::Duration;

use super::calls::{INVITE, cause, in_dialog};
use super::script::{ANNA, ANSWER, Script, number};
use crate::phone::state::{
    Camera, Cause, Command, Outcome, Registration, Share, Source, Stands, WatchPhase,
};
use crate::phone::{Input, PeerEvent, SocketEvent};

const BEN: &str = "+99000417";

fn on_the_phone(mut script: Script) -> Script {
    script.command(Command::SayOnThePhone(number(ANNA)));
    script
}

fn watching() -> Script {
    let mut script = on_the_phone(Script::signed_in());
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER.to_owned()));
    let ack = in_dialog("ACK", 1).replace("TAG", script.tag());
    script.request(&ack);
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 180 (INVITE)
         make answer
         -> 200 (INVITE)
         <- ACK sip:x@y.invalid;transport=ws",
    );
    script
}

/// R4.1
#[test]
fn the_person_says_with_whom_they_are_on_the_phone_and_a_clock_runs() {
    let mut script = on_the_phone(Script::signed_in());
    script.pass(Duration::from_millis(130_500));
    let call = script.state().call.up().unwrap();
    assert_eq!(call.peer.name.as_deref(), Some("Anna"));
    assert_eq!(call.stands, Stands::Connected);
    assert_eq!(call.source, Source::Said);
    assert_eq!(call.seconds, 130);
    assert_eq!(
        script.state().call.with(&number(ANNA)),
        Some(Stands::Connected)
    );
    assert_eq!(script.state().call.with(&number(BEN)), None);
    script.command(Command::SayHeld);
    assert_eq!(script.state().call.up().unwrap().stands, Stands::Held);
    script.command(Command::SayResumed);
    script.command(Command::SayConference);
    assert_eq!(script.state().call.up().unwrap().stands, Stands::Conference);
    script.command(Command::SayEnded);
    assert_eq!(script.state().call.up(), None);
}

/// R1.25
#[test]
fn the_calls_end_ends_what_is_shown_at_once() {
    let mut script = on_the_phone(Script::showing());
    script.command(Command::SayEnded);
    script.check(
        "-> BYE sip:anna@gateway.example
         camera off",
    );
    assert_eq!(cause(&script), Some(Cause::CallEnded));
    assert_eq!(script.state().camera, Camera::Closed);
    assert!(matches!(
        script.state().history[0].outcome,
        Outcome::Shown { .. }
    ));
}

/// R1.25
#[test]
fn the_calls_end_ends_what_is_watched_at_once() {
    let mut script = watching();
    script.command(Command::SayEnded);
    script.check("-> BYE sip:gateway.example;transport=ws");
    assert_eq!(cause(&script), Some(Cause::CallEnded));
}

/// R1.25
#[test]
fn the_calls_end_takes_back_what_still_rings() {
    let mut script = on_the_phone(Script::ready_to_show());
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(super::script::OFFER.to_owned()));
    script.answer("INVITE", 180, &[]);
    script.command(Command::SayEnded);
    assert_eq!(script.sent("CANCEL").headers.cseq.number, 1);
    assert_eq!(cause(&script), Some(Cause::CallEnded));
}

/// R1.26
#[test]
fn hold_and_conference_end_what_goes_on_with_that_person() {
    for (command, expected) in [
        (Command::SayHeld, Cause::CallHeld),
        (Command::SayConference, Cause::Conference),
    ] {
        let mut script = on_the_phone(Script::showing());
        script.command(command.clone());
        assert_eq!(cause(&script), Some(expected));
        script.check(
            "-> BYE sip:anna@gateway.example
             camera off",
        );
        let mut script = on_the_phone(Script::signed_in());
        script.request(INVITE);
        script.command(command);
        assert_eq!(cause(&script), Some(expected));
        script.check(
            "<- INVITE sip:x@y.invalid;transport=ws
             -> 100 (INVITE)
             -> 180 (INVITE)
             -> 480 (INVITE)",
        );
    }
}

/// R1.26
#[test]
fn while_held_or_in_conference_new_shares_are_refused_both_ways() {
    for command in [Command::SayHeld, Command::SayConference] {
        let mut script = on_the_phone(Script::ready_to_show());
        script.command(command);
        script.command(Command::Show);
        assert_eq!(script.state().share, Share::None);
        script.request(INVITE);
        script.check(
            "<- INVITE sip:x@y.invalid;transport=ws
             -> 100 (INVITE)
             -> 480 (INVITE)",
        );
        assert_eq!(script.state().share, Share::None);
        // They talk again.
        script.command(Command::SayResumed);
        script.request(&INVITE.replace("call1", "call2"));
        assert!(matches!(script.state().share, Share::Asked(_)));
    }
}

/// R1.26
#[test]
fn a_call_with_somebody_else_leaves_a_share_alone() {
    let mut script = Script::showing();
    script.command(Command::SayOnThePhone(number(BEN)));
    script.command(Command::SayHeld);
    script.command(Command::SayEnded);
    assert!(script.state().share.is_live_out());
    script.check("");
}

/// R1.27
#[test]
fn without_a_call_a_share_still_rings_unless_the_operator_wants_it_refused() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    assert!(matches!(script.state().share, Share::Asked(_)));
    assert_eq!(script.state().call.with(&number(ANNA)), None);

    let mut script = Script::signed_in();
    script.input(Input::Settings(Some(
        r#"{"domain":"home.example","websocket":"/ws","share_without_call":"refuse"}"#.to_owned(),
    )));
    script.request(INVITE);
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 606 (INVITE)",
    );
    script.command(Command::SayOnThePhone(number(ANNA)));
    script.request(&INVITE.replace("call1", "call2"));
    assert!(matches!(script.state().share, Share::Asked(_)));
}

/// R4.1
#[test]
fn where_the_network_tells_of_calls_the_persons_word_does_not_count() {
    let mut script = Script::signed_in();
    script.input(Input::Settings(Some(
        r#"{"domain":"home.example","websocket":"/ws","call_context":"network"}"#.to_owned(),
    )));
    assert!(script.state().network_tells_calls);
    script.command(Command::SayOnThePhone(number(ANNA)));
    assert_eq!(script.state().call.up(), None);
}

/// R1.28
#[test]
fn a_picture_that_is_lost_ends_the_share_and_the_call_context_stays() {
    let mut script = watching();
    script.command(Command::PictureSeen {
        width: 176,
        height: 144,
    });
    let lost = in_dialog("BYE", 2).replace("TAG", script.tag()).replacen(
        "Call-ID:",
        "Reason: SIP;cause=408;text=\"No media\"\nCall-ID:",
        1,
    );
    assert_eq!(
        script.state().share.watching().unwrap().phase,
        WatchPhase::Live
    );
    script.request(&lost);
    assert_eq!(cause(&script), Some(Cause::Lost));
    assert_eq!(
        script.state().call.with(&number(ANNA)),
        Some(Stands::Connected)
    );
}

/// R1.28
#[test]
fn a_lost_connection_leaves_the_call_context_and_signing_out_forgets_it() {
    let mut script = on_the_phone(Script::signed_in());
    script.socket(SocketEvent::Closed);
    assert_eq!(script.state().registration, Registration::Reconnecting);
    assert_eq!(
        script.state().call.with(&number(ANNA)),
        Some(Stands::Connected)
    );
    script.command(Command::SignOut);
    assert_eq!(script.state().call.up(), None);
}
