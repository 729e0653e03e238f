//! Matching, the way back, and limits: what the table adds to the machines.

use super::*;
use crate::limits::Limits;
use crate::message::{Message, Response, Status};
use crate::parse::parse;
use crate::time::Instant;
use crate::transport::{FlowId, Hop};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn hop(transport: Transport) -> Hop {
    Hop {
        transport,
        flow: FlowId(1),
        remote: "198.51.100.7:40000".parse().unwrap(),
    }
}

fn request(method: &str, via: &str) -> Message {
    let text = format!(
        "{method} sip:bob@example.com SIP/2.0\r\nVia: {via}\r\n\
         From: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\n\
         Call-ID: c\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
    );
    parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// Lets each request in and shows what comes out, with the Via and address of what is sent.
fn check(limits: &Limits, transport: Transport, requests: &[(&str, &str)], expected: &str) {
    let now = Instant::now();
    let mut transactions = Transactions::new(Timers::default(), limits);
    let mut seen = Vec::new();
    for (method, via) in requests {
        let hop = hop(transport);
        let message = request(method, via);
        transactions.handle(Input::Message { hop, message }, now);
        while let Some(output) = transactions.poll_output() {
            seen.push(shown(output));
        }
    }
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(seen, expected, "seen:\n{}", seen.join("\n"));
}

fn shown(output: Output) -> String {
    match output {
        Output::Transmit { hop, bytes } => {
            let message = parse(&bytes, &Limits::default()).unwrap();
            let Message::Response(response) = message else {
                return "a request".to_owned();
            };
            let via = &response.headers.via[0];
            format!("{} to {} by {via}", response.status, hop.remote)
        }
        Output::Request {
            request,
            merged,
            cancels,
            ..
        } => {
            let merged = if merged { " merged" } else { "" };
            let cancels = if cancels.is_some() { " of one" } else { "" };
            format!("{}{merged}{cancels}", request.method)
        }
        Output::Ack { .. } => "ACK".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_response_goes_to_the_port_the_via_asks_for() {
    let limits = Limits::default();
    check(
        &limits,
        Transport::Udp,
        &[
            ("INVITE", "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;rport"),
            ("INVITE", "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK2"),
            ("INVITE", "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK3"),
        ],
        "100 to 198.51.100.7:40000 by SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;rport=40000;received=198.51.100.7
         INVITE
         100 to 198.51.100.7:5070 by SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK2;received=198.51.100.7
         INVITE merged
         100 to 198.51.100.7:5060 by SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK3
         INVITE merged",
    );
    check(
        &limits,
        Transport::Wss,
        &[("INVITE", "SIP/2.0/WSS abc.invalid;branch=z9hG4bK1")],
        "100 to 198.51.100.7:40000 by SIP/2.0/WSS abc.invalid;branch=z9hG4bK1;received=198.51.100.7
         INVITE",
    );
}

#[test]
fn requests_match_by_branch_host_and_method() {
    let via = "SIP/2.0/UDP a.example.com;branch=z9hG4bK1";
    check(
        &Limits::default(),
        Transport::Tcp,
        &[
            ("OPTIONS", via),
            ("OPTIONS", "SIP/2.0/UDP A.EXAMPLE.COM;branch=z9hG4bK1"),
            ("MESSAGE", via),
            ("CANCEL", via),
            ("OPTIONS", "SIP/2.0/UDP b.example.com;branch=z9hG4bK1"),
        ],
        "OPTIONS\nMESSAGE\nCANCEL\nOPTIONS merged",
    );
}

#[test]
fn a_cancel_finds_its_invite_and_an_ack_without_one_is_the_users() {
    let via = "SIP/2.0/UDP 198.51.100.7:40000;branch=z9hG4bK1";
    check(
        &Limits::default(),
        Transport::Udp,
        &[
            ("INVITE", via),
            ("CANCEL", via),
            ("ACK", "SIP/2.0/UDP 198.51.100.7:40000;branch=z9hG4bK2"),
        ],
        "100 to 198.51.100.7:40000 by SIP/2.0/UDP 198.51.100.7:40000;branch=z9hG4bK1
         INVITE
         CANCEL of one
         ACK",
    );
}

#[test]
fn an_element_of_rfc_2543_is_known_by_the_rest_of_its_request() {
    let via = "SIP/2.0/UDP 198.51.100.7:40000;branch=1";
    check(
        &Limits::default(),
        Transport::Udp,
        &[
            ("OPTIONS", via),
            ("OPTIONS", via),
            ("INVITE", via),
            ("CANCEL", via),
        ],
        "OPTIONS
         100 to 198.51.100.7:40000 by SIP/2.0/UDP 198.51.100.7:40000;branch=1
         INVITE
         CANCEL of one",
    );
}

#[test]
fn beyond_the_limits_requests_are_refused_and_what_ends_calls_is_let_in() {
    let limits = Limits {
        transactions: 8,
        ..Limits::default()
    };
    let vias: Vec<String> = (0..10)
        .map(|number| format!("SIP/2.0/TCP 198.51.100.7:40000;branch=z9hG4bK{number}"))
        .collect();
    let mut requests: Vec<(&str, &str)> = vias[..8]
        .iter()
        .map(|via| ("OPTIONS", via.as_str()))
        .collect();
    requests.push(("BYE", &vias[8]));
    requests.push(("BYE", &vias[9]));
    check(
        &limits,
        Transport::Tcp,
        &requests,
        "OPTIONS
         OPTIONS merged
         OPTIONS merged
         OPTIONS merged
         OPTIONS merged
         OPTIONS merged
         OPTIONS merged
         503 to 198.51.100.7:40000 by SIP/2.0/TCP 198.51.100.7:40000;branch=z9hG4bK7
         BYE
         503 to 198.51.100.7:40000 by SIP/2.0/TCP 198.51.100.7:40000;branch=z9hG4bK9",
    );
    let limits = Limits {
        transactions_per_peer: 1,
        ..Limits::default()
    };
    check(
        &limits,
        Transport::Tcp,
        &requests[..2],
        "OPTIONS\n503 to 198.51.100.7:40000 by SIP/2.0/TCP 198.51.100.7:40000;branch=z9hG4bK1",
    );
}

/// RFC 3261 §18.2.2: by a new connection to the sender's own port.
#[test]
fn a_response_finds_another_way_when_the_connection_of_its_request_is_gone() {
    let now = Instant::now();
    for (transport, expected) in [
        (Transport::Tcp, "200 to 198.51.100.7:5070 on any"),
        (Transport::Tls, "lost"),
        (Transport::Ws, "lost"),
    ] {
        let mut transactions = Transactions::new(Timers::default(), &Limits::default());
        let via = format!("SIP/2.0/{transport} 10.0.0.1:5070;branch=z9hG4bK1");
        let hop = hop(transport);
        let message = request("OPTIONS", &via);
        transactions.handle(Input::Message { hop, message }, now);
        let Some(Output::Request { id, request, .. }) = transactions.poll_output() else {
            panic!("the request comes out");
        };
        transactions.handle(Input::FlowClosed(hop.flow), now);
        let seen = match transactions.poll_output() {
            Some(Output::ServerFlowLost { .. }) => "lost".to_owned(),
            Some(other) => format!("{other:?}"),
            None => {
                let response = Response::to(&request, Status::OK);
                transactions.respond(id, &response, now).unwrap();
                match transactions.poll_output() {
                    Some(Output::Transmit { hop, .. }) if hop.flow == FlowId::ANY => {
                        format!("200 to {} on any", hop.remote)
                    }
                    other => format!("{other:?}"),
                }
            }
        };
        assert_eq!(seen, expected, "{transport}");
    }
}

#[test]
fn a_response_for_which_no_connection_can_be_made_is_given_up() {
    let now = Instant::now();
    let mut transactions = Transactions::new(Timers::default(), &Limits::default());
    let hop = hop(Transport::Tcp);
    let message = request("INVITE", "SIP/2.0/TCP 10.0.0.1:5070;branch=z9hG4bK1");
    transactions.handle(Input::Message { hop, message }, now);
    transactions.handle(Input::FlowClosed(hop.flow), now);
    while transactions.poll_output().is_some() {}
    let elsewhere = Hop {
        flow: FlowId::ANY,
        ..hop
    };
    transactions.handle(Input::Unreachable(elsewhere), now);
    assert!(transactions.poll_output().is_none());
    let back = Hop {
        remote: "198.51.100.7:5070".parse().unwrap(),
        ..elsewhere
    };
    transactions.handle(Input::Unreachable(back), now);
    let seen: Vec<String> = std::iter::from_fn(|| transactions.poll_output())
        .map(shown)
        .collect();
    assert!(seen[0].starts_with("ServerFlowLost"), "{seen:?}");
    assert_eq!(transactions.len(), 0);
}

#[test]
fn requests_that_are_answered_leave_room_for_others_and_the_oldest_are_forgotten() {
    let limits = Limits {
        transactions: 4,
        transactions_per_peer: 2,
        answered_transactions: 3,
        ..Limits::default()
    };
    let mut transactions = Transactions::new(Timers::default(), &limits);
    let now = Instant::now();
    for number in 0..40 {
        let via = format!("SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK{number}");
        let hop = hop(Transport::Udp);
        let message = request("OPTIONS", &via);
        transactions.handle(Input::Message { hop, message }, now);
        let mut asked = None;
        while let Some(output) = transactions.poll_output() {
            if let Output::Request { id, request, .. } = output {
                asked = Some((id, request));
            }
        }
        let (id, request) = asked.expect("not refused");
        let ok = Response::to(&request, Status::OK);
        assert_eq!(transactions.respond(id, &ok, now), Ok(()));
        assert!(transactions.len() <= 8, "{}", transactions.len());
    }
}
