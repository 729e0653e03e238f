//! The resolver, asked over real sockets of a DNS server that the test plays.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, NAPTR, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use sidecam_gateway::edge::resolve::Resolver;
use sidecam_gateway::switch::destinations::lookup::{Plan, plan};
use sidecam_gateway::switch::destinations::{Families, Lookup, Ways};
use sip::message::Uri;
use tokio::net::UdpSocket;

use crate::support::within;

const WAYS: Ways = Ways {
    tls: false,
    families: Families::V4,
};

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn zone() -> Vec<(&'static str, RData)> {
    let naptr = |order, services: &str, replacement| {
        RData::NAPTR(NAPTR::new(
            order,
            10,
            (*b"s").into(),
            services.as_bytes().into(),
            (*b"").into(),
            name(replacement),
        ))
    };
    let srv = |priority, target| RData::SRV(SRV::new(priority, 5, 5070, name(target)));
    vec![
        (
            "core.example.",
            naptr(20, "SIP+D2U", "_sip._udp.core.example."),
        ),
        (
            "core.example.",
            naptr(10, "SIP+D2T", "_sip._tcp.core.example."),
        ),
        ("_sip._tcp.core.example.", srv(2, "two.core.example.")),
        ("_sip._tcp.core.example.", srv(1, "one.core.example.")),
        ("_sip._udp.core.example.", srv(1, "two.core.example.")),
        (
            "one.core.example.",
            RData::A(A(Ipv4Addr::new(192, 0, 2, 1))),
        ),
        (
            "two.core.example.",
            RData::A(A(Ipv4Addr::new(192, 0, 2, 2))),
        ),
    ]
}

/// Answers from the zone; counts the questions.
async fn serve() -> (SocketAddr, Arc<AtomicUsize>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            count.fetch_add(1, Ordering::Relaxed);
            let question = Message::from_vec(&buffer[..length]).unwrap();
            let answer = answer(&question).to_vec().unwrap();
            socket.send_to(&answer, from).await.unwrap();
        }
    });
    (address, asked)
}

fn answer(question: &Message) -> Message {
    let query = question.queries[0].clone();
    let wanted = query.name().to_lowercase();
    let mut answer = Message::new(question.id, MessageType::Response, OpCode::Query);
    for (owner, data) in zone() {
        if name(owner) == wanted && data.record_type() == query.query_type() {
            let record = Record::from_rdata(query.name().clone(), 60, data);
            answer.add_answer(record);
        }
    }
    if answer.answers.is_empty() && query.query_type() != RecordType::AAAA {
        answer.metadata.response_code = ResponseCode::NXDomain;
    }
    answer.add_query(query);
    answer
}

async fn follow(resolver: &Resolver, uri: &str) -> Vec<String> {
    let Uri::Sip(uri) = uri.parse().unwrap() else {
        panic!("a SIP URI");
    };
    let Plan::LookUp(search) = plan(&uri, &WAYS) else {
        panic!("a name is looked up");
    };
    let found = resolver.follow(Lookup::new(search, WAYS, [1; 32]));
    let shown = within(found).await;
    let shown = shown
        .iter()
        .map(|found| format!("{} {}", found.transport, found.remote));
    shown.collect()
}

#[tokio::test]
async fn services_servers_and_addresses_are_asked_for_and_remembered() {
    let (server, asked) = serve().await;
    let resolver = Resolver::new(&[server]).unwrap();
    let expected = [
        "TCP 192.0.2.1:5070",
        "TCP 192.0.2.2:5070",
        "UDP 192.0.2.2:5070",
    ];
    assert_eq!(follow(&resolver, "sip:a@core.example").await, expected);
    let questions = asked.load(Ordering::Relaxed);
    assert!((5..=8).contains(&questions), "{questions}");
    assert_eq!(follow(&resolver, "sip:b@core.example").await, expected);
    assert_eq!(asked.load(Ordering::Relaxed), questions);
    assert_eq!(
        follow(&resolver, "sip:one.core.example:5099").await,
        ["UDP 192.0.2.1:5099"]
    );
    assert_eq!(follow(&resolver, "sip:nobody.example").await, [""; 0]);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_longer_than_a_caller_waits() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let resolver = Resolver::new(&[silent.local_addr().unwrap()]).unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(follow(&resolver, "sip:a@core.example").await, [""; 0]);
    assert!(begun.elapsed() < std::time::Duration::from_secs(12));
}
