//! The end: running calls get their BYE, new ones are refused, and then it is over.

use std::time::{Duration, Instant};

use crate::support::calls::{SDP, acknowledged, answer, expect, invite};
use crate::support::{PASSWORD, Peer, Running, UdpPeer, header, proved};

/// A call from nina to otto, answered.
async fn call(nina: &mut UdpPeer, otto: &mut UdpPeer) {
    let first = invite(nina, "+15550002", 1);
    nina.send(&first).await;
    let challenge = expect(nina, "SIP/2.0 407 ").await;
    nina.send(&acknowledged(&first, &challenge)).await;
    nina.send(&proved(&first, &challenge, "nina")).await;
    let rung = expect(otto, "INVITE ").await;
    let contact = format!(
        "Contact: <sip:otto@{}>\r\nContent-Type: application/sdp\r\n",
        otto.address()
    );
    let body = SDP
        .replace("sendonly", "recvonly")
        .replace("40000", "40002");
    otto.send(&answer(&rung, "200 OK", &contact, &body)).await;
    let answered = expect(nina, "SIP/2.0 200 ").await;
    let target = header(&answered, "Contact")
        .unwrap()
        .trim_matches(['<', '>'])
        .to_owned();
    let ack = format!(
        "ACK {target} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bKack\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\n\
         Call-ID: {}\r\nCSeq: 2 ACK\r\nContent-Length: 0\r\n\r\n",
        nina.address(),
        header(&answered, "From").unwrap(),
        header(&answered, "To").unwrap(),
        header(&answered, "Call-ID").unwrap(),
    );
    nina.send(&ack).await;
    expect(otto, "ACK ").await;
}

#[tokio::test]
async fn stopping_sends_bye_to_both_sides_refuses_new_calls_and_ends_in_time() {
    let mut gateway = Running::start().await;
    let (mut nina, mut otto) = (gateway.udp().await, gateway.udp().await);
    assert!(
        nina.register("nina", PASSWORD, "")
            .await
            .starts_with("SIP/2.0 200 ")
    );
    assert!(
        otto.register("otto", PASSWORD, "")
            .await
            .starts_with("SIP/2.0 200 ")
    );
    call(&mut nina, &mut otto).await;
    let (ready, _) = gateway.get("/readyz", &[]).await;
    assert!(ready.starts_with("HTTP/1.1 200 "), "{ready}");

    let running = gateway.gateway.take().unwrap();
    let began = Instant::now();
    let stopping = tokio::spawn(running.stop());
    for peer in [&mut nina, &mut otto] {
        let bye = expect(peer, "BYE ").await;
        assert!(header(&bye, "Reason").is_some(), "{bye}");
        peer.send(&answer(&bye, "200 OK", "", "")).await;
    }
    let (draining, _) = gateway.get("/readyz", &[]).await;
    assert!(draining.starts_with("HTTP/1.1 503 "), "{draining}");
    let (alive, _) = gateway.get("/healthz", &[]).await;
    assert!(alive.starts_with("HTTP/1.1 200 "), "{alive}");
    assert_eq!(
        gateway.websocket_refusal(Some("sip"), None).await,
        Some(503)
    );
    nina.send(&invite(&nina, "+15550002", 2)).await;
    let refused = expect(&mut nina, "SIP/2.0 503 ").await;
    assert!(header(&refused, "Retry-After").is_some(), "{refused}");

    crate::support::within(stopping).await.unwrap().unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_peer_that_never_answers_its_bye_does_not_hold_the_end_up() {
    let mut gateway = Running::start().await;
    let (mut nina, mut otto) = (gateway.udp().await, gateway.udp().await);
    assert!(
        nina.register("nina", PASSWORD, "")
            .await
            .starts_with("SIP/2.0 200 ")
    );
    assert!(
        otto.register("otto", PASSWORD, "")
            .await
            .starts_with("SIP/2.0 200 ")
    );
    call(&mut nina, &mut otto).await;
    let began = Instant::now();
    gateway.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
    expect(&mut otto, "BYE ").await;
    expect(&mut otto, "BYE ").await;
}

#[tokio::test]
async fn a_gateway_without_calls_ends_at_once() {
    let mut gateway = Running::start().await;
    let began = Instant::now();
    gateway.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
}
