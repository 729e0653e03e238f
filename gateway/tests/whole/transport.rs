//! RFC 3261 §18, RFC 5626: which way messages take, and how ways are kept open.

use std::net::SocketAddr;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, UdpSocket};

use crate::support::calls::{acknowledged, answer, expect, invite};
use crate::support::{PASSWORD, Peer, Running, TcpPeer, UdpPeer, header, proved, within};

#[tokio::test]
async fn a_ping_cut_in_two_is_answered_over_tcp() {
    let gateway = Running::start().await;
    let mut trunk = TcpPeer::connect(gateway.addresses.tcp).await;
    trunk.send("\r\n").await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    trunk.send("\r\n").await;
    let mut pong = [0; 2];
    within(trunk.stream.read_exact(&mut pong)).await.unwrap();
    assert_eq!(&pong, b"\r\n");
}

#[tokio::test]
async fn a_stun_keepalive_on_the_sip_port_is_answered_and_is_no_malformed_message() {
    let gateway = Running::start().await;
    let phone = gateway.udp().await;
    let mut request = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    request.extend([9; 12]);
    phone.socket.send(&request).await.unwrap();
    let mut answer = [0; 64];
    let length = within(phone.socket.recv(&mut answer)).await.unwrap();
    assert_eq!(answer[..2], [1, 1]);
    assert_eq!(answer[4..20], request[4..20]);
    let port = u16::from_be_bytes([answer[26], answer[27]]) ^ 0x2112;
    assert_eq!((length, port), (32, phone.local().port()));
    assert_eq!(gateway.counter("stun_answered").await, 1);
    assert_eq!(gateway.counter("malformed").await, 0);
}

#[tokio::test]
async fn an_answer_finds_its_sender_by_rport_over_ipv6_and_over_ipv4_on_one_socket() {
    let gateway = Running::start_set(|_| {
        vec![
            ("SIDECAM__SIP__UDP", "[::]:0".to_owned()),
            ("SIDECAM__SIP__ADDRESS", "127.0.0.1".to_owned()),
        ]
    })
    .await;
    let port = gateway.addresses.udp.port();
    let both = [("[::1]:0", "[::1]", 1), ("127.0.0.1:0", "127.0.0.1", 2)];
    for (own, theirs, serial) in both {
        let socket = UdpSocket::bind(own).await.unwrap();
        let to: SocketAddr = format!("{theirs}:{port}").parse().unwrap();
        socket.connect(to).await.unwrap();
        let mut phone = UdpPeer { socket };
        let behind = phone
            .options(serial)
            .replacen(&phone.address(), "192.0.2.99:5999", 1);
        let answer = phone.ask(&behind).await;
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        let via = header(&answer, "Via").unwrap();
        let rport = format!("rport={}", phone.local().port());
        assert!(via.contains(&rport), "{via}");
        let received = format!("received={}", phone.local().ip());
        assert!(via.contains(&received), "{via}");
    }
}

#[tokio::test]
async fn an_answer_whose_connection_is_gone_comes_by_a_new_one() {
    let gateway = Running::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().to_string();
    let mut otto = gateway.udp().await;
    otto.register("otto", PASSWORD, "").await;
    let mut nina = TcpPeer::connect(gateway.addresses.tcp).await;
    nina.register("nina", PASSWORD, "").await;
    let invite = invite(&nina, "+15550002", 1).replace(&nina.address(), &own);
    nina.send(&invite).await;
    expect(&mut otto, "INVITE ").await;
    drop(nina);
    let (stream, _) = within(listener.accept()).await.unwrap();
    let answer = TcpPeer::over(stream).receive().await;
    assert!(answer.starts_with("SIP/2.0 "), "{answer}");
    assert_eq!(header(&answer, "CSeq"), Some("1 INVITE"));
}

/// A handset that registered by UDP with an address that makes every request to it too long for a
/// datagram, and an INVITE to it under way.
async fn call_by_a_long_address(gateway: &Running, otto: &mut UdpPeer) -> UdpPeer {
    let long = format!("sip:{}@", "o".repeat(1300));
    let plain = otto.register_request("otto", 1, "", "");
    let challenge = otto.ask(&plain).await;
    let proof = crate::support::authorization(&challenge, "MD5", "otto", PASSWORD);
    let register = otto.register_request("otto", 2, "", &proof);
    let contact = format!("Contact: <sip:otto@{}", otto.address());
    let lengthened = register.replace(&contact, &contact.replace("sip:otto@", &long));
    let registered = otto.ask(&lengthened).await;
    assert!(registered.starts_with("SIP/2.0 200 "), "{registered}");
    let mut nina = gateway.udp().await;
    nina.register("nina", PASSWORD, "").await;
    let first = invite(&nina, "+15550002", 1);
    nina.send(&first).await;
    let challenge = expect(&mut nina, "SIP/2.0 407 ").await;
    nina.send(&acknowledged(&first, &challenge)).await;
    nina.send(&proved(&first, &challenge, "nina")).await;
    nina
}

#[tokio::test]
async fn a_request_too_long_for_a_datagram_goes_by_tcp_to_a_peer_that_listens() {
    let gateway = Running::start().await;
    let mut otto = gateway.udp().await;
    let listener = TcpListener::bind(otto.local()).await.unwrap();
    let mut nina = call_by_a_long_address(&gateway, &mut otto).await;
    let (stream, _) = within(listener.accept()).await.unwrap();
    let mut by_tcp = TcpPeer::over(stream);
    let rung = by_tcp.receive().await;
    assert!(rung.starts_with("INVITE sip:ooo"), "{rung}");
    let via = header(&rung, "Via").unwrap();
    assert!(via.starts_with("SIP/2.0/TCP "), "{via}");
    by_tcp.send(&answer(&rung, "486 Busy Here", "", "")).await;
    let ack = by_tcp.receive().await;
    assert!(ack.starts_with("ACK "), "{ack}");
    expect(&mut nina, "SIP/2.0 486 ").await;
}

#[tokio::test]
async fn a_request_too_long_for_a_datagram_is_one_after_all_where_nobody_listens_by_tcp() {
    let gateway = Running::start().await;
    let mut otto = gateway.udp().await;
    let mut nina = call_by_a_long_address(&gateway, &mut otto).await;
    let rung = expect(&mut otto, "INVITE ").await;
    assert!(rung.len() > 1300);
    let via = header(&rung, "Via").unwrap();
    assert!(via.starts_with("SIP/2.0/UDP "), "{via}");
    otto.send(&answer(&rung, "486 Busy Here", "", "")).await;
    expect(&mut otto, "ACK ").await;
    expect(&mut nina, "SIP/2.0 486 ").await;
    assert_eq!(gateway.counter("connections_not_made").await, 1);
}

#[tokio::test]
async fn with_all_places_taken_the_next_connection_waits_for_one() {
    let limit = ("SIDECAM__SIP__CONNECTIONS", "1".to_owned());
    let gateway = Running::start_set(|_| vec![limit]).await;
    let mut first = TcpPeer::connect(gateway.addresses.tcp).await;
    let answer = first.ask(&first.options(1)).await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let mut second = TcpPeer::connect(gateway.addresses.tcp).await;
    second.send(&second.options(2)).await;
    assert_eq!(gateway.counter("connections_by_tcp").await, 1);
    drop(first);
    let answer = second.receive().await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert_eq!(gateway.counter("connections_by_tcp").await, 2);
}

#[tokio::test]
async fn an_address_with_as_many_connections_as_it_may_have_is_turned_away() {
    let limit = ("SIDECAM__SIP__CONNECTIONS_PER_ADDRESS", "1".to_owned());
    let gateway = Running::start_set(|_| vec![limit]).await;
    let mut first = TcpPeer::connect(gateway.addresses.tcp).await;
    let answer = first.ask(&first.options(1)).await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let mut second = TcpPeer::connect(gateway.addresses.tcp).await;
    let mut heard = Vec::new();
    within(second.stream.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"");
    assert_eq!(gateway.counter("connections_refused").await, 1);
}

#[tokio::test]
async fn a_page_that_never_says_what_it_wants_is_let_go() {
    let gateway = Running::start().await;
    let mut slow = tokio::net::TcpStream::connect(gateway.addresses.http)
        .await
        .unwrap();
    let part = b"GET /ws HTTP/1.1\r\nHost: a\r\nX: ";
    tokio::io::AsyncWriteExt::write_all(&mut slow, part)
        .await
        .unwrap();
    let mut heard = Vec::new();
    within(slow.read_to_end(&mut heard)).await.unwrap();
}
