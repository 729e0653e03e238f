//! The same crate in the browser's machine: what is written, read and proved there.
#![cfg(target_arch = "wasm32")]

use sip::digest::{Authorization, Challenger, Credentials, DigestClient, DigestServer, Ha1};
use sip::id::IdSource;
use sip::limits::Limits;
use sip::message::{HostPort, Message, Method, NameAddr, Request, Response, Status, Via};
use sip::parse::parse;
use sip::time::{Duration, Instant};
use sip::transport::Transport;
use wasm_bindgen_test::wasm_bindgen_test;

fn register(ids: &mut IdSource) -> Request {
    let alice = || -> NameAddr { "<sip:alice@example.com>".parse().expect("an address") };
    let mut request = Request::new(
        Method::Register,
        "sip:example.com".parse().expect("a URI"),
        alice().with_tag(ids.tag()),
        alice(),
        ids.call_id(),
        1,
    );
    let host = ids.invalid_host().parse().expect("a host");
    request.headers.via = vec![Via::new(
        Transport::Wss,
        HostPort::new(host, None),
        ids.branch(),
    )];
    request
}

#[wasm_bindgen_test]
fn a_message_reads_back() {
    let request = register(&mut IdSource::new([1; 32]));
    let read = parse(&request.to_bytes(), &Limits::default());
    assert_eq!(read, Ok(Message::Request(request)));
}

#[wasm_bindgen_test]
fn a_broken_message_is_answered() {
    let mut ids = IdSource::new([1; 32]);
    let mut bytes = register(&mut ids).to_bytes();
    let end = bytes.len() - 4;
    bytes.splice(end..end, *b"\r\nMax-Forwards: 1000");
    let error = parse(&bytes, &Limits::default()).expect_err("two Max-Forwards");
    let reply = error.reply(&bytes).expect("enough was readable");
    assert_eq!(reply.status, Status::BAD_REQUEST);
}

#[wasm_bindgen_test]
fn a_page_proves_its_password_to_a_server_of_the_same_clock() {
    let now = Instant::now();
    let mut ids = IdSource::new([1; 32]);
    let mut server = DigestServer::new("example.com", ids.seed(), now);
    let mut request = register(&mut ids);
    let mut refusal = Response::to(&request, Status::UNAUTHORIZED);
    for challenge in server.challenge(now) {
        refusal
            .headers
            .other
            .push(challenge.header(Challenger::User));
    }
    let mut client = DigestClient::new();
    client
        .challenged(&request, &refusal, &mut ids)
        .expect("a challenge we know");
    client.authorize(&mut request, &Credentials::new("alice", "right"));
    let proof = Authorization::all(&request.headers, Challenger::User)
        .pop()
        .expect("a proof");
    let ha1 = Ha1::of("alice", "example.com", "right");
    let later = now + Duration::from_secs(1);
    let verified = server.verify(&proof, &Method::Register, &ha1, later);
    assert_eq!(verified.expect("right").username, "alice");
}
