//! The same crate in the browser's machine: what is written, read and proved there.
#![cfg(target_arch = "wasm32")]

use sip::agent::{Agent, AgentConfig, Event, Input, Invite, Output, Oversize, Reply};
use sip::digest::{Authorization, Challenger, Credentials, DigestClient, DigestServer, Ha1};
use sip::id::IdSource;
use sip::limits::Limits;
use sip::message::{Body, HostPort, Message, Method, NameAddr, Request, Response, Status, Via};
use sip::parse::parse;
use sip::time::{Duration, Instant};
use sip::transaction::Timers;
use sip::transport::{FlowId, Hop, Transport};
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
    )]
    .into();
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

/// A page and its peer, each handed what the other sends.
struct Pair {
    agents: [Agent; 2],
    now: Instant,
}

impl Pair {
    /// Passes messages until nobody has more to say; what both were told, in order.
    fn settle(&mut self) -> Vec<(usize, Event)> {
        let mut told = Vec::new();
        loop {
            let before = told.len();
            let mut quiet = true;
            for side in 0..2 {
                while let Some(output) = self.agents[side].poll_output() {
                    quiet = false;
                    match output {
                        Output::Transmit { hop, bytes } => {
                            self.agents[1 - side].handle(Input::Message { hop, bytes }, self.now);
                        }
                        Output::Event(event) => told.push((side, event)),
                    }
                }
            }
            if quiet && told.len() == before {
                return told;
            }
        }
    }
}

fn agent(seed: u8) -> Agent {
    Agent::new(AgentConfig {
        user_agent: String::from("sidecam"),
        seed: [seed; 32],
        limits: Limits::default(),
        timers: Timers::default(),
        session: None,
        oversize: Oversize::Datagram,
    })
}

#[wasm_bindgen_test]
fn a_call_is_made_answered_and_ended() {
    let now = Instant::now();
    let mut pair = Pair {
        agents: [agent(1), agent(2)],
        now,
    };
    let address = |text: &str| -> NameAddr { text.parse().expect("an address") };
    let contact = || address("<sip:page@abc.invalid;transport=ws>");
    let call = pair.agents[0].invite(
        Invite {
            hop: Hop::secure_browser(FlowId(1)),
            uri: "tel:+358401234567".parse().expect("a URI"),
            from: address("<sip:alice@example.com>"),
            to: address("<tel:+358401234567>"),
            contact: contact(),
            route: Vec::new(),
            max_forwards: None,
            headers: Vec::new(),
            body: Some(Body::sdp(*b"offer")),
            credentials: None,
            answer_within: Duration::from_secs(60),
        },
        now,
    );
    let told = pair.settle();
    let Some((
        1,
        Event::Incoming {
            call: theirs,
            request,
            ..
        },
    )) = told.first()
    else {
        panic!("{told:?}");
    };
    assert_eq!(
        request.content("application/sdp"),
        Some(b"offer".as_slice())
    );
    let reply = Reply::new(Status::OK)
        .with_contact(contact())
        .with_body(Body::sdp(*b"answer"));
    pair.agents[1].accept(*theirs, reply, now).expect("a call");
    let told = pair.settle();
    assert!(
        told.iter()
            .any(|(_, event)| matches!(event, Event::Answered { .. }))
    );
    assert!(
        told.iter()
            .any(|(_, event)| matches!(event, Event::Confirmed { .. }))
    );
    pair.agents[0].hang_up(call, None, now);
    let ended = pair
        .settle()
        .into_iter()
        .filter(|(_, event)| matches!(event, Event::Ended { .. }))
        .count();
    assert_eq!(ended, 2);
}
