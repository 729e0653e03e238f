//! RFC 3261 §12.1, RFC 3311: early dialogs, several of one INVITE, and requests inside them.

use super::*;
use crate::transport::Transport::{Tcp, Udp};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn sdp() -> Option<Body> {
    Some(Body::sdp("v=0\r\n"))
}

/// A response of another branch of A's INVITE, reliable if it has an RSeq.
fn branch(
    pair: &Pair,
    theirs: CallHandle,
    status: Status,
    tag: &str,
    rseq: Option<u32>,
) -> Vec<u8> {
    let invite = &pair.b.calls[&theirs].invite;
    let mut response = Response::to(invite, status).with_to_tag(tag);
    response.headers.contact = addr("<sip:carol@192.0.2.2:5060>").into();
    if let Some(rseq) = rseq {
        response.headers.push("Require", "100rel");
        response.headers.push("RSeq", rseq);
    }
    response.to_bytes()
}

#[test]
fn an_update_goes_each_way_before_the_answer() {
    let mut pair = Pair::reliable(Udp);
    let (ours, theirs) = pair.early();
    pair.a
        .request_in_call(ours, Method::Update, Vec::new(), sdp(), pair.now());
    pair.run_to(150);
    let id = pair.asked(Side::B);
    pair.b.respond(id, ok("bob"), pair.now()).unwrap();
    pair.run_to(200);
    pair.b
        .request_in_call(theirs, Method::Update, Vec::new(), sdp(), pair.now());
    pair.run_to(250);
    let id = pair.asked(Side::A);
    pair.a.respond(id, ok("alice"), pair.now()).unwrap();
    pair.run_to(300);
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(400);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "100 A> UPDATE 3
         110 B CallRequest UPDATE
         150 B> 200 (3 UPDATE)
         160 A Response 200
         200 B> UPDATE 1
         210 A CallRequest UPDATE
         250 A> 200 (1 UPDATE)
         260 B Response 200
         300 B> 200 (1 INVITE)
         310 A> ACK 1
         310 A Answered 200
         320 B Confirmed
         400 A> BYE 4
         400 A Ended Us Bye
         410 B> 200 (4 BYE)
         410 B Ended Peer Bye",
    );
    pair.check_forgotten();
}

#[test]
fn an_offer_before_the_first_one_is_answered_is_put_off_or_refused() {
    let mut pair = Pair::by(Udp);
    let ours = pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    let ringing = Reply::new(Status::RINGING);
    pair.b.progress(theirs, ringing, pair.now()).unwrap();
    pair.run_to(100);
    // Ours waits. Theirs, if they sent it all the same, would get 491.
    pair.a
        .request_in_call(ours, Method::Update, Vec::new(), sdp(), pair.now());
    pair.b
        .request_in_call(theirs, Method::Update, Vec::new(), sdp(), pair.now());
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, pair.now());
    pair.run_to(3_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 180 (1 INVITE)
         60 A Progress 180
         100 A> INFO 2
         110 B CallRequest INFO
         600 A> INFO 2
         1600 A> INFO 2",
    );
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(4_000);
    let id = pair.asked(Side::A);
    pair.a.respond(id, ok("alice"), pair.now()).unwrap();
    pair.run_to(9_000);
    assert!(
        pair.ladder.iter().any(|line| line.contains("A> UPDATE")),
        "{:?}",
        pair.ladder
    );
}

#[test]
fn two_updates_that_cross_before_the_answer_get_491() {
    let mut pair = Pair::reliable(Udp);
    let (ours, theirs) = pair.early();
    pair.a
        .request_in_call(ours, Method::Update, Vec::new(), sdp(), pair.now());
    pair.b
        .request_in_call(theirs, Method::Update, Vec::new(), sdp(), pair.now());
    pair.run_to(120);
    pair.check(
        "100 A> UPDATE 3
         100 B> UPDATE 1
         110 B> 491 (3 UPDATE)
         110 A> 491 (1 UPDATE)",
    );
}

#[test]
fn a_request_waits_for_the_prack_that_it_must_not_overtake() {
    let mut pair = Pair::reliable(Udp);
    let ours = pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.lose_once(&["PRACK"]);
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    pair.run_to(100);
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, pair.now());
    pair.a
        .request_in_call(ours, Method::Update, Vec::new(), sdp(), pair.now());
    pair.run_to(700);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 183 (1 INVITE)
         60 A> PRACK 2 lost
         60 A Progress 183
         550 B> 183 (1 INVITE)
         560 A> PRACK 2
         570 B> 200 (2 PRACK)
         580 A> INFO 3
         580 A> UPDATE 4
         590 B CallRequest INFO
         590 B CallRequest UPDATE",
    );
}

#[test]
fn branches_are_acknowledged_each_in_its_own_dialog_and_one_answer_ends_the_others() {
    let mut pair = Pair::reliable(Udp);
    let (ours, theirs) = pair.early();
    let carol = branch(&pair, theirs, Status::SESSION_PROGRESS, "carol", Some(5));
    pair.send_raw(Side::A, carol);
    pair.check(
        "100 A> PRACK 2
         100 A Progress 183",
    );
    // Carol was heard of last, and says nothing.
    pair.lose = Box::new(|side, _| side == Side::A);
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, pair.now());
    pair.run_to(150);
    pair.lose = Box::new(|_, _| false);
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(170);
    pair.check(
        "110 B> 481 (2 PRACK)
         120 A> INFO 3 lost
         150 B> 200 (1 INVITE)
         160 A> ACK 1
         160 A Answered 200
         160 A RequestFailed CallEnded
         170 B Confirmed",
    );
    let late = branch(&pair, theirs, Status::OK, "carol", None);
    pair.send_raw(Side::A, late);
    pair.check(
        "170 A> ACK 1
         170 A> BYE 4",
    );
}

#[test]
fn a_request_of_a_branch_that_lost_is_refused() {
    let mut pair = Pair::reliable(Udp);
    let (_, theirs) = pair.early();
    let carol = branch(&pair, theirs, Status::RINGING, "carol", None);
    pair.send_raw(Side::A, carol);
    let (call_id, from) = {
        let call = &pair.b.calls[&theirs];
        (call.call_id.clone(), call.invite.headers.from.clone())
    };
    let info = |cseq: u32| {
        format!(
            "INFO sip:alice@192.0.2.1 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK{cseq};rport\r\n\
             From: <sip:bob@example.com>;tag=carol\r\nTo: {from}\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} INFO\r\nContent-Length: 0\r\n\r\n"
        )
    };
    pair.send_raw(Side::A, info(1));
    pair.send_raw(Side::A, info(2));
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(150);
    pair.send_raw(Side::A, info(3));
    pair.check(
        "100 A Progress 180
         100 A CallRequest INFO
         100 A CallRequest INFO
         100 B> 200 (1 INVITE)
         110 A> ACK 1
         110 A Answered 200
         110 A> 487 (1 INFO)
         110 A> 487 (2 INFO)
         120 B Confirmed
         150 A> 481 (3 INFO)",
    );
}

#[test]
fn a_branch_that_ends_before_the_others_is_forgotten() {
    let mut pair = Pair::reliable(Udp);
    let (ours, theirs) = pair.early();
    for status in [Status::RINGING, Status::EARLY_DIALOG_TERMINATED] {
        let carol = branch(&pair, theirs, status, "carol", None);
        pair.send_raw(Side::A, carol);
    }
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, pair.now());
    pair.run_to(150);
    pair.check(
        "100 A Progress 180
         100 A Progress 199
         100 A> INFO 3
         110 B CallRequest INFO",
    );
}

#[test]
fn a_fork_into_a_thousand_branches_is_heard_of_sixteen_times() {
    let mut pair = Pair::by(Tcp);
    let ours = pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    for number in 0..1000 {
        let ringing = branch(&pair, theirs, Status::RINGING, &format!("t{number}"), None);
        pair.send_raw(Side::A, ringing);
    }
    let told = pair
        .events
        .iter()
        .filter(|(_, event)| matches!(event, Event::Progress { .. }));
    assert_eq!(told.count(), 16);
    assert_eq!(pair.a.calls[&ours].early.len(), 16);
}

#[test]
fn a_lost_early_dialog_does_not_end_the_call() {
    let mut pair = Pair::reliable(Udp);
    let (ours, theirs) = pair.early();
    let dialogs = std::mem::take(&mut pair.b.calls_by_dialog);
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), None, pair.now());
    pair.run_to(200);
    pair.b.calls_by_dialog = dialogs;
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(300);
    pair.check(
        "100 A> INFO 3
         110 B> 481 (3 INFO)
         120 A Response 481
         200 B> 200 (1 INVITE)
         210 A> ACK 1
         210 A Answered 200
         220 B Confirmed",
    );
}
