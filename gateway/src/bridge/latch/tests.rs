//! A script of datagrams and descriptions, and what became of each.

use super::*;

const SAID: &str = "192.0.2.7:7000";

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn said(text: &str) -> Option<Destination> {
    let at = at(text);
    Some(Destination {
        address: at.ip(),
        rtp_port: at.port(),
        rtcp_port: at.port() + 1,
    })
}

fn packet(ssrc: u32, sequence: u16) -> Vec<u8> {
    RtpPacket {
        payload_type: 96,
        sequence,
        ssrc,
        payload: vec![1; 20],
        ..RtpPacket::default()
    }
    .to_bytes()
}

/// A receiver report without a block.
const REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 7];

fn first_source(networks: &[(&str, u8)]) -> PlainRules {
    let networks = networks.iter().map(|(address, prefix_bits)| Network {
        address: address.parse().unwrap(),
        prefix_bits: *prefix_bits,
    });
    PlainRules {
        latching: Latching::FirstSource {
            networks: networks.collect(),
        },
        ..PlainRules::default()
    }
}

enum Do {
    Rtp(&'static str, Vec<u8>),
    Rtcp(&'static str),
    Described(Option<Destination>),
}

/// What became of each datagram, and where RTP and RTCP go at the end.
fn check(rules: PlainRules, script: Vec<Do>, expected: &str, rtp: &str, rtcp: &str) {
    let mut latch = Latch::new(rules, said(SAID));
    let mut judged = Vec::new();
    for step in script {
        let verdict = match step {
            Do::Rtp(source, bytes) => latch.judge_rtp(at(source), &bytes, &[96]),
            Do::Rtcp(source) => latch.judge_rtcp(at(source), &REPORT),
            Do::Described(remote) => {
                latch.described(remote);
                continue;
            }
        };
        judged.push(match verdict {
            Judged::Peer => "peer",
            Judged::Foreign => "foreign",
            Judged::Waiting => "waiting",
            Judged::Latched { before } => {
                assert_eq!(before.len(), PLAUSIBLE_PACKETS - 1);
                "latched"
            }
        });
    }
    let shown = |at: Option<SocketAddr>| at.map_or("-".to_owned(), |at| at.to_string());
    assert_eq!(judged.join(" "), expected);
    assert_eq!(
        (shown(latch.rtp()).as_str(), shown(latch.rtcp()).as_str()),
        (rtp, rtcp)
    );
}

#[test]
fn by_default_only_the_host_in_the_sdp_counts_and_only_its_ports_are_sent_to() {
    check(
        PlainRules::default(),
        vec![
            Do::Rtp("192.0.2.7:7000", packet(1, 1)),
            Do::Rtp("192.0.2.7:9999", packet(1, 2)),
            Do::Rtp("192.0.2.8:7000", packet(1, 3)),
            Do::Rtcp("192.0.2.7:7001"),
            Do::Rtcp("192.0.2.8:7001"),
        ],
        "peer peer foreign peer foreign",
        "192.0.2.7:7000",
        "192.0.2.7:7001",
    );
}

/// R1.23.
#[test]
fn behind_a_nat_the_first_source_that_fits_is_the_peer() {
    let nat = "198.51.100.4:40000";
    check(
        first_source(&[("198.51.100.0", 24)]),
        vec![
            Do::Rtp(nat, packet(1, 65_534)),
            Do::Rtp(nat, packet(1, 65_535)),
            Do::Rtcp("198.51.100.4:40001"),
            Do::Rtp(nat, packet(1, 0)),
            Do::Rtp(nat, packet(1, 1)),
            Do::Rtp("198.51.100.5:40000", packet(1, 2)),
            Do::Rtcp("198.51.100.5:40001"),
            Do::Rtcp("198.51.100.4:40001"),
            Do::Rtcp("198.51.100.4:40003"),
        ],
        "waiting waiting foreign latched peer foreign foreign peer foreign",
        nat,
        "198.51.100.4:40001",
    );
}

#[test]
fn what_does_not_fit_the_session_latches_nothing() {
    let nat = "198.51.100.4:40000";
    let mut script: Vec<Do> = Vec::new();
    for number in 0..20 {
        script.push(Do::Rtp(nat, packet(u32::from(number), number))); // always another SSRC
        script.push(Do::Rtp("198.51.100.4:40002", packet(1, number * 1000))); // far numbers
        script.push(Do::Rtp(nat, vec![0x80, 0x60]));
        script.push(Do::Rtp("203.0.113.9:4000", packet(1, number))); // another network
    }
    let expected = ["waiting", "waiting", "foreign", "foreign"]
        .repeat(20)
        .join(" ");
    check(
        first_source(&[("198.51.100.0", 24)]),
        script,
        &expected,
        "192.0.2.7:7000",
        "192.0.2.7:7001",
    );
}

#[test]
fn without_networks_only_another_port_of_the_same_host_is_taken() {
    check(
        first_source(&[]),
        vec![
            Do::Rtp("198.51.100.4:40000", packet(1, 1)),
            Do::Rtp("192.0.2.7:41000", packet(1, 1)),
            Do::Rtp("192.0.2.7:41000", packet(1, 2)),
            Do::Rtp("192.0.2.7:41000", packet(1, 5)),
        ],
        "foreign waiting waiting latched",
        "192.0.2.7:41000",
        "192.0.2.7:7001",
    );
}

/// RFC 6263: whoever only watches sends packets without payload, of a type that nobody agreed on.
#[test]
fn keepalives_show_where_a_peer_is_that_only_watches() {
    let nat = "198.51.100.4:40000";
    let empty = |sequence| {
        let packet = RtpPacket {
            payload_type: 20,
            sequence,
            ssrc: 1,
            ..RtpPacket::default()
        };
        Do::Rtp(nat, packet.to_bytes())
    };
    check(
        first_source(&[("198.51.100.0", 24)]),
        (1..=4).map(empty).collect(),
        "waiting waiting latched peer",
        nat,
        "-",
    );
}

#[test]
fn only_another_description_lets_another_source_follow() {
    let (first, second) = ("198.51.100.4:40000", "198.51.100.4:50000");
    let three = |from, ssrc| (1..=3).map(move |number| Do::Rtp(from, packet(ssrc, number)));
    let mut script: Vec<Do> = three(first, 1).collect();
    script.extend(three(second, 2));
    script.push(Do::Described(said(SAID)));
    script.push(Do::Rtp(first, packet(1, 4)));
    script.extend(three(second, 2));
    script.push(Do::Rtp(first, packet(1, 5)));
    check(
        first_source(&[("198.51.100.0", 24)]),
        script,
        "waiting waiting latched foreign foreign foreign peer waiting waiting latched foreign",
        second,
        "-",
    );
}

#[test]
fn another_address_in_the_sdp_is_sent_to_at_once_and_hold_sends_nothing() {
    let nat = "198.51.100.4:40000";
    let three = (1..=3).map(|number| Do::Rtp(nat, packet(1, number)));
    let mut script: Vec<Do> = three.collect();
    script.push(Do::Described(said("192.0.2.8:7100")));
    let rules = first_source(&[("198.51.100.0", 24)]);
    let judged = "waiting waiting latched";
    check(
        rules.clone(),
        script,
        judged,
        "192.0.2.8:7100",
        "192.0.2.8:7101",
    );
    let script = vec![Do::Described(None), Do::Rtp("192.0.2.7:7000", packet(1, 1))];
    check(PlainRules::default(), script, "peer", "-", "-");
}

#[test]
fn media_goes_to_a_single_other_host() {
    let rules = PlainRules {
        own: Some(("192.0.2.1".parse().unwrap(), 30_000..=39_999)),
        ..PlainRules::default()
    };
    for refused in [
        "0.0.0.0:7000",
        "255.255.255.255:7000",
        "239.1.2.3:7000",
        "127.0.0.1:7000",
        "192.0.2.1:30002",
        "192.0.2.7:0",
        "[::]:7000",
        "[::1]:7000",
        "[ff02::1]:7000",
        "[::ffff:127.0.0.1]:7000",
    ] {
        let refused = at(refused);
        assert!(!rules.permit(refused.ip(), refused.port()), "{refused}");
        let remote = Destination {
            address: refused.ip(),
            rtp_port: refused.port(),
            rtcp_port: 9,
        };
        let latch = Latch::new(rules.clone(), Some(remote));
        assert_eq!((latch.rtp(), latch.rtcp()), (None, None));
    }
    for permitted in ["192.0.2.1:7000", "10.0.0.1:30002", "[2001:db8::1]:7000"] {
        let permitted = at(permitted);
        assert!(
            rules.permit(permitted.ip(), permitted.port()),
            "{permitted}"
        );
    }
}

#[test]
fn a_network_is_its_first_bits() {
    let network = |text: &str, prefix_bits| Network {
        address: text.parse().unwrap(),
        prefix_bits,
    };
    let has = |network: Network, text: &str| network.contains(text.parse().unwrap());
    assert!(has(network("10.0.0.0", 8), "10.200.3.4"));
    assert!(!has(network("10.0.0.0", 8), "11.0.0.0"));
    assert!(has(network("0.0.0.0", 0), "203.0.113.1"));
    assert!(!has(network("0.0.0.0", 0), "::1"));
    assert!(has(network("2001:db8::", 32), "2001:db8:1::5"));
    assert!(!has(network("2001:db8::", 32), "2001:db9::"));
    assert!(has(network("192.0.2.7", 32), "192.0.2.7"));
    assert!(!has(network("192.0.2.7", 32), "192.0.2.6"));
}
