//! Calls through a whole switch in simulated time: the other ends are user agents of their own,
//! the media is answered by the script, and the expectation is the SIP ladder.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use sip::agent::{Agent, AgentConfig, Event, Invite, Output as AgentOutput};
use sip::digest::DigestServer;
use sip::id::IdSource;
use sip::limits::Limits;
use sip::message::{CallId, Contact, Header, Message, Status};
use sip::transaction::Timers;

use super::*;
use crate::bridge::{BridgeEvent, BridgeReply, Flows, LostCause};
use crate::edge::udp;
use crate::home::registrar::{Policy as RegistrarPolicy, Wish};
use crate::home::{Home, Registrar, Subscribers, Territory};
use crate::store::Subscriber;
use crate::switch::registration::Registration;
use crate::switch::{GuessLimits, Input, Policy, Switch};

const BROWSER_OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 104\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\n\
a=rtpmap:104 H264/90000\r\na=fmtp:104 packetization-mode=1;profile-level-id=42e01f\r\n\
a=sendonly\r\n";
const HANDSET_OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\n\
t=0 0\r\nm=video 49152 RTP/AVP 34\r\na=sendonly\r\n";
const HANDSET_ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\n\
t=0 0\r\nm=video 49152 RTP/AVP 96\r\nb=AS:85\r\na=rtpmap:96 H263-2000/90000\r\na=recvonly\r\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Browser,
    Handset,
}

impl Who {
    fn name(self) -> &'static str {
        match self {
            Who::Browser => "browser",
            Who::Handset => "handset",
        }
    }

    fn number(self) -> &'static str {
        match self {
            Who::Browser => "+447700900001",
            Who::Handset => "+447700900002",
        }
    }

    /// The hop as the gateway sees it.
    fn hop(self) -> Hop {
        match self {
            Who::Browser => Hop {
                transport: Transport::Ws,
                flow: FlowId(7),
                remote: "127.0.0.1:40000".parse().unwrap(),
            },
            Who::Handset => udp::hop("192.0.2.20:5060".parse().unwrap()),
        }
    }

    fn contact(self) -> NameAddr {
        match self {
            Who::Browser => "<sip:browser@a1b2.invalid;transport=ws>".parse().unwrap(),
            Who::Handset => "<sip:handset@192.0.2.20:5060>".parse().unwrap(),
        }
    }
}

/// The switch between two user agents.
struct Scene {
    switch: Switch,
    browser: Agent,
    handset: Agent,
    now: Instant,
    /// What went over the wire, and what the bridge was told.
    ladder: Vec<String>,
    events: Vec<(Who, Event)>,
    commands: VecDeque<(BridgeId, BridgeCommand)>,
}

fn agent(seed: u8) -> Agent {
    Agent::new(AgentConfig {
        user_agent: String::new(),
        seed: [seed; 32],
        limits: Limits::default(),
        timers: Timers::default(),
    })
}

fn home(now: Instant) -> Home {
    let subscriber = |who: Who| Subscriber {
        name: who.name().to_owned(),
        number: who.number().to_owned(),
        display: who.name().to_owned(),
        realm: "example.org".to_owned(),
        ha1: sip::digest::Ha1::of(who.name(), "example.org", "secret"),
    };
    let all = vec![subscriber(Who::Browser), subscriber(Who::Handset)];
    let mut registrar = Registrar::new(RegistrarPolicy {
        min_expires: Duration::from_secs(60),
        max_expires: Duration::from_secs(7200),
        default_expires: Duration::from_secs(3600),
        flow_grace: Duration::from_secs(60),
        bindings_per_user: 5,
    });
    for who in [Who::Browser, Who::Handset] {
        let contact = Contact::one(who.contact());
        let call_id: CallId = "registration".parse().unwrap();
        let wish = Wish {
            hop: who.hop(),
            contact: &contact,
            expires: None,
            call_id: &call_id,
            cseq: 1,
            token: None,
        };
        registrar.register(who.name(), wish, now).unwrap();
    }
    Home {
        territory: Territory::new("example.org".parse().unwrap(), []),
        subscribers: Subscribers::new(all),
        registrar,
    }
}

impl Scene {
    fn new() -> Scene {
        let now = Instant::now();
        let limits = GuessLimits {
            per_name: 3,
            per_address: 30,
            lockout: Duration::from_secs(60),
        };
        let digest = DigestServer::new("example.org", [3; 32], now);
        let registration = Registration::new(digest, IdSource::new([4; 32]), limits);
        let policy = Policy {
            udp_contact: "192.0.2.1:5060".parse().unwrap(),
            tcp_contact: "192.0.2.1:5060".parse().unwrap(),
            media_address: "192.0.2.1".parse().unwrap(),
            answer_within: Duration::from_secs(60),
        };
        let mut own = agent(1);
        own.set_sent_by(Transport::Udp, policy.udp_contact.clone());
        let mut switch = Switch::new(own, home(now), registration, policy, Arc::default());
        switch.handle(Input::FlowOpened(Who::Browser.hop()), now);
        Scene {
            switch,
            browser: agent(8),
            handset: agent(9),
            now,
            ladder: Vec::new(),
            events: Vec::new(),
            commands: VecDeque::new(),
        }
    }

    fn agent(&mut self, who: Who) -> &mut Agent {
        match who {
            Who::Browser => &mut self.browser,
            Who::Handset => &mut self.handset,
        }
    }

    /// Calls the other one; gives the caller's handle.
    fn call(&mut self, from: Who, uri: &str, offer: &str) -> CallHandle {
        let transport = from.hop().transport;
        let invite = Invite {
            hop: Hop {
                transport,
                ..Hop::browser(FlowId(1))
            },
            uri: uri.parse().unwrap(),
            from: format!("<sip:{}@example.org>", from.name())
                .parse()
                .unwrap(),
            to: format!("<{uri}>").parse().unwrap(),
            max_forwards: None,
            contact: from.contact(),
            route: Vec::new(),
            headers: Vec::new(),
            body: sdp_body(offer.into()),
            credentials: None,
            answer_within: Duration::from_secs(90),
        };
        let now = self.now;
        let call = self.agent(from).invite(invite, now);
        self.settle();
        call
    }

    /// Exchanges messages until all is quiet.
    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for who in [Who::Browser, Who::Handset] {
                while let Some(output) = self.agent(who).poll_output() {
                    moved = true;
                    match output {
                        AgentOutput::Transmit { bytes, .. } => {
                            self.note(&format!("{:?} ->", who), &bytes);
                            let hop = who.hop();
                            self.switch.handle(Input::Message { hop, bytes }, self.now);
                        }
                        AgentOutput::Event(event) => self.events.push((who, event)),
                    }
                }
            }
            while let Some(output) = self.switch.poll_output() {
                moved = true;
                self.perform(output);
            }
            if !moved {
                return;
            }
        }
    }

    fn perform(&mut self, output: Output) {
        let now = self.now;
        match output {
            Output::Transmit { hop, bytes } => {
                let who = match hop.transport {
                    Transport::Ws => Who::Browser,
                    _ => Who::Handset,
                };
                self.note(&format!("-> {who:?}"), &bytes);
                let hop = Hop {
                    transport: who.hop().transport,
                    ..Hop::browser(FlowId(1))
                };
                self.agent(who)
                    .handle(sip::agent::Input::Message { hop, bytes }, now);
            }
            Output::Bridge { bridge, command } => {
                let text = format!("{command:?}");
                let name: String = text
                    .chars()
                    .take_while(|c| *c != '{')
                    .filter(|c| *c != ' ')
                    .collect();
                self.ladder.push(format!("media {name}"));
                self.commands.push_back((bridge, command));
            }
            Output::Store(_) => {}
        }
    }

    fn note(&mut self, arrow: &str, bytes: &[u8]) {
        let line = match sip::parse::parse(bytes, &Limits::default()).unwrap() {
            Message::Request(request) => request.method.to_string(),
            Message::Response(response) if response.status == Status::TRYING => return,
            Message::Response(response) => {
                format!(
                    "{} {}",
                    response.status.code(),
                    response.headers.cseq.method
                )
            }
        };
        self.ladder.push(format!("{arrow} {line}"));
    }

    /// The media answers the last command.
    fn media(&mut self, reply: BridgeReply) {
        self.bridge_says(BridgeEvent::Reply(reply));
    }

    fn bridge_says(&mut self, event: BridgeEvent) {
        let bridge = self.commands.front().unwrap().0;
        self.switch
            .handle(Input::Bridge { bridge, event }, self.now);
        self.settle();
    }

    fn incoming(&self, who: Who) -> CallHandle {
        let found = self
            .events
            .iter()
            .rev()
            .find_map(|(of, event)| match event {
                Event::Incoming { call, .. } if *of == who => Some(*call),
                _ => None,
            });
        found.expect("an INVITE came")
    }

    fn answer(&mut self, who: Who, answer: Reply) {
        let call = self.incoming(who);
        let answer = answer.with_contact(who.contact());
        let now = self.now;
        let agent = self.agent(who);
        match answer.status {
            Status::OK => agent.accept(call, answer, now).unwrap(),
            status if status.is_provisional() => agent.progress(call, answer, now).unwrap(),
            _ => agent.reject(call, answer, now).unwrap(),
        }
        self.settle();
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while !self.switch.is_drained(self.now) {
            let next = [
                self.switch.poll_timeout(),
                self.browser.poll_timeout(),
                self.handset.poll_timeout(),
            ];
            let Some(at) = next.into_iter().flatten().min().filter(|at| *at <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(at);
            let now = self.now;
            self.switch.handle_timeout(now);
            self.browser.handle_timeout(now);
            self.handset.handle_timeout(now);
            self.settle();
        }
    }

    fn check(&mut self, expected: &[&str]) {
        let found = std::mem::take(&mut self.ladder);
        assert_eq!(found, expected);
    }

    fn ends(&self) -> Vec<(Who, Option<u16>)> {
        let ended = |(who, event): &(Who, Event)| match event {
            Event::Ended { end, .. } => Some((*who, end.status.map(Status::code))),
            _ => None,
        };
        self.events.iter().filter_map(ended).collect()
    }

    /// A browser's share that the handset watches.
    fn established() -> (Scene, CallHandle) {
        let mut scene = Scene::new();
        let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
        scene.media(BridgeReply::PlainOpened {
            side: Side::Callee,
            port: 30000,
        });
        let body = sdp_body(HANDSET_ANSWER.into());
        scene.answer(
            Who::Handset,
            Reply {
                body,
                ..Reply::new(Status::OK)
            },
        );
        scene.media(BridgeReply::Description {
            side: Side::Caller,
            sdp: "v=0\r\n".to_owned(),
        });
        (scene, call)
    }
}

#[test]
fn a_browsers_share_reaches_a_handset_by_number() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.check(&["Browser -> INVITE", "media OpenPlain"]);
    scene.media(BridgeReply::PlainOpened {
        side: Side::Callee,
        port: 30000,
    });
    scene.check(&["-> Handset INVITE"]);
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    scene.check(&["Handset -> 180 INVITE", "-> Browser 180 INVITE"]);
    let body = sdp_body(HANDSET_ANSWER.into());
    scene.answer(
        Who::Handset,
        Reply {
            body,
            ..Reply::new(Status::OK)
        },
    );
    scene.check(&[
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "media Apply(PlainConnect",
        "media Apply(WebAnswer",
    ]);
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: "v=0\r\n".to_owned(),
    });
    scene.check(&[
        "media Apply(Start",
        "-> Browser 200 INVITE",
        "Browser -> ACK",
    ]);
    let starts = scene.commands.iter().any(|(_, command)| {
        matches!(command, BridgeCommand::Apply(Step::Start { flows }) if *flows == Flows::From(Side::Caller))
    });
    assert!(starts, "video flows from the caller only");
}

#[test]
fn the_handset_is_told_who_calls_and_nothing_of_the_browser() {
    let (scene, _) = Scene::established();
    let request = scene.events.iter().find_map(|(who, event)| match event {
        Event::Incoming { request, .. } if *who == Who::Handset => Some(request),
        _ => None,
    });
    let request = request.unwrap();
    let text = String::from_utf8(Message::Request(request.clone()).to_bytes()).unwrap();
    assert!(
        text.contains(
            "P-Asserted-Identity: \"browser\" <sip:+447700900001@example.org;user=phone>"
        ),
        "{text}"
    );
    assert!(
        !text.contains(".invalid") && !text.contains("SAVPF"),
        "{text}"
    );
    assert!(text.len() < 1200, "{} bytes", text.len());
    assert_eq!(request.headers.max_forwards, Some(69));
}

#[test]
fn either_side_hangs_up_both_and_the_media() {
    for who in [Who::Browser, Who::Handset] {
        let (mut scene, caller) = Scene::established();
        scene.ladder.clear();
        let call = match who {
            Who::Browser => caller,
            Who::Handset => scene.incoming(Who::Handset),
        };
        let now = scene.now;
        scene.agent(who).hang_up(call, None, now);
        scene.settle();
        let mut seen = scene.ladder.clone();
        seen.sort();
        let byes = seen.iter().filter(|line| line.ends_with(" BYE")).count();
        assert_eq!(byes, 4, "two BYEs and their answers: {seen:?}");
        assert!(seen.contains(&"media Close".to_owned()), "{seen:?}");
        assert_eq!(scene.switch.calls(), 0);
        assert_eq!(scene.ends().len(), 2);
    }
}

#[test]
fn a_refusal_reaches_the_caller_as_it_was_said() {
    for (said, heard) in [
        (603, 603),
        (486, 486),
        (480, 480),
        (415, 415),
        (302, 480),
        (407, 403),
    ] {
        let mut scene = Scene::new();
        scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
        scene.media(BridgeReply::PlainOpened {
            side: Side::Callee,
            port: 30000,
        });
        scene.answer(Who::Handset, Reply::new(Status::new(said).unwrap()));
        let ends = scene.ends();
        assert!(
            ends.contains(&(Who::Browser, Some(heard))),
            "{said}: {ends:?}"
        );
        assert_eq!(scene.switch.calls(), 0);
        assert!(scene.ladder.contains(&"media Close".to_owned()));
    }
}

#[test]
fn a_callee_that_refuses_video_alone_is_asked_once_more_with_an_audio_line() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        side: Side::Callee,
        port: 30000,
    });
    scene.ladder.clear();
    scene.answer(Who::Handset, Reply::new(Status::NOT_ACCEPTABLE_HERE));
    scene.check(&[
        "Handset -> 488 INVITE",
        "-> Handset ACK",
        "-> Handset INVITE",
    ]);
    scene.answer(Who::Handset, Reply::new(Status::NOT_ACCEPTABLE_HERE));
    assert!(
        scene.ends().contains(&(Who::Browser, Some(488))),
        "{:?}",
        scene.ends()
    );
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_caller_that_gives_up_cancels_the_other_side() {
    let mut scene = Scene::new();
    let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        side: Side::Callee,
        port: 30000,
    });
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    scene.ladder.clear();
    let now = scene.now;
    scene.browser.hang_up(call, None, now);
    scene.settle();
    assert!(
        scene.ladder.contains(&"-> Handset CANCEL".to_owned()),
        "{:?}",
        scene.ladder
    );
    assert_eq!(scene.switch.calls(), 0);
    assert_eq!(scene.ends().len(), 2);
}

#[test]
fn nobody_answers_for_a_minute_and_both_sides_are_told() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        side: Side::Callee,
        port: 30000,
    });
    scene.answer(Who::Handset, Reply::new(Status::RINGING));
    scene.pass(Duration::from_secs(61));
    assert!(
        scene.ends().contains(&(Who::Browser, Some(408))),
        "{:?}",
        scene.ends()
    );
    assert!(scene.ladder.contains(&"-> Handset CANCEL".to_owned()));
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn calls_that_lead_nowhere_are_refused_with_their_reason() {
    for (uri, offer, expected) in [
        ("tel:+447700900099", BROWSER_OFFER, 404),
        ("sip:nobody@example.org", BROWSER_OFFER, 404),
        ("sip:handset@elsewhere.example", BROWSER_OFFER, 404),
        ("sip:browser@example.org", BROWSER_OFFER, 486),
        (
            "tel:+447700900002",
            "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
            488,
        ),
        ("tel:+447700900002", "not a description", 400),
    ] {
        let mut scene = Scene::new();
        scene.call(Who::Browser, uri, offer);
        assert_eq!(scene.ends(), [(Who::Browser, Some(expected))], "{uri}");
        assert_eq!(scene.switch.calls(), 0);
    }
}

#[test]
fn who_has_not_registered_cannot_call() {
    let mut scene = Scene::new();
    scene.switch.home.registrar.forget("browser");
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    assert_eq!(scene.ends(), [(Who::Browser, Some(403))]);
}

#[test]
fn a_handset_calls_a_browser_which_gets_an_offer_of_its_own() {
    let mut scene = Scene::new();
    scene.call(
        Who::Handset,
        "sip:+447700900001@example.org;user=phone",
        HANDSET_OFFER,
    );
    scene.check(&["Handset -> INVITE", "media Apply(WebOffer"]);
    scene.media(BridgeReply::Description {
        side: Side::Callee,
        sdp: BROWSER_OFFER.to_owned(),
    });
    scene.check(&["-> Browser INVITE"]);
    let answer = BROWSER_OFFER.replace("a=sendonly", "a=recvonly");
    let body = sdp_body(answer.into());
    scene.answer(
        Who::Browser,
        Reply {
            body,
            ..Reply::new(Status::OK)
        },
    );
    scene.check(&[
        "Browser -> 200 INVITE",
        "-> Browser ACK",
        "media Apply(WebAccept",
    ]);
    scene.media(BridgeReply::WebAccepted {
        side: Side::Callee,
        codec: WebCodec::Vp8,
    });
    scene.check(&["media OpenPlain"]);
    scene.media(BridgeReply::PlainOpened {
        side: Side::Caller,
        port: 30002,
    });
    scene.check(&[
        "media Apply(PlainConnect",
        "media Apply(Start",
        "-> Handset 200 INVITE",
        "Handset -> ACK",
    ]);
}

#[test]
fn a_keyframe_is_asked_for_by_info_and_after_a_refusal_no_more() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    scene.bridge_says(BridgeEvent::FastUpdateWanted { side: Side::Callee });
    scene.check(&["-> Handset INFO"]);
    let id = scene.events.iter().find_map(|(_, event)| match event {
        Event::CallRequest { id, .. } => Some(*id),
        _ => None,
    });
    let now = scene.now;
    let refusal = Reply::new(Status::UNSUPPORTED_MEDIA_TYPE);
    scene.handset.respond(id.unwrap(), refusal, now).unwrap();
    scene.settle();
    scene.check(&["Handset -> 415 INFO", "media Apply(FastUpdateRefused"]);
}

#[test]
fn a_peer_that_does_not_say_it_takes_info_gets_none() {
    let mut scene = Scene::new();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        side: Side::Callee,
        port: 30000,
    });
    let body = sdp_body(HANDSET_ANSWER.into());
    let silent = Reply {
        body,
        ..Reply::new(Status::OK)
    };
    scene.answer(
        Who::Handset,
        silent.with_header(Header::fixed("Allow", "INVITE, ACK, BYE")),
    );
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: "v=0\r\n".to_owned(),
    });
    scene.ladder.clear();
    scene.bridge_says(BridgeEvent::FastUpdateWanted { side: Side::Callee });
    scene.check(&["media Apply(FastUpdateRefused"]);
}

#[test]
fn a_handset_asks_for_a_keyframe_by_info() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    let call = scene.incoming(Who::Handset);
    let now = scene.now;
    let body = Body::new(
        "application/media_control+xml".parse().unwrap(),
        "<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>",
    );
    scene.handset.request_in_call(
        call,
        sip::message::Method::Info,
        Vec::new(),
        Some(body),
        now,
    );
    scene.settle();
    scene.check(&[
        "Handset -> INFO",
        "media Apply(FastUpdate",
        "-> Handset 200 INFO",
    ]);
}

#[test]
fn media_that_falls_silent_ends_both_sides_with_the_reason() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    scene.bridge_says(BridgeEvent::Lost {
        side: Side::Callee,
        cause: LostCause::Silent,
    });
    let reasons: Vec<_> = scene
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Ended { end, .. } => end.reason.as_ref()?.text.as_ref().map(Text::to_string),
            _ => None,
        })
        .collect();
    assert_eq!(
        reasons,
        ["No media for 20 seconds", "No media for 20 seconds"]
    );
}

#[test]
fn a_lost_page_ends_its_call() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    scene
        .switch
        .handle(Input::FlowClosed(Who::Browser.hop().flow), scene.now);
    scene.settle();
    assert!(
        scene.ladder.contains(&"-> Handset BYE".to_owned()),
        "{:?}",
        scene.ladder
    );
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn draining_ends_calls_with_bye_and_takes_no_new_ones() {
    let (mut scene, _) = Scene::established();
    scene.ladder.clear();
    scene.switch.handle(Input::Drain, scene.now);
    scene.settle();
    assert!(
        scene.ladder.contains(&"-> Handset BYE".to_owned()),
        "{:?}",
        scene.ladder
    );
    assert!(
        scene.ladder.contains(&"-> Browser BYE".to_owned()),
        "{:?}",
        scene.ladder
    );
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    assert!(
        scene.ends().contains(&(Who::Browser, Some(503))),
        "{:?}",
        scene.ends()
    );
    scene.pass(Duration::from_secs(40));
    assert!(scene.switch.is_drained(scene.now));
}
