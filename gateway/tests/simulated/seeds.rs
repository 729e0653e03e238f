//! Calls through the switch over bad networks, each from its seed: two parties, a phone or a page
//! each, who register and call one another; links lose, double and reorder, connections are cut and
//! come back. All calls end on both sides, nothing stays behind, no request is answered twice and no
//! number goes back.

use std::time::Duration;

use sim::{Act, Chance, Cut, Manners, Network, NodeId, Party, Scene, Subscription};
use sip::digest::Credentials;
use sip::message::Body;
use sip::time::Instant;
use sip::transport::{FlowId, Transport};

use super::node::{Actor, SwitchNode};
use super::script::{BROWSER_SDP, PLAIN_SDP};
use super::stage::{DOMAIN, Device, PHONES_AND_PAGES};

const SWITCH: &str = "192.0.2.1:5060";
/// The last registration's transaction, a call's grace and a session's end are over by then.
const ALL_OVER: Duration = Duration::from_secs(600);

#[test]
fn every_rule_is_kept_through_the_switch() {
    check(0..seeds());
}

#[test]
fn every_rule_is_kept_through_the_switch_from_the_next_seeds_on() {
    check(seeds()..2 * seeds());
}

#[test]
fn one_seed_is_played_again_as_it_was() {
    let seed = std::env::var("SIM_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let origin = Instant::now();
    let once = play(seed, origin);
    assert_eq!(once, play(seed, origin));
    println!("{}\nfaults: {:#?}", once.ladder.join("\n"), once.faults);
}

/// How many in each part; more with `SIM_SEEDS`.
fn seeds() -> u64 {
    let seeds = std::env::var("SIM_SEEDS").ok();
    seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(250)
}

fn check(seeds: std::ops::Range<u64>) {
    let mut failures = Vec::new();
    let mut calls = 0;
    for seed in seeds {
        let report = play(seed, Instant::now());
        calls += report.calls;
        if !report.faults.is_empty() {
            failures.push(format!(
                "seed {seed}: {}\nreplay: SIM_SEED={seed} cargo test -p sidecam-gateway --test simulated \
                 one_seed -- --nocapture",
                report.faults.join("; ")
            ));
        }
    }
    let shown = &failures[..failures.len().min(5)];
    assert!(
        failures.is_empty(),
        "{} failed\n{}",
        failures.len(),
        shown.join("\n")
    );
    assert!(calls > 0, "nobody called");
}

#[derive(Debug, PartialEq, Eq)]
struct Report {
    faults: Vec<String>,
    ladder: Vec<String>,
    calls: usize,
}

/// A connection that will be cut: whose, and when.
struct Trouble {
    party: usize,
    cut: Cut,
}

fn play(seed: u64, origin: Instant) -> Report {
    let mut chance = Chance::new(seed);
    let scene = Scene::draw(&mut chance);
    let mut network: Network<Actor> = Network::new(seed, origin);
    let switch = network.add("S", Actor::Switch(SwitchNode::new(origin, chance.part())));
    // A phone or a page each; both may be the same kind.
    let devices = [0, 1].map(|party| {
        let kind = chance.below(2) as usize;
        PHONES_AND_PAGES[party][kind]
    });
    let parties = [0, 1].map(|party: usize| {
        let other = &devices[1 - party];
        let mut person = person(&devices[party], other, scene.manners[party], chance.part());
        for (after, act) in &scene.plans[party] {
            // Both have registered by then, unless their network is worse than that.
            person.plan(origin + Duration::from_secs(40) + *after, act.clone());
        }
        let end = origin + Duration::from_secs(40) + scene.length;
        person.plan(end, Act::HangUpAll);
        network.add(["A", "B"][party], Actor::Party(person))
    });
    let mut links = [0, 1].map(|party| {
        connect(
            &mut network,
            &scene,
            switch,
            parties[party],
            &devices[party],
            1,
        )
    });
    for (round, trouble) in troubles(&mut chance, &devices).into_iter().enumerate() {
        let at = origin + Duration::from_secs(40) + trouble.cut.at;
        network.run_for(at.saturating_duration_since(network.now()));
        network.cut(links[trouble.party]);
        network.run_for(trouble.cut.back_after);
        let (node, device) = (parties[trouble.party], &devices[trouble.party]);
        links[trouble.party] =
            connect(&mut network, &scene, switch, node, device, round as u64 + 2);
    }
    let end = origin + Duration::from_secs(40) + scene.length + ALL_OVER;
    network.run_for(end.saturating_duration_since(network.now()));
    report(&network)
}

/// Pages lose their connections, one after the other.
fn troubles(chance: &mut Chance, devices: &[Device; 2]) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let mut from = 0;
    for (party, device) in devices.iter().enumerate() {
        if device.transport.is_reliable() && chance.percent(50) {
            let at = chance.between(from, from + 30_000);
            let back_after = chance.between(100, 90_000);
            from = at + back_after;
            troubles.push(Trouble {
                party,
                cut: Cut {
                    at: Duration::from_millis(at),
                    back_after: Duration::from_millis(back_after),
                },
            });
        }
    }
    troubles
}

fn person(device: &Device, other: &Device, manners: Manners, chance: Chance) -> Party {
    let address = device.address.parse().unwrap();
    let sdp = match device.transport {
        Transport::Ws | Transport::Wss => BROWSER_SDP,
        Transport::Udp | Transport::Tcp | Transport::Tls => PLAIN_SDP,
    };
    let subscription = Subscription {
        address: format!("<sip:{}@{DOMAIN}>", device.user).parse().unwrap(),
        domain: format!("sip:{DOMAIN}").parse().unwrap(),
        contact: device.contact(),
        credentials: Credentials::new(device.user, "secret"),
    };
    let whom = format!("<sip:{}@{DOMAIN}>", other.number).parse().unwrap();
    Party::new(address, manners, chance)
        .subscribed(subscription, whom)
        .describing(Body::sdp(sdp))
}

fn connect(
    network: &mut Network<Actor>,
    scene: &Scene,
    switch: NodeId,
    party: NodeId,
    device: &Device,
    round: u64,
) -> sim::LinkId {
    let flow = match device.transport.is_reliable() {
        true => FlowId(device.flow * 100 + round),
        false => FlowId(0),
    };
    let address = device.address.parse().unwrap();
    let ends = [
        (switch, SWITCH.parse().unwrap(), flow),
        (party, address, flow),
    ];
    network.connect(device.transport, ends, scene.weather)
}

fn report(network: &Network<Actor>) -> Report {
    let mut faults = network.witness().faults().to_vec();
    let mut calls = 0;
    for (name, actor) in network.nodes() {
        let of = match actor {
            Actor::Party(party) => {
                calls += party.calls();
                party.faults()
            }
            Actor::Switch(switch) => switch.faults(),
        };
        faults.extend(of.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    Report {
        faults,
        calls,
        ladder: network.ladder().to_vec(),
    }
}
