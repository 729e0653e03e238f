//! RFC 7616, RFC 6750: a person asks over HTTP with the password, or the token, that they register with.

use serde_json::Value;
use sip::digest::{Challenge, Credentials};
use sip::message::Text;

use crate::support::{PASSWORD, Peer, Running, header};

const HERE: &str = "/api/v1/person";

fn proof(head: &str, password: &str, target: &str) -> String {
    let asked = head
        .lines()
        .filter_map(|line| line.strip_prefix("www-authenticate: "));
    let challenges: Vec<Challenge> = asked.filter_map(|value| value.parse().ok()).collect();
    assert_eq!(challenges.len(), 2, "{head}");
    let nina = Credentials::new("nina", password);
    let get = "GET".parse().unwrap();
    let counted = (1, Text::from("cnonce"));
    let proof = challenges[0].answer(&nina, &get, Text::from(target), counted);
    proof.unwrap().to_string()
}

#[tokio::test]
async fn who_asks_over_http_is_known_by_the_password_of_sip_or_by_the_token_of_a_page() {
    let gateway = Running::start().await;
    let (head, body) = gateway.get(HERE, &[]).await;
    assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
    assert!(head.contains("www-authenticate: Bearer"), "{head}");
    assert!(body.contains("Prove who you are"), "{body}");

    let right = proof(&head, PASSWORD, HERE);
    let (head, body) = gateway.get(HERE, &[("Authorization", &right)]).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let person: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&person["name"], &person["number"]),
        (&"nina".into(), &"+15550001".into())
    );
    let (head, _) = gateway.get(HERE, &[("Authorization", &right)]).await;
    assert!(head.contains("stale=true"), "a proof is good once: {head}");
    let wrong = proof(&head, "wrong", HERE);
    let (head, _) = gateway.get(HERE, &[("Authorization", &wrong)]).await;
    assert!(head.starts_with("HTTP/1.1 401 "), "{head}");

    let mut page = gateway.websocket().await;
    let answer = page.register("otto", PASSWORD, "").await;
    let bearer = format!("Bearer {}", header(&answer, "Sidecam-Token").unwrap());
    let (_, body) = gateway.get(HERE, &[("Authorization", &bearer)]).await;
    let person: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(person["name"], "otto");
}
