//! RFC 3261 §8, §11, §22: requests outside dialogs, and what is refused at the door.

use super::*;
use crate::digest::Authorization;
use crate::digest::{Challenger, Credentials, DigestServer, Ha1};
use crate::message::Request;
use crate::transport::Transport::{Tcp, Udp};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn options(pair: &Pair) -> Outgoing {
    Outgoing::new(
        pair.hop(Side::A),
        Method::Options,
        uri("sip:bob@example.com"),
        addr("<sip:alice@example.com>"),
        addr("<sip:bob@example.com>"),
    )
}

fn raw(method: &str, extra: &str) -> String {
    format!(
        "{method} sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKraw{extra_length};rport\r\n\
         From: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\n\
         Call-ID: raw\r\nCSeq: 1 {method}\r\n{extra}Content-Length: 0\r\n\r\n",
        extra_length = extra.len(),
    )
}

#[test]
fn a_request_outside_a_call_is_the_owners_to_answer() {
    let mut pair = Pair::by(Udp);
    pair.a.request(options(&pair), pair.now());
    pair.run_to(50);
    let id = pair.asked(Side::B);
    pair.b
        .respond(id, Reply::new(Status::OK), pair.now())
        .unwrap();
    pair.run_to(70_000);
    pair.check(
        "0 A> OPTIONS 1
         10 B Request OPTIONS
         50 B> 200 (1 OPTIONS)
         60 A Response 200",
    );
    pair.check_forgotten();
}

#[test]
fn a_request_that_nobody_answers_fails_on_both_sides() {
    let mut pair = Pair::by(Tcp);
    pair.a.request(options(&pair), pair.now());
    pair.run_to(70_000);
    pair.check("0 A> OPTIONS 1\n10 B Request OPTIONS\n32000 A RequestFailed Timeout");
    let id = pair.asked(Side::B);
    let late = pair.b.respond(id, Reply::new(Status::OK), pair.now());
    assert_eq!(late, Err(AgentError::NotWaiting));
    pair.check_forgotten();
}

#[test]
fn a_closed_flow_fails_its_requests_at_once() {
    let mut pair = Pair::by(Tcp);
    pair.a.request(options(&pair), pair.now());
    pair.a.handle(Input::FlowClosed(FlowId(7)), pair.now());
    pair.a.handle(Input::FlowClosed(FlowId(1)), pair.now());
    pair.check("0 A> OPTIONS 1\n0 A RequestFailed Transport");
}

#[test]
fn an_extension_we_lack_gets_420_and_one_we_have_does_not() {
    let mut pair = Pair::by(Udp);
    pair.b.set_supported(vec![Text::from("path")]);
    pair.send_raw(Side::B, raw("REGISTER", "Require: path, gruu\r\n"));
    pair.send_raw(
        Side::B,
        raw("REGISTER", "Require: path\r\n").replace("Call-ID: raw", "Call-ID: r2"),
    );
    pair.check("0 B> 420 (1 REGISTER)\n0 B Request REGISTER");
}

#[test]
fn the_same_request_by_another_way_gets_482() {
    let mut pair = Pair::by(Udp);
    pair.send_raw(Side::B, raw("MESSAGE", ""));
    pair.send_raw(Side::B, raw("MESSAGE", ""));
    pair.send_raw(Side::B, raw("MESSAGE", "Subject: detour\r\n"));
    pair.check("0 B Request MESSAGE\n0 B> 482 (1 MESSAGE)");
}

#[test]
fn a_malformed_request_gets_400_and_noise_nothing() {
    let mut pair = Pair::by(Udp);
    let broken = raw("OPTIONS", "").replace(
        "From: <sip:alice@example.com>;tag=a",
        "From: <sip:alice@example.com>;tag=a\r\nContact: <<",
    );
    pair.send_raw(Side::B, broken);
    pair.send_raw(Side::B, "nonsense\r\n\r\n");
    pair.send_raw(Side::B, "\r\n\r\n");
    pair.check("0 B> 400 (1 OPTIONS)\n0 B Malformed\n0 B Malformed");
}

#[test]
fn requests_that_need_a_dialog_get_481_and_a_stray_ack_nothing() {
    let mut pair = Pair::by(Udp);
    for method in ["BYE", "UPDATE", "INFO", "PRACK", "ACK"] {
        let request = raw(method, "").replace("z9hG4bKraw", &format!("z9hG4bK{method}"));
        pair.send_raw(Side::B, request);
    }
    pair.check("0 B> 481 (1 BYE)\n0 B> 481 (1 UPDATE)\n0 B> 481 (1 INFO)\n0 B> 481 (1 PRACK)");
}

/// B asks for proof of who A is, and answers what it then makes of it.
fn challenge(pair: &mut Pair, server: &mut DigestServer) {
    let now = pair.now();
    let asked = pair
        .events
        .iter()
        .rev()
        .find_map(|(side, event)| match event {
            Event::Request { id, request, .. } if *side == Side::B => Some((*id, request.clone())),
            _ => None,
        });
    let (id, request): (ServerRequestId, Request) = asked.unwrap();
    let ha1 = Ha1::of("alice", "example.com", "secret");
    let proof = Authorization::all(&request.headers, Challenger::User);
    let verified = proof
        .first()
        .is_some_and(|proof| server.verify(proof, &request.method, &ha1, now).is_ok());
    let reply = match verified {
        true => Reply::new(Status::OK),
        false => {
            let mut reply = Reply::new(Status::UNAUTHORIZED);
            let challenges = server.challenge(now);
            reply
                .headers
                .extend(challenges.iter().map(|one| one.header(Challenger::User)));
            reply
        }
    };
    pair.b.respond(id, reply, now).unwrap();
}

#[test]
fn a_challenge_is_answered_and_the_next_request_proves_itself_unasked() {
    let mut pair = Pair::by(Udp);
    let mut server = DigestServer::new("example.com", [9; 32], pair.now());
    let credentials = Some(Credentials::new("alice", "secret"));
    pair.a.request(
        Outgoing {
            credentials: credentials.clone(),
            ..options(&pair)
        },
        pair.now(),
    );
    pair.run_to(10);
    challenge(&mut pair, &mut server);
    pair.run_to(30);
    challenge(&mut pair, &mut server);
    pair.run_to(50);
    pair.a.request(
        Outgoing {
            credentials,
            ..options(&pair)
        },
        pair.now(),
    );
    pair.run_to(60);
    challenge(&mut pair, &mut server);
    pair.run_to(100);
    pair.check(
        "0 A> OPTIONS 1
         10 B Request OPTIONS
         10 B> 401 (1 OPTIONS)
         20 A> OPTIONS 2
         30 B Request OPTIONS
         30 B> 200 (2 OPTIONS)
         40 A Response 200
         50 A> OPTIONS 1
         60 B Request OPTIONS
         60 B> 200 (1 OPTIONS)
         70 A Response 200",
    );
}

#[test]
fn a_wrong_password_is_tried_once() {
    let mut pair = Pair::by(Udp);
    let mut server = DigestServer::new("example.com", [9; 32], pair.now());
    let credentials = Some(Credentials::new("alice", "guess"));
    pair.a.request(
        Outgoing {
            credentials,
            ..options(&pair)
        },
        pair.now(),
    );
    pair.run_to(10);
    challenge(&mut pair, &mut server);
    pair.run_to(30);
    challenge(&mut pair, &mut server);
    pair.run_to(50);
    pair.check(
        "0 A> OPTIONS 1
         10 B Request OPTIONS
         10 B> 401 (1 OPTIONS)
         20 A> OPTIONS 2
         30 B Request OPTIONS
         30 B> 401 (2 OPTIONS)
         40 A RequestFailed Unauthorized",
    );
}

#[test]
fn an_invite_is_sent_again_with_its_proof_and_so_are_its_ack_and_bye() {
    let mut pair = Pair::by(Udp);
    let mut server = DigestServer::new("example.com", [9; 32], pair.now());
    let credentials = Some(Credentials::new("alice", "secret"));
    let invite = Invite {
        credentials,
        ..invite(pair.hop(Side::A), MINUTE)
    };
    let ours = pair.a.invite(invite, pair.now());
    pair.run_to(50);
    let mut reply = Reply::new(Status::UNAUTHORIZED);
    let challenges = server.challenge(pair.now());
    reply
        .headers
        .extend(challenges.iter().map(|one| one.header(Challenger::User)));
    pair.b.reject(pair.incoming(), reply, pair.now()).unwrap();
    pair.run_to(100);
    pair.b
        .accept(pair.incoming(), ok("bob"), pair.now())
        .unwrap();
    pair.run_to(200);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(300);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 401 (1 INVITE)
         50 B Ended Us Refused(Status(401))
         60 A> ACK 1
         60 A> INVITE 2
         70 B> 100 (2 INVITE)
         70 B Incoming
         100 B> 200 (2 INVITE)
         110 A> ACK 2
         110 A Answered 200
         120 B Confirmed
         200 A> BYE 3
         200 A Ended Us Bye
         210 B> 200 (3 BYE)
         210 B Ended Peer Bye",
    );
}

#[test]
fn the_flow_of_a_challenged_try_does_not_end_the_call_of_the_next() {
    let mut pair = Pair::by(Udp);
    let mut server = DigestServer::new("example.com", [9; 32], pair.now());
    let credentials = Some(Credentials::new("alice", "secret"));
    let invite = Invite {
        credentials,
        ..invite(pair.hop(Side::A), MINUTE)
    };
    pair.a.invite(invite, pair.now());
    pair.run_to(50);
    let mut reply = Reply::new(Status::UNAUTHORIZED);
    let challenges = server.challenge(pair.now());
    reply
        .headers
        .extend(challenges.iter().map(|one| one.header(Challenger::User)));
    pair.b.reject(pair.incoming(), reply, pair.now()).unwrap();
    pair.run_to(100);
    pair.b
        .accept(pair.incoming(), ok("bob"), pair.now())
        .unwrap();
    pair.run_to(200);
    pair.ladder.clear();
    pair.a.handle(Input::FlowClosed(FlowId(1)), pair.now());
    pair.check("200 A FlowLost");
}

#[test]
fn an_edge_passes_a_request_on_as_it_came_and_its_response_back() {
    let mut pair = Pair::by(Tcp);
    pair.b.set_role(Role::Edge);
    let strange = "Require: strange\r\nP-Strange: 1\r\n";
    pair.send_raw(
        Side::B,
        raw("MESSAGE", strange).replace("bob@example.com>", "bob@example.com>;tag=x"),
    );
    let id = pair.asked(Side::B);
    let request = match pair.events.pop() {
        Some((Side::B, Event::Request { request, .. })) => request,
        other => panic!("{other:?}"),
    };
    let hop = pair.hop(Side::B);
    pair.b.forward(hop, request.clone(), pair.now());
    let sent = loop {
        if let Some(Output::Transmit { bytes, .. }) = pair.b.poll_output() {
            break crate::parse::parse(&bytes, &Limits::default()).unwrap();
        }
    };
    let sent_vias = &sent.headers().via;
    assert_eq!(sent_vias.len(), 2);
    assert!(pair.b.is_own_via(&sent_vias[0]) && !pair.b.is_own_via(&sent_vias[1]));
    assert_eq!(
        sent.headers().other,
        request.headers.other,
        "nothing is added"
    );
    let response = crate::message::Response::to(&request, Status::ACCEPTED);
    assert_eq!(pair.b.pass_back(id, &response, pair.now()), Ok(()));
    assert_eq!(
        pair.b.pass_back(id, &response, pair.now()),
        Err(AgentError::NotWaiting)
    );
}
