//! RFC 3261 §12.2, §14: requests inside the dialog.

use super::*;
use crate::transport::Transport::{Tcp, Udp};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn sdp() -> Option<Body> {
    Some(Body::sdp("v=0\r\n"))
}

#[test]
fn an_info_goes_each_way() {
    let mut pair = Pair::by(Udp);
    let (ours, theirs) = pair.call();
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, pair.now());
    pair.run_to(150);
    let id = pair.asked(Side::B);
    pair.b
        .respond(id, Reply::new(Status::OK), pair.now())
        .unwrap();
    pair.run_to(200);
    pair.b
        .request_in_call(theirs, Method::Info, Vec::new(), None, pair.now());
    pair.run_to(250);
    let id = pair.asked(Side::A);
    let unsupported = Reply::new(Status::UNSUPPORTED_MEDIA_TYPE);
    pair.a.respond(id, unsupported.clone(), pair.now()).unwrap();
    assert_eq!(
        pair.a.respond(id, unsupported, pair.now()),
        Err(AgentError::NotWaiting)
    );
    pair.run_to(300);
    pair.check(
        "100 A> INFO 2
         110 B CallRequest INFO
         150 B> 200 (2 INFO)
         160 A Response 200
         200 B> INFO 1
         210 A CallRequest INFO
         250 A> 415 (1 INFO)
         260 B Response 415",
    );
}

#[test]
fn a_reinvite_is_acknowledged_and_moves_the_target() {
    let mut pair = Pair::by(Udp);
    let (ours, theirs) = pair.call();
    pair.a
        .request_in_call(ours, Method::Invite, Vec::new(), sdp(), pair.now());
    pair.run_to(150);
    let id = pair.asked(Side::B);
    pair.b.respond(id, ok("elsewhere"), pair.now()).unwrap();
    pair.run_to(5_000);
    pair.check(
        "100 A> INVITE 2
         110 B> 100 (2 INVITE)
         110 B CallRequest INVITE
         150 B> 200 (2 INVITE)
         160 A> ACK 2
         160 A Response 200",
    );
    let target = pair.a.calls[&ours].dialog.as_ref().unwrap().remote_target();
    assert_eq!(*target, uri("sip:elsewhere@192.0.2.2:5060"));
    assert!(pair.b.calls[&theirs].unacked.is_none());
}

#[test]
fn two_reinvites_that_cross_get_491_and_the_later_one_wins_its_turn() {
    let mut pair = Pair::by(Udp);
    let (ours, theirs) = pair.call();
    pair.a
        .request_in_call(ours, Method::Invite, Vec::new(), sdp(), pair.now());
    pair.b
        .request_in_call(theirs, Method::Invite, Vec::new(), sdp(), pair.now());
    pair.run_to(120);
    pair.check(
        "100 A> INVITE 2
         100 B> INVITE 1
         110 B> 100 (2 INVITE)
         110 B> 491 (2 INVITE)
         110 A> 100 (1 INVITE)
         110 A> 491 (1 INVITE)
         120 A> ACK 2
         120 B> ACK 1",
    );
    pair.run_to(2_150);
    let id = pair.asked(Side::A);
    pair.a.respond(id, ok("alice"), pair.now()).unwrap();
    pair.run_to(5_000);
    let id = pair.asked(Side::B);
    pair.b.respond(id, ok("bob"), pair.now()).unwrap();
    pair.run_to(6_000);
    let responses = pair.events.iter().filter(|(_, event)| {
        matches!(event, Event::Response { response, .. } if response.status == Status::OK)
    });
    assert_eq!(responses.count(), 2);
}

#[test]
fn a_reinvite_while_one_is_open_gets_500_and_our_own_is_put_off() {
    let mut pair = Pair::by(Udp);
    let (ours, theirs) = pair.call();
    pair.a
        .request_in_call(ours, Method::Invite, Vec::new(), sdp(), pair.now());
    pair.run_to(150);
    let open = pair.asked(Side::B);
    pair.b
        .request_in_call(theirs, Method::Update, Vec::new(), sdp(), pair.now());
    pair.run_to(160);
    pair.check(
        "100 A> INVITE 2
         110 B> 100 (2 INVITE)
         110 B CallRequest INVITE",
    );
    pair.b.respond(open, ok("bob"), pair.now()).unwrap();
    pair.run_to(2_400);
    let updated = pair.asked(Side::A);
    pair.a
        .respond(updated, Reply::new(Status::OK), pair.now())
        .unwrap();
    pair.run_to(2_500);
    assert!(
        pair.ladder
            .iter()
            .any(|line| line.ends_with("B Response 200")),
        "{:?}",
        pair.ladder
    );
}

#[test]
fn a_lost_dialog_ends_the_call() {
    let mut pair = Pair::by(Udp);
    let (ours, theirs) = pair.call();
    pair.b.calls_by_dialog.clear();
    pair.a
        .request_in_call(ours, Method::Options, Vec::new(), None, pair.now());
    pair.run_to(200);
    pair.check(
        "100 A> OPTIONS 2
         110 B> 481 (2 OPTIONS)
         120 A Response 481
         120 A> BYE 3
         120 A Ended Peer DialogLost
         130 B> 481 (3 BYE)",
    );
    let _ = theirs;
}

#[test]
fn a_request_that_nobody_answers_ends_the_call() {
    let mut pair = Pair::by(Tcp);
    let (ours, _) = pair.call();
    pair.lose = Box::new(|_, _| true);
    pair.a
        .request_in_call(ours, Method::Options, Vec::new(), None, pair.now());
    pair.run_to(99_000);
    pair.check(
        "100 A> OPTIONS 2 lost
         32100 A RequestFailed Timeout
         32100 A> BYE 3 lost
         32100 A Ended Timeout DialogLost",
    );
    assert_eq!(pair.a.load(), 0);
}

#[test]
fn requests_that_wait_end_with_the_call() {
    let mut pair = Pair::by(Tcp);
    let (ours, _) = pair.call();
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, pair.now());
    pair.run_to(150);
    pair.ladder.clear();
    let id = pair.asked(Side::B);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(200);
    pair.check(
        "150 A> BYE 3
         150 A RequestFailed CallEnded
         150 A Ended Us Bye
         160 B> 200 (3 BYE)
         160 B> 487 (2 INFO)
         160 B Ended Peer Bye",
    );
    let late = pair.b.respond(id, Reply::new(Status::OK), pair.now());
    assert_eq!(late, Err(AgentError::NotWaiting));
    pair.run_to(70_000);
    pair.check_forgotten();
}

#[test]
fn a_request_without_its_dialog_or_out_of_order_is_refused() {
    let mut pair = Pair::by(Udp);
    let (_, theirs) = pair.call();
    let call = &pair.b.calls[&theirs];
    let (call_id, tag) = (call.call_id.clone(), call.local_tag.clone());
    let from = call.invite.headers.from.clone();
    let info = |branch: &str, tag: &str, cseq: u32| {
        format!(
            "INFO sip:bob@192.0.2.2 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch};rport\r\n\
             From: {from}\r\nTo: <sip:bob@example.com>;tag={tag}\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} INFO\r\nContent-Length: 0\r\n\r\n"
        )
    };
    pair.send_raw(Side::B, info("1", "stranger", 9));
    pair.send_raw(Side::B, info("2", &tag, 0));
    pair.send_raw(Side::B, info("3", &tag, 9));
    pair.check(
        "100 B> 481 (9 INFO)
         100 B> 500 (0 INFO)
         100 B CallRequest INFO",
    );
}

#[test]
fn a_request_that_was_put_off_takes_the_number_of_its_turn() {
    let mut pair = Pair::by(Udp);
    let (ours, theirs) = pair.call();
    pair.b
        .request_in_call(theirs, Method::Invite, Vec::new(), sdp(), pair.now());
    pair.run_to(150);
    let open = pair.asked(Side::A);
    pair.ladder.clear();
    pair.a
        .request_in_call(ours, Method::Update, Vec::new(), sdp(), pair.now());
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, pair.now());
    pair.a.respond(open, ok("alice"), pair.now()).unwrap();
    pair.run_to(180);
    let id = pair.asked(Side::B);
    pair.b
        .respond(id, Reply::new(Status::OK), pair.now())
        .unwrap();
    pair.run_to(4_160);
    pair.check(
        "150 A> INFO 2
         150 A> 200 (1 INVITE)
         160 B CallRequest INFO
         160 B> ACK 1
         160 B Response 200
         180 B> 200 (2 INFO)
         190 A Response 200
         3070 A> UPDATE 3
         3080 B CallRequest UPDATE
         3570 A> UPDATE 3",
    );
}

#[test]
fn in_a_call_whose_flow_is_gone_requests_fail_and_hanging_up_is_silent() {
    let mut pair = Pair::by(Tcp);
    let (ours, _) = pair.call();
    let now = pair.now();
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, now);
    pair.a.handle(Input::FlowClosed(FlowId(1)), now);
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, now);
    pair.run_to(60_000);
    pair.ladder.retain(|line| line.contains(" A"));
    pair.check(
        "100 A> INFO 2
         100 A RequestFailed Transport
         100 A FlowLost
         100 A RequestFailed Transport",
    );
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(60_100);
    pair.check("60000 A Ended Us Bye");
    assert_eq!(pair.a.load(), 0);
}

#[test]
fn a_call_that_was_parked_goes_on_by_its_new_flow() {
    let mut pair = Pair::by(Tcp);
    let (ours, theirs) = pair.call();
    pair.a.handle(Input::FlowClosed(FlowId(1)), pair.now());
    let hop = Hop {
        flow: FlowId(2),
        ..pair.hop(Side::A)
    };
    pair.run_to(50_000);
    pair.a.move_call(ours, hop);
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, pair.now());
    pair.run_to(50_100);
    pair.check(
        "100 A FlowLost
         50000 A> INFO 2
         50010 B CallRequest INFO",
    );
    assert!(!pair.b.calls[&theirs].ended);
}
