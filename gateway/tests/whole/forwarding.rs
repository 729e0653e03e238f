//! Requests outside of calls between peers on every transport, and REGISTER through to a core.

use crate::support::authority::Authority;
use crate::support::{DOMAIN, PASSWORD, Peer, Running, TcpPeer, UdpPeer, WebSocketPeer, header};
use tokio::net::UdpSocket;

/// The response to a request, with what RFC 3261 §8.2.6 copies, and more lines.
fn answer(request: &str, status: &str, more: &str) -> String {
    let mut answer = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().take_while(|line| !line.is_empty()) {
        match line.split(':').next().unwrap_or_default() {
            "Via" | "From" | "Call-ID" | "CSeq" => answer += &format!("{line}\r\n"),
            "To" => answer += &format!("{line};tag=answered\r\n"),
            _ => {}
        }
    }
    answer + &format!("{more}Content-Length: 0\r\n\r\n")
}

fn to(request: String, uri: &str) -> String {
    request.replacen(" sip:example.test ", &format!(" {uri} "), 1)
}

#[tokio::test]
async fn a_message_reaches_all_devices_of_who_registered_by_udp_tcp_tls_and_websocket_at_once() {
    let authority = Authority::new();
    let gateway = Running::start_set(|folder| {
        authority.certify(folder, &["127.0.0.1"], 1);
        let file = |name: &str| folder.join(name).display().to_string();
        vec![
            ("SIDECAM__SIP__TLS", "127.0.0.1:0".to_owned()),
            ("SIDECAM__TLS__CERTIFICATE", file("certificate.pem")),
            ("SIDECAM__TLS__KEY", file("key.pem")),
        ]
    })
    .await;
    let mut secure = authority.peer(gateway.addresses.tls.unwrap()).await;
    let mut phone = gateway.udp().await;
    let mut trunk = TcpPeer::connect(gateway.addresses.tcp).await;
    let mut page = gateway.websocket().await;
    phone.register("otto", PASSWORD, "").await;
    trunk.register("otto", PASSWORD, "").await;
    secure.register("otto", PASSWORD, "").await;
    let last = page.register("otto", PASSWORD, "").await;
    let contacts = last.lines().filter(|line| line.starts_with("Contact:"));
    assert_eq!(contacts.count(), 4, "{last}");
    assert!(header(&last, "Date").is_some(), "{last}");

    let mut sender = gateway.websocket().await;
    sender.register("nina", PASSWORD, "").await;
    let request = to(sender.request("MESSAGE", 1), "tel:+15550002").replace(
        "Content-Length",
        "X-Unknown: kept as it is\r\nContent-Length",
    );
    sender.send(&request).await;
    let got = [
        phone.receive().await,
        trunk.receive().await,
        page.receive().await,
        secure.receive().await,
    ];
    for message in &got {
        assert!(message.starts_with("MESSAGE sip:otto@"), "{message}");
        assert_eq!(header(message, "X-Unknown"), Some("kept as it is"));
        assert_eq!(header(message, "Max-Forwards"), Some("69"));
        assert_eq!(
            header(message, "P-Asserted-Identity"),
            Some("\"NINA\" <sip:+15550001@example.test;user=phone>")
        );
        assert_eq!(header(message, "Max-Breadth"), Some("15"));
    }
    trunk.send(&answer(&got[1], "200 OK", "")).await;
    let heard = sender.receive().await;
    assert!(heard.starts_with("SIP/2.0 200 OK\r\n"), "{heard}");
    assert_eq!(heard.matches("Via:").count(), 1, "{heard}");
}

#[tokio::test]
async fn options_to_a_person_is_answered_by_their_phone() {
    let gateway = Running::start().await;
    let mut phone = gateway.udp().await;
    phone.register("otto", PASSWORD, "").await;
    let mut asking = gateway.udp().await;
    let options = to(asking.options(1), "sip:+15550002@example.test");
    let challenge = asking.ask(&options).await;
    assert!(challenge.starts_with("SIP/2.0 407 "), "{challenge}");
    assert_eq!(challenge.matches("Proxy-Authenticate:").count(), 1);
    let proved = crate::support::proved(&options, &challenge, "nina");
    asking.send(&proved).await;
    let asked = phone.receive().await;
    assert!(header(&asked, "Proxy-Authorization").is_none(), "{asked}");
    let contact = "Accept: application/sdp\r\nX-Phone: yes\r\n";
    phone.send(&answer(&asked, "200 OK", contact)).await;
    let heard = asking.receive().await;
    assert_eq!(header(&heard, "X-Phone"), Some("yes"), "{heard}");
    // The proof is good once (RFC 7616 §5.12).
    let again = asking.ask(&proved.replace("z9hG4bK", "z9hG4bKagain")).await;
    assert!(again.starts_with("SIP/2.0 407 "), "{again}");
    assert!(again.contains("stale=true"), "{again}");
}

/// A core on an address of its own, so that no other peer here is taken for it.
async fn core() -> (UdpPeer, String) {
    let socket = UdpSocket::bind("127.0.0.2:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let lines = format!(
        "[core]\nnext_hop = \"sip:{at}\"\ntrusted = [\"127.0.0.2\"]\nvisited_network = \"other.test\"\n"
    );
    (UdpPeer { socket }, lines)
}

/// Registers nina's page at the core, through the gateway; gives the Path it got.
async fn register_at(core: &mut UdpPeer, page: &mut WebSocketPeer) -> String {
    let abroad = |text: String| text.replace(DOMAIN, "ims.test");
    let outbound = ";+sip.instance=\"<urn:uuid:1>\";reg-id=1";
    page.send(&abroad(page.register_request("nina", 1, outbound, "")))
        .await;
    let first = core.receive().await;
    assert!(
        first.starts_with("REGISTER sip:ims.test SIP/2.0\r\n"),
        "{first}"
    );
    let path = header(&first, "Path").unwrap().to_owned();
    assert!(path.ends_with(";lr;ob>"), "{path}");
    assert_eq!(header(&first, "P-Visited-Network-ID"), Some("other.test"));
    let challenge = "WWW-Authenticate: Digest realm=\"ims.test\", nonce=\"n\"\r\n";
    core.send(&answer(&first, "401 Unauthorized", challenge))
        .await;
    let challenged = page.receive().await;
    assert!(challenged.contains(challenge), "{challenged}");
    let proof = "Authorization: Digest username=\"nina\", response=\"as it is\"\r\n";
    page.send(&abroad(page.register_request("nina", 2, outbound, proof)))
        .await;
    let second = core.receive().await;
    assert!(second.contains(proof), "{second}");
    let granted = format!(
        "Contact: {};expires=1800\r\nService-Route: <sip:orig@{};lr>\r\n\
         P-Associated-URI: <sip:nina@ims.test>, <tel:+15559999>\r\nPath: {path}\r\n",
        header(&second, "Contact").unwrap(),
        core.local(),
    );
    core.send(&answer(&second, "200 OK", &granted)).await;
    let registered = page.receive().await;
    assert!(
        header(&registered, "Service-Route").is_some(),
        "{registered}"
    );
    path
}

#[tokio::test]
async fn a_register_for_another_domain_goes_to_the_core_and_what_it_grants_is_obeyed() {
    let (mut core, lines) = core().await;
    let gateway = Running::start_with(&lines).await;
    core.socket.connect(gateway.addresses.udp).await.unwrap();
    let mut page = gateway.websocket().await;
    let path = register_at(&mut core, &mut page).await;

    // Out by the Service-Route, as who the core says it is.
    let message = to(page.request("MESSAGE", 7), "sip:other@ims.test").replace(
        "Content-Length",
        "P-Preferred-Identity: <tel:+15559999>\r\nContent-Length",
    );
    page.send(&message).await;
    let out = core.receive().await;
    assert_eq!(
        header(&out, "Route"),
        Some(format!("<sip:orig@{};lr>", core.local()).as_str()),
        "{out}"
    );
    assert_eq!(header(&out, "P-Asserted-Identity"), Some("<tel:+15559999>"));
    assert!(header(&out, "P-Preferred-Identity").is_none());

    // In by the Path.
    let contact = format!("sip:nina@{};transport=ws", page.address());
    let inward = to(core.request("MESSAGE", 8), &contact)
        .replace("Max-Forwards", &format!("Route: {path}\r\nMax-Forwards"));
    core.send(&inward).await;
    let got = page.receive().await;
    assert!(
        got.starts_with(&format!("MESSAGE {contact} SIP/2.0\r\n")),
        "{got}"
    );
    assert!(header(&got, "Route").is_none(), "{got}");
    page.send(&answer(&got, "200 OK", "")).await;
    let heard = core.receive().await;
    assert!(heard.starts_with("SIP/2.0 200 "), "{heard}");

    // Gone is gone, and said so at once.
    drop(page);
    let mut serial = 9;
    loop {
        let again = inward.replace("MESSAGE8", &format!("MESSAGE{serial}"));
        let answer = core.ask(&again).await;
        serial += 1;
        if answer.starts_with("SIP/2.0 430 ") {
            break;
        }
        assert!(answer.starts_with("SIP/2.0 4"), "{answer}");
    }
}
