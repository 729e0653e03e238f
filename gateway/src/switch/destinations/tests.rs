//! RFC 3263 by tables: a URI, a zone, and where it leads.

use super::lookup::{Answer, Naptr, Question, Srv};
use super::*;
use sip::message::Uri;
use sip::transport::Transport;
use std::net::IpAddr;

const ALL: Ways = Ways {
    tls: true,
    families: Families::V4ThenV6,
};
const PLAIN: Ways = Ways {
    tls: false,
    families: Families::V4,
};

/// Lines of `name type data`, as far as a zone file goes.
struct Zone(&'static str);

impl Zone {
    fn rows(&self, name: &str, kind: &str) -> impl Iterator<Item = Vec<&'static str>> {
        let wanted = (name.to_owned(), kind.to_owned());
        self.0.lines().filter_map(move |line| {
            let mut words = line.split_whitespace();
            let (name, kind) = (words.next()?, words.next()?);
            (name == wanted.0 && kind == wanted.1).then(|| words.collect())
        })
    }

    fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::Naptr(name) => Answer::Naptr(
                self.rows(name, "NAPTR")
                    .map(|row| Naptr {
                        order: row[0].parse().unwrap(),
                        preference: row[1].parse().unwrap(),
                        flags: row[2].to_owned(),
                        services: row[3].to_owned(),
                        regexp: String::new(),
                        replacement: row[4].to_owned(),
                    })
                    .collect(),
            ),
            Question::Srv(name) => Answer::Srv(
                self.rows(name, "SRV")
                    .map(|row| Srv {
                        priority: row[0].parse().unwrap(),
                        weight: row[1].parse().unwrap(),
                        port: row[2].parse().unwrap(),
                        target: row[3].to_owned(),
                    })
                    .collect(),
            ),
            Question::Addresses(name, _) => {
                let rows = self.rows(name, "A").chain(self.rows(name, "AAAA"));
                let addresses = rows.map(|row| row[0].parse::<IpAddr>().unwrap());
                Answer::Addresses(addresses.collect())
            }
        }
    }
}

fn written(destination: &Destination) -> String {
    format!("{} {}", destination.transport, destination.remote)
}

fn sip(uri: &str) -> SipUri {
    match uri.parse().unwrap() {
        Uri::Sip(uri) => uri,
        Uri::Tel(_) | Uri::Other(_) => panic!("{uri} is no SIP URI"),
    }
}

/// What is asked, and where it leads.
fn follow(uri: &str, ways: Ways, zone: &Zone, seed: u8) -> (Vec<String>, Vec<String>) {
    let search = match plan(&sip(uri), &ways) {
        Plan::Known(destination) => return (Vec::new(), vec![written(&destination)]),
        Plan::Impossible => return (Vec::new(), Vec::new()),
        Plan::LookUp(search) => search,
    };
    let mut lookup = Lookup::new(search, ways, [seed; 32]);
    let mut asked = Vec::new();
    while let Some(question) = lookup.question() {
        asked.push(match &question {
            Question::Naptr(name) => format!("NAPTR {name}"),
            Question::Srv(name) => format!("SRV {name}"),
            Question::Addresses(name, _) => format!("A {name}"),
        });
        lookup.answer(zone.answer(&question));
    }
    (asked, lookup.finish().iter().map(written).collect())
}

fn check(uri: &str, ways: Ways, zone: &Zone, expected: &[&str]) {
    let (_, found) = follow(uri, ways, zone, 1);
    assert_eq!(found, expected, "{uri}");
}

#[test]
fn literal_addresses_need_no_look_up() {
    let nothing = Zone("");
    check("sip:a@192.0.2.1", ALL, &nothing, &["UDP 192.0.2.1:5060"]);
    check("sip:192.0.2.1:5070", ALL, &nothing, &["UDP 192.0.2.1:5070"]);
    check(
        "sip:[2001:db8::1];transport=TCP",
        ALL,
        &nothing,
        &["TCP [2001:db8::1]:5060"],
    );
    check("sips:192.0.2.1", ALL, &nothing, &["TLS 192.0.2.1:5061"]);
    check(
        "sips:192.0.2.1;transport=tcp",
        ALL,
        &nothing,
        &["TLS 192.0.2.1:5061"],
    );
    check(
        "sip:192.0.2.1;transport=tls",
        ALL,
        &nothing,
        &["TLS 192.0.2.1:5061"],
    );
    check(
        "sip:host.example;maddr=192.0.2.9",
        ALL,
        &nothing,
        &["UDP 192.0.2.9:5060"],
    );
}

#[test]
fn what_we_cannot_open_leads_nowhere() {
    let nothing = Zone("");
    check("sip:192.0.2.1;transport=ws", ALL, &nothing, &[]);
    check("sip:192.0.2.1;transport=sctp", ALL, &nothing, &[]);
    check("sips:192.0.2.1;transport=udp", ALL, &nothing, &[]);
    check("sips:192.0.2.1", PLAIN, &nothing, &[]);
    check("sip:192.0.2.1;transport=tls", PLAIN, &nothing, &[]);
    check("sip:[2001:db8::1]", PLAIN, &nothing, &[]);
    check("sip:a.example;maddr=%5b", ALL, &nothing, &[]);
}

/// RFC 3263 §4.1's own example, with addresses.
const EXAMPLE: Zone = Zone(
    "example.com. NAPTR 50 50 s SIPS+D2T _sips._tcp.example.com.
     example.com. NAPTR 90 50 s SIP+D2T _sip._tcp.example.com
     example.com. NAPTR 100 50 s SIP+D2U _sip._udp.example.com.
     example.com. NAPTR 10 10 s SIP+D2W _sip._ws.example.com.
     example.com. NAPTR 10 20 u E2U+sip !x!
     _sips._tcp.example.com. SRV 0 1 5061 server1.example.com
     _sip._tcp.example.com. SRV 0 1 5060 server1.example.com
     _sip._tcp.example.com. SRV 1 2 5060 server2.example.com
     _sip._udp.example.com. SRV 0 1 5060 server2.example.com
     server1.example.com. A 192.0.2.1
     server2.example.com. A 192.0.2.2
     server2.example.com. AAAA 2001:db8::2",
);

#[test]
fn a_bare_domain_is_asked_for_its_services_in_the_order_of_the_zone() {
    let (asked, found) = follow("sip:user@Example.com", ALL, &EXAMPLE, 1);
    assert_eq!(
        asked,
        [
            "NAPTR example.com.",
            "SRV _sips._tcp.example.com.",
            "A server1.example.com.",
            "SRV _sip._tcp.example.com.",
            "A server1.example.com.",
            "A server2.example.com.",
            "SRV _sip._udp.example.com.",
            "A server2.example.com.",
        ]
    );
    assert_eq!(
        found,
        [
            "TLS 192.0.2.1:5061",
            "TCP 192.0.2.1:5060",
            "TCP 192.0.2.2:5060",
            "TCP [2001:db8::2]:5060",
            "UDP 192.0.2.2:5060",
            "UDP [2001:db8::2]:5060",
        ]
    );
    let without_tls = [
        "TCP 192.0.2.1:5060",
        "TCP 192.0.2.2:5060",
        "UDP 192.0.2.2:5060",
    ];
    check("sip:user@example.com", PLAIN, &EXAMPLE, &without_tls);
}

#[test]
fn sips_goes_by_tls_and_by_nothing_else() {
    check("sips:example.com", ALL, &EXAMPLE, &["TLS 192.0.2.1:5061"]);
    check("sips:example.com", PLAIN, &EXAMPLE, &[]);
}

#[test]
fn a_transport_in_the_uri_goes_straight_to_its_servers() {
    let (asked, found) = follow("sip:example.com;transport=udp", PLAIN, &EXAMPLE, 1);
    assert_eq!(
        asked,
        ["SRV _sip._udp.example.com.", "A server2.example.com."]
    );
    assert_eq!(found, ["UDP 192.0.2.2:5060"]);
}

#[test]
fn a_port_in_the_uri_means_the_name_itself() {
    let (asked, found) = follow("sip:server2.example.com:5080", PLAIN, &EXAMPLE, 1);
    assert_eq!(asked, ["A server2.example.com."]);
    assert_eq!(found, ["UDP 192.0.2.2:5080"]);
    check(
        "sips:server1.example.com:5099",
        ALL,
        &EXAMPLE,
        &["TLS 192.0.2.1:5099"],
    );
}

#[test]
fn without_records_of_services_and_servers_the_name_itself_is_meant() {
    let (asked, found) = follow("sip:server1.example.com", ALL, &EXAMPLE, 1);
    assert_eq!(
        asked,
        [
            "NAPTR server1.example.com.",
            "SRV _sip._udp.server1.example.com.",
            "SRV _sip._tcp.server1.example.com.",
            "SRV _sips._tcp.server1.example.com.",
            "A server1.example.com.",
        ]
    );
    assert_eq!(found, ["UDP 192.0.2.1:5060"]);
    check(
        "sips:server1.example.com",
        ALL,
        &EXAMPLE,
        &["TLS 192.0.2.1:5061"],
    );
    check(
        "sip:server1.example.com;transport=tcp",
        ALL,
        &EXAMPLE,
        &["TCP 192.0.2.1:5060"],
    );
}

#[test]
fn a_domain_that_says_it_has_no_server_is_believed() {
    let zone = Zone("_sip._udp.a.example. SRV 0 0 0 .\na.example. A 192.0.2.1");
    check("sip:a.example", PLAIN, &zone, &[]);
}

#[test]
fn an_ipv6_preference_puts_ipv6_first_and_an_absent_family_is_left_out() {
    let zone = Zone("a.example. A 192.0.2.1\na.example. AAAA 2001:db8::1");
    let ways = |families| Ways {
        tls: false,
        families,
    };
    let four = "UDP 192.0.2.1:5060";
    let six = "UDP [2001:db8::1]:5060";
    check(
        "sip:a.example:5060",
        ways(Families::V6ThenV4),
        &zone,
        &[six, four],
    );
    check(
        "sip:a.example:5060",
        ways(Families::V4ThenV6),
        &zone,
        &[four, six],
    );
    check("sip:a.example:5060", ways(Families::V6), &zone, &[six]);
    check("sip:a.example:5060", ways(Families::V4), &zone, &[four]);
}

#[test]
fn servers_of_one_priority_are_chosen_by_weight_and_the_same_seed_chooses_the_same() {
    let zone = Zone(
        "_sip._udp.a.example. SRV 1 0 5060 never.example.
         _sip._udp.a.example. SRV 0 75 5060 often.example.
         _sip._udp.a.example. SRV 0 25 5060 seldom.example.
         often.example. A 192.0.2.1
         seldom.example. A 192.0.2.2
         never.example. A 192.0.2.3",
    );
    let mut often = 0;
    for seed in 0..200 {
        let (_, found) = follow("sip:a.example;transport=udp", PLAIN, &zone, seed);
        let (_, again) = follow("sip:a.example;transport=udp", PLAIN, &zone, seed);
        assert_eq!(found, again);
        assert_eq!(found.len(), 3);
        assert_eq!(found[2], "UDP 192.0.2.3:5060");
        often += usize::from(found[0] == "UDP 192.0.2.1:5060");
    }
    assert!((130..170).contains(&often), "{often} of 200");
}

#[test]
fn a_zone_that_would_have_us_ask_for_ever_is_left_in_time() {
    struct Endless(usize);
    impl Endless {
        fn answer(&mut self, question: &Question) -> Answer {
            self.0 += 1;
            match question {
                Question::Naptr(_) => Answer::Naptr(
                    (0..1000)
                        .map(|index| Naptr {
                            order: index,
                            preference: 0,
                            flags: "S".to_owned(),
                            services: "sip+d2u".to_owned(),
                            regexp: String::new(),
                            replacement: format!("{index}.example."),
                        })
                        .collect(),
                ),
                Question::Srv(name) => Answer::Srv(
                    (0..1000)
                        .map(|index| Srv {
                            priority: index,
                            weight: u16::MAX,
                            port: index,
                            target: format!("{index}.{name}"),
                        })
                        .collect(),
                ),
                Question::Addresses(..) => Answer::Addresses(Vec::new()),
            }
        }
    }
    let Plan::LookUp(search) = plan(&sip("sip:a.example"), &PLAIN) else {
        panic!("a name is looked up");
    };
    let mut zone = Endless(0);
    let mut lookup = Lookup::new(search, PLAIN, [1; 32]);
    while let Some(question) = lookup.question() {
        let answer = zone.answer(&question);
        lookup.answer(answer);
    }
    assert_eq!(zone.0, 24);
    assert_eq!(lookup.finish(), []);
}

#[test]
fn a_ticket_brings_the_hops_and_is_good_once() {
    let mut destinations = Destinations::new(ALL, IdSource::new([1; 32]));
    let mut flows = Flows::default();
    let mut outputs = VecDeque::new();
    let uri = sip("sip:a.example;transport=tcp");
    let Found::Later(ticket) = destinations.find(&uri, &mut flows, &mut outputs) else {
        panic!("a name is looked up");
    };
    assert!(matches!(
        outputs.pop_front(),
        Some(Output::Resolve { ticket: asked, .. }) if asked == ticket
    ));
    let found = Destination {
        transport: Transport::Tcp,
        remote: "192.0.2.1:5060".parse().unwrap(),
    };
    let hops = destinations.resolved(ticket, &[found], &mut flows);
    assert_eq!(hops.len(), 1);
    assert_eq!(hops[0].remote, found.remote);
    assert_eq!(destinations.resolved(ticket, &[found], &mut flows), []);
}

#[test]
fn no_more_names_are_looked_up_at_a_time_than_the_limit() {
    let mut destinations = Destinations::new(PLAIN, IdSource::new([1; 32]));
    let mut flows = Flows::default();
    let mut outputs = VecDeque::new();
    let uri = sip("sip:a.example");
    for _ in 0..LOOKUPS_AT_MOST {
        let found = destinations.find(&uri, &mut flows, &mut outputs);
        assert!(matches!(found, Found::Later(_)));
    }
    let found = destinations.find(&uri, &mut flows, &mut outputs);
    assert_eq!(found, Found::Nowhere);
}
