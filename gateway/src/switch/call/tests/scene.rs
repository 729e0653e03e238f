//! Calls through a whole switch in simulated time: the other ends are user agents of their own,
//! the media is answered by the script, and the expectation is the SIP ladder.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use sip::agent::{
    Agent, AgentConfig, Event, Invite, Output as AgentOutput, Oversize, SessionTimers,
};
use sip::digest::DigestServer;
use sip::id::IdSource;
use sip::limits::Limits;
use sip::message::{CallId, Contact, Message, Status};
use sip::transaction::Timers;
use sip::transport::FlowId;

use super::super::*;
use crate::bridge::{BridgeEvent, BridgeReply};
use crate::edge::udp;
use crate::home::registrar::{Policy as RegistrarPolicy, Wish};
use crate::home::{Home, Registrar, Subscribers, Territory};
use crate::store::{Order, Stored, Subscriber};
use crate::switch::core::Core;
use crate::switch::destinations::{Destinations, Families, Ticket, Ways};
use crate::switch::guard::{Authenticate, Guard};
use crate::switch::{Clock, Entrance, GuessLimits, Input, Policy, ShieldLimits, Switch};

pub(super) const BROWSER_OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 104\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\n\
a=rtpmap:104 H264/90000\r\na=fmtp:104 packetization-mode=1;profile-level-id=42e01f\r\n\
a=sendonly\r\n";
pub(super) const HANDSET_OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\n\
t=0 0\r\nm=video 49152 RTP/AVP 34\r\na=sendonly\r\n";
pub(super) const HANDSET_ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\n\
t=0 0\r\nm=video 49152 RTP/AVP 96\r\nb=AS:85\r\na=rtpmap:96 H263-2000/90000\r\na=recvonly\r\n";

/// What the bridge writes for a browser that shows its camera to the handset.
pub(super) const BROWSER_ANSWER: &str = "v=0\r\no=str0m 5 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\na=recvonly\r\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Browser,
    Handset,
    /// Registered only by [`Scene::register`], for itself or one of the two above: a second handset,
    Tablet,
    /// and a second page.
    Page,
}

const ALL: [Who; 4] = [Who::Browser, Who::Handset, Who::Tablet, Who::Page];

impl Who {
    pub(super) fn name(self) -> &'static str {
        match self {
            Who::Browser => "browser",
            Who::Handset => "handset",
            Who::Tablet => "tablet",
            Who::Page => "page",
        }
    }

    pub(super) fn number(self) -> &'static str {
        match self {
            Who::Browser => "+447700900001",
            Who::Handset => "+447700900002",
            Who::Tablet => "+447700900003",
            Who::Page => "+447700900004",
        }
    }

    /// The hop as the gateway sees it.
    pub(super) fn hop(self) -> Hop {
        match self {
            Who::Browser => Hop {
                transport: Transport::Ws,
                flow: FlowId(7),
                remote: "127.0.0.1:40000".parse().unwrap(),
            },
            Who::Handset => udp::hop("192.0.2.20:5060".parse().unwrap()),
            Who::Tablet => udp::hop("192.0.2.21:5060".parse().unwrap()),
            Who::Page => Hop {
                transport: Transport::Ws,
                flow: FlowId(8),
                remote: "127.0.0.1:40001".parse().unwrap(),
            },
        }
    }

    pub(super) fn contact(self) -> NameAddr {
        match self {
            Who::Browser => "<sip:browser@a1b2.invalid;transport=ws>".parse().unwrap(),
            Who::Handset => "<sip:handset@192.0.2.20:5060>".parse().unwrap(),
            Who::Tablet => "<sip:handset@192.0.2.21:5060>".parse().unwrap(),
            Who::Page => "<sip:page@c3d4.invalid;transport=ws>".parse().unwrap(),
        }
    }
}

/// The switch between two user agents.
pub(super) struct Scene {
    pub(super) switch: Switch,
    pub(super) browser: Agent,
    pub(super) handset: Agent,
    pub(super) tablet: Agent,
    pub(super) page: Agent,
    pub(super) now: Instant,
    /// The browser's connection: as the gateway sees it, and its own name of it.
    pub(super) browser_at: Hop,
    pub(super) browser_flow: FlowId,
    /// What went over the wire, and what the bridge was told.
    pub(super) ladder: Vec<String>,
    /// What the switch sent, word by word.
    pub(super) wire: Vec<(Who, String)>,
    pub(super) events: Vec<(Who, Event)>,
    pub(super) commands: VecDeque<(BridgeId, BridgeCommand)>,
    /// Nothing reaches this one.
    pub(super) deaf: Option<Who>,
    /// Look-ups that were asked for.
    pub(super) tickets: Vec<Ticket>,
}

fn agent(seed: u8) -> Agent {
    Agent::new(config(seed))
}

fn config(seed: u8) -> AgentConfig {
    AgentConfig {
        user_agent: String::new(),
        seed: [seed; 32],
        limits: Limits::default(),
        timers: Timers::default(),
        session: None,
        oversize: Oversize::Datagram,
    }
}

fn home(now: Instant) -> Home {
    let subscriber = |who: Who| Subscriber {
        name: who.name().to_owned(),
        number: who.number().to_owned(),
        display: who.name().to_owned(),
        realm: "example.org".to_owned(),
        ha1: sip::digest::Ha1::of(who.name(), "example.org", "secret"),
    };
    let all = ALL.map(subscriber).to_vec();
    let mut registrar = Registrar::new(
        RegistrarPolicy {
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(7200),
            default_expires: Duration::from_secs(3600),
            flow_grace: Duration::from_secs(60),
            bindings_per_user: 5,
        },
        [6; 32],
    );
    for who in [Who::Browser, Who::Handset] {
        register(&mut registrar, who, who, who.contact(), &[], now);
    }
    Home {
        territory: Territory::new("example.org".parse().unwrap(), []),
        subscribers: Subscribers::new(all),
        registrar,
    }
}

fn register(
    registrar: &mut Registrar,
    device: Who,
    of: Who,
    contact: NameAddr,
    path: &[NameAddr],
    now: Instant,
) {
    let call_id: CallId = "registration".parse().unwrap();
    let wish = Wish {
        hop: device.hop(),
        contact: &Contact::one(contact),
        expires: None,
        call_id: &call_id,
        cseq: 1,
        pass: None,
        token: None,
        path,
        gruu: device.name().as_bytes()[..1].repeat(8).try_into().unwrap(),
    };
    registrar.register(of.name(), wish, now).unwrap();
}

impl Scene {
    pub(super) fn new() -> Scene {
        let now = Instant::now();
        let limits = GuessLimits {
            per_name: 3,
            per_address: 30,
            lockout: Duration::from_secs(60),
        };
        let digest = DigestServer::new("example.org", [3; 32], now);
        // The handset is believed by its address: how it proves itself is tested elsewhere.
        let entrance = Entrance {
            guard: Guard::new(digest, limits, Authenticate::RegisteredAddress),
            core: Core::new(None, [7; 32], Duration::from_secs(60)),
            ids: IdSource::new([4; 32]),
        };
        let policy = Policy {
            udp_contact: "192.0.2.1:5060".parse().unwrap(),
            tcp_contact: "192.0.2.1:5060".parse().unwrap(),
            tls_contact: None,
            media_address: "192.0.2.1".parse().unwrap(),
            max_video_bits_per_second: 768_000,
            answer_within: Duration::from_secs(60),
            longest_call: None,
            clock: Clock {
                at: now,
                unix: Duration::from_secs(1_000_000_000),
            },
            call_grace: Duration::from_secs(60),
            beside: crate::switch::call_context::Rules::default(),
            limits: ShieldLimits::OFF,
            capacity: crate::switch::budget::Capacity::UNMEASURED,
            occupancy: Arc::default(),
            models: Arc::new(handset::Models::built_in().unwrap()),
            numbers: Default::default(),
        };
        let mut own = agent(1);
        own.set_sent_by(Transport::Udp, policy.udp_contact.clone());
        own.set_also_understood(vec![sip::resource_lists::OPTION_TAG.into()]);
        let ways = Ways {
            tls: false,
            families: Families::V4,
        };
        let destinations = Destinations::new(ways, IdSource::new([5; 32]));
        let home = home(now);
        let mut switch = Switch::new(own, home, entrance, destinations, policy, Arc::default());
        switch.handle(Input::FlowOpened(Who::Browser.hop()), now);
        Scene {
            switch,
            browser: agent(8),
            handset: agent(9),
            tablet: agent(10),
            page: agent(11),
            now,
            browser_at: Who::Browser.hop(),
            browser_flow: FlowId(1),
            ladder: Vec::new(),
            wire: Vec::new(),
            events: Vec::new(),
            commands: VecDeque::new(),
            deaf: None,
            tickets: Vec::new(),
        }
    }

    pub(super) fn agent(&mut self, who: Who) -> &mut Agent {
        match who {
            Who::Browser => &mut self.browser,
            Who::Handset => &mut self.handset,
            Who::Tablet => &mut self.tablet,
            Who::Page => &mut self.page,
        }
    }

    /// One more device of the user whose first one that is, with that preference.
    pub(super) fn register(&mut self, device: Who, of: Who, q: &str) {
        let contact: NameAddr = format!("{};q={q}", device.contact()).parse().unwrap();
        let now = self.now;
        let registrar = &mut self.switch.home.registrar;
        register(registrar, device, of, contact, &[], now);
        self.switch.handle(Input::FlowOpened(device.hop()), now);
    }

    /// That device's own flow of an instance of the user's; the last one registered is the latest.
    pub(super) fn register_flow(&mut self, device: Who, of: Who, reg_id: u32) {
        self.now += Duration::from_secs(1);
        let instance = "+sip.instance=\"<urn:uuid:1>\"";
        let contact = format!("{};{instance};reg-id={reg_id}", device.contact());
        let (registrar, now) = (&mut self.switch.home.registrar, self.now);
        register(registrar, device, of, contact.parse().unwrap(), &[], now);
        self.switch.handle(Input::FlowOpened(device.hop()), now);
    }

    /// The handset registers anew, through a proxy of that name.
    pub(super) fn register_behind(&mut self, proxy: &str) {
        let path: NameAddr = format!("<sip:{proxy};lr>").parse().unwrap();
        let (registrar, who) = (&mut self.switch.home.registrar, Who::Handset);
        registrar.forget(who.name());
        register(registrar, who, who, who.contact(), &[path], self.now);
    }

    /// Calls the other one; gives the caller's handle.
    pub(super) fn call(&mut self, from: Who, uri: &str, offer: &str) -> CallHandle {
        self.call_with(from, uri, offer, |_| {})
    }

    /// Calls with an INVITE of one's own.
    pub(super) fn call_with(
        &mut self,
        from: Who,
        uri: &str,
        offer: &str,
        change: impl FnOnce(&mut Invite),
    ) -> CallHandle {
        let transport = from.hop().transport;
        let mut invite = Invite {
            hop: Hop {
                transport,
                ..self.browser_hop()
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
        change(&mut invite);
        let now = self.now;
        let call = self.agent(from).invite(invite, now);
        self.settle();
        call
    }

    /// Exchanges messages until all is quiet.
    pub(super) fn settle(&mut self) {
        loop {
            let mut moved = false;
            for who in ALL {
                while let Some(output) = self.agent(who).poll_output() {
                    moved = true;
                    match output {
                        AgentOutput::Transmit { bytes, .. } => {
                            self.note(&format!("{:?} ->", who), &bytes);
                            let hop = match who {
                                Who::Browser => self.browser_at,
                                Who::Handset | Who::Tablet | Who::Page => who.hop(),
                            };
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

    pub(super) fn perform(&mut self, output: Output) {
        let now = self.now;
        match output {
            Output::Transmit { hop, bytes } => {
                let other = ALL.into_iter().find(|who| who.hop() == hop);
                let who = match hop.transport {
                    Transport::Ws => other.unwrap_or(Who::Browser),
                    _ => other.unwrap_or(Who::Handset),
                };
                if who == Who::Browser && hop.flow != self.browser_at.flow {
                    return; // that connection is gone
                }
                if self.deaf == Some(who) {
                    return;
                }
                self.note(&format!("-> {who:?}"), &bytes);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                self.wire.push((who, text));
                let hop = Hop {
                    transport: who.hop().transport,
                    ..self.browser_hop()
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
            Output::Store(Order::Find { ticket, name }) => {
                let subscriber = self.switch.home.subscribers.by_name(&name).cloned();
                let found = Stored::Found { ticket, subscriber };
                self.switch.handle(Input::Stored(found), now);
            }
            Output::Resolve { ticket, .. } | Output::Enumerate { ticket, .. } => {
                self.tickets.push(ticket)
            }
            Output::Store(_) | Output::Connect(_) => {}
        }
    }

    /// The browser's own view of its connection.
    pub(super) fn browser_hop(&self) -> Hop {
        Hop::browser(self.browser_flow)
    }

    pub(super) fn note(&mut self, arrow: &str, bytes: &[u8]) {
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
    pub(super) fn media(&mut self, reply: BridgeReply) {
        self.bridge_says(BridgeEvent::Reply(reply));
    }

    pub(super) fn bridge_says(&mut self, event: BridgeEvent) {
        let bridge = self.commands.front().unwrap().0;
        self.switch
            .handle(Input::Bridge { bridge, event }, self.now);
        self.settle();
    }

    /// The media of a certain branch answers, the first one being 1.
    pub(super) fn media_of(&mut self, bridge: u64, reply: BridgeReply) {
        let event = BridgeEvent::Reply(reply);
        let bridge = BridgeId(bridge);
        self.switch
            .handle(Input::Bridge { bridge, event }, self.now);
        self.settle();
    }

    /// The plain media of a branch's callee is open.
    pub(super) fn opened(&mut self, bridge: u64) {
        let (side, port) = (Side::Callee, 30_000 + 2 * bridge as u16);
        self.media_of(
            bridge,
            BridgeReply::PlainOpened {
                medium: crate::bridge::Medium::Video,
                side,
                port,
            },
        );
    }

    /// A browser caller's description is written.
    pub(super) fn described(&mut self, bridge: u64) {
        let (side, sdp) = (Side::Caller, "v=0\r\n".to_owned());
        self.media_of(bridge, BridgeReply::Description { side, sdp });
    }

    /// Whether somebody was sent a message that begins and goes on so.
    pub(super) fn heard(&self, who: Who, start: &str, part: &str) -> bool {
        let mut to = self.wire.iter().filter(|(to, _)| *to == who);
        to.any(|(_, text)| text.starts_with(start) && text.contains(part))
    }

    pub(super) fn incoming(&self, who: Who) -> CallHandle {
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

    pub(super) fn answer(&mut self, who: Who, answer: Reply) {
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

    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while !self.switch.is_drained(self.now) {
            let next = [
                self.switch.poll_timeout(),
                self.browser.poll_timeout(),
                self.handset.poll_timeout(),
                self.tablet.poll_timeout(),
                self.page.poll_timeout(),
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
            self.tablet.handle_timeout(now);
            self.page.handle_timeout(now);
            self.settle();
        }
    }

    pub(super) fn check(&mut self, expected: &[&str]) {
        let found = std::mem::take(&mut self.ladder);
        assert_eq!(found, expected);
    }

    pub(super) fn ends(&self) -> Vec<(Who, Option<u16>)> {
        let ended = |(who, event): &(Who, Event)| match event {
            Event::Ended { end, .. } => Some((*who, end.status.map(Status::code))),
            _ => None,
        };
        self.events.iter().filter_map(ended).collect()
    }

    /// A browser's share that the handset watches.
    pub(super) fn established() -> (Scene, CallHandle) {
        Scene::new().establish()
    }

    /// The same, with session timers.
    pub(super) fn established_with_timers() -> (Scene, CallHandle) {
        let mut scene = Scene::new();
        for (seed, agent) in [
            (1, &mut scene.switch.agent),
            (8, &mut scene.browser),
            (9, &mut scene.handset),
        ] {
            *agent = Agent::new(AgentConfig {
                session: Some(SessionTimers::default()),
                ..config(seed)
            });
            agent.set_supported(vec!["timer".into()]);
        }
        let own = "192.0.2.1:5060".parse().unwrap();
        scene.switch.agent.set_sent_by(Transport::Udp, own);
        scene.establish()
    }

    /// That one was switched off and on again.
    pub(super) fn forget_calls(&mut self, who: Who) {
        *self.agent(who) = agent(99);
    }

    pub(super) fn establish(self) -> (Scene, CallHandle) {
        let mut scene = self;
        let call = scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
        scene.media(BridgeReply::PlainOpened {
            medium: crate::bridge::Medium::Video,
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
            sdp: BROWSER_ANSWER.to_owned(),
        });
        (scene, call)
    }
}
