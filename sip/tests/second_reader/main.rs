//! What we write is read by others: `rsip` sees in it what we put in. Where it can't read what the
//! documents allow (`tel:` and IPv6 in the first line, extension methods), it isn't asked.

// The second reader is native.
#![cfg(not(target_arch = "wasm32"))]

mod generated;

use rsip::headers::ToTypedHeader;
use rsip::headers::UntypedHeader;
use rsip::prelude::{HasHeaders, HeadersExt};
use sip::digest::{Challenge, Challenger, Credentials, DigestClient, DigestServer};
use sip::id::IdSource;
use sip::message::{Body, Contact, HostPort, Method, NameAddr, Request, Response, Status, Via};
use sip::time::Instant;
use sip::transport::Transport;

fn address(text: &str) -> NameAddr {
    text.parse().expect("an address")
}

fn invite() -> Request {
    let mut ids = IdSource::new([5; 32]);
    let mut invite = Request::new(
        Method::Invite,
        "sip:bob@biloxi.example.com;user=phone"
            .parse()
            .expect("a URI"),
        address("\"Alice \\\"A\\\" Liddell\" <sip:alice@atlanta.example.com>").with_tag(ids.tag()),
        address("sip:bob@biloxi.example.com"),
        ids.call_id(),
        7,
    );
    let sent_by: HostPort = "192.0.2.1:5060".parse().expect("a host");
    let mut via = Via::new(Transport::Udp, sent_by, ids.branch());
    via.ask_rport();
    invite.headers.via = vec![via].into();
    invite.headers.route = vec![address("<sip:proxy.example.com;lr>")].into();
    invite.headers.contact = Contact::one(
        address("<sip:alice@192.0.2.1:5060;transport=udp>").with_flag("+g.3gpp.cs-voice"),
    );
    invite.headers.expires = Some(120);
    invite.headers.push("Supported", "100rel, timer");
    invite.set_body(Body::sdp(*b"v=0\r\n"));
    invite
}

fn read_request(request: &Request) -> rsip::Request {
    rsip::Request::try_from(request.to_bytes()).expect("another reader takes it")
}

#[test]
fn a_request_of_ours_says_to_another_reader_what_we_put_in() {
    let ours = invite();
    let theirs = read_request(&ours);
    assert_eq!(theirs.method, rsip::Method::Invite);
    assert_eq!(theirs.uri.to_string(), ours.uri.to_string());
    let from = theirs.from_header().expect("From").typed().expect("typed");
    assert_eq!(
        from.tag().map(|tag| tag.to_string()).as_deref(),
        ours.headers.from.tag()
    );
    assert_eq!(from.uri.to_string(), "sip:alice@atlanta.example.com");
    let via = theirs.via_header().expect("Via").typed().expect("typed");
    assert_eq!(
        via.branch().map(|branch| branch.to_string()).as_deref(),
        ours.headers.via[0].branch()
    );
    assert_eq!(via.uri.to_string(), "192.0.2.1:5060");
    let cseq = theirs.cseq_header().expect("CSeq").typed().expect("typed");
    assert_eq!((cseq.seq, cseq.method), (7, rsip::Method::Invite));
    assert_eq!(
        theirs.call_id_header().expect("Call-ID").value(),
        ours.headers.call_id.as_str()
    );
    let contact = theirs
        .contact_header()
        .expect("Contact")
        .typed()
        .expect("typed");
    assert_eq!(
        contact.uri.to_string(),
        "sip:alice@192.0.2.1:5060;transport=UDP"
    );
    assert_eq!(
        theirs.max_forwards_header().expect("Max-Forwards").value(),
        "70"
    );
    assert_eq!(theirs.body, b"v=0\r\n");
    assert_eq!(theirs.headers().iter().count(), 12);
}

#[test]
fn a_response_of_ours_says_to_another_reader_what_we_put_in() {
    let ringing = Response::to(&invite(), Status::RINGING).with_to_tag("b1");
    let theirs = rsip::Response::try_from(ringing.to_bytes()).expect("another reader takes it");
    assert_eq!(theirs.status_code, rsip::StatusCode::Ringing);
    let to = theirs.to_header().expect("To").typed().expect("typed");
    assert_eq!(to.tag().map(|tag| tag.to_string()).as_deref(), Some("b1"));
}

/// Whose answer is right is for the other reader's hash to say. It spells SHA-256 otherwise than
/// RFC 8760, so only MD5 is asked.
#[test]
fn a_proof_of_ours_convinces_another_server() {
    let mut server = DigestServer::new("example.com", [1; 32], Instant::now());
    let challenges = server.challenge(Instant::now());
    let md5 = challenges.last().expect("MD5 is the last resort");
    let mut request = invite();
    let proof = prove(&mut request, md5);
    let theirs = read_request(&request);
    let header = theirs
        .authorization_header()
        .expect("Authorization")
        .typed()
        .expect("typed");
    assert_eq!(header.username, "alice");
    let method = rsip::Method::Invite;
    let expected = rsip::services::DigestGenerator::from(&header, "right", &method);
    assert!(expected.verify(&proof.response));
}

fn prove(request: &mut Request, challenge: &Challenge) -> sip::digest::Authorization {
    let mut response = Response::to(request, Status::UNAUTHORIZED);
    response
        .headers
        .other
        .push(challenge.header(Challenger::User));
    let theirs = rsip::Response::try_from(response.to_bytes()).expect("another reader takes it");
    let read = theirs
        .www_authenticate_header()
        .expect("WWW-Authenticate")
        .typed()
        .expect("typed");
    assert_eq!(read.nonce, challenge.nonce.as_str());
    let mut client = DigestClient::new();
    client
        .challenged(request, &response, &mut IdSource::new([2; 32]))
        .expect("a challenge we know");
    client.authorize(request, &Credentials::new("alice", "right"));
    sip::digest::Authorization::all(&request.headers, Challenger::User)
        .pop()
        .expect("a proof")
}
