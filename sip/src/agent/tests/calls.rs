//! RFC 3261 §13, §15: a call from INVITE to BYE.

use super::*;
use crate::transport::Transport::{Tcp, Udp, Ws};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_call_is_made_answered_and_hung_up_by_the_caller() {
    let mut pair = Pair::by(Udp);
    let ours = pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.b
        .progress(theirs, Reply::new(Status::RINGING), pair.now())
        .unwrap();
    pair.run_to(100);
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(1000);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 180 (1 INVITE)
         60 A Progress 180
         100 B> 200 (1 INVITE)
         110 A> ACK 1
         110 A Answered 200
         120 B Confirmed
         1000 A> BYE 2
         1000 A Ended Us Bye
         1010 B> 200 (2 BYE)
         1010 B Ended Peer Bye",
    );
    pair.check_forgotten();
}

#[test]
fn a_call_is_hung_up_by_the_callee() {
    let mut pair = Pair::by(Tcp);
    let (_, theirs) = pair.call();
    pair.b
        .hang_up(theirs, Some(Reason::sip(Status::OK, "enough")), pair.now());
    pair.run_to(70_000);
    pair.check(
        "100 B> BYE 1
         100 B Ended Us Bye
         110 A> 200 (1 BYE)
         110 A Ended Peer Bye",
    );
    let reason = pair.events.iter().find_map(|(side, event)| match event {
        Event::Ended { end, .. } if *side == Side::A => end.reason.clone(),
        _ => None,
    });
    assert_eq!(reason.unwrap().text.as_deref(), Some("enough"));
    pair.check_forgotten();
}

#[test]
fn a_refusal_ends_the_call_on_both_sides_and_is_acknowledged() {
    let mut pair = Pair::by(Udp);
    pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.b
        .reject(theirs, Reply::new(Status::BUSY_HERE), pair.now())
        .unwrap();
    pair.run_to(70_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 486 (1 INVITE)
         50 B Ended Us Refused(Status(486))
         60 A> ACK 1
         60 A Ended Peer Refused(Status(486))",
    );
    pair.check_forgotten();
}

#[test]
fn a_lost_2xx_is_sent_again_and_a_lost_ack_too() {
    let mut pair = Pair::by(Udp);
    pair.lose_once(&["200", "ACK"]);
    pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(10_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 200 (1 INVITE) lost
         550 B> 200 (1 INVITE)
         560 A> ACK 1 lost
         560 A Answered 200
         1550 B> 200 (1 INVITE)
         1560 A> ACK 1
         1570 B Confirmed",
    );
}

#[test]
fn a_2xx_without_an_ack_ends_in_a_bye_after_32_s() {
    let mut pair = Pair::by(Tcp);
    pair.lose = Box::new(|side, message| {
        let ack = matches!(message, Message::Request(request) if request.method == Method::Ack);
        side == Side::A && ack
    });
    pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(31_000);
    pair.ladder.clear();
    pair.run_to(100_000);
    pair.check(
        "31550 B> 200 (1 INVITE)
         31560 A> ACK 1 lost
         32050 B> BYE 1
         32050 B Ended Timeout NoAck
         32060 A> 200 (1 BYE)
         32060 A Ended Peer Bye",
    );
    pair.check_forgotten();
}

#[test]
fn a_bye_before_the_ack_waits_for_it() {
    let mut pair = Pair::by(Udp);
    let mut lost = 0;
    pair.lose = Box::new(move |_, message| {
        let ack = matches!(message, Message::Request(request) if request.method == Method::Ack);
        lost += usize::from(ack);
        ack && lost == 1
    });
    pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.b.hang_up(theirs, None, pair.now());
    pair.run_to(100_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 200 (1 INVITE)
         50 B Ended Us Bye
         60 A> ACK 1 lost
         60 A Answered 200
         550 B> 200 (1 INVITE)
         560 A> ACK 1
         570 B> BYE 1
         580 A> 200 (1 BYE)
         580 A Ended Peer Bye",
    );
    pair.check_forgotten();
}

#[test]
fn nobody_there_ends_after_32_s() {
    let mut pair = Pair::by(Tcp);
    pair.lose = Box::new(|_, _| true);
    pair.invite(MINUTE);
    pair.run_to(100_000);
    pair.check("0 A> INVITE 1 lost\n32000 A Ended Timeout NoResponse");
    pair.check_forgotten();
}

#[test]
fn a_flow_that_closes_ends_calls_that_ring_and_tells_of_those_that_stand() {
    let mut pair = Pair::by(Ws);
    let (ours, _) = pair.call();
    pair.invite(MINUTE);
    pair.run_to(200);
    pair.ladder.clear();
    let now = pair.now();
    pair.a.handle(Input::FlowClosed(FlowId(1)), now);
    pair.b.handle(Input::FlowClosed(FlowId(1)), now);
    pair.check(
        "200 A Ended Transport FlowLost
         200 A FlowLost
         200 B Ended Transport FlowLost
         200 B FlowLost",
    );
    let hop = Hop {
        flow: FlowId(2),
        ..pair.hop(Side::A)
    };
    pair.a.move_call(ours, hop);
    pair.a.hang_up(ours, None, now);
    pair.run_to(70_000);
    pair.check(
        "200 A> BYE 2
         200 A Ended Us Bye
         210 B> 200 (2 BYE)
         210 B Ended Peer Bye",
    );
    pair.check_forgotten();
}

#[test]
fn beyond_the_limit_calls_are_refused() {
    let mut pair = Pair::by(Tcp);
    pair.a.limits.calls = 0;
    pair.invite(MINUTE);
    pair.check("0 A Ended Us Overloaded");
    pair.a.limits.calls = 1;
    pair.b.limits.calls = 0;
    pair.invite(MINUTE);
    pair.run_to(70_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B> 503 (1 INVITE)
         20 A> ACK 1
         20 A Ended Peer Refused(Status(503))",
    );
    pair.check_forgotten();
}

#[test]
fn a_2xx_of_another_branch_is_acknowledged_and_hung_up() {
    let mut pair = Pair::by(Udp);
    let (_, theirs) = pair.call();
    let invite = pair.b.calls[&theirs].invite.clone();
    let mut other = Response::to(&invite, Status::OK).with_to_tag("other");
    other.headers.contact = addr("<sip:carol@192.0.2.2:5060>").into();
    // Twice, as its branch waits for the ACK.
    pair.send_raw(Side::A, other.to_bytes());
    pair.send_raw(Side::A, other.to_bytes());
    pair.check(
        "100 A> ACK 1
         100 A> BYE 2
         100 A> ACK 1",
    );
    pair.run_to(200);
    pair.check("110 B> 481 (2 BYE)");
}

#[test]
fn a_2xx_that_comes_again_by_another_flow_is_acknowledged_by_the_calls_flow() {
    let mut pair = Pair::by(Tcp);
    let ours = pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.lose = Box::new(
        |_, message| matches!(message, Message::Request(request) if request.method == Method::Ack),
    );
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(100);
    pair.ladder.clear();
    let now = pair.now();
    pair.a.handle(Input::FlowClosed(FlowId(1)), now);
    let hop = Hop {
        flow: FlowId(2),
        ..pair.hop(Side::A)
    };
    pair.a.move_call(ours, hop);
    pair.lose = Box::new(|_, _| false);
    pair.run_to(1000);
    pair.check(
        "100 A FlowLost
         550 B> 200 (1 INVITE)
         560 A> ACK 1
         570 B Confirmed",
    );
}
