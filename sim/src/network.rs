//! Nodes and the links between them, in simulated time.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use sip::message::Message;
use sip::time::{Duration, Instant};
use sip::transport::{FlowId, Hop, Transport};

use crate::{Chance, Weather, Witness};

/// Whoever takes and gives SIP messages: four verbs over hops and bytes.
pub trait Node {
    fn handle(&mut self, input: Input, now: Instant);
    fn handle_timeout(&mut self, now: Instant);
    fn poll_output(&mut self) -> Option<(Hop, Vec<u8>)>;
    fn poll_timeout(&self) -> Option<Instant>;
}

/// What reaches a node.
#[derive(Clone, Debug)]
pub enum Input {
    Message {
        hop: Hop,
        bytes: Vec<u8>,
    },
    FlowClosed(FlowId),
    /// A link has come up, by which the other end is reached so.
    FlowOpened(Hop),
}

/// A node, by the order in which they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// A link between two nodes. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(usize);

/// Nodes and links.
pub struct Network<N> {
    nodes: Vec<(&'static str, N)>,
    links: Vec<Link>,
    ways: HashMap<(NodeId, Hop), LinkId>,
    /// By the time of arrival, and in the order sent.
    in_flight: BTreeMap<(Instant, u64), Flight>,
    sent: u64,
    chance: Chance,
    origin: Instant,
    now: Instant,
    witness: Witness,
    ladder: Vec<String>,
}

struct Link {
    ends: [End; 2],
    weather: Weather,
    is_up: bool,
    /// By a stream nothing overtakes: the latest arrival each way.
    busy_until: [Instant; 2],
}

/// One end: whose it is, and by which hop it reaches the other.
#[derive(Clone, Copy)]
struct End {
    node: NodeId,
    hop: Hop,
}

struct Flight {
    link: LinkId,
    to: usize,
    bytes: Vec<u8>,
}

impl<N: Node> Network<N> {
    /// Time starts at `origin`, which may be any.
    pub fn new(seed: u64, origin: Instant) -> Network<N> {
        Network {
            nodes: Vec::new(),
            links: Vec::new(),
            ways: HashMap::new(),
            in_flight: BTreeMap::new(),
            sent: 0,
            chance: Chance::new(seed),
            origin,
            now: origin,
            witness: Witness::default(),
            ladder: Vec::new(),
        }
    }

    /// The name is how the ladder calls it.
    pub fn add(&mut self, name: &'static str, node: N) -> NodeId {
        self.nodes.push((name, node));
        NodeId(self.nodes.len() - 1)
    }

    pub fn node(&mut self, id: NodeId) -> &mut N {
        &mut self.nodes[id.0].1
    }

    pub fn nodes(&self) -> impl Iterator<Item = (&'static str, &N)> {
        self.nodes.iter().map(|(name, node)| (*name, node))
    }

    pub fn now(&self) -> Instant {
        self.now
    }

    /// Milliseconds since the start.
    pub fn elapsed_ms(&self) -> u128 {
        self.now.duration_since(self.origin).as_millis()
    }

    /// What was sent, a line a message: when, from whom to whom, what, and what became of it.
    pub fn ladder(&self) -> &[String] {
        &self.ladder
    }

    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    /// Connects two nodes, each by its address and the flow by which it knows the link, and tells
    /// both.
    pub fn connect(
        &mut self,
        transport: Transport,
        ends: [(NodeId, SocketAddr, FlowId); 2],
        weather: Weather,
    ) -> LinkId {
        let id = LinkId(self.links.len());
        let [one, other] = ends;
        let end = |(node, _, flow): (NodeId, SocketAddr, FlowId), remote| End {
            node,
            hop: Hop {
                transport,
                flow,
                remote,
            },
        };
        let ends = [end(one, other.1), end(other, one.1)];
        for end in ends {
            self.ways.insert((end.node, end.hop), id);
        }
        self.links.push(Link {
            ends,
            weather,
            is_up: true,
            busy_until: [self.now; 2],
        });
        for end in ends {
            let now = self.now;
            self.node(end.node).handle(Input::FlowOpened(end.hop), now);
        }
        self.drain();
        id
    }

    /// Ends a connection: what is under way on it is lost, and both ends hear of it.
    pub fn cut(&mut self, link: LinkId) {
        let cut = &mut self.links[link.0];
        cut.is_up = false;
        let ends = cut.ends;
        self.in_flight.retain(|_, flight| flight.link != link);
        self.ladder.push(format!("{} -- cut", self.elapsed_ms()));
        for end in ends {
            self.ways.remove(&(end.node, end.hop));
            let now = self.now;
            let closed = Input::FlowClosed(end.hop.flow);
            self.node(end.node).handle(closed, now);
        }
        self.drain();
    }

    /// Lets time pass.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        self.drain();
        while let Some(at) = self.next().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.step();
            self.drain();
        }
        self.now = until;
    }

    /// Takes what the nodes have to send.
    pub fn drain(&mut self) {
        let mut quiet = false;
        while !quiet {
            quiet = true;
            for node in 0..self.nodes.len() {
                while let Some((hop, bytes)) = self.nodes[node].1.poll_output() {
                    quiet = false;
                    self.transmit(NodeId(node), hop, bytes);
                }
            }
        }
    }

    fn next(&self) -> Option<Instant> {
        let wire = self.in_flight.keys().next().map(|(at, _)| *at);
        let nodes = self
            .nodes
            .iter()
            .filter_map(|(_, node)| node.poll_timeout());
        wire.into_iter().chain(nodes).min()
    }

    fn step(&mut self) {
        let now = self.now;
        if let Some(entry) = self.in_flight.first_entry()
            && entry.key().0 <= now
        {
            let flight = entry.remove();
            let end = self.links[flight.link.0].ends[flight.to];
            let bytes = flight.bytes;
            let input = Input::Message {
                hop: end.hop,
                bytes,
            };
            return self.node(end.node).handle(input, now);
        }
        for (_, node) in &mut self.nodes {
            if node.poll_timeout().is_some_and(|at| at <= now) {
                node.handle_timeout(now);
            }
        }
    }

    fn transmit(&mut self, from: NodeId, hop: Hop, bytes: Vec<u8>) {
        let found = self.ways.get(&(from, hop)).copied();
        let up = found.filter(|link| self.links[link.0].is_up);
        let fate = match up {
            None => "nowhere",
            Some(link) => self.take_to_wire(link, from, &bytes),
        };
        let to = up.map(|link| {
            let ends = self.links[link.0].ends;
            let other = ends.iter().find(|end| end.node != from);
            other.map_or("itself", |end| self.nodes[end.node.0].0)
        });
        let what = match sip::parse::parse(&bytes, &sip::limits::Limits::default()) {
            Ok(message) => {
                self.witness.see(from.0, &message);
                shown(&message)
            }
            Err(_) if sip::parse::is_keepalive(&bytes) => "keepalive".to_owned(),
            Err(error) => {
                let name = self.nodes[from.0].0;
                self.witness.accuse(format!("{name} sent no SIP: {error}"));
                "no SIP".to_owned()
            }
        };
        let name = self.nodes[from.0].0;
        let to = to.unwrap_or("nobody");
        let line = format!("{} {name} > {to} {what} {fate}", self.elapsed_ms());
        self.ladder.push(line.trim_end().to_owned());
    }

    /// Lets the weather have it: nothing, "lost" or "twice".
    fn take_to_wire(&mut self, id: LinkId, from: NodeId, bytes: &[u8]) -> &'static str {
        let link = &mut self.links[id.0];
        let to = usize::from(link.ends[0].node == from);
        let weather = link.weather;
        let stream = link.ends[0].hop.transport.is_reliable();
        if !stream && self.chance.percent(weather.lost_percent) {
            return "lost";
        }
        let twice = !stream && self.chance.percent(weather.doubled_percent);
        for _ in 0..1 + u8::from(twice) {
            let jitter = u64::try_from(weather.jitter.as_millis()).unwrap_or(u64::MAX);
            let late = Duration::from_millis(self.chance.between(0, jitter));
            let mut at = self.now + weather.delay + late;
            if stream {
                at = at.max(link.busy_until[to]);
                link.busy_until[to] = at;
            }
            self.sent += 1;
            let flight = Flight {
                link: id,
                to,
                bytes: bytes.to_vec(),
            };
            self.in_flight.insert((at, self.sent), flight);
        }
        if twice { "twice" } else { "" }
    }
}

fn shown(message: &Message) -> String {
    match message {
        Message::Request(request) => {
            format!("{} {}", request.method, request.headers.cseq.number)
        }
        Message::Response(response) => {
            format!("{} ({})", response.status, response.headers.cseq)
        }
    }
}
