//! RFC 3261 §22.3: the core asks its users for proofs, which pass through the gateway to it. The
//! gateway's own question stands beside it.

use std::time::Duration;

use sip::digest::{Authorization, Challenger, Credentials, DigestClient};
use sip::id::IdSource;
use sip::message::{Body, Contact, Headers, Message, Method, Request, Response, Status};
use sip::transport::FlowId;

use super::core::{OFFER, invite};
use super::scene::{self, Scene};
use crate::bridge::{BridgeEvent, BridgeId, BridgeReply, Side};
use crate::switch::Input;

const ASKS: (&str, &str) = (
    "Proxy-Authenticate",
    "Digest realm=\"ims.test\", nonce=\"n1\"",
);

fn realms(headers: &Headers) -> Vec<String> {
    [Challenger::User, Challenger::Proxy]
        .into_iter()
        .flat_map(|by| Authorization::all(headers, by))
        .map(|proof| proof.realm.to_string())
        .collect()
}

#[test]
fn the_cores_question_to_a_caller_is_passed_and_so_is_the_answer() {
    let questions: [(u16, &str, &str); 2] = [
        (407, "Proxy-Authenticate", "Proxy-Authorization"),
        (401, "WWW-Authenticate", "Authorization"),
    ];
    for (status, question, answer) in questions {
        let mut scene = Scene::new();
        scene.register_at_core();
        scene.ladder.clear();
        invite(&mut scene, "trunk", "sip:friend@ims.test", "");
        let asks = "Digest realm=\"ims.test\", nonce=\"n1\"";
        scene.answer("core", status, &[(question, asks)]);
        let heard = scene.last_response("trunk");
        assert_eq!(heard.status.code(), status);
        assert_eq!(heard.headers.get(question), Some(asks));

        let proof = "Digest username=\"tim\", realm=\"ims.test\", nonce=\"n1\", uri=\"sip:friend@ims.test\", response=\"00000000000000000000000000000000\"";
        let more = format!("{answer}: {proof}\r\n");
        again(&mut scene, "trunk", &more);
        let out = scene.last_request("core");
        assert_eq!(out.method, Method::Invite);
        assert_eq!(out.headers.get(answer), Some(proof), "as it was");
        scene.check(&format!(
            "trunk -> INVITE sip:friend@ims.test
             -> trunk 100 INVITE
             -> core INVITE sip:friend@ims.test
             core -> {status} INVITE
             -> core ACK sip:friend@ims.test
             -> trunk {status} INVITE
             trunk -> INVITE sip:friend@ims.test
             -> trunk 100 INVITE
             -> core INVITE sip:friend@ims.test"
        ));
    }
}

/// The caller's INVITE once more, as its agent sends it: the same Call-ID, the next CSeq.
fn again(scene: &mut Scene, from: &str, more: &str) {
    let at = scene::hop(from);
    let text = format!(
        "INVITE sip:friend@ims.test SIP/2.0\r\nVia: SIP/2.0/{} {};branch=z9hG4bKagain\r\n\
         From: <sip:{from}@ims.test>;tag=i\r\nTo: <sip:friend@ims.test>\r\nCall-ID: i-{from}\r\n\
         CSeq: 2 INVITE\r\nContact: <sip:{from}@{}>\r\n{more}Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{OFFER}",
        at.transport,
        at.remote,
        at.remote,
        OFFER.len()
    );
    scene.receive(from, text.into_bytes());
}

/// Sends a caller's INVITE until nobody asks any more; what the core answers is the script's.
struct Caller {
    digest: DigestClient,
    credentials: Credentials,
    ids: IdSource,
    request: Request,
}

impl Caller {
    fn send(&mut self, scene: &mut Scene) -> Response {
        self.digest.authorize(&mut self.request, &self.credentials);
        scene.receive("phone", self.request.to_bytes());
        scene.last_response("phone")
    }

    fn take(&mut self, response: &Response) {
        self.digest
            .challenged(&self.request, response, &mut self.ids)
            .unwrap();
        self.request.headers.cseq.number += 1;
        let number = self.request.headers.cseq.number;
        let branch = format!("z9hG4bKp{number}");
        self.request.headers.via[0].params.set("branch", branch);
    }
}

#[test]
fn who_must_prove_it_to_us_and_to_the_core_does_both_in_one_request() {
    let mut scene = Scene::new();
    invite(&mut scene, "phone", "sip:friend@ims.test", "");
    let ours = scene.last_response("phone");
    let Message::Request(request) = invitation() else {
        panic!("a request");
    };
    let mut caller = Caller {
        digest: DigestClient::new(),
        credentials: Credentials::new("otto", "secret"),
        ids: IdSource::new([9; 32]),
        request,
    };
    assert_eq!(ours.status, Status::PROXY_AUTHENTICATION_REQUIRED);
    caller.take(&ours);
    scene.sent.clear();
    caller.send(&mut scene);
    let out = scene.last_request("core");
    assert!(realms(&out.headers).is_empty(), "ours stays here");
    scene.answer("core", 407, &[ASKS]);
    let theirs = scene.last_response("phone");
    assert_eq!(theirs.status, Status::PROXY_AUTHENTICATION_REQUIRED);
    caller.take(&theirs);
    caller.send(&mut scene);
    assert_eq!(realms(&caller.request.headers), ["example.org", "ims.test"]);
    let out = scene.last_request("core");
    assert_eq!(out.method, Method::Invite);
    assert_eq!(realms(&out.headers), ["ims.test"]);
}

fn invitation() -> Message {
    let text = format!(
        "INVITE sip:friend@ims.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKp1\r\n\
         From: <sip:otto@example.org>;tag=i\r\nTo: <sip:friend@ims.test>\r\nCall-ID: both\r\n\
         CSeq: 1 INVITE\r\nContact: <sip:otto@192.0.2.20>\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{OFFER}",
        OFFER.len()
    );
    sip::parse::parse(text.as_bytes(), &sip::limits::Limits::default()).unwrap()
}

#[test]
fn a_devices_question_is_not_the_callers_to_answer() {
    let mut scene = Scene::new();
    scene.register_at_core();
    scene.switch.handle(Input::FlowClosed(FlowId(8)), scene.now);
    invite(&mut scene, "trunk", "sip:otto@example.org", "");
    scene.answer("phone", 407, &[ASKS]);
    let heard = scene.last_response("trunk");
    assert_eq!(heard.status, Status::FORBIDDEN);
    assert!(!heard.headers.has("Proxy-Authenticate"));
}

#[test]
fn inside_a_call_the_core_may_ask_too() {
    let mut scene = Scene::new();
    scene.register_at_core();
    invite(&mut scene, "trunk", "sip:friend@ims.test", "");
    scene.answer("core", 200, &[("Contact", "<sip:friend@192.0.2.50>")]);
    let ok = scene.last_response("trunk");
    let asks = |serial: u32, more: &str| {
        format!(
            "INFO {} SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.40:5060;branch=z9hG4bKi{serial}\r\n\
             From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {serial} INFO\r\n{more}Content-Length: 0\r\n\r\n",
            ok.headers.contact.list()[0].uri, ok.headers.from, ok.headers.to, ok.headers.call_id
        )
        .into_bytes()
    };
    scene.ladder.clear();
    scene.receive("trunk", asks(3, ""));
    scene.answer("core", 407, &[ASKS]);
    let heard = scene.last_response("trunk");
    assert_eq!(heard.status, Status::PROXY_AUTHENTICATION_REQUIRED);
    assert_eq!(heard.headers.get(ASKS.0), Some(ASKS.1));
    let proof = "Digest username=\"tim\", realm=\"ims.test\", nonce=\"n1\"";
    scene.receive(
        "trunk",
        asks(4, &format!("Proxy-Authorization: {proof}\r\n")),
    );
    let out = scene.last_request("core");
    assert_eq!(out.headers.get("Proxy-Authorization"), Some(proof));
    scene.check(
        "trunk -> INFO sip:sidecam@192.0.2.1:5060;transport=tcp
         -> core INFO sip:friend@192.0.2.50
         core -> 407 INFO
         -> trunk 407 INFO
         trunk -> INFO sip:sidecam@192.0.2.1:5060;transport=tcp
         -> core INFO sip:friend@192.0.2.50",
    );
}

const PAGE_OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96 104\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\n\
    a=rtpmap:104 H264/90000\r\na=fmtp:104 packetization-mode=1;profile-level-id=42e01f\r\n\
    a=sendonly\r\n";

/// Nina's page sends a request of that number in its call.
fn page_sends(scene: &mut Scene, serial: u32, to: &str, more: &str, sdp: &str) {
    let text = format!(
        "INVITE sip:friend@ims.test SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bKn{serial}\r\n\
         From: <sip:nina@example.org>;tag=n\r\nTo: {to}\r\nCall-ID: n\r\nCSeq: {serial} INVITE\r\n\
         Contact: <sip:nina@a.invalid;transport=ws>\r\n{more}Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    scene.receive("page", text.into_bytes());
}

fn page_acknowledges(scene: &mut Scene, serial: u32, to: &str) {
    let text = format!(
        "ACK sip:sidecam@192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bKa{serial}\r\n\
         From: <sip:nina@example.org>;tag=n\r\nTo: {to}\r\nCall-ID: n\r\nCSeq: {serial} ACK\r\n\
         Content-Length: 0\r\n\r\n"
    );
    scene.receive("page", text.into_bytes());
}

fn media(scene: &mut Scene, reply: BridgeReply) {
    let (bridge, event) = (BridgeId(1), BridgeEvent::Reply(reply));
    scene
        .switch
        .handle(Input::Bridge { bridge, event }, scene.now);
    scene.drain();
}

/// Nina's page shows its camera to somebody behind the core; gives the To of that call.
fn page_in_a_call(scene: &mut Scene) -> String {
    page_sends(scene, 1, "<sip:friend@ims.test>", "", PAGE_OFFER);
    let (side, port) = (Side::Callee, 30_000);
    media(
        scene,
        BridgeReply::PlainOpened {
            medium: crate::bridge::Medium::Video,
            side,
            port,
        },
    );
    let mut ok = Response::to(&scene.last_request("core"), Status::OK).with_to_tag("there");
    ok.headers.contact = Contact::one("<sip:friend@192.0.2.50>".parse().unwrap());
    ok.set_body(Body::sdp(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.50\r\ns=-\r\nc=IN IP4 192.0.2.50\r\nt=0 0\r\n\
         m=video 49152 RTP/AVP 96\r\na=rtpmap:96 H263-2000/90000\r\na=recvonly\r\n",
    ));
    scene.receive("core", ok.to_bytes());
    let answer = PAGE_OFFER.replace("sendonly", "recvonly");
    let side = Side::Caller;
    media(scene, BridgeReply::Description { side, sdp: answer });
    let to = scene.last_response("page").headers.to.to_string();
    page_acknowledges(scene, 1, &to);
    scene.ladder.clear();
    to
}

#[test]
fn a_page_is_asked_too_when_the_core_wants_a_proof_for_what_it_changes() {
    let mut scene = Scene::new();
    let to = page_in_a_call(&mut scene);

    let held = PAGE_OFFER.replace("sendonly", "inactive");
    page_sends(&mut scene, 2, &to, "", &held);
    scene.answer("core", 407, &[ASKS]);
    let heard = scene.last_response("page");
    assert_eq!(heard.status, Status::PROXY_AUTHENTICATION_REQUIRED);
    assert_eq!(heard.headers.get(ASKS.0), Some(ASKS.1));
    page_acknowledges(&mut scene, 2, &to);
    let proof = "Digest username=\"nina\", realm=\"ims.test\", nonce=\"n1\"";
    let more = format!("Proxy-Authorization: {proof}\r\n");
    page_sends(&mut scene, 3, &to, &more, &held);
    let out = scene.last_request("core");
    assert_eq!(out.method, Method::Invite);
    assert_eq!(out.headers.get("Proxy-Authorization"), Some(proof));
    assert_eq!(scene.switch.calls(), 1);
}

fn page_hangs_up(scene: &mut Scene, serial: u32, to: &str, more: &str) {
    let text = format!(
        "BYE sip:sidecam@192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bKb{serial}\r\n\
         From: <sip:nina@example.org>;tag=n\r\nTo: {to}\r\nCall-ID: n\r\nCSeq: {serial} BYE\r\n\
         {more}Content-Length: 0\r\n\r\n"
    );
    scene.receive("page", text.into_bytes());
}

#[test]
fn a_page_that_hangs_up_is_asked_too_when_the_core_wants_a_proof() {
    let mut scene = Scene::new();
    let to = page_in_a_call(&mut scene);
    page_hangs_up(
        &mut scene,
        2,
        &to,
        "Reason: SIP;cause=200;text=\"enough\"\r\n",
    );
    let out = scene.last_request("core");
    assert_eq!(out.method, Method::Bye);
    let reason = out.headers.get("Reason");
    assert_eq!(reason, Some("SIP;cause=200;text=\"enough\""));
    scene.answer("core", 407, &[ASKS]);
    let heard = scene.last_response("page");
    assert_eq!(heard.status, Status::PROXY_AUTHENTICATION_REQUIRED);
    assert_eq!(heard.headers.get(ASKS.0), Some(ASKS.1));
    assert_eq!(scene.switch.calls(), 1);
    let proof = "Digest username=\"nina\", realm=\"ims.test\", nonce=\"n1\"";
    let more = format!("Proxy-Authorization: {proof}\r\n");
    page_hangs_up(&mut scene, 3, &to, &more);
    let out = scene.last_request("core");
    assert_eq!(out.method, Method::Bye);
    assert_eq!(out.headers.get("Proxy-Authorization"), Some(proof));
    scene.answer("core", 200, &[]);
    assert_eq!(scene.last_response("page").status, Status::OK);
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_page_hangs_up_on_a_core_that_says_nothing_or_knows_nothing_of_it() {
    for knows in [false, true] {
        let mut scene = Scene::new();
        let to = page_in_a_call(&mut scene);
        page_hangs_up(&mut scene, 2, &to, "");
        match knows {
            true => scene.answer("core", 481, &[]),
            false => scene.pass(Duration::from_secs(33)),
        }
        assert_eq!(scene.last_response("page").status, Status::OK);
        assert_eq!(scene.switch.calls(), 0);
    }
}

#[test]
fn both_hang_up_at_once() {
    let mut scene = Scene::new();
    let to = page_in_a_call(&mut scene);
    let invite = scene.last_request("core");
    page_hangs_up(&mut scene, 2, &to, "");
    let bye = format!(
        "BYE sip:sidecam@192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.50;branch=z9hG4bKc\r\n\
         From: <sip:friend@ims.test>;tag=there\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: 1 BYE\r\n\
         Content-Length: 0\r\n\r\n",
        invite.headers.from, invite.headers.call_id
    );
    scene.receive("core", bye.into_bytes());
    assert_eq!(scene.last_response("page").status, Status::OK);
    assert_eq!(scene.switch.calls(), 0);
}
