//! A switch with a few registered devices, as a gateway would start it.

use std::sync::Arc;
use std::time::Duration;

use sidecam_gateway::home::registrar::{Policy as RegistrarPolicy, Wish};
use sidecam_gateway::home::{Home, Registrar, Subscribers, Territory};
use sidecam_gateway::store::Subscriber;
use sidecam_gateway::switch::core::{Core, CoreConfig};
use sidecam_gateway::switch::destinations::{Destinations, Families, Ways};
use sidecam_gateway::switch::guard::{Authenticate, Guard};
use sidecam_gateway::switch::{Clock, Entrance, GuessLimits, Input, Policy, ShieldLimits, Switch};
use sip::agent::{Agent, AgentConfig, Oversize, SessionTimers};
use sip::digest::{DigestServer, Ha1};
use sip::id::IdSource;
use sip::limits::Limits;
use sip::message::{Contact, NameAddr, Text, Uri};
use sip::time::Instant;
use sip::transaction::Timers;
use sip::transport::{FlowId, Hop, Transport};

pub const DOMAIN: &str = "example.org";

/// One registered device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    pub user: &'static str,
    pub number: &'static str,
    pub transport: Transport,
    /// Of its connection; 0 is the UDP socket.
    pub flow: u64,
    pub address: &'static str,
}

/// Nina has a page and a phone, otto a page, pia a phone.
pub const DEVICES: [Device; 4] = [
    device(
        "nina",
        "+447700900001",
        Transport::Ws,
        1,
        "192.0.2.11:40000",
    ),
    device(
        "nina",
        "+447700900001",
        Transport::Udp,
        0,
        "192.0.2.12:5060",
    ),
    device(
        "otto",
        "+447700900002",
        Transport::Ws,
        2,
        "192.0.2.21:40000",
    ),
    device("pia", "+447700900003", Transport::Udp, 0, "192.0.2.31:5060"),
];

/// The network that has everybody else.
pub const CORE: Device = device(
    "core",
    "+447700900009",
    Transport::Udp,
    0,
    "192.0.2.50:5060",
);

/// Nina's and otto's phone and page.
pub const PHONES_AND_PAGES: [[Device; 2]; 2] = [
    [DEVICES[1], DEVICES[0]],
    [
        device(
            "otto",
            "+447700900002",
            Transport::Udp,
            0,
            "192.0.2.22:5060",
        ),
        DEVICES[2],
    ],
];

const fn device(
    user: &'static str,
    number: &'static str,
    transport: Transport,
    flow: u64,
    address: &'static str,
) -> Device {
    Device {
        user,
        number,
        transport,
        flow,
        address,
    }
}

impl Device {
    pub fn hop(&self) -> Hop {
        Hop {
            transport: self.transport,
            flow: FlowId(self.flow),
            remote: self.address.parse().unwrap(),
        }
    }

    pub fn contact(&self) -> NameAddr {
        let uri = match self.transport {
            Transport::Ws => format!("<sip:{}@c{}.invalid;transport=ws>", self.user, self.flow),
            _ => format!("<sip:{}@{}>", self.user, self.address),
        };
        let instance = format!(
            "\"<urn:uuid:00000000-0000-4000-8000-{:012}>\"",
            self.flow + 1
        );
        let contact: NameAddr = uri.parse().unwrap();
        match self.transport {
            Transport::Ws => contact
                .with_param("+sip.instance", instance)
                .with_param("reg-id", 1),
            _ => contact,
        }
    }
}

/// The switch, its devices registered and their connections open, with all that a gateway has.
pub fn switch(now: Instant) -> Switch {
    let config = AgentConfig {
        session: Some(SessionTimers::default()),
        oversize: Oversize::Stream,
        ..agent_config()
    };
    let mut switch = with(home(now, &DEVICES), Some(core()), config, now);
    for device in DEVICES {
        if device.transport.is_reliable() {
            switch.handle(Input::FlowOpened(device.hop()), now);
        }
    }
    switch
}

/// The switch, with all subscribers and nobody registered.
pub fn unpopulated(now: Instant) -> Switch {
    with(home(now, &[]), None, agent_config(), now)
}

fn agent_config() -> AgentConfig {
    AgentConfig {
        user_agent: String::new(),
        seed: [1; 32],
        limits: Limits::default(),
        timers: Timers::default(),
        session: None,
        oversize: Oversize::Datagram,
    }
}

fn core() -> CoreConfig {
    let Uri::Sip(next_hop) = "sip:192.0.2.50".parse().unwrap() else {
        panic!("a SIP address");
    };
    CoreConfig {
        next_hop,
        trusted: vec![CORE.hop().remote.ip()],
        access_network: None,
        visited_network: None,
        watch_registrations: true,
        users: ["nina", "otto"]
            .map(|name| {
                let known = format!("sip:{name}@ims.example").parse().unwrap();
                (name.to_owned(), known)
            })
            .into(),
    }
}

fn with(home: Home, core: Option<CoreConfig>, config: AgentConfig, now: Instant) -> Switch {
    let digest = DigestServer::new(DOMAIN, [3; 32], now);
    let guesses = GuessLimits {
        per_name: 3,
        per_address: 30,
        lockout: Duration::from_secs(60),
    };
    let entrance = Entrance {
        guard: Guard::new(digest, guesses, Authenticate::RegisteredAddress),
        core: Core::new(core, [7; 32], Duration::from_secs(60)),
        ids: IdSource::new([4; 32]),
    };
    let policy = policy(now);
    let timed = config.session.is_some();
    let mut agent = Agent::new(config);
    for transport in [Transport::Udp, Transport::Tcp] {
        agent.set_sent_by(transport, policy.udp_contact.clone());
    }
    if timed {
        let tags = ["100rel", "timer", "replaces", "precondition"];
        agent.set_supported(tags.map(Text::from).into());
    }
    let ways = Ways {
        tls: false,
        families: Families::V4,
    };
    let destinations = Destinations::new(ways, IdSource::new([5; 32]));
    Switch::new(
        agent,
        home,
        entrance,
        destinations,
        policy,
        std::sync::Arc::default(),
    )
}

fn policy(now: Instant) -> Policy {
    Policy {
        udp_contact: "192.0.2.1:5060".parse().unwrap(),
        tcp_contact: "192.0.2.1:5060".parse().unwrap(),
        tls_contact: None,
        max_video_bits_per_second: 768_000,
        media_address: "192.0.2.1".parse().unwrap(),
        answer_within: Duration::from_secs(60),
        longest_call: None,
        call_grace: Duration::from_secs(60),
        limits: ShieldLimits::OFF,
        beside: Default::default(),
        capacity: sidecam_gateway::switch::budget::Capacity::UNMEASURED,
        occupancy: Arc::default(),
        models: Arc::default(),
        numbers: Default::default(),
        clock: Clock {
            at: now,
            unix: Duration::from_secs(1_000_000_000),
        },
    }
}

fn home(now: Instant, registered: &[Device]) -> Home {
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
    let mut subscribers: Vec<Subscriber> = Vec::new();
    for (place, device) in registered.iter().enumerate() {
        let contact = Contact::one(device.contact());
        let wish = Wish {
            hop: device.hop(),
            contact: &contact,
            expires: None,
            call_id: &"registration".parse().unwrap(),
            cseq: 1,
            pass: None,
            token: None,
            path: &[],
            gruu: [u8::try_from(place).unwrap(); 8],
        };
        registrar.register(device.user, wish, now).unwrap();
    }
    for device in DEVICES {
        if subscribers.iter().all(|known| known.name != device.user) {
            subscribers.push(Subscriber {
                name: device.user.to_owned(),
                number: device.number.to_owned(),
                display: device.user.to_owned(),
                realm: DOMAIN.to_owned(),
                ha1: Ha1::of(device.user, DOMAIN, "secret"),
            });
        }
    }
    Home {
        territory: Territory::new(DOMAIN.parse().unwrap(), []),
        subscribers: Subscribers::new(subscribers),
        registrar,
    }
}
