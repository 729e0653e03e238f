//! Shares beside a voice call: rules R1.25 to R1.28 and R4.1.

use sip::time::Duration;

use super::calls::{INVITE, cause, in_dialog};
use super::script::{ANNA, ANSWER, Script, number};
use crate::phone::state::{
    Camera, Cause, Command, Outcome, Registration, Share, Source, Stands, WatchPhase, Willing,
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

/// A gateway that the network tells of calls.
fn with_network() -> Script {
    let mut script = Script::new();
    script.sign_in();
    script.input(Input::Settings(Some(
        r#"{"domain":"home.example","websocket":"/ws","call_events":true}"#.to_owned(),
    )));
    script.answer("REGISTER", 200, &super::script::registered_headers());
    script.directory();
    script
}

/// What the gateway tells in the subscription.
fn notify(script: &mut Script, version: u32, calls: &str) {
    let subscribe = script.sent("SUBSCRIBE");
    let (from, call_id) = (&subscribe.headers.from, &subscribe.headers.call_id);
    let body = format!(r#"{{"version":{version},"calls":[{calls}]}}"#);
    let text = format!(
        "NOTIFY sip:x@y.invalid;transport=ws SIP/2.0
Via: SIP/2.0/WS gateway.example;branch=z9hG4bKnotify{version}
Max-Forwards: 70
From: <sip:ben@home.example>;tag=gateway
To: {from}
Call-ID: {call_id}
CSeq: {version} NOTIFY
Event: call-context
Subscription-State: active;expires=600
Content-Type: application/json
Content-Length: {}

{body}",
        body.len()
    );
    script.request(&text);
}

/// R4.1, R1.25
#[test]
fn the_network_tells_of_a_call_and_its_end_ends_the_share() {
    let mut script = with_network();
    let subscribe = script.sent("SUBSCRIBE");
    assert_eq!(subscribe.headers.get("Event"), Some("call-context"));
    assert_eq!(subscribe.uri.to_string(), "sip:ben@home.example");
    script.answer(
        "SUBSCRIBE",
        200,
        &[("Contact", "<sip:gateway.example>"), ("Expires", "3600")],
    );
    notify(&mut script, 1, "");
    assert_eq!(script.state().call.up(), None);
    notify(
        &mut script,
        2,
        r#"{"number":"+99000001","stands":"connected"}"#,
    );
    let call = script.state().call.up().unwrap();
    assert_eq!(call.source, Source::Network);
    assert_eq!(call.peer.name.as_deref(), Some("Anna"));
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER.to_owned()));
    // A NOTIFY that was overtaken says nothing new.
    notify(&mut script, 1, "");
    assert!(script.state().call.up().is_some());
    // What the person says does not count against it.
    script.command(Command::SayEnded);
    assert!(script.state().call.up().is_some());
    notify(&mut script, 3, "");
    assert_eq!(script.state().call.up(), None);
    assert_eq!(cause(&script), Some(Cause::CallEnded));
}

/// R4.1
#[test]
fn the_subscription_is_refreshed_and_made_anew_with_the_connection() {
    let mut script = with_network();
    let headers = [("Contact", "<sip:gateway.example>"), ("Expires", "600")];
    script.answer("SUBSCRIBE", 200, &headers);
    let first = script.sent("SUBSCRIBE").headers.call_id.clone();
    script.pass(Duration::from_secs(301));
    let second = script.sent("SUBSCRIBE");
    assert_eq!(second.headers.call_id, first);
    assert_eq!(second.headers.cseq.number, 2);
    assert_eq!(second.uri.to_string(), "sip:gateway.example");
    script.socket(SocketEvent::Closed);
    script.pass(Duration::from_secs(2));
    script.sign_in_again();
    let third = script.sent("SUBSCRIBE");
    assert_ne!(third.headers.call_id, first);
    assert_eq!(third.headers.cseq.number, 1);
    // A gateway that knows of no such thing is not asked again.
    script.answer("SUBSCRIBE", 489, &[]);
    script.pass(Duration::from_secs(120));
    assert_eq!(script.sent("SUBSCRIBE").headers.cseq.number, 1);
    // What belongs to no subscription of ours is refused.
    notify(&mut script, 9, r#"{"number":"+99000001","stands":"held"}"#);
    assert_eq!(script.state().call.up(), None);
}

/// R1.29
#[test]
fn who_wants_nothing_shown_declines_without_being_asked() {
    let mut script = on_the_phone(Script::signed_in());
    script.command(Command::SetWilling(Willing::No));
    script.request(INVITE);
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 603 (INVITE)",
    );
    assert_eq!(script.state().share, Share::None);
    script.command(Command::SetWilling(Willing::Yes));
    script.request(&INVITE.replace("call1", "call2"));
    assert!(matches!(script.state().share, Share::Asked(_)));
}
