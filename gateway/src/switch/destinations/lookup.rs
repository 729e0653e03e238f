//! RFC 3263 §4.1, §4.2: which records are asked for next, and the servers they lead to in the order
//! in which these are to be tried. Asks nobody itself: who has a resolver answers its questions.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use sip::id::IdSource;
use sip::message::{Host, SipUri};
use sip::transport::Transport;

/// Questions of one look-up. A domain with two servers for each of three transports takes ten.
const QUESTIONS_AT_MOST: usize = 24;

/// Destinations of one look-up. Who tries them gives each up to 32 s; nobody waits for a ninth.
const DESTINATIONS_AT_MOST: usize = 8;

/// NAPTR and SRV records that are looked at, of as many as a zone may hold.
const RECORDS_AT_MOST: usize = 16;

/// Where a request can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Destination {
    pub transport: Transport,
    pub remote: SocketAddr,
}

/// What we can reach ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    pub tls: bool,
    pub families: Families,
}

/// The address families we have, the preferred one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Families {
    V4,
    V6,
    V4ThenV6,
    V6ThenV4,
}

/// How a URI's destination is found.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    Known(Destination),
    LookUp(Search),
    /// A transport that only the far side can open, one we do not have, or an unreachable family.
    Impossible,
}

/// A name and what the URI says about the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    name: String,
    port: Option<u16>,
    /// As the URI says it.
    transport: Option<Transport>,
    secure: bool,
}

/// What is asked of the DNS, by absolute name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    Naptr(String),
    Srv(String),
    /// A, AAAA or both, as the family says.
    Addresses(String, Families),
}

/// A NAPTR record (RFC 3403 §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naptr {
    pub order: u16,
    pub preference: u16,
    pub flags: String,
    pub services: String,
    pub regexp: String,
    pub replacement: String,
}

/// An SRV record (RFC 2782).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    pub priority: u16,
    pub weight: u16,
    pub port: u16,
    pub target: String,
}

/// What was answered; empty where there is no such record, or no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Naptr(Vec<Naptr>),
    Srv(Vec<Srv>),
    Addresses(Vec<IpAddr>),
}

/// One look-up: ask for `question`, give its `answer`, until there is none; then take the
/// destinations.
#[derive(Debug)]
pub struct Lookup {
    search: Search,
    ways: Ways,
    ids: IdSource,
    /// What is still to be asked, the next first.
    steps: VecDeque<Step>,
    asked: usize,
    /// Whether there was any SRV record: then the bare name means nothing (§4.2).
    has_servers: bool,
    found: Vec<Destination>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Services,
    Servers {
        name: String,
        transport: Transport,
    },
    Addresses {
        name: String,
        transport: Transport,
        port: u16,
    },
    /// No SRV record was found: the name itself (§4.2).
    BareName,
}

/// How a URI's destination is found (§4.1, §4.2): transport, then port and address.
pub fn plan(uri: &SipUri, ways: &Ways) -> Plan {
    let transport = match uri.params.get("transport") {
        None => None,
        Some(written) => match openable(&written, uri.secure) {
            Some(transport) => Some(transport),
            None => return Plan::Impossible,
        },
    };
    let needs_tls = uri.secure || transport == Some(Transport::Tls);
    if needs_tls && !ways.tls {
        return Plan::Impossible;
    }
    // §4: maddr, if there is one, is the target instead of the host.
    let target = match uri.params.get("maddr").map(|written| written.parse()) {
        None => uri.host.clone(),
        Some(Ok(host)) => host,
        Some(Err(_)) => return Plan::Impossible,
    };
    let search = |name: &str| Search {
        name: absolute(name),
        port: uri.port,
        transport,
        secure: uri.secure,
    };
    let address = match target {
        Host::Name(name) => return Plan::LookUp(search(name.as_str())),
        Host::V4(address) => IpAddr::V4(address),
        Host::V6(address) => IpAddr::V6(address),
    };
    if !ways.families.reach(address) {
        return Plan::Impossible;
    }
    let transport = transport.unwrap_or(default_transport(uri.secure));
    let port = uri.port.unwrap_or(transport.default_port());
    Plan::Known(Destination {
        transport,
        remote: SocketAddr::new(address, port),
    })
}

/// The transport a URI's parameter means. `tls` is deprecated and widely written (RFC 3261 §26.2.2).
fn openable(written: &str, secure: bool) -> Option<Transport> {
    let is = |name: &str| written.eq_ignore_ascii_case(name);
    match secure {
        false if is("udp") => Some(Transport::Udp),
        false if is("tcp") => Some(Transport::Tcp),
        true if is("tcp") => Some(Transport::Tls),
        _ if is("tls") => Some(Transport::Tls),
        // WebSockets are opened by the far side, SCTP is not spoken, and there is no sips by UDP.
        _ => None,
    }
}

fn default_transport(secure: bool) -> Transport {
    match secure {
        true => Transport::Tls,
        false => Transport::Udp,
    }
}

impl Lookup {
    /// `seed` decides among servers of the same priority.
    pub fn new(search: Search, ways: Ways, seed: [u8; 32]) -> Lookup {
        let first = match (search.port, search.transport) {
            // §4.1: a port means no SRV, and without a transport the scheme's own.
            (Some(port), transport) => Step::Addresses {
                name: search.name.clone(),
                transport: transport.unwrap_or(default_transport(search.secure)),
                port,
            },
            (None, Some(transport)) => Step::Servers {
                name: service_name(transport, &search.name),
                transport,
            },
            (None, None) => Step::Services,
        };
        let mut steps = VecDeque::from([first]);
        if search.port.is_none() {
            steps.push_back(Step::BareName);
        }
        Lookup {
            search,
            ways,
            ids: IdSource::new(seed),
            steps,
            asked: 0,
            has_servers: false,
            found: Vec::new(),
        }
    }

    /// What to ask next, until it is answered; `None` when all is known.
    pub fn question(&mut self) -> Option<Question> {
        if self.asked >= QUESTIONS_AT_MOST || self.found.len() >= DESTINATIONS_AT_MOST {
            return None;
        }
        if self.steps.front() == Some(&Step::BareName) {
            self.steps.pop_front();
            if !self.has_servers {
                self.ask_for_the_bare_name();
            }
        }
        Some(match self.steps.front()? {
            Step::Services | Step::BareName => Question::Naptr(self.search.name.clone()),
            Step::Servers { name, .. } => Question::Srv(name.clone()),
            Step::Addresses { name, .. } => Question::Addresses(name.clone(), self.ways.families),
        })
    }

    /// Takes the answer to the last question.
    pub fn answer(&mut self, answer: Answer) {
        let Some(step) = self.steps.pop_front() else {
            return;
        };
        self.asked += 1;
        match (step, answer) {
            (Step::Services, Answer::Naptr(records)) => self.services(records),
            (Step::Servers { transport, .. }, Answer::Srv(records)) => {
                self.servers(transport, records);
            }
            (
                Step::Addresses {
                    transport, port, ..
                },
                Answer::Addresses(addresses),
            ) => {
                self.addresses(transport, port, &addresses);
            }
            // An answer to another question answers nothing.
            (
                Step::Services | Step::Servers { .. } | Step::Addresses { .. } | Step::BareName,
                Answer::Naptr(_) | Answer::Srv(_) | Answer::Addresses(_),
            ) => {}
        }
    }

    /// Where it led, the first to be tried first.
    pub fn finish(self) -> Vec<Destination> {
        self.found
    }

    /// §4.1: the services we speak, in the order of the zone; without any, one try each.
    fn services(&mut self, mut records: Vec<Naptr>) {
        records.sort_by_key(|record| (record.order, record.preference));
        let mut servers: Vec<Step> = records
            .into_iter()
            .filter_map(|record| self.service(record))
            .take(RECORDS_AT_MOST)
            .collect();
        if servers.is_empty() {
            servers = self
                .transports()
                .map(|transport| Step::Servers {
                    name: service_name(transport, &self.search.name),
                    transport,
                })
                .collect();
        }
        self.go_on_with(servers);
    }

    fn service(&self, record: Naptr) -> Option<Step> {
        let is = |name: &str| record.services.eq_ignore_ascii_case(name);
        let transport = if is("SIP+D2U") {
            Transport::Udp
        } else if is("SIP+D2T") {
            Transport::Tcp
        } else if is("SIPS+D2T") {
            Transport::Tls
        } else {
            // SIP+D2W (RFC 7118 §7) names a server for browsers; D2S and others are not spoken.
            return None;
        };
        let wanted = record.flags.eq_ignore_ascii_case("s")
            && self.transports().any(|ours| ours == transport);
        wanted.then(|| Step::Servers {
            name: absolute(&record.replacement),
            transport,
        })
    }

    /// What we may take for this scheme: sips by TLS alone (§4.1).
    fn transports(&self) -> impl Iterator<Item = Transport> + use<> {
        let (secure, tls) = (self.search.secure, self.ways.tls);
        [Transport::Udp, Transport::Tcp, Transport::Tls]
            .into_iter()
            .filter(move |transport| match transport {
                Transport::Udp | Transport::Tcp => !secure,
                Transport::Tls => tls,
                Transport::Ws | Transport::Wss => false,
            })
    }

    /// RFC 2782: by priority, then by weighted chance. The target "." is no server.
    fn servers(&mut self, transport: Transport, mut records: Vec<Srv>) {
        records.truncate(RECORDS_AT_MOST);
        self.has_servers |= !records.is_empty();
        records.retain(|record| !matches!(record.target.as_str(), "" | "."));
        let ordered = self.by_priority_and_weight(records);
        let steps = ordered.into_iter().map(|record| Step::Addresses {
            name: absolute(&record.target),
            transport,
            port: record.port,
        });
        self.go_on_with(steps.collect());
    }

    fn by_priority_and_weight(&mut self, mut left: Vec<Srv>) -> Vec<Srv> {
        // Those of weight 0 come first, so that they are chosen at times (RFC 2782, "Weight").
        left.sort_by(|one, other| {
            (one.priority, one.weight, &one.target).cmp(&(
                other.priority,
                other.weight,
                &other.target,
            ))
        });
        let mut ordered = Vec::with_capacity(left.len());
        while let Some(priority) = left.first().map(|record| record.priority) {
            let same = left
                .iter()
                .take_while(|record| record.priority == priority)
                .count();
            let sum: u32 = left[..same]
                .iter()
                .map(|record| u32::from(record.weight))
                .sum();
            let drawn = self.ids.below(sum + 1);
            let mut running = 0;
            let chosen = left[..same].iter().position(|record| {
                running += u32::from(record.weight);
                running >= drawn
            });
            ordered.push(left.remove(chosen.unwrap_or(0)));
        }
        ordered
    }

    fn addresses(&mut self, transport: Transport, port: u16, addresses: &[IpAddr]) {
        for address in self.ways.families.in_order(addresses) {
            let destination = Destination {
                transport,
                remote: SocketAddr::new(address, port),
            };
            if self.found.len() < DESTINATIONS_AT_MOST && !self.found.contains(&destination) {
                self.found.push(destination);
            }
        }
    }

    fn ask_for_the_bare_name(&mut self) {
        let transport = self
            .search
            .transport
            .unwrap_or(default_transport(self.search.secure));
        self.go_on_with(vec![Step::Addresses {
            name: self.search.name.clone(),
            transport,
            port: transport.default_port(),
        }]);
    }

    fn go_on_with(&mut self, steps: Vec<Step>) {
        for step in steps.into_iter().rev() {
            self.steps.push_front(step);
        }
    }
}

impl Families {
    fn reach(self, address: IpAddr) -> bool {
        match self {
            Families::V4 => address.is_ipv4(),
            Families::V6 => address.is_ipv6(),
            Families::V4ThenV6 | Families::V6ThenV4 => true,
        }
    }

    fn in_order(self, addresses: &[IpAddr]) -> Vec<IpAddr> {
        let mut reached: Vec<IpAddr> = addresses
            .iter()
            .copied()
            .filter(|address| self.reach(*address))
            .collect();
        reached.sort_by_key(|address| match self {
            Families::V4 | Families::V4ThenV6 => address.is_ipv6(),
            Families::V6 | Families::V6ThenV4 => address.is_ipv4(),
        });
        reached
    }
}

/// `_sip._udp.example.org.` (§4.1, §4.2).
fn service_name(transport: Transport, name: &str) -> String {
    let service = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        // RFC 7118 §7 has no look-up by SRV alone; these are never opened by us.
        Transport::Ws => "_sip._ws",
        Transport::Wss => "_sips._ws",
    };
    format!("{service}.{name}")
}

/// With its final dot, so that no search list is applied.
fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.').to_ascii_lowercase())
}
