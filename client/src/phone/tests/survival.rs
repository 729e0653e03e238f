//! A share outlives its connection to the gateway and its way for the pictures: as ladders.

use sip::time::Duration;

use super::calls::{INVITE, cause, in_dialog};
use super::script::{ANSWER, OFFER, Script, registered_headers};
use crate::phone::state::{Camera, Cause, Command, Flow, Link, Registration, Share};
use crate::phone::{Input, PeerEvent, SocketEvent};

pub(super) const HELD: &str = "v=0\r\no=- 2 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=inactive\r\n";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Showing, with the pictures on their way.
fn live() -> Script {
    let mut script = Script::showing();
    script.peer(PeerEvent::Connected);
    script
}

fn link(script: &Script) -> Link {
    script.state().share.link()
}

/// What the gateway asks inside the call that [`Script::showing`] made.
pub(super) fn gateway_asks(script: &mut Script, method: &str, cseq: u32, body: &str) {
    let invite = script.sent("INVITE").clone();
    let content = match body {
        "" => "",
        _ => "Content-Type: application/sdp\n",
    };
    let text = format!(
        "{method} sip:x@y.invalid;transport=ws SIP/2.0\n\
         Via: SIP/2.0/WS gateway.example;branch=z9hG4bKgw{cseq}\n\
         Max-Forwards: 70\n\
         From: <tel:+99000001>;tag=far\n\
         To: {}\n\
         Call-ID: {}\n\
         CSeq: {cseq} {method}\n\
         Contact: <sip:gateway.example;transport=ws>\n\
         {content}\n{}",
        invite.headers.from,
        invite.headers.call_id.as_str(),
        body.replace("\r\n", "\n"),
    );
    script.request(&text);
}

#[test]
fn a_dropped_socket_keeps_the_share_and_a_new_way_is_made_after_signing_in_again() {
    let mut script = live();
    script.socket(SocketEvent::Closed);
    assert!(script.state().share.is_live_out());
    assert_eq!(link(&script), Link::Reconnecting);
    assert_eq!(script.state().camera, Camera::Open);
    script.check("socket closed");

    script.pass(seconds(1));
    script.sign_in_again();
    script.check(
        "socket /ws
         read figures
         -> REGISTER sip:home.example
         <- 200 (REGISTER)
         read directory with key
         offer a new way",
    );
    assert_eq!(link(&script), Link::Reconnecting);

    script.peer(PeerEvent::Restarted(OFFER.to_owned()));
    script.answer_with_sdp("INVITE", 200, ANSWER);
    script.peer(PeerEvent::Applied);
    script.check(
        "-> INVITE sip:anna@gateway.example
         <- 200 (INVITE)
         -> ACK sip:anna@gateway.example
         take answer",
    );
    assert_eq!(link(&script), Link::Up);
    let invite = script.sent("INVITE");
    assert_eq!(invite.headers.to.tag(), Some("far"), "inside the dialog");

    script.pass(seconds(120));
    assert!(script.state().share.is_live_out(), "nothing runs out later");
    script.command(Command::Stop);
    assert_eq!(cause(&script), Some(Cause::EndedByMe));
    assert_eq!(script.sent("BYE").headers.to.tag(), Some("far"));
}

#[test]
fn a_gateway_that_stays_away_is_given_up_after_the_grace_it_named() {
    let mut script = live();
    script.socket(SocketEvent::Closed);
    script.pass(seconds(39));
    assert!(script.state().share.is_live_out());
    script.pass(seconds(1));
    assert_eq!(cause(&script), Some(Cause::Lost));
    assert_eq!(script.state().camera, Camera::Closed);
}

#[test]
fn while_a_call_waits_the_gateway_is_tried_every_few_seconds() {
    let mut script = live();
    for _ in 0..8 {
        script.socket(SocketEvent::Closed);
        script.pass(seconds(5));
        let opened = script.trace().iter().any(|line| line == "socket /ws");
        assert!(opened, "{:?}", script.trace());
        script.forget();
    }
}

#[test]
fn stopping_while_the_gateway_is_away_is_told_when_it_is_back() {
    let mut script = live();
    script.socket(SocketEvent::Closed);
    script.command(Command::Stop);
    assert_eq!(cause(&script), Some(Cause::EndedByMe));
    assert_eq!(script.state().camera, Camera::Closed);
    script.pass(seconds(1));
    script.check(
        "socket closed
         camera off
         socket /ws
         close pictures",
    );
    script.sign_in_again();
    script.check(
        "-> REGISTER sip:home.example
         <- 200 (REGISTER)
         read directory with key
         -> BYE sip:anna@gateway.example",
    );
}

#[test]
fn an_end_that_came_meanwhile_is_learnt_when_the_gateway_is_back() {
    let mut script = live();
    script.socket(SocketEvent::Closed);
    script.pass(seconds(1));
    script.sign_in_again();
    gateway_asks(&mut script, "BYE", 7, "");
    assert_eq!(cause(&script), Some(Cause::EndedByThem));
    // The browser's offer comes too late for anything.
    script.peer(PeerEvent::Restarted(OFFER.to_owned()));
    assert_eq!(script.state().camera, Camera::Closed);
}

#[test]
fn a_call_that_the_gateway_no_longer_knows_is_lost() {
    let mut script = live();
    script.socket(SocketEvent::Closed);
    script.pass(seconds(1));
    script.sign_in_again();
    script.peer(PeerEvent::Restarted(OFFER.to_owned()));
    script.answer("INVITE", 481, &[]);
    assert_eq!(cause(&script), Some(Cause::Lost));
}

#[test]
fn a_share_that_is_being_set_up_does_not_outlive_its_connection() {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer("INVITE", 180, &[]);
    script.socket(SocketEvent::Closed);
    assert_eq!(cause(&script), Some(Cause::Lost));
    assert_eq!(script.state().camera, Camera::Closed);
}

#[test]
fn watching_goes_on_too() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER.to_owned()));
    let ack = in_dialog("ACK", 1).replace("TAG", script.tag());
    script.request(&ack);
    script.peer(PeerEvent::Connected);
    script.socket(SocketEvent::Closed);
    script.pass(seconds(1));
    script.sign_in_again();
    script.peer(PeerEvent::Restarted(OFFER.to_owned()));
    script.answer_with_sdp("INVITE", 200, ANSWER);
    script.peer(PeerEvent::Applied);
    assert_eq!(link(&script), Link::Up);
    assert!(script.state().share.watching().is_some());
}

#[test]
fn pictures_that_break_off_for_three_seconds_get_a_new_way() {
    let mut script = live();
    script.peer(PeerEvent::Silent);
    assert_eq!(link(&script), Link::Up, "it may heal by itself");
    script.pass(seconds(2));
    script.peer(PeerEvent::Connected);
    script.pass(seconds(10));
    assert_eq!(link(&script), Link::Up);
    script.forget();

    script.peer(PeerEvent::Silent);
    script.pass(seconds(3));
    assert_eq!(link(&script), Link::Reconnecting);
    assert!(script.trace().contains(&"offer a new way".to_owned()));
    script.peer(PeerEvent::Restarted(OFFER.to_owned()));
    script.answer_with_sdp("INVITE", 200, ANSWER);
    script.peer(PeerEvent::Applied);
    assert_eq!(
        link(&script),
        Link::Reconnecting,
        "pictures are not there yet"
    );
    script.peer(PeerEvent::Connected);
    assert_eq!(link(&script), Link::Up);
}

#[test]
fn a_new_way_that_leads_nowhere_is_tried_again_until_the_grace_is_over() {
    let mut script = live();
    script.socket(SocketEvent::Message(b"\r\n".to_vec()));
    script.peer(PeerEvent::Failed);
    let mut tries = 0;
    for _ in 0..45 {
        script.pass(seconds(1));
        script.socket(SocketEvent::Message(b"\r\n".to_vec()));
        if script.trace().contains(&"offer a new way".to_owned()) {
            script.forget();
            tries += 1;
            script.peer(PeerEvent::Restarted(OFFER.to_owned()));
            script.answer_with_sdp("INVITE", 200, ANSWER);
            script.peer(PeerEvent::Applied);
        }
    }
    assert_eq!(tries, 5);
    assert_eq!(cause(&script), Some(Cause::Lost));
    assert!(script.sent("BYE").headers.get("Reason").is_some());
}

#[test]
fn a_bye_explains_pictures_that_failed() {
    let mut script = live();
    script.peer(PeerEvent::Failed);
    gateway_asks(&mut script, "BYE", 7, "");
    assert_eq!(cause(&script), Some(Cause::EndedByThem));
}

#[test]
fn a_new_way_that_the_gateway_cannot_make_now_is_asked_for_again() {
    let mut script = live();
    script.socket(SocketEvent::Closed);
    script.pass(seconds(1));
    script.sign_in_again();
    script.peer(PeerEvent::Restarted(OFFER.to_owned()));
    script.answer("INVITE", 500, &[("Retry-After", "4")]);
    script.forget();
    script.pass(seconds(3));
    assert!(!script.trace().contains(&"offer a new way".to_owned()));
    script.pass(seconds(1));
    assert!(script.trace().contains(&"offer a new way".to_owned()));
}

#[test]
fn a_connection_that_is_silent_during_a_call_is_replaced_within_ten_seconds() {
    let mut script = live();
    script.socket(SocketEvent::Message(b"\r\n".to_vec()));
    script.pass(seconds(10));
    assert_eq!(link(&script), Link::Reconnecting);
}

#[test]
fn a_connection_that_was_never_heard_to_answer_is_replaced_if_it_said_it_would() {
    let mut script = Script::new();
    script.sign_in();
    let mut outbound = registered_headers();
    outbound.push(("Require", "outbound"));
    script.answer("REGISTER", 200, &outbound);
    script.pass(seconds(36));
    assert_eq!(script.state().registration, Registration::Reconnecting);
}

#[test]
fn pictures_that_break_off_have_the_connection_asked_at_once() {
    let mut script = live();
    script.peer(PeerEvent::Silent);
    script.check("-> ping");
}

#[test]
fn a_network_that_is_back_and_a_page_that_is_looked_at_are_used_at_once() {
    for input in [Input::Online, Input::Visible] {
        let mut script = live();
        script.socket(SocketEvent::Closed);
        script.input(input.clone());
        script.check(
            "socket closed
             socket /ws",
        );
        script.socket(SocketEvent::Opened);
        script.forget();
        script.input(input);
        script.check("-> ping");
    }
}

#[test]
fn a_try_that_was_begun_on_another_network_is_begun_anew() {
    let mut script = live();
    script.socket(SocketEvent::Closed);
    script.input(Input::Online);
    script.forget();
    script.input(Input::Online);
    script.check(
        "socket closed
         socket /ws",
    );
}

#[test]
fn a_hold_by_the_other_side_is_answered_and_shown() {
    let mut script = live();
    gateway_asks(&mut script, "INVITE", 7, HELD);
    script.peer(PeerEvent::ChangeReady(HELD.to_owned()));
    assert_eq!(script.state().share.flow(), Flow::PausedByThem);
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         answer again
         -> 200 (INVITE)",
    );
    gateway_asks(&mut script, "ACK", 7, "");
    gateway_asks(&mut script, "UPDATE", 8, ANSWER);
    script.peer(PeerEvent::ChangeReady(OFFER.to_owned()));
    assert_eq!(script.state().share.flow(), Flow::Running);
}

#[test]
fn a_change_that_the_browser_cannot_make_is_refused_and_the_share_goes_on() {
    let mut script = live();
    gateway_asks(&mut script, "INVITE", 7, HELD);
    script.peer(PeerEvent::ChangeFailed);
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         answer again
         -> 488 (INVITE)",
    );
    assert!(script.state().share.is_live_out());
    assert_eq!(script.state().share.flow(), Flow::Running);
}

#[test]
fn a_change_that_meets_ours_is_put_off() {
    let mut script = live();
    script.peer(PeerEvent::Silent);
    script.pass(seconds(3));
    script.forget();
    // The browser makes our offer; nothing was sent yet.
    gateway_asks(&mut script, "INVITE", 7, HELD);
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 491 (INVITE)",
    );
}

#[test]
fn an_answer_that_the_browser_does_not_understand_ends_a_share_that_begins() {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer_with_sdp("INVITE", 200, "nonsense");
    script.peer(PeerEvent::NotApplied);
    assert_eq!(cause(&script), Some(Cause::Failed));
    assert!(matches!(script.state().share, Share::Ended(_)));
}
