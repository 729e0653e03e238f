//! What comes by the sockets: right, wrong, half and too much.

use std::time::Duration;

use crate::support::{Peer, Running, TcpPeer, header, within};
use futures_util::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

#[tokio::test]
async fn a_websocket_must_speak_sip_and_come_from_a_page_that_may() {
    let gateway = Running::start().await;
    let own = format!("http://{}", gateway.addresses.http);
    let cases = [
        (None, None, Some(400)),
        (Some("chat"), None, Some(400)),
        (Some("sip"), None, None),
        (Some("chat, sip"), None, None),
        (Some("sip"), Some(own.as_str()), None),
        (Some("sip"), Some("http://localhost:1234"), None),
        (Some("sip"), Some("https://evil.example"), Some(403)),
        (Some("sip"), Some("null"), Some(403)),
    ];
    for (protocol, origin, expected) in cases {
        let refusal = gateway.websocket_refusal(protocol, origin).await;
        assert_eq!(refusal, expected, "{protocol:?} {origin:?}");
    }
    assert_eq!(gateway.counter("subprotocols_refused").await, 2);
    assert_eq!(gateway.counter("origins_refused").await, 2);
}

#[tokio::test]
async fn keepalives_over_websocket_are_answered_in_kind() {
    let gateway = Running::start().await;
    let mut page = gateway.websocket().await;
    page.socket.send(Message::text("\r\n\r\n")).await.unwrap();
    assert_eq!(page.frame().await, Some(Message::text("\r\n")));
    page.socket
        .send(Message::binary(&b"\r\n\r\n"[..]))
        .await
        .unwrap();
    assert_eq!(page.frame().await, Some(Message::binary(&b"\r\n"[..])));
    page.socket.send(Message::text("\r\n")).await.unwrap();
    page.socket
        .send(Message::binary(page.options(1).into_bytes()))
        .await
        .unwrap();
    assert!(page.receive().await.starts_with("SIP/2.0 200 "));
    assert_eq!(gateway.counter("keepalives").await, 2);
}

#[tokio::test]
async fn the_gateway_answers_for_itself_on_every_transport() {
    let gateway = Running::start().await;
    let mut page = gateway.websocket().await;
    let mut phone = gateway.udp().await;
    let mut trunk = TcpPeer::connect(gateway.addresses.tcp).await;
    let answers = [
        page.ask(&page.options(1)).await,
        phone.ask(&phone.options(2)).await,
        trunk.ask(&trunk.options(3)).await,
    ];
    for answer in answers {
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        assert!(
            header(&answer, "Allow").unwrap().contains("INVITE"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn what_nobody_does_here_is_said_so() {
    let gateway = Running::start().await;
    let mut phone = gateway.udp().await;
    let nobody = |text: String| text.replacen(" sip:example.test ", " sip:nobody@example.test ", 1);
    let absent = |text: String| text.replacen(" sip:example.test ", " tel:+15550002 ", 1);
    let cases = [
        (phone.request("DANCE", 1), "501"),
        (phone.request("MESSAGE", 2), "405"),
        (phone.request("SUBSCRIBE", 3), "405"),
        (phone.request("BYE", 4), "481"),
    ];
    for (request, status) in cases {
        let answer = phone.ask(&request).await;
        assert!(
            answer.starts_with(&format!("SIP/2.0 {status} ")),
            "{request}\n{answer}"
        );
        assert_eq!(
            header(&answer, "Allow").is_some(),
            status == "405",
            "{answer}"
        );
    }
    assert_eq!(gateway.counter("requests_not_supported").await, 3);
    for (request, status) in [
        (nobody(phone.options(5)), "404"),
        (absent(phone.options(6)), "480"),
    ] {
        let answer = phone.ask_as("nina", &request).await;
        assert!(
            answer.starts_with(&format!("SIP/2.0 {status} ")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn what_is_malformed_is_answered_400_where_it_can_be_and_counted() {
    let gateway = Running::start().await;
    let mut phone = gateway.udp().await;
    let mut page = gateway.websocket().await;
    let broken = |text: String| text.replace("CSeq: 1", "CSeq: one");
    assert!(
        phone
            .ask(&broken(phone.options(1)))
            .await
            .starts_with("SIP/2.0 400 ")
    );
    assert!(
        page.ask(&broken(page.options(2)))
            .await
            .starts_with("SIP/2.0 400 ")
    );
    phone.send("no SIP at all").await;
    page.send("").await;
    // Datagrams and frames of one peer are taken in order: what came before is counted.
    assert!(
        phone
            .ask(&phone.options(3))
            .await
            .starts_with("SIP/2.0 200 ")
    );
    assert!(page.ask(&page.options(4)).await.starts_with("SIP/2.0 200 "));
    assert!(gateway.counter("malformed").await >= 3);
}

#[tokio::test]
async fn a_frame_of_ten_megabytes_closes_its_own_connection_only() {
    let gateway = Running::start().await;
    let mut other = gateway.websocket().await;
    let mut hostile = gateway.websocket().await;
    // The gateway stops reading after the frame's head, so this need not get through.
    let sent = hostile
        .socket
        .send(Message::text("A".repeat(10 * 1024 * 1024)));
    let _ = tokio::time::timeout(Duration::from_secs(5), sent).await;
    match hostile.frame().await {
        Some(Message::Close(Some(frame))) => assert_eq!(u16::from(frame.code), 1009),
        Some(frame) => panic!("{frame}"),
        // The reset may overtake the close frame.
        None => {}
    }
    assert!(
        other
            .ask(&other.options(1))
            .await
            .starts_with("SIP/2.0 200 ")
    );
    assert_eq!(gateway.counter("connections_broken").await, 1);
}

#[tokio::test]
async fn a_page_that_says_good_bye_is_answered() {
    let gateway = Running::start().await;
    let mut page = gateway.websocket().await;
    let code = CloseCode::Normal;
    let reason = "done".into();
    let close = Message::Close(Some(CloseFrame { code, reason }));
    page.socket.send(close.clone()).await.unwrap();
    assert_eq!(page.frame().await, Some(close));
    assert_eq!(gateway.counter("connections_broken").await, 0);
}

#[tokio::test]
async fn a_message_in_pieces_over_tcp_is_put_together_and_half_of_one_harms_nobody() {
    let gateway = Running::start().await;
    let mut half = TcpPeer::connect(gateway.addresses.tcp).await;
    let whole = half.options(1);
    half.send(&whole[..whole.len() / 2]).await;
    let mut other = TcpPeer::connect(gateway.addresses.tcp).await;
    let two = other.options(2) + &other.options(3);
    other.send(&two).await;
    assert!(other.receive().await.starts_with("SIP/2.0 200 "));
    assert!(other.receive().await.starts_with("SIP/2.0 200 "));
    half.send(&whole[whole.len() / 2..]).await;
    assert!(half.receive().await.starts_with("SIP/2.0 200 "));
}

#[tokio::test]
async fn a_tcp_stream_that_is_no_sip_is_answered_and_closed() {
    let gateway = Running::start().await;
    let mut greedy = TcpPeer::connect(gateway.addresses.tcp).await;
    let claim = greedy
        .options(1)
        .replace("Content-Length: 0", "Content-Length: 4294967295");
    greedy.send(&claim).await;
    let mut answer = String::new();
    within(greedy.stream.read_to_string(&mut answer))
        .await
        .unwrap();
    assert!(answer.starts_with("SIP/2.0 4"), "{answer}");
    assert_eq!(gateway.counter("malformed").await, 1);
    assert_eq!(gateway.counter("connections_broken").await, 1);
}

#[tokio::test]
async fn an_idle_tcp_connection_is_closed_and_a_ping_is_answered_before() {
    let gateway = Running::start().await;
    let mut trunk = TcpPeer::connect(gateway.addresses.tcp).await;
    trunk.stream.write_all(b"\r\n\r\n").await.unwrap();
    let mut heard = Vec::new();
    within(trunk.stream.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"\r\n");
}

#[tokio::test]
async fn a_flood_of_unknown_methods_leaves_others_served() {
    const FLOOD: u32 = 10_000;
    let gateway = Running::start().await;
    let mut page = gateway.websocket().await;
    assert!(
        page.register("nina", crate::support::PASSWORD, "")
            .await
            .starts_with("SIP/2.0 200 ")
    );
    let flooder = gateway.udp().await;
    for serial in 0..FLOOD {
        let request = flooder.request(&format!("ODD{serial}"), serial);
        // A full socket buffer is the flooder's own loss.
        let _ = flooder.socket.try_send(request.as_bytes());
        if serial % 1000 == 0 {
            let answer = page.ask(&page.options(serial)).await;
            assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        }
    }
    let answer = page.ask(&page.options(FLOOD)).await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert!(gateway.counter("requests_not_supported").await > 0);
}

#[tokio::test]
async fn the_page_comes_with_its_type_its_caching_and_its_rules() {
    let gateway = Running::start().await;
    let cases = [
        ("/", "200", "text/html", "no-cache"),
        ("/contacts/7", "200", "text/html", "no-cache"),
        (
            "/app-0123456789abcdef_bg.wasm",
            "200",
            "application/wasm",
            "immutable",
        ),
        ("/healthz", "200", "text/plain", "no-cache"),
        ("/readyz", "200", "text/plain", "no-cache"),
        ("/api/v1/settings", "200", "application/json", "no-store"),
        ("/missing.js", "404", "", "no-cache"),
        ("/api/v1/missing", "404", "", "no-store"),
        ("/../sidecam.db", "404", "", "no-cache"),
        ("/api/v1/directory", "401", "", "no-store"),
    ];
    for (path, status, kind, caching) in cases {
        let (head, _) = gateway.get(path, &[]).await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {head}"
        );
        assert!(
            header(&head, "Content-Type")
                .unwrap_or_default()
                .starts_with(kind),
            "{path}: {head}"
        );
        assert!(
            header(&head, "Cache-Control").unwrap().contains(caching),
            "{path}: {head}"
        );
        assert!(
            header(&head, "Content-Security-Policy")
                .unwrap()
                .contains("'wasm-unsafe-eval'"),
            "{path}: {head}"
        );
        assert_eq!(
            header(&head, "X-Content-Type-Options"),
            Some("nosniff"),
            "{path}: {head}"
        );
    }
    let (_, settings) = gateway.get("/api/v1/settings", &[]).await;
    let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
    assert_eq!(
        settings,
        serde_json::json!({
            "domain": crate::support::DOMAIN,
            "websocket": "/ws",
            "call_context": "person",
            "call_events": false,
            "call_grace_seconds": 60,
            "embedding_origins": [],
            "home": null,
            "share_without_call": "ask",
        })
    );
}

/// R7.1: pages understand what is typed by the same rules.
#[tokio::test]
async fn pages_are_told_how_the_country_dials() {
    let gateway = Running::start_set(|_| {
        vec![
            ("SIDECAM__HOME__COUNTRY_CODE", "44".to_owned()),
            ("SIDECAM__HOME__TRUNK_PREFIX", "0".to_owned()),
            ("SIDECAM__HOME__INTERNATIONAL_PREFIX", "00".to_owned()),
        ]
    })
    .await;
    let (_, settings) = gateway.get("/api/v1/settings", &[]).await;
    let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
    assert_eq!(
        settings["home"],
        serde_json::json!({
            "country_code": "44",
            "trunk_prefix": "0",
            "international_prefix": "00",
        })
    );
}
