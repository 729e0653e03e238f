//! RFC 3261 §18.1.1: what is too large for a datagram.

use super::*;
use crate::transport::Transport::{Tcp, Udp};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn large() -> Body {
    Body::sdp("v=0\r\n".repeat(300))
}

fn pair() -> Pair {
    let mut pair = Pair::by(Udp);
    pair.a.oversize = Oversize::Stream;
    pair
}

/// A's outputs, each message with the hop it leaves by.
fn sent(pair: &mut Pair) -> Vec<(Hop, String)> {
    let mut sent = Vec::new();
    while let Some(output) = pair.a.poll_output() {
        if let Output::Transmit { hop, bytes } = output {
            let text = String::from_utf8(bytes).unwrap();
            let via = text.lines().nth(1).unwrap().to_owned();
            let line = text.lines().next().unwrap().to_owned();
            sent.push((hop, format!("{line} {}", &via[5..16])));
        }
    }
    sent
}

fn large_invite(pair: &mut Pair) -> CallHandle {
    let invite = Invite {
        body: Some(large()),
        ..invite(pair.hop(Side::A), MINUTE)
    };
    let now = pair.now();
    pair.a.invite(invite, now)
}

fn unreachable(pair: &mut Pair) {
    let remote = pair.hop(Side::A).remote;
    let now = pair.now();
    let transport = Tcp;
    pair.a.handle(Input::Unreachable { transport, remote }, now);
}

#[test]
fn a_large_invite_goes_over_any_connection_and_by_datagram_when_there_is_none() {
    let mut pair = pair();
    let any = Hop {
        transport: Tcp,
        flow: FlowId::ANY,
        ..pair.hop(Side::A)
    };
    large_invite(&mut pair);
    let first = sent(&mut pair);
    assert_eq!(
        first,
        [(
            any,
            "INVITE sip:bob@example.com SIP/2.0 SIP/2.0/TCP".to_owned()
        )]
    );
    unreachable(&mut pair);
    let second = sent(&mut pair);
    let datagram = pair.hop(Side::A);
    assert_eq!(
        second,
        [(
            datagram,
            "INVITE sip:bob@example.com SIP/2.0 SIP/2.0/UDP".to_owned()
        )]
    );
    // Once is enough.
    unreachable(&mut pair);
    assert_eq!(sent(&mut pair), []);
}

#[test]
fn a_call_whose_invite_fell_back_goes_on_as_any() {
    let mut pair = pair();
    let ours = large_invite(&mut pair);
    sent(&mut pair);
    unreachable(&mut pair);
    pair.run_to(50);
    let theirs = pair.incoming();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(100);
    pair.a.hang_up(ours, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 200 (1 INVITE)
         60 A> ACK 1
         60 A Answered 200
         70 B Confirmed
         100 A> BYE 2
         100 A Ended Us Bye
         110 B> 200 (2 BYE)
         110 B Ended Peer Bye",
    );
    pair.check_forgotten();
    assert!(pair.a.by_stream.is_empty());
}

#[test]
fn a_large_request_inside_a_call_falls_back_with_its_number() {
    let mut pair = pair();
    let (ours, _) = pair.call();
    pair.a
        .request_in_call(ours, Method::Info, Vec::new(), Some(large()), pair.now());
    let first = sent(&mut pair);
    assert_eq!(first[0].0.flow, FlowId::ANY);
    unreachable(&mut pair);
    pair.run_to(150);
    pair.check(
        "100 A> INFO 2
         110 B CallRequest INFO",
    );
}

#[test]
fn a_large_answer_in_an_ack_falls_back_too() {
    let mut pair = pair();
    let invite = Invite {
        body: None,
        ..invite(pair.hop(Side::A), MINUTE)
    };
    let ours = pair.a.invite(invite, pair.now());
    pair.run_to(50);
    let theirs = pair.incoming();
    let offer = ok("bob").with_body(Body::sdp("v=0\r\n"));
    pair.b.accept(theirs, offer, pair.now()).unwrap();
    pair.run_to(100);
    pair.a.acknowledge(ours, Some(large()), pair.now()).unwrap();
    let first = sent(&mut pair);
    assert_eq!((first.len(), first[0].0.flow), (1, FlowId::ANY));
    pair.ladder.clear();
    unreachable(&mut pair);
    pair.run_to(150);
    pair.check(
        "100 A> ACK 1
         110 B Confirmed",
    );
}

#[test]
fn where_no_connection_may_be_made_a_large_request_is_a_datagram() {
    let mut pair = Pair::by(Udp);
    large_invite(&mut pair);
    assert_eq!(sent(&mut pair)[0].0, pair.hop(Side::A));
}
