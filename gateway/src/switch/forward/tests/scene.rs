//! A whole switch with peers on every transport: raw SIP in, and what leaves as a ladder.

use std::sync::Arc;
use std::time::Duration;

use sip::agent::{AgentConfig, Oversize};
use sip::digest::{DigestServer, Ha1};
use sip::id::IdSource;
use sip::limits::Limits;
use sip::message::{Contact, Message};
use sip::transaction::Timers;
use sip::transport::{FlowId, Transport};

use super::super::*;
use crate::home::registrar::{Policy as RegistrarPolicy, Wish};
use crate::home::{Home, Registrar, Subscribers, Territory};
use crate::store::Subscriber;
use crate::switch::core::{Core, CoreConfig};
use crate::switch::destinations::{Destinations, Families, Ways};
use crate::switch::guard::{Authenticate, Guard};
use crate::switch::{Clock, Entrance, GuessLimits, Input, Output, Policy, Switch};

/// Who is somewhere: a name in the ladder, and the hop the switch sees.
const PEERS: [(&str, Transport, u64, &str); 6] = [
    ("phone", Transport::Udp, 0, "192.0.2.20:5060"),
    ("page", Transport::Ws, 7, "192.0.2.30:40000"),
    ("tablet", Transport::Ws, 8, "192.0.2.31:40000"),
    ("trunk", Transport::Tcp, 9, "192.0.2.40:5060"),
    ("core", Transport::Udp, 0, "192.0.2.50:5060"),
    ("stranger", Transport::Udp, 0, "192.0.2.66:5060"),
];

pub(super) fn hop(name: &str) -> Hop {
    let (_, transport, flow, remote) = PEERS.into_iter().find(|peer| peer.0 == name).unwrap();
    let remote = remote.parse().unwrap();
    match transport {
        Transport::Udp => crate::edge::udp::hop(remote),
        _ => Hop {
            transport,
            flow: FlowId(flow),
            remote,
        },
    }
}

pub(super) struct Scene {
    pub(super) switch: Switch,
    pub(super) now: Instant,
    pub(super) ladder: Vec<String>,
    /// All that left, by whom it went to.
    pub(super) sent: Vec<(&'static str, Message)>,
    pub(super) serial: u32,
}

fn subscriber(name: &str, number: &str) -> Subscriber {
    Subscriber {
        name: name.to_owned(),
        number: number.to_owned(),
        display: name.to_owned(),
        realm: "example.org".to_owned(),
        ha1: Ha1::of(name, "example.org", "secret"),
    }
}

/// Nina and otto with their devices.
fn home(now: Instant) -> Home {
    let all = vec![
        subscriber("nina", "+15550001"),
        subscriber("otto", "+15550002"),
    ];
    let policy = RegistrarPolicy {
        min_expires: Duration::from_secs(60),
        max_expires: Duration::from_secs(7200),
        default_expires: Duration::from_secs(3600),
        flow_grace: Duration::from_secs(60),
        bindings_per_user: 5,
    };
    let mut registrar = Registrar::new(policy, [6; 32]);
    let devices = [
        (
            "nina",
            "page",
            "<sip:nina@a.invalid;transport=ws>;+sip.instance=\"<urn:uuid:1>\"",
        ),
        ("otto", "phone", "<sip:otto@192.0.2.20>"),
        ("otto", "tablet", "<sip:otto@b.invalid;transport=ws>;q=0.5"),
    ];
    for (serial, (name, device, contact)) in devices.into_iter().enumerate() {
        let wish = Wish {
            hop: hop(device),
            contact: &Contact::one(contact.parse().unwrap()),
            expires: None,
            call_id: &device.parse().unwrap(),
            cseq: 1,
            pass: None,
            token: None,
            path: &[],
            gruu: [u8::try_from(serial).unwrap(); 8],
        };
        registrar.register(name, wish, now).unwrap();
    }
    Home {
        territory: Territory::new(
            "example.org".parse().unwrap(),
            ["192.0.2.1".parse().unwrap()],
        ),
        subscribers: Subscribers::new(all),
        registrar,
    }
}

impl Scene {
    /// Nina has a page, otto a phone, a tablet and a trunk; the core has everybody else.
    pub(super) fn new() -> Scene {
        let now = Instant::now();
        let home = home(now);
        let mut switch = Switch::new(
            agent(),
            home,
            entrance(now),
            Destinations::new(
                Ways {
                    tls: false,
                    families: Families::V4,
                },
                IdSource::new([5; 32]),
            ),
            Policy {
                udp_contact: "192.0.2.1:5060".parse().unwrap(),
                tcp_contact: "192.0.2.1:5060".parse().unwrap(),
                tls_contact: None,
                clock: Clock {
                    at: now,
                    unix: Duration::from_secs(1_000_000_000),
                },
                media_address: "192.0.2.1".parse().unwrap(),
                max_video_bits_per_second: 768_000,
                answer_within: Duration::from_secs(60),
                longest_call: None,
                call_grace: Duration::from_secs(60),
                beside: crate::switch::call_context::Rules::default(),
                limits: crate::switch::ShieldLimits::OFF,
                capacity: crate::switch::budget::Capacity::UNMEASURED,
                occupancy: Arc::default(),
                models: Arc::default(),
                numbers: Default::default(),
            },
            Arc::default(),
        );
        for name in ["page", "tablet", "trunk"] {
            switch.handle(Input::FlowOpened(hop(name)), now);
        }
        Scene {
            switch,
            now,
            ladder: Vec::new(),
            sent: Vec::new(),
            serial: 0,
        }
    }

    /// Nina's page registers by a second connection, later than by its first.
    pub(super) fn second_flow(&mut self, at: &str) {
        self.now += Duration::from_secs(1);
        let contact = "<sip:nina@z.invalid;transport=ws>;+sip.instance=\"<urn:uuid:1>\";reg-id=2";
        let wish = Wish {
            hop: hop(at),
            contact: &Contact::one(contact.parse().unwrap()),
            expires: None,
            call_id: &at.parse().unwrap(),
            cseq: 1,
            pass: None,
            token: None,
            path: &[],
            gruu: [9; 8],
        };
        let registrar = &mut self.switch.home.registrar;
        registrar.register("nina", wish, self.now).unwrap();
    }

    /// A request with what it must have; `more` are header lines.
    pub(super) fn request(&mut self, from: &str, method: &str, uri: &str, more: &str) {
        self.serial += 1;
        let serial = self.serial;
        let hop = hop(from);
        let to = match more.contains("To:") {
            true => String::new(),
            false => format!("To: <{uri}>\r\n"),
        };
        let text = format!(
            "{method} {uri} SIP/2.0\r\n\
             Via: SIP/2.0/{} {};branch=z9hG4bK{serial}\r\n\
             From: <sip:{from}@example.org>;tag={serial}\r\n{to}\
             Call-ID: {serial}\r\nCSeq: 1 {method}\r\n{more}Content-Length: 0\r\n\r\n",
            hop.transport, hop.remote
        );
        self.receive(from, text.into_bytes());
    }

    pub(super) fn receive(&mut self, from: &str, bytes: Vec<u8>) {
        let hop = hop(from);
        self.ladder
            .push(format!("{from} -> {}", shown(&read(&bytes))));
        self.switch.handle(Input::Message { hop, bytes }, self.now);
        self.drain();
    }

    pub(super) fn drain(&mut self) {
        while let Some(output) = self.switch.poll_output() {
            if let Output::Transmit { hop: to, bytes } = output {
                let peer = PEERS.iter().find(|peer| hop(peer.0) == to);
                let name = peer.map_or("nobody", |peer| peer.0);
                let message = read(&bytes);
                self.ladder.push(format!("-> {name} {}", shown(&message)));
                self.sent.push((name, message));
            }
        }
    }

    /// Answers the last request that this one got.
    pub(super) fn answer(&mut self, who: &str, status: u16, more: &[(&'static str, &str)]) {
        let request = self.last_request(who);
        let status = Status::new(status).unwrap();
        let mut response = Response::to(&request, status).with_to_tag("there");
        for (name, value) in more {
            match *name {
                "Contact" => response.headers.contact = Contact::one(value.parse().unwrap()),
                name => response.headers.push(name, *value),
            }
        }
        self.receive(who, response.to_bytes());
    }

    pub(super) fn last_request(&self, who: &str) -> Request {
        let mut sent = self.sent.iter().rev();
        let found = sent.find_map(|(name, message)| match message {
            Message::Request(request) if *name == who => Some(request.clone()),
            Message::Request(_) | Message::Response(_) => None,
        });
        found.expect("a request")
    }

    pub(super) fn last_response(&self, who: &str) -> Response {
        let mut sent = self.sent.iter().rev();
        let found = sent.find_map(|(name, message)| match message {
            Message::Response(response) if *name == who => Some(response.clone()),
            Message::Request(_) | Message::Response(_) => None,
        });
        found.expect("a response")
    }

    pub(super) fn check(&mut self, expected: &str) {
        let expected: Vec<&str> = expected.lines().map(str::trim).collect();
        let seen = std::mem::take(&mut self.ladder);
        assert_eq!(seen, expected, "seen:\n{}", seen.join("\n"));
    }

    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.switch.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.switch.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    /// The Path that the last REGISTER went to the core with.
    pub(super) fn path(&self) -> String {
        let mut sent = self.sent.iter().rev();
        let register = sent.find_map(|(_, message)| match message {
            Message::Request(request) if request.method == Method::Register => Some(request),
            Message::Request(_) | Message::Response(_) => None,
        });
        register.unwrap().headers.get("Path").unwrap().to_owned()
    }

    /// The core takes in tim, whose page is the tablet's WebSocket.
    pub(super) fn register_at_core(&mut self) {
        let contact = "Contact: <sip:tim@c.invalid;transport=ws>;+sip.instance=\"<urn:uuid:9>\";reg-id=1\r\n\
                       To: <sip:tim@ims.test>\r\nSupported: outbound\r\n";
        self.request("trunk", "REGISTER", "sip:ims.test", contact);
        let granted = [
            ("Contact", "<sip:tim@c.invalid;transport=ws>;expires=600"),
            ("Service-Route", "<sip:orig@192.0.2.50;lr>"),
            ("P-Associated-URI", "<sip:tim@ims.test>, <tel:+15557777>"),
        ];
        self.answer("core", 200, &granted);
    }
}

fn agent() -> sip::agent::Agent {
    let mut agent = sip::agent::Agent::new(AgentConfig {
        user_agent: String::new(),
        seed: [1; 32],
        limits: Limits::default(),
        timers: Timers::default(),
        session: None,
        oversize: Oversize::Datagram,
    });
    for transport in [Transport::Udp, Transport::Tcp] {
        agent.set_sent_by(transport, "192.0.2.1:5060".parse().unwrap());
    }
    agent
}

/// A guard that believes who registered over UDP by the address.
pub(super) fn believing(now: Instant) -> Guard {
    guard(now, Authenticate::RegisteredAddress)
}

fn guard(now: Instant, authenticate: Authenticate) -> Guard {
    let limits = GuessLimits {
        per_name: 3,
        per_address: 30,
        lockout: Duration::from_secs(60),
    };
    let digest = DigestServer::new("example.org", [3; 32], now);
    Guard::new(digest, limits, authenticate)
}

fn entrance(now: Instant) -> Entrance {
    let Uri::Sip(next_hop) = "sip:192.0.2.50".parse().unwrap() else {
        panic!("a SIP address");
    };
    let config = CoreConfig {
        next_hop,
        trusted: vec!["192.0.2.50".parse().unwrap()],
        access_network: None,
        visited_network: None,
        watch_registrations: true,
        users: ["nina", "otto"]
            .map(|name| {
                (
                    name.to_owned(),
                    format!("sip:{name}@ims.test").parse().unwrap(),
                )
            })
            .into(),
    };
    Entrance {
        guard: guard(now, Authenticate::EveryRequest),
        core: Core::new(Some(config), [7; 32], Duration::from_secs(60)),
        ids: IdSource::new([4; 32]),
    }
}

fn read(bytes: &[u8]) -> Message {
    sip::parse::parse(bytes, &Limits::default()).unwrap()
}

fn shown(message: &Message) -> String {
    match message {
        Message::Request(request) => format!("{} {}", request.method, request.uri),
        Message::Response(response) => {
            format!(
                "{} {}",
                response.status.code(),
                response.headers.cseq.method
            )
        }
    }
}
