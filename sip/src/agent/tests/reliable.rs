//! RFC 3262: reliable provisional responses and PRACK.

use super::*;
use crate::transport::Transport::{Tcp, Udp};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn ringing() -> Reply {
    Reply::new(Status::RINGING).with_contact(addr("<sip:bob@192.0.2.2:5060>"))
}

/// A call that B has been told of.
fn called(pair: &mut Pair) -> (CallHandle, CallHandle) {
    let ours = pair.invite(MINUTE);
    pair.run_to(50);
    pair.ladder.clear();
    (ours, pair.incoming())
}

#[test]
fn a_description_is_sent_reliably_and_the_answer_follows_its_prack() {
    let mut pair = Pair::reliable(Udp);
    let (ours, theirs) = called(&mut pair);
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    pair.b.progress(theirs, ringing(), pair.now()).unwrap();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    let twice = pair.b.accept(theirs, ok("bob"), pair.now());
    assert_eq!(twice, Err(AgentError::WrongState));
    let late = pair.b.progress(theirs, ringing(), pair.now());
    assert_eq!(late, Err(AgentError::WrongState));
    pair.run_to(1000);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "50 B> 183 (1 INVITE)
         50 B> 180 (1 INVITE)
         60 A> PRACK 2
         60 A Progress 183
         60 A Progress 180
         70 B> 200 (2 PRACK)
         70 B> 200 (1 INVITE)
         80 A> ACK 1
         80 A Answered 200
         90 B Confirmed
         1000 A> BYE 3
         1000 A Ended Us Bye
         1010 B> 200 (3 BYE)
         1010 B Ended Peer Bye",
    );
    pair.check_forgotten();
}

#[test]
fn reliable_responses_go_one_at_a_time() {
    let mut pair = Pair::reliable(Udp);
    let (_, theirs) = called(&mut pair);
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    let again = early_media().with_reliable(Reliable::Always);
    pair.b.progress(theirs, again, pair.now()).unwrap();
    let third = ringing().with_reliable(Reliable::Always);
    pair.b.progress(theirs, third, pair.now()).unwrap();
    pair.run_to(1000);
    pair.check(
        "50 B> 183 (1 INVITE)
         60 A> PRACK 2
         60 A Progress 183
         70 B> 200 (2 PRACK)
         70 B> 183 (1 INVITE)
         80 A> PRACK 3
         80 A Progress 183
         90 B> 200 (3 PRACK)
         90 B> 180 (1 INVITE)
         100 A> PRACK 4
         100 A Progress 180
         110 B> 200 (4 PRACK)",
    );
}

#[test]
fn a_lost_183_a_lost_prack_and_its_lost_answer_are_all_sent_again() {
    let mut pair = Pair::reliable(Udp);
    let (_, theirs) = called(&mut pair);
    pair.lose_once(&["183", "PRACK", "200"]);
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    pair.run_to(10_000);
    pair.check(
        "50 B> 183 (1 INVITE) lost
         550 B> 183 (1 INVITE)
         560 A> PRACK 2 lost
         560 A Progress 183
         1060 A> PRACK 2
         1070 B> 200 (2 PRACK) lost
         2060 A> PRACK 2
         2070 B> 200 (2 PRACK)",
    );
}

#[test]
fn a_caller_that_never_acknowledges_gets_504_after_32_s() {
    let mut pair = Pair::reliable(Tcp);
    let (_, theirs) = called(&mut pair);
    pair.lose = Box::new(
        |_, message| matches!(message, Message::Request(request) if request.method == Method::Prack),
    );
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(99_000);
    pair.check(
        "50 B> 183 (1 INVITE)
         60 A> PRACK 2 lost
         60 A Progress 183
         550 B> 183 (1 INVITE)
         1550 B> 183 (1 INVITE)
         3550 B> 183 (1 INVITE)
         7550 B> 183 (1 INVITE)
         15550 B> 183 (1 INVITE)
         31550 B> 183 (1 INVITE)
         32050 B> 504 (1 INVITE)
         32050 B Ended Timeout NoAck
         32060 A> ACK 1
         32060 A Ended Peer Refused(Status(504))",
    );
    pair.check_forgotten();
}

#[test]
fn a_2xx_does_not_wait_for_the_prack_of_a_response_without_a_description() {
    let mut pair = Pair::reliable(Udp);
    let (_, theirs) = called(&mut pair);
    pair.lose_once(&["PRACK"]);
    let ringing = ringing().with_reliable(Reliable::Always);
    pair.b.progress(theirs, ringing, pair.now()).unwrap();
    pair.run_to(100);
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(10_000);
    pair.check(
        "50 B> 180 (1 INVITE)
         60 A> PRACK 2 lost
         60 A Progress 180
         100 B> 200 (1 INVITE)
         110 A> ACK 1
         110 A Answered 200
         120 B Confirmed
         560 A> PRACK 2
         570 B> 200 (2 PRACK)",
    );
}

#[test]
fn a_cancel_crosses_the_prack() {
    let mut pair = Pair::reliable(Udp);
    let (ours, theirs) = called(&mut pair);
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(60);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "50 B> 183 (1 INVITE)
         60 A> PRACK 2
         60 A Progress 183
         60 A> CANCEL 1
         60 A Ended Us Cancelled
         70 B> 200 (2 PRACK)
         70 B> 200 (1 INVITE)
         70 B> 200 (1 CANCEL)
         80 A> ACK 1
         80 A> BYE 3
         90 B Confirmed
         90 B> 200 (3 BYE)
         90 B Ended Peer Bye",
    );
    pair.check_forgotten();
}

#[test]
fn a_cancel_that_overtakes_the_prack_wins() {
    let mut pair = Pair::reliable(Udp);
    let (ours, theirs) = called(&mut pair);
    pair.lose_once(&["PRACK"]);
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(60);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "50 B> 183 (1 INVITE)
         60 A> PRACK 2 lost
         60 A Progress 183
         60 A> CANCEL 1
         60 A Ended Us Cancelled
         70 B> 200 (1 CANCEL)
         70 B> 487 (1 INVITE)
         70 B Ended Peer Cancelled
         80 A> ACK 1
         560 A> PRACK 2
         570 B> 481 (2 PRACK)",
    );
    pair.check_forgotten();
}

#[test]
fn a_refusal_does_not_wait_for_the_prack() {
    let mut pair = Pair::reliable(Udp);
    let (_, theirs) = called(&mut pair);
    pair.lose_once(&["PRACK"]);
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    pair.b
        .reject(theirs, Reply::new(Status::BUSY_HERE), pair.now())
        .unwrap();
    pair.run_to(70_000);
    pair.check(
        "50 B> 183 (1 INVITE)
         50 B> 486 (1 INVITE)
         50 B Ended Us Refused(Status(486))
         60 A> PRACK 2 lost
         60 A Progress 183
         60 A> ACK 1
         60 A Ended Peer Refused(Status(486))
         560 A> PRACK 2
         570 B> 481 (2 PRACK)",
    );
    pair.check_forgotten();
}

#[test]
fn a_response_is_reliable_where_the_invite_wants_it_and_the_owner_does_not_forbid_it() {
    let invite = |header: &str| {
        let mut invite = invite(Pair::by(Udp).hop(Side::A), MINUTE);
        let (name, value) = header.split_once(": ").unwrap();
        invite.headers.push(Header::new(name, value).unwrap());
        invite
    };
    let cases = [
        ("Supported: timer", Reliable::AsNeeded, "180 183"),
        ("Supported: timer", Reliable::Always, "180 RSeq 183 RSeq"),
        ("Supported: 100rel", Reliable::AsNeeded, "180 183 RSeq"),
        ("Supported: 100rel", Reliable::Never, "180 183"),
        ("Require: 100rel", Reliable::AsNeeded, "180 RSeq 183 RSeq"),
        ("Require: 100rel", Reliable::Never, "180 RSeq 183 RSeq"),
    ];
    for (header, reliable, expected) in cases {
        let mut pair = Pair::reliable(Tcp);
        let now = pair.now();
        pair.a.invite(invite(header), now);
        pair.run_to(50);
        let theirs = pair.incoming();
        for reply in [ringing(), early_media()] {
            let reply = reply.with_reliable(reliable);
            pair.b.progress(theirs, reply, pair.now()).unwrap();
            let until = pair.now().duration_since(now).as_millis() + 50;
            pair.run_to(u64::try_from(until).unwrap());
        }
        let heard = pair.events.iter().filter_map(|(_, event)| match event {
            Event::Progress { response, .. } => Some(response),
            _ => None,
        });
        let heard = heard.map(|response| match response.headers.has("RSeq") {
            true => format!("{} RSeq", response.status),
            false => response.status.to_string(),
        });
        let heard: Vec<String> = heard.collect();
        assert_eq!(heard.join(" "), expected, "{header} {reliable:?}");
    }
}

/// A response of B's to A's INVITE with these headers on top.
fn raw_progress(pair: &Pair, theirs: CallHandle, tag: &str, rseq: u32) -> Vec<u8> {
    let invite = &pair.b.calls[&theirs].invite;
    let mut response = Response::to(invite, Status::SESSION_PROGRESS).with_to_tag(tag);
    response.headers.contact = addr("<sip:bob@192.0.2.2:5060>").into();
    response.headers.push("Require", "100rel");
    response.headers.push("RSeq", rseq);
    response.to_bytes()
}

#[test]
fn copies_and_responses_before_their_turn_are_not_taken() {
    let mut pair = Pair::reliable(Udp);
    let (_, theirs) = called(&mut pair);
    for rseq in [7, 7, 9, 8, 7] {
        let bytes = raw_progress(&pair, theirs, "other", rseq);
        pair.send_raw(Side::A, bytes);
    }
    pair.check(
        "50 A> PRACK 2
         50 A Progress 183
         50 A> PRACK 3
         50 A Progress 183",
    );
}

fn prack(pair: &Pair, theirs: CallHandle, branch: &str, rack: &str) -> String {
    let call = &pair.b.calls[&theirs];
    let (call_id, tag) = (&call.call_id, &call.local_tag);
    let from = &call.invite.headers.from;
    format!(
        "PRACK sip:bob@192.0.2.2 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch};rport\r\n\
         From: {from}\r\nTo: <sip:bob@example.com>;tag={tag}\r\n\
         Call-ID: {call_id}\r\nCSeq: 2 PRACK\r\n{rack}Content-Length: 0\r\n\r\n"
    )
}

#[test]
fn a_prack_that_matches_nothing_gets_481() {
    let mut pair = Pair::reliable(Udp);
    let (_, theirs) = called(&mut pair);
    pair.send_raw(Side::B, prack(&pair, theirs, "1", "RAck: 1 1 INVITE\r\n"));
    pair.lose = Box::new(|_, _| true);
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    let racks = ["RAck: 0 1 INVITE\r\n", "RAck: 1\r\n", "RAck: x\r\n", ""];
    for (number, rack) in racks.into_iter().enumerate() {
        let bytes = prack(&pair, theirs, &format!("2{number}"), rack);
        pair.send_raw(Side::B, bytes);
    }
    pair.check(
        "50 B> 481 (2 PRACK)
         50 B> 183 (1 INVITE) lost
         50 B> 481 (2 PRACK) lost
         50 B> 481 (2 PRACK) lost
         50 B> 481 (2 PRACK) lost
         50 B> 481 (2 PRACK) lost",
    );
}

#[test]
fn a_handset_that_acknowledges_an_unreliable_180_gets_200() {
    let mut pair = Pair::reliable(Udp);
    let (_, theirs) = called(&mut pair);
    pair.b.progress(theirs, ringing(), pair.now()).unwrap();
    pair.run_to(100);
    pair.send_raw(Side::B, prack(&pair, theirs, "1", "RAck: 0 1 INVITE\r\n"));
    pair.send_raw(Side::B, prack(&pair, theirs, "2", ""));
    pair.check(
        "50 B> 180 (1 INVITE)
         60 A Progress 180
         100 B> 200 (2 PRACK)
         100 B> 200 (2 PRACK)",
    );
}

#[test]
fn a_180_is_said_again_each_minute() {
    let mut pair = Pair::by(Tcp);
    pair.invite(Duration::from_secs(150));
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.b.progress(theirs, ringing(), pair.now()).unwrap();
    pair.run_to(199_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 180 (1 INVITE)
         60 A Progress 180
         60050 B> 180 (1 INVITE)
         60060 A Progress 180
         120050 B> 180 (1 INVITE)
         120060 A Progress 180
         150000 A> CANCEL 1
         150000 A Ended Timeout NoAnswer
         150010 B> 200 (1 CANCEL)
         150010 B> 487 (1 INVITE)
         150010 B Ended Peer Cancelled
         150020 A> ACK 1",
    );
    pair.check_forgotten();
}

#[test]
fn an_invite_that_expires_is_terminated() {
    let mut pair = Pair::by(Tcp);
    let (_, _) = called(&mut pair);
    let invite = "INVITE sip:bob@example.com SIP/2.0\r\n\
                  Via: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bKe;rport\r\n\
                  From: <sip:alice@example.com>;tag=e\r\nTo: <sip:bob@example.com>\r\n\
                  Call-ID: expires\r\nCSeq: 1 INVITE\r\nExpires: 20\r\n\
                  Content-Length: 0\r\n\r\n";
    pair.send_raw(Side::B, invite);
    pair.run_to(30_000);
    pair.check(
        "50 B> 100 (1 INVITE)
         50 B Incoming
         20050 B> 487 (1 INVITE)
         20050 B Ended Timeout NoAnswer",
    );
}

#[test]
fn a_prack_with_an_offer_is_the_owners_to_answer_and_the_2xx_waits_for_that() {
    let mut pair = Pair::reliable(Udp);
    let (_, theirs) = called(&mut pair);
    pair.lose = Box::new(
        |_, message| matches!(message, Message::Request(request) if request.method == Method::Prack),
    );
    pair.b.progress(theirs, early_media(), pair.now()).unwrap();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(55);
    let rseq = pair.b.calls[&theirs].provisionals.rseq().unwrap();
    let offer = prack(&pair, theirs, "1", &format!("RAck: {rseq} 1 INVITE\r\n")).replace(
        "Content-Length: 0\r\n\r\n",
        "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
    );
    pair.send_raw(Side::B, offer);
    let id = pair.asked(Side::B);
    pair.run_to(300);
    let answer = Reply::new(Status::OK).with_body(Body::sdp("v=0\r\n"));
    pair.b.respond(id, answer, pair.now()).unwrap();
    pair.run_to(400);
    pair.check(
        "50 B> 183 (1 INVITE)
         55 B CallRequest PRACK
         60 A> PRACK 2 lost
         60 A Progress 183
         300 B> 200 (2 PRACK)
         300 B> 200 (1 INVITE)
         310 A> ACK 1
         310 A Answered 200
         320 B Confirmed",
    );
}
