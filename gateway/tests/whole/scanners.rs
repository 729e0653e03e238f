//! Those who try one door after the other.

use std::time::Duration;

use tokio::time::timeout;

use crate::support::{DOMAIN, PASSWORD, Peer, Running};

/// What a scanner of extensions sends: requests to many users, without credentials.
fn sweep(method: &str, address: &str, number: u32) -> String {
    format!(
        "{method} sip:{number}@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {address};branch=z9hG4bK{method}{number}x;rport\r\n\
         Max-Forwards: 70\r\nFrom: \"{number}\" <sip:{number}@{DOMAIN}>;tag={number}\r\nTo: <sip:{number}@{DOMAIN}>\r\n\
         Call-ID: sweep-{method}-{number}\r\nCSeq: 1 {method}\r\nUser-Agent: friendly-scanner\r\n\
         Contact: <sip:{number}@{address}>\r\nContent-Length: 0\r\n\r\n"
    )
}

#[tokio::test]
async fn a_sweep_over_extensions_ends_in_silence_and_those_who_are_in_hear_nothing_of_it() {
    let gateway = Running::start().await;
    let mut phone = gateway.udp().await;
    let registered = phone.register("nina", PASSWORD, "").await;
    assert!(registered.starts_with("SIP/2.0 200 "), "{registered}");

    let mut scanner = gateway.udp().await;
    let address = scanner.address();
    for number in 100..200 {
        for method in ["OPTIONS", "INVITE", "SUBSCRIBE"] {
            scanner.send(&sweep(method, &address, number)).await;
        }
    }
    let mut answers = 0;
    while timeout(Duration::from_millis(300), scanner.receive())
        .await
        .is_ok()
    {
        answers += 1;
        assert!(answers < 100, "the sweep is answered on and on");
    }
    assert_eq!(gateway.counter("sources_silenced").await, 1);
    let lost =
        gateway.counter("messages_silenced").await + gateway.counter("messages_too_fast").await;
    // The socket itself may have lost some of the flood.
    assert!(lost > 100, "{lost}");

    // From the same address, but registered.
    let answer = phone.ask(&phone.options(1)).await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    // A page at the same address: a datagram can be forged, a connection cannot.
    let mut page = gateway.websocket().await;
    let answer = page.register("otto", PASSWORD, "").await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
}
