//! An operator's server has people signed in by tokens (RFC 8898), and whose pages may frame the client.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::calls::invite;
use crate::support::{PASSWORD, Peer, Running, header, within};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const INSTANCE: &str =
    ";+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-000000000001>\";reg-id=1";

async fn started() -> Running {
    Running::start_set(|folder| {
        let file = folder.join("backend");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        vec![
            ("SIDECAM__EMBEDDING__TOKEN_FILE", file.display().to_string()),
            (
                "SIDECAM__EMBEDDING__ORIGINS",
                "https://crm.example".to_owned(),
            ),
            ("SIDECAM__EMBEDDING__TOKENS_PER_SUBSCRIBER", "3".to_owned()),
        ]
    })
    .await
}

/// Status and body of what an operator's server asks.
async fn ask(gateway: &Running, line: &str, secret: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(gateway.addresses.http).await.unwrap();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {secret}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    within(stream.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

async fn token(gateway: &Running, whom: &str, seconds: u32) -> Value {
    let body = json!({ "subscriber": whom, "expires_in": seconds }).to_string();
    let (status, given) = ask(gateway, "POST /api/v1/tokens", SECRET, &body).await;
    assert_eq!(status, 201, "{given}");
    given
}

fn shown(token: &Value) -> String {
    let token = token["token"].as_str().unwrap();
    format!("Authorization: Bearer {token}\r\n")
}

#[tokio::test]
async fn a_server_that_shows_its_secret_is_given_tokens_and_no_other_is() {
    let gateway = started().await;
    let give = "POST /api/v1/tokens";
    let nina = json!({ "subscriber": "nina" }).to_string();
    let wrong = SECRET.replace('0', "1");
    let cases = [
        (wrong.as_str(), nina.as_str(), 401),
        (SECRET, "{}", 400),
        (SECRET, "{\"subscriber\": \"nobody\"}", 404),
        (SECRET, "{\"subscriber\": \"+15550001\"}", 201),
        (SECRET, nina.as_str(), 201),
        (SECRET, nina.as_str(), 201),
        (SECRET, nina.as_str(), 429),
    ];
    for (secret, body, expected) in cases {
        let (status, answer) = ask(&gateway, give, secret, body).await;
        assert_eq!(status, expected, "{body}: {answer}");
    }
    assert_eq!(gateway.counter("tokens_issued").await, 3);
    assert_eq!(gateway.counter("tokens_not_issued").await, 2);

    let bare = Running::start().await;
    let (status, _) = ask(&bare, give, SECRET, &nina).await;
    assert_eq!(status, 404, "without a secret there is nothing here");
}

#[tokio::test]
async fn a_token_signs_its_subscriber_in_for_as_long_as_it_is_good_and_nobody_else() {
    let gateway = started().await;
    let given = token(&gateway, "nina", 90).await;
    assert_eq!(given["subscriber"], "nina");
    assert_eq!(given["number"], "+15550001");
    assert_eq!(given["expires_in"], 90);

    let mut page = gateway.websocket().await;
    let request = page.register_request("nina", 1, INSTANCE, &shown(&given));
    let answer = page.ask(&request).await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let contact = header(&answer, "Contact").unwrap();
    let expires = contact.rsplit("expires=").next().unwrap();
    let expires: u32 = expires.split(';').next().unwrap().parse().unwrap();
    assert!((80..=90).contains(&expires), "{contact}");

    let mut other = gateway.websocket().await;
    let request = other.register_request("otto", 1, INSTANCE, &shown(&given));
    let answer = other.ask(&request).await;
    assert!(answer.starts_with("SIP/2.0 403 "), "{answer}");

    let unknown = "Authorization: Bearer sct.nina.AAAA\r\n";
    let answer = other
        .ask(&other.register_request("nina", 1, INSTANCE, unknown))
        .await;
    assert!(answer.starts_with("SIP/2.0 401 "), "{answer}");
    let asked = header(&answer, "WWW-Authenticate").unwrap();
    assert!(asked.starts_with("Bearer "), "{asked}");
    assert!(asked.contains("error=\"invalid_token\""), "{asked}");
    assert_eq!(gateway.counter("tokens_refused").await, 1);
}

#[tokio::test]
async fn a_request_that_shows_a_token_needs_no_password() {
    let gateway = started().await;
    let given = token(&gateway, "nina", 90).await;
    let mut phone = gateway.udp().await;
    let bare = invite(&phone, "+15550002", 1);
    let answer = phone.ask(&bare).await;
    assert!(answer.starts_with("SIP/2.0 407 "), "{answer}");
    let proof = shown(&given).replace("Authorization", "Proxy-Authorization");
    let proved = invite(&phone, "+15550002", 2);
    let proved = proved.replacen("Contact:", &format!("{proof}Contact:"), 1);
    let answer = phone.ask(&proved).await;
    assert!(
        answer.starts_with("SIP/2.0 480 "),
        "otto is not here: {answer}"
    );
    let wrong = invite(&phone, "+15550002", 3);
    let proof = "Proxy-Authorization: Bearer sct.nina.AAAA\r\nContact:";
    let answer = phone.ask(&wrong.replacen("Contact:", proof, 1)).await;
    assert!(answer.starts_with("SIP/2.0 407 "), "{answer}");
    assert!(answer.contains("error=\"invalid_token\""), "{answer}");
}

#[tokio::test]
async fn who_signed_in_by_a_token_that_is_taken_back_is_out() {
    let gateway = started().await;
    let given = token(&gateway, "nina", 90).await;
    let mut page = gateway.websocket().await;
    let request = page.register_request("nina", 1, INSTANCE, &shown(&given));
    assert!(page.ask(&request).await.starts_with("SIP/2.0 200 "));
    let mut phone = gateway.udp().await;
    let by_password = phone.register("nina", PASSWORD, "").await;
    assert!(by_password.starts_with("SIP/2.0 200 "), "{by_password}");

    let line = format!("DELETE /api/v1/tokens/{}", given["id"].as_str().unwrap());
    assert_eq!(ask(&gateway, &line, "wrong", "").await.0, 401);
    assert_eq!(ask(&gateway, &line, SECRET, "").await.0, 204);
    assert_eq!(ask(&gateway, &line, SECRET, "").await.0, 404);
    while page.frame().await.is_some() {}

    let mut again = gateway.websocket().await;
    let request = again.register_request("nina", 2, INSTANCE, &shown(&given));
    let answer = again.ask(&request).await;
    assert!(answer.starts_with("SIP/2.0 401 "), "{answer}");
    let mut other = gateway.udp().await;
    let all = other.register("nina", PASSWORD, "").await;
    assert!(!all.contains("transport=ws"), "the page is gone: {all}");
    let phone = phone.local().to_string();
    assert!(all.contains(&phone), "who has a password stays: {all}");

    token(&gateway, "nina", 90).await;
    token(&gateway, "nina", 90).await;
    let line = "DELETE /api/v1/tokens?subscriber=nina";
    assert_eq!(ask(&gateway, line, SECRET, "").await.0, 204);
    assert_eq!(gateway.counter("tokens_revoked").await, 3);
}

#[tokio::test]
async fn listed_pages_may_frame_the_embedded_client_and_nothing_else() {
    let gateway = started().await;
    let policy = |head: String| {
        let policy = header(&head, "content-security-policy").unwrap().to_owned();
        policy.rsplit("; ").next().unwrap().to_owned()
    };
    let (head, _) = gateway.get("/embed", &[]).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(policy(head), "frame-ancestors https://crm.example");
    let (head, _) = gateway.get("/", &[]).await;
    assert_eq!(policy(head), "frame-ancestors 'none'");
    let (_, settings) = gateway.get("/api/v1/settings", &[]).await;
    let settings: Value = serde_json::from_str(&settings).unwrap();
    assert_eq!(
        settings["embedding_origins"],
        json!(["https://crm.example"])
    );
}
