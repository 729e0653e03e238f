//! RFC 3261 §13.2.1, §14.1: the 2xx has the offer and the ACK the answer.

use super::*;
use crate::transport::Transport::{Tcp, Udp};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn sdp() -> Option<Body> {
    Some(Body::sdp("v=0\r\n"))
}

/// A call without an offer that B was told of.
fn called(pair: &mut Pair) -> (CallHandle, CallHandle) {
    let invite = Invite {
        body: None,
        ..invite(pair.hop(Side::A), MINUTE)
    };
    let now = pair.now();
    let ours = pair.a.invite(invite, now);
    pair.run_to(50);
    pair.ladder.clear();
    (ours, pair.incoming())
}

/// The body that came with the latest ACK.
fn confirmed(pair: &Pair) -> Option<Body> {
    let confirmed = pair.events.iter().rev().find_map(|(_, event)| match event {
        Event::Confirmed { body, .. } => Some(body.clone()),
        _ => None,
    });
    confirmed.expect("an ACK came")
}

#[test]
fn the_ack_waits_for_the_owners_answer_and_is_sent_again_with_it() {
    let mut pair = Pair::by(Udp);
    let (ours, theirs) = called(&mut pair);
    let answer = ok("bob").with_body(Body::sdp("v=0\r\n"));
    pair.lose_once(&["ACK"]);
    pair.b.accept(theirs, answer, pair.now()).unwrap();
    pair.run_to(1_000);
    assert!(pair.a.awaits_answer(ours));
    pair.a.acknowledge(ours, sdp(), pair.now()).unwrap();
    let again = pair.a.acknowledge(ours, sdp(), pair.now());
    assert_eq!(again, Err(AgentError::WrongState));
    pair.run_to(5_000);
    pair.check(
        "50 B> 200 (1 INVITE)
         60 A Answered 200
         550 B> 200 (1 INVITE)
         1000 A> ACK 1 lost
         1550 B> 200 (1 INVITE)
         1560 A> ACK 1
         1570 B Confirmed",
    );
    assert_eq!(confirmed(&pair), sdp());
}

#[test]
fn an_offer_that_the_owner_never_answers_ends_the_call() {
    let mut pair = Pair::by(Tcp);
    let (_, theirs) = called(&mut pair);
    let answer = ok("bob").with_body(Body::sdp("v=0\r\n"));
    pair.b.accept(theirs, answer, pair.now()).unwrap();
    pair.run_to(31_600);
    pair.lose = Box::new(|side, _| side == Side::B);
    pair.ladder.clear();
    pair.run_to(99_000);
    pair.check(
        "32050 B> BYE 1 lost
         32050 B Ended Timeout NoAck
         32060 A> ACK 1
         32060 A> BYE 2
         32060 A Ended Timeout NoAck
         32070 B> 200 (2 BYE) lost",
    );
    pair.check_forgotten();
}

#[test]
fn hanging_up_instead_of_answering_acknowledges_first() {
    let mut pair = Pair::by(Udp);
    let (ours, theirs) = called(&mut pair);
    let answer = ok("bob").with_body(Body::sdp("v=0\r\n"));
    pair.b.accept(theirs, answer, pair.now()).unwrap();
    pair.run_to(100);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(99_000);
    pair.check(
        "50 B> 200 (1 INVITE)
         60 A Answered 200
         100 A> ACK 1
         100 A> BYE 2
         100 A Ended Us Bye
         110 B Confirmed
         110 B> 200 (2 BYE)
         110 B Ended Peer Bye",
    );
    pair.check_forgotten();
}

#[test]
fn a_reinvite_without_an_offer_is_acknowledged_with_the_answer() {
    let mut pair = Pair::by(Udp);
    let (ours, _) = pair.call();
    pair.a
        .request_in_call(ours, Method::Invite, Vec::new(), None, pair.now());
    pair.run_to(150);
    let id = pair.asked(Side::B);
    let offer = ok("bob").with_body(Body::sdp("v=0\r\n"));
    pair.b.respond(id, offer, pair.now()).unwrap();
    pair.run_to(200);
    pair.a.acknowledge(ours, sdp(), pair.now()).unwrap();
    pair.run_to(5_000);
    pair.check(
        "100 A> INVITE 2
         110 B> 100 (2 INVITE)
         110 B CallRequest INVITE
         150 B> 200 (2 INVITE)
         160 A Response 200
         200 A> ACK 2
         210 B Confirmed",
    );
    assert_eq!(confirmed(&pair), sdp());
}

#[test]
fn the_offer_in_a_reliable_response_is_answered_in_its_prack() {
    let mut pair = Pair::reliable(Udp);
    let (ours, theirs) = called(&mut pair);
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    pair.run_to(100);
    assert!(pair.a.awaits_answer(ours));
    pair.a.acknowledge(ours, sdp(), pair.now()).unwrap();
    pair.run_to(150);
    let id = pair.asked(Side::B);
    pair.b
        .respond(id, Reply::new(Status::OK), pair.now())
        .unwrap();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(200);
    assert!(!pair.a.awaits_answer(ours));
    pair.check(
        "50 B> 183 (1 INVITE)
         60 A Progress 183
         100 A> PRACK 2
         110 B CallRequest PRACK
         150 B> 200 (2 PRACK)
         150 B> 200 (1 INVITE)
         160 A> ACK 1
         160 A Answered 200
         170 B Confirmed",
    );
}
