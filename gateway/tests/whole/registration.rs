//! REGISTER from end to end: over every transport, with right and wrong passwords, over a restart.

use crate::support::{PASSWORD, Peer, Running, TcpPeer, authorization, header};

const INSTANCE: &str =
    ";+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-000000000001>\";reg-id=1";

#[tokio::test]
async fn the_right_password_registers_on_every_transport() {
    let gateway = Running::start().await;
    let mut page = gateway.websocket().await;
    let mut phone = gateway.udp().await;
    let mut trunk = TcpPeer::connect(gateway.addresses.tcp).await;
    let answers = [
        page.register("nina", PASSWORD, INSTANCE).await,
        phone.register("otto", PASSWORD, "").await,
        trunk.register("otto", PASSWORD, "").await,
    ];
    for answer in &answers {
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        assert!(answer.contains(";expires=600\r\n"), "{answer}");
    }
    let associated = header(&answers[0], "P-Associated-URI").unwrap();
    assert_eq!(
        associated,
        "\"NINA\" <sip:nina@example.test>, <tel:+15550001>"
    );
    assert!(header(&answers[0], "Sidecam-Token").is_some());
    assert!(
        header(&answers[1], "Sidecam-Token").is_none(),
        "a handset has no use for one"
    );
    assert_eq!(gateway.counter("registrations_accepted").await, 3);
}

#[tokio::test]
async fn a_page_is_asked_for_the_stronger_algorithm_first_and_a_phone_for_the_one_it_knows() {
    let gateway = Running::start().await;
    for algorithm in ["SHA-256", "MD5"] {
        let mut page = gateway.websocket().await;
        takes(&mut page, &["SHA-256", "MD5"], algorithm).await;
    }
    let mut phone = gateway.udp().await;
    takes(&mut phone, &["MD5"], "MD5").await;
}

/// The peer is offered these algorithms, proves by one, and is registered.
async fn takes(peer: &mut impl Peer, offered: &[&str], algorithm: &str) {
    let challenge = peer.ask(&peer.register_request("nina", 1, "", "")).await;
    let challenges: Vec<&str> = challenge
        .lines()
        .filter(|line| line.starts_with("WWW-Authenticate:"))
        .collect();
    assert_eq!(challenges.len(), offered.len(), "{challenge}");
    for (line, name) in challenges.iter().zip(offered) {
        assert!(line.contains(&format!("algorithm={name}")), "{challenge}");
    }
    let proof = authorization(&challenge, algorithm, "nina", PASSWORD);
    let answer = peer
        .ask(&peer.register_request("nina", 2, "", &proof))
        .await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{algorithm}: {answer}");
}

#[tokio::test]
async fn wrong_passwords_and_strangers_are_refused_alike_and_in_the_end_not_heard() {
    let gateway = Running::start().await;
    for (name, password) in [("nina", "wrong password"), ("nobody", PASSWORD)] {
        let mut statuses = Vec::new();
        for _ in 0..7 {
            let mut phone = gateway.udp().await;
            let answer = phone.register(name, password, "").await;
            statuses.push(answer[8..11].to_owned());
        }
        assert_eq!(
            statuses,
            ["401", "401", "401", "401", "401", "403", "403"],
            "{name}"
        );
    }
    let mut phone = gateway.udp().await;
    assert!(
        phone
            .register("nina", PASSWORD, "")
            .await
            .starts_with("SIP/2.0 403 "),
        "locked out with the right one too"
    );
    let mut other = gateway.udp().await;
    assert!(
        other
            .register("otto", PASSWORD, "")
            .await
            .starts_with("SIP/2.0 200 "),
        "another name is heard"
    );
    assert_eq!(gateway.counter("credentials_refused").await, 12);
    assert_eq!(gateway.counter("registrations_locked_out").await, 3);
}

#[tokio::test]
async fn nobody_registers_for_somebody_else() {
    let gateway = Running::start().await;
    let mut phone = gateway.udp().await;
    let as_otto = |text: String| text.replace("To: <sip:nina@", "To: <sip:otto@");
    let challenge = phone
        .ask(&as_otto(phone.register_request("nina", 1, "", "")))
        .await;
    let proof = authorization(&challenge, "MD5", "nina", PASSWORD);
    let answer = phone
        .ask(&as_otto(phone.register_request("nina", 2, "", &proof)))
        .await;
    assert!(answer.starts_with("SIP/2.0 403 "), "{answer}");
}

#[tokio::test]
async fn the_directory_is_for_registered_pages_and_says_who_is_there() {
    let gateway = Running::start().await;
    let mut page = gateway.websocket().await;
    let answer = page.register("nina", PASSWORD, INSTANCE).await;
    let bearer = format!("Bearer {}", header(&answer, "Sidecam-Token").unwrap());
    let (head, body) = gateway
        .get("/api/v1/directory", &[("Authorization", &bearer)])
        .await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let listed: serde_json::Value = serde_json::from_str(&body).unwrap();
    let expected = serde_json::json!([
        { "name": "NINA", "number": "+15550001", "online": true },
        { "name": "OTTO", "number": "+15550002", "online": false },
    ]);
    assert_eq!(listed, expected);
    for wrong in ["Bearer 00", "Basic abc", ""] {
        let (head, _) = gateway
            .get("/api/v1/directory", &[("Authorization", wrong)])
            .await;
        assert!(head.starts_with("HTTP/1.1 401 "), "{wrong}: {head}");
    }
}

#[tokio::test]
async fn a_handset_is_still_registered_after_a_restart_and_a_page_is_not() {
    let mut gateway = Running::start().await;
    let mut phone = gateway.udp().await;
    assert!(
        phone
            .register("otto", PASSWORD, "")
            .await
            .starts_with("SIP/2.0 200 ")
    );
    let mut page = gateway.websocket().await;
    assert!(
        page.register("nina", PASSWORD, INSTANCE)
            .await
            .starts_with("SIP/2.0 200 ")
    );
    gateway.restart().await;
    let to = |text: String, number: &str| {
        text.replacen(" sip:example.test ", &format!(" tel:{number} "), 1)
    };
    let mut asking = gateway.websocket().await;
    asking.register("nina", PASSWORD, "").await;
    asking.send(&to(asking.options(1), "+15550002")).await;
    let asked = phone.receive().await;
    assert!(asked.starts_with("OPTIONS sip:otto@"), "{asked}");
    let mut phone_asking = gateway.udp().await;
    let page_only = to(phone_asking.options(2), "+15550001");
    let gone = phone_asking
        .ask_as("otto", &page_only.replace("+15550001", "+15550003"))
        .await;
    assert!(gone.starts_with("SIP/2.0 404 "), "{gone}");
}

#[tokio::test]
async fn a_gateway_that_is_stopped_lets_its_pages_go() {
    let mut gateway = Running::start().await;
    let mut page = gateway.websocket().await;
    assert!(
        page.register("nina", PASSWORD, INSTANCE)
            .await
            .starts_with("SIP/2.0 200 ")
    );
    gateway.stop().await;
    let last = page.frame().await;
    assert!(
        !matches!(last, Some(tokio_tungstenite::tungstenite::Message::Text(_))),
        "{last:?}"
    );
}

#[tokio::test]
async fn asking_what_the_gateway_can_do_does_not_count_as_asking_too_much() {
    let gateway = Running::start().await;
    let mut phone = gateway.udp().await;
    phone.register("nina", PASSWORD, "").await;
    let answer = phone.ask(&phone.options(1)).await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert_eq!(gateway.counter("requests_not_supported").await, 0);
}
