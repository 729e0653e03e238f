//! One seed, from its scene to its verdict.

use std::net::{Ipv4Addr, SocketAddr};

use sip::time::Instant;
use sip::transport::{FlowId, Transport};

use crate::{Chance, Network, NodeId, Party, Scene};

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Report {
    pub seed: u64,
    /// Empty if all rules were kept.
    pub faults: Vec<String>,
    /// What was sent.
    pub ladder: Vec<String>,
    pub calls: usize,
    pub requests: usize,
}

impl Report {
    /// What to say of a run that failed: what is wrong, and how to see it again.
    pub fn failure(&self) -> Option<String> {
        (!self.faults.is_empty()).then(|| {
            format!(
                "seed {}: {}\nreplay: SIM_SEED={} cargo test -p sim --test seeds one -- --nocapture",
                self.seed,
                self.faults.join("; "),
                self.seed
            )
        })
    }
}

/// Plays the scene that a seed draws. `origin` is when it starts, and makes no difference.
pub fn run(seed: u64, origin: Instant) -> Report {
    play(seed, &scene(seed), origin)
}

/// The scene that a seed draws.
pub fn scene(seed: u64) -> Scene {
    Scene::draw(&mut Chance::new(seed).part())
}

/// The scene of a seed, its ladder and its faults, to be read.
pub fn replay(seed: u64, origin: Instant) -> String {
    let scene = scene(seed);
    let report = run(seed, origin);
    format!(
        "{scene:#?}\n{}\nfaults: {:#?}",
        report.ladder.join("\n"),
        report.faults
    )
}

/// Plays any scene; what it leaves to chance follows from the seed.
pub fn play(seed: u64, scene: &Scene, origin: Instant) -> Report {
    let mut chance = Chance::new(!seed);
    let mut network = Network::new(seed, origin);
    let names = ["A", "B"];
    let nodes: [NodeId; 2] = [0, 1].map(|party| {
        let mut person = Party::new(address(party), scene.manners[party], chance.part());
        for (after, act) in &scene.plans[party] {
            person.plan(origin + *after, act.clone());
        }
        network.add(names[party], person)
    });
    let mut link = connect(&mut network, scene, nodes, 1);
    let end = origin + scene.length;
    for cut in &scene.cuts {
        network.run_for((origin + cut.at).saturating_duration_since(network.now()));
        network.cut(link);
        network.run_for(cut.back_after);
        link = connect(&mut network, scene, nodes, 2);
    }
    network.run_for(end.saturating_duration_since(network.now()));
    let mut faults = network.witness().faults().to_vec();
    let mut calls = 0;
    for (name, person) in network.nodes() {
        calls += person.calls();
        faults.extend(
            person
                .faults()
                .into_iter()
                .map(|fault| format!("{name}: {fault}")),
        );
    }
    Report {
        seed,
        faults,
        calls,
        requests: network.witness().requests(),
        ladder: network.ladder().to_vec(),
    }
}

fn connect(
    network: &mut Network<Party>,
    scene: &Scene,
    nodes: [NodeId; 2],
    round: u64,
) -> crate::LinkId {
    // A socket is the same for ever; connections are numbered.
    let flow = match scene.transport {
        Transport::Udp => FlowId(0),
        Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => FlowId(round),
    };
    let ends = [0, 1].map(|party| (nodes[party], address(party), flow));
    network.connect(scene.transport, ends, scene.weather)
}

/// Of the block for documentation (RFC 5737).
fn address(party: usize) -> SocketAddr {
    let last = 1 + u8::try_from(party).unwrap_or(u8::MAX - 1);
    SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), 5060))
}
