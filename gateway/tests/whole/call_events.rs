//! The network tells of voice calls over HTTP.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Running, within};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

async fn started() -> Running {
    Running::start_set(|folder| {
        let file = folder.join("token");
        std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
        vec![
            (
                "SIDECAM__CALLS__EVENTS_TOKEN_FILE",
                file.display().to_string(),
            ),
            ("SIDECAM__CALLS__CONTEXT", "network".to_owned()),
            ("SIDECAM__CALLS__EVENTS_PER_SECOND", "0".to_owned()),
        ]
    })
    .await
}

/// Status, the head, and the body.
async fn post(gateway: &Running, headers: &str, body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(gateway.addresses.http).await.unwrap();
    let request = format!(
        "POST /api/v1/calls/events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    within(stream.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

fn event(what: &str, to: &str) -> String {
    json!({ "call": "1", "event": what, "from": "+15550001", "to": to }).to_string()
}

/// R4.1
#[tokio::test]
async fn the_network_is_heard_by_its_token_and_told_what_is_wrong() {
    let gateway = started().await;
    let json = "Content-Type: application/json\r\n";
    let right = format!("{json}Authorization: Bearer {TOKEN}\r\n");
    let wrong = format!(
        "{json}Authorization: Bearer {}\r\n",
        TOKEN.replace('0', "1")
    );
    let text = format!("Content-Type: text/plain\r\nAuthorization: Bearer {TOKEN}\r\n");
    let started = event("started", "+15550002");
    let long = format!("{{\"call\":\"{}\"}}", "a".repeat(5000));
    let other = event("held", "+15550003");
    let cases = [
        (&wrong[..], &started[..], 401, "Show the token"),
        (json, &started, 401, "Show the token"),
        (
            &text,
            &started,
            415,
            "What is told here is application/json.",
        ),
        (&right, &long, 413, "at most 4096 bytes"),
        (&right, "{", 400, "not the JSON of an event"),
        (&right, &started, 204, ""),
        (&right, &other, 409, "between other numbers"),
        (&right, &event("ended", "+15550002"), 204, ""),
    ];
    for (headers, body, expected, detail) in cases {
        let (status, head, answer) = post(&gateway, headers, body).await;
        assert_eq!(status, expected, "{body}: {answer}");
        if expected == 204 {
            assert_eq!(answer, "");
            continue;
        }
        assert!(head.contains("application/problem+json"), "{head}");
        let problem: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(problem["status"], expected);
        let told = problem["detail"].as_str().unwrap();
        assert!(told.contains(detail), "{told}");
    }
    assert_eq!(gateway.counter("call_events").await, 2);
    assert_eq!(gateway.counter("call_events_refused").await, 1);
    let (_, settings) = gateway.get("/api/v1/settings", &[]).await;
    let settings: Value = serde_json::from_str(&settings).unwrap();
    assert_eq!(settings["call_context"], "network");
    assert_eq!(settings["call_events"], true);
}

#[tokio::test]
async fn without_a_token_file_nobody_is_heard() {
    let gateway = Running::start().await;
    let headers = format!("Content-Type: application/json\r\nAuthorization: Bearer {TOKEN}\r\n");
    let body = event("started", "+15550002");
    let (status, _, _) = post(&gateway, &headers, &body).await;
    assert_eq!(status, 404);
}
