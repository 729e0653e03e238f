//! RFC 3261 §9: CANCEL, and what it meets on its way.

use super::*;
use crate::transport::Transport::{Tcp, Udp};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_caller_gives_up_before_the_answer() {
    let mut pair = Pair::by(Udp);
    let ours = pair.invite(MINUTE);
    pair.run_to(100);
    pair.a
        .hang_up(ours, Some(Reason::sip(Status::OK, "elsewhere")), pair.now());
    pair.run_to(70_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         100 A> CANCEL 1
         100 A Ended Us Cancelled
         110 B> 200 (1 CANCEL)
         110 B> 487 (1 INVITE)
         110 B Ended Peer Cancelled
         120 A> ACK 1",
    );
    let reason = pair.events.iter().find_map(|(side, event)| match event {
        Event::Ended { end, .. } if *side == Side::B => end.reason.clone(),
        _ => None,
    });
    assert_eq!(reason.unwrap().text.as_deref(), Some("elsewhere"));
    pair.check_forgotten();
}

#[test]
fn a_cancel_waits_for_a_provisional_response() {
    let mut pair = Pair::by(Udp);
    let mut lost = 0;
    pair.lose = Box::new(move |side, _| {
        lost += 1;
        side == Side::A && lost == 1
    });
    let ours = pair.invite(MINUTE);
    pair.run_to(100);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "0 A> INVITE 1 lost
         100 A Ended Us Cancelled
         500 A> INVITE 1
         510 B> 100 (1 INVITE)
         510 B Incoming
         520 A> CANCEL 1
         530 B> 200 (1 CANCEL)
         530 B> 487 (1 INVITE)
         530 B Ended Peer Cancelled
         540 A> ACK 1",
    );
    pair.check_forgotten();
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up() {
    let mut pair = Pair::by(Udp);
    let ours = pair.invite(MINUTE);
    pair.run_to(100);
    let theirs = pair.incoming();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         100 A> CANCEL 1
         100 A Ended Us Cancelled
         100 B> 200 (1 INVITE)
         110 B> 200 (1 CANCEL)
         110 A> ACK 1
         110 A> BYE 2
         120 B Confirmed
         120 B> 200 (2 BYE)
         120 B Ended Peer Bye",
    );
    pair.check_forgotten();
}

#[test]
fn nobody_answers_in_time() {
    let mut pair = Pair::by(Tcp);
    pair.invite(Duration::from_secs(30));
    pair.run_to(70_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         30000 A> CANCEL 1
         30000 A Ended Timeout NoAnswer
         30010 B> 200 (1 CANCEL)
         30010 B> 487 (1 INVITE)
         30010 B Ended Peer Cancelled
         30020 A> ACK 1",
    );
    pair.check_forgotten();
}

#[test]
fn a_cancel_without_effect_is_forgotten_after_32_s() {
    let mut pair = Pair::by(Tcp);
    let ours = pair.invite(MINUTE);
    pair.run_to(100);
    pair.lose = Box::new(|side, _| side == Side::A);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(99_000);
    assert_eq!(pair.a.load(), 0);
}

#[test]
fn an_invite_that_nobody_answers_or_cancels_is_refused_after_four_minutes() {
    let mut pair = Pair::by(Tcp);
    pair.invite(Duration::from_secs(3600));
    pair.run_to(100);
    pair.ladder.clear();
    pair.run_to(300_000);
    pair.check(
        "240010 B> 480 (1 INVITE)
         240010 B Ended Timeout NoAnswer
         240020 A> ACK 1
         240020 A Ended Peer Refused(Status(480))",
    );
    pair.check_forgotten();
}

#[test]
fn a_cancel_of_nothing_gets_481() {
    let mut pair = Pair::by(Udp);
    pair.send_raw(
        Side::B,
        "CANCEL sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnone;rport\r\n\
         From: <sip:alice@example.com>;tag=a\r\n\
         To: <sip:bob@example.com>\r\n\
         Call-ID: none\r\n\
         CSeq: 1 CANCEL\r\n\
         Content-Length: 0\r\n\r\n",
    );
    pair.check("0 B> 481 (1 CANCEL)");
}

#[test]
fn the_callee_that_hangs_up_while_ringing_declines() {
    let mut pair = Pair::by(Tcp);
    pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.ladder.clear();
    pair.b.hang_up(theirs, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "50 B> 603 (1 INVITE)
         50 B Ended Us Refused(Status(603))
         60 A> ACK 1
         60 A Ended Peer Refused(Status(603))",
    );
    pair.check_forgotten();
}
